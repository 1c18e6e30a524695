"""A time in, the deliveries that came to an end before it gone out; how many they were stays. SQL.

Alerts themselves stay for good, so that a story's page and `why` can show what was told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.codec import time_to_text
from alerts.outbox import writing

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Deliveries of one transaction: the monitor waits for it some tenths of a second at most.
BATCH = 500

#: Ended, and carried by nothing that has not ended or is younger. What waits, is held or is being sent stays.
_ENDED = """
FROM outbox AS o WHERE o.state IN ('sent', 'dead', 'cancelled') AND coalesce(o.sent_at, o.not_before) < :before
  AND (o.carried_by IS NULL OR EXISTS (SELECT 1 FROM outbox AS d WHERE d.delivery_id = o.carried_by
       AND d.state IN ('sent', 'dead', 'cancelled') AND coalesce(d.sent_at, d.not_before) < :before))
  AND NOT EXISTS (SELECT 1 FROM outbox AS c WHERE c.carried_by = o.delivery_id
       AND (c.state NOT IN ('sent', 'dead', 'cancelled') OR coalesce(c.sent_at, c.not_before) >= :before))
"""


def prunable_deliveries(db: Database, before: datetime) -> int:
    """How many deliveries `prune_deliveries` would take."""
    row = db.execute(f"SELECT count(*) {_ENDED}", {"before": time_to_text(before)}).fetchone()
    return int(row[0])


def prune_deliveries(
    db: Database, before: datetime, progress: Callable[[int], None] = lambda _count: None
) -> int:
    """Take the deliveries that ended before `before` and their attempts, in short transactions; how many."""
    total = 0
    while taken := _prune_some(db, before):
        total += taken
        progress(taken)
    return total


def _prune_some(db: Database, before: datetime) -> int:
    with writing(db):
        rows = db.execute(
            f"SELECT o.delivery_id {_ENDED} ORDER BY o.carried_by IS NULL, o.delivery_id LIMIT :most",
            {"before": time_to_text(before), "most": BATCH},
        ).fetchall()
        ids = [(int(row[0]),) for row in rows]
        db.conn.executemany(
            "INSERT INTO delivered (channel, month, state, alerts) SELECT channel, substr(created_at, 1, 7), state, 1"
            " FROM outbox WHERE delivery_id = ? AND kind = 'alert'"
            " ON CONFLICT (channel, month, state) DO UPDATE SET alerts = alerts + 1",
            ids,
        )
        db.conn.executemany("DELETE FROM attempt WHERE delivery_id = ?", ids)
        db.conn.executemany("DELETE FROM outbox WHERE delivery_id = ?", ids)
    return len(ids)
