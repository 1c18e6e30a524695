"""What a source did and how its last poll ended in, when to look again out. Pure: `now` is passed in.

The rule: a poll costs `price`, an article found late costs the minutes it waited. Of all times to look again,
the one is taken at which the waiting expected by the source's rhythm has reached the price. For an even stream
that is the best interval there is (the square root law: four times the articles, twice the polls); for an outlet
that publishes at nine it is shortly after nine, and nothing in the night. A budget over all sources is kept by
the price alone, so each request goes where it saves most.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crawler.items import SourceReport
from crawler.outcomes import Outcome
from crawler.pollhistory import (
    PollHistory,
    history_from_json,
    history_to_json,
    learn,
    silent_after,
    silent_beyond_rhythm,
)
from crawler.rhythm import MINUTES, PRIOR_PER_DAY, Rhythm, rhythm_of

__all__ = [
    "PollHistory",
    "PollPlan",
    "PollReason",
    "after_pause",
    "history_from_json",
    "history_to_json",
    "learn",
    "next_poll",
    "price_for",
    "silent_after",
    "silent_beyond_rhythm",
    "spread",
]

#: Article-minutes of waiting that one poll is worth: a source with 10 articles a day is read every 10 minutes.
DEFAULT_PRICE = 0.35
MIN_INTERVAL = timedelta(minutes=2)
MAX_INTERVAL = timedelta(hours=24)
#: No rhythm is known so well that a source is left alone for longer than this many usual waits of one that nobody
#: knows: an outlet that publishes in sittings, or once a week, does so at other times as well.
PATIENCE = 3.0
#: Caching hints are honored up to here: WordPress and CDNs name hours and days by default, for news as well.
MAX_HINT = timedelta(hours=1)
MAX_RETRY_AFTER = timedelta(hours=24)
LEFT_OUT_AFTER = timedelta(minutes=5)  # articles that a limit left out wait no longer than this
FIRST_BACKOFF = timedelta(minutes=5)
RATE_LIMIT_BACKOFF = timedelta(minutes=15)  # where the outlet asked to wait and did not say how long
BACKOFF_PER_POINT = (
    2.4  # a failure that counts one point multiplies the wait by this, one of half a point by 1.55
)
DAILY_SCORE = 10.0
FULL_READ_EVERY = timedelta(hours=24)  # some servers answer 304 for ever
#: After a start or a sleep one overdue source is read every second, and all of them within ten minutes.
SPREAD_STEP = timedelta(seconds=1)
SPREAD_AT_MOST = timedelta(minutes=10)
#: No plan is for later than this (a day, and a day of hours to skip): a due time beyond it is a clock's mistake.
FURTHEST_DUE = 2 * MAX_INTERVAL


class PollReason(StrEnum):
    """What decided the time of the next poll."""

    RHYTHM = "rhythm"
    LEFT_OUT = "left-out"  # new articles wait that a limit left out
    CACHE_HINT = "cache-hint"  # Cache-Control, Expires, ttl
    SKIP_HOURS = "skip-hours"
    RETRY_AFTER = "retry-after"
    BACK_OFF = "back-off"
    ROBOTS = "robots"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan:
    """When to poll again, why then, and what to remember."""

    next_due: datetime
    reason: PollReason
    failure_score: float
    silent_after: datetime | None  # no entry until then is beyond the source's rhythm; None: not known yet
    conditional: (
        bool  # whether the next poll may send validators: not while failing, not a day after a full read
    )
    history: PollHistory


def next_poll(
    history: PollHistory,
    report: SourceReport,
    now: datetime,
    *,
    price: float = DEFAULT_PRICE,
    weight: float = 1.0,
) -> PollPlan:
    """Plan the next poll of a source after `report`.

    `price` is the article-minutes a poll is worth (`price_for` finds it for a budget), `weight` how much more an
    article of this source counts than one of the others.
    """
    learned = learn(history, report, now)
    rhythm = rhythm_of(learned.published, now)
    due, reason = _by_rhythm(learned, rhythm, now, price / weight), PollReason.RHYTHM
    for other, why in _bounds(learned, report, now, usual_wait=_usual_wait(rhythm, price / weight)):
        if other > due:
            due, reason = other, why
    if report.left_out and reason is PollReason.RHYTHM and due > now + LEFT_OUT_AFTER:
        due, reason = now + LEFT_OUT_AFTER, PollReason.LEFT_OUT
    if (allowed := _not_in_skip_hours(due, report.skip_hours)) != due:
        due, reason = allowed, PollReason.SKIP_HOURS
    last_read = learned.last_read
    return PollPlan(
        next_due=due,
        reason=reason,
        failure_score=learned.failure_score,
        silent_after=silent_after(learned),
        conditional=learned.failure_score == 0
        and last_read is not None
        and due - last_read < FULL_READ_EVERY,
        history=learned,
    )


def price_for(histories: Sequence[PollHistory], polls_per_day: float, now: datetime) -> float:
    """The price at which polling all these sources by their rhythm takes `polls_per_day` requests.

    Over a week simulated from `now`, within 2 %: four times the price is half the polls (the square root law), so
    two or three steps do; bisection where bounds bend the law. Seconds for 200 sources: once a day, not per poll.
    """
    rhythms = [(rhythm_of(history.published, now), articles_held(history)) for history in histories]
    low, high, price = 1e-3, 1e5, DEFAULT_PRICE
    for _ in range(24):
        polls = sum(_polls_in_a_week(rhythm, now, price, most) for rhythm, most in rhythms) / 7
        if abs(polls - polls_per_day) < 0.02 * polls_per_day:
            return price
        low, high = (price, high) if polls > polls_per_day else (low, price)
        guess = price * (polls / polls_per_day) ** 2
        price = guess if low < guess < high else math.sqrt(low * high)
    return price


def after_pause(
    due: Mapping[str, datetime], now: datetime, stepped_back: timedelta = timedelta(0)
) -> dict[str, datetime]:
    """New due times after a start, a sleep or a step of the clock: nothing is asked for all at once, or never.

    Where the clock was set back by `stepped_back`, what was still to come moves along with it. A time that no plan
    can have made is a leftover of a wrong clock, and counts as overdue. What is overdue is spread.
    """
    moved = (
        {
            source_id: time - stepped_back if time > now + stepped_back else min(time, now)
            for source_id, time in due.items()
        }
        if stepped_back
        else dict(due)
    )
    believed = {source_id: now if time > now + FURTHEST_DUE else time for source_id, time in moved.items()}
    late = sum(time <= now for time in believed.values())
    return spread(believed, now, min(late * SPREAD_STEP, SPREAD_AT_MOST))


def spread(
    due: Mapping[str, datetime], now: datetime, over: timedelta = timedelta(minutes=10)
) -> dict[str, datetime]:
    """New due times after sleep or start: what is overdue is laid out evenly over `over`, the oldest first.

    What is not due yet keeps its time.
    """
    late = sorted(
        (source_id for source_id, time in due.items() if time <= now), key=lambda key: (due[key], key)
    )
    step = over / max(len(late), 1)
    return {**due, **{source_id: now + step * position for position, source_id in enumerate(late)}}


def _by_rhythm(history: PollHistory, rhythm: Rhythm, now: datetime, price: float) -> datetime:
    """When the expected waiting reaches the price, moved by a little that is the source's own."""
    last = history.published[-1] if history.published else None
    longest = longest_wait(price) if history.published else MAX_INTERVAL
    minutes: float = minutes_until_worth(
        rhythm, now - history.lag, price, last=last, most=articles_held(history), longest=longest
    )
    if not history.published and history.update_period is not None:
        minutes = max(minutes, min(history.update_period, MAX_INTERVAL) / timedelta(minutes=2))
    wait = min(max(timedelta(minutes=minutes), MIN_INTERVAL), MAX_INTERVAL)
    return now + wait + _jitter(history.source_id, now, wait)


