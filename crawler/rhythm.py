"""Times of publication in, a rate for every minute of the week out. Pure.

The model: articles of a source come as a Poisson process whose rate is (articles a day) x (share of that minute of
the day) x (weight of that weekday). The shares are a kernel estimate with a narrow and a wide part: the narrow
one keeps an outlet that publishes at nine sharp sharp, the wide one forgives a late editor. Both are corrected by
the minute of the hour, of which a few dozen articles tell enough: wires and editorial systems release on round
ones. The rate is then corrected by the time since the last article: newsrooms publish in sittings, release times
are used once.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from math import inf

MINUTES = 1440
HALF_LIFE_DAYS = 14.0  # outlets change their habits with seasons and clocks; two weeks follow within a month
NARROW, WIDE = 4, 60  # half widths of the two kernels, in minutes
NARROW_SHARE = 0.65
HOUR = 60
HOUR_PRIOR = 2.0  # pseudo-articles for each minute of the hour: below some dozens nothing is a habit
FLOOR = 0.06  # share of the rate that is spread over all minutes: what the past did not show may still happen
WEEKDAY_PRIOR = 3.0  # pseudo-articles a weekday: one silent Sunday is no rule yet
#: Minutes since the last article at which another correction begins, and the evidence (in articles) each needs.
SINCE_LAST = (3.0, 8.0, 20.0, 45.0, 90.0, 180.0, 360.0)
SINCE_LAST_PRIOR = 4.0
PRIOR_PER_DAY, PRIOR_WEIGHT = 4.0, 0.5  # assumed of a source nobody knows, and for how many days' evidence


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Expected articles per minute; `per_day` is their number on an average day."""

    per_day: float
    minutes: tuple[float, ...]  # share of each minute of the day (UTC), summing to 1
    weekdays: tuple[float, ...]  # Monday first, averaging 1
    after: tuple[float, ...] = (1.0,) * (len(SINCE_LAST) + 1)  # correction by the time since the last article

    def rate(self, minute: int, weekday: int) -> float:
        """Expected articles in this minute of the day on this weekday (Monday is 0)."""
        return self.per_day * self.minutes[minute] * self.weekdays[weekday]

    def correction(self, since_last: float) -> tuple[float, float]:
        """Factor on the rate `since_last` minutes after an article, and up to how many minutes after it holds."""
        position = bisect(SINCE_LAST, since_last)
        return self.after[position], SINCE_LAST[position] if position < len(SINCE_LAST) else inf

    def expected(self, start: datetime, end: datetime) -> float:
        """Expected articles between two times; whole weeks are not walked through."""
        weeks, rest = divmod(max(end - start, timedelta(0)), timedelta(weeks=1))
        minute, weekday = start.hour * 60 + start.minute, start.weekday()
        total = weeks * 7 * self.per_day
        for _ in range(int(rest.total_seconds() // 60)):
            total += self.rate(minute, weekday)
            minute += 1
            if minute == MINUTES:
                minute, weekday = 0, (weekday + 1) % 7
        return total


def rhythm_of(published: Sequence[datetime], now: datetime) -> Rhythm:
    """The rhythm that `published` (oldest first) shows on the day of `now`; later times are ignored."""
    past = tuple(published[: bisect(published, now)])
    # By the day: between two polls that find nothing, nothing has to be computed again.
    return _rhythm(past, now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1))


@lru_cache(maxsize=256)
def _rhythm(past: tuple[datetime, ...], now: datetime) -> Rhythm:
    weights = _weights(past, now)
    rhythm = Rhythm(
        per_day=_per_day(past, weights, now),
        minutes=_minutes(past, weights),
        weekdays=_weekdays(past, weights),
    )
    return replace(rhythm, after=_after(rhythm, past))


def _after(rhythm: Rhythm, past: Sequence[datetime]) -> tuple[float, ...]:
    """Articles seen per article expected, by the time since the one before."""
    cumulative = _cumulative(rhythm)
    edges = (0.0, *SINCE_LAST, inf)
    seen = [SINCE_LAST_PRIOR] * (len(edges) - 1)
    expected = list(seen)
    times = sorted(past)
    for earlier, later in pairwise(times):
        gap = (later - earlier) / timedelta(minutes=1)
        start = earlier.weekday() * MINUTES + earlier.hour * 60 + earlier.minute
        seen[bisect(SINCE_LAST, gap)] += 1
        for position, (low, high) in enumerate(pairwise(edges)):
            if gap <= low:
                break
            expected[position] += _between(cumulative, start + low, start + min(gap, high))
    return tuple(a / b for a, b in zip(seen, expected, strict=True))


def _cumulative(rhythm: Rhythm) -> list[float]:
    """Expected articles from Monday 0:00 to each minute of the week."""
    rates = (rhythm.per_day * day * share for day in rhythm.weekdays for share in rhythm.minutes)
    return [0.0, *accumulate(rates)]


def _between(cumulative: Sequence[float], start: float, end: float) -> float:
    """Expected articles between two minutes counted from a Monday, the end in a later week perhaps."""
    week = 7 * MINUTES
    weeks, rest = divmod(int(end), week)
    weeks_before, rest_before = divmod(int(start), week)
    return cumulative[rest] - cumulative[rest_before] + (weeks - weeks_before) * cumulative[week]


def articles_per_day(past: Sequence[datetime], now: datetime) -> float:
    """Articles on an average day by what came until `now`, lately more than long ago."""
    return _per_day(past, _weights(past, now), now)


def _weights(past: Sequence[datetime], now: datetime) -> list[float]:
    return [0.5 ** ((now - time) / timedelta(days=HALF_LIFE_DAYS)) for time in past]


def _per_day(past: Sequence[datetime], weights: Sequence[float], now: datetime) -> float:
    if not past:
        return PRIOR_PER_DAY
    span = max((now - min(past)) / timedelta(days=1), 0.25)
    # Days weigh like the articles in them: the integral of the half-life over the span.
    exposure = HALF_LIFE_DAYS / 0.6931 * (1 - 0.5 ** (span / HALF_LIFE_DAYS))
    return float((sum(weights) + PRIOR_PER_DAY * PRIOR_WEIGHT) / (exposure + PRIOR_WEIGHT))


def _minutes(past: Sequence[datetime], weights: Sequence[float]) -> tuple[float, ...]:
    """Kernel estimate over the minutes of a day, on a circle: midnight has neighbors."""
    mass = [0.0] * MINUTES
    for time, weight in zip(past, weights, strict=True):
        mass[time.hour * 60 + time.minute] += weight
    total = sum(mass)
    if not total:
        return (1 / MINUTES,) * MINUTES
    narrow, wide = _smoothed(mass, NARROW), _smoothed(mass, WIDE)
    shares = [
        FLOOR / MINUTES + (1 - FLOOR) * (NARROW_SHARE * a + (1 - NARROW_SHARE) * b) / total
        for a, b in zip(narrow, wide, strict=True)
    ]
    habits = _habits_of_the_hour(mass, shares, total)
    shares = [share * habits[minute % HOUR] for minute, share in enumerate(shares)]
    whole = sum(shares)
    return tuple(share / whole for share in shares)


def _habits_of_the_hour(mass: Sequence[float], shares: Sequence[float], total: float) -> list[float]:
    """Articles seen per article expected by `shares`, by the minute of the hour."""
    return [
        (sum(mass[minute::HOUR]) + HOUR_PRIOR) / (total * sum(shares[minute::HOUR]) + HOUR_PRIOR)
        for minute in range(HOUR)
    ]


def _smoothed(mass: Sequence[float], half_width: int) -> list[float]:
    """Moving average over 2 x half_width + 1 minutes, around the clock."""
    width = 2 * half_width + 1
    window = sum(mass[offset % MINUTES] for offset in range(-half_width, half_width + 1))
    smoothed = []
    for minute in range(MINUTES):
        smoothed.append(window / width)
        window += mass[(minute + half_width + 1) % MINUTES] - mass[minute - half_width]
    return smoothed


def _weekdays(past: Sequence[datetime], weights: Sequence[float]) -> tuple[float, ...]:
    counts = [WEEKDAY_PRIOR] * 7
    for time, weight in zip(past, weights, strict=True):
        counts[time.weekday()] += weight
    mean = sum(counts) / 7
    return tuple(count / mean for count in counts)
