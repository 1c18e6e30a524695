"""True rates of publication in, the least median delay that a timetable made of them can have out. Pure.

A policy learns the rates, a timetable of this kind is told them: how far there is to go. For articles that come
independently of each other (a Poisson process) no policy without foresight does better at as many polls; where one
article tells of the next one (sittings, release times used once) a policy that looks at what it found still may.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

#: Steps of half a minute: the precision of the result, and of the polls.
STEPS_PER_MINUTE = 2
MOST_MINUTES = 60


def least_median(rates: Sequence[Sequence[float]], polls: float) -> float:
    """Minutes within which half of all articles are seen, at best, with `polls` polls over all sources.

    `rates` holds the expected articles of every step, one row a source. A poll sees what came out in the minutes
    before it; so the question is how few minutes long `polls` windows may be to hold half of all articles.
    """
    half = sum(map(sum, rates)) / 2
    shorter = 0.0
    for length in range(1, MOST_MINUTES * STEPS_PER_MINUTE):
        held = most_in_windows(rates, length, polls)
        if held >= half:
            return (length - (held - half) / (held - shorter)) / STEPS_PER_MINUTE
        shorter = held
    return float(MOST_MINUTES)


def most_in_windows(rates: Sequence[Sequence[float]], length: int, polls: float) -> float:
    """Expected articles in the best `polls` windows of `length` steps that do not overlap within a source.

    A price for a window does the choosing (Lagrange's relaxation): the windows worth it are as many as the budget
    allows at one price. What the next dearer and the next cheaper price hold is mixed, which bounds from above.
    """
    dear, cheap = max(map(max, rates)) * length + 1e-9, 0.0
    few, little = 0, 0.0
    many, much = _at_price(rates, length, cheap)
    for _ in range(16):
        if many <= polls:
            return much
        price = (dear + cheap) / 2
        count, held = _at_price(rates, length, price)
        if count > polls:
            cheap, many, much = price, count, held
        else:
            dear, few, little = price, count, held
    return little + (much - little) * (polls - few) / (many - few)


def _at_price(rates: Sequence[Sequence[float]], length: int, price: float) -> tuple[int, float]:
    """Number of windows worth `price` over all sources, and the articles they hold."""
    windows, held = 0, 0.0
    for row in rates:
        count, articles = _best_windows(list(accumulate(row, initial=0.0)), length, price)
        windows, held = windows + count, held + articles
    return windows, held


def _best_windows(until: Sequence[float], length: int, price: float) -> tuple[int, float]:
    """Windows of one source whose articles, less the price of each window, are most; dynamic programming."""
    worth = [0.0] * len(until)
    for end in range(1, len(until)):
        without = worth[end - 1]
        if end >= length:
            with_it = worth[end - length] + until[end] - until[end - length] - price
            worth[end] = max(with_it, without)
        else:
            worth[end] = without
    count, held, end = 0, 0.0, len(until) - 1
    while end > 0:
        if worth[end] == worth[end - 1]:
            end -= 1
        else:
            count, held, end = count + 1, held + until[end] - until[end - length], end - length
    return count, held
