"""A crawl order in over a pipe, source reports out over it: what runs in the crawl process.

Limits its own memory and time, proves that the address guard holds, then lets the spider work. Preloaded by the
fork server, so nothing here may start a reactor, a thread or a worker at import.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from time import monotonic

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Request
from scrapy.utils.reactor import install_reactor

from crawler.guard import AddressBlockedError, Allowed, install_guard, may_connect, resolve_allowed
from crawler.items import CrawlOrder, SourceReport
from crawler.settings import TWISTED_REACTOR, scrapy_settings
from crawler.spiders.news import HANDOVER_SECONDS, NewsSpider
from crawler.workers import Readers

READ_DEADLINE = 10.0  # seconds for one page or index; an honest one takes 0.1
READ_MEMORY = 1 << 30  # bytes of one worker
#: Past the wall time, the kernel ends a process that cannot end itself; the parent is faster where it lives.
ALARM_SECONDS = 10.0
#: Bytes of address space beyond the memory limit: thread stacks and the allocator's arenas are mapped, hardly used.
MAPPED_UNUSED = 1 << 30
#: Where the self-test listens: addresses nobody else reaches, the first that is not allowed by configuration.
_TEST_ADDRESSES = ("127.0.0.1", "127.0.0.2", "::1")


class GuardFailedError(Exception):
    """The connection guard let the crawl process reach a private address: nothing may be crawled."""


def run_crawl(order: CrawlOrder, pipe: Connection) -> None:
    """Crawl `order` and send its reports through `pipe`, then a string: why it ended early, or ""."""
    started = monotonic()
    os.setsid()  # a group of its own: one signal ends the workers too
    _limit(order)
    logging.getLogger("scrapy").setLevel(logging.ERROR)  # what it warns of, outcomes say
    logging.getLogger("twisted").setLevel(logging.CRITICAL)
    install_reactor(TWISTED_REACTOR)
    from twisted.internet import reactor  # only now: importing it earlier would choose another one

    proxies = (order.limits.proxy.rpartition("@")[2].rpartition("//")[2],) if order.limits.proxy else ()
    allowed = resolve_allowed((*order.limits.allowed_addresses, *proxies))
    install_guard(reactor, allowed)
    note = _crawl(order, pipe, allowed, started + order.limits.wall_time.total_seconds() - HANDOVER_SECONDS)
    with contextlib.suppress(OSError):
        pipe.send(note)
    pipe.close()


def _crawl(order: CrawlOrder, pipe: Connection, allowed: Allowed, deadline: float) -> str:
    """Run the reactor until every source is reported; returns why it ended early, or ""."""
    process = AsyncCrawlerProcess(scrapy_settings(order.limits))
    with Readers(order.limits.workers, READ_DEADLINE, READ_MEMORY) as readers:
        crawler = process.create_crawler(NewsSpider)

        async def before(running: Crawler) -> None:
            loop = asyncio.get_running_loop()
            loop.add_reader(pipe.fileno(), _end_with_parent, pipe)
            assert isinstance(running.spider, NewsSpider)
            stop = running.spider.stop
            signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(stop.set))
            await prove_guard(running, allowed)

        process.crawl(
            crawler, order=order, readers=readers, hand_over=_sender(pipe), before=before, deadline=deadline
        )
        process.start(install_signal_handlers=False)
        spider = crawler.spider
    if not isinstance(spider, NewsSpider):
        return "Scrapy did not start"
    if spider.failure is not None:
        return f"{type(spider.failure).__name__}: {spider.failure}"
    if not spider.is_done:
        return "Scrapy ended before the spider was done"
    if spider.stop.is_set():
        return "stopped on request"
    return "time limit reached" if monotonic() >= deadline else ""


async def prove_guard(crawler: Crawler, allowed: Allowed) -> None:
    """Try to reach a listener on loopback through the very downloader; GuardFailedError if that succeeds.

    A guard can be lost silently: by another download handler, another reactor, a changed library.
    """
    address = next((host for host in _TEST_ADDRESSES if not may_connect(host, 1, allowed)), None)
    if address is None:
        return  # loopback is allowed as a whole: there is nothing to prove
    reached: list[str] = []

    def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(address)
        writer.close()

    try:
        server = await asyncio.start_server(accept, address, 0)
    except OSError:
        return  # no such address on this machine
    port = server.sockets[0].getsockname()[1]
    host = f"[{address}]" if ":" in address else address
    request = Request(f"http://{host}:{port}/", meta={"download_timeout": 5})
    assert crawler.engine is not None
    try:
        await crawler.engine.downloader.handlers.download_request_async(request)
    except AddressBlockedError:
        blocked = True
    except Exception:
        blocked = False
    else:
        blocked = False
    finally:
        server.close()
    if reached or not blocked:
        raise GuardFailedError(
            "the address guard does not hold: a private address was reached; nothing is crawled"
        )


def _sender(pipe: Connection) -> Callable[[SourceReport], Awaitable[None]]:
    """Sends in a thread, one after another: a full pipe must not stop the downloads."""
    turn = asyncio.Lock()

    async def send(report: SourceReport) -> None:
        async with turn:
            await asyncio.to_thread(pipe.send, report)

    return send


def _limit(order: CrawlOrder) -> None:
    limits = order.limits
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold what the log may not
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    mapped = limits.memory + MAPPED_UNUSED
    resource.setrlimit(resource.RLIMIT_AS, (mapped if hard < 0 else min(mapped, hard), hard))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limits.wall_time.total_seconds() + ALARM_SECONDS)


def _end_with_parent(pipe: Connection) -> None:
    """The parent writes nothing: a readable pipe means that it is gone, and nobody wants the reports."""
    os.killpg(os.getpid(), signal.SIGKILL)
    pipe.close()
