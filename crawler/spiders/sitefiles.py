"""An origin in, what its robots.txt and tdmrep.json say out: from what earlier polls read, or asked for anew.

RFC 9309: a robots.txt is used for at most a day, longer only while it cannot be reached. Asked for anew with
validators, so that most answers are a 304.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

from crawler.items import FetchKind, SiteFile
from crawler.outcomes import Outcome
from crawler.robots import RobotsRules, no_robots, robots_rules, unknown_robots
from crawler.tdmrep import MiningRules, mining_rules

if TYPE_CHECKING:
    from crawler.spiders.fetching import Fetched

PATHS = {FetchKind.ROBOTS: "/robots.txt", FetchKind.TDMREP: "/.well-known/tdmrep.json"}
#: How long a file is used without asking again (RFC 9309, 2.4: at most 24 hours).
FRESH = timedelta(hours=24)
#: When to ask again for one that could not be had, while an older copy serves.
RETRY = timedelta(hours=1)
#: How long a copy serves while the site cannot be asked (RFC 9309, 2.3.1.4, gives 30 days as its example).
UNREACHABLE_FOR = timedelta(days=30)
#: Ends of a robots.txt fetch that hold for the whole host, and name the trouble better than "robots unknown".
_SAYS_MORE = frozenset(
    {
        Outcome.BLOCKED_ADDRESS,
        Outcome.REFUSED_URL,
        Outcome.DNS_FAILED,
        Outcome.UNREACHABLE,
        Outcome.TLS_INVALID,
        Outcome.RATE_LIMITED,
    }
)


T = TypeVar("T")


class Fetch(Protocol):
    """`Fetcher.fetch`."""

    def __call__(
        self, url: str, kind: FetchKind, *, headers: Mapping[str, str] | None = None
    ) -> Awaitable[Fetched]: ...


class SiteFiles:
    """The site files of every origin a crawl meets; each is asked for once a crawl, and only where it is due."""

    def __init__(self, fetch: Fetch, known: Iterable[SiteFile], user_agent: str) -> None:
        self._fetch = fetch
        self._known = {(file.origin, file.kind): file for file in known}
        self._user_agent = user_agent
        self._robots: dict[str, asyncio.Task[tuple[RobotsRules, Fetched | None]]] = {}
        self._mining: dict[str, asyncio.Task[tuple[MiningRules, Fetched | None]]] = {}

    async def robots(self, origin: str) -> tuple[RobotsRules, Fetched | None]:
        """What the robots.txt of `origin` says; with the fetch of it for the one who asks first."""
        return await _shared(self._robots, origin, self._read_robots)

    async def mining(self, origin: str) -> tuple[MiningRules, Fetched | None]:
        """What the tdmrep.json of `origin` reserves; with the fetch of it for the one who asks first."""
        return await _shared(self._mining, origin, self._read_mining)

    async def _read_robots(self, origin: str) -> tuple[RobotsRules, Fetched | None]:
        file, fetched = await self._current(origin, FetchKind.ROBOTS)
        if file is None:
            assert fetched is not None
            outcome = fetched.outcome if fetched.outcome in _SAYS_MORE else Outcome.ROBOTS_UNKNOWN
            why = fetched.detail or fetched.outcome
            return unknown_robots(outcome, f"robots.txt could not be read: {why}"), fetched
        if not file.is_there:
            return no_robots(), fetched
        # In a thread: a file of half a megabyte must not hold up every download.
        rules = await asyncio.to_thread(robots_rules, file.body, self._user_agent)
        return replace(rules, read_at=file.read_at), fetched

    async def _read_mining(self, origin: str) -> tuple[MiningRules, Fetched | None]:
        """A file that cannot be had reserves nothing: most sites have none, and answer in odd ways."""
        file, fetched = await self._current(origin, FetchKind.TDMREP)
        if file is None or not file.is_there:
            return MiningRules(), fetched
        return await asyncio.to_thread(mining_rules, file.body), fetched

    async def _current(self, origin: str, kind: FetchKind) -> tuple[SiteFile | None, Fetched | None]:
        """The file to go by, None where it is unknown; and the fetch, where there was one."""
        known = self._known.get((origin, kind))
        if known is not None and is_fresh(known, datetime.now(UTC)):
            return known, None
        fetched = await self._fetch(origin + PATHS[kind], kind, headers=_validators(known))
        file = after_fetch(origin, known, fetched)
        return file, replace(fetched, site_file=file)


def is_fresh(file: SiteFile, now: datetime) -> bool:
    """May the file be used without asking? No where its times cannot be (a clock that was wrong)."""
    return file.read_at <= now < file.due_at <= now + FRESH


def after_fetch(origin: str, known: SiteFile | None, fetched: Fetched) -> SiteFile | None:
    """The file to go by after it was asked for; None where it is unknown. Pure."""
    now = fetched.at
    if fetched.outcome is Outcome.OK:
        return SiteFile(
            origin=origin,
            kind=fetched.kind,
            read_at=now,
            due_at=now + FRESH,
            body=fetched.body,
            etag=fetched.headers.get("etag"),
            last_modified=fetched.headers.get("last-modified"),
        )
    if fetched.outcome is Outcome.UNCHANGED and known is not None:
        return replace(known, read_at=now, due_at=now + FRESH)
    if _says_there_is_none(fetched):
        return SiteFile(origin=origin, kind=fetched.kind, read_at=now, due_at=now + FRESH, is_there=False)
    if known is not None and now - known.read_at < UNREACHABLE_FOR:
        return replace(known, due_at=now + RETRY)
    return None


def _says_there_is_none(fetched: Fetched) -> bool:
    """4xx, and redirects without end, which RFC 9309 (2.3.1.2) takes for the same."""
    if fetched.outcome is Outcome.TOO_MANY_REDIRECTS:
        return True
    return fetched.status is not None and 400 <= fetched.status < 500 and fetched.status != 429


def _validators(known: SiteFile | None) -> dict[str, str]:
    if known is None:
        return {}
    sent = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in sent.items() if value}


async def _shared(
    tasks: dict[str, asyncio.Task[tuple[T, Fetched | None]]],
    origin: str,
    read: Callable[[str], Awaitable[tuple[T, Fetched | None]]],
) -> tuple[T, Fetched | None]:
    first = origin not in tasks
    if first:
        tasks[origin] = asyncio.ensure_future(read(origin))
    # Shielded: the one who asked first may be cancelled while others wait for the same answer.
    found, fetched = await asyncio.shield(tasks[origin])
    return found, fetched if first else None
