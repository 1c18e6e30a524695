"""The circuit breaker of a channel: results of sends in, "may I send, and as a probe?" out. SQL on channel_state.

Three failures in a row that say the channel itself is broken (wrong password, gone webhook), or ten of any kind,
open it: deliveries wait, one probe goes out every fifteen minutes, and the first success closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alerts.codec import time_from_text, time_to_text
from alerts.model import SendResult
from alerts.outbox import writing

if TYPE_CHECKING:
    from sqlite_utils import Database

BROKEN_AFTER = 3  # failures of class channel-broken in a row
BROKEN_AFTER_ANY = 10  # failures of any kind in a row
PROBE_EVERY = timedelta(minutes=15)


class BreakerChange(StrEnum):
    """What one result did to the channel."""

    NONE = "none"
    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What is remembered of one channel."""

    channel: str
    failures: int = 0
    broken_failures: int = 0
    broken_since: datetime | None = None
    next_probe: datetime | None = None
    last_error: str = ""


def channel_state(db: Database, channel: str) -> ChannelState:
    """State of `channel`; a channel that never sent anything is working."""
    row = db.execute(
        "SELECT failures, broken_failures, broken_since, next_probe, last_error FROM channel_state WHERE channel = ?",
        [channel],
    ).fetchone()
    if row is None:
        return ChannelState(channel=channel)
    return ChannelState(
        channel=channel,
        failures=row[0],
        broken_failures=row[1],
        broken_since=time_from_text(row[2]) if row[2] else None,
        next_probe=time_from_text(row[3]) if row[3] else None,
        last_error=row[4],
    )


def may_send(state: ChannelState, now: datetime) -> bool:
    """Whether a message may go out now: the channel works, or its next probe is due."""
    if state.broken_since is None or state.next_probe is None:
        return True
    # A probe further away than its interval was set before the clock was put back.
    return state.next_probe <= now or state.next_probe - now > PROBE_EVERY


def record(db: Database, channel: str, result: SendResult, detail: str, now: datetime) -> BreakerChange:
    """Count one result. OPENED and CLOSED are reported exactly once per change."""
    with writing(db):
        before = channel_state(db, channel)
        after = _after(before, result, detail, now)
        db.execute(
            "INSERT INTO channel_state (channel, failures, broken_failures, broken_since, next_probe, last_error)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (channel) DO UPDATE SET failures = excluded.failures,"
            " broken_failures = excluded.broken_failures, broken_since = excluded.broken_since,"
            " next_probe = excluded.next_probe, last_error = excluded.last_error",
            [
                channel,
                after.failures,
                after.broken_failures,
                time_to_text(after.broken_since) if after.broken_since else None,
                time_to_text(after.next_probe) if after.next_probe else None,
                after.last_error,
            ],
        )
    if before.broken_since is None and after.broken_since is not None:
        return BreakerChange.OPENED
    if before.broken_since is not None and after.broken_since is None:
        return BreakerChange.CLOSED
    return BreakerChange.NONE


def _after(before: ChannelState, result: SendResult, detail: str, now: datetime) -> ChannelState:
    """State after one result. Pure. A rejected message says that the channel answers; a rate limit is no failure."""
    if result in (SendResult.ACCEPTED, SendResult.REJECTED):
        return ChannelState(channel=before.channel)
    if result is SendResult.RATE_LIMITED:
        return before
    failures = before.failures + 1
    broken = before.broken_failures + 1 if result is SendResult.CHANNEL_BROKEN else 0
    opens = broken >= BROKEN_AFTER or failures >= BROKEN_AFTER_ANY
    since = before.broken_since or (now if opens else None)
    return ChannelState(
        channel=before.channel,
        failures=failures,
        broken_failures=broken,
        broken_since=since,
        next_probe=now + PROBE_EVERY if since else None,
        last_error=detail,
    )
