"""A listing page's order in, its report out: links that look like articles, and the articles behind the new ones."""

from __future__ import annotations

from crawler.items import SourceReport
from crawler.outcomes import Outcome
from crawler.readings import ListingReading
from crawler.spiders.articles import read_articles
from crawler.spiders.base import Poll
from crawler.spiders.choosing import newest_first
from crawler.spiders.fetching import Fetched


async def poll_listing(poll: Poll) -> SourceReport:
    """Read the page and what is new on it. A list page is never followed to the next: news stands in front."""
    reading = await poll.read_index(poll.source.url, lambda fetched: _read(poll, fetched))
    if reading is None:
        return poll.report()
    poll.entries = newest_first(reading.entries)
    if not poll.entries and poll.state.known_keys:
        return poll.report(Outcome.EMPTY)
    await read_articles(poll)
    return poll.report()


async def _read(poll: Poll, fetched: Fetched) -> ListingReading:
    return await poll.readers.read_listing(fetched.body, fetched.url, poll.source)
