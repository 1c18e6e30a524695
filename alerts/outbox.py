"""Alerts in, deliveries with states out: the durable queue between deciding and sending. SQL, no sending.

States: held (waits for a bundle), pending, sending (claimed under a lease), sent, dead, cancelled. `uncertain` is
sticky: once a send went unanswered, the message may have arrived, and no later answer takes that back.
`enqueue` writes inside the caller's transaction; every other function that writes has its own (BEGIN IMMEDIATE).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.codec import alert_from_json, alert_to_json, time_from_text, time_to_text
from alerts.errors import NotQueuedError
from alerts.model import Alert, Channel, Delivery, DeliveryState, Rhythm, SendResult, Severity
from alerts.retry import Settlement, interrupted_wait, is_given_up
from alerts.routes import DAY, WITHDRAWN, RecentAlert, Route, RouteReason, decide, labels_of
from alerts.rows import DELIVERY_COLUMNS, delivery_of_row, digest_alerts, following
from alerts.silences import active_silences

if TYPE_CHECKING:
    from sqlite_utils import Database

#: No wait is longer than this, whatever the clock did in between.
LONGEST_WAIT = timedelta(hours=6)
#: A delivery with fewer tries keeps those behind it waiting, so that a channel's order is kept.
TRIES_IN_ORDER = 6

_CLAIM = """
UPDATE outbox SET state = 'sending', owner = :owner, lease_until = :lease_until, tries = tries + 1
WHERE delivery_id = (
    SELECT delivery_id FROM outbox AS candidate
    WHERE channel = :channel AND state = 'pending' AND not_before <= :now
      AND NOT EXISTS (SELECT 1 FROM outbox AS earlier
                      WHERE earlier.channel = :channel AND earlier.delivery_id < candidate.delivery_id
                        AND (earlier.state = 'sending'
                             OR earlier.state = 'pending' AND earlier.tries < :in_order))
    ORDER BY delivery_id LIMIT 1)
  AND state = 'pending'
  AND (SELECT count(*) FROM attempt WHERE channel = :channel AND started_at > :minute_ago) < :pace
