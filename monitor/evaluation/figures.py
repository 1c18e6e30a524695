"""Counts in, figures out: precision, recall, F1 with an interval, pairs and B-cubed of groups, calibration. Pure."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

_DRAWS = 1000
_SEED = 20_260_314


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """How often something was right: `hits` of `found` and of `wanted`."""

    hits: int = 0
    found: int = 0
    wanted: int = 0

    @property
    def precision(self) -> float | None:
        """Share of what was found that is right; None where nothing was found."""
        return self.hits / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of what was wanted that was found; None where nothing was wanted."""
        return self.hits / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where nothing was found or wanted."""
        return 2 * self.hits / (self.found + self.wanted) if self.found + self.wanted else None

    def __add__(self, other: Figure) -> Figure:
        return Figure(
            hits=self.hits + other.hits, found=self.found + other.found, wanted=self.wanted + other.wanted
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`right` of `total`."""

    right: int = 0
    total: int = 0

    @property
    def value(self) -> float | None:
        return self.right / self.total if self.total else None

    def __add__(self, other: Share) -> Share:
        return Share(right=self.right + other.right, total=self.total + other.total)


def of_decisions(decisions: Sequence[tuple[bool, bool]]) -> Figure:
    """From (wanted, found) of each article."""
    return Figure(
        hits=sum(wanted and found for wanted, found in decisions),
        found=sum(found for _, found in decisions),
        wanted=sum(wanted for wanted, _ in decisions),
    )


def f1_interval(decisions: Sequence[tuple[bool, bool]]) -> tuple[float, float] | None:
    """95 % interval of F1 by the percentile bootstrap (Efron 1979): articles drawn with replacement, same seed always.

    None below 10 articles, where an interval says nothing.
    """
    if len(decisions) < 10:
        return None
    draw = random.Random(_SEED)
    values = sorted(
        figure
        for _ in range(_DRAWS)
        if (figure := of_decisions(draw.choices(decisions, k=len(decisions))).f1) is not None
    )
    if not values:
        return None
    return values[int(0.025 * len(values))], values[min(len(values) - 1, int(0.975 * len(values)))]


def pairs(found: Mapping[str, Hashable], wanted: Mapping[str, Hashable]) -> Figure:
    """Pairs of articles put together, of those that belong together. Both mappings have the same keys."""
    cells: dict[tuple[Hashable, Hashable], int] = defaultdict(int)
    rows: dict[Hashable, int] = defaultdict(int)
    columns: dict[Hashable, int] = defaultdict(int)
    for key, group in found.items():
        cells[group, wanted[key]] += 1
        rows[group] += 1
        columns[wanted[key]] += 1
    return Figure(hits=_two_of(cells), found=_two_of(rows), wanted=_two_of(columns))


def _two_of(counts: Mapping[Hashable, int] | Mapping[tuple[Hashable, Hashable], int]) -> int:
    return sum(count * (count - 1) // 2 for count in counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class BCubed:
    """Mean over articles of how pure and how complete their group is (Bagga and Baldwin 1998)."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(found: Mapping[str, Hashable], wanted: Mapping[str, Hashable]) -> BCubed | None:
    """None without articles."""
    if not found:
        return None
    by_found: dict[Hashable, set[str]] = defaultdict(set)
    by_wanted: dict[Hashable, set[str]] = defaultdict(set)
    for key, group in found.items():
        by_found[group].add(key)
        by_wanted[wanted[key]].add(key)
    shared = {key: len(by_found[group] & by_wanted[wanted[key]]) for key, group in found.items()}
    count = len(found)
    return BCubed(
        precision=sum(shared[key] / len(by_found[group]) for key, group in found.items()) / count,
        recall=sum(shared[key] / len(by_wanted[wanted[key]]) for key in found) / count,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Articles whose score lies from `low` to below `high`, and how many of them are relevant."""

    low: int
    high: int
    share: Share


def calibration(scored: Sequence[tuple[int, bool]], *, width: int = 10, top: int = 100) -> tuple[Bin, ...]:
    """From (score, wanted): bins of equal width up to `top`, the last one open; empty ones left out."""
    groups: dict[int, list[bool]] = defaultdict(list)
    for score, wanted in scored:
        groups[min(max(score, 0), top) // width * width].append(wanted)
    return tuple(
        Bin(low=low, high=low + width, share=Share(right=sum(listed), total=len(listed)))
        for low, listed in sorted(groups.items())
    )