def _usual_wait(rhythm: Rhythm, price: float) -> timedelta:
    """Between two polls on an average: the square root law. What a back-off grows from, or it would not be one."""
    return min(_even_wait(rhythm.per_day, price), MAX_INTERVAL)


def longest_wait(price: float) -> timedelta:
    """The longest that a rhythm alone may leave a source unread, whatever it is: 48 minutes at the default price."""
    return min(PATIENCE * _even_wait(PRIOR_PER_DAY, price), MAX_INTERVAL)


def _even_wait(per_day: float, price: float) -> timedelta:
    return timedelta(minutes=math.sqrt(2 * price * MINUTES / per_day))


def articles_held(history: PollHistory) -> float:
    """Articles that may be expected between two polls so that none drops out of the index unseen.

    Their number scatters: the mean and three standard deviations of a Poisson count fit in.
    """
    if not history.index_size:
        return math.inf
    return ((math.sqrt(9 + 4 * history.index_size) - 3) / 2) ** 2


def minutes_until_worth(
    rhythm: Rhythm,
    now: datetime,
    price: float,
    *,
    last: datetime | None = None,
    most: float = math.inf,
    longest: timedelta = MAX_INTERVAL,
) -> int:
    """Minutes until the articles expected since `now` will have waited `price` minutes together, or are `most`.

    `last` is when the last known article came out; after `longest` it is time in any case.
    """
    minute, weekday = now.hour * 60 + now.minute, now.weekday()
    since_last = None if last is None else (now - last) / timedelta(minutes=1)
    limit = max(round(longest / timedelta(minutes=1)), 1)
    waiting = waited = 0.0
    factor, factor_until = 1.0, math.inf if since_last is None else 0.0
    for passed in range(1, limit):
        if passed > factor_until and since_last is not None:
            factor, factor_until = rhythm.correction(since_last + passed)
            factor_until -= since_last
        waiting += rhythm.rate(minute, weekday) * factor
        waited += waiting
        if waited >= price or waiting >= most:
            return passed
        minute += 1
        if minute == MINUTES:
            minute, weekday = 0, (weekday + 1) % 7
    return limit


