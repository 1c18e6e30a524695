"""Rows of the outbox in, deliveries and the alerts that they carry out. SQL, reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.codec import alert_from_json, time_from_text, time_to_text
from alerts.model import Alert, AlertKind, Delivery, DeliveryState, SendResult, Severity

if TYPE_CHECKING:
    from sqlite_utils import Database

_OF_A_STORY = frozenset(
    {AlertKind.NEW_STORY, AlertKind.DEVELOPMENT, AlertKind.CORROBORATION, AlertKind.CORRECTION}
)
#: A weekly summary tells of so long before it.
WEEK = timedelta(days=7)

DELIVERY_COLUMNS = """
SELECT delivery_id, alert_id, channel, state, tries, uncertain, not_before, created_at, sent_at, last_result,
       last_error, digest_key, reason, severity, thread_id, kind, unanswered, queued_at, idem_key
FROM outbox
"""


def following(db: Database, alert: Alert, channel: str) -> Alert:
    """`alert` with the first alert of its story on `channel`, whatever watch brought it; as it is where it is first."""
    own = "SELECT delivery_id FROM outbox WHERE idem_key = ?"
    row = db.execute(
        "SELECT alert_id, created_at FROM outbox WHERE thread_id = ? AND channel = ? AND kind = 'alert'"
        f" AND state NOT IN ('cancelled', 'dead') AND delivery_id < coalesce(({own}), 9e18)"
        " ORDER BY delivery_id LIMIT 1",
        [alert.thread_id, channel, f"{alert.alert_id}|{channel}"],
    ).fetchone()
    if row is None or alert.kind not in _OF_A_STORY:
        return alert
    return replace(alert, follows=str(row[0]), follows_at=time_from_text(row[1]))


def first_unanswered(db: Database, delivery: Delivery) -> datetime | None:
    """When the first send began that got no answer, the one under way included; None where all were answered."""
    row = db.execute(
        "SELECT min(started_at) FROM attempt"
        " WHERE delivery_id = ? AND (result IS NULL OR result = 'unknown')",
        [delivery.delivery_id],
    ).fetchone()
    return time_from_text(row[0]) if row[0] else None


def thread_receipt(db: Database, delivery: Delivery) -> str:
    """What the service called the first message of the delivery's story on its channel; "" where there is none."""
    row = db.execute(
        "SELECT receipt FROM outbox WHERE thread_id = ? AND channel = ? AND receipt != '' AND delivery_id < ?"
        " AND kind = 'alert' ORDER BY delivery_id LIMIT 1",
        [delivery.thread_id, delivery.channel, delivery.delivery_id],
    ).fetchone()
    return str(row[0]) if row else ""


def digest_named(db: Database, key: str, channel: str = "") -> Delivery | None:
    """The digest of this key, as `cspwatch alerts queue` names it; None where there is none on the channel."""
    row = db.execute(
        DELIVERY_COLUMNS + " WHERE kind = 'digest' AND alert_id = ? AND (? = '' OR channel = ?)",
        [key, channel, channel],
    ).fetchone()
    return delivery_of_row(row) if row else None


def digest_alerts(db: Database, delivery: Delivery) -> tuple[Alert, ...]:
    """What a digest carries; a weekly summary tells of all alerts of its channel and week once more."""
    if "|weekly|" not in delivery.alert_id:
        return _carried_alerts(db, delivery)
    rows = db.execute(
        "SELECT a.payload FROM outbox AS o JOIN alert AS a USING (alert_id) WHERE o.channel = ?"
        " AND o.state IN ('sent', 'held', 'pending') AND o.created_at > ? AND o.created_at <= ?"
        " ORDER BY o.delivery_id",
        [delivery.channel, time_to_text(delivery.created_at - WEEK), time_to_text(delivery.created_at)],
    ).fetchall()
    alerts = (alert_from_json(row[0]) for row in rows)
    return tuple(following(db, alert, delivery.channel) for alert in alerts if alert.facts)


def _carried_alerts(db: Database, delivery: Delivery) -> tuple[Alert, ...]:
    rows = db.execute(
        "SELECT a.payload FROM outbox AS o JOIN alert AS a USING (alert_id)"
        " WHERE o.carried_by = ? ORDER BY o.delivery_id",
        [delivery.delivery_id],
    ).fetchall()
    return tuple(following(db, alert_from_json(row[0]), delivery.channel) for row in rows)


def delivery_of_row(row: Sequence[str | int | None]) -> Delivery:
    """The delivery of a row with `DELIVERY_COLUMNS`."""
    sent_at, last_result = row[8], row[9]
    return Delivery(
        delivery_id=int(row[0] or 0),
        alert_id=str(row[1]),
        channel=str(row[2]),
        state=DeliveryState(str(row[3])),
        tries=int(row[4] or 0),
        uncertain=bool(row[5]),
        not_before=time_from_text(str(row[6])),
        created_at=time_from_text(str(row[7])),
        sent_at=time_from_text(str(sent_at)) if sent_at else None,
        last_result=SendResult(str(last_result)) if last_result else None,
        last_error=str(row[10]),
        digest_key=str(row[11]) if row[11] else None,
        reason=str(row[12]),
        severity=Severity(str(row[13])),
        thread_id=str(row[14]),
    )
