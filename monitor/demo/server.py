"""The newsstand as real HTTP servers, one per outlet: a start time and a phase in, sources and a request log out.

Outlets have manners of their own: validators and 304, gzip, robots.txt, a slow index, one 429 with Retry-After,
one 500, a feed that has moved for good. Reads no clock: what is published when follows from `now`.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from crawler.sources import Source, SourceKind, Tier
from monitor.demo.content import DemoOutlet, Manners, Phase, articles, outlets
from monitor.demo.pages import Page, Stand, article_path, site

_GZIP_FROM = 500  # bytes; below, compression gains nothing
_POLL_SHUTDOWN = 0.05  # seconds between two looks at whether a server should end


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRequest:
    """One request as an outlet saw it. `conditional`: it brought a validator."""

    outlet_id: str
    path: str  # with the query
    status: int
    conditional: bool
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    """An answer before it is written to the wire."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Newsstand:
    """A running newsstand. Made by `start_newsstand`."""

    def __init__(self, now: datetime, phase: Phase, *, manners: bool) -> None:
        self.start = now
        self.phase = phase
        self._seen: list[SeenRequest] = []
        self._servers = tuple(
            _OutletServer(outlet, number, self._seen, manners=outlet.manners if manners else None)
            for number, outlet in enumerate(outlets())
        )
        self._publish()

    @property
    def sources(self) -> tuple[Source, ...]:
        """One source per outlet, as the catalogue would name it."""
        return tuple(_source(server.outlet, server.base) for server in self._servers)

    @property
    def allowed_addresses(self) -> frozenset[str]:
        """The "host:port" of every outlet, for `CrawlLimits.allowed_addresses`."""
        return frozenset(urlsplit(server.base).netloc for server in self._servers)

    @property
    def requests(self) -> tuple[SeenRequest, ...]:
        """All requests so far, in the order in which they were answered."""
        return tuple(self._seen)

    @property
    def statuses(self) -> Counter[int]:
        """How many requests ended with which status."""
        return Counter(request.status for request in self._seen)

    @property
    def urls(self) -> dict[str, str]:
        """Address of every published article, by article id."""
        bases = {server.outlet.outlet_id: server for server in self._servers}
        return {
            article.article_id: bases[article.outlet_id].base
            + article_path(article, bases[article.outlet_id].outlet, self.start)
            for article in articles()
            if article.phase <= self.phase
        }

    def advance(self) -> Phase:
        """Publish the next phase: after TODAY, what became of the news. Past the last one nothing changes."""
        self.phase = Phase(min(self.phase + 1, Phase.LATER))
        self._publish()
        return self.phase

    def close(self) -> None:
        """Stop all servers; their ports are free afterwards."""
        for server in self._servers:
            server.stop()

    def _publish(self) -> None:
        originals = self.urls
        for server in self._servers:
            stand = Stand(outlet=server.outlet, base=server.base, start=self.start)
            published = [
                article
                for article in articles()
                if article.outlet_id == server.outlet.outlet_id and article.phase <= self.phase
            ]
            server.pages = site(stand, published, originals)
            server.phase = self.phase


@contextmanager
def start_newsstand(now: datetime, phase: int = Phase.TODAY, *, manners: bool = True) -> Iterator[Newsstand]:
    """Open the newsstand on free ports of loopback addresses and close it again.

    `now` (aware) is the time to which the ages of the articles relate. `phase`: 0 only last week's articles,
    1 today's too, 2 also the later developments. `manners` False: no delay, no 429 and no 500.
    """
    newsstand = Newsstand(now.astimezone(UTC), Phase(phase), manners=manners)
    try:
        yield newsstand
    finally:
        newsstand.close()


@dataclass(slots=True)
class _Misbehavior:
    """What is still to come of an outlet's manners: each fault happens once."""

    manners: Manners
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: set[str] = field(default_factory=set)

    def first(self, fault: str) -> bool:
        """True the first time that `fault` is asked for."""
        with self.lock:
            new = fault not in self.done
            self.done.add(fault)
            return new


