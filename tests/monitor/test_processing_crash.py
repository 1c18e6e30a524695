"""Stopping anywhere between the arrival of an article and its alert gives the same end state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.database import open_database
from monitor.model import Status
from monitor.processing import process_next
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    dump,
    make_article,
    new_log,
    report_of,
)
from tests.intaking import take_in

ROOT = Path(__file__).resolve().parents[2]
TITLES = [
    "Alibaba Cloud plans a data center in Johor",
    "Alibaba Cloud opens its Johor data center",
    "Weather",
]
FACTS = {
    TITLES[0]: [
        Fact(says="data center in Johor", places=("MY:Johor",), usd="400000000", status=Status.PLANNED)
    ],
    TITLES[1]: [Fact(says="opens its Johor data center", places=("MY:Johor",), status=Status.LIVE)],
}


class CrashError(BaseException):
    """The process ends here."""


class CrashingConnection:
    """A connection that dies at its n-th statement."""

    def __init__(self, connection, after: int) -> None:
        self._connection = connection
        self._left = after

    def execute(self, sql: str, parameters: Sequence[object] = ()):
        if sql not in ("ROLLBACK",):
            self._left -= 1
            if self._left < 0:
                raise CrashError(sql)
        return self._connection.execute(sql, parameters)

    def __getattr__(self, name: str):
        return getattr(self._connection, name)


def run(db) -> None:
    """Everything from the arrival on."""
    take_in(db, crawl_of("first", report_of()), NOW - timedelta(hours=3))
    published = [NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW]
    articles = [make_article(title, published=at) for title, at in zip(TITLES, published, strict=True)]
    take_in(db, crawl_of("second", report_of(*articles)), NOW)
    while process_next(db, FakeDetector(FACTS), (FakeWatch(),), [console()], NOW):
        pass


def content(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The log but for how often an article was begun, which counts the crashes."""
    db = open_database(path)
    db.execute("UPDATE article SET attempts = 0")
    found = dump(db)
    db.close()
    return found


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    folder = tmp_path_factory.mktemp("whole")
    db = new_log(folder)
    run(db)
    db.close()
    return content(folder / "cspwatch.db")


def test_whole_run_alerts_twice(expected) -> None:
    assert len(expected["alert"]) == len(expected["outbox"]) == 2
    assert len(expected["decision"]) == 3


@pytest.mark.parametrize("offset", range(12))
def test_end_at_any_statement_gives_the_same_log(tmp_path: Path, offset: int, expected) -> None:
    after = offset
    crashes = 0
    while True:
        folder = tmp_path / str(after)
        db = new_log(folder)
        real = db.conn
        db.conn = CrashingConnection(real, after)
        try:
            run(db)
            finished = True
        except CrashError:
            finished, crashes = False, crashes + 1
        real.close()
        again = open_database(folder / "cspwatch.db")
        run(again)
        again.close()
        assert content(folder / "cspwatch.db") == expected, f"after {after} statements"
        if finished:
            break
        after += 48
    assert crashes > 0


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.monitor.test_processing_crash import run
from monitor.database import open_database
db = open_database(Path(sys.argv[1]) / "cspwatch.db")
left = int(sys.argv[2])
def count(sql):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
db.conn.set_trace_callback(count)
run(db)
"""


@pytest.mark.parametrize("after", [5, 40, 70, 100, 120])
def test_kill_9_at_a_statement_gives_the_same_log(tmp_path: Path, after: int, expected) -> None:
    new_log(tmp_path).close()
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(after)], cwd=ROOT, env=os.environ, check=False
    )
    assert ended.returncode == -signal.SIGKILL

    db = open_database(tmp_path / "cspwatch.db")
    run(db)
    db.close()

    assert content(tmp_path / "cspwatch.db") == expected
