"""Schedules: a year of digests in three zones with sleeps and restarts, both DST days, quiet hours, working days."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from alerts import bundles, outbox
from alerts.delivery import deliver_due
from alerts.model import Channel, Digest, QuietHours, Rhythm, SendResult
from alerts.retry import SendReport
from alerts.schedule import digest_slots, local_instant, next_slot, quiet_until
from tests.alerts.builders import Clock, ScriptedTransport, alert, channel, opener

BERLIN_SPRING, BERLIN_AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney")


def digest_channel(timezone: str, *times: str, weekdays: frozenset[int] = frozenset(range(7))) -> Channel:
    return channel(
        "daily", timezone=timezone, digest=Digest(times=times, weekdays=weekdays), send_empty_digest=True
    )


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (BERLIN_SPRING, time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),  # skipped: 03:30 local
        (BERLIN_AUTUMN, time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # twice: the first
        (date(2026, 7, 1), time(7, 30), datetime(2026, 7, 1, 5, 30, tzinfo=UTC)),
    ],
)
def test_every_local_time_is_one_instant(day: date, clock: time, expected: datetime) -> None:
    assert local_instant(day, clock, "Europe/Berlin") == expected


@pytest.mark.parametrize("timezone", ZONES)
def test_digest_at_half_past_two_comes_once_for_each_local_date_of_the_year(timezone: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    own = digest_channel(timezone, "02:30")

    slots = []
    at = start
    while at < start + timedelta(days=365):
        slots += digest_slots(own, at, at + timedelta(hours=1))
        at += timedelta(hours=1)

    dates = Counter(slot.key.split("|")[1] for slot in slots)
    assert len(dates) == 365
    assert set(dates.values()) == {1}


@pytest.mark.parametrize("timezone", ZONES)
def test_year_with_sleeps_restarts_and_ticks_at_odd_times_sends_each_digest_once(
    tmp_path: Path, timezone: str
) -> None:
    """Random ticks; one in forty is a sleep of up to four days. Awake at its time, a digest comes within one tick."""
    chance = Random(7)
    own = digest_channel(timezone, "02:30", "17:00")
    open_db = opener(tmp_path / "outbox.db")
    now = datetime(2026, 1, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    end = now + timedelta(days=365)
    db = open_db()
    bundles.open_due(db, own, now)
    expected_late = {}
    while now < end:
        asleep = chance.random() < 1 / 40
        before = now
        now += timedelta(hours=chance.uniform(5, 96)) if asleep else timedelta(minutes=chance.uniform(5, 600))
        for slot in digest_slots(own, before, now):
            expected_late[slot.key] = now
        bundles.open_due(db, own, now)
        if chance.random() < 1 / 50:  # a restart: a new connection that remembers nothing
            db.close()
            db = open_db()
    runs = db.execute("SELECT digest_key, opened_at, outcome, carried_by FROM digest_run").fetchall()
    sent = db.execute("SELECT idem_key FROM outbox WHERE kind = 'digest'").fetchall()
    db.close()

    assert {key for key, _, _, _ in runs} == set(expected_late)
    opened = {key for key, _, outcome, _ in runs if outcome == "opened"}
    assert sorted(key for (key,) in sent) == sorted(opened)
    assert all(carrier in opened for _, _, outcome, carrier in runs if outcome == "missed")
    assert len(opened) > 400


def test_digest_that_was_slept_through_is_caught_up_once(tmp_path: Path) -> None:
    own = digest_channel("Europe/Berlin", "07:30")
    db = opener(tmp_path / "outbox.db")()
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    bundles.open_due(db, own, monday)

    opened = bundles.open_due(db, own, monday + timedelta(days=3))
    again = bundles.open_due(db, own, monday + timedelta(days=3, minutes=1))

    assert (len(opened), again) == (1, [])
    assert len(bundles.caught_up(db, "daily|2026-11-26|07:30")) == 2
    db.close()


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=-30), timedelta(days=-3650)])
def test_clock_that_is_put_back_repeats_no_digest_and_stops_none(tmp_path: Path, jump: timedelta) -> None:
    own = digest_channel("Europe/Berlin", "07:30")
    db = opener(tmp_path / "outbox.db")()
    true = datetime(2026, 11, 24, 6, 31, tzinfo=UTC)
    wrong = true - jump
    bundles.open_due(db, own, wrong - timedelta(hours=2))
    bundles.open_due(db, own, wrong)

    later = [bundles.open_due(db, own, true + timedelta(hours=hours)) for hours in range(73)]

    keys = [row[0] for row in db.execute("SELECT idem_key FROM outbox WHERE kind = 'digest'").fetchall()]
    db.close()
    assert len(keys) == len(set(keys))
    assert sum(len(opened) for opened in later) >= 2


def test_digest_on_working_days_skips_the_weekend() -> None:
    own = digest_channel("Europe/Berlin", "07:30", weekdays=frozenset(range(5)))
    friday_noon = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)

    slot = next_slot(own, friday_noon)

    assert slot is not None
    assert slot.key == "daily|2026-11-30|07:30"


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-11-24T23:00", datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        ("2026-11-25T03:00", datetime(2026, 11, 25, 6, 0, tzinfo=UTC)),
        ("2026-11-25T07:00", None),
        ("2026-11-25T12:00", None),
        ("2026-10-25T01:00", datetime(2026, 10, 25, 6, 0, tzinfo=UTC)),  # a night of nine hours
    ],
)
def test_quiet_hours_cross_midnight_and_dst(local: str, ends: datetime | None) -> None:
    quiet = QuietHours(start="22:00", end="07:00")
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)

    assert quiet_until(quiet, "Europe/Berlin", now) == ends


def test_digest_of_a_watch_comes_once_a_week_at_its_local_time_over_both_clock_changes(
    tmp_path: Path,
) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(timezone="Europe/Berlin")
    rhythm = Rhythm(digest=Digest(times=("02:30",), weekdays=frozenset({6})))  # Sundays, when clocks change
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    clock = Clock(datetime(2026, 3, 2, 3, 0, tzinfo=UTC))
    sent: list[datetime] = []
    db = open_db()
    for day in range(35 * 7):
        with outbox.writing(db):
            outbox.enqueue(db, alert(f"s{day}|1"), [own], clock(), rhythm=rhythm)
        before = len(transport.sent)
        deliver_due(open_db, transport, [own], clock)
        sent += [clock()] * (len(transport.sent) - before)
        clock.forward(days=1)
    db.close()

    days = [at.astimezone(ZoneInfo("Europe/Berlin")).date() for at in sent]
    assert len(days) == len(set(days)) == 35
    assert {day.weekday() for day in days} == {6}
    assert {date(2026, 3, 29), date(2026, 10, 25)} <= set(days)
