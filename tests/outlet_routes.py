"""A request to the test outlet in, its answer or its bad manners out. The routes are listed in tests/outlet.py."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.outlet_pages import (
    article_page,
    atom,
    consent_page,
    json_feed,
    listing,
    news_sitemap,
    rss,
    sitemap_index,
)

if TYPE_CHECKING:
    from tests.outlet import Outlet

FOREVER = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a path answers."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that came."""

    path: str  # with the query
    headers: dict[str, str]  # names in lower case
    at: float  # monotonic
    peer: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with what a route needs to answer it."""

    outlet: Outlet
    seen: Seen
    query: dict[str, str]
    writer: asyncio.StreamWriter

    def number(self, name: str, default: int) -> int:
        return int(self.query.get(name, default))

    async def answer(self, page: Page) -> None:
        """Send a whole answer; 304 where the request knows the page's validators."""
        headers = {"content-type": page.content_type, **{k.lower(): v for k, v in page.headers.items()}}
        asked = self.seen.headers
        known = "etag" in headers and asked.get("if-none-match") == headers["etag"]
        known = known or (
            "last-modified" in headers and asked.get("if-modified-since") == headers["last-modified"]
        )
        status, body = (304, b"") if known else (page.status, page.body)
        if status != 304:
            headers["content-length"] = str(len(body))
        await self.raw(head_of(status, headers) + body)

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def drip(self, data: bytes, *, every: float = 0.0) -> None:
        """Send the same bytes until the other side hangs up."""
        while True:
            await self.raw(data)
            await asyncio.sleep(every)


def head_of(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Route = Callable[[Exchange, str], Awaitable[None]]


async def _robots(x: Exchange, _rest: str) -> None:
    mode = x.outlet.robots
    if mode == "missing":
        await x.answer(Page(status=404))
    elif mode == "500":
        await x.answer(Page(status=500))
    elif mode == "hang":
        await asyncio.sleep(FOREVER)
    elif mode == "loop":
        await x.answer(Page(status=302, headers={"location": "/robots.txt"}))
    elif mode == "huge":
        lines = "".join(f"Disallow: /*a{number}*b*c$\n" for number in range(200_000))
        body = f"User-agent: *\nDisallow: /closed/\n{lines}".encode()
        await x.answer(Page(body=body, content_type="text/plain"))
    else:
        text = "User-agent: *\nDisallow: /\n" if mode == "deny" else mode
        await x.answer(Page(body=text.encode(), content_type="text/plain"))


async def _article(x: Exchange, rest: str) -> None:
    await x.answer(Page(body=article_page(int(rest), x.outlet.url("")).encode()))


async def _index(x: Exchange, rest: str) -> None:
    base, count = x.outlet.url(""), x.number("n", 3)
    body, content_type = {
        "feed": (rss(base, count, full="full" in x.query), "application/rss+xml"),
        "atom": (atom(base, count), "application/atom+xml"),
        "jsonfeed": (json_feed(base, count), "application/feed+json"),
        "listing": (listing(base, count), "text/html; charset=utf-8"),
    }[rest]
    await x.answer(Page(body=body.encode(), content_type=content_type))


async def _sitemap(x: Exchange, rest: str) -> None:
    base, step = x.outlet.url(""), x.number("k", 0)
    body = {
        "news": lambda: news_sitemap(base, x.number("n", 3)),
        "index": lambda: sitemap_index(
            [f"{base}/sitemap/news?n=3&part={i}" for i in range(x.number("n", 3))]
        ),
        "infinite": lambda: sitemap_index([f"{base}/sitemap/infinite?k={step + 1}"]),
        "self": lambda: sitemap_index([f"{base}/sitemap/self"]),
        "locs": lambda: news_sitemap(base, 0, locations=[x.query.get("u", "")]),
    }[rest]()
    await x.answer(Page(body=body.encode(), content_type="application/xml"))


async def _status(x: Exchange, _rest: str) -> None:
    headers = {"retry-after": x.query["retry_after"]} if "retry_after" in x.query else {}
    await x.answer(Page(status=x.number("code", 200), headers=headers, body=b"as asked"))


async def _redirect(x: Exchange, _rest: str) -> None:
    await x.answer(Page(status=x.number("code", 302), headers={"location": x.query["to"]}))


async def _redirect_loop(x: Exchange, _rest: str) -> None:
    there = "/redirect-loop" if "b" in x.query else "/redirect-loop?b=1"
    await x.answer(Page(status=302, headers={"location": there}))


async def _redirect_chain(x: Exchange, _rest: str) -> None:
    hops = x.number("n", 1)
    there = f"/redirect-chain?n={hops - 1}" if hops > 1 else "/article/1"
    await x.answer(Page(status=302, headers={"location": there}))


async def _meta_refresh(x: Exchange, _rest: str) -> None:
    page = f'<meta http-equiv="refresh" content="0; url={x.query["to"]}">'
    await x.answer(Page(body=page.encode()))


async def _bomb(x: Exchange, rest: str) -> None:
    await x.answer(Page(body=_packed(rest, x.number("mb", 100)), headers={"content-encoding": rest}))


def _packed(kind: str, megabytes: int) -> bytes:
    block = b" " * (1 << 20)
    if kind == "br":
        import brotli  # type: ignore[import-untyped]  # named by Scrapy, no stubs

        packer = brotli.Compressor(quality=5)
        return b"".join([*(packer.process(block) for _ in range(megabytes)), packer.finish()])
    wbits = zlib.MAX_WBITS | 16 if kind == "gzip" else zlib.MAX_WBITS
    deflate = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join([*(deflate.compress(block) for _ in range(megabytes)), deflate.flush()])


async def _infinite(x: Exchange, rest: str) -> None:
    start, more = {
        "body": (head_of(200, {"content-type": "text/html"}), b"<p>" + b"more " * 20_000),
        "headers": (b"HTTP/1.1 200 OK\r\n", b"".join(b"X-%d: %b\r\n" % (i, b"v" * 100) for i in range(500))),
        "folded": (b"HTTP/1.1 200 OK\r\nX-Long: start\r\n", b" folded" * 20 + b"\r\n"),
        "header-line": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"v" * 60_000),
        "1xx": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500),
    }[rest]
    await x.raw(start)
    await x.drip(more)


