"""Two groupings of the same articles in, how well they agree out: pairwise and B-cubed precision, recall and F1. Pure.

Pairwise counts pairs of articles in one group; B-cubed (Bagga and Baldwin 1998) averages over articles, so that one
large group does not decide alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Precision and recall from 0 to 1, and over how many things they were taken (pairs, or articles)."""

    precision: float
    recall: float
    count: int

    @property
    def f1(self) -> float:
        """Harmonic mean; 0 where both are 0."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def pairwise(found: Mapping[str, str], wanted: Mapping[str, str]) -> Agreement:
    """Article id → group, twice; only articles that both name count. `count` is the number of wanted pairs.

    Without any pair found precision is 1, without any wanted pair recall is 1.
    """
    shared = found.keys() & wanted.keys()
    both = _pairs(Counter((found[one], wanted[one]) for one in shared))
    made = _pairs(Counter(found[one] for one in shared))
    due = _pairs(Counter(wanted[one] for one in shared))
    return Agreement(precision=both / made if made else 1.0, recall=both / due if due else 1.0, count=due)


def b_cubed(found: Mapping[str, str], wanted: Mapping[str, str]) -> Agreement:
    """The same input; `count` is the number of articles. Without articles both figures are 1."""
    shared = found.keys() & wanted.keys()
    if not shared:
        return Agreement(precision=1.0, recall=1.0, count=0)
    both = Counter((found[one], wanted[one]) for one in shared)
    made, due = Counter(found[one] for one in shared), Counter(wanted[one] for one in shared)
    precision = sum(both[found[one], wanted[one]] / made[found[one]] for one in shared)
    recall = sum(both[found[one], wanted[one]] / due[wanted[one]] for one in shared)
    return Agreement(precision=precision / len(shared), recall=recall / len(shared), count=len(shared))


def _pairs(sizes: Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
