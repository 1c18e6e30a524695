"""What reading bytes can give: FeedReading, SitemapReading, ListingReading, PageReading; or NotRead.

Frozen and picklable, so that they cross the border of the killable workers. No parsing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.items import Completeness, DateOrigin, Entry
from crawler.outcomes import Outcome


class NotRead(Exception):  # noqa: N818  # named like the outcomes it carries
    """The bytes could not be read. `outcome` is one of the not-read-... outcomes, `detail` a sentence."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.outcome}: {self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """A feed as read. `entries` in the feed's order; `note` says what was left out or repaired."""

    entries: tuple[Entry, ...]
    language: str | None = None
    ttl: timedelta | None = None
    update_period: timedelta | None = None  # sy:updatePeriod divided by sy:updateFrequency
    skip_hours: frozenset[int] = frozenset()  # GMT
    title: str = ""
    note: str = ""
    complete_texts: bool = False  # the entries carry whole articles, not teasers


@dataclass(frozen=True, slots=True, kw_only=True)
class SitemapReading:
    """A sitemap or an index of sitemaps as read. `children` are (URL, last modification)."""

    entries: tuple[Entry, ...]
    children: tuple[tuple[str, datetime | None], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReading:
    """Links of a listing page that look like articles, in the page's order."""

    entries: tuple[Entry, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """A page as read: the article on it, or what it is instead (`outcome`, `note`).

    `text` has its paragraphs separated by a newline. `canonical` is the page's own canonical URL, if it names
    one that can be its own; `syndicated_from` the original elsewhere, or the agency.
    """

    title: str
    text: str
    outcome: Outcome
    completeness: Completeness
    language: str | None = None
    author: str | None = None
    published: datetime | None = None
    published_from: DateOrigin | None = None
    modified: datetime | None = None
    modified_from: DateOrigin | None = None
    canonical: str | None = None
    site_name: str = ""
    section: str = ""
    summary: str = ""
    syndicated_from: str | None = None
    noarchive: bool = False  # noarchive, noai: not to be kept
    mining_reserved: bool | None = None  # what the page's tdm-reservation says; None: nothing
    encoding_doubtful: bool = False
    extraction: str = ""  # json-ld, selector, trafilatura, feed
    link_density: float = 0.0  # share of the text that stands in links
    next_page: str | None = None
    note: str = ""  # why the outcome is what it is, for people