async def _liar(x: Exchange, rest: str) -> None:
    promised = 10**13 if rest == "huge" else 100_000
    await x.raw(
        head_of(200, {"content-type": "text/html", "content-length": str(promised)}) + b"<p>only this"
    )
    if rest == "huge":
        await asyncio.sleep(FOREVER)
    if rest == "reset":
        x.writer.transport.abort()
    x.writer.close()


async def _slow(x: Exchange, rest: str) -> None:
    if rest == "ok":
        await asyncio.sleep(float(x.query.get("delay", "1")))
        await _article(x, "1")
        return
    if rest == "headers":
        await x.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        await x.drip(b"v", every=0.2)
    elif rest == "body":
        await x.raw(head_of(200, {"content-type": "text/html", "content-length": "100000"}))
        await x.drip(b"v", every=0.2)
    await asyncio.sleep(FOREVER)


async def _garbage(x: Exchange, _rest: str) -> None:
    await x.raw(bytes(range(256)) * 20)
    x.writer.close()


async def _always_304(x: Exchange, _rest: str) -> None:
    await x.raw(head_of(304, {}))


async def _etag(x: Exchange, _rest: str) -> None:
    body = rss(x.outlet.url(""), x.number("n", 2)).encode()
    await x.answer(Page(body=body, content_type="application/rss+xml", headers={"etag": '"same"'}))


async def _calendar(x: Exchange, rest: str) -> None:
    year, month = map(int, rest.split("/"))
    following = f"{year + month // 12}/{month % 12 + 1}"
    page = (
        f'<html><body><h1>{rest}</h1><a href="/calendar/{following}">Next month, all events</a></body></html>'
    )
    await x.answer(Page(body=page.encode()))


async def _wall(x: Exchange, rest: str) -> None:
    await x.answer(Page(body=consent_page(rest).encode(), status=403 if rest == "challenge" else 200))


async def _echo(x: Exchange, _rest: str) -> None:
    text = "\n".join(f"{name}: {value}" for name, value in x.seen.headers.items())
    await x.answer(
        Page(
            body=gzip.compress(text.encode()), content_type="text/plain", headers={"content-encoding": "gzip"}
        )
    )


ROUTES: tuple[tuple[str, Route], ...] = (
    ("/robots.txt", _robots),
    ("/article/", _article),
    *(
        (f"/{name}", lambda x, _rest, name=name: _index(x, name))
        for name in ("feed", "atom", "jsonfeed", "listing")
    ),
    ("/sitemap/", _sitemap),
    ("/status", _status),
    ("/redirect", _redirect),
    ("/redirect-loop", _redirect_loop),
    ("/redirect-chain", _redirect_chain),
    ("/metarefresh", _meta_refresh),
    ("/bomb/", _bomb),
    ("/infinite/", _infinite),
    ("/liar/", _liar),
    ("/slow/", _slow),
    ("/garbage", _garbage),
    ("/304always", _always_304),
    ("/etag", _etag),
    ("/calendar/", _calendar),
    *(
        (f"/{name}", lambda x, _rest, name=name: _wall(x, name))
        for name in ("soft404", "consent", "challenge", "captive")
    ),
    ("/echo", _echo),
)
