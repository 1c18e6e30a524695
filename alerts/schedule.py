"""Local clock times and time zones in, UTC instants out: digest slots and quiet hours, safe over DST. Pure.

A slot is named by channel, local date and local time. A local time that a DST change skips is moved on by the
length of the gap (02:30 becomes 03:30); one that occurs twice means the first of both. So each named slot has
exactly one instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.model import Channel, QuietHours, Severity

#: Longest stretch of missed digests that is looked through after a sleep; older slots are not named one by one.
LOOK_BACK = timedelta(days=14)

SEVERITY_ORDER: tuple[Severity, ...] = tuple(Severity)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Slot:
    """One digest: when it is due (UTC) and its key, `channel|2026-10-25|02:30`."""

    due: datetime
    key: str


def rank(severity: Severity) -> int:
    """0 for the least severe."""
    return SEVERITY_ORDER.index(severity)


def local_instant(day: date, clock: time, timezone: str) -> datetime:
    """UTC instant of a local clock time on a local date, for every date exactly one (see the module's text)."""
    return datetime.combine(day, clock, tzinfo=ZoneInfo(timezone)).astimezone(UTC)  # fold=0: the first of two


def digest_slots(channel: Channel, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """Digests of `channel` due in (after, until], oldest first; none for a channel without digest."""
    if channel.digest is None or until <= after:
        return ()
    after = max(after, until - LOOK_BACK)
    return tuple(sorted(slot for slot in _slots(channel, after, until) if after < slot.due <= until))


def next_slot(channel: Channel, now: datetime) -> Slot | None:
    """The first digest of `channel` due after `now`; None without a digest."""
    slots = digest_slots(channel, now, now + timedelta(days=9))
    return slots[0] if slots else None


def _slots(channel: Channel, after: datetime, until: datetime) -> Iterator[Slot]:
    assert channel.digest is not None
    zone = ZoneInfo(channel.timezone)
    day = after.astimezone(zone).date() - timedelta(days=1)
    last = until.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        if day.weekday() in channel.digest.weekdays:
            for clock in sorted(set(channel.digest.times)):
                due = local_instant(day, time.fromisoformat(clock), channel.timezone)
                yield Slot(due=due, key=f"{channel.name}|{day.isoformat()}|{clock}")
        day += timedelta(days=1)


def quiet_until(quiet: QuietHours, timezone: str, now: datetime) -> datetime | None:
    """When the quiet hours that hold at `now` end (UTC); None outside of them."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    if start == end:
        return None
    for day in (today - timedelta(days=1), today):
        end_day = day if start < end else day + timedelta(days=1)
        begins, ends = local_instant(day, start, timezone), local_instant(end_day, end, timezone)
        if begins <= now < ends:
            return ends
    return None