def _bounds(
    history: PollHistory, report: SourceReport, now: datetime, *, usual_wait: timedelta
) -> Iterable[tuple[datetime, PollReason]]:
    """Times before which the outlet, or its failures, ask not to be polled again."""
    hints = [hint for hint in (report.max_age, report.ttl) if hint is not None]
    if hints:
        yield now + min(max(hints), MAX_HINT), PollReason.CACHE_HINT
    if history.failure_score:
        factor = BACKOFF_PER_POINT ** min(history.failure_score, DAILY_SCORE)
        first = RATE_LIMIT_BACKOFF if report.outcome is Outcome.RATE_LIMITED else FIRST_BACKOFF
        yield now + min(max(first, usual_wait) * factor, MAX_INTERVAL), PollReason.BACK_OFF
    if report.outcome is Outcome.ROBOTS_DISALLOWED:
        yield now + MAX_INTERVAL, PollReason.ROBOTS
    if report.retry_after is not None:
        yield now + min(report.retry_after, MAX_RETRY_AFTER), PollReason.RETRY_AFTER


def _not_in_skip_hours(due: datetime, skip_hours: frozenset[int]) -> datetime:
    """The first time from `due` on whose hour (GMT) is not one the feed asks to skip."""
    if len(skip_hours) >= 24:
        return due  # a feed that asks never to be read means nothing by it
    while due.hour in skip_hours:
        due = due.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return due


def _jitter(source_id: str, now: datetime, wait: timedelta) -> timedelta:
    """Up to a twentieth of the wait, at most a minute; the same for the same source and day."""
    digest = hashlib.sha256(f"{source_id} {now:%Y-%m-%d}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    return min(wait / 20, timedelta(minutes=1)) * share


def _polls_in_a_week(rhythm: Rhythm, start: datetime, price: float, most: float) -> int:
    polls, time, end, longest = 0, start, start + timedelta(days=7), longest_wait(price)
    while time < end:
        minutes = minutes_until_worth(rhythm, time, price, most=most, longest=longest)
        time += max(timedelta(minutes=minutes), MIN_INTERVAL)
        polls += 1
    return polls
