"""A real outlet on loopback, with all the bad manners of the web: pages and behaviors in, requests seen out.

`with Outlet() as outlet:` serves on a free port; `outlet.url("/feed")` is an address, `outlet.seen` the requests
that came, `outlet.pages["/a"] = Page(...)` a page of the test's own (with ETag and Last-Modified it answers 304),
`outlet.robots` what robots.txt does: "missing" (404), "deny", "500", "hang", "huge", "loop", or its text.
`Outlet(tls="wrong-name" | "expired" | "self-signed")` speaks HTTPS.

Routes that exist without being told (parameters as a query):
  /article/N                  an article of ours        /feed?n=&full=1      RSS with n of them
  /atom?n=  /jsonfeed?n=      the same in other dialects /listing?n=          an HTML page with n links
  /sitemap/news?n=            a news sitemap            /sitemap/index?n=    an index of n sitemaps
  /sitemap/infinite?k=        an index that names the next index, for ever
  /sitemap/self               an index that names itself
  /sitemap/locs?u=            a sitemap with that one location
  /status?code=&retry_after=  that status               /etag                the same ETag, honored
  /304always                  304 whatever is asked
  /redirect?to=&code=         a redirect                /redirect-loop       to itself by way of another
  /redirect-chain?n=          n hops                    /metarefresh?to=     a page that refreshes
  /bomb/gzip|deflate|br?mb=   mb megabytes of blanks, packed
  /infinite/body|headers|folded|header-line|1xx     without an end
  /liar/huge                  promises 10 TB            /liar/short  /liar/reset   breaks off
  /slow/never|headers|body    a byte now and then       /slow/ok?delay=      answers after that many seconds
  /garbage                    bytes that are not HTTP   /calendar/Y/M        a month that links to the next
  /soft404 /consent /challenge /captive    pages that stand where an article should be
  /echo                       what was sent, as text
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
import threading
import time
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from tests.outlet_routes import ROUTES, Exchange, Page, Seen
from tests.outlet_tls import write_certificate

__all__ = ["Outlet", "Page", "Seen"]


#: How the other side, or the end of the test, ends a conversation.
_HANG_UPS = (
    asyncio.CancelledError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    ConnectionError,
    ssl.SSLError,
)


class Outlet:
    """A server in a thread of its own; enter it to start, leave it to stop."""

    def __init__(self, *, tls: str | None = None, address: str = "127.0.0.1", port: int = 0) -> None:
        self.pages: dict[str, Page] = {}
        self.robots = "missing"
        self.seen: list[Seen] = []
        self.connections = 0
        self.address = address
        self.port = port
        self._tls = tls
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10), "the outlet did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    @property
    def netloc(self) -> str:
        """host:port, as `CrawlLimits.allowed_addresses` wants it."""
        return f"{self.address}:{self.port}"

    def url(self, path: str) -> str:
        return f"{'https' if self._tls else 'http'}://{self.netloc}{path}"

    def paths(self) -> list[str]:
        """What was asked for, robots.txt and tdmrep.json left out."""
        rules = ("/robots.txt", "/.well-known/tdmrep.json")
        return [seen.path for seen in list(self.seen) if seen.path not in rules]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, self.address, self.port, ssl=self._context(), limit=1 << 20)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        try:
            self._loop.run_forever()
        finally:
            server.close()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.close()

    def _context(self) -> ssl.SSLContext | None:
        if self._tls is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            path = write_certificate(Path(folder), self._tls)
            context.load_cert_chain(path)
        return context

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(*_HANG_UPS):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                exchange = self._exchange(head.decode("latin-1"), writer)
                self.seen.append(exchange.seen)
                await self._route(exchange)
                if writer.is_closing():
                    break
        writer.close()

    def _exchange(self, head: str, writer: asyncio.StreamWriter) -> Exchange:
        first, *lines = head.split("\r\n")
        path = first.split(" ")[1]
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines if line)
        }
        peer = str(writer.get_extra_info("peername"))
        seen = Seen(path=path, headers=headers, at=time.monotonic(), peer=peer)
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        return Exchange(self, seen, query, writer)

    async def _route(self, exchange: Exchange) -> None:
        path = urlsplit(exchange.seen.path).path
        page = self.pages.get(exchange.seen.path) or self.pages.get(path)
        if page is not None:
            await exchange.answer(page)
            return
        for prefix, route in ROUTES:
            if path == prefix or (prefix.endswith("/") and path.startswith(prefix)):
                await route(exchange, path.removeprefix(prefix))
                return
        await exchange.answer(Page(status=404, body=b"<h1>Not found</h1>"))
