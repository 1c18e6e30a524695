"""A name of a made-up outlet in, the minutes at which it publishes and its true rates out. Pure.

Outlets are of the kinds that newsrooms are: by office hours, by the clock, on round minutes, in bursts, round the
clock, hardly ever. Minutes are counted from a Monday at midnight.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from benchmarks.timetable import STEPS_PER_MINUTE

DAY = 1440.0
WEEK = 7 * DAY
RATE_WEEKS = 100  # the weeks after the measured ones, from which an outlet's true rates are counted


def names(sources: int) -> list[str]:
    kinds = itertools.cycle(KINDS)
    return [f"{kind}-{number}" for number, kind in zip(range(sources), kinds, strict=False)]


def published(name: str, days: int, seed: int) -> list[float]:
    """Minutes at which the outlet of that name publishes. More days are the same days, and more of them."""
    kind = KINDS[name.partition("-")[0]]
    return sorted(time for time in kind(random.Random(f"{seed} {name}"), days) if 0 <= time < days * DAY)


def true_rates(name: str, days: int, seed: int) -> list[float]:
    """Expected articles in every step of a week, counted over many weeks that come after `days`."""
    steps = int(WEEK * STEPS_PER_MINUTE)
    counts = [0.0] * steps
    for time in published(name, days + 7 * RATE_WEEKS, seed):
        if time >= days * DAY:
            counts[int((time - days * DAY) * STEPS_PER_MINUTE) % steps] += 1 / RATE_WEEKS
    # What is not by the clock is smooth: a hundred weeks would leave chance peaks that nobody can know of.
    width = 0 if name.startswith(BY_THE_CLOCK) else 15 * STEPS_PER_MINUTE
    around = [0.0, *itertools.accumulate(counts[steps - width :] + counts + counts[:width])]
    return [(around[step + 2 * width + 1] - around[step]) / (2 * width + 1) for step in range(steps)]


def office(chance: random.Random, days: int) -> list[float]:
    """Trade press: 3 to 30 articles a working day, spread over its office hours; little on weekends."""
    per_day, opens = chance.uniform(3, 30), chance.choice([0, 60, 420, 480, 780, 840])
    times = []
    for day in range(days):
        count = poisson(chance, per_day if day % 7 < 5 else per_day / 12)
        times += [day * DAY + opens + chance.triangular(0, 600, 180) for _ in range(count)]
    return times


def clockwork(chance: random.Random, days: int) -> list[float]:
    """Newsrooms and wires with fixed release times, a few minutes late at most, not every one used."""
    slots = [chance.choice([0, 15, 30]) + 60 * chance.randrange(24) for _ in range(chance.randint(1, 8))]
    times = []
    for day in range(days):
        for slot in slots:
            if chance.random() < (0.8 if day % 7 < 5 else 0.1):
                times.append(day * DAY + slot + chance.expovariate(1 / 1.5))
    return times


def scheduled(chance: random.Random, days: int) -> list[float]:
    """Wires and editorial systems: released in office hours on round minutes, one in four at any minute."""
    per_day, opens = chance.uniform(4, 20), chance.choice([0, 60, 420, 480, 780, 840])
    step = chance.choice([5, 15, 15, 30])
    times = []
    for day in range(days):
        for _ in range(poisson(chance, per_day if day % 7 < 5 else per_day / 12)):
            minute = opens + chance.triangular(0, 600, 180)
            if chance.random() < 0.75:
                minute = minute // step * step + chance.uniform(0, 1)
            times.append(day * DAY + minute)
    return times


def bursts(chance: random.Random, days: int) -> list[float]:
    """Outlets that publish what an editor finished in one go: one to four sittings a day."""
    times = []
    for day in range(days):
        for _ in range(poisson(chance, 2 if day % 7 < 5 else 0.7)):
            sitting = day * DAY + chance.gauss(840, 240)
            times += [sitting + chance.expovariate(1 / 6) for _ in range(chance.randint(1, 6))]
    return times


def always(chance: random.Random, days: int) -> list[float]:
    """Agencies: round the clock, with a soft swing over the day."""
    per_day, shift = chance.uniform(20, 80), chance.uniform(0, DAY)
    times = []
    for day in range(days):
        for _ in range(poisson(chance, per_day)):
            while True:
                minute = chance.uniform(0, DAY)
                if chance.random() < 0.35 + 0.65 * (0.5 + 0.5 * ((minute + shift) % DAY) / DAY):
                    break
            times.append(day * DAY + minute)
    return times


def weekly(chance: random.Random, days: int) -> list[float]:
    """Blogs and vendors: one or two articles a week, on their weekday, at about their hour."""
    weekday, hour = chance.randrange(5), chance.uniform(6, 18) * 60
    times = []
    for day in range(days):
        if day % 7 == weekday and chance.random() < 0.9:
            times.append(day * DAY + chance.gauss(hour, 45))
        if chance.random() < 0.08:
            times.append(day * DAY + chance.uniform(360, 1200))
    return times


KINDS: dict[str, Callable[[random.Random, int], list[float]]] = {
    kind.__name__: kind for kind in (office, clockwork, scheduled, bursts, always, weekly)
}
BY_THE_CLOCK = ("clockwork", "scheduled")


def poisson(chance: random.Random, mean: float) -> int:
    """A count with that mean (Knuth's method; means are small)."""
    count, product, limit = 0, chance.random(), 2.718281828 ** -min(mean, 500)
    while product > limit:
        product *= chance.random()
        count += 1
    return count
