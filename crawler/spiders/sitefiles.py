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
from urllib.parse import urlsplit

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
#: An origin, and its host where its certificate need not be valid.
_Asked = tuple[str, frozenset[str]]


class Fetch(Protocol):
    """`Fetcher.fetch`."""

    def __call__(
        self,
        url: str,
        kind: FetchKind,
        *,
        headers: Mapping[str, str] | None = None,
        trusted: frozenset[str] = frozenset(),
    ) -> Awaitable[Fetched]: ...


class SiteFiles:
    """The site files of every origin a crawl meets; each is asked for once a crawl, and only where it is due."""

    def __init__(self, fetch: Fetch, known: Iterable[SiteFile], user_agent: str) -> None:
        self._fetch = fetch
        self._known = {(file.origin, file.kind): file for file in known}
        self._user_agent = user_agent
        self._robots: dict[_Asked, asyncio.Task[tuple[RobotsRules, Fetched | None]]] = {}
        self._mining: dict[_Asked, asyncio.Task[tuple[MiningRules, Fetched | None]]] = {}

    async def robots(
        self, origin: str, trusted: frozenset[str] = frozenset()
    ) -> tuple[RobotsRules, Fetched | None]:
        """What the robots.txt of `origin` says; with the fetch of it for the one who asks first."""
        return await _shared(self._robots, _asked(origin, trusted), self._read_robots)

    async def mining(
        self, origin: str, trusted: frozenset[str] = frozenset()
    ) -> tuple[MiningRules, Fetched | None]:
        """What the tdmrep.json of `origin` reserves; with the fetch of it for the one who asks first."""
        return await _shared(self._mining, _asked(origin, trusted), self._read_mining)

    async def _read_robots(self, asked: _Asked) -> tuple[RobotsRules, Fetched | None]:
        file, fetched = await self._current(asked, FetchKind.ROBOTS)
        if file is None:
            assert fetched is not None
            outcome = fetched.outcome if fetched.outcome in _SAYS_MORE else Outcome.ROBOTS_UNKNOWN
            why = fetched.detail or fetched.outcome
            return unknown_robots(outcome, f"robots.txt could not be read: {why}"), fetched
        if not file.is_there:
            return no_robots(), fetched
        # In a thread: a file of half a megabyte must not hold up every download.
        rules = await asyncio.to_thread(robots_rules, file.body, self._user_agent)
        if fetched is not None and rules.detail and not fetched.detail:
            fetched = replace(fetched, detail=rules.detail)
        return replace(rules, read_at=file.read_at), fetched

    async def _read_mining(self, asked: _Asked) -> tuple[MiningRules, Fetched | None]:
        """A file that cannot be had reserves nothing: most sites have none, and answer in odd ways."""
        file, fetched = await self._current(asked, FetchKind.TDMREP)
        if file is None or not file.is_there:
            return MiningRules(), fetched
        return await asyncio.to_thread(mining_rules, file.body), fetched

    async def _current(self, asked: _Asked, kind: FetchKind) -> tuple[SiteFile | None, Fetched | None]:
        """The file to go by, None where it is unknown; and the fetch, where there was one.

        What came under a certificate that is not valid is not remembered: other sources must not go by it.
        """
        origin, trusted = asked
        known = None if trusted else self._known.get((origin, kind))
        if known is not None and is_fresh(known, datetime.now(UTC)):
            return known, None
        fetched = await self._fetch(origin + PATHS[kind], kind, headers=_validators(known), trusted=trusted)
        file = after_fetch(origin, known, fetched)
        return file, fetched if trusted else replace(fetched, site_file=file)


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


def _asked(origin: str, trusted: frozenset[str]) -> _Asked:
    """One request serves all sources that trust this host alike."""
    host = urlsplit(origin).hostname or ""
    return origin, trusted & {host}


async def _shared(
    tasks: dict[_Asked, asyncio.Task[tuple[T, Fetched | None]]],
    asked: _Asked,
    read: Callable[[_Asked], Awaitable[tuple[T, Fetched | None]]],
) -> tuple[T, Fetched | None]:
    first = asked not in tasks
    if first:
        tasks[asked] = asyncio.ensure_future(read(asked))
    # Shielded: the one who asked first may be cancelled while others wait for the same answer.
    found, fetched = await asyncio.shield(tasks[asked])
    return found, fetched if first else None
