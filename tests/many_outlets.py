"""Many outlets on loopback, each on an address of its own, living in simulated time: what they saw out.

One asyncio server listens on one port of every 127.x.y.z; the address that was asked tells the outlet. An outlet
publishes at given times, serves a feed of its latest articles and their pages, and has one manner of Manner.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from typing import Self

WINDOW = 25  # articles in a feed
_SENTENCES = (
    "The operator opened a cloud region with three availability zones near the port this week.",
    "Executives said that the campus draws its power from a new substation and two wind farms.",
    "Customers in the country can now keep their data at home, which the regulator had asked for.",
    "The company did not say what the buildings cost, and declined to name the contractor.",
    "A second phase of the same size is planned for next year, subject to permits from the city.",
)


class Manner(StrEnum):
    """How an outlet behaves."""

    ETAG = "etag"  # honors If-None-Match
    HASH = "no validators"  # the same bytes, without a word
    MAX_AGE = "max-age"  # ETag, and asks to be left alone for ten minutes
    FULL_TEXT = "full text"  # ETag, articles in the feed
    LIMITS = "429"  # answers 429 with Retry-After for an hour, twice a day
    SLOW = "slow"  # half a second before each answer
    DOWN = "500"  # answers 500 for two hours a day
    BROKEN = "broken"  # cuts its feed off for two hours a day
    RESET = "reset"  # closes the connection without a word for an hour a day


RETRY_AFTER = timedelta(minutes=20)
MAX_AGE = timedelta(minutes=10)


@dataclass(slots=True)
class ManyOutlet:
    """One outlet: when it publishes, how it behaves, what was asked of it."""

    number: int
    manner: Manner
    published: tuple[datetime, ...]  # oldest first
    polls: list[tuple[datetime, int]] = field(default_factory=list)  # simulated time and status, feed only
    requests: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def address(self) -> str:
        """Its address; 127.0.0.1 is left to others."""
        return f"127.{1 + self.number // 62500}.{self.number // 250 % 250}.{1 + self.number % 250}"

    def out(self, now: datetime) -> int:
        """Number of articles that are out."""
        return bisect(self.published, now)

    def is_off(self, now: datetime) -> bool:
        """Tell whether this is its bad time: two hours a day at its own hour, one for those that forget one."""
        hour = (now.hour + self.number) % 24
        return hour in {Manner.LIMITS: (3, 15), Manner.RESET: (3,)}.get(self.manner, (3, 4))


class ManyOutlets:
    """The server in a thread of its own; enter it to start. `now` tells the simulated time."""

    def __init__(self, outlets: Sequence[ManyOutlet], now: Callable[[], datetime]) -> None:
        self.outlets = {outlet.address: outlet for outlet in outlets}
        self.port = 0
        self.cpu_seconds = 0.0
        self._now = now
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10), "the outlets did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def url(self, outlet: ManyOutlet, path: str = "/feed") -> str:
        return f"http://{outlet.address}:{self.port}{path}"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "0.0.0.0", 0, backlog=500))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        outlet = self.outlets[writer.get_extra_info("sockname")[0]]
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                outlet.in_flight += 1
                outlet.most_in_flight = max(outlet.most_in_flight, outlet.in_flight)
                try:
                    await self._answer(outlet, head, writer)
                finally:
                    outlet.in_flight -= 1
                    self.cpu_seconds = time.thread_time()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, outlet: ManyOutlet, head: str, writer: asyncio.StreamWriter) -> None:
        path, now = head.split(" ", 2)[1], self._now()
        outlet.requests += 1
        if outlet.manner is Manner.SLOW:
            await asyncio.sleep(0.5)
        if path == "/feed":
            status, headers, body = self._feed(outlet, head, now)
            outlet.polls.append((now, status))
            if status == 0:
                raise ConnectionResetError
        elif path.startswith("/article/"):
            status, headers, body = 200, {"Content-Type": "text/html; charset=utf-8"}, page(outlet, path)
        else:
            status, headers, body = 404, {}, b""
        headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode("latin-1") + body)
        await writer.drain()

    def _feed(self, outlet: ManyOutlet, head: str, now: datetime) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; status 0 hangs up."""
        manner, count = outlet.manner, outlet.out(now)
        if outlet.is_off(now):
            if manner is Manner.LIMITS:
                return 429, {"Retry-After": str(int(RETRY_AFTER.total_seconds()))}, b""
            if manner is Manner.DOWN:
                return 500, {}, b""
            if manner is Manner.RESET:
                return 0, {}, b""
        etag = f'"{outlet.number}-{count}"'
        headers = {} if manner is Manner.HASH else {"ETag": etag}
        if manner is Manner.MAX_AGE:
            headers["Cache-Control"] = f"max-age={int(MAX_AGE.total_seconds())}"
        if manner is not Manner.HASH and f"if-none-match: {etag}" in head.lower():
            return 304, headers, b""
        body = self._rss(outlet, count)
        if manner is Manner.BROKEN and outlet.is_off(now):
            return 200, {"Content-Type": "application/rss+xml"}, body[: len(body) // 40]
        return 200, {**headers, "Content-Type": "application/rss+xml"}, body

    def _rss(self, outlet: ManyOutlet, count: int) -> bytes:
        base = f"http://{outlet.address}:{self.port}"
        items = "".join(
            f"<item><title>{title(outlet, number)}</title><link>{base}/article/{number}</link>"
            f"<guid>{base}/article/{number}</guid><pubDate>{format_datetime(outlet.published[number])}</pubDate>"
            f"{_encoded(outlet, number)}</item>"
            for number in range(count - 1, max(count - WINDOW, 0) - 1, -1)
        )
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>Outlet {outlet.number}</title><link>{base}/</link>{items}</channel></rss>"
        ).encode()


def title(outlet: ManyOutlet, number: int) -> str:
    """A headline of its own: nothing here is a copy of anything."""
    return f"Outlet {outlet.number} report {number}: region opens in district {_word(outlet, number)}"


def paragraphs(outlet: ManyOutlet, number: int) -> list[str]:
    word = _word(outlet, number)
    return [f"In district {word}: {sentence} {sentence.lower()} ({word})" for sentence in _SENTENCES]


def page(outlet: ManyOutlet, path: str) -> bytes:
    """An article page, with the navigation and footer that real ones have."""
    number = int(path.rpartition("/")[2])
    published = outlet.published[number].isoformat()
    text = "".join(f"<p>{part}</p>" for part in paragraphs(outlet, number))
    links = "".join(f'<li><a href="/s/{n}">Section {n}</a></li>' for n in range(30))
    return (
        f'<!doctype html><html lang="en"><head><title>{title(outlet, number)}</title>'
        f'<meta property="article:published_time" content="{published}"></head><body><nav><ul>{links}</ul></nav>'
        f"<article><h1>{title(outlet, number)}</h1>{text}</article><footer>Imprint</footer></body></html>"
    ).encode()


def _encoded(outlet: ManyOutlet, number: int) -> str:
    if outlet.manner is not Manner.FULL_TEXT:
        return ""
    text = "".join(f"<p>{part}</p>" for part in paragraphs(outlet, number))
    return f"<content:encoded><![CDATA[{text}]]></content:encoded>"


def _word(outlet: ManyOutlet, number: int) -> str:
    return hashlib.sha256(f"{outlet.number} {number}".encode()).hexdigest()[:8]
