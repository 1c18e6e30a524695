"""The foreground process: APScheduler ticks the jobs, signals stop them, systemd is told how it goes.

The schedule's truth is in the log's tables (what is due, what was sent); APScheduler only ticks. Its jobs are few,
short and repeatable, so a missed run is caught up by the next one. A thread on the monotonic clock feeds the
watchdog while the ticks go on, and wakes the scheduler where a step of the wall clock put it to sleep.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Protocol

from monitor.clock import Clock
from monitor.errors import trouble_of_machine
from monitor.supervision import Supervisor

logger = logging.getLogger(__name__)

#: A tick that did not come for this long counts as stalled: the watchdog is no longer fed.
STALLED_AFTER = timedelta(seconds=90)
#: One run of a repeated job that goes on for this long hangs: nothing that it does lasts so long, and what it did
#: before is committed. The watchdog is no longer fed.
HUNG_AFTER = timedelta(minutes=30)
#: What a stop may take before whatever still runs is left to its lease.
STOP_WITHIN = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do every `every`, or daily at `daily_at` (HH:MM in `timezone`)."""

    name: str
    run: Callable[[], None]
    every: timedelta | None = None
    daily_at: str | None = None
    timezone: str = "UTC"


class JobLog(Protocol):
    """Where the daemon notes how its jobs went, for `cspwatch status`."""

    def finished(self, name: str, seconds: float, error: str) -> None:
        """`name` ran for `seconds`; `error` is empty where it went well."""
        ...

    def skipped(self, name: str, reason: str) -> None:
        """A run of `name` was left out because the last one still goes on, or its time was missed."""
        ...


class Daemon:
    """Runs jobs until a stop is asked for. `run` blocks; `stop` may be called from any thread or signal."""

    def __init__(self, jobs: tuple[Job, ...], *, clock: Clock, supervisor: Supervisor, log: JobLog) -> None:
        self._jobs = jobs
        self._clock = clock
        self._supervisor = supervisor
        self._log = log
        self._stop = threading.Event()
        self._failures: dict[str, str] = {}  # job → what it failed with last
        self._last_tick = clock.monotonic()
        self._running: dict[str, float] = {}  # repeated job → since when it runs, on the monotonic clock
        self._hung: frozenset[str] = frozenset()

    def stop(self) -> None:
        """Ask for a graceful stop. A second call from a signal ends the process at once: leases make it safe."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for: jobs take no new work then."""
        return self._stop.is_set()

    def run(self, *, on_stop: Callable[[], None]) -> None:
        """Tick until `stop`. `on_stop` ends what runs elsewhere (crawl processes, the review page)."""
        scheduler = self._scheduler()
        previous = _take_signals(self._signalled)
        scheduler.start()
        self._supervisor.ready()
        try:
            while not self._stop.wait(5.0):
                self._watch(scheduler)
        finally:
            self._supervisor.stopping()
            logger.info("stopping: no new work is taken")
            on_stop()
            _shut_down(scheduler, STOP_WITHIN)
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise SystemExit(128 + number)
        self._stop.set()

    def _scheduler(self) -> _Scheduler:
        from apscheduler.executors.pool import ThreadPoolExecutor  # APScheduler only where a daemon runs
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler: _Scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(max(4, len(self._jobs) + 2))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_listener(self._event, _event_mask())
        for job in self._jobs:
            scheduler.add_job(self._ticking(job), id=job.name, name=job.name, **_trigger(job, self._clock))
        return scheduler

    def _ticking(self, job: Job) -> Callable[[], None]:
        def tick() -> None:
            self._last_tick = self._clock.monotonic()
            if self.stopping:
                return
            started = self._clock.monotonic()
            if job.every is not None:
                self._running[job.name] = started
            error = ""
            try:
                job.run()
            except Exception as problem:  # a job that fails is recorded and runs again at its next time
                error = trouble_of_machine(problem) or f"{type(problem).__name__}: {problem}"
                self._report(job.name, problem, error)
            self._running.pop(job.name, None)
            self._note(job.name, self._clock.monotonic() - started, error)

        return tick

    def _report(self, name: str, problem: Exception, error: str) -> None:
        """A bug is logged with its traceback, once; trouble of the machine and repetitions take one line."""
        known = trouble_of_machine(problem) is not None or self._failures.get(name) == error
        self._failures[name] = error
        logger.error(
            "job failed, it runs again: job=%s error=%s", name, error, exc_info=None if known else problem
        )

    def _note(self, name: str, seconds: float, error: str) -> None:
        try:
            self._log.finished(name, seconds, error)
        except Exception as problem:  # a full disk must not stop the ticks
            logger.error(
                "job could not be noted: job=%s error=%s", name, trouble_of_machine(problem) or repr(problem)
            )

    def _event(self, event: _Event) -> None:
        reason = "its last run still goes on" if event.code == _max_instances() else "its time was missed"
        logger.warning("job skipped: job=%s reason=%s", event.job_id, reason)
        try:
            self._log.skipped(event.job_id, reason)
        except Exception as problem:
            said = trouble_of_machine(problem) or repr(problem)
            logger.error("skipped job could not be noted: job=%s error=%s", event.job_id, said)

    def _watch(self, scheduler: _Scheduler) -> None:
        silent = timedelta(seconds=self._clock.monotonic() - self._last_tick)
        hung = self._hanging()
        if silent < STALLED_AFTER and not hung:
            self._supervisor.alive()
        for name in sorted(hung - self._hung):
            minutes = HUNG_AFTER // timedelta(minutes=1)
            logger.error("job hangs for %d min, the watchdog is not fed any more: job=%s", minutes, name)
        self._hung = hung
        if silent > STALLED_AFTER / 2:
            logger.warning(
                "no job ran for %d s: the clock may have been set back; waking the scheduler", silent.seconds
            )
            for job in self._jobs:
                if job.every is not None:
                    scheduler.modify_job(job.name, next_run_time=self._clock.now())

    def _hanging(self) -> frozenset[str]:
        now, most = self._clock.monotonic(), HUNG_AFTER.total_seconds()
        return frozenset(name for name, since in self._running.copy().items() if now - since > most)


