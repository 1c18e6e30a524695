"""THE wiring: a configuration in, the running application out. Nothing else puts parts together.

Each job of the daemon is a method here: poll, judge, deliver, beat, keep. `once` runs them until nothing is due.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from alerts.delivery import DeliverySummary, deliver_due, process_owner
from alerts.model import Coverage, SendResult
from alerts.outbox import end_leases_of
from alerts.pruning import prune_deliveries
from alerts.redact import secrets_of
from alerts.transport import ChannelTransport, Transport
from crawler.sources import CatalogueError, Source, load_catalogue
from monitor.alerting import LinkMaker, no_links
from monitor.articlelog import forget_old_bands
from monitor.articlestates import count_unjudged
from monitor.backup import keep_backups
from monitor.budget import Budget
from monitor.clock import Clock, SystemClock
from monitor.coverage import coverage_now
from monitor.database import InstanceLock, open_database, require_sound, writing
from monitor.engine import Crawl, Engine
from monitor.errors import ConfigError, Problem
from monitor.intake import SourceIntake
from monitor.liverules import LiveRules
from monitor.logs import hide_secrets
from monitor.notices import tell_operator
from monitor.poller import Poller
from monitor.processing import Processed, process_next
from monitor.runlog import beat, begin_run, close_dead_runs, end_run, log_event, note_run, prune_runs
from monitor.schedulelog import prune_fetches
from monitor.settings import searches
from monitor.sitelog import prune_site_files
from monitor.sourcelog import list_sources, store_sources
from monitor.waiting import release_waiting

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.config import Config

logger = logging.getLogger(__name__)

#: Articles judged in one run of the job: a backlog must not keep the thread from a stop.
_JUDGED_AT_ONCE = 500
#: Single requests and runs of jobs are kept this long; articles, findings and alerts for good.
FETCHES_KEPT = timedelta(days=90)
#: A text is compared with those of this time to find copies.
COPIES_LOOKED_FOR = timedelta(days=30)


@dataclass(slots=True, kw_only=True)
class RunSummary:
    """What a run did so far, counted as it happened."""

    polled: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    new_articles: int = 0
    changed_articles: int = 0
    judged: int = 0
    relevant: int = 0
    baseline: int = 0
    left_out: int = 0
    alerts: int = 0
    sent: int = 0
    not_sent: int = 0

    def took_in(self, intake: SourceIntake) -> None:
        """Count one polled source."""
        self.polled += 1
        self.outcomes[intake.outcome] = self.outcomes.get(intake.outcome, 0) + 1
        self.new_articles += intake.new_articles
        self.baseline += intake.baseline
        self.left_out += intake.left_out
        self.changed_articles += intake.changed_articles

    def delivered(self, deliveries: DeliverySummary) -> None:
        """Count one run of the delivery."""
        accepted = deliveries.count(SendResult.ACCEPTED)
        self.sent += accepted
        self.not_sent += len(deliveries.attempts) - accepted


class App:
    """The application on one configuration. `sources`, `crawl`, `transport` and `clock` can be given by tests."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        sources: Sequence[Source] | None = None,
        crawl: Crawl | None = None,
        transport: Transport | None = None,
        baseline: bool = True,
        review_url: str = "",
    ) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.summary = RunSummary()
        self.stopping = threading.Event()
        self._sources = sources
        self._crawl = crawl
        self._baseline = baseline
        self.transport = transport or ChannelTransport(console=sys.stdout)
        self.review_url = review_url
        self._judging = threading.Lock()
        hide_secrets(secrets_of([*(channel.url for channel in config.channels), config.crawl.proxy]))
        hide_secrets([config.review.token])

    @cached_property
    def rules(self) -> LiveRules:
        """Rules, knowledge and watches as they are in force; a change of their files counts within seconds."""
        return LiveRules(self.config, self.open_db, self.clock)

    def open_db(self) -> Database:
        """A new connection to the log for the calling thread."""
        return open_database(self.config.database)

    @contextmanager
    def running(self) -> Iterator[App]:
        """Hold the state directory, check the log, load sources and rules; on the way out end what runs."""
        with InstanceLock(self.config.state_dir):
            self._start()
            try:
                yield self
            finally:
                self.stop()

    def stop(self) -> None:
        """Take no new work and end the crawls: what they had not finished is due again."""
        self.stopping.set()
        if "engine" in self.__dict__:
            self.engine.close(wait=True)

    @cached_property
    def engine(self) -> Engine:
        """Where crawls run."""
        section = self.config.engine
        return Engine(crawls=section.crawls, dask=section.dask, crawl=self._crawl, stop=self.stopping)

    @cached_property
    def poller(self) -> Poller:
        """What is due, to the engine and back."""
        return Poller(
            self.open_db,
            self.engine,
            limits=self.config.limits(),
            clock=self.clock,
            baseline=self._baseline,
            crawls=self.config.engine.crawls,
            sources_per_crawl=self.config.engine.sources_per_crawl,
            queries=lambda: searches(self.config.crawl, self.rules.config.watches),
            budget=Budget(self.config.crawl.requests_per_day),
            tick=self.config.schedule.tick,
            on_taken=self.summary.took_in,
        )

    def _start(self) -> None:
        now = self.clock.now()
        sources = self.sources()
        with closing(self.open_db()) as db:
            require_sound(db, self.config.database)
            self.rules.start()  # before anything else: a file that was never in force and cannot be read stops here
            with writing(db):
                close_dead_runs(db, now)
                store_sources(db, sources, now)
            end_leases_of(db, process_owner().rpartition(":")[0] + ":", now)

    def sources(self) -> tuple[Source, ...]:
        """The catalogue with the user's files, filtered by [crawl]. Raises ConfigError with every problem."""
        if self._sources is not None:
            return tuple(self._sources)
        section = self.config.crawl
        try:
            listed = load_catalogue(section.sources, shipped=section.catalogue)
        except CatalogueError as error:
            raise ConfigError(
                [
                    Problem(place=f"{p.file}: {p.source_id}, {p.key}", message=p.message)
                    for p in error.problems
                ]
            ) from error
        return chosen(listed, only=section.only, switched_off=section.switch_off)

    def poll(self) -> None:
        """Job: order what is due; after a pause, little by little."""
        with closing(self.open_db()) as db:
            self.poller.tick(db)

    def judge(self) -> None:
        """Job: findings, stories, decisions and alerts for what waits in the log."""
        with self._judging, closing(self.open_db()) as db:
            for _ in range(_JUDGED_AT_ONCE):
                if self.stopping.is_set():
                    return
                rules = self.rules.now
                done = process_next(
                    db,
                    rules.judge,
                    rules.watches,
                    self.config.channels,
                    self.clock.now(),
                    names=rules.names,
                    links=self._links,
                )
                if done is None:
                    return
                self._count(done)

    def follow_up(self) -> None:
        """Job: what a cooldown held back and is over, and what the operator is to hear of the sources."""
        now = self.clock.now()
        rules, told_by = self.rules.now, set(self.config.schedule.operator)
        with closing(self.open_db()) as db:
            held_back = release_waiting(
                db, rules.watches, self.config.channels, now, names=rules.names, links=self._links
            )
            self.summary.alerts += len(held_back)
            tell_operator(db, [channel for channel in self.config.channels if channel.name in told_by], now)

    def reload(self) -> None:
        """Job: let a changed file of rules, watches or entities count, or refuse it."""
        self.rules.look()

    def _count(self, done: Processed) -> None:
        self.summary.judged += 1
        self.summary.relevant += done.relevant
        self.summary.alerts += len(done.alert_ids)

    def deliver(self) -> None:
        """Job: send what is due."""
        self.summary.delivered(
            deliver_due(
                self.open_db,
                self.transport,
                self.config.channels,
                self.clock.now,
                coverage=self._coverage,
                pace=self.config.schedule.messages_per_minute,
                stopped=self.stopping,
            )
        )

    @property
    def watched(self) -> int:
        """Number of sources that are switched on."""
        with closing(self.open_db()) as db:
            return sum(record.source.enabled for record in list_sources(db))

    def keep(self) -> None:
        """Job: a copy of the log, the oldest beyond the configured number deleted; what is old forgotten."""
        now = self.clock.now()
        with closing(self.open_db()) as db:
            keep_backups(db, self.config.state_dir / "backups", self.config.keep_backups, now)
            prune_deliveries(db, now - self.config.keep_deliveries)
            with writing(db):
                prune_fetches(db, now - FETCHES_KEPT)
                prune_site_files(db, now)
                prune_runs(db, now - FETCHES_KEPT)
                forget_old_bands(db, now - COPIES_LOOKED_FOR)

    def backlog(self) -> int:
        """Articles that wait to be judged."""
        with closing(self.open_db()) as db:
            return count_unjudged(db)

    def once(self, progress: Callable[[RunSummary], None] = lambda _summary: None) -> RunSummary:
        """Poll all that is due, judge all that came, tell and deliver all that is due; what happened."""
        with closing(self.open_db()) as db:
            while self.poller.poll(db) or self.poller.busy:
                self.poller.wait(timeout=0.5)
                self.judge()
                progress(self.summary)
        while self.backlog() and not self.stopping.is_set():
            self.judge()
            progress(self.summary)
        self.follow_up()
        self.deliver()
        return self.summary

    def begin(self) -> int:
        """Note in the log that the daemon runs; the number of the run."""
        with closing(self.open_db()) as db, writing(db):
            return begin_run(db, "daemon", os.getpid(), self.clock.now())

    def beat(self, run_id: int) -> None:
        """Job: the heartbeat that `cspwatch status` shows."""
        with closing(self.open_db()) as db, writing(db):
            beat(db, run_id, self.clock.now())

    def end(self, run_id: int) -> None:
        """Note that the daemon stopped as it was asked to."""
        with closing(self.open_db()) as db, writing(db):
            end_run(db, run_id, "stopped", "", self.clock.now())

    def note_job(self, name: str, seconds: float, error: str) -> None:
        """What `cspwatch status` shows of a job: failures at once, the rest as its last run."""
        with closing(self.open_db()) as db, writing(db):
            now = self.clock.now()
            note_run(db, name, os.getpid(), now - timedelta(seconds=seconds), now, error)

    def note_skip(self, name: str, reason: str) -> None:
        """A run of a job was left out."""
        with closing(self.open_db()) as db, writing(db):
            log_event(db, "job-skipped", name, reason, self.clock.now())

    @cached_property
    def _links(self) -> LinkMaker:
        """Links of alerts: to the page, and signed ones for verdicts; none where there is no page."""
        if not self.review_url:
            return no_links
        from monitor.review.signing import signed_links  # only where the page runs

        return signed_links(self.config, self.review_url)

    def _coverage(self) -> Coverage:
        with closing(self.open_db()) as db:
            return coverage_now(db, self.clock.now())


def chosen(
    sources: Sequence[Source], *, only: Sequence[str], switched_off: Sequence[str]
) -> tuple[Source, ...]:
    """The sources in one of the languages `only` (all, if empty), those of `switched_off` disabled.

    Raises ConfigError for an id that no source has.
    """
    unknown = sorted(set(switched_off) - {source.source_id for source in sources})
    if unknown:
        raise ConfigError(
            [
                Problem(
                    place=f"[crawl] switch_off: {name}",
                    message="there is no such source",
                    remedy="`cspwatch sources list` shows the ids",
                )
                for name in unknown
            ]
        )
    languages = {(source.language or "").partition("-")[0] for source in sources}
    strange = [name for name in only if name.partition("-")[0] not in languages]
    if strange:
        raise ConfigError(
            [
                Problem(
                    place=f"[crawl] only: {name}",
                    message="no source is in this language",
                    remedy=f"Languages are: {', '.join(sorted(languages - {''}))}",
                )
                for name in strange
            ]
        )
    wanted = tuple(
        source
        for source in sources
        if not only or (source.language or "").partition("-")[0] in {o.partition("-")[0] for o in only}
    )
    return tuple(replace(s, enabled=False) if s.source_id in switched_off else s for s in wanted)