RETURNING delivery_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this process may send until the lease ends. A digest holds several alerts."""

    delivery: Delivery
    attempt: int
    idem_key: str
    is_digest: bool
    alerts: tuple[Alert, ...]
    unanswered: int
    queued_at: datetime


@contextmanager
def writing(db: Database) -> Iterator[Database]:
    """One write transaction. BEGIN IMMEDIATE: a deferred one fails at once when another writer is in between."""
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.conn.rollback()
        raise
    db.conn.execute("COMMIT")


def enqueue(
    db: Database,
    alert: Alert,
    channels: Sequence[Channel],
    now: datetime,
    *,
    rhythm: Rhythm | None = None,
) -> list[int]:
    """Queue `alert` for each channel inside the caller's transaction; the ids of the new deliveries.

    Idempotent by alert and channel: what is queued already keeps its row and its frozen payload. `rhythm` is what
    the alert's watch asks for.
    """
    db.execute(
        "INSERT OR IGNORE INTO alert (alert_id, thread_id, severity, labels, payload, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            alert.alert_id,
            alert.thread_id,
            alert.severity.value,
            json.dumps(labels_of(alert), ensure_ascii=False, sort_keys=True),
            alert_to_json(alert),
            time_to_text(alert.created_at),
        ],
    )
    silences = active_silences(db, now)
    found = []
    for channel in channels:
        recent = _recent(db, alert, channel.name, now)
        route = decide(alert, channel, now, silences=silences, recent=recent, rhythm=rhythm)
        delivery_id = _insert(db, alert, channel.name, route, now)
        if delivery_id is not None:
            found.append(delivery_id)
            for alert_id, other in route.moves.items():
                _move(db, alert_id, channel.name, other, now)
    return found


def _state_of(route: Route) -> DeliveryState:
    if route.reason in WITHDRAWN:
        return DeliveryState.CANCELLED
    return DeliveryState.PENDING if route.bundle is None else DeliveryState.HELD


def _move(db: Database, alert_id: str, channel: str, route: Route, now: datetime) -> None:
    """Give a delivery that waits another route; one that is being sent keeps its own."""
    db.execute(
        "UPDATE outbox SET state = ?, reason = ?, not_before = ?, queued_at = ?, last_error = ?, digest_key = ?"
        " WHERE idem_key = ? AND state IN ('held', 'pending') AND tries = 0 AND carried_by IS NULL",
        [
            _state_of(route).value,
            route.reason.value,
            time_to_text(route.not_before),
            time_to_text(max(now, route.not_before)),
            route.note,
            route.bundle,
            f"{alert_id}|{channel}",
        ],
    )


def _insert(db: Database, alert: Alert, channel: str, route: Route, now: datetime) -> int | None:
    rows = db.execute(
        "INSERT INTO outbox (idem_key, kind, alert_id, channel, state, reason, severity, thread_id, not_before,"
        " created_at, queued_at, last_error, digest_key) VALUES (?, 'alert', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (idem_key) DO NOTHING RETURNING delivery_id",
        [
            f"{alert.alert_id}|{channel}",
            alert.alert_id,
            channel,
            _state_of(route).value,
            route.reason.value,
            alert.severity.value,
            alert.thread_id,
            time_to_text(route.not_before),
            time_to_text(now),
            time_to_text(max(now, route.not_before)),
            route.note,
            route.bundle,
        ],
    ).fetchall()
    return int(rows[0][0]) if rows else None


def _recent(db: Database, alert: Alert, channel: str, now: datetime) -> list[RecentAlert]:
    rows = db.execute(
        "SELECT o.alert_id, o.severity, a.labels, o.created_at, o.reason, o.thread_id, o.digest_key, o.not_before,"
        " CASE WHEN o.thread_id = :thread THEN a.payload ->> '$.changes' END"
        " FROM outbox AS o JOIN alert AS a USING (alert_id)"
        " WHERE o.delivery_id IN (SELECT delivery_id FROM outbox WHERE channel = :channel AND created_at > :since"
        "  UNION SELECT delivery_id FROM outbox WHERE thread_id = :thread AND channel = :channel)"
        " AND o.kind = 'alert' AND o.state NOT IN ('cancelled', 'dead') AND o.alert_id != :own"
        " ORDER BY o.delivery_id",
        {
            "channel": channel,
            "since": time_to_text(now - DAY),
            "thread": alert.thread_id,
            "own": alert.alert_id,
        },
    ).fetchall()
    return [
        RecentAlert(
            alert_id=row[0],
            severity=Severity(row[1]),
            labels=json.loads(row[2]),
            at=time_from_text(row[3]),
            reason=RouteReason(row[4]),
            thread_id=row[5],
            bundle=row[6],
            not_before=time_from_text(row[7]),
            changes=frozenset(json.loads(row[8]) if row[8] else ()),
        )
        for row in rows
    ]


def claim(
    db: Database, channel: str, now: datetime, *, owner: str, lease: timedelta, pace: int = 10
) -> Claimed | None:
    """Take the channel's next due delivery, oldest first, and log its attempt; None when nothing may go now.

    `pace` limits attempts per minute and channel. Exactly one claimer gets a row, however many ask.
    """
    with writing(db):
        rows = db.execute(
            _CLAIM,
            {
                "owner": owner,
                "lease_until": time_to_text(now + lease),
                "channel": channel,
                "now": time_to_text(now),
                "minute_ago": time_to_text(now - timedelta(minutes=1)),
                "in_order": TRIES_IN_ORDER,
                "pace": pace,
            },
        ).fetchall()
        if not rows:
            return None
        delivery_id = int(rows[0][0])
        number = _next_attempt(db, delivery_id)
        db.execute(
            "INSERT INTO attempt (delivery_id, number, channel, started_at) VALUES (?, ?, ?, ?)",
            [delivery_id, number, channel, time_to_text(now)],
        )
        return _claimed(db, delivery_id, number)


def _next_attempt(db: Database, delivery_id: int) -> int:
    row = db.execute("SELECT coalesce(max(number), 0) + 1 FROM attempt WHERE delivery_id = ?", [delivery_id])
    return int(row.fetchone()[0])


def _claimed(db: Database, delivery_id: int, number: int) -> Claimed:
    row = db.execute(DELIVERY_COLUMNS + " WHERE delivery_id = ?", [delivery_id]).fetchone()
    delivery = delivery_of_row(row)
    is_digest = row[15] == "digest"
    return Claimed(
        delivery=delivery,
        attempt=number,
        idem_key=row[18],
        is_digest=is_digest,
        alerts=alerts_in(db, delivery, is_digest=is_digest),
        unanswered=int(row[16]),
        queued_at=time_from_text(row[17]),
    )


def alerts_in(db: Database, delivery: Delivery, *, is_digest: bool) -> tuple[Alert, ...]:
    """The alerts that a delivery brings to its channel."""
    if is_digest:
        return digest_alerts(db, delivery)
    return (following(db, alert_of(db, delivery.alert_id), delivery.channel),)


def settle(
    db: Database, claimed: Claimed, settlement: Settlement, *, owner: str, finished_at: datetime
) -> bool:
    """Record how an attempt ended and what follows from it. False: the lease was lost to somebody else.

    A late success is still written: an accepted message is `sent`, whoever holds the row by then.
    """
    delivery_id = claimed.delivery.delivery_id
    accepted = settlement.result is SendResult.ACCEPTED
    with writing(db):
        db.execute(
            "UPDATE attempt SET finished_at = ?, result = ?, detail = ? WHERE delivery_id = ? AND number = ?",
            [
                time_to_text(finished_at),
                settlement.result.value,
                settlement.detail,
                delivery_id,
                claimed.attempt,
            ],
        )
        changed = db.execute(
            "UPDATE outbox SET state = :state, owner = NULL, lease_until = NULL, last_result = :result,"
            " last_error = :detail, not_before = :not_before, uncertain = max(uncertain, :unknown),"
            " unanswered = unanswered + :unknown, sent_at = coalesce(sent_at, :sent_at), receipt = :receipt"
            " WHERE delivery_id = :id AND state != 'sent' AND (owner = :owner OR :accepted) RETURNING delivery_id",
            {
                "state": settlement.state.value,
                "result": settlement.result.value,
                "detail": "" if accepted else settlement.detail,
                "not_before": time_to_text(settlement.not_before),
                "unknown": int(settlement.result is SendResult.UNKNOWN),
                "sent_at": time_to_text(finished_at) if accepted else None,
                "receipt": settlement.receipt,
                "id": delivery_id,
                "owner": owner,
                "accepted": int(accepted),
            },
        ).fetchall()
        if changed and claimed.is_digest and settlement.state is not DeliveryState.PENDING:
            _settle_carried(db, delivery_id)
    return bool(changed)


def _settle_carried(db: Database, delivery_id: int) -> None:
    """Alerts that a digest carries share its end and its uncertainty."""
    db.execute(
        "UPDATE outbox SET (state, sent_at, last_result, last_error, uncertain) ="
        " (SELECT state, sent_at, last_result, last_error, uncertain FROM outbox WHERE delivery_id = :id)"
        " WHERE carried_by = :id AND state = 'held'",
        {"id": delivery_id},
    )


def recover(db: Database, now: datetime) -> tuple[int, tuple[Delivery, ...]]:
    """Re-open every delivery whose lease has ended: its send may have arrived, so it is uncertain from now on.

    A crash of ours says less about the message than a service that falls silent: it does not count as unanswered.
    But the message may be what crashes us: from the fourth time on it waits, so that the others go out, and after
    many tries in 72 hours it is given up. Also pulls in waits that a jump of the clock made longer than six hours.
    Returns the number re-opened and the deliveries given up.
    """
    with writing(db):
        rows = db.execute(
            "SELECT delivery_id, tries, queued_at FROM outbox"
            " WHERE state = 'sending' AND (lease_until <= ? OR lease_until > ?) ORDER BY delivery_id",
            [time_to_text(now), time_to_text(now + LONGEST_WAIT)],
        ).fetchall()
        for delivery_id, tries, queued_at in rows:
            is_over = is_given_up(tries, now - time_from_text(queued_at))
            detail = "interrupted while sending"
            db.execute(
                "UPDATE outbox SET state = ?, owner = NULL, lease_until = NULL, uncertain = 1, not_before = ?,"
                " last_result = 'unknown', last_error = ? WHERE delivery_id = ?",
                [
                    (DeliveryState.DEAD if is_over else DeliveryState.PENDING).value,
                    time_to_text(now + interrupted_wait(tries)),
                    f"{detail}, {tries} tries: check by hand" if is_over else detail,
                    delivery_id,
                ],
            )
            db.execute(
                "UPDATE attempt SET result = 'unknown', detail = 'no end was recorded'"
                " WHERE delivery_id = ? AND finished_at IS NULL",
                [delivery_id],
            )
        limit = time_to_text(now + LONGEST_WAIT)
        db.execute(
            "UPDATE outbox SET not_before = ? WHERE state = 'pending' AND not_before > ?", [limit, limit]
        )
        reopened = [_one_delivery(db, int(delivery_id)) for delivery_id, _, _ in rows]
        given_up = tuple(row for row in reopened if row.state is DeliveryState.DEAD)
        for row in given_up:
            _settle_carried(db, row.delivery_id)
    return len(rows) - len(given_up), given_up


def _one_delivery(db: Database, delivery_id: int) -> Delivery:
    return delivery_of_row(db.execute(DELIVERY_COLUMNS + " WHERE delivery_id = ?", [delivery_id]).fetchone())


def make_due(db: Database, channel: str, now: datetime) -> None:
    """End the wait of the channel's oldest pending delivery: it is the probe of a broken channel."""
    with writing(db):
        db.execute(
            "UPDATE outbox SET not_before = min(not_before, ?) WHERE delivery_id ="
            " (SELECT min(delivery_id) FROM outbox WHERE channel = ? AND state = 'pending')",
            [time_to_text(now), channel],
        )


def end_leases_of(db: Database, owner_prefix: str, now: datetime) -> int:
    """At start: owners that start with `owner_prefix` are dead processes of this machine; their leases end now."""
    with writing(db):
        rows = db.execute(
            "UPDATE outbox SET lease_until = ? WHERE state = 'sending' AND owner LIKE ? || '%'"
            " RETURNING delivery_id",
            [time_to_text(now), owner_prefix],
        ).fetchall()
    return len(rows)


def alert_of(db: Database, alert_id: str) -> Alert:
    """The frozen alert of `alert_id`; NotQueuedError when there is none."""
    row = db.execute("SELECT payload FROM alert WHERE alert_id = ?", [alert_id]).fetchone()
    if row is None:
        raise NotQueuedError(f"no alert {alert_id} is stored; see `cspwatch alerts queue`")
    return alert_from_json(row[0])
