"""Sources and their polls in and out of the log: what is due, what a poll gave, which entries are known.

"Due" is defined in `due_sources` and nowhere else. All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.items import FetchKind, FetchOutcome, SourceOrder, SourceReport, SourceState
from crawler.sources import Source, SourceKind, Tier
from monitor.database import Value, first, insert, read_time, rows, time_text
from monitor.seenlog import known_keys, pending_entries, read_as
from monitor.sitelog import site_files

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = tuple(field.name for field in dataclasses.fields(Source))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """What the log remembers of a source, for planning, intake and pages."""

    source: Source
    next_due: datetime
    first_success_at: datetime | None
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    last_outcome: str | None
    last_detail: str
    failure_score: float
    failing_since: datetime | None
    poll_state: str
    poll_reason: str
    silent_after: datetime | None
    moved_to: str | None
    held_since: datetime | None
    held_reason: str


def store_sources(db: Database, sources: Iterable[Source], now: datetime) -> None:
    """Make the table hold the catalogue: new ones are due at once, vanished ones are kept but not polled."""
    db.conn.execute("UPDATE source SET listed = 0")
    for source in sources:
        row = {name: _column(getattr(source, name)) for name in _COLUMNS}
        updates = ", ".join(f'"{name}" = excluded."{name}"' for name in _COLUMNS if name != "source_id")
        insert(
            db,
            "source",
            row | {"next_due": time_text(now), "listed": 1},
            on_conflict=f"ON CONFLICT (source_id) DO UPDATE SET {updates}, listed = 1",
        )


def due_sources(
    db: Database,
    now: datetime,
    limit: int,
    *,
    busy: frozenset[str] = frozenset(),
    busy_hosts: frozenset[str] = frozenset(),
) -> list[SourceOrder]:
    """The sources to poll now, longest overdue first; none that is polled at this moment, nor one of its host."""
    due = rows(
        db,
        "SELECT source_id, url FROM source WHERE enabled AND listed AND next_due <= ? ORDER BY next_due, source_id",
        [time_text(now)],
    )
    free = [row for row in due if row["source_id"] not in busy and host_of(str(row["url"])) not in busy_hosts]
    chosen = (
        first(db, "SELECT * FROM source WHERE source_id = ?", [row["source_id"]]) for row in free[:limit]
    )
    return [_order(db, row, now) for row in chosen if row is not None]


def host_of(url: str) -> str:
    """Host and port of a URL: whom two requests at once would bother."""
    return urlsplit(url).netloc.lower()


def next_due(db: Database) -> datetime | None:
    """When the next source is due; None where there is no source."""
    row = first(db, "SELECT min(next_due) AS due FROM source WHERE enabled AND listed")
    return read_time(row["due"]) if row else None


def make_due(db: Database, now: datetime, *, source_id: str | None = None) -> int:
    """Let one source, or all, be polled at the next tick; how many."""
    return int(
        db.conn.execute(
            "UPDATE source SET next_due = ?1 WHERE enabled AND listed AND (?2 IS NULL OR source_id = ?2)",
            [time_text(now), source_id],
        ).rowcount
    )


def get_source(db: Database, source_id: str) -> SourceRecord | None:
    """What is remembered of one source."""
    row = first(db, "SELECT * FROM source WHERE source_id = ?", [source_id])
    return _record(row) if row else None


def list_sources(db: Database) -> list[SourceRecord]:
    """All sources of the catalogue, by id."""
    return [_record(row) for row in rows(db, "SELECT * FROM source WHERE listed ORDER BY source_id")]


def source_for_host(db: Database, host: str) -> list[SourceRecord]:
    """The sources that should have had an article of `host`: index or homepage there."""
    bare = host.removeprefix("www.")
    found = rows(
        db,
        "SELECT * FROM source WHERE url LIKE ?1 OR url LIKE ?2 OR homepage LIKE ?1 OR homepage LIKE ?2"
        " ORDER BY source_id LIMIT 10",
        [f"%://{bare}%", f"%.{bare}%"],
    )
    return [_record(row) for row in found]


def is_taken_in(db: Database, order_id: str, source_id: str) -> bool:
    """True if this report of this order was stored before."""
    return (
        first(db, "SELECT 1 AS one FROM poll WHERE order_id = ? AND source_id = ?", [order_id, source_id])
        is not None
    )


def record_poll(
    db: Database, order_id: str, report: SourceReport, now: datetime, counts: Mapping[str, int]
) -> None:
    """One row for the poll and one for each request it made. `counts` are the four counting columns of poll."""
    ended = (item for item in report.outcomes if item.outcome == report.outcome and item.detail)
    index = next((item for item in ended if item.kind is FetchKind.INDEX), None)
    insert(
        db,
        "poll",
        {
            "order_id": order_id,
            "source_id": report.source_id,
            "at": time_text(now),
            "outcome": report.outcome.value,
            "detail": index.detail if index else "",
            "left_out": report.left_out,
            "requests": len(report.outcomes),
            "bytes": sum(item.size for item in report.outcomes),
            **counts,
        },
    )
    for outcome in report.outcomes:
        _record_fetch(db, order_id, report.source_id, outcome)


def update_source(db: Database, source_id: str, changes: Mapping[str, Value]) -> None:
    """Set columns of one source. Column names come from our code."""
    names = ", ".join(f'"{name}" = ?' for name in changes)
    db.conn.execute(f"UPDATE source SET {names} WHERE source_id = ?", [*changes.values(), source_id])


def arrivals(db: Database, source_id: str, since: datetime) -> tuple[int, float]:
    """New entries of the polls since `since` (the baseline left out), and the hours those polls span."""
    row = first(
        db,
        "SELECT coalesce(sum(new_entries), 0) AS new, min(at) AS first, max(at) AS last FROM poll"
        " WHERE source_id = ?1 AND at >= ?2"
        " AND at > coalesce((SELECT first_success_at FROM source WHERE source_id = ?1), '')",
        [source_id, time_text(since)],
    )
    assert row is not None
    begin, end = read_time(row["first"]), read_time(row["last"])
    return int(str(row["new"])), (end - begin).total_seconds() / 3600 if begin and end else 0.0


def fetches_of(db: Database, url: str, limit: int = 10) -> list[dict[str, Value]]:
    """The requests made for a URL, newest first."""
    return rows(db, "SELECT * FROM fetch WHERE url = ? ORDER BY at DESC, fetch_id DESC LIMIT ?", [url, limit])


def sightings(db: Database, url_key: str) -> list[dict[str, Value]]:
    """Where an article was seen in an index, by source."""
    return rows(db, "SELECT * FROM seen WHERE url_key = ? ORDER BY first_seen_at, source_id", [url_key])


def _column(value: object) -> Value:
    if isinstance(value, bool):
        return int(value)
    assert value is None or isinstance(value, (str, int, float))
    return str(value) if isinstance(value, str) else value


def _source(row: Mapping[str, Value]) -> Source:
    values: dict[str, object] = {name: row[name] for name in _COLUMNS}
    full = row["full_text_feed"]
    values |= {
        "kind": SourceKind(str(row["kind"])),
        "tier": Tier(str(row["tier"])),
        "enabled": bool(row["enabled"]),
        "verify_certificate": bool(row["verify_certificate"]),
        "full_text_feed": None if full is None else bool(full),
    }
    return Source(**values)  # type: ignore[arg-type]  # STRICT columns hold what store_sources wrote


def _record(row: Mapping[str, Value]) -> SourceRecord:
    due = read_time(row["next_due"])
    assert due is not None
    return SourceRecord(
        source=_source(row),
        next_due=due,
        first_success_at=read_time(row["first_success_at"]),
        last_polled_at=read_time(row["last_polled_at"]),
        last_success_at=read_time(row["last_success_at"]),
        last_new_at=read_time(row["last_new_at"]),
        last_outcome=str(row["last_outcome"]) if row["last_outcome"] else None,
        last_detail=str(row["last_detail"]),
        failure_score=float(str(row["failure_score"])),
        failing_since=read_time(row["failing_since"]),
        poll_state=str(row["poll_state"]),
        poll_reason=str(row["poll_reason"]),
        silent_after=read_time(row["silent_after"]),
        moved_to=str(row["moved_to"]) if row["moved_to"] else None,
        held_since=read_time(row["held_since"]),
        held_reason=str(row["held_reason"]),
    )


def _order(db: Database, row: Mapping[str, Value], now: datetime) -> SourceOrder:
    state = SourceState(
        etag=str(row["etag"]) if row["etag"] else None,
        last_modified=str(row["last_modified"]) if row["last_modified"] else None,
        body_hash=str(row["body_hash"]) if row["body_hash"] else None,
        known_keys=known_keys(db, str(row["source_id"]), now),
        pending=pending_entries(db, str(row["source_id"])),
        read_as=read_as(db, str(row["source_id"]), now),
        polled_before=row["first_success_at"] is not None,
    )
    source = _source(row)
    return SourceOrder(
        source=source,
        state=state,
        conditional=bool(row["conditional"]),
        site_files=site_files(db, source.source_id, now),
    )


def _record_fetch(db: Database, order_id: str, source_id: str, outcome: FetchOutcome) -> None:
    insert(
        db,
        "fetch",
        {
            "order_id": order_id,
            "source_id": source_id,
            "url": outcome.url,
            "kind": outcome.kind.value,
            "outcome": outcome.outcome.value,
            "status": outcome.status,
            "detail": outcome.detail,
            "at": time_text(outcome.at),
            "elapsed_ms": round(outcome.elapsed.total_seconds() * 1000),
            "size": outcome.size,
            "moved_to": outcome.moved_to,
        },
    )
