"""Crawl orders in, reports out, wherever they run: a thread here for each, or a Dask cluster when configured.

An order is a lease: the engine gives up one that a cluster holds for too long, and its sources are due again.
"""

from __future__ import annotations

import logging
import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from crawler.items import CrawlOrder, CrawlReport, SourceReport
from monitor.cluster import connect
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)

OnSource = Callable[[SourceReport], None]

#: Times an order is begun anew on another worker after its worker died, before it counts as failed.
RETRIES = 2
#: What an order may take on a cluster: every try its wall time, and this for the way and the queue.
QUEUE_TIME = timedelta(minutes=2)
#: How soon a stop, or the end of the lease, is noticed while a cluster works.
_LOOK_EVERY = 0.5


class Crawl(Protocol):
    """`crawler.run.crawl` or what stands for it in a test."""

    def __call__(
        self, order: CrawlOrder, on_source: OnSource | None = None, *, stop: threading.Event | None = None
    ) -> CrawlReport: ...


class Engine:
    """Runs crawl orders, `crawls` at a time."""

    def __init__(
        self, *, crawls: int, stop: threading.Event, dask: str = "", crawl: Crawl | None = None
    ) -> None:
        """`dask`: address of a scheduler. `stop`, when set, ends the crawls here and gives up those elsewhere."""
        self._crawl = crawl
        self._stop = stop
        self._cluster = _Cluster(dask, stop) if dask else None
        self._threads = ThreadPoolExecutor(crawls, "crawl")

    def submit(self, order: CrawlOrder, on_source: OnSource) -> Future[CrawlReport]:
        """Start an order; the future is done when every report was handed to `on_source`.

        Here that is as soon as a source is finished; from a cluster the reports of an order come together.
        """
        crawl = self._crawl or _default_crawl()
        if self._cluster is None:
            return self._threads.submit(crawl, order, on_source, stop=self._stop)
        return self._threads.submit(self._cluster.crawl, crawl, order, on_source)

    def close(self, *, wait: bool) -> None:
        """Take no more orders; with `wait` let those under way end."""
        self._threads.shutdown(wait=wait, cancel_futures=True)
        if self._cluster is not None:
            self._cluster.close()


class _Cluster:
    """A Dask cluster as one more place where an order can run. Its threads here only wait."""

    def __init__(self, address: str, stop: threading.Event) -> None:
        self._address = address
        self._stop = stop
        self._lock = threading.Lock()
        self._client = connect(address)

    def crawl(self, crawl: Crawl, order: CrawlOrder, on_source: OnSource) -> CrawlReport:
        """Run `order` on a worker. A worker that dies is replaced by another, which begins the order anew."""
        future = self._connected().submit(
            crawl_on_worker, crawl, order, key=f"crawl-{order.order_id}", pure=False, retries=RETRIES
        )
        lease = (RETRIES + 1) * order.limits.wall_time + QUEUE_TIME
        ends = monotonic() + lease.total_seconds()
        while not future.done():
            if self._stop.wait(_LOOK_EVERY) or monotonic() > ends:
                future.cancel()
                reason = "stopped on request" if self._stop.is_set() else f"no answer within {lease}"
                raise MonitorError(
                    f"[engine] dask: order {order.order_id} was given up: {reason}. Its sources are due again"
                )
        report: CrawlReport = future.result()
        for source in report.sources:
            on_source(source)
        return report

    def close(self) -> None:
        """Leave the cluster, which goes on without us."""
        with self._lock:
            self._client.close(timeout=5)

    def _connected(self) -> Client:
        """The client; a new one where the scheduler was gone for so long that the old one gave up."""
        with self._lock:
            if self._client.status == "closed":
                self._client = connect(self._address)
            return self._client


def crawl_on_worker(crawl: Crawl, order: CrawlOrder) -> CrawlReport:
    """What a worker of the cluster runs: the same crawl, in a process of its own.

    Dask marks its workers as daemons, which may have no children, so that none is left behind. Ours ends by itself
    when the pipe to its parent closes, however the parent ended.
    """
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # no public way
    return crawl(order)


def _default_crawl() -> Crawl:
    from crawler.run import crawl  # multiprocessing set-up: only where something is crawled

    return crawl
