"""Which versions of the local files count, in and out of the log. `keep_files` belongs inside `database.writing`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.database import insert, read_time, rows, time_text
from monitor.errors import Problem

if TYPE_CHECKING:
    from sqlite_utils import Database


_WORDS = {
    "before": "what it said before counts",
    "nothing": "nothing of it counts",
    "last": "its last good version counts",
    "rest": "the rest of it counts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file of [detect] local, or the configuration, as the monitor last took it.

    `content` is the version that counts (None: no version does, or it is the configuration, which is not kept);
    `since` when it began to. `good`: it counts without any problem. `problems` are those of a newer version that was
    refused at `refused_at`.
    """

    path: Path
    content: bytes | None
    good: bool
    since: datetime | None
    problems: tuple[Problem, ...] = ()
    refused_at: datetime | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is a file of [detect] local, and not the configuration."""
        return self.path.suffix != ".toml"

    @property
    def in_force(self) -> str:
        """What counts in place of a version that was refused: before, nothing, last or rest."""
        if not self.is_local:
            return "before"
        if self.content is None:
            return "nothing"
        return "last" if self.good else "rest"

    @property
    def what_counts(self) -> str:
        """The same in words."""
        return _WORDS[self.in_force]


def kept_files(db: Database) -> list[LocalFile]:
    """The files in the order in which they count."""
    return [
        LocalFile(
            path=Path(str(row["path"])),
            content=row["content"] if isinstance(row["content"], bytes) else None,
            good=bool(row["good"]),
            since=read_time(row["since"]),
            problems=tuple(Problem(**found) for found in json.loads(str(row["problems"]))),
            refused_at=read_time(row["refused_at"]),
        )
        for row in rows(db, "SELECT * FROM local_file ORDER BY position")
    ]


def keep_files(db: Database, files: Sequence[LocalFile]) -> None:
    """Replace what is kept."""
    db.conn.execute("DELETE FROM local_file")
    for position, file in enumerate(files):
        problems = [
            {"place": one.place, "message": one.message, "remedy": one.remedy} for one in file.problems
        ]
        insert(
            db,
            "local_file",
            {
                "path": str(file.path),
                "position": position,
                "content": file.content,
                "good": file.good,
                "since": time_text(file.since) if file.since else None,
                "problems": json.dumps(problems, ensure_ascii=False),
                "refused_at": time_text(file.refused_at) if file.refused_at else None,
            },
        )
