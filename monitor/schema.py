"""The tables of the log (monitor/schema.sql) as append-only migrations: a Database in, tables out.

Each step runs in a transaction of its own. A released step is frozen; a change is a new one, and raises
`monitor.database.USER_VERSION`.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("monitor")


@migrations()
def m001_log(db: Database) -> None:
    """The first form of the whole log."""
    db.executescript(resources.files("monitor").joinpath("schema.sql").read_text(encoding="utf-8"))
