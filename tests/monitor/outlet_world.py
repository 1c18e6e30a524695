"""Outlets in simulated time: a crawl for the real poller, engine and log in, every request that they saw out.

Only the network is left out. `World.crawl` stands for `crawler.run.crawl`; `run_polling` is the daemon's loop on a
clock that is moved by hand, so that hours pass in seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, Entry, FetchKind, FetchOutcome, SourceReport
from crawler.outcomes import Outcome
from crawler.sources import Source
from monitor.database import open_database
from monitor.engine import Engine, OnSource
from monitor.poller import Poller
from tests.clocks import HandClock
from tests.fakes import NOW, make_source, new_log

if TYPE_CHECKING:
    from sqlite_utils import Database

TICK = timedelta(seconds=15)


@dataclass(slots=True)
class Request:
    """One poll as the outlet saw it."""

    source_id: str
    at: datetime
    outcome: Outcome


@dataclass(slots=True)
class World:
    """`answer` says how a source answers at a time; by default with an article every hour."""

    clock: HandClock
    answer: Callable[[Source, datetime], SourceReport] | None = None
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def crawl(
        self, order: CrawlOrder, on_source: OnSource | None = None, *, stop: threading.Event | None = None
    ) -> CrawlReport:
        """Answer for every source of the order at once."""
        now = self.clock.now()
        reports = []
        for item in order.sources:
            report = (self.answer or hourly)(item.source, now)
            with self.lock:
                self.requests.append(Request(item.source.source_id, now, report.outcome))
            reports.append(report)
            if on_source is not None:
                on_source(report)
        return CrawlReport(order_id=order.order_id, started_at=now, finished_at=now, sources=tuple(reports))

    def times_of(self, source_id: str) -> list[datetime]:
        """When the source was asked."""
        return [request.at for request in self.requests if request.source_id == source_id]


def hourly(source: Source, now: datetime) -> SourceReport:
    """An index of a day, an entry for every full hour."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    entries = tuple(entry_at(source, hour - timedelta(hours=back)) for back in range(24))
    return answered(source, now, Outcome.OK, entries=entries)


def entry_at(source: Source, published: datetime) -> Entry:
    key = f"{source.homepage}{published:%Y%m%d%H%M}"
    return Entry(url=key, url_key=key, key=key, title=f"News of {published:%d %b %H:%M}", published=published)


def answered(source: Source, now: datetime, outcome: Outcome, **changes: object) -> SourceReport:
    """A report with the one request that it took."""
    request = FetchOutcome(
        source_id=source.source_id, url=source.url, kind=FetchKind.INDEX, outcome=outcome, at=now
    )
    return SourceReport(source_id=source.source_id, outcome=outcome, outcomes=(request,), **changes)  # type: ignore[arg-type]


@dataclass(slots=True)
class Rig:
    """A log, a poller and a world on one clock."""

    folder: Path
    db: Database
    clock: HandClock
    world: World
    engine: Engine
    poller: Poller

    def run(self, length: timedelta, *, tick: timedelta = TICK) -> None:
        """Tick for so long; after each tick everything that was ordered is taken in."""
        end = self.clock.monotonic() + length.total_seconds()
        while self.clock.monotonic() < end:
            self.tick()
            self.clock.move(tick)

    def tick(self) -> None:
        """One tick and all that it ordered."""
        self.poller.tick(self.db)
        while self.poller.busy:
            self.poller.wait(timeout=5)

    def restarted(self) -> None:
        """The poller of a new process on the same log."""
        self.poller = _poller(self.folder, self.engine, self.clock)


@contextmanager
def rig(
    folder: Path,
    sources: int,
    *,
    now: datetime = NOW,
    answer: Callable[[Source, datetime], SourceReport] | None = None,
    tick: timedelta = TICK,
) -> Iterator[Rig]:
    """`sources` outlets, each on a host of its own, all due."""
    clock = HandClock(now)
    world = World(clock, answer)
    db = new_log(folder, *(make_source(f"s{number}") for number in range(sources)))
    engine = Engine(crawls=2, stop=threading.Event(), crawl=world.crawl)
    try:
        with closing(db):
            yield Rig(folder, db, clock, world, engine, _poller(folder, engine, clock, tick))
    finally:
        engine.close(wait=True)


def _poller(folder: Path, engine: Engine, clock: HandClock, tick: timedelta = TICK) -> Poller:
    return Poller(
        lambda: open_database(folder / "cspwatch.db"),
        engine,
        limits=CrawlLimits(),
        clock=clock,
        crawls=2,
        sources_per_crawl=12,
        tick=tick,
    )
