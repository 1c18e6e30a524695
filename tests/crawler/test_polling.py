"""When a source is read again, and why then."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Entry, SourceReport
from crawler.outcomes import Outcome
from crawler.polling import (
    DEFAULT_PRICE,
    MAX_INTERVAL,
    MIN_INTERVAL,
    PollHistory,
    PollReason,
    after_pause,
    history_from_json,
    history_to_json,
    learn,
    longest_wait,
    next_poll,
    price_for,
    silent_beyond_rhythm,
    spread,
)
from crawler.rhythm import rhythm_of

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)  # a Wednesday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def report(outcome: Outcome = Outcome.OK, *published: datetime, **fields: object) -> SourceReport:
    entries = tuple(
        Entry(url=f"u{time}", url_key=f"k{time}", key=f"k{time}", published=time) for time in published
    )
    return SourceReport(source_id="s", outcome=outcome, entries=entries, **fields)  # type: ignore[arg-type]


def history(*published: datetime, **fields: object) -> PollHistory:
    return PollHistory(
        source_id="s",
        published=tuple(sorted(time.replace(microsecond=0) for time in published)),
        last_poll=NOW - HOUR,
        **fields,
    )  # type: ignore[arg-type]


def every(step: timedelta, *, days: int = 28, until: datetime = NOW) -> list[datetime]:
    """Times about `step` apart, without a habit of hour or minute: the golden ratio has none."""
    golden = 0.6180339887
    return [
        until - step * (number + (number * golden) % 1)
        for number in range(1, int(days * DAY / step) + 1)
        if step * (number + 1) <= days * DAY
    ]


def daily_at(hour: int, minute: int = 0, *, days: int = 28) -> list[datetime]:
    today = NOW.replace(hour=hour, minute=minute)
    return [today - DAY * number for number in range(days) if today - DAY * number <= NOW]


def wait_after(past: PollHistory, answer: SourceReport | None = None, now: datetime = NOW) -> timedelta:
    return next_poll(past, answer or report(Outcome.UNCHANGED), now).next_due - now


def test_busy_source_is_read_more_often_than_a_quiet_one() -> None:
    busy = wait_after(history(*every(10 * MINUTE)))
    usual = wait_after(history(*every(3 * HOUR)))
    quiet = wait_after(history(*every(4 * DAY)))

    assert busy < usual < quiet
    assert MIN_INTERVAL <= busy < 10 * MINUTE


def mean_wait(step: timedelta) -> float:
    """Mean minutes until the next poll of a source without any habit, over many moments of its life."""
    chance, time, times = random.Random(7), NOW - 40 * DAY, []
    while time < NOW:
        time += step * chance.expovariate(1)
        times.append(time)
    moments = [NOW - HOUR * 3.7 * number for number in range(40)]
    waits = [wait_after(history(*(time for time in times if time <= now)), now=now) for now in moments]
    return sum(waits, timedelta(0)) / len(waits) / MINUTE


def test_four_times_the_articles_are_read_about_twice_as_often() -> None:
    assert 1.5 < mean_wait(160 * MINUTE) / mean_wait(40 * MINUTE) < 2.7


def test_outlet_that_publishes_at_nine_is_read_soon_after_nine_and_left_alone_at_night() -> None:
    past = history(*daily_at(9, 0, days=40))
    due, polls = NOW.replace(hour=21), []
    for _ in range(200):
        due = next_poll(past, report(Outcome.UNCHANGED), due).next_due
        polls.append(due)
        if due > NOW + 2 * DAY:
            break

    tomorrow = (NOW + DAY).replace(hour=9, minute=0)
    after_nine = [poll for poll in polls if tomorrow <= poll <= tomorrow + 12 * MINUTE]
    at_night = [poll for poll in polls if tomorrow - 8 * HOUR <= poll <= tomorrow - 3 * HOUR]
    assert after_nine
    assert len(at_night) <= 8  # as seldom as the longest wait allows


def test_weekday_rhythm_is_learned() -> None:
    mondays = [
        NOW - DAY * (2 + 7 * week) + timedelta(minutes=minute)
        for week in range(8)
        for minute in range(0, 300, 10)
    ]
    rhythm = rhythm_of(sorted(mondays), NOW)

    assert rhythm.weekdays[0] > 4 * rhythm.weekdays[6]


def test_new_source_is_read_often_enough_to_be_learned() -> None:
    assert timedelta(minutes=5) < wait_after(PollHistory(source_id="new")) < HOUR


def test_hint_of_a_new_feed_that_changes_weekly_is_believed_until_it_is_known() -> None:
    hint = report(Outcome.OK, update_period=timedelta(weeks=1))

    assert wait_after(PollHistory(source_id="new"), hint) >= 6 * HOUR


@pytest.mark.parametrize(
    ("fields", "wait", "reason"),
    [
        ({"max_age": 30 * MINUTE}, 30 * MINUTE, PollReason.CACHE_HINT),
        ({"ttl": 45 * MINUTE}, 45 * MINUTE, PollReason.CACHE_HINT),
        ({"ttl": 45 * MINUTE, "max_age": 30 * MINUTE}, 45 * MINUTE, PollReason.CACHE_HINT),
        ({"max_age": 30 * DAY}, HOUR, PollReason.CACHE_HINT),
        ({"retry_after": 3 * HOUR}, 3 * HOUR, PollReason.RETRY_AFTER),
        ({"retry_after": 90 * DAY}, DAY, PollReason.RETRY_AFTER),
    ],
)
def test_what_the_outlet_asks_for_is_honored(
    fields: dict[str, object], wait: timedelta, reason: PollReason
) -> None:
    plan = next_poll(history(*every(10 * MINUTE)), report(Outcome.OK, **fields), NOW)

    assert plan.next_due == NOW + wait
    assert plan.reason is reason


def test_hours_the_feed_asks_to_skip_are_skipped() -> None:
    plan = next_poll(history(*every(10 * MINUTE)), report(skip_hours=frozenset({12, 13, 14})), NOW)

    assert plan.next_due == NOW.replace(hour=15)
    assert plan.reason is PollReason.SKIP_HOURS


def test_feed_that_asks_never_to_be_read_is_read_by_its_rhythm() -> None:
    assert wait_after(history(*every(10 * MINUTE)), report(skip_hours=frozenset(range(24)))) < HOUR


def test_articles_that_were_left_out_do_not_wait_for_the_rhythm() -> None:
    plan = next_poll(history(*every(4 * DAY)), report(left_out=3), NOW)

    assert plan.next_due <= NOW + 6 * MINUTE
    assert plan.reason is PollReason.LEFT_OUT


def test_failures_back_off_by_weight_and_a_read_index_resets() -> None:
    past, now, gaps = history(*every(10 * MINUTE)), NOW, []
    for _ in range(10):
        plan = next_poll(past, report(Outcome.SERVER_ERROR), now)
        gaps.append(plan.next_due - now)
        past, now = plan.history, plan.next_due

    assert all(later / earlier >= 1.5 or later >= MAX_INTERVAL for earlier, later in pairwise(gaps))
    assert past.is_failing
    assert past.failing_since == NOW
    recovered = next_poll(past, report(Outcome.OK), now)
    assert recovered.failure_score == 0
    assert recovered.history.failing_since is None
    assert recovered.next_due - now < HOUR


def test_hard_failure_weighs_more_than_a_temporary_one() -> None:
    gone, refused = (next_poll(history(), report(end), NOW) for end in (Outcome.GONE, Outcome.DNS_FAILED))

    assert gone.failure_score > refused.failure_score > 0


def test_304_clears_no_failure_and_the_next_poll_asks_for_the_whole_body() -> None:
    failed = next_poll(history(last_read=NOW), report(Outcome.NOT_READ_FORMAT), NOW).history

    plan = next_poll(failed, report(Outcome.UNCHANGED), NOW)

    assert plan.failure_score == failed.failure_score > 0
    assert not plan.conditional


def test_once_a_day_the_body_is_asked_for_whatever_the_server_says() -> None:
    lately = next_poll(history(*every(HOUR), last_read=NOW - HOUR), report(Outcome.UNCHANGED), NOW)
    long_ago = next_poll(history(*every(HOUR), last_read=NOW - DAY), report(Outcome.UNCHANGED), NOW)

    assert lately.conditional
    assert not long_ago.conditional


def test_outlet_that_asks_to_wait_without_a_time_is_left_alone_for_longer_than_a_failing_one() -> None:
    waits = [
        wait_after(history(*every(HOUR)), report(end)) for end in (Outcome.RATE_LIMITED, Outcome.UNREACHABLE)
    ]

    assert waits[0] >= timedelta(minutes=15) > waits[1]


def test_disallowed_source_is_asked_about_once_a_day() -> None:
    plan = next_poll(history(*every(HOUR)), report(Outcome.ROBOTS_DISALLOWED), NOW)

    assert plan.next_due == NOW + DAY
    assert plan.reason is PollReason.ROBOTS
    assert plan.failure_score == 0


def test_sources_with_the_same_rhythm_do_not_come_due_together() -> None:
    times = every(3 * HOUR)
    dues = {
        next_poll(
            PollHistory(source_id=f"s{number}", published=tuple(sorted(times))),
            report(Outcome.UNCHANGED),
            NOW,
        ).next_due
        for number in range(50)
    }

    assert len(dues) == 50


def test_plan_is_the_same_for_the_same_input() -> None:
    past = history(*every(HOUR))

    assert next_poll(past, report(), NOW) == next_poll(past, report(), NOW)


def test_overdue_sources_are_spread_and_the_others_keep_their_time() -> None:
    due = {f"late{number}": NOW - number * HOUR for number in range(60)} | {"later": NOW + HOUR}

    spread_out = spread(due, NOW)

    assert spread_out["later"] == NOW + HOUR
    times = sorted(time for source, time in spread_out.items() if source != "later")
    assert times[0] == NOW
    assert times[-1] < NOW + 10 * MINUTE
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(seconds=10)}
    assert spread_out["late59"] == NOW


def test_after_a_pause_one_overdue_source_is_read_every_second() -> None:
    due = {f"s{number}": NOW - HOUR for number in range(90)} | {"later": NOW + HOUR}

    moved = after_pause(due, NOW)

    assert sorted(moved[f"s{number}"] for number in range(90)) == [
        NOW + timedelta(seconds=second) for second in range(90)
    ]
    assert moved["later"] == NOW + HOUR
    assert max(after_pause({f"s{n}": NOW for n in range(2000)}, NOW).values()) < NOW + 10 * MINUTE


def test_due_times_move_back_with_the_clock() -> None:
    due = {"soon": NOW + 5 * MINUTE, "tomorrow": NOW + DAY, "overdue": NOW - MINUTE}

    moved = after_pause(due, NOW - HOUR, stepped_back=HOUR)

    assert moved == {
        "soon": NOW - HOUR + 5 * MINUTE,
        "tomorrow": NOW - HOUR + DAY,
        "overdue": NOW - HOUR,
    }


def test_due_time_that_no_plan_can_have_made_counts_as_overdue() -> None:
    assert after_pause({"wrong": NOW + 400 * DAY}, NOW) == {"wrong": NOW}


def test_price_keeps_the_budget() -> None:
    histories = [
        PollHistory(source_id=str(step), published=tuple(sorted(every(step))))
        for step in (10 * MINUTE, HOUR, 8 * HOUR)
    ]

    cheap, dear = (price_for(histories, polls, NOW) for polls in (600, 100))

    assert cheap < dear


def test_budget_that_a_price_was_found_for_is_what_polling_then_takes() -> None:
    histories = [
        PollHistory(source_id=str(step), published=tuple(sorted(every(step)))) for step in (HOUR, 3 * HOUR)
    ]
    price = price_for(histories, 60, NOW)

    polls = 0
    for past in histories:
        due = NOW
        while due < NOW + 2 * DAY:
            plan = next_poll(past, report(Outcome.UNCHANGED), due, price=price)
            past, due, polls = plan.history, plan.next_due, polls + 1

    # No article comes in these two days, so the polls get fewer; never are they more.
    assert 60 <= polls <= 1.1 * 2 * 60


def test_wave_after_a_pause_does_not_come_back_as_a_wave() -> None:
    past = {f"s{number}": tuple(sorted(every((60 + number) * MINUTE))) for number in range(40)}
    woken = after_pause(dict.fromkeys(past, NOW - HOUR), NOW)

    dues = sorted(
        next_poll(PollHistory(source_id=key, published=times), report(Outcome.UNCHANGED), woken[key]).next_due
        for key, times in past.items()
    )

    most_at_once = max(sum(due <= other < due + timedelta(seconds=10) for other in dues) for due in dues)
    assert most_at_once <= 10


def test_outlet_that_releases_on_the_half_hour_is_read_just_after_it() -> None:
    chance = random.Random(3)
    times = {
        NOW - DAY * day - HOUR * chance.randrange(4, 10) - 30 * MINUTE * chance.randrange(2)
        for day in range(1, 29)
        for _ in range(12)
    }
    due, past, polls = NOW - 5 * HOUR, history(*times), []
    while due < NOW - HOUR:
        due = next_poll(past, report(Outcome.UNCHANGED), due, price=2.0).next_due
        polls.append(due.minute % 30)

    assert sum(minute < 10 for minute in polls) > len(polls) / 2


def test_articles_that_show_late_in_the_feed_are_waited_for() -> None:
    times = daily_at(9, 0, days=40)
    prompt = history(*times)
    cached = replace(prompt, last_poll=NOW.replace(hour=9, minute=6))
    late = report(Outcome.OK, NOW.replace(hour=9, minute=1), *times[:24])

    learned = learn(cached, late, NOW.replace(hour=9, minute=20))

    assert 2 * MINUTE <= learned.lag <= 5 * MINUTE  # it was not there five minutes after its date
    before_nine = NOW.replace(hour=8, minute=50) + DAY
    waits = [wait_after(replace(past, last_poll=before_nine), now=before_nine) for past in (prompt, learned)]
    assert waits[0] < waits[1]


def test_entry_that_was_dated_back_teaches_no_lag_and_a_lag_fades() -> None:
    past = replace(history(*every(HOUR)), lag=10 * MINUTE)
    dated_back = learn(past, report(Outcome.OK, NOW - 3 * HOUR - timedelta(seconds=7)), NOW)

    now = NOW
    for _ in range(60):
        now += HOUR
        past = learn(past, report(Outcome.OK, now - 20 * MINUTE), now)

    assert dated_back.lag == 10 * MINUTE
    assert past.lag < MINUTE


def test_short_feed_is_read_before_entries_can_drop_out_of_it() -> None:
    times = every(10 * MINUTE)
    long = learn(history(*times), report(Outcome.OK, *times), NOW)
    short = learn(history(*times), report(Outcome.OK, *times[:10]), NOW)

    waits = [
        next_poll(past, report(Outcome.UNCHANGED), NOW, price=2000.0).next_due - NOW for past in (long, short)
    ]

    assert (long.index_size, short.index_size) == (0, 10)
    assert waits[1] < 100 * MINUTE < waits[0]


def test_silence_beyond_the_rhythm_is_noticed_and_a_habit_is_not() -> None:
    hourly = history(*every(HOUR, until=NOW - 2 * DAY))
    weekly = history(*every(7 * DAY, days=60, until=NOW - 6 * DAY))

    assert silent_beyond_rhythm(hourly, NOW) == NOW - hourly.published[-1]
    assert silent_beyond_rhythm(weekly, NOW) is None
    assert silent_beyond_rhythm(weekly, NOW + 80 * DAY) is not None


def test_weekend_of_an_office_is_no_silence() -> None:
    working = [
        NOW - DAY * day + timedelta(minutes=20 * part)
        for day in range(60)
        for part in range(-12, 3)
        if (NOW - DAY * day).weekday() < 5 and day >= 1
    ]
    friday = datetime(2026, 6, 5, 18, tzinfo=UTC)
    past = history(*(time for time in working if time < friday))

    assert silent_beyond_rhythm(past, friday + timedelta(days=2, hours=12)) is None


def test_source_that_is_hardly_known_is_not_called_silent() -> None:
    assert silent_beyond_rhythm(history(NOW - 50 * DAY, NOW - 49 * DAY), NOW) is None


def test_dates_in_the_future_teach_nothing() -> None:
    learned = learn(history(), report(Outcome.OK, NOW + DAY, NOW - HOUR), NOW)

    assert learned.published == (NOW - HOUR,)


def test_history_survives_being_stored() -> None:
    past = next_poll(
        history(*every(HOUR, days=3)), report(Outcome.TIMED_OUT, update_period=HOUR), NOW
    ).history

    assert history_from_json("s", history_to_json(past)) == past
    assert history_from_json("s", None) == PollHistory(source_id="s")


@given(
    gaps=st.lists(st.integers(1, 60 * 24 * 20), max_size=60),
    outcome=st.sampled_from(Outcome),
    score=st.floats(0, 40),
    retry=st.none() | st.integers(0, 10**6),
    skip=st.frozensets(st.integers(0, 23)),
)
def test_next_poll_is_always_within_its_bounds(
    gaps: list[int], outcome: Outcome, score: float, retry: int | None, skip: frozenset[int]
) -> None:
    times, time = [], NOW
    for gap in gaps:
        time -= timedelta(minutes=gap)
        times.append(time)
    answer = report(outcome, skip_hours=skip, retry_after=None if retry is None else timedelta(seconds=retry))

    plan = next_poll(replace(history(*times), failure_score=score), answer, NOW)

    assert NOW + MIN_INTERVAL <= plan.next_due <= NOW + MAX_INTERVAL + DAY + HOUR
    if len(skip) < 24:
        assert plan.next_due.hour not in skip
    assert history_from_json("s", history_to_json(plan.history)).published == plan.history.published


@pytest.mark.parametrize("price", [0.1, DEFAULT_PRICE, 5.0, 100.0])
@pytest.mark.parametrize("past", [daily_at(9), every(timedelta(days=7)), every(timedelta(days=30), days=360)])
def test_no_rhythm_leaves_a_source_unread_for_longer_than_the_price_allows(
    past: list[datetime], price: float
) -> None:
    history_ = history(*past)
    longest, wait = longest_wait(price), timedelta(0)
    now = NOW
    for _ in range(40):
        due = next_poll(history_, report(Outcome.UNCHANGED), now, price=price).next_due
        wait, now = max(wait, due - now), due

    assert wait <= longest + timedelta(minutes=1)  # each has a little that is its own
    assert wait <= MAX_INTERVAL + timedelta(minutes=1)


def test_longest_wait_follows_the_price() -> None:
    assert timedelta(minutes=40) < longest_wait(DEFAULT_PRICE) < timedelta(minutes=60)
    assert longest_wait(4 * DEFAULT_PRICE) == 2 * longest_wait(DEFAULT_PRICE)
    assert longest_wait(1e5) == MAX_INTERVAL
