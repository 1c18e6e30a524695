"""The daemon: jobs tick, a failing or slow one stops nobody, and a stop is graceful."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.daemon import HUNG_AFTER, Daemon, Job
from monitor.supervision import Supervisor
from tests.clocks import HandClock


class Notes:
    """What the daemon noted of its jobs."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, str]] = []
        self.skips: list[tuple[str, str]] = []

    def finished(self, name: str, seconds: float, error: str) -> None:
        self.runs.append((name, error))

    def skipped(self, name: str, reason: str) -> None:
        self.skips.append((name, reason))


def run_until(
    jobs: tuple[Job, ...], enough: Callable[[], bool], *, address: str = ""
) -> tuple[Notes, list[str]]:
    notes, stopped = Notes(), []
    daemon = Daemon(jobs, clock=SystemClock(), supervisor=Supervisor(address), log=notes)
    thread = threading.Thread(target=daemon.run, kwargs={"on_stop": lambda: stopped.append("on_stop")})
    thread.start()
    end = time.monotonic() + 20
    while not enough() and time.monotonic() < end:
        time.sleep(0.02)
    daemon.stop()
    thread.join(20)
    assert not thread.is_alive()
    return notes, stopped


def test_failing_job_is_noted_and_runs_again() -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise RuntimeError("the disk is full")

    notes, stopped = run_until(
        (Job(name="judge", run=fail, every=timedelta(seconds=0.1)),), lambda: len(calls) >= 2
    )

    assert ("judge", "RuntimeError: the disk is full") in notes.runs
    assert stopped == ["on_stop"]


def _told_of(problem: Exception, caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The daemon's error lines after three runs of a job that raises `problem`."""
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise problem

    with caplog.at_level(logging.ERROR, logger="monitor.daemon"):
        run_until((Job(name="judge", run=fail, every=timedelta(seconds=0.1)),), lambda: len(calls) >= 3)
    return [record for record in caplog.records if record.message.startswith("job failed")]


def test_a_full_disk_is_told_in_one_line_a_run_without_traceback(caplog: pytest.LogCaptureFixture) -> None:
    told = _told_of(OSError(28, "No space left on device", "/state/cspwatch.db"), caplog)

    assert len(told) >= 3
    assert all(not record.exc_info for record in told)
    assert "/state/cspwatch.db: No space left on device" in told[0].message


def test_a_bug_shows_its_traceback_once_and_then_takes_a_line(caplog: pytest.LogCaptureFixture) -> None:
    told = _told_of(ValueError("surprise"), caplog)

    assert [bool(record.exc_info) for record in told[:3]] == [True, False, False]


def test_overrunning_job_is_shown_and_does_not_hold_up_others() -> None:
    release, ticks = threading.Event(), []

    jobs = (
        Job(name="slow", run=lambda: release.wait(15) and None, every=timedelta(seconds=0.1)),
        Job(name="fast", run=lambda: ticks.append(1), every=timedelta(seconds=0.1)),
    )
    watched: list[Notes] = []

    def enough() -> bool:
        if len(ticks) >= 5:
            release.set()
        return len(ticks) >= 8

    notes, _ = run_until(jobs, enough)
    watched.append(notes)

    assert ("slow", "its last run still goes on") in notes.skips
    assert len(ticks) >= 8


def test_service_manager_hears_of_readiness_life_and_stop(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(0.05)

        def enough() -> bool:
            with contextlib.suppress(TimeoutError):
                heard.append(listener.recv(1024).decode())
            return "WATCHDOG=1" in heard

        run_until(
            (Job(name="tick", run=lambda: None, every=timedelta(seconds=0.1)),), enough, address=address
        )
        heard.append(listener.recv(1024).decode())

    assert heard[0] == "READY=1"
    assert heard[-1] == "STOPPING=1"


class Fed(Supervisor):
    """A service manager that counts how often the watchdog was fed."""

    def __init__(self) -> None:
        super().__init__("")
        self.times = 0

    def alive(self) -> None:
        self.times += 1


@pytest.mark.slow
def test_a_job_that_hangs_starves_the_watchdog_though_the_others_tick(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, fed, release, running = HandClock(datetime.now(UTC)), Fed(), threading.Event(), threading.Event()

    def stuck() -> None:
        running.set()
        release.wait(60)

    jobs = (
        Job(name="stuck", run=stuck, every=timedelta(hours=1)),
        Job(name="tick", run=lambda: None, every=timedelta(seconds=0.1)),
    )
    daemon = Daemon(jobs, clock=clock, supervisor=fed, log=Notes())
    thread = threading.Thread(target=daemon.run, kwargs={"on_stop": lambda: None})
    thread.start()
    try:
        assert running.wait(20)
        wait_for(lambda: fed.times > 0)
        clock.move(HUNG_AFTER + timedelta(minutes=1))
        wait_for(lambda: "job=stuck" in caplog.text)
        starved = fed.times
        time.sleep(6)  # longer than the daemon waits between two looks
        assert fed.times == starved
        release.set()
        wait_for(lambda: fed.times > starved)
    finally:
        release.set()
        daemon.stop()
        thread.join(20)

    assert not thread.is_alive()


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_shipped_unit_is_clean_and_hardened(tmp_path: Path) -> None:
    import re
    import shutil
    import subprocess
    import sys

    import pytest

    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = Path(__file__).resolve().parents[2] / "deploy" / "cspwatch.service"
    runnable = tmp_path / "cspwatch.service"
    runnable.write_text(
        re.sub(
            r"^ExecStart=\S+",
            f"ExecStart={sys.executable}",
            unit.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        ),
        encoding="utf-8",
    )

    verified = subprocess.run(
        ["systemd-analyze", "verify", str(runnable)], capture_output=True, text=True, check=False
    )
    security = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(runnable)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert verified.returncode == 0, verified.stderr
    assert verified.stderr == ""
    assert security.returncode == 0, security.stdout[-300:]
