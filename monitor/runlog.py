"""What the program itself did, in and out of the log: runs of jobs with their heartbeat, operational events.

All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.database import Value, insert, marks, read_time, rows, time_text

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the daemon or of a job."""

    run_id: int
    job: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None
    outcome: str
    detail: str


def begin_run(db: Database, job: str, pid: int, now: datetime) -> int:
    """Note that a run begins; its number."""
    insert(
        db,
        "run",
        {
            "job": job,
            "pid": pid,
            "started_at": time_text(now),
            "heartbeat_at": time_text(now),
            "outcome": "running",
            "detail": "",
        },
    )
    return int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])


def beat(db: Database, run_id: int, now: datetime) -> None:
    """Note that a run is alive."""
    db.conn.execute("UPDATE run SET heartbeat_at = ? WHERE run_id = ?", [time_text(now), run_id])


def end_run(db: Database, run_id: int, outcome: str, detail: str, now: datetime) -> None:
    """Note how a run ended: done, failed, stopped, overrun, missed."""
    db.conn.execute(
        "UPDATE run SET finished_at = ?, heartbeat_at = ?, outcome = ?, detail = ? WHERE run_id = ?",
        [time_text(now), time_text(now), outcome, detail[:2000], run_id],
    )


def note_run(db: Database, job: str, pid: int, started: datetime, now: datetime, error: str) -> None:
    """Note a run of a job that has ended: one row a job for the good ones, one each for the failures."""
    if not error:
        db.conn.execute("DELETE FROM run WHERE job = ? AND outcome = 'done'", [job])
    insert(
        db,
        "run",
        {
            "job": job,
            "pid": pid,
            "started_at": time_text(started),
            "heartbeat_at": time_text(now),
            "finished_at": time_text(now),
            "outcome": "failed" if error else "done",
            "detail": error[:2000],
        },
    )


def close_dead_runs(db: Database, now: datetime) -> int:
    """At start: runs that never ended were killed. To be called under the instance lock; how many."""
    return int(
        db.conn.execute(
            "UPDATE run SET finished_at = ?, outcome = 'stopped', detail = 'the process ended without a word'"
            " WHERE outcome = 'running'",
            [time_text(now)],
        ).rowcount
    )


def latest_runs(db: Database) -> list[Run]:
    """The newest run of every job, by name."""
    return [
        _run(row)
        for row in rows(
            db, "SELECT * FROM run WHERE run_id IN (SELECT max(run_id) FROM run GROUP BY job) ORDER BY job"
        )
    ]


def log_event(
    db: Database,
    kind: str,
    subject: str,
    message: str,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> None:
    """Note something that people should be able to look up: a held flood, a rule that failed, a restore."""
    insert(
        db,
        "event_log",
        {
            "at": time_text(now),
            "kind": kind,
            "subject": subject,
            "message": message[:2000],
            "data": json.dumps(dict(data or {}), ensure_ascii=False, sort_keys=True),
        },
        on_conflict="ON CONFLICT DO NOTHING",
    )


def list_events(
    db: Database, *, kinds: Sequence[str] = (), since: datetime | None = None, limit: int = 100
) -> list[dict[str, Value]]:
    """Events of these kinds (none: of all), newest first."""
    return rows(
        db,
        f"SELECT * FROM event_log WHERE (? OR kind IN ({marks(kinds)})) AND (? IS NULL OR at >= ?)"
        " ORDER BY event_id DESC LIMIT ?",
        [not kinds, *kinds, *[time_text(since) if since else None] * 2, limit],
    )


def last_kinds(db: Database, kinds: Sequence[str]) -> dict[str, str]:
    """Subject → the kind of its newest event among `kinds`."""
    found = rows(
        db,
        "SELECT subject, kind FROM event_log WHERE event_id IN (SELECT max(event_id) FROM event_log"
        f" WHERE kind IN ({marks(kinds)}) GROUP BY subject)",
        list(kinds),
    )
    return {str(row["subject"]): str(row["kind"]) for row in found}


def last_messages(db: Database, kinds: Sequence[str]) -> dict[str, str]:
    """Subject → the message of its newest event among `kinds`."""
    found = rows(
        db,
        "SELECT subject, message FROM event_log WHERE event_id IN (SELECT max(event_id) FROM event_log"
        f" WHERE kind IN ({marks(kinds)}) GROUP BY subject)",
        list(kinds),
    )
    return {str(row["subject"]): str(row["message"]) for row in found}


def prune_runs(db: Database, before: datetime) -> int:
    """Drop ended runs and events older than `before`; how many."""
    text = time_text(before)
    return int(
        db.conn.execute("DELETE FROM run WHERE outcome != 'running' AND started_at < ?", [text]).rowcount
    ) + int(db.conn.execute("DELETE FROM event_log WHERE at < ?", [text]).rowcount)


def _run(row: Mapping[str, Value]) -> Run:
    started, beaten = read_time(row["started_at"]), read_time(row["heartbeat_at"])
    assert started is not None
    assert beaten is not None
    return Run(
        run_id=int(str(row["run_id"])),
        job=str(row["job"]),
        pid=int(str(row["pid"])),
        started_at=started,
        heartbeat_at=beaten,
        finished_at=read_time(row["finished_at"]),
        outcome=str(row["outcome"]),
        detail=str(row["detail"]),
    )
