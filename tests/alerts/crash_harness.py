"""A number of kills in, what the receiver got out: runs workers, kills them at random or at a named point."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlite_utils import Database

from alerts import queue
from alerts.model import DeliveryState
from tests.alerts.builders import opener
from tests.sinks import WebSink

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReport:
    """What a series of kills did. `by_hand` are deliveries that ended as "check by hand": shown, not lost."""

    kills: int
    alerts: int
    received: int
    lost: int
    repeats: int
    unflagged: int
    other_ids: int  # repeats whose ids differ from the first
    by_hand: int
    intact: bool


class CrashBench:
    """One outbox, one webhook and the process that forks workers."""

    def __init__(self, folder: Path, sink: WebSink, *, alerts: int) -> None:
        self.path = folder / "outbox.db"
        self.sink = sink
        self.alerts = alerts
        self.kills = 0
        self.started = time.monotonic()
        self.open_db = opener(self.path)
        db = self.open_db()
        db.execute("CREATE TABLE finding (id INTEGER PRIMARY KEY) STRICT")
        db.close()
        self._forker = subprocess.Popen(
            [sys.executable, "-m", "tests.alerts.crash_worker"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *, crash_at: str = "", visit: int = 1, kill_after: float | None = None) -> bool:
        """One worker, killed or not. True when it came to its end, that is: nothing waits any more."""
        plan = {
            "database": str(self.path),
            "port": self.sink.port,
            "alerts": self.alerts,
            "started": self.started,
            "crash_at": crash_at,
            "visit": visit,
        }
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.write(json.dumps(plan) + "\n")
        self._forker.stdin.flush()
        pid = int(self._forker.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)  # a kill comes at any moment; there is no event to wait for
            with contextlib.suppress(ProcessLookupError):  # it came to its end before
                os.kill(pid, signal.SIGKILL)
        status = int(self._forker.stdout.readline())
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        self.kills += killed
        assert killed or status == 0, f"a worker failed with status {status}"
        return not killed

    def close(self) -> None:
        assert self._forker.stdin is not None
        assert self._forker.stdout is not None
        self._forker.stdin.close()
        self._forker.wait()
        self._forker.stdout.close()

    def report(self) -> CrashReport:
        """Count what arrived against what was found."""
        found = {f"s{number:04}|new" for number in range(self.alerts)}
        bodies = [(received.json(), received.headers["Idempotency-Key"]) for received in self.sink.received]
        times = Counter(str(body["id"]) for body, _ in bodies)
        first: dict[str, str] = {}
        unflagged = other_ids = 0
        for body, key in bodies:
            known = first.setdefault(str(body["id"]), key)
            seen_before = body is not next(other for other, _ in bodies if other["id"] == body["id"])
            other_ids += known != key
            unflagged += seen_before and not body["possible_repeat"]
        db: Database = self.open_db()
        by_hand = {row.alert_id for row in queue.queue(db, states=[DeliveryState.DEAD], limit=10_000)}
        intact = db.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        db.close()
        return CrashReport(
            kills=self.kills,
            alerts=self.alerts,
            received=len(bodies),
            lost=len(found - set(times) - by_hand),
            repeats=sum(count - 1 for count in times.values()),
            unflagged=unflagged,
            other_ids=other_ids,
            by_hand=len(by_hand),
            intact=intact,
        )


def random_kills(folder: Path, *, kills: int, alerts: int, seed: int) -> CrashReport:
    """`kills` workers killed after a random time, then one left to finish. 5 % of the answers are 503.

    A refused message was read but not taken, so it does not count as received.
    """
    chance = Random(seed)
    with WebSink() as sink:
        sink.script = ["503" if chance.random() < 0.05 else "200" for _ in range(alerts * 3)]
        sink.keep_refused = False
        bench = CrashBench(folder, sink, alerts=alerts)
        try:
            while bench.kills < kills:
                if bench.run(kill_after=chance.uniform(0.002, 0.25)):
                    break  # everything was delivered before the kills were used up
            while not bench.run():
                pass
            return bench.report()
        finally:
            bench.close()
