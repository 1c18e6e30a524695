"""A sitemap's order in, its report out: news sitemaps, sitemaps, indexes of sitemaps. Only what is new is read."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from crawler.items import Entry, SourceReport
from crawler.outcomes import Outcome
from crawler.readings import SitemapReading
from crawler.spiders.articles import read_articles
from crawler.spiders.base import Poll
from crawler.spiders.choosing import newest_first
from crawler.spiders.fetching import Fetched
from crawler.urls import url_key

MAX_CHILDREN = 8  # of one poll; the newest by their dates, or the last named where they have none
MAX_DEPTH = 3
_A_DAY_SOMEWHERE = timedelta(hours=36)


async def poll_sitemap(poll: Poll) -> SourceReport:
    """Read the sitemap, the child sitemaps that may hold something new, and what is new in them."""
    reading = await poll.read_index(poll.source.url, lambda fetched: _read(poll, fetched))
    if reading is None:
        return poll.report()
    entries = await _entries_below(poll, reading)
    poll.entries = newest_first(entries)
    if not poll.entries and poll.state.known_keys:
        return poll.report(Outcome.EMPTY)
    await read_articles(poll)
    return poll.report()


async def _entries_below(poll: Poll, root: SitemapReading) -> tuple[Entry, ...]:
    """Entries of `root` and its children; each sitemap once, however they refer to each other."""
    entries = list(root.entries)
    poll.tells_all = tells_of_changes(root, poll.started_at)
    seen = {url_key(poll.source.url)}
    waiting = [(url, 1) for url in worth_reading(root, poll.started_at - poll.limits.max_entry_age)]
    read, deeper = 0, False
    while waiting and read < MAX_CHILDREN and poll.budget_left > 0:
        url, depth = waiting.pop(0)
        key = _key(url)
        if key is None or key in seen:
            continue
        seen.add(key)
        read += 1
        reading = await poll.read_more(url, lambda fetched: _read(poll, fetched))
        if reading is None:
            poll.tells_all = False  # to be asked for again, though the index stays as it is
            continue
        poll.tells_all = poll.tells_all and tells_of_changes(reading, poll.started_at)
        entries += reading.entries
        if depth < MAX_DEPTH:
            oldest = poll.started_at - poll.limits.max_entry_age
            waiting += [(child, depth + 1) for child in worth_reading(reading, oldest)]
        else:
            deeper = deeper or bool(reading.children)
    if waiting or deeper:
        poll.remark(f"stopped at {read} child sitemaps")
    return tuple(entries)


def worth_reading(reading: SitemapReading, oldest: datetime) -> list[str]:
    """Child sitemaps that may name new articles, the most promising first.

    By date where they have one; a child without is tried after those, the last named first: outlets that split
    by month or number append.
    """
    dated = [(changed, url) for url, changed in reading.children if changed is not None and changed >= oldest]
    undated = [url for url, changed in reading.children if changed is None]
    return [url for _, url in sorted(dated, reverse=True)] + undated[::-1]


def tells_of_changes(reading: SitemapReading, now: datetime) -> bool:
    """Whether this sitemap looks different once a child has something new: each has a date, and not only today's."""
    return all(
        changed is not None and (changed.time() != time.min or now - changed > _A_DAY_SOMEWHERE)
        for _, changed in reading.children
    )


async def _read(poll: Poll, fetched: Fetched) -> SitemapReading:
    return await poll.readers.read_sitemap(fetched.body, fetched.url)


def _key(url: str) -> str | None:
    try:
        return url_key(url)
    except ValueError:
        return None
