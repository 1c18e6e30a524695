"""A crawl order in, source reports out, one by one as they are ready: the Scrapy spider that polls every source.

Scrapy gives the downloader: connections, TLS, compression, the delay per host, limits. A poll is a coroutine
that asks it for one page after the other, so what a source does can be read from top to bottom.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import StopDownload
from scrapy.http import Request, Response

from crawler.guard import without_credentials
from crawler.items import CrawlLimits, CrawlOrder, SourceOrder, SourceReport
from crawler.outcomes import Outcome
from crawler.spiders import SPIDER_KINDS
from crawler.spiders.base import PageReaders, Poll
from crawler.spiders.captive import Held, held_back, host_group, settled
from crawler.spiders.fetching import Fetcher, RawAnswer

logger = logging.getLogger(__name__)

#: Kept at the end of the wall time to hand over what there is.
HANDOVER_SECONDS = 2.0
#: A robots.txt may promise this much before it is refused; what counts is its beginning.
_MAX_TRUNCATED_BYTES = 32 * 1024 * 1024


class NewsSpider(Spider):
    """Polls all sources of one order at once, each in its own task."""

    name = "news"

    def __init__(
        self,
        *,
        order: CrawlOrder,
        readers: PageReaders,
        hand_over: Callable[[SourceReport], Awaitable[None]],
        before: Callable[[Crawler], Awaitable[None]],
        deadline: float,
    ) -> None:
        super().__init__()
        self.order = order
        self.readers = readers
        self.hand_over = hand_over
        self.before = before
        self.deadline = deadline  # on the monotonic clock
        self.stop = asyncio.Event()
        self.failure: Exception | None = None
        self.is_done = False  # every source was handed over
        self._held: list[Held] = []  # reports that may turn out to be a captive portal's

    async def start(self) -> AsyncIterator[Any]:
        """Do the whole crawl; yields nothing, since reports leave through `hand_over`."""
        try:
            await self.before(self.crawler)
            await self._poll_all()
            self.is_done = True
        except Exception as error:
            self.failure = error
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def _poll_all(self) -> None:
        known = (file for order in self.order.sources for file in order.site_files)
        fetcher = Fetcher(ScrapyDownload(self.crawler, self.order.limits), self.order.limits, known)
        tasks = {asyncio.ensure_future(self._poll(order, fetcher)) for order in self.order.sources}
        stopping = asyncio.ensure_future(self.stop.wait())
        waiting: set[asyncio.Future[Any]] = {*tasks, stopping}
        while tasks & waiting and stopping in waiting and (left := self.deadline - monotonic()) > 0:
            _, waiting = await asyncio.wait(waiting, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        for task in (*tasks, stopping):
            task.cancel()
        await asyncio.gather(*tasks, stopping, return_exceptions=True)
        hosts = {host_group(order.source.url) for order in self.order.sources}
        for report in settled(self._held, len(hosts)):
            await self.hand_over(report)

    async def _poll(self, order: SourceOrder, fetcher: Fetcher) -> None:
        poll = Poll(order, fetcher=fetcher, readers=self.readers, limits=self.order.limits)
        try:
            report = await SPIDER_KINDS[order.source.kind](poll)
        except asyncio.CancelledError:
            report = poll.report(Outcome.CRAWL_STOPPED)
        except Exception:
            logger.exception("poll failed source=%s", order.source.source_id)
            report = poll.report(Outcome.NOT_READ_CRASH)
        if held := held_back(report, order.state, poll.index, order.source.url):
            self._held.append(held)
        else:
            await self.hand_over(report)


class ScrapyDownload:
    """One exchange with a server through Scrapy's downloader and its middlewares."""

    def __init__(self, crawler: Crawler, limits: CrawlLimits) -> None:
        self._crawler = crawler
        self._proxy = _proxy_meta(limits.proxy)
        crawler.signals.connect(self._stop_when_enough, signal=signals.bytes_received)
        # The total of requests at once; Scrapy counts only those its scheduler handed out.
        self._together = asyncio.Semaphore(crawler.settings.getint("CONCURRENT_REQUESTS"))

    async def __call__(
        self, url: str, *, headers: Mapping[str, str], max_bytes: int, slot: str, truncate: bool, verify: bool
    ) -> RawAnswer:
        """Download; with `truncate` a longer body is cut at `max_bytes` instead of refused."""
        meta: dict[str, Any] = {"download_slot": slot, "download_maxsize": max_bytes}
        meta["any_certificate"] = not verify
        sent = dict(headers)
        if truncate:
            meta |= {"download_maxsize": _MAX_TRUNCATED_BYTES, "enough_bytes": max_bytes, "received": 0}
            sent["Accept-Encoding"] = "identity"
        if self._proxy is not None:
            meta["proxy"], authorization = self._proxy
            if authorization:
                sent["Proxy-Authorization"] = authorization
        async with self._together:
            response = await self._crawler.engine.download_async(
                Request(url, headers=sent, meta=meta, dont_filter=True)
            )
        return _raw_answer(response)

    def _stop_when_enough(self, data: bytes, request: Request) -> None:
        enough = request.meta.get("enough_bytes")
        if enough is None:
            return
        request.meta["received"] += len(data)
        if request.meta["received"] > enough:
            raise StopDownload(fail=False)


def _raw_answer(response: Response) -> RawAnswer:
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
        if values
    }
    return RawAnswer(url=response.url, status=response.status, headers=headers, body=response.body)


def _proxy_meta(proxy: str | None) -> tuple[str, str | None] | None:
    if proxy is None:
        return None
    parts = urlsplit(proxy)
    if parts.username is None:
        return proxy, None
    token = base64.b64encode(f"{parts.username}:{parts.password or ''}".encode()).decode()
    return without_credentials(proxy), f"Basic {token}"
