"""Held alerts in, digests in the queue out: opens what is due, each slot exactly once. SQL, no sending.

A digest is a row of the outbox of kind `digest`, so leases, attempts and the sticky uncertainty hold for it as for
any other message; the alerts it carries point at it and share its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.codec import time_from_text, time_to_text
from alerts.model import Channel
from alerts.outbox import writing
from alerts.schedule import LOOK_BACK, Slot, digest_slots, next_slot

if TYPE_CHECKING:
    from sqlite_utils import Database

#: After an outage, more waiting messages than this come as one digest.
SINGLES_AFTER_OUTAGE = 10


def open_due(db: Database, channel: Channel, now: datetime) -> list[int]:
    """Open every bundle of `channel` that is due at `now`; the delivery ids of the new digests.

    Digests missed while nothing ran are caught up by the newest one and recorded as missed. A bundle of quiet
    hours, rate or inhibition that holds one alert only becomes a single message again.
    """
    with writing(db):
        opened = _open_digest(db, channel, now)
        opened += _open_weekly(db, channel, now)
        return opened + _open_watch_digests(db, channel.name, now) + _open_others(db, channel.name, now)


def _open_digest(db: Database, channel: Channel, now: datetime) -> list[int]:
    if next_slot(channel, now) is None:
        return _open_stranded(db, channel.name, now)
    since = _digest_since(db, channel.name, now)
    slots = digest_slots(channel, since, now)
    if not slots:
        return []
    newest = slots[-1]
    for slot in slots[:-1]:
        _record_run(db, channel.name, slot, now, outcome="missed", carried_by=newest.key)
    waiting = _held(db, channel.name, newest.due, now)
    outcome = "opened" if waiting or channel.send_empty_digest else "empty"
    fresh = _record_run(db, channel.name, newest, now, outcome=outcome)
    db.execute(
        "UPDATE channel_state SET digest_since = ? WHERE channel = ?",
        [time_to_text(newest.due), channel.name],
    )
    if not fresh or outcome == "empty":
        return []
    return [_carry(db, channel.name, newest.key, waiting, now)]


def _open_weekly(db: Database, channel: Channel, now: datetime) -> list[int]:
    """The weekly summary, once for each slot; missed ones are not caught up, for the newest covers its week."""
    if channel.weekly is None:
        return []
    row = db.execute(
        "SELECT max(due_at) FROM digest_run WHERE channel = ? AND digest_key LIKE '%|weekly|%' AND due_at <= ?",
        [channel.name, time_to_text(now)],
    ).fetchone()
    if row[0] is None:
        _record_run(db, channel.name, Slot(due=now, key=f"{channel.name}|weekly|start"), now, outcome="empty")
        return []
    slots = digest_slots(replace(channel, digest=channel.weekly), time_from_text(row[0]), now)
    if not slots:
        return []
    due, key = slots[-1].due, slots[-1].key.replace("|", "|weekly|", 1)
    fresh = _record_run(db, channel.name, Slot(due=due, key=key), now, outcome="opened")
    return [_carry(db, channel.name, key, [], now)] if fresh else []


def _digest_since(db: Database, channel: str, now: datetime) -> datetime:
    """Up to when digests are accounted for; the first time, up to the oldest alert that waits for one, or `now`.

    A value more than a day ahead was written by a clock that was wrong; the slots' keys prevent a repeat.
    """
    db.execute(
        "INSERT INTO channel_state (channel, digest_since) VALUES (:channel, (SELECT coalesce(min(created_at), :now)"
        " FROM outbox WHERE channel = :channel AND state = 'held' AND reason = 'digest'))"
        " ON CONFLICT (channel) DO UPDATE SET digest_since = coalesce(digest_since, excluded.digest_since)",
        {"channel": channel, "now": time_to_text(now)},
    )
    row = db.execute("SELECT digest_since FROM channel_state WHERE channel = ?", [channel]).fetchone()
    since = time_from_text(row[0])
    if since - now <= timedelta(days=1):
        return max(since, now - LOOK_BACK)
    db.execute("UPDATE channel_state SET digest_since = ? WHERE channel = ?", [time_to_text(now), channel])
    return now


def _record_run(
    db: Database, channel: str, slot: Slot, now: datetime, *, outcome: str, carried_by: str | None = None
) -> bool:
    rows = db.execute(
        "INSERT INTO digest_run (digest_key, channel, due_at, opened_at, outcome, carried_by)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (digest_key) DO NOTHING RETURNING digest_key",
        [slot.key, channel, time_to_text(slot.due), time_to_text(now), outcome, carried_by],
    ).fetchall()
    return bool(rows)


def _held(db: Database, channel: str, due: datetime, now: datetime) -> list[int]:
    """Held alerts whose slot has come, those of earlier, missed slots too.

    What was there before `due` belongs to it, also where the channel had other times when it was held.
    """
    rows = db.execute(
        "SELECT delivery_id FROM outbox WHERE channel = ? AND state = 'held' AND carried_by IS NULL"
        " AND reason = 'digest' AND (not_before <= ? OR created_at < ?) ORDER BY delivery_id",
        [channel, time_to_text(now), time_to_text(due)],
    ).fetchall()
    return [int(row[0]) for row in rows]


def _open_stranded(db: Database, channel: str, now: datetime) -> list[int]:
    """What waits for a digest that the channel no longer has goes out now; more than one in one message."""
    rows = db.execute(
        "SELECT delivery_id FROM outbox WHERE channel = ? AND state = 'held' AND carried_by IS NULL"
        " AND reason = 'digest' ORDER BY delivery_id",
        [channel],
    ).fetchall()
    members = [int(row[0]) for row in rows]
    if not members:
        return []
    if len(members) == 1:
        db.execute(
            "UPDATE outbox SET state = 'pending', not_before = ?, digest_key = NULL WHERE delivery_id = ?",
            [time_to_text(now), *members],
        )
        return []
    return [_carry(db, channel, f"{channel}|digest ended|{time_to_text(now)}", members, now)]


def _open_watch_digests(db: Database, channel: str, now: datetime) -> list[int]:
    """One digest for each watch whose time has come; earlier ones that nobody opened are caught up by the newest."""
    rows = db.execute(
        "SELECT delivery_id, digest_key, not_before FROM outbox WHERE channel = ? AND state = 'held'"
        " AND carried_by IS NULL AND reason = 'watch-digest' AND not_before <= ? ORDER BY not_before, delivery_id",
        [channel, time_to_text(now)],
    ).fetchall()
    due: dict[str, dict[str, datetime]] = {}
    members: dict[str, list[int]] = {}
    for delivery_id, key, at in rows:
        watch = str(key).rsplit("|", 2)[0]
        due.setdefault(watch, {})[str(key)] = time_from_text(at)
        members.setdefault(watch, []).append(int(delivery_id))
    opened = []
    for watch, slots in due.items():
        *missed, newest = slots
        for key in missed:
            _record_run(db, channel, Slot(due=slots[key], key=key), now, outcome="missed", carried_by=newest)
        opened.append(_carry(db, channel, newest, members[watch], now))
    return opened


def _open_others(db: Database, channel: str, now: datetime) -> list[int]:
    rows = db.execute(
        "SELECT delivery_id, digest_key FROM outbox WHERE channel = ? AND state = 'held' AND carried_by IS NULL"
        " AND reason NOT IN ('digest', 'watch-digest') AND not_before <= ? ORDER BY delivery_id",
        [channel, time_to_text(now)],
    ).fetchall()
    groups: dict[str, list[int]] = {}
    for delivery_id, key in rows:
        groups.setdefault(str(key), []).append(int(delivery_id))
    opened = []
    for key, members in groups.items():
        if len(members) == 1:
            db.execute(
                "UPDATE outbox SET state = 'pending', digest_key = NULL WHERE delivery_id = ?", members
            )
        else:
            opened.append(_carry(db, channel, key, members, now))
    return opened


def bundle_waiting(db: Database, channel: str, now: datetime) -> int | None:
    """After an outage: when more than ten messages wait, make one digest of them; its delivery id.

    Uncertain ones stay single, so that each can say that it may be a repeat.
    """
    with writing(db):
        rows = db.execute(
            "SELECT delivery_id FROM outbox WHERE channel = ? AND state = 'pending' AND kind = 'alert'"
            " AND uncertain = 0 ORDER BY delivery_id",
            [channel],
        ).fetchall()
        members = [int(row[0]) for row in rows]
        if len(members) <= SINGLES_AFTER_OUTAGE:
            db.execute(
                "UPDATE outbox SET not_before = min(not_before, ?) WHERE channel = ? AND state = 'pending'",
                [time_to_text(now), channel],
            )
            return None
        return _carry(db, channel, f"{channel}|outage|{time_to_text(now)}", members, now)


def _carry(db: Database, channel: str, key: str, members: list[int], now: datetime) -> int:
    text = time_to_text(now)
    taken = db.execute("SELECT 1 FROM outbox WHERE idem_key = ?", [key]).fetchone()
    row = db.execute(
        "INSERT INTO outbox (idem_key, kind, alert_id, channel, state, reason, severity, thread_id, not_before,"
        " created_at, queued_at, digest_key) VALUES (:idem_key, 'digest', :idem_key, :channel, 'pending', 'digest',"
        " 'informational', '', :now, :now, :now, :key) RETURNING delivery_id",
        {"idem_key": f"{key}+{text}" if taken else key, "key": key, "channel": channel, "now": text},
    ).fetchone()
    delivery_id = int(row[0])
    db.conn.executemany(
        "UPDATE outbox SET state = 'held', carried_by = ?, digest_key = ? WHERE delivery_id = ?",
        [(delivery_id, key, member) for member in members],
    )
    return delivery_id


def held_back(db: Database, channel: str, since: datetime) -> Mapping[str, int]:
    """Alerts of `channel` since `since` that were not sent, by named reason: for the coverage line.

    What another watch told the channel is not held back.
    """
    rows = db.execute(
        "SELECT reason, count(*) FROM outbox WHERE channel = ? AND kind = 'alert' AND created_at > ?"
        " AND (state = 'cancelled' AND reason != 'told' OR state = 'held' AND carried_by IS NULL)"
        " GROUP BY reason ORDER BY reason",
        [channel, time_to_text(since)],
    ).fetchall()
    return {str(row[0]): int(row[1]) for row in rows}


def caught_up(db: Database, key: str) -> tuple[datetime, ...]:
    """Due times of the missed digests that the one with `key` catches up."""
    rows = db.execute("SELECT due_at FROM digest_run WHERE carried_by = ? ORDER BY due_at", [key]).fetchall()
    return tuple(time_from_text(row[0]) for row in rows)
