"""What the pages show, read from the log. SQL of the review pages stands here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from monitor.database import Value, rows

if TYPE_CHECKING:
    from sqlite_utils import Database


def today_stories(db: Database, limit: int = 50) -> list[dict[str, object]]:
    """The newest stories with the facts of their articles; each fact with its quote."""
    found = rows(db, "SELECT * FROM story ORDER BY developed_at DESC, id DESC LIMIT ?", [limit])
    return [{**row, "facts": _facts(db, str(row["story_id"]))} for row in found]


def _facts(db: Database, story_id: str) -> list[dict[str, object]]:
    found = rows(
        db,
        "SELECT * FROM ledger WHERE story_id = ? AND news ORDER BY score DESC, id LIMIT 6",
        [story_id],
    )
    return [{**row, **{name: _list(row[name]) for name in ("actors", "places", "amounts")}} for row in found]


def _list(value: Value) -> list[object]:
    read = json.loads(str(value or "[]"))
    return read if isinstance(read, list) else []
