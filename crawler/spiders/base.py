"""An order for one source in, its SourceReport out: the bookkeeping that every kind of source shares.

A Poll counts each request once, keeps the budget, and can say at any moment what it has, so that a crawl that
is stopped loses nothing that was read.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from crawler.items import (
    Article,
    CrawlLimits,
    Entry,
    FetchKind,
    FetchOutcome,
    SiteFile,
    SourceOrder,
    SourceReport,
)
from crawler.outcomes import Outcome
from crawler.readings import FeedReading, ListingReading, NotRead, PageReading, SitemapReading
from crawler.sources import Source
from crawler.spiders.fetching import Fetched, Fetcher, host_of
from crawler.spiders.headers import max_age_of
from crawler.urls import registrable_domain


class Reading(Protocol):
    """What a parser gives; `note` says what it left out or repaired."""

    @property
    def note(self) -> str: ...


T = TypeVar("T", bound=Reading)

MAX_TRIES = 3  # of one article, over as many polls


class PageReaders(Protocol):
    """The parsers, each call bounded in time and memory; raise NotRead."""

    async def read_feed(self, body: bytes, url: str, content_type: str | None) -> FeedReading: ...

    async def read_sitemap(self, body: bytes, url: str) -> SitemapReading: ...

    async def read_listing(self, body: bytes, url: str, source: Source) -> ListingReading: ...

    async def read_page(
        self, body: bytes, url: str, http_charset: str | None, source: Source, fetched_at: datetime
    ) -> PageReading: ...


class Poll:
    """One source while it is being polled."""

    def __init__(
        self, order: SourceOrder, *, fetcher: Fetcher, readers: PageReaders, limits: CrawlLimits
    ) -> None:
        self.order = order
        self.source = order.source
        self.state = order.state
        self.fetcher = fetcher
        self.readers = readers
        self.limits = limits
        self.started_at = datetime.now(UTC)
        self.outcome = Outcome.CRAWL_STOPPED  # until the index says otherwise
        self.entries: tuple[Entry, ...] = ()
        self.articles: list[Article] = []
        self.outcomes: list[FetchOutcome] = []
        self.pending: dict[str, int] = dict(order.state.pending)
        self.left_out = 0
        self.tells_all = True  # False: the index may stay as it is though there is news
        self.ttl: timedelta | None = None
        self.update_period: timedelta | None = None
        self.skip_hours: frozenset[int] = frozenset()
        self._index: Fetched | None = None
        self._body_hash: str | None = None
        self._requests = 0
        self._trusted = _trusted_hosts(order.source)
        self._origins: dict[str, None] = {}
        self._site_files: list[SiteFile] = []

    @property
    def budget_left(self) -> int:
        """Requests this source may still make in this poll."""
        return self.limits.max_pages_per_source - self._requests

    @property
    def index(self) -> Fetched | None:
        """The answer to the request for the index, once there is one."""
        return self._index

    async def read_index(
        self, url: str, read: Callable[[Fetched], Awaitable[T]], *, conditional: bool = True
    ) -> T | None:
        """Fetch and read the index that decides how the poll ended; None where there is nothing new to read."""
        headers = self._validators() if conditional else {}
        fetched = await self.fetch(url, FetchKind.INDEX, headers=headers)
        self._index = fetched
        reading: T | None = None
        outcome, detail = self._index_outcome(fetched, conditional=conditional)
        if outcome is Outcome.OK:
            reading, outcome, detail = await self.read(fetched, read)
        self.outcome = outcome
        self.record(fetched, outcome, detail)
        if reading is not None:
            self.pending = {}
        return reading

    async def read_more(self, url: str, read: Callable[[Fetched], Awaitable[T]]) -> T | None:
        """Fetch and read a further part of the index (a child sitemap); its failure is only counted."""
        fetched = await self.fetch(url, FetchKind.INDEX)
        if fetched.outcome is not Outcome.OK:
            self.record(fetched, fetched.outcome, fetched.detail)
            return None
        reading, outcome, detail = await self.read(fetched, read)
        self.record(fetched, outcome, detail)
        return reading

    async def fetch(self, url: str, kind: FetchKind, *, headers: dict[str, str] | None = None) -> Fetched:
        """Fetch, count what it cost, and count a request that was cut off by the end of the crawl."""
        try:
            fetched = await self.fetcher.fetch(url, kind, headers=headers, trusted=self._trusted)
        except asyncio.CancelledError:
            self.note(url, kind, Outcome.CRAWL_STOPPED, "the crawl ended before the answer came")
            raise
        self._requests += fetched.requests
        self._origins.update(dict.fromkeys(fetched.origins))
        self._count(*fetched.on_the_way)
        return fetched

    async def reserved(self, url: str) -> str | None:
        """Why a text that the index itself carries must not be kept: its site's tdmrep.json."""
        reason, fetched = await self.fetcher.reserved(url, trusted=self._trusted)
        if fetched is not None:
            self._count(fetched)
        return reason

    async def read(
        self, fetched: Fetched, read: Callable[[Fetched], Awaitable[T]]
    ) -> tuple[T | None, Outcome, str]:
        """Read what was fetched in a worker: the reading, or the outcome that says why there is none."""
        try:
            reading = await read(fetched)
            return reading, Outcome.OK, reading.note
        except NotRead as error:
            return None, error.outcome, error.detail
        except asyncio.CancelledError:
            self.record(fetched, Outcome.CRAWL_STOPPED, "the crawl ended before the answer was read")
            raise

    def record(self, fetched: Fetched, outcome: Outcome, detail: str) -> None:
        """Count one request with its final outcome."""
        self.outcomes.append(
            FetchOutcome(
                source_id=self.source.source_id,
                url=fetched.asked_url,
                kind=fetched.kind,
                outcome=outcome,
                at=fetched.at,
                status=fetched.status,
                detail=detail,
                elapsed=fetched.elapsed,
                size=fetched.size,
                moved_to=fetched.moved_to,
            )
        )

    def remark(self, text: str) -> None:
        """Say something of the whole poll where people look: at the request for the index. Once is enough."""
        for place, request in enumerate(self.outcomes):
            if request.kind is FetchKind.INDEX and request.outcome is self.outcome:
                if text not in request.detail:
                    detail = f"{request.detail}; {text}" if request.detail else text
                    self.outcomes[place] = replace(request, detail=detail)
                return

    def postpone(self, entries: Iterable[Entry], *, tried: bool) -> None:
        """Leave entries to the next poll; one that was tried too often is given up."""
        tries_before = dict(self.state.pending)
        for entry in entries:
            tries = tries_before.get(entry.url_key, 0) + tried
            if tries < MAX_TRIES:
                self.pending[entry.url_key] = tries
            self.left_out += not tried

    def report(self, outcome: Outcome | None = None) -> SourceReport:
        """What the poll gave so far."""
        index = self._index
        read = index is not None and index.outcome is Outcome.OK and self.outcome is Outcome.OK
        validators = (self.state.etag, self.state.last_modified, self.state.body_hash)
        if read and index is not None:
            headers = index.headers
            validators = (headers.get("etag"), headers.get("last-modified"), self._body_hash)
        if read and (self.pending or not self.tells_all or outcome is Outcome.CRAWL_STOPPED):
            validators = (None, None, None)  # the index must come again in full
        return SourceReport(
            source_id=self.source.source_id,
            outcome=outcome or self.outcome,
            entries=self.entries,
            articles=tuple(self.articles),
            outcomes=tuple(self.outcomes),
            etag=validators[0],
            last_modified=validators[1],
            body_hash=validators[2],
            max_age=max_age_of(index.headers, index.at) if index else None,
            retry_after=self._retry_after(),
            ttl=self.ttl,
            update_period=self.update_period,
            skip_hours=self.skip_hours,
            moved_to=index.moved_to if index else None,
            left_out=self.left_out,
            pending=tuple(sorted(self.pending.items())),
            site_files=tuple(self._site_files),
            origins=tuple(sorted(self._origins.keys() - {file.origin for file in self.order.site_files})),
        )

    def _count(self, *site_files: Fetched) -> None:
        """Count the fetches of robots.txt and tdmrep.json, and keep what they gave for the next poll."""
        for fetched in site_files:
            self._requests += fetched.requests
            self._origins.update(dict.fromkeys(fetched.origins))
            self.record(fetched, fetched.outcome, fetched.detail)
            self._count(*fetched.on_the_way)
            if fetched.site_file is not None:
                self._site_files.append(fetched.site_file)

    def _validators(self) -> dict[str, str]:
        if not self.order.conditional:
            return {}
        headers = {}
        if self.state.etag:
            headers["If-None-Match"] = self.state.etag
        if self.state.last_modified:
            headers["If-Modified-Since"] = self.state.last_modified
        return headers

    def _index_outcome(self, fetched: Fetched, *, conditional: bool) -> tuple[Outcome, str]:
        if fetched.outcome is not Outcome.OK:
            return fetched.outcome, fetched.detail
        if not self._is_own_site(fetched.url):
            host = urlsplit(fetched.url).hostname
            return (
                Outcome.HTTP_ERROR,
                f"leads to another site, {host}: confirm by setting url to {fetched.url}",
            )
        self._body_hash = hashlib.sha256(fetched.body).hexdigest()
        if conditional and self.order.conditional and self._body_hash == self.state.body_hash:
            return Outcome.UNCHANGED, "the body is the one we know"
        return Outcome.OK, ""

    def _is_own_site(self, url: str) -> bool:
        """An index that moved to a site nobody named may be a parked or stolen domain."""
        own = {
            registrable_domain(urlsplit(known).hostname or "")
            for known in (self.source.url, self.source.homepage)
        }
        return registrable_domain(urlsplit(url).hostname or "") in own

    def _retry_after(self) -> timedelta | None:
        asked = [self._index.retry_after] if self._index else []
        urls = {self.source.url, *(entry.url for entry in self.entries if entry.url_key in self.pending)}
        asked += [pause.retry_after for pause in map(self.fetcher.pause_of, urls) if pause]
        return max((wait for wait in asked if wait is not None), default=None)

    def note(self, url: str, kind: FetchKind, outcome: Outcome, detail: str) -> None:
        """Count what was not asked for, or had no answer."""
        self.outcomes.append(
            FetchOutcome(
                source_id=self.source.source_id,
                url=url,
                kind=kind,
                outcome=outcome,
                at=datetime.now(UTC),
                detail=detail,
            )
        )


def _trusted_hosts(source: Source) -> frozenset[str]:
    """Hosts whose certificate need not be valid for this source: those of its index and homepage, no others."""
    if source.verify_certificate:
        return frozenset()
    return frozenset(host for url in (source.url, source.homepage) if url and (host := host_of(url)))
