"""The values that cross the crawler's border: CrawlOrder in, CrawlReport out, and what they are made of.

Frozen, picklable, free of Scrapy and of any database. Times are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from crawler.agent import user_agent
from crawler.outcomes import Outcome
from crawler.sources import Source


class Completeness(StrEnum):
    """How much of an article a page gave."""

    FULL = "full"
    TEASER = "teaser"
    PAYWALL = "paywall"
    CONSENT = "consent"
    FEED = "feed"  # the feed's full text; the page was not fetched
    UNKNOWN = "unknown"


class DateOrigin(StrEnum):
    """Where a date was read, most trusted first. A date is never invented: no origin, no date."""

    JSON_LD = "json-ld"
    META = "meta"  # OpenGraph, article:published_time, Dublin Core ...
    FEED = "feed"  # the feed or news sitemap that named the article
    TIME_TAG = "time-tag"  # <time datetime> inside the article
    URL = "url"  # /2026/03/14/


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article seen in an index (feed, sitemap, listing), not yet read.

    `key` is what the index calls it (GUID) or its canonical URL; `text` is the full text where a feed
    carries it, `summary` what else it says. Without `has_page` there is nothing but that: `url` is then the feed's own,
    with a mark that tells its items apart.
    """

    url: str
    url_key: str
    key: str
    title: str = ""
    summary: str = ""
    text: str = ""
    language: str | None = None
    author: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    has_page: bool = True

    @property
    def wording(self) -> str:
        """A hash of what the index says of the article; numbers of a summary left out, which often count comments."""
        said = (self.title, "".join(char for char in self.summary if not char.isdigit()), self.text)
        return blake2b("\0".join(said).encode("utf-8", "replace"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAs:
    """What the index said of an article when it was read: its date of change, and the wording of a feed's entry."""

    url_key: str
    modified: datetime | None = None
    wording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as read, before anything was decided about it.

    `text` is plain text, paragraphs separated by a newline, cleaned of control and bidi characters.
    `url` is canonical, `fetched_url` what was asked for, `url_key` the identity of the article in the log.
    `published_from` says where the date was read; None together with `published` None means "no date known".
    """

    source_id: str
    url: str
    url_key: str
    title: str
    text: str
    fetched_url: str
    fetched_at: datetime
    language: str | None = None
    author: str | None = None
    published: datetime | None = None
    published_from: DateOrigin | None = None
    modified: datetime | None = None
    modified_from: DateOrigin | None = None
    completeness: Completeness = Completeness.UNKNOWN
    summary: str = ""
    site_name: str = ""
    section: str = ""
    syndicated_from: str | None = None  # canonical URL on another site, or the agency named in the metadata
    encoding_doubtful: bool = False
    extraction: str = ""  # which way the text came: json-ld, selector, trafilatura, feed
    link_density: float = 0.0  # share of the text that stands in links on the page


class FetchKind(StrEnum):
    """What a request was for."""

    INDEX = "index"
    ARTICLE = "article"
    ROBOTS = "robots"  # /robots.txt
    TDMREP = "tdmrep"  # /.well-known/tdmrep.json


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """A robots.txt or tdmrep.json as last read: what a site asks of machines, kept over polls.

    `origin` is scheme, host and port; `is_there` False says that the site has no such file (4xx). It is used without
    asking until `due_at`, and beyond that only while the site cannot be asked.
    """

    origin: str
    kind: FetchKind  # ROBOTS or TDMREP
    read_at: datetime  # when the site last said so
    due_at: datetime
    is_there: bool = True
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOutcome:
    """How one request ended. `detail` is a sentence for people, without secrets."""

    source_id: str
    url: str
    kind: FetchKind
    outcome: Outcome
    at: datetime
    status: int | None = None
    detail: str = ""
    elapsed: timedelta = timedelta(0)
    size: int = 0
    moved_to: str | None = None  # where a permanent redirect (301, 308) leads


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What the log remembers of a source and the next poll needs: validators, known entries, caching hints.

    Serialized as JSON by whoever stores it (`crawler.polling` reads and writes the poll part).
    """

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    known_keys: frozenset[str] = frozenset()  # url_keys and entry keys seen lately
    polled_before: bool = False  # False: the first crawl, which is a baseline
    pending: tuple[tuple[str, int], ...] = ()  # (url_key, failed tries) of articles still to be read
    read_as: tuple[ReadAs, ...] = ()  # of the entries lately seen


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOrder:
    """One source to poll now."""

    source: Source
    state: SourceState = SourceState()
    conditional: bool = True  # False once a day: some servers answer 304 for ever
    queries: tuple[str, ...] = ()  # what to put for {query} in the URL of a search source
    site_files: tuple[SiteFile, ...] = ()  # of the hosts this source was read from, as far as they are known


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlLimits:
    """Hard limits of a crawl process and its politeness. Sizes in bytes."""

    wall_time: timedelta = timedelta(minutes=5)
    memory: int = 700_000_000  # resident, of the crawl process; hostile outlets brought it to 110 MB
    user_agent: str = field(default_factory=user_agent)
    delay: float = 2.0  # seconds between two requests to one host
    timeout: float = 20.0  # seconds for one whole request
    max_index_bytes: int = 8 * 1024 * 1024
    max_page_bytes: int = 4 * 1024 * 1024
    max_articles_per_source: int = 25  # per poll; the newest first
    max_pages_per_source: int = 60  # all requests of one source in one poll
    max_entry_age: timedelta = timedelta(days=14)  # older entries are known from the index only
    allowed_addresses: frozenset[str] = frozenset()  # "host" or "host:port" that may be private
    proxy: str | None = None
    verify_certificates: bool = True
    workers: int = 2  # extraction processes


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlOrder:
    """Sources to poll and single pages to read, with the limits to keep."""

    order_id: str
    sources: tuple[SourceOrder, ...] = ()
    limits: CrawlLimits = CrawlLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What polling one source gave.

    `entries` are all entries of the index, newest first (also the known ones: stories of silence and rhythm
    need them); `articles` those that were read. `outcomes` holds one FetchOutcome per request made.
    Whoever stores the report makes every entry known but the `pending` ones, and keeps those as they are:
    while there are any, etag, last_modified and body_hash are None, so that the index comes again in full; as they
    are where an index of sitemaps does not show that one of these has changed.
    """

    source_id: str
    outcome: Outcome
    entries: tuple[Entry, ...] = ()
    articles: tuple[Article, ...] = ()
    outcomes: tuple[FetchOutcome, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    max_age: timedelta | None = None  # Cache-Control / Expires of the index
    retry_after: timedelta | None = None
    ttl: timedelta | None = None  # <ttl>: a request not to ask sooner
    update_period: timedelta | None = None  # sy:updatePeriod: only a hint, WordPress always says hourly
    skip_hours: frozenset[int] = frozenset()  # GMT hours in which the feed asks not to be read
    moved_to: str | None = None
    left_out: int = 0  # new entries not read because of a limit: next poll
    pending: tuple[
        tuple[str, int], ...
    ] = ()  # (url_key, failed tries): not known yet, to be read at the next poll
    site_files: tuple[SiteFile, ...] = ()  # read anew in this poll
    origins: tuple[str, ...] = ()  # hosts it was read from that its order knew no site file of


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """The answer to a CrawlOrder: a SourceReport for every source of the order, whatever happened."""

    order_id: str
    started_at: datetime
    finished_at: datetime
    sources: tuple[SourceReport, ...] = field(default=())
    note: str = ""  # why the process was stopped early, if it was
