"""A page in, the sources that it offers out, as entries: address, kind (key), name (title)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from crawler.discovery import discover, name_of
from crawler.items import Entry, FetchKind, SourceReport
from crawler.outcomes import Outcome
from crawler.readings import FeedReading
from crawler.sources import SourceKind
from crawler.spiders.base import Poll
from crawler.spiders.fetching import Fetched
from crawler.urls import url_key


async def look_for_sources(poll: Poll) -> SourceReport:
    """Fetch the page and its host's robots.txt, and list what they offer, best first. A feed offers itself."""
    page = await poll.fetch(poll.source.url, FetchKind.INDEX)
    poll.record(page, page.outcome, page.detail)
    if page.outcome is not Outcome.OK:
        return poll.report(page.outcome)
    if (feed := await _feed(poll, page)) is not None:
        name = feed.title or _host(page.url)
        poll.entries = (_entry(page.url, SourceKind.FEED, name, feed.language),)
        return poll.report(Outcome.OK)
    robots = await poll.fetch(urljoin(page.url, "/robots.txt"), FetchKind.INDEX)
    poll.record(robots, robots.outcome, robots.detail)
    listed = robots.body if robots.outcome is Outcome.OK else b""
    found = discover(page.body, page.url, robots=listed)
    entries = [_entry(source.url, source.kind, source.name, source.language) for source in found]
    poll.entries = tuple(entries)
    if entries and found[0].kind is SourceKind.FEED and found[0].name.startswith(_host(page.url)):
        # The page does not say what it is called; its feed may.
        best = await poll.fetch(entries[0].url, FetchKind.INDEX)
        reading = await _feed(poll, best) if best.outcome is Outcome.OK else None
        poll.record(best, best.outcome, best.detail)
        if reading is not None and reading.title:
            poll.entries = tuple(
                replace(entry, title=_renamed(entry.title, _host(page.url), reading.title))
                for entry in entries
            )
    return poll.report(Outcome.OK)


def _renamed(title: str, host: str, name: str) -> str:
    return name_of(name, title.removeprefix(host).lstrip(": ")) if title.startswith(host) else title


def _entry(url: str, kind: SourceKind, name: str, language: str | None) -> Entry:
    return Entry(url=url, url_key=url_key(url), key=kind.value, title=name, language=language)


async def _feed(poll: Poll, page: Fetched) -> FeedReading | None:
    """The page as a feed; None where it is none."""
    if b"<html" in page.body[:2000].lower():
        return None
    content_type = page.headers.get("content-type")
    reading, outcome, _ = await poll.read(
        page, lambda fetched: poll.readers.read_feed(fetched.body, fetched.url, content_type)
    )
    return reading if outcome is Outcome.OK and reading is not None and reading.entries else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
