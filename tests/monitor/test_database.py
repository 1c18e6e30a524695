"""Opening, locking and checking the log's file."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from monitor import database
from monitor.database import (
    AlreadyRunningError,
    DatabaseError,
    InstanceLock,
    driver,
    is_sound,
    open_database,
    quick_check,
    require_sound,
    rows,
    sqlite_version,
    writing,
)
from monitor.runlog import list_events, log_event
from tests.fakes import NOW


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "cspwatch.db"


def pragma(db, name: str):
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_new_log_has_the_settings_that_keep_it_safe(path: Path) -> None:
    db = open_database(path)

    assert pragma(db, "journal_mode") == "wal"
    assert pragma(db, "synchronous") == 2
    assert pragma(db, "foreign_keys") == 1
    assert pragma(db, "busy_timeout") == 30_000
    assert quick_check(db) == ()
    db.close()


def test_installed_sqlite_has_no_wal_reset_bug(path: Path) -> None:
    db = open_database(path)
    assert is_sound(sqlite_version(db)), sqlite_version(db)
    assert not is_sound("3.40.1")
    db.close()


def test_every_table_of_ours_is_strict(path: Path) -> None:
    db = open_database(path)
    loose = [
        row["name"]
        for row in rows(
            db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict"
        )
        if not str(row["name"]).startswith(("sqlite_", "_sqlite", "article_fts"))
    ]
    assert loose == []
    db.close()


def test_open_a_second_time_writes_nothing(path: Path) -> None:
    open_database(path).close()
    before = path.read_bytes()
    open_database(path).close()
    assert path.read_bytes() == before


def test_transaction_that_raises_leaves_nothing(path: Path) -> None:
    db = open_database(path)

    def fail() -> None:
        with writing(db):
            log_event(db, "test", "x", "message", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list_events(db) == []
    assert not db.conn.in_transaction
    db.close()


def test_writers_in_turn_wait_for_each_other(path: Path) -> None:
    open_database(path).close()
    started = threading.Barrier(2)
    failures: list[Exception] = []

    def write(name: str) -> None:
        db = open_database(path)
        started.wait()
        try:
            for number in range(20):
                with writing(db):
                    # Read first: a deferred transaction would fail here when the other one commits in between.
                    list_events(db)
                    log_event(db, "test", name, str(number), NOW)
        except Exception as error:
            failures.append(error)
        finally:
            db.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db = open_database(path)
    assert failures == []
    assert len(list_events(db)) == 40
    db.close()


def test_reader_sees_the_log_and_cannot_write(path: Path) -> None:
    open_database(path).close()
    reader = open_database(path, read_only=True)

    with pytest.raises(driver().OperationalError, match="readonly"):
        reader.conn.execute("DELETE FROM source")
    reader.close()


def test_missing_log_is_an_error_for_a_reader_and_no_new_file(path: Path) -> None:
    with pytest.raises(DatabaseError, match="no log there"):
        open_database(path, read_only=True)
    assert not path.exists()


def test_file_that_is_no_database_is_refused_and_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("these are my notes, not a database " * 100)

    with pytest.raises(DatabaseError, match=r"damaged.*restore"):
        open_database(path)
    assert path.read_text().startswith("these are my notes")


def test_database_of_another_program_is_refused(path: Path) -> None:
    path.parent.mkdir()
    other = driver().connect(str(path))
    other.execute("CREATE TABLE bookmark (url TEXT)")
    other.commit()
    other.close()

    with pytest.raises(DatabaseError, match="another program"):
        open_database(path)


def next_step(monkeypatch: pytest.MonkeyPatch, step: Callable[[Database], None]) -> None:
    """A program whose log has one step more."""
    later = Migrations("later")
    later()(step)
    before = database._migration_sets()
    monkeypatch.setattr(database, "_migration_sets", lambda: (*before, later))
    monkeypatch.setattr(database, "USER_VERSION", database.USER_VERSION + 1)


def test_upgrade_keeps_a_copy_of_the_log_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_database(path)) as db:
        version = pragma(db, "user_version")
        with writing(db):
            log_event(db, "clock", "poller", "before", NOW)

    def m002_note(db: Database) -> None:
        db.execute("CREATE TABLE note (text TEXT) STRICT")

    next_step(monkeypatch, m002_note)
    with closing(open_database(path)) as db:
        assert "note" in db.table_names()
        assert pragma(db, "user_version") == version + 1

    copy = path.with_name(f"cspwatch.before-upgrade-{version}.db")
    with closing(open_database(copy, read_only=True)) as db:
        assert "note" not in db.table_names()
        assert [event["message"] for event in list_events(db)] == ["before"]


def test_upgrade_that_fails_leaves_the_log_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_database(path).close()

    def m002_fails(db: Database) -> None:
        db.executescript("CREATE TABLE note (text TEXT) STRICT; CREATE TABLE article (id INTEGER) STRICT;")

    with monkeypatch.context() as patch:
        next_step(patch, m002_fails)
        with pytest.raises(DatabaseError, match="article already exists"):
            open_database(path)

    with closing(open_database(path)) as db:
        assert "note" not in db.table_names()
        assert quick_check(db) == ()


def test_log_that_was_upgraded_is_refused_by_the_older_program(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(path).close()
    with monkeypatch.context() as patch:
        next_step(patch, lambda db: None)
        open_database(path).close()

    with pytest.raises(DatabaseError, match="newer cspwatch"):
        open_database(path)


def test_log_of_a_newer_version_is_refused(path: Path) -> None:
    db = open_database(path)
    db.conn.execute("PRAGMA user_version = 99")
    db.close()

    with pytest.raises(DatabaseError, match="newer cspwatch"):
        open_database(path)


def test_overwritten_page_is_found_and_named_with_the_last_backup(path: Path) -> None:
    open_database(path).close()
    with path.open("r+b") as handle:
        handle.seek(4096)
        handle.write(b"\xff" * 4096 * 3)

    def check() -> None:
        with closing(open_database(path)) as db:
            require_sound(db, path, "03:30")

    with pytest.raises(DatabaseError, match="database damaged"):
        check()


def test_second_instance_is_told_the_pid_of_the_first(tmp_path: Path) -> None:
    script = "import sys\nfrom pathlib import Path\nfrom monitor.database import InstanceLock\n"
    script += "with InstanceLock(Path(sys.argv[1])):\n    print('locked', flush=True)\n    sys.stdin.read()\n"
    first = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None
    assert first.stdout.readline() == "locked\n"
    try:
        with (
            pytest.raises(AlreadyRunningError, match=f"already running, pid {first.pid}"),
            InstanceLock(tmp_path),
        ):
            pass
    finally:
        first.kill()
        first.communicate()

    with InstanceLock(tmp_path):
        pass
