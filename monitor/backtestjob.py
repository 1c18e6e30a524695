"""A change of local files in, its backtest out: in a process of its own, one at a time, no longer than a limit.

A process, because judging months of articles must hold up neither the pages nor the monitor, and because a person's
regular expression may never end: what takes too long is killed. It reads the log and writes nothing.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import resource
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.errors import ConfigError, MonitorError, Problem
from monitor.localfiles import Contents

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from monitor.activation import Loaded
    from monitor.backtest import BacktestReport, RuleState
    from monitor.config import Config

logger = logging.getLogger(__name__)

#: Seconds that a backtest may take.
LONGEST = 900.0
#: Results that are kept to be looked at again.
_KEPT = 8
#: Added to the niceness of the process: the monitor goes first.
_NICE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to compare: the contents that count with the changed ones, on articles first seen since `since`."""

    config: Config
    held: Contents
    changed: Contents
    since: datetime | None


class JobState(StrEnum):
    """How far a backtest is."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"  # the changed files have a mistake: they would not come in force
    STOPPED = "stopped"
    TOO_LONG = "too-long"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a backtest is: `judged` of `articles`; at the end its report, or what was wrong."""

    state: JobState = JobState.RUNNING
    judged: int = 0
    articles: int = 0
    problems: tuple[Problem, ...] = ()
    report: BacktestReport | None = None
    error: str = ""


class BusyError(MonitorError):
    """A backtest runs already."""


class BacktestJob:
    """One backtest. `progress` may be read by any thread."""

    def __init__(self, asked: Asked, *, longest: float) -> None:
        self.asked = asked
        self.progress = Progress()
        self._ended = threading.Event()
        self._stop = threading.Event()
        # Not fork: the parent may hold locks of SQLite and of loggers.
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_run, args=(asked, sender, longest), daemon=True)
        process.start()
        sender.close()  # the child has its own: its end is seen here
        self._follower = threading.Thread(
            target=self._follow, args=(process, receiver, time.monotonic() + longest), daemon=True
        )
        self._follower.start()

    def stop(self) -> None:
        """Ask for an end; it comes within a second."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        return self._ended.wait(seconds)

    def _follow(self, process: BaseProcess, receiver: Connection, deadline: float) -> None:
        with closing(receiver):
            while self.progress.state is JobState.RUNNING:
                if self._stop.is_set():
                    self.progress = replace(self.progress, state=JobState.STOPPED)
                elif time.monotonic() > deadline:
                    self.progress = replace(self.progress, state=JobState.TOO_LONG)
                elif receiver.poll(0.5):
                    self.progress = self._received(receiver)
        process.kill()
        process.join()
        self._ended.set()

    def _received(self, receiver: Connection) -> Progress:
        try:
            news = receiver.recv()
        except (EOFError, OSError):
            news = None
        if isinstance(news, Progress):
            return news
        return replace(self.progress, state=JobState.FAILED, error="its process ended without a word")


class Backtests:
    """The backtests of one page: one at a time, the last few are kept."""

    def __init__(self, *, longest: float = LONGEST) -> None:
        self._longest = longest
        self._jobs: OrderedDict[str, BacktestJob] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, asked: Asked) -> str:
        """Begin; the name of the backtest. Raises BusyError while another one runs."""
        with self._lock:
            if self.running() is not None:
                raise BusyError("A backtest runs already. Wait for its end, or stop it")
            name = secrets.token_hex(8)
            self._jobs[name] = BacktestJob(asked, longest=self._longest)
            while len(self._jobs) > _KEPT:
                self._jobs.popitem(last=False)
            return name

    def get(self, name: str) -> BacktestJob | None:
        """A backtest by its name; None where it is not kept any more."""
        return self._jobs.get(name)

    def running(self) -> str | None:
        """The name of the one that runs."""
        jobs = list(self._jobs.items())
        return next((name for name, job in jobs if job.progress.state is JobState.RUNNING), None)

    def close(self) -> None:
        """End what runs."""
        for job in list(self._jobs.values()):
            job.stop()
        for job in list(self._jobs.values()):
            job.wait(2.0)


def _run(asked: Asked, sender: Connection, longest: float) -> None:
    """The work of the process; every step is sent."""
    os.nice(_NICE)
    seconds = int(longest) + 60  # for a process whose parent is gone
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with closing(sender), contextlib.suppress(BrokenPipeError):
        try:
            _compare(asked, sender)
        except ConfigError as error:
            sender.send(Progress(state=JobState.REFUSED, problems=error.problems))
        except Exception as error:
            logger.exception("backtest failed")
            sender.send(Progress(state=JobState.FAILED, error=f"{type(error).__name__}: {error}"))


def _compare(asked: Asked, sender: Connection) -> None:
    from monitor.activation import load
    from monitor.backtest import backtest
    from monitor.database import open_database
    from monitor.listing import count_texts

    before, after = load(asked.config, asked.held), load(asked.config, asked.changed)
    problems = tuple(problem for problem in after.problems if problem not in before.problems)
    if problems:
        sender.send(Progress(state=JobState.REFUSED, problems=problems))
        return
    with closing(open_database(asked.config.database, read_only=True)) as db:
        articles = count_texts(db, since=asked.since)
        sender.send(Progress(articles=articles))
        judged = 0

        def on_slice(count: int) -> None:
            nonlocal judged
            judged += count
            sender.send(Progress(judged=judged, articles=articles))

        report = backtest(
            db,
            _state(after),
            asked.config.watches,
            before=_state(before),
            since=asked.since,
            progress=on_slice,
        )
    sender.send(Progress(state=JobState.DONE, judged=judged, articles=articles, report=report))


def _state(loaded: Loaded) -> RuleState:
    from monitor.backtest import RuleState

    return RuleState(
        knowledge=loaded.knowledge, rules=loaded.rules, shipped=loaded.shipped, documents=loaded.documents
    )
