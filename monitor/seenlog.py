"""Entries of indexes in and out of the log: which are known, which wait, and as what they were read.

All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.items import Entry, ReadAs
from monitor.database import insert, marks, read_time, rows, time_text
from monitor.searching import title_key

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Entries not seen in an index for this long are not handed to the crawler as known any more.
KNOWN_FOR = timedelta(days=60)
#: An entry that left the index so long ago is not watched for edits any more.
REVISED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenEntry:
    """One entry of an index as remembered."""

    url_key: str
    entry_key: str
    title_key: str
    state: str
    tries: int = 0
    baseline: bool = False
    modified: datetime | None = None  # the index's date of change when the article was last read
    wording: str = ""  # what a feed said of it then


def seen_entries(db: Database, source_id: str, entries: Sequence[Entry]) -> dict[str, SeenEntry]:
    """What is remembered of these entries, by the url_key they have now: same URL, same GUID or same title and day."""
    by_url = _seen(db, source_id, "url_key", [entry.url_key for entry in entries])
    by_title = _seen(
        db, source_id, "title_key", [key for entry in entries if (key := entry_title_key(entry))]
    )
    found: dict[str, SeenEntry] = {}
    for entry in entries:
        known = by_url.get(entry.url_key) or by_title.get(entry_title_key(entry))
        if known is not None:
            found[entry.url_key] = known
    return found


def store_seen(db: Database, source_id: str, entry: SeenEntry, now: datetime) -> None:
    """Remember an entry. `last_seen_at` counts days: an unchanged entry costs one write a day, not one a poll."""
    day = now.strftime("%Y-%m-%dT00:00:00Z")
    insert(
        db,
        "seen",
        {
            "source_id": source_id,
            "url_key": entry.url_key,
            "entry_key": entry.entry_key,
            "title_key": entry.title_key,
            "state": entry.state,
            "tries": entry.tries,
            "baseline": int(entry.baseline),
            "first_seen_at": time_text(now),
            "last_seen_at": day,
            "modified": time_text(entry.modified) if entry.modified else None,
            "wording": entry.wording,
        },
        on_conflict=(
            "ON CONFLICT (source_id, url_key) DO UPDATE SET state = excluded.state, tries = excluded.tries,"
            " entry_key = excluded.entry_key, title_key = excluded.title_key, last_seen_at = excluded.last_seen_at,"
            " modified = excluded.modified, wording = excluded.wording"
            " WHERE state != excluded.state OR tries != excluded.tries OR last_seen_at != excluded.last_seen_at"
            " OR entry_key != excluded.entry_key OR title_key != excluded.title_key"
            " OR modified IS NOT excluded.modified OR wording != excluded.wording"
        ),
    )


def settle_pending(db: Database, source_id: str, still: Sequence[str]) -> None:
    """Make every pending entry known but those in `still`: read, given up, or gone from the index."""
    db.conn.execute(
        "UPDATE seen SET state = 'known' WHERE source_id = ? AND state = 'pending'"
        f" AND url_key NOT IN ({marks(still)})",
        [source_id, *still],
    )


def entry_title_key(entry: Entry) -> str:
    """Folded title and day: what survives new URLs and GUIDs. "" where the title says too little."""
    folded = title_key(entry.title)
    if len(folded) < 8:
        return ""
    return f"{folded[:120]}|{entry.published.date().isoformat() if entry.published else ''}"


def known_keys(db: Database, source_id: str, now: datetime) -> frozenset[str]:
    """Keys of the entries that need no reading."""
    keys: set[str] = set()
    for row in db.conn.execute(
        "SELECT url_key, entry_key FROM seen WHERE source_id = ? AND state = 'known' AND last_seen_at >= ?",
        [source_id, time_text(now - KNOWN_FOR)],
    ):
        keys.update(row)
    return frozenset(keys - {""})


def pending_entries(db: Database, source_id: str) -> tuple[tuple[str, int], ...]:
    """Articles still to be read, with their failed tries."""
    found = rows(
        db,
        "SELECT url_key, tries FROM seen WHERE source_id = ? AND state = 'pending' ORDER BY url_key",
        [source_id],
    )
    return tuple((str(row["url_key"]), int(str(row["tries"]))) for row in found)


def read_as(db: Database, source_id: str, now: datetime) -> tuple[ReadAs, ...]:
    """Entries lately in the index, with what it said of them when they were read."""
    found = rows(
        db,
        "SELECT url_key, modified, wording FROM seen WHERE source_id = ? AND state = 'known'"
        " AND (modified IS NOT NULL OR wording != '') AND last_seen_at >= ? ORDER BY url_key",
        [source_id, time_text(now - REVISED_WITHIN)],
    )
    return tuple(
        ReadAs(url_key=str(row["url_key"]), modified=read_time(row["modified"]), wording=str(row["wording"]))
        for row in found
    )


def _seen(db: Database, source_id: str, column: str, keys: Sequence[str]) -> dict[str, SeenEntry]:
    found: dict[str, SeenEntry] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        for row in rows(
            db,
            f"SELECT * FROM seen WHERE source_id = ? AND {column} IN ({marks(part)}) ORDER BY first_seen_at DESC",
            [source_id, *part],
        ):
            found[str(row[column])] = SeenEntry(
                url_key=str(row["url_key"]),
                entry_key=str(row["entry_key"]),
                title_key=str(row["title_key"]),
                state=str(row["state"]),
                tries=int(str(row["tries"])),
                baseline=bool(row["baseline"]),
                modified=read_time(row["modified"]),
                wording=str(row["wording"]),
            )
    return found
