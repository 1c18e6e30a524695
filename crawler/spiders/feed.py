"""A feed's order in, its report out: RSS, Atom, JSON Feed, and searches that answer as a feed."""

from __future__ import annotations

from urllib.parse import quote_plus

from crawler.items import SourceReport
from crawler.outcomes import Outcome
from crawler.readings import FeedReading
from crawler.spiders.articles import read_articles
from crawler.spiders.base import Poll
from crawler.spiders.choosing import newest_first
from crawler.spiders.fetching import Fetched


async def poll_feed(poll: Poll) -> SourceReport:
    """Read the feed and what is new in it; a feed that carries whole articles spares the pages."""
    reading = await poll.read_index(poll.source.url, lambda fetched: _read(poll, fetched))
    if reading is None:
        return poll.report()
    poll.entries = newest_first(reading.entries)
    poll.ttl = reading.ttl
    poll.update_period = reading.update_period
    poll.skip_hours = reading.skip_hours
    if _is_empty_now(poll):
        return poll.report(Outcome.EMPTY)
    await read_articles(poll, feed_has_texts=_has_texts(poll, reading))
    return poll.report()


async def poll_search(poll: Poll) -> SourceReport:
    """Ask a search once for each query of the order and read the hits; a hit of two queries is read once."""
    readings = []
    for position, query in enumerate(poll.order.queries):
        url = poll.source.url.replace("{query}", quote_plus(query))
        if position == 0:
            reading = await poll.read_index(url, lambda fetched: _read(poll, fetched), conditional=False)
        elif poll.budget_left > 0 and poll.fetcher.pause_of(url) is None:
            reading = await poll.read_more(url, lambda fetched: _read(poll, fetched))
        else:
            break
        if reading is not None:
            readings.append(reading)
    if not poll.order.queries:
        return poll.report(Outcome.UNCHANGED)  # no watch asks for anything: nothing to look up
    poll.entries = newest_first(tuple(entry for reading in readings for entry in reading.entries))
    await read_articles(poll)
    return poll.report()


async def _read(poll: Poll, fetched: Fetched) -> FeedReading:
    return await poll.readers.read_feed(fetched.body, fetched.url, fetched.headers.get("content-type"))


def _has_texts(poll: Poll, reading: FeedReading) -> bool:
    if poll.source.full_text_feed is None:
        return reading.complete_texts
    return poll.source.full_text_feed


def _is_empty_now(poll: Poll) -> bool:
    """No entry where there used to be some means broken, not "nothing new"."""
    return not poll.entries and bool(poll.state.known_keys)
