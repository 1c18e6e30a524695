"""Where crawl orders run: threads here (each waits for its crawl process), or a Dask cluster when configured.

Nothing here schedules across machines: both are `concurrent.futures` executors, so the rest does not care.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Protocol

from crawler.items import CrawlOrder, CrawlReport, SourceReport
from monitor.errors import MonitorError

OnSource = Callable[[SourceReport], None]


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
        """`stop`, when set, ends the crawls that run here; a cluster's are left to their time limit."""
        self._crawl = crawl
        self._stop = stop
        self._remote = bool(dask)
        self._executor: Executor = _dask_executor(dask) if dask else ThreadPoolExecutor(crawls, "crawl")

    def submit(self, order: CrawlOrder, on_source: OnSource) -> Future[CrawlReport]:
        """Start an order. `on_source` is called for each source as soon as it is finished.

        On a cluster reports cannot stream back, so there it is called for all sources when the order is done.
        """
        crawl = self._crawl or _default_crawl()
        if not self._remote:
            return self._executor.submit(crawl, order, on_source, stop=self._stop)
        future: Future[CrawlReport] = self._executor.submit(crawl, order)
        future.add_done_callback(lambda done: _hand_over(done, on_source))
        return future

    def close(self, *, wait: bool) -> None:
        """Take no more orders; with `wait` let those under way end."""
        self._executor.shutdown(wait=wait, cancel_futures=True)


def _default_crawl() -> Crawl:
    from crawler.run import crawl  # multiprocessing set-up: only where something is crawled

    return crawl


def _hand_over(done: Future[CrawlReport], on_source: OnSource) -> None:
    if done.cancelled() or done.exception() is not None:
        return
    for report in done.result().sources:
        on_source(report)


def _dask_executor(address: str) -> Executor:
    try:
        from distributed import Client  # an optional dependency, and 1 s to import
    except ImportError as error:
        raise MonitorError(
            "[engine] dask: the package 'distributed' is missing. Install it with: pip install 'cspwatch[cluster]'"
        ) from error
    try:
        executor: Executor = Client(address, timeout="10s").get_executor()
    except OSError as error:
        raise MonitorError(
            f"[engine] dask: no scheduler answers at {address}. Start one, or leave the key out"
        ) from error
    return executor