class _Event(Protocol):
    code: int
    job_id: str


class _Scheduler(Protocol):
    """What is used of APScheduler's BackgroundScheduler, which has no types of its own."""

    def start(self) -> None: ...
    def shutdown(self, wait: bool) -> None: ...
    def pause(self) -> None: ...
    def add_job(self, func: Callable[[], None], **options: object) -> object: ...
    def add_listener(self, callback: Callable[[_Event], None], mask: int) -> None: ...
    def modify_job(self, job_id: str, **changes: object) -> object: ...


def _trigger(job: Job, clock: Clock) -> Mapping[str, object]:
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if job.every is not None:
        return {"trigger": IntervalTrigger(seconds=job.every.total_seconds()), "next_run_time": clock.now()}
    hour, _, minute = (job.daily_at or "00:00").partition(":")
    return {"trigger": CronTrigger(hour=int(hour), minute=int(minute), timezone=job.timezone)}


def _event_mask() -> int:
    from apscheduler import events

    return int(events.EVENT_JOB_MISSED | events.EVENT_JOB_MAX_INSTANCES)


def _max_instances() -> int:
    from apscheduler import events

    return int(events.EVENT_JOB_MAX_INSTANCES)


def _take_signals(handler: Callable[[int, FrameType | None], None]) -> dict[signal.Signals, signal.Handlers]:
    """SIGTERM, SIGINT and SIGHUP go to `handler`; nothing where this is not the main thread (a test)."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    previous = {}
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        previous[number] = signal.signal(number, handler)
    return previous  # type: ignore[return-value]  # whatever stood there is put back


def _shut_down(scheduler: _Scheduler, within: timedelta) -> None:
    """Let running jobs end, but not longer than `within`."""
    scheduler.pause()
    ending = threading.Thread(target=scheduler.shutdown, kwargs={"wait": True}, daemon=True)
    ending.start()
    ending.join(within.total_seconds())
    if ending.is_alive():
        logger.warning("jobs still ran after %d s and were left: what they held is due again", within.seconds)
