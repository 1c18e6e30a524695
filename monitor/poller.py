"""Due sources in, crawl orders out to the engine, reports taken into the log as they come. A shell: decides nothing."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, SourceOrder, SourceReport
from crawler.sources import SourceKind
from monitor.clock import Clock
from monitor.engine import Engine
from monitor.intake import SourceIntake, take_in_source
from monitor.sourcelog import due_sources

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)
OpenDatabase = Callable[[], "Database"]


class Poller:
    """Keeps the engine busy with what is due. A source is in at most one order at a time."""

    def __init__(
        self,
        open_db: OpenDatabase,
        engine: Engine,
        *,
        limits: CrawlLimits,
        clock: Clock,
        baseline: bool = True,
        crawls: int,
        sources_per_crawl: int,
        queries: tuple[str, ...] = (),
        on_taken: Callable[[SourceIntake], None] = lambda _summary: None,
    ) -> None:
        self._open_db = open_db
        self._engine = engine
        self._limits = limits
        self._clock = clock
        self._baseline = baseline
        self._crawls = crawls
        self._per_crawl = sources_per_crawl
        self._queries = queries
        self._on_taken = on_taken
        self._running: dict[Future[CrawlReport], frozenset[str]] = {}
        self._lock = threading.Lock()

    def poll(self, db: Database) -> int:
        """Order what is due as far as there is room for it; how many sources were ordered."""
        with self._lock:
            self._forget_finished()
            room = self._crawls - len(self._running)
            busy = frozenset[str]().union(*self._running.values())
            ordered = 0
            while room > 0 and (due := due_sources(db, self._clock.now(), self._per_crawl, busy=busy)):
                ids = frozenset(order.source.source_id for order in due)
                self._running[self._submit(due)] = ids
                busy |= ids
                ordered += len(ids)
                room -= 1
            return ordered

    def wait(self, timeout: float | None = None) -> None:
        """Until an order that runs now has ended, at most `timeout` seconds."""
        with self._lock:
            running = list(self._running)
        wait(running, timeout, return_when=FIRST_COMPLETED)

    @property
    def busy(self) -> int:
        """Number of orders that run now."""
        with self._lock:
            self._forget_finished()
            return len(self._running)

    def _submit(self, due: Iterable[SourceOrder]) -> Future[CrawlReport]:
        order = CrawlOrder(order_id=uuid.uuid4().hex[:12], sources=self._asking(due), limits=self._limits)
        return self._engine.submit(order, lambda report: self._take(order.order_id, report))

    def _asking(self, due: Iterable[SourceOrder]) -> tuple[SourceOrder, ...]:
        """Search sources are told what to look for."""
        return tuple(
            replace(order, queries=self._queries) if order.source.kind is SourceKind.SEARCH else order
            for order in due
        )

    def _take(self, order_id: str, report: SourceReport) -> None:
        """Store what one source gave. Called in the thread that waits for the crawl, with a connection of its own."""
        db = self._open_db()
        try:
            summary = take_in_source(db, order_id, report, self._clock.now(), baseline=self._baseline)
        finally:
            db.close()
        logger.info(
            "polled outcome=%s new=%d source=%s", report.outcome, summary.new_articles, report.source_id
        )
        self._on_taken(summary)

    def _forget_finished(self) -> None:
        for future in [future for future in self._running if future.done()]:
            del self._running[future]
            error = None if future.cancelled() else future.exception()
            if error is not None:
                logger.error("crawl order failed: its sources are due again", exc_info=error)
