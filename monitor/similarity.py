"""Two reports' features in, how alike they are out, as a sum with names. Pure.

Facts decide, not texts, so reports in different languages meet: provider families, places, kind of event, amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from monitor.model import Direction, ScorePart, StoryFeatures
from monitor.searching import title_key

#: Hundredths. `other_amount` and `after_weeks` were chosen on the labelled stories (docs/stories.md); `other_hub` keeps
#: two towns of one country apart: family, country, class and overlap alone make 80. `deal_beside` keeps a partnership
#: out of the story of a project in the same country; the labelled pairs are the same with and without it.
WEIGHTS = {
    "family": 30,
    "country": 25,
    "class": 15,
    "deal_beside": -15,
    "overlap": 10,
    "amount": 15,
    "other_amount": -6,
    "hub": 12,
    "other_hub": -30,
    "opposite": -35,
    "title": 15,
    "after_days": -12,
    "after_weeks": -16,
}
_DEALS = frozenset({"deal"})
SAME_AMOUNT = Decimal("0.15")
#: Direction of a report that something planned is delayed or cancelled.
STOPPED = "stopped"


def similarity(first: StoryFeatures, second: StoryFeatures) -> tuple[ScorePart, ...]:
    """How alike two reports are, as named hundredths; their sum is the similarity."""
    points = {
        "family": _shared(first.families, second.families) * WEIGHTS["family"],
        "country": _shared(first.countries, second.countries) * WEIGHTS["country"],
        "class": _class_points(first, second),
        "overlap": _jaccard(first.families | first.countries, second.families | second.countries)
        * WEIGHTS["overlap"],
        "amount": _amount_points(first, second),
        "hub": _hub_points(first, second),
        "direction": _direction_points(first, second),
        "title": title_likeness(first, second) * WEIGHTS["title"],
        "time": _time_points(first.published, second.published),
    }
    return tuple(ScorePart(name=name, points=round(value)) for name, value in points.items() if round(value))


def title_likeness(first: StoryFeatures, second: StoryFeatures) -> float:
    """Jaccard similarity of the titles' trigrams, 0 for different languages."""
    if not first.title or first.language != second.language:
        return 0.0
    return _jaccard(_trigrams(first.title), _trigrams(second.title))


def _class_points(first: StoryFeatures, second: StoryFeatures) -> int:
    """For the same kind of event, or against a mere deal beside anything else."""
    if first.classes & second.classes:
        return WEIGHTS["class"]
    return WEIGHTS["deal_beside"] if _DEALS in (first.classes, second.classes) else 0


def _shared(first: frozenset[str], second: frozenset[str]) -> float:
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    union = first | second
    return len(first & second) / len(union) if union else 0.0


def _amount_points(first: StoryFeatures, second: StoryFeatures) -> int:
    """For an amount in common, or against amounts that differ: once, whatever the number of units."""
    found = [
        _are_near(some, others)
        for some, others in (
            (first.money_usd, second.money_usd),
            (first.power_mw, second.power_mw),
            (first.accelerators, second.accelerators),
        )
        if some and others
    ]
    if not found:
        return 0
    return WEIGHTS["amount"] if any(found) else WEIGHTS["other_amount"]


def _are_near(some: Sequence[Decimal], others: Sequence[Decimal]) -> bool:
    return any(abs(a - b) <= SAME_AMOUNT * max(abs(a), abs(b)) for a in some for b in others)


def _hub_points(first: StoryFeatures, second: StoryFeatures) -> int:
    if not first.hubs or not second.hubs:
        return 0
    return WEIGHTS["hub"] if _share_a_hub(first, second) else WEIGHTS["other_hub"]


def _share_a_hub(first: StoryFeatures, second: StoryFeatures) -> bool:
    """A town in common, or a town of the one inside a region that the other names."""
    within = first.regions & second.hubs or first.hubs & second.regions
    return bool(first.hubs & second.hubs or within)


def _direction_points(first: StoryFeatures, second: StoryFeatures) -> int:
    """Against opposite directions. Not against a stop that follows a plan and names its place or its size."""
    some, others = first.directions, second.directions
    if some & others or Direction.EXPANSION.value not in some | others:
        return 0
    if not {Direction.CONTRACTION.value, STOPPED} & (some | others):
        return 0
    plan, stop = (second, first) if STOPPED in some else (first, second)
    if STOPPED in stop.directions and not _is_later(plan, stop):
        is_same = _share_a_hub(plan, stop) or _amount_points(plan, stop) > 0
        return 0 if is_same else WEIGHTS["opposite"]
    return WEIGHTS["opposite"]


def _is_later(first: StoryFeatures, second: StoryFeatures) -> bool:
    return bool(first.published and second.published and first.published > second.published)


def _time_points(first: datetime | None, second: datetime | None) -> int:
    if first is None or second is None:
        return 0
    apart = abs(first - second)
    if apart > timedelta(days=30):
        return WEIGHTS["after_weeks"]
    return WEIGHTS["after_days"] if apart > timedelta(days=4) else 0


@lru_cache(maxsize=4096)
def _trigrams(title: str) -> frozenset[str]:
    """Pieces of three letters, of two in scripts where a character is nearly a word."""
    folded = title_key(title)
    size = 3 if folded.isascii() or sum(char < "\u2e80" for char in folded) * 2 > len(folded) else 2
    return frozenset(folded[start : start + size] for start in range(max(1, len(folded) - size + 1)))
