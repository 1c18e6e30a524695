"""Forks workers that find, queue and deliver alerts, for tests that kill them. Not a test; run as a script.

Each line on stdin is the plan of one worker as JSON: database, port of the webhook, number of alerts, start of the
fast clock, and optionally the crash point and the visit at which it kills itself. The answer is the worker's pid,
and, when it has ended, its exit status. Forked from one process that has imported everything, a worker starts in
milliseconds.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from sqlite_utils import Database

import alerts.services  # noqa: F401  # imported before the fork
from alerts import outbox, queue
from alerts.delivery import deliver_due
from alerts.model import Channel, DeliveryState
from alerts.transport import ChannelTransport, check_url
from tests.alerts.builders import alert, channel

#: One real second is ten minutes of the workers: waits of 30 s and leases of 3 min pass quickly.
SPEED = 600
EPOCH = datetime(2026, 11, 24, tzinfo=UTC)
CRASH_POINTS = ("before_commit", "after_commit", "after_claim", "after_send", "after_settle", "in_digest")


class Plan(TypedDict):
    database: str
    port: int
    alerts: int
    started: float
    crash_at: str
    visit: int


def main() -> None:
    """Serve plans until stdin ends."""
    check_url(
        "json://localhost/"
    )  # Apprise loads its services on first use: before the fork, not in each worker
    for line in sys.stdin:
        plan: Plan = json.loads(line)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                work(plan)
                status = 0
            finally:
                os._exit(status)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


def work(plan: Plan) -> None:
    """Find every alert that is not found yet, deliver all, return when nothing waits."""
    clock = fast_clock(plan["started"])
    observe = crasher(plan)
    own = channel("hook", f"json://127.0.0.1:{plan['port']}/x", layout="webhook", per_hour=10**6)

    def open_db() -> Database:
        db = Database(plan["database"])
        db.conn.execute("PRAGMA busy_timeout = 20000")
        return db

    db = open_db()
    outbox.end_leases_of(db, "worker:", clock())
    transport = ChannelTransport(io.StringIO(), answer_timeout=0.5)
    number = int(db.execute("SELECT count(*) FROM finding").fetchone()[0])
    while number < plan["alerts"] or is_open(db):
        if number < plan["alerts"]:
            find(db, number, own, clock, observe)
            number += 1
        deliver_due(
            open_db, transport, [own], clock, owner=f"worker:{os.getpid()}", pace=10**6, observe=observe
        )
    db.close()


def find(
    db: Database, number: int, own: Channel, clock: Callable[[], datetime], observe: Callable[[str], None]
) -> None:
    """The finding and its alert in one transaction, as the application does it."""
    with outbox.writing(db):
        db.execute("INSERT INTO finding VALUES (?)", [number])
        outbox.enqueue(db, alert(f"s{number:04}|new"), [own], clock())
        observe("before_commit")
    observe("after_commit")


def is_open(db: Database) -> bool:
    return bool(
        queue.queue(db, states=[DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD], limit=1)
    )


def fast_clock(started: float) -> Callable[[], datetime]:
    return lambda: EPOCH + timedelta(seconds=(time.monotonic() - started) * SPEED)


def crasher(plan: Plan) -> Callable[[str], None]:
    """Kills the process, as kill -9 does, at the planned visit of the planned point."""
    visits = {"left": plan["visit"]}

    def observe(point: str) -> None:
        if point == plan["crash_at"]:
            visits["left"] -= 1
            if visits["left"] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return observe


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
