"""A CrawlOrder in, a CrawlReport out: runs the crawl in a process of its own and ends it when it must.

Nothing here imports Scrapy. Whatever happens to the process, every source of the order is reported.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from time import monotonic

from crawler.items import CrawlOrder, CrawlReport, SourceOrder, SourceReport
from crawler.outcomes import Outcome

logger = logging.getLogger(__name__)

GRACE_SECONDS = 3.0  # after the wall time, for a process that is handing over
STOP_SECONDS = 5.0  # after `stop` was set
WATCH_SECONDS = 0.25


def crawl(
    order: CrawlOrder,
    on_source: Callable[[SourceReport], None] | None = None,
    *,
    stop: threading.Event | None = None,
) -> CrawlReport:
    """Crawl `order` in a child process and return its report, with a SourceReport for every source.

    `on_source` is called with each report as it comes, in the calling thread, so that the end of the process
    loses only sources that were not finished. They are reported as CRAWL_STOPPED, and `note` says why.
    `stop`, when set from another thread, ends the crawl within STOP_SECONDS with what it has.
    Never raises for what an outlet or the child does; an exception of `on_source` ends the crawl.
    """
    started_at = datetime.now(UTC)
    reports: dict[str, SourceReport] = {}
    note = _run_child(order, _collector(order, reports, on_source), stop or threading.Event())
    sources = []
    for source_order in order.sources:
        report = reports.get(source_order.source.source_id)
        if report is None:
            report = _unfinished(source_order)
            if on_source is not None:
                on_source(report)
        sources.append(report)
    if note:
        logger.warning("crawl ended early order=%s reason=%s", order.order_id, note)
    return CrawlReport(
        order_id=order.order_id,
        started_at=started_at,
        finished_at=datetime.now(UTC),
        sources=tuple(sources),
        note=note,
    )


def _collector(
    order: CrawlOrder, reports: dict[str, SourceReport], on_source: Callable[[SourceReport], None] | None
) -> Callable[[SourceReport], None]:
    wanted = {source_order.source.source_id for source_order in order.sources}

    def collect(report: SourceReport) -> None:
        if report.source_id in wanted and report.source_id not in reports:
            reports[report.source_id] = report
            if on_source is not None:
                on_source(report)

    return collect


def _run_child(order: CrawlOrder, collect: Callable[[SourceReport], None], stop: threading.Event) -> str:
    """Start the process, collect what it sends; returns why it ended early, or ""."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.spiders.process"])
    ours, theirs = context.Pipe(duplex=True)
    process = context.Process(target=_child, args=(order, theirs), name=f"crawl-{order.order_id}")
    process.start()
    theirs.close()
    watch = _Watch(order, process, stop)
    try:
        note = _receive(ours, collect)
    finally:
        ours.close()  # tells the child that nobody listens any more
        watch.end()
    return watch.reason or (_cause_of_death(process) if note is None else note)


def _child(order: CrawlOrder, pipe: Connection) -> None:
    from crawler.spiders.process import run_crawl  # Scrapy is imported in the child only

    run_crawl(order, pipe)


def _receive(pipe: Connection, collect: Callable[[SourceReport], None]) -> str | None:
    """Hand every report to `collect`; returns the child's last word, None if it died without one."""
    while True:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(message, str):
            return message
        collect(message)


class _Watch:
    """A thread that ends a process over its time or memory, since the one that reads the pipe may be blocked."""

    def __init__(self, order: CrawlOrder, process: ForkServerProcess, stop: threading.Event) -> None:
        self.reason = ""
        self._order = order
        self._process = process
        self._stop = stop
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch-{order.order_id}", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The crawl is over: leave no process of it behind."""
        self._over.set()
        self._thread.join()
        self._process.join(GRACE_SECONDS)
        _kill(self._process)
        self._process.join()

    def _run(self) -> None:
        limits = self._order.limits
        deadline = monotonic() + limits.wall_time.total_seconds() + GRACE_SECONDS
        asked_to_stop = False
        while not self._over.wait(WATCH_SECONDS):
            if self._stop.is_set() and not asked_to_stop:
                asked_to_stop = True
                deadline = min(deadline, monotonic() + STOP_SECONDS)
                _signal(self._process, signal.SIGTERM)
            reason = self._reason_to_kill(deadline, asked_to_stop=asked_to_stop)
            if reason is not None:
                self.reason = reason
                _kill(self._process)
                return

    def _reason_to_kill(self, deadline: float, *, asked_to_stop: bool) -> str | None:
        if not self._process.is_alive():
            return ""  # its workers may still hold the pipe open: kill the group
        if monotonic() > deadline:
            return "stopped on request" if asked_to_stop else "killed: over its time limit"
        size = _resident_size(self._process.pid)
        if size > self._order.limits.memory:
            return f"killed: over its memory limit with {size >> 20} MiB"
        return None


def _resident_size(pid: int | None) -> int:
    """Resident bytes of the process; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _signal(process: ForkServerProcess, number: int) -> None:
    if process.pid is not None and process.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, number)


def _kill(process: ForkServerProcess) -> None:
    """Kill the process and its workers; before it made its own group there is only itself."""
    if process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.is_alive():
        process.kill()


def _cause_of_death(process: ForkServerProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        return f"crawl process was killed by signal {-code}"
    return f"crawl process ended with code {code} before it was done"


def _unfinished(order: SourceOrder) -> SourceReport:
    """A source the process did not get to: nothing is known that was not known before."""
    state = order.state
    return SourceReport(
        source_id=order.source.source_id,
        outcome=Outcome.CRAWL_STOPPED,
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        pending=state.pending,
    )
