"""A path in, an opened and migrated Database out; the write transaction, the lock of the state directory, checks.

There is one writing process (InstanceLock) and every write goes through `writing(db)`. A damaged file is an error
with a remedy, never a silently new file.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

#: "cspw" as a big-endian integer: `file` and other tools tell our database from any other by it.
APPLICATION_ID = 0x63737077
#: Version of the layout as a whole, raised with every migration; a file with a higher one is of a newer cspwatch.
USER_VERSION = 1
#: First SQLite without the WAL-reset bug, which corrupts when two connections write or checkpoint at once.
FIRST_SOUND_SQLITE = (3, 51, 3)
_BUSY_TIMEOUT_MS = 30_000
_JOURNAL_SIZE_LIMIT = 64 * 1024 * 1024

Value = str | int | float | None
Row = Mapping[str, Value]


class DatabaseError(MonitorError):
    """The log cannot be used: damaged, newer than this program, or not ours. The message says what to do."""


class AlreadyRunningError(MonitorError):
    """Another process holds the state directory. `pid` is its number, None where it could not be read."""

    def __init__(self, path: Path, pid: int | None) -> None:
        self.pid = pid
        named = f"pid {pid}" if pid is not None else "another process"
        super().__init__(
            f"{path.parent}: already running, {named}. Stop it first, or use another [store] path"
        )


def open_database(path: Path, *, read_only: bool = False) -> Database:
    """Open the log at `path`; create and migrate it unless `read_only`.

    Raises DatabaseError for a file that is damaged, foreign or newer, and for a missing one when `read_only`.
    The connection belongs to the thread that opened it.
    """
    from sqlite_utils import Database  # 60 ms: not for `cspwatch --help`

    if read_only and not path.exists():
        raise DatabaseError(f"{path}: no log there. Run `cspwatch run` first, or name another [store] path")
    sqlite3 = driver()
    fresh = not path.exists() or path.stat().st_size == 0
    if not read_only:
        path.parent.mkdir(parents=True, exist_ok=True)
    mode = "ro" if read_only else "rwc"
    uri = f"file:{_quoted(path)}?mode={mode}"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_MS / 1000, check_same_thread=True)
        db = Database(connection)
        _configure(db, read_only=read_only)
        if not fresh:
            _check_identity(db, path)
        if not read_only:
            _migrate(db, path, fresh=fresh)
    except sqlite3.DatabaseError as error:
        raise _translated(path, error) from error
    return db


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """One write transaction: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK when the body raises.

    Immediate, because a deferred transaction that upgrades fails at once when another one committed in between,
    whatever the busy timeout.
    """
    if db.conn.in_transaction:
        raise RuntimeError("writing() inside an open transaction: the caller's transaction is the one to use")
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.conn.rollback()  # nothing to do where the error already ended the transaction (disk full)
        raise
    db.conn.execute("COMMIT")


def rows(
    db: Database, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = ()
) -> list[dict[str, Value]]:
    """All rows of a query as dictionaries."""
    cursor = db.conn.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def first(
    db: Database, sql: str, parameters: Sequence[Value] | Mapping[str, Value] = ()
) -> dict[str, Value] | None:
    """The first row of a query, None where there is none."""
    cursor = db.conn.execute(sql, parameters)
    row = cursor.fetchone()
    if row is None:
        return None
    return dict(zip([column[0] for column in cursor.description], row, strict=True))


def insert(db: Database, table: str, row: Mapping[str, Value | bytes], *, on_conflict: str = "") -> int:
    """Insert one row; the number of rows that were written. `on_conflict` is the SQL after VALUES.

    Column names come from our code, never from input. Raw, because one row through sqlite-utils costs five times
    as much (408 us against 87 us).
    """
    names = ", ".join(f'"{name}"' for name in row)
    marks = ", ".join("?" for _ in row)
    sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks}) {on_conflict}'
    return int(db.conn.execute(sql, list(row.values())).rowcount)


def marks(values: Sequence[object]) -> str:
    """Placeholders for an IN list: "?, ?, ?"."""
    return ", ".join("?" for _ in values)


def time_text(at: datetime) -> str:
    """A time as stored: ISO 8601 in UTC, to the second, with Z; sorts as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: Value) -> datetime | None:
    """A stored time as aware UTC; None for NULL."""
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def driver() -> ModuleType:
    """The sqlite3 module that sqlite-utils uses: pysqlite3 where it is installed. Its errors are its own classes."""
    utils = import_module("sqlite_utils.utils")
    module = utils.sqlite3
    assert isinstance(module, ModuleType)
    return module


