"""robots.txt and tdmrep.json files in and out of the log: what each site asks of machines, kept over polls.

Functions that write belong inside `database.writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.items import FetchKind, SiteFile, SourceReport
from monitor.database import insert, read_time, time_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A copy serves no longer, so it is not handed out any more either.
KEPT_FOR = timedelta(days=31)
#: An aggregator's links lead to hundreds of hosts; those it led to last are the likely ones.
MOST_ORIGINS = 200


def site_files(db: Database, source_id: str, now: datetime) -> tuple[SiteFile, ...]:
    """The files of the hosts this source was read from, newest first."""
    found = db.conn.execute(
        "SELECT origin, kind, read_at, due_at, is_there, body, etag, last_modified"
        " FROM site_use JOIN site_file USING (origin)"
        " WHERE source_id = ? AND read_at >= ? ORDER BY read_at DESC, origin, kind LIMIT ?",
        [source_id, time_text(now - KEPT_FOR), 2 * MOST_ORIGINS],
    )
    return tuple(_site_file(row) for row in found)


def store_site_files(db: Database, report: SourceReport) -> None:
    """Remember the files that a poll read anew, and the hosts it led to for the first time."""
    for file in report.site_files:
        db.conn.execute(
            "INSERT INTO site_file (origin, kind, read_at, due_at, is_there, body, etag, last_modified)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (origin, kind) DO UPDATE SET read_at = excluded.read_at, due_at = excluded.due_at,"
            " is_there = excluded.is_there, body = excluded.body, etag = excluded.etag,"
            " last_modified = excluded.last_modified WHERE excluded.read_at >= read_at",
            [
                file.origin,
                file.kind.value,
                time_text(file.read_at),
                time_text(file.due_at),
                int(file.is_there),
                file.body,
                file.etag,
                file.last_modified,
            ],
        )
    for origin in report.origins:
        insert(
            db,
            "site_use",
            {"source_id": report.source_id, "origin": origin},
            on_conflict="ON CONFLICT DO NOTHING",
        )


def prune_site_files(db: Database, now: datetime) -> int:
    """Drop the files that serve no longer, and the notes of who used them; how many files."""
    dropped = db.conn.execute("DELETE FROM site_file WHERE read_at < ?", [time_text(now - KEPT_FOR)]).rowcount
    db.conn.execute("DELETE FROM site_use WHERE origin NOT IN (SELECT origin FROM site_file)")
    return int(dropped)


def _site_file(row: Sequence[object]) -> SiteFile:
    origin, kind, read, due, is_there, body, etag, last_modified = row
    read_at, due_at = read_time(str(read)), read_time(str(due))
    assert read_at is not None
    assert due_at is not None
    assert isinstance(body, bytes)
    return SiteFile(
        origin=str(origin),
        kind=FetchKind(str(kind)),
        read_at=read_at,
        due_at=due_at,
        is_there=bool(is_there),
        body=body,
        etag=str(etag) if etag else None,
        last_modified=str(last_modified) if last_modified else None,
    )
