"""A URL in, its bytes or one named Outcome out: redirects, robots.txt, host pauses and limits on the way.

Runs inside the crawl process. Scrapy downloads; what is asked for, and when a host is left alone, is decided here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

from crawler.guard import refusal, without_credentials
from crawler.items import CrawlLimits, FetchKind, SiteFile
from crawler.middlewares import outcome_of_failure, outcome_of_status
from crawler.outcomes import Outcome
from crawler.robots import MAX_ROBOTS_BYTES
from crawler.spiders.headers import retry_after_of
from crawler.spiders.hosts import Host, Pause
from crawler.spiders.sitefiles import SiteFiles

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 6
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """What one exchange with a server gave; header names in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Download(Protocol):
    """One exchange with a server. Raises whatever the downloader raises."""

    async def __call__(
        self, url: str, *, headers: Mapping[str, str], max_bytes: int, slot: str, truncate: bool, verify: bool
    ) -> RawAnswer: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How a fetch ended, redirects included. `body` is there when the outcome is OK."""

    asked_url: str
    url: str  # where it ended
    kind: FetchKind
    outcome: Outcome
    at: datetime
    status: int | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    size: int = 0
    elapsed: timedelta = timedelta(0)
    moved_to: str | None = None
    retry_after: timedelta | None = None
    requests: int = 0  # exchanges made, redirects included; 0 where nothing was asked
    origins: tuple[str, ...] = ()  # of every hop
    on_the_way: tuple[Fetched, ...] = ()  # robots.txt and tdmrep.json files that had to be fetched first
    site_file: SiteFile | None = None  # where it was the fetch of one: what to remember of it
    reservation: str | None = None  # tdmrep.json reserves the page: that holds unless the page says otherwise


class Fetcher:
    """Fetches for every source of a crawl: one request in flight per host, none after it asked us to wait."""

    def __init__(self, download: Download, limits: CrawlLimits, known: Iterable[SiteFile] = ()) -> None:
        """`known`: robots.txt and tdmrep.json files of earlier polls."""
        self._download = download
        self._limits = limits
        self._hosts: dict[str, Host] = {}
        self._site_files = SiteFiles(self.fetch, known, limits.user_agent)
        self._reserved: set[str] = set()  # origins whose reserved pages do not say otherwise

    async def fetch(
        self,
        url: str,
        kind: FetchKind,
        *,
        headers: Mapping[str, str] | None = None,
        trusted: frozenset[str] = frozenset(),
    ) -> Fetched:
        """Fetch `url`, following redirects; never raises but for cancellation.

        `trusted` are hosts whose certificate need not be valid for the source that asks.
        """
        steps: list[_Step] = []
        target, moved_to, permanent = url, None, True
        while True:
            steps.append(step := await self._step(target, kind, headers or {}, trusted))
            location = _location(step.answer)
            if step.answer is None or location is None:
                break
            permanent = permanent and step.answer.status in _PERMANENT
            target = _target(target, location)
            moved_to = without_credentials(target) if permanent else moved_to
            if len(steps) > MAX_REDIRECTS or target in {earlier.url for earlier in steps}:
                steps.append(_Step(target, Outcome.TOO_MANY_REDIRECTS, _redirect_detail(steps, target)))
                break
        return _fetched(steps, kind, moved_to)

    def pause_of(self, url: str) -> Pause | None:
        """Why the host of `url` is left alone for the rest of this crawl; None while it is not."""
        return self._host(url).pause

    def note_reserved(self, url: str) -> None:
        """A page that tdmrep.json reserves said nothing else: others that it reserves there are not asked for."""
        self._reserved.add(origin_of(url))

    async def reserved(
        self, url: str, *, trusted: frozenset[str] = frozenset()
    ) -> tuple[str | None, Fetched | None]:
        """Why the text behind `url` must not be kept (its site's tdmrep.json), or None; with the fetch of that file
        for the one who asks first."""
        if refusal(url, self._limits.allowed_addresses) is not None:
            return None, None
        reserved, fetched = await self._site_files.mining(origin_of(url), trusted)
        return reserved.reason(url), fetched

    async def _step(
        self, url: str, kind: FetchKind, headers: Mapping[str, str], trusted: frozenset[str]
    ) -> _Step:
        """One hop: refused, disallowed, reserved, paused, failed or answered."""
        reason = refusal(url, self._limits.allowed_addresses)
        if reason is not None:
            return _Step(url, Outcome.REFUSED_URL, reason)
        if kind is FetchKind.ROBOTS:
            return await self._exchange(url, kind, headers, trusted)
        rules, robots = await self._site_files.robots(origin_of(url), trusted)
        host = self._host(url)
        host.delay = max(host.delay, rules.crawl_delay)
        way: tuple[Fetched, ...] = (robots,) if robots else ()
        if rules.outcome is not Outcome.OK:
            return _Step(url, rules.outcome, rules.detail, on_the_way=way)
        if not rules.allows(url):
            return _Step(url, Outcome.ROBOTS_DISALLOWED, f"{rules.name} does not allow it", on_the_way=way)
        reservation = None
        if kind is FetchKind.ARTICLE:
            reservation, tdmrep = await self.reserved(url, trusted=trusted)
            way += (tdmrep,) if tdmrep else ()
            if reservation is not None and origin_of(url) in self._reserved:
                return _Step(url, Outcome.OPTED_OUT, reservation, on_the_way=way)
        step = await self._exchange(url, kind, headers, trusted)
        return replace(step, on_the_way=way, reservation=reservation)

    async def _exchange(
        self, url: str, kind: FetchKind, headers: Mapping[str, str], trusted: frozenset[str]
    ) -> _Step:
        host = self._host(url)
        async with host.lock:
            if host.pause is not None:
                return _Step(url, host.pause.outcome, "the host is left alone for the rest of this crawl")
            await asyncio.sleep(max(0.0, host.delay - self._limits.delay))  # the rest is Scrapy's delay
            started = monotonic()
            step = await self._download_once(url, kind, headers, verify=host_of(url) not in trusted)
            host.note(step.outcome, _retry_after(step.answer))
            return replace(step, asked=True, elapsed=timedelta(seconds=monotonic() - started))

    async def _download_once(
        self, url: str, kind: FetchKind, headers: Mapping[str, str], *, verify: bool
    ) -> _Step:
        try:
            answer = await self._download(
                url,
                headers=headers,
                max_bytes=self._max_bytes(kind),
                slot=slot_of(url),
                truncate=kind in _SITE_FILES,
                verify=verify,
            )
        except asyncio.CancelledError:
            raise
        except Exception as error:
            outcome, detail = outcome_of_failure(error)
            logger.debug("request failed url=%s outcome=%s", url, outcome, exc_info=error)
            return _Step(url, outcome, detail)
        outcome = outcome_of_status(answer.status, retry_after="retry-after" in answer.headers)
        detail = "" if outcome in (Outcome.OK, Outcome.UNCHANGED) else f"the server answered {answer.status}"
        return _Step(url, outcome, detail, answer=answer)

    def _max_bytes(self, kind: FetchKind) -> int:
        if kind in _SITE_FILES:
            return MAX_ROBOTS_BYTES
        return self._limits.max_index_bytes if kind is FetchKind.INDEX else self._limits.max_page_bytes

    def _host(self, url: str) -> Host:
        return self._hosts.setdefault(slot_of(url), Host(self._limits.delay))


@dataclass(frozen=True, slots=True)
class _Step:
    """One hop of a fetch."""

    url: str
    outcome: Outcome
    detail: str = ""
    answer: RawAnswer | None = None
    asked: bool = False
    elapsed: timedelta = timedelta(0)
    on_the_way: tuple[Fetched, ...] = ()
    reservation: str | None = None


_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_SITE_FILES = frozenset({FetchKind.ROBOTS, FetchKind.TDMREP})


def _fetched(steps: list[_Step], kind: FetchKind, moved_to: str | None) -> Fetched:
    last = steps[-1]
    answer = last.answer
    return Fetched(
        asked_url=without_credentials(steps[0].url),
        url=without_credentials(last.url),
        kind=kind,
        outcome=last.outcome,
        at=datetime.now(UTC),
        status=answer.status if answer else None,
        detail=last.detail,
        headers=answer.headers if answer else {},
        body=answer.body if answer and last.outcome is Outcome.OK else b"",
        size=sum(len(step.answer.body) for step in steps if step.answer),
        elapsed=sum((step.elapsed for step in steps), timedelta(0)),
        moved_to=moved_to,
        retry_after=_retry_after(answer),
        requests=sum(step.asked for step in steps),
        origins=tuple(
            dict.fromkeys(origin_of(step.url) for step in steps if step.outcome is not Outcome.REFUSED_URL)
        ),
        on_the_way=tuple(fetched for step in steps for fetched in step.on_the_way),
        reservation=last.reservation,
    )


def _redirect_detail(steps: list[_Step], target: str) -> str:
    if len(steps) > MAX_REDIRECTS:
        return f"more than {MAX_REDIRECTS} redirects"
    return f"redirects lead back to {without_credentials(target)}"


def _target(url: str, location: str) -> str:
    """Where `location` leads from `url`; what cannot be read is handed on, to be refused by name."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _location(answer: RawAnswer | None) -> str | None:
    if answer is None or answer.status not in _REDIRECTS:
        return None
    location = answer.headers.get("location")
    if location is None:
        return None
    try:
        # Headers are read as Latin-1; outlets that write other letters there mean UTF-8.
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        location = quote(location, safe=_ASCII, encoding="latin-1")
    return location.strip().replace(" ", "%20")


def _retry_after(answer: RawAnswer | None) -> timedelta | None:
    if answer is None or answer.status not in (429, 503):
        return None
    return retry_after_of(answer.headers.get("retry-after", ""), datetime.now(UTC))


def slot_of(url: str) -> str:
    """Host, with the port where it is not the usual one: local test outlets share an address."""
    try:
        parts = urlsplit(url)
        usual = parts.port in (None, 80, 443)
    except ValueError:
        return "?"
    return (parts.hostname or "?") if usual else parts.netloc


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL that was not refused: what a robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def host_of(url: str) -> str:
    """The host of a URL without its port."""
    return urlsplit(url).hostname or ""
