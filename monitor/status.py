"""The log in, what `cspwatch status` says out: does it run, what did it do last, what is in trouble."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.breaker import channel_state
from alerts.model import Coverage, DeliveryState
from alerts.queue import counts
from monitor.articlestates import count_quarantined, count_unjudged
from monitor.backup import last_backup
from monitor.clock import SystemClock
from monitor.coverage import coverage_now
from monitor.database import (
    AlreadyRunningError,
    InstanceLock,
    is_sound,
    open_database,
    read_time,
    sqlite_version,
)
from monitor.localfilelog import LocalFile, kept_files
from monitor.network import NOTED_EVENTS
from monitor.runlog import Run, latest_runs, list_events
from monitor.sourcelog import list_sources
from monitor.wording import counted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.config import Config

#: The daemon's heart beats every ten seconds; older than this it counts as stuck.
HEARTBEAT_LATE = timedelta(minutes=2)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
#: What befell network and clock is told for so long.
NOTED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Everything that `cspwatch status` shows."""

    is_running: bool
    pid: int | None
    heartbeat_age: timedelta | None
    log: str
    size: int
    sqlite: str
    sqlite_sound: bool
    backlog: int
    set_aside: int  # articles that could not be judged
    coverage: Coverage
    outbox: dict[str, dict[str, int]]
    broken_channels: tuple[str, ...]
    runs: tuple[Run, ...]
    skipped: tuple[str, ...]
    network: str  # what is wrong with the network of this machine now; "" where nothing is
    noted: tuple[str, ...]  # what befell the network and the clock in the last day
    files: tuple[LocalFile, ...]
    last_backup: datetime | None
    proxy: str

    @property
    def is_stuck(self) -> bool:
        """It holds the lock but its heart does not beat."""
        return self.is_running and (self.heartbeat_age is None or self.heartbeat_age > HEARTBEAT_LATE)

    def to_json(self) -> dict[str, object]:
        """As one object."""
        return {
            "running": self.is_running,
            "stuck": self.is_stuck,
            "pid": self.pid,
            "heartbeat_age": None if self.heartbeat_age is None else self.heartbeat_age.total_seconds(),
            "log": self.log,
            "size": self.size,
            "sqlite": self.sqlite,
            "sqlite_sound": self.sqlite_sound,
            "backlog": self.backlog,
            "set_aside": self.set_aside,
            "sources": self.coverage.sources,
            "checked": self.coverage.checked,
            "silent": list(self.coverage.silent),
            "teaser_only": list(self.coverage.teaser_only),
            "failing": list(self.coverage.failing),
            "outbox": self.outbox,
            "broken_channels": list(self.broken_channels),
            "jobs": [
                {"job": r.job, "at": r.started_at, "outcome": r.outcome, "detail": r.detail}
                for r in self.runs
            ],
            "skipped": list(self.skipped),
            "network": self.network,
            "noted": list(self.noted),
            "files": [
                {
                    "path": str(file.path),
                    "in_force_since": file.since,
                    "refused_at": file.refused_at,
                    "problems": [str(problem) for problem in file.problems],
                }
                for file in self.files
            ],
            "last_backup": self.last_backup,
            "proxy": self.proxy,
        }


def read_status(config: Config) -> Status:
    """Look at the log without writing to it. Raises DatabaseError where there is no log or it is damaged."""
    now = SystemClock().now()
    pid = _holder(config)
    with closing(open_database(config.database, read_only=True)) as db:
        runs = tuple(latest_runs(db))
        daemon = next((run for run in runs if run.job == "daemon" and run.outcome == "running"), None)
        version = sqlite_version(db)
        return Status(
            is_running=pid is not None,
            pid=pid,
            heartbeat_age=None if daemon is None else now - daemon.heartbeat_at,
            log=str(config.database),
            size=config.database.stat().st_size,
            sqlite=version,
            sqlite_sound=is_sound(version),
            backlog=count_unjudged(db),
            set_aside=count_quarantined(db),
            coverage=coverage_now(db, now),
            outbox=_outbox(db),
            broken_channels=tuple(c.name for c in config.channels if channel_state(db, c.name).broken_since),
            runs=tuple(run for run in runs if run.job != "daemon"),
            skipped=tuple(
                f"{event['at']} {event['subject']}: {event['message']}"
                for event in list_events(db, kinds=("job-skipped",), limit=5)
            ),
            network=_network_trouble(db),
            noted=tuple(
                f"{event['at']} {event['message']}"
                for event in list_events(db, kinds=NOTED_EVENTS, since=now - NOTED_FOR, limit=5)
            ),
            files=tuple(kept_files(db)),
            last_backup=last_backup(config.state_dir / "backups"),
            proxy=_unused_proxy(),
        )


