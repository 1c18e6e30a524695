"""Silences and story mutes: matchers and an end in, the silences that hold out. SQL, no deciding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.codec import time_from_text, time_to_text
from alerts.errors import NotQueuedError
from alerts.matchers import check_matchers, matchers_text, matches, parse_matchers
from alerts.model import Silence

if TYPE_CHECKING:
    from sqlite_utils import Database

_COLUMNS = "SELECT silence_id, matchers, starts_at, ends_at, comment FROM silence"


def add_silence(
    db: Database,
    matchers: str,
    now: datetime,
    ends_at: datetime,
    *,
    comment: str = "",
    known: Mapping[str, Mapping[str, str]] | None = None,
) -> Silence:
    """Silence what `matchers` match from `now` until `ends_at`, in the caller's transaction.

    `known` are the values that labels can have, with their names. Raises BadMatcherError when the matchers cannot be
    read or name what no alert has.
    """
    parsed = parse_matchers(matchers)
    check_matchers(parsed, known)
    text = matchers_text(parsed)
    row = db.execute(
        "INSERT INTO silence (matchers, starts_at, ends_at, comment) VALUES (?, ?, ?, ?)"
        " RETURNING silence_id, matchers, starts_at, ends_at, comment",
        [text, time_to_text(now), time_to_text(ends_at), comment],
    ).fetchone()
    return _silence(row)


def end_silence(db: Database, silence_id: int, now: datetime) -> Silence:
    """End a silence now, in the caller's transaction; NotQueuedError when there is none with that id."""
    row = db.execute(
        "UPDATE silence SET ends_at = min(ends_at, ?) WHERE silence_id = ?"
        " RETURNING silence_id, matchers, starts_at, ends_at, comment",
        [time_to_text(now), silence_id],
    ).fetchone()
    if row is None:
        raise NotQueuedError(f"there is no silence {silence_id}; `cspwatch alerts silence` lists them")
    return _silence(row)


def active_silences(db: Database, now: datetime) -> list[Silence]:
    """The silences that hold at `now`, oldest first."""
    text = time_to_text(now)
    rows = db.execute(_COLUMNS + " WHERE starts_at <= ? AND ends_at > ? ORDER BY silence_id", [text, text])
    return [_silence(row) for row in rows.fetchall()]


def all_silences(db: Database) -> list[Silence]:
    """Every silence, the ended ones too, newest first."""
    return [_silence(row) for row in db.execute(_COLUMNS + " ORDER BY silence_id DESC").fetchall()]


def told_watches(db: Database) -> frozenset[str]:
    """The watches that alerts are of, those that are gone too."""
    rows = db.execute(
        "SELECT DISTINCT labels ->> 'watch' FROM alert WHERE labels ->> 'watch' != ''"
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def matched(db: Database, silence: Silence, since: datetime) -> int:
    """How many of the alerts since `since` the silence would have held back."""
    rows = db.execute("SELECT labels FROM alert WHERE created_at > ?", [time_to_text(since)]).fetchall()
    return sum(matches(silence.matchers, json.loads(row[0])) for row in rows)


def _silence(row: tuple[int, str, str, str, str]) -> Silence:
    return Silence(
        silence_id=row[0],
        matchers=parse_matchers(row[1]),
        starts_at=time_from_text(row[2]),
        ends_at=time_from_text(row[3]),
        comment=row[4],
    )
