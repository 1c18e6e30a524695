"""How well each source is read, in and out of the log: judged after each poll that brought articles.

All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.items import Completeness
from monitor.database import first, insert, rows, time_text
from monitor.readingstate import (
    LATEST,
    LEAST_REFERENCE,
    REFERENCE,
    Habit,
    Reading,
    ReadText,
    habit_of,
    reading_of,
)

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingTrouble:
    """What is wrong with reading a source, in a sentence."""

    reading: Reading
    detail: str


def note_reading(db: Database, source_id: str, now: datetime) -> Reading:
    """Judge the latest articles of a source by those before, and keep what came out."""
    found = rows(
        db,
        "SELECT v.text, v.link_density, a.completeness FROM article AS a"
        " JOIN article_version AS v USING (article_id, version)"
        f" WHERE a.source_id = ? AND v.pruned_at IS NULL ORDER BY a.id DESC LIMIT {LATEST + REFERENCE}",
        [source_id],
    )
    texts = [
        ReadText(
            text=str(row["text"]),
            completeness=Completeness(str(row["completeness"])),
            link_density=float(str(row["link_density"])),
        )
        for row in found
    ]
    known = first(db, "SELECT reading, habit FROM source_reading WHERE source_id = ?", [source_id])
    was = Reading(str(known["reading"])) if known else Reading.WELL
    before = _habit(str(known["habit"])) if known and was is Reading.DRIFT else _habit_before(texts[LATEST:])
    reading, detail = reading_of(texts[:LATEST], before)
    if reading is not was or (reading is not Reading.WELL and known):
        insert(
            db,
            "source_reading",
            {
                "source_id": source_id,
                "reading": reading.value,
                "detail": detail,
                "since": time_text(now),
                "habit": json.dumps(asdict(before)) if before else "",
            },
            on_conflict=(
                "ON CONFLICT (source_id) DO UPDATE SET reading = excluded.reading, detail = excluded.detail,"
                " since = iif(reading = excluded.reading, since, excluded.since), habit = excluded.habit"
            ),
        )
    return reading


def reading_troubles(db: Database) -> dict[str, ReadingTrouble]:
    """Source → what is wrong with reading it; those that are read well are left out."""
    return {
        str(row["source_id"]): ReadingTrouble(reading=Reading(str(row["reading"])), detail=str(row["detail"]))
        for row in rows(db, "SELECT source_id, reading, detail FROM source_reading WHERE reading != 'well'")
    }


def _habit_before(texts: list[ReadText]) -> Habit | None:
    whole = [
        one
        for one in texts
        if one.text and one.completeness in (Completeness.FULL, Completeness.FEED, Completeness.UNKNOWN)
    ]
    return habit_of(whole) if len(whole) >= LEAST_REFERENCE else None


def _habit(text: str) -> Habit | None:
    return Habit(**json.loads(text)) if text else None
