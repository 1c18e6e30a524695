"""The address of one article in, its report out: for reading a single page through all guards and manners."""

from __future__ import annotations

from crawler.items import Entry, SourceReport
from crawler.outcomes import Outcome
from crawler.spiders.articles import read_articles
from crawler.spiders.base import Poll
from crawler.urls import canonical_url, url_key


async def poll_page(poll: Poll) -> SourceReport:
    """Read the page as if an index had named it."""
    url = canonical_url(poll.source.url)
    poll.outcome = Outcome.OK
    poll.entries = (Entry(url=url, url_key=url_key(url), key=url),)
    await read_articles(poll)
    return poll.report()