class _OutletServer:
    """One outlet behind one port. `pages` is replaced as a whole when something is published."""

    def __init__(
        self, outlet: DemoOutlet, number: int, seen: list[SeenRequest], *, manners: Manners | None
    ) -> None:
        self.outlet = outlet
        self.pages: dict[str, Page] = {}
        self.phase = Phase.BACKLOG
        self.seen = seen
        self.stopping = threading.Event()
        kept = Manners(moved_to=outlet.manners.moved_to)  # where a feed lives is no ill manners
        self.misbehavior = _Misbehavior(kept if manners is None else manners)
        self._http = _listen(number, type("Handler", (_Handler,), {"outlet_server": self}))
        host, port = self._http.server_address[:2]
        self.base = f"http://{host!s}:{port}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SHUTDOWN,), name=outlet.outlet_id, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the server; answers that are being delayed are cut short."""
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def reply(self, target: str) -> _Reply:
        """Answer to a GET of `target`, faults first."""
        path = urlsplit(target).path
        return self._fault(path) or self._found(path)

    def _fault(self, path: str) -> _Reply | None:
        manners = self.misbehavior.manners
        if path == self.outlet.index_path:
            if manners.moved_to:
                return _Reply(status=301, headers=(("Location", self.base + manners.moved_to),))
            if self._is_rushed() and self.misbehavior.first("rate-limit"):
                return _Reply(status=429, headers=(("Retry-After", str(manners.rate_limit_once)),))
            self.stopping.wait(manners.slow)
        slug = manners.error_once
        if slug and path.rstrip("/").endswith(slug) and self.misbehavior.first("error"):
            return _Reply(status=500, body=b"<h1>Internal Server Error</h1>", headers=_HTML)
        return None

    def _is_rushed(self) -> bool:
        # not before the last phase: a first crawl that fails would turn the day's news into a baseline
        return self.misbehavior.manners.rate_limit_once > 0 and self.phase is Phase.LATER

    def _found(self, path: str) -> _Reply:
        page = self.pages.get(path)
        if page is None:
            return _Reply(status=404, body=b"<h1>Not Found</h1>", headers=_HTML)
        validators = (
            ("Content-Type", page.content_type),
            ("ETag", f'"{hashlib.sha1(page.body).hexdigest()[:16]}"'),
            ("Last-Modified", format_datetime(page.last_modified.replace(microsecond=0), usegmt=True)),
            ("Cache-Control", "max-age=60"),
        )
        return _Reply(status=200, body=page.body, headers=validators)


_HTML = (("Content-Type", "text/html; charset=utf-8"),)


class _Handler(BaseHTTPRequestHandler):
    """Writes replies; a subclass per outlet carries `outlet_server`."""

    outlet_server: _OutletServer
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds that a kept connection may be silent

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # name of the base class
        """Keep stderr quiet: the request log is `Newsstand.requests`."""

    def _answer(self, *, with_body: bool) -> None:
        reply = self.outlet_server.reply(self.path)
        if reply.status == 200 and self._is_known(dict(reply.headers)):
            reply = _Reply(status=304, headers=reply.headers[1:])
        self._note(reply.status)
        body, encoding = self._encoded(reply.body)
        self.send_response(reply.status)
        for name, value in (*reply.headers, *encoding):
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body and reply.status != 304:
            self.wfile.write(body)

    def _is_known(self, headers: dict[str, str]) -> bool:
        """True if the visitor has the page. If-None-Match decides alone where it is given (RFC 9110, 13.2.2)."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return headers["ETag"] in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return parsedate_to_datetime(headers["Last-Modified"]) <= parsedate_to_datetime(since)
        except ValueError:
            return False

    def _encoded(self, body: bytes) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        if len(body) < _GZIP_FROM or "gzip" not in self.headers.get("Accept-Encoding", ""):
            return body, ()
        return gzip.compress(body, mtime=0), (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))

    def _note(self, status: int) -> None:
        validators = ("If-None-Match", "If-Modified-Since")
        self.outlet_server.seen.append(  # append is atomic: the handlers run in threads
            SeenRequest(
                outlet_id=self.outlet_server.outlet.outlet_id,
                path=self.path,
                status=status,
                conditional=any(name in self.headers for name in validators),
                user_agent=self.headers.get("User-Agent", ""),
            )
        )


class _LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # kept connections would hold the end up to their time-out
    request_queue_size = 32


def _listen(number: int, handler: type[_Handler]) -> ThreadingHTTPServer:
    """A server on a free port. Each outlet gets a host of its own, so that politeness per host is real.

    Linux answers on all of 127.0.0.0/8; systems that do not (macOS) get 127.0.0.1 for all.
    """
    try:
        return _LoopbackServer((f"127.0.0.{number + 2}", 0), handler)
    except OSError:
        return _LoopbackServer(("127.0.0.1", 0), handler)


def _source(outlet: DemoOutlet, base: str) -> Source:
    return Source(
        source_id=outlet.outlet_id,
        name=outlet.name,
        url=base + outlet.index_path,
        kind=SourceKind(outlet.index_kind),
        homepage=f"{base}/",
        language=outlet.language,
        country=outlet.country,
        region=outlet.region,
        tier=Tier(outlet.tier),
        family=outlet.family,
        full_text_feed=outlet.index_format == "rss-full-text" if outlet.index_kind == "feed" else None,
        paywall=outlet.paywall,
        article_pattern=outlet.article_pattern,
        body_selector=outlet.body_selector,
    )
