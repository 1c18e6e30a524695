"""The tables of the outbox as append-only migrations: a Database in, tables out. A released step is frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils.migrations import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("alerts")

_FIRST = (
    """
    CREATE TABLE alert (
        alert_id TEXT PRIMARY KEY,
        thread_id TEXT NOT NULL,
        severity TEXT NOT NULL,
        labels TEXT NOT NULL,        -- JSON: what silences and inhibition match on
        payload TEXT NOT NULL,       -- JSON of alerts.model.Alert, frozen at enqueue
        created_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE outbox (
        delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
        idem_key TEXT NOT NULL UNIQUE,   -- alert_id|channel, or the digest's key
        kind TEXT NOT NULL CHECK (kind IN ('alert', 'digest')),
        alert_id TEXT NOT NULL,          -- of a digest: its key
        channel TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('held', 'pending', 'sending', 'sent', 'dead', 'cancelled')),
        reason TEXT NOT NULL,
        severity TEXT NOT NULL,
        thread_id TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,      -- sticky: an unanswered send may have arrived
        unanswered INTEGER NOT NULL DEFAULT 0,     -- number of sends without an answer
        not_before TEXT NOT NULL,
        created_at TEXT NOT NULL,
        queued_at TEXT NOT NULL,         -- when it became due for the first time: age limit of retries
        owner TEXT,
        lease_until TEXT,
        sent_at TEXT,
        last_result TEXT,
        last_error TEXT NOT NULL DEFAULT '',
        digest_key TEXT,                 -- slot that will carry, carries or carried this alert
        carried_by INTEGER REFERENCES outbox(delivery_id)
    ) STRICT
    """,
    "CREATE INDEX outbox_due ON outbox (channel, state, delivery_id)",
    "CREATE INDEX outbox_alert ON outbox (alert_id)",
    "CREATE INDEX outbox_carried ON outbox (carried_by) WHERE carried_by IS NOT NULL",
    """
    CREATE TABLE attempt (
        delivery_id INTEGER NOT NULL REFERENCES outbox(delivery_id),
        number INTEGER NOT NULL,
        channel TEXT NOT NULL,
        started_at TEXT NOT NULL,
        finished_at TEXT,                -- NULL: no end was recorded, so it may have arrived
        result TEXT,
        detail TEXT NOT NULL DEFAULT '', -- never holds the channel's URL
        PRIMARY KEY (delivery_id, number)
    ) STRICT
    """,
    "CREATE INDEX attempt_pace ON attempt (channel, started_at)",
    """
    CREATE TABLE silence (
        silence_id INTEGER PRIMARY KEY,
        matchers TEXT NOT NULL,          -- as written: provider=alibaba_cloud country!=CN
        starts_at TEXT NOT NULL,
        ends_at TEXT NOT NULL,
        comment TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE channel_state (
        channel TEXT PRIMARY KEY,
        failures INTEGER NOT NULL DEFAULT 0,         -- in a row, of any kind
        broken_failures INTEGER NOT NULL DEFAULT 0,  -- in a row, of class channel-broken
        broken_since TEXT,                           -- NULL: working
        next_probe TEXT,
        last_error TEXT NOT NULL DEFAULT '',
        digest_since TEXT                            -- digests up to this time are accounted for
    ) STRICT
    """,
    """
    CREATE TABLE digest_run (
        digest_key TEXT PRIMARY KEY,     -- channel|local date|time
        channel TEXT NOT NULL,
        due_at TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('opened', 'empty', 'missed')),
        carried_by TEXT                  -- of a missed digest: key of the one that caught it up
    ) STRICT
    """,
)


_RECEIPTS = (
    "ALTER TABLE outbox ADD COLUMN receipt TEXT NOT NULL DEFAULT ''",  # the service's own name of the message
    "CREATE INDEX outbox_thread ON outbox (thread_id, channel)",
    "CREATE INDEX outbox_recent ON outbox (channel, created_at)",
    "CREATE INDEX alert_thread ON alert (thread_id)",
)

_DELIVERED = """
CREATE TABLE delivered (
    channel TEXT NOT NULL,
    month TEXT NOT NULL,             -- 2026-11, of the time when they were queued
    state TEXT NOT NULL,
    alerts INTEGER NOT NULL,
    PRIMARY KEY (channel, month, state)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m001_outbox(db: Database) -> None:
    """The first form: frozen alerts, deliveries with leases, attempts, silences, channels, digests."""
    for statement in _FIRST:
        db.execute(statement)


@migrations()
def m002_receipts(db: Database) -> None:
    """What a service called a message, so that the next one of its story can reply to it."""
    for statement in _RECEIPTS:
        db.execute(statement)


@migrations()
def m003_delivered(db: Database) -> None:
    """How many deliveries were pruned, by channel, month and state."""
    db.execute(_DELIVERED)