def render_status(status: Status) -> str:
    """For a terminal: what is fine in a line, what is not with what to do."""
    lines = [_head(status), f"Log: {status.log} ({status.size / 1e6:.1f} MB, SQLite {status.sqlite})"]
    if not status.sqlite_sound:
        lines.append(
            "  ! This SQLite can damage the log when two connections write. Install pysqlite3>=0.6.1"
        )
    if status.network:
        lines.append(f"  ! {status.network}")
    lines += [f"  noted {text}" for text in status.noted]
    coverage = status.coverage
    lines.append(f"Sources: {coverage.checked} of {coverage.sources} checked in the last 24 h")
    for text, names in (
        ("silent beyond their rhythm", coverage.silent),
        ("teasers only", coverage.teaser_only),
        ("failing", coverage.failing),
    ):
        if names:
            lines.append(f"  ! {len(names)} {text}: {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}")
    lines.append(f"Articles waiting to be judged: {status.backlog}")
    if status.set_aside:
        lines.append(
            f"  ! {counted(status.set_aside, 'article')} could not be judged; `cspwatch why` says the reason,"
            " `cspwatch rules rejudge --set-aside` tries again"
        )
    lines.append(f"Outbox: {_outbox_text(status.outbox)}")
    for name in status.broken_channels:
        lines.append(
            f"  ! channel {name} is broken; its alerts wait. Repair it, then `cspwatch alerts test {name}`"
        )
    for run in status.runs:
        if run.outcome not in {"done", "running"}:
            lines.append(f"  ! job {run.job} {run.outcome} at {run.started_at:%Y-%m-%d %H:%M}Z: {run.detail}")
    newest = max(
        (file for file in status.files if file.since), key=lambda file: str(file.since), default=None
    )
    if newest is not None:
        count = counted(sum(file.content is not None for file in status.files), "file")
        lines.append(
            f"Rules of your own: {count} in force; {newest.path.name} since {newest.since:%Y-%m-%d %H:%M}Z"
        )
    for file in (file for file in status.files if file.problems):
        lines.append(f"  ! {file.path} was refused at {file.refused_at:%Y-%m-%d %H:%M}Z; {file.what_counts}")
        lines += [f"      {problem}" for problem in file.problems]
    lines += [f"  ! job skipped {text}" for text in status.skipped]
    shown = f"{status.last_backup:%Y-%m-%d %H:%M}Z" if status.last_backup else "none yet"
    lines.append(f"Last backup: {shown}")
    return "\n".join([*lines, *([f"  ! {status.proxy}"] if status.proxy else [])])


def _head(status: Status) -> str:
    if not status.is_running:
        return "cspwatch does not run. Start it with `cspwatch run`."
    age = "unknown" if status.heartbeat_age is None else f"{status.heartbeat_age.total_seconds():.0f} s ago"
    if status.is_stuck:
        return f"cspwatch is stuck: process {status.pid} lives, last heartbeat {age}. Restart it; nothing is lost."
    return f"cspwatch runs (process {status.pid}, last heartbeat {age})."


def _holder(config: Config) -> int | None:
    """Process that holds the state directory; None where nobody does."""
    if not config.state_dir.exists():
        return None
    try:
        with InstanceLock(config.state_dir):
            return None
    except AlreadyRunningError as error:
        return error.pid or 0


def _unused_proxy() -> str:
    """The proxies of the environment, which the crawl does not use; without what they hold as credentials."""
    names = [name for name in _PROXIES if os.environ.get(name) or os.environ.get(name.upper())]
    return f"{', '.join(names)} is set but not used; set [crawl] proxy instead" if names else ""


def _network_trouble(db: Database) -> str:
    """The newest event of the network where it is trouble, and no source was read since."""
    newest = next(iter(list_events(db, kinds=NOTED_EVENTS[1:], limit=1)), None)
    if newest is None or newest["kind"] == "network-up":
        return ""
    since = read_time(newest["at"])
    read = [record.last_success_at for record in list_sources(db) if record.last_success_at is not None]
    if since is not None and any(at > since for at in read):
        return ""
    return f"{newest['message']} (since {newest['at']})"


def _outbox(db: Database) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (channel, state), number in counts(db).items():
        found.setdefault(channel, {})[state.value] = number
    return found


def _outbox_text(outbox: dict[str, dict[str, int]]) -> str:
    order = [state.value for state in DeliveryState]
    channels = [
        f"{channel}: " + ", ".join(f"{states[state]} {state}" for state in order if state in states)
        for channel, states in sorted(outbox.items())
    ]
    return "; ".join(channels) or "empty"
