"""An open log in, a checked copy of it out, while it is in use; and back again. A shell over files.

A copy is written beside its target, checked, and renamed: a backup with its final name is always whole.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.database import DatabaseError, driver, open_database, require_sound
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from sqlite_utils import Database

_NAME = "cspwatch-%Y%m%dT%H%M%SZ.db"


class BackupError(MonitorError):
    """The copy could not be made or used; the log is as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A checked copy of the log. `size` in bytes."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What restoring did; `set_aside` is where the log that was there went, None where there was none."""

    path: Path
    articles: int
    set_aside: Path | None


def back_up(db: Database, target: Path) -> Backup:
    """Copy the log to `target` (VACUUM INTO: compact, consistent, others may write meanwhile) and check the copy.

    Raises BackupError if `target` exists, cannot be written, or the copy is not sound.
    """
    if target.exists():
        raise BackupError(f"{target}: exists already. Name another file, or delete it first")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        db.conn.execute("VACUUM INTO ?", [str(part)])
        _check(part)
        _sync(part)
        part.rename(target)
    except (driver().Error, OSError, DatabaseError) as error:
        part.unlink(missing_ok=True)
        raise BackupError(
            f"{target}: backup not written: {error}. Check the free space and try again"
        ) from error
    return Backup(path=target, size=target.stat().st_size)


def keep_backups(db: Database, folder: Path, keep: int, now: datetime) -> Backup:
    """Make the backup of this moment in `folder` and delete the oldest, so that `keep` remain."""
    made = back_up(db, folder / now.astimezone(UTC).strftime(_NAME))
    for old in list_backups(folder)[:-keep]:
        old.unlink(missing_ok=True)
    return made


def list_backups(folder: Path) -> list[Path]:
    """The backups in `folder`, oldest first."""
    return sorted(folder.glob("cspwatch-*Z.db"))


def last_backup(folder: Path) -> datetime | None:
    """When the newest backup in `folder` was made; None where there is none."""
    found = list_backups(folder)
    return datetime.strptime(found[-1].name, _NAME).replace(tzinfo=UTC) if found else None


def restore(backup: Path, path: Path, now: datetime) -> Restored:
    """Put a checked copy of `backup` in the place of the log at `path`; the log that was there is set aside.

    The caller holds the InstanceLock. Raises BackupError if the backup is missing, foreign or damaged; then nothing
    was changed.
    """
    if not backup.exists():
        raise BackupError(f"{backup}: no such file. `cspwatch backup PATH` makes one")
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(backup, part)
        articles = _check(part)
        _sync(part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"{backup}: not restored: {error}. Check the free space and try again") from error
    except DatabaseError as error:
        part.unlink(missing_ok=True)
        why = str(error).removeprefix(f"{part}: ").partition(". Run ")[0]
        raise BackupError(
            f"{backup}: not restored: {why}. The log was left as it is; try an older backup"
        ) from error
    aside = _set_aside(path, now) if path.exists() else None
    part.rename(path)
    return Restored(path=path, articles=articles, set_aside=aside)


def _check(path: Path) -> int:
    """Number of articles in the copy; raises DatabaseError if it is no sound log."""
    with closing(open_database(path, read_only=True)) as db:
        require_sound(db, path)
        if "article" not in db.table_names():
            raise DatabaseError(f"{path}: this is no log of cspwatch")
        return int(db["article"].count)


def _set_aside(path: Path, now: datetime) -> Path:
    """Move the log with its journal out of the way; a journal left behind would be played into the restored file."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.stem}.before-restore-{stamp}{path.suffix}")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _sync(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
