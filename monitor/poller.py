"""Due sources in, crawl orders out to the engine, reports taken into the log as they come. A shell: decides nothing.

The one thing it watches itself is the clock: where that jumped, stepped back or stood still, due times are laid out
anew, so that a machine that wakes up neither asks everybody at once nor waits for a time that will not come.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, SourceOrder, SourceReport
from crawler.outcomes import Outcome
from crawler.polling import next_poll
from crawler.sources import SourceKind
from monitor.budget import Budget
from monitor.clock import Clock
from monitor.database import writing
from monitor.engine import Engine
from monitor.intake import Planner, SourceIntake, take_in_source
from monitor.network import NETWORK_EVENTS, NO_ANSWER, Network, NetworkWatch
from monitor.runlog import list_events, log_event
from monitor.schedulelog import bring_back, reschedule
from monitor.sourcelog import due_sources, host_of

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)
OpenDatabase = Callable[[], "Database"]

#: No tick for so long (or three times the usual): the machine slept, or the process stood still.
SLEPT = timedelta(minutes=5)
#: Wall clock and monotonic clock differ by so much between two ticks: the wall clock was set.
CLOCK_STEP = timedelta(minutes=1)


_NETWORK_NOTES = {
    Network.UP: "the network answers again",
    Network.DOWN: "no host answers: the network of this machine seems to be down; no source is at fault",
    Network.CAPTURED: "the network answers in place of the outlets, with a page of its own: log in to it",
}


@dataclass(frozen=True, slots=True)
class _Running:
    """What an order that runs now keeps from being ordered again."""

    sources: frozenset[str]
    hosts: frozenset[str]


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
        queries: Callable[[], tuple[str, ...]] = tuple,
        budget: Budget | None = None,
        tick: timedelta = timedelta(seconds=15),
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
        self._budget = budget or Budget(0)
        self._slept = max(SLEPT, 3 * tick)
        self._planner: Planner = next_poll
        self._running: dict[Future[CrawlReport], _Running] = {}
        self._last_tick: tuple[datetime, float] | None = None
        self._lock = threading.Lock()
        self._network: NetworkWatch | None = None  # until the log says what was noted last
        self._network_lock = threading.Lock()

    def tick(self, db: Database) -> int:
        """As `poll`, for a process that goes on: after a start, a sleep or a step of the clock spreads what is due."""
        self._look_at_clock(db)
        return self.poll(db)

    def poll(self, db: Database) -> int:
        """Order what is due as far as there is room for it; how many sources were ordered."""
        with self._lock:
            self._forget_finished()
            now = self._clock.now()
            self._planner = self._budget.planner(db, now)
            ordered = 0
            while len(self._running) < self._crawls:
                running = self._running.values()
                due = due_sources(
                    db,
                    now,
                    self._per_crawl,
                    busy=frozenset[str]().union(*(order.sources for order in running)),
                    busy_hosts=frozenset[str]().union(*(order.hosts for order in running)),
                )
                if not due:
                    break
                sources = [order.source for order in due]
                self._running[self._submit(due)] = _Running(
                    frozenset(source.source_id for source in sources),
                    frozenset(host_of(source.url) for source in sources),
                )
                ordered += len(sources)
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
        return self._engine.submit(order, lambda report: self._take(order, report))

    def _asking(self, due: Iterable[SourceOrder]) -> tuple[SourceOrder, ...]:
        """Search sources are told what to look for."""
        queries = self._queries()
        return tuple(
            replace(order, queries=queries) if order.source.kind is SourceKind.SEARCH else order
            for order in due
        )

    def _take(self, order: CrawlOrder, report: SourceReport) -> None:
        """Store what one source gave. Called in the thread that waits for the crawl, with a connection of its own."""
        db = self._open_db()
        try:
            now = self._clock.now()
            summary = take_in_source(
                db, order.order_id, report, now, planner=self._planner, baseline=self._baseline
            )
            self._look_at_network(db, order, report, now)
        finally:
            db.close()
        logger.info(
            "polled outcome=%s new=%d source=%s", report.outcome, summary.new_articles, report.source_id
        )
        self._on_taken(summary)

    def _look_at_network(self, db: Database, order: CrawlOrder, report: SourceReport, now: datetime) -> None:
        """Note once that our own network is down or captured, and bring everybody back once it is not."""
        url = next(item.source.url for item in order.sources if item.source.source_id == report.source_id)
        with self._network_lock:
            if self._network is None:
                self._network = NetworkWatch(_noted_network(db))
            state = self._network.note(host_of(url), report.outcome)
        if state is None:
            return
        with writing(db):
            told = _NETWORK_NOTES[state]
            if state is Network.UP:
                count = bring_back(db, (*NO_ANSWER, Outcome.CAPTIVE_PORTAL), now)
                told = f"{told}; {count} sources that did not answer are asked again"
            log_event(db, f"network-{state}", "poller", told, now)

    def _forget_finished(self) -> None:
        for future in [future for future in self._running if future.done()]:
            del self._running[future]
            error = None if future.cancelled() else future.exception()
            if error is not None:
                logger.error("crawl order failed: its sources are due again", exc_info=error)

    def _look_at_clock(self, db: Database) -> None:
        """Lay out the due times anew where the wall clock did not simply go on since the last tick."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        last, self._last_tick = self._last_tick, (now, monotonic)
        if last is None:
            with writing(db):
                reschedule(db, now)
            return
        gap = now - last[0]
        drift = gap - timedelta(seconds=monotonic - last[1])
        if gap < self._slept and abs(drift) < CLOCK_STEP:
            return
        with writing(db):
            moved = reschedule(db, now, stepped_back=max(-drift, timedelta(0)))
            told = f"the clock moved by {drift}" if abs(drift) >= CLOCK_STEP else f"nothing ran for {gap}"
            log_event(db, "clock", "poller", f"{told}; the polls of {moved} sources were laid out anew", now)


def _noted_network(db: Database) -> Network:
    """The state of the network that the log noted last."""
    newest = next(iter(list_events(db, kinds=NETWORK_EVENTS, limit=1)), None)
    return Network(str(newest["kind"]).removeprefix("network-")) if newest else Network.UP
