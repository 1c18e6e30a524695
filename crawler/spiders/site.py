"""A page in, the sources that it offers out, as entries: address, kind (key), name (title)."""

from __future__ import annotations

from urllib.parse import urljoin

from crawler.discovery import discover
from crawler.items import Entry, FetchKind, SourceReport
from crawler.outcomes import Outcome
from crawler.spiders.base import Poll
from crawler.urls import url_key


async def look_for_sources(poll: Poll) -> SourceReport:
    """Fetch the page and its host's robots.txt, and list what they offer, best first."""
    page = await poll.fetch(poll.source.url, FetchKind.INDEX)
    poll.record(page, page.outcome, page.detail)
    if page.outcome is not Outcome.OK:
        return poll.report(page.outcome)
    robots = await poll.fetch(urljoin(page.url, "/robots.txt"), FetchKind.INDEX)
    poll.record(robots, robots.outcome, robots.detail)
    listed = robots.body if robots.outcome is Outcome.OK else b""
    found = discover(page.body, page.url, robots=listed)
    poll.entries = tuple(
        Entry(url=s.url, url_key=url_key(s.url), key=s.kind.value, title=s.name, language=s.language)
        for s in found
    )
    return poll.report(Outcome.OK)
