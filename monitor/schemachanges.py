"""The log as first laid out in, its later steps out: append-only migrations that follow those of monitor/schema.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.schema import migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

__all__ = ["migrations"]


@migrations()
def m002_certificates(db: Database) -> None:
    """A source may be read although its certificate is not valid."""
    db.execute("ALTER TABLE source ADD COLUMN verify_certificate INTEGER NOT NULL DEFAULT 1")


@migrations()
def m003_rereading(db: Database) -> None:
    """Edits are found by the index's date of change; what recurs in a source's texts is remembered."""
    db.execute("ALTER TABLE seen ADD COLUMN modified TEXT")  # as the index gave it when the article was read
    db.execute(
        "CREATE TABLE recurring ("
        " source_id TEXT NOT NULL REFERENCES source (source_id),"
        " paragraph TEXT NOT NULL,"  # hash of a paragraph that recurs in its articles and is no text of them
        " seen_at TEXT NOT NULL,"  # to the day
        " PRIMARY KEY (source_id, paragraph)) STRICT, WITHOUT ROWID"
    )
