"""The outbox as an operator sees and moves it: deliveries, attempts, counts; retry, cancel, release by hand. SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.codec import time_from_text, time_to_text
from alerts.errors import NotQueuedError
from alerts.model import Attempt, Delivery, DeliveryState, SendResult
from alerts.outbox import writing
from alerts.rows import DELIVERY_COLUMNS, delivery_of_row

if TYPE_CHECKING:
    from sqlite_utils import Database


def queue(
    db: Database, *, states: Sequence[DeliveryState] = (), channel: str = "", limit: int = 200
) -> list[Delivery]:
    """Deliveries, newest first, of the given states and channel (all when empty)."""
    chosen = [state.value for state in states] or [state.value for state in DeliveryState]
    marks = ", ".join("?" for _ in chosen)
    rows = db.execute(
        f"{DELIVERY_COLUMNS} WHERE state IN ({marks}) AND (? = '' OR channel = ?) ORDER BY delivery_id DESC LIMIT ?",
        [*chosen, channel, channel, limit],
    ).fetchall()
    return [delivery_of_row(row) for row in rows]


def deliveries_of(db: Database, alert_id: str) -> list[Delivery]:
    """Every delivery of one alert, in the order in which it was queued."""
    rows = db.execute(DELIVERY_COLUMNS + " WHERE alert_id = ? ORDER BY delivery_id", [alert_id]).fetchall()
    return [delivery_of_row(row) for row in rows]


def history(db: Database, delivery_id: int) -> list[Attempt]:
    """The attempts of one delivery, first to last; of a carried alert, those of the digest that carries it."""
    rows = db.execute(
        "SELECT delivery_id, number, started_at, finished_at, result, detail FROM attempt WHERE delivery_id IN"
        " (SELECT coalesce(carried_by, delivery_id) FROM outbox WHERE delivery_id = ?) ORDER BY number",
        [delivery_id],
    ).fetchall()
    return [
        Attempt(
            delivery_id=row[0],
            number=row[1],
            started_at=time_from_text(row[2]),
            finished_at=time_from_text(row[3]) if row[3] else None,
            result=SendResult(row[4]) if row[4] else None,
            detail=row[5],
        )
        for row in rows
    ]


def counts(db: Database) -> Mapping[tuple[str, DeliveryState], int]:
    """Number of alerts (not of digests) per channel and state, those with pruned deliveries too."""
    rows = db.execute(
        "SELECT channel, state, sum(n) FROM (SELECT channel, state, count(*) AS n FROM outbox WHERE kind = 'alert'"
        " GROUP BY 1, 2 UNION ALL SELECT channel, state, alerts FROM delivered) GROUP BY 1, 2"
    ).fetchall()
    return {(row[0], DeliveryState(row[1])): int(row[2]) for row in rows}


def retry(db: Database, delivery_id: int, now: datetime) -> Delivery:
    """Send a dead or waiting delivery now, with a fresh age limit. Its uncertainty stays. NotQueuedError otherwise.

    A dead digest takes the alerts that it carried along again.
    """
    moved = _move(
        db,
        delivery_id,
        "UPDATE outbox SET state = 'pending', not_before = :now, queued_at = :now, tries = 0, unanswered = 0,"
        " carried_by = NULL,"
        " digest_key = CASE WHEN kind = 'digest' THEN digest_key END"
        " WHERE delivery_id = :id AND state IN ('dead', 'pending') RETURNING delivery_id",
        now,
        "only a dead or pending delivery can be sent again",
    )
    with writing(db):
        db.execute("UPDATE outbox SET state = 'held' WHERE carried_by = ? AND state = 'dead'", [delivery_id])
    return moved


def release(db: Database, delivery_id: int, now: datetime) -> Delivery:
    """Send a held delivery now and alone, not in the bundle it waits for. NotQueuedError when it is not held."""
    return _move(
        db,
        delivery_id,
        "UPDATE outbox SET state = 'pending', not_before = :now, queued_at = :now, digest_key = NULL"
        " WHERE delivery_id = :id AND state = 'held' AND carried_by IS NULL RETURNING delivery_id",
        now,
        "only a held delivery that no digest carries yet can be released",
    )


def cancel(db: Database, delivery_id: int, now: datetime) -> Delivery:
    """Withdraw a delivery that was not sent. NotQueuedError when it was, or is being sent."""
    return _move(
        db,
        delivery_id,
        "UPDATE outbox SET state = 'cancelled', last_error = 'withdrawn by hand', not_before = :now"
        " WHERE delivery_id = :id AND state IN ('held', 'pending', 'dead') AND carried_by IS NULL"
        " RETURNING delivery_id",
        now,
        "only a delivery that was not sent can be cancelled",
    )


def withdraw_story(db: Database, thread_id: str, now: datetime) -> int:
    """Cancel what waits of a story, inside the caller's transaction; the number of deliveries withdrawn."""
    rows = db.execute(
        "UPDATE outbox SET state = 'cancelled', reason = 'story-muted', not_before = ?"
        " WHERE thread_id = ? AND state IN ('held', 'pending') AND carried_by IS NULL AND uncertain = 0"
        " RETURNING delivery_id",
        [time_to_text(now), thread_id],
    ).fetchall()
    return len(rows)


def _move(db: Database, delivery_id: int, statement: str, now: datetime, refusal: str) -> Delivery:
    with writing(db):
        changed = db.execute(statement, {"id": delivery_id, "now": time_to_text(now)}).fetchall()
        row = db.execute(DELIVERY_COLUMNS + " WHERE delivery_id = ?", [delivery_id]).fetchone()
    if row is None:
        raise NotQueuedError(f"there is no delivery {delivery_id}; `cspwatch alerts queue` lists them")
    if not changed:
        raise NotQueuedError(f"delivery {delivery_id} is {row[3]}; {refusal}")
    return delivery_of_row(row)