def sqlite_version(db: Database) -> str:
    """Version of the SQLite library in use."""
    return str(db.conn.execute("SELECT sqlite_version()").fetchone()[0])


def is_sound(version: str) -> bool:
    """True if this SQLite has no WAL-reset bug."""
    return tuple(int(part) for part in version.split(".")) >= FIRST_SOUND_SQLITE


def quick_check(db: Database) -> tuple[str, ...]:
    """What SQLite finds wrong with the file, at most 20 lines; empty when it is sound."""
    found = tuple(str(row[0]) for row in db.conn.execute("PRAGMA quick_check(20)"))
    return () if found == ("ok",) else found


def require_sound(db: Database, path: Path, last_backup: str = "") -> None:
    """Raise DatabaseError if the file is damaged. Reads the whole file: once at start, not at every open."""
    sqlite3 = driver()
    try:
        found = quick_check(db)
    except sqlite3.DatabaseError as error:
        found = (str(error),)
    if found:
        raise DatabaseError(_damaged(path, found[0], last_backup))


class InstanceLock:
    """Exclusive flock on the state directory: one writing process. Freed by the kernel when the process dies."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            text = os.read(handle, 32).decode("ascii", "replace").strip()
            os.close(handle)
            raise AlreadyRunningError(self._path, int(text) if text.isdecimal() else None) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._file = handle
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)  # closing frees the lock; the file stays, so that nobody locks a deleted one
            self._file = None


def _quoted(path: Path) -> str:
    text = str(path.absolute())
    for char in "%?#":
        text = text.replace(char, f"%{ord(char):02x}")
    return text


def _configure(db: Database, *, read_only: bool) -> None:
    db.conn.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    db.conn.execute("PRAGMA foreign_keys = ON")
    db.conn.execute("PRAGMA mmap_size = 0")
    if read_only:
        db.conn.execute("PRAGMA query_only = ON")
        return
    db.conn.execute("PRAGMA journal_mode = WAL")
    db.conn.execute("PRAGMA synchronous = FULL")
    db.conn.execute(f"PRAGMA journal_size_limit = {_JOURNAL_SIZE_LIMIT}")


def _check_identity(db: Database, path: Path) -> None:
    application = int(db.conn.execute("PRAGMA application_id").fetchone()[0])
    version = int(db.conn.execute("PRAGMA user_version").fetchone()[0])
    tables = int(db.conn.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if application not in (0, APPLICATION_ID) or (
        application == 0 and tables and "_sqlite_migrations" not in db.table_names()
    ):
        raise DatabaseError(f"{path}: this is a database of another program. Name another [store] path")
    if version > USER_VERSION:
        raise DatabaseError(
            f"{path}: written by a newer cspwatch (layout {version}, this one knows {USER_VERSION}). Update cspwatch"
        )


def _migration_sets() -> tuple[Migrations, ...]:
    from alerts.schema import migrations as alerts_migrations  # sqlite-utils: see open_database
    from monitor.schema import migrations as monitor_migrations

    return (monitor_migrations, alerts_migrations)


def _migrate(db: Database, path: Path, *, fresh: bool) -> None:
    """Apply what is pending. Asking first keeps an up-to-date file free of writes at open."""
    pending = [one for one in _migration_sets() if fresh or one.pending(db)]
    if pending and "article" in db.table_names():
        _keep_copy(db, path)
    for migrations in pending:
        migrations.apply(db)
    if int(db.conn.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        db.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if int(db.conn.execute("PRAGMA user_version").fetchone()[0]) != USER_VERSION:
        db.conn.execute(f"PRAGMA user_version = {USER_VERSION}")


def _keep_copy(db: Database, path: Path) -> None:
    """A backup of the log before its layout changes. One that an interrupted upgrade left is of the same log."""
    from monitor.backup import back_up  # imports this module

    version = int(db.conn.execute("PRAGMA user_version").fetchone()[0])
    copy = path.with_name(f"{path.stem}.before-upgrade-{version}{path.suffix}")
    if not copy.exists():
        back_up(db, copy)


def _translated(path: Path, error: Exception) -> DatabaseError:
    text = str(error)
    if "malformed" in text or "not a database" in text:
        return DatabaseError(_damaged(path, text, ""))
    return DatabaseError(
        f"{path}: cannot be opened: {text}. Check the path, its permissions and the free space"
    )


def _damaged(path: Path, what: str, last_backup: str) -> str:
    backup = f"; last backup {last_backup}" if last_backup else ""
    return f"{path}: database damaged ({what}){backup}. Run `cspwatch restore BACKUP`; nothing was changed"
