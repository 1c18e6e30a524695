"""Facts of one article in, without those that only say less of the same event out. Pure.

One sentence fires several rules ("opens a region with three zones in its data center": region, data center, market).
The more special fact stays; a general one of the same family in the same sentences says nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.model import EventType
from monitor.rules.setting import Fact

# type -> the types that make it redundant where family and sentence, or headline and lead, are the same
DOMINATED: Mapping[EventType, frozenset[EventType]] = {
    EventType.MARKET: frozenset(
        {EventType.REGION, EventType.DATACENTER, EventType.COMPUTE, EventType.INVESTMENT}
    ),
    EventType.AVAILABILITY: frozenset({EventType.REGION, EventType.DATACENTER, EventType.COMPUTE}),
    EventType.DATACENTER: frozenset({EventType.REGION}),
    EventType.POWER: frozenset({EventType.REGION, EventType.DATACENTER}),
}
OWN_WEIGHT = frozenset({"market-office", "market-exit", "power"})  # rules that say something of their own


# Rules without an object: what they find is said better by any other project of the same family.
GENERAL = frozenset({"capacity", "pure-place", "pure-stop"})
PROJECTS = frozenset(
    {
        EventType.REGION,
        EventType.DATACENTER,
        EventType.COMPUTE,
        EventType.POWER,
        EventType.CONNECTIVITY,
        EventType.MARKET,
    }
)


def without_dominated(facts: Sequence[Fact]) -> list[Fact]:
    """Drop facts that a more special one of the same family, direction and place covers."""
    return [fact for fact in facts if not any(_covers(other, fact) for other in facts)]


def _covers(other: Fact, fact: Fact) -> bool:
    general = fact.finding.rule in GENERAL and other.finding.rule not in GENERAL
    kinds = PROJECTS if general else DOMINATED.get(fact.finding.type)
    if kinds is None or other.finding.type not in kinds or fact.finding.rule in OWN_WEIGHT:
        return False
    if other.finding.direction is not fact.finding.direction or not other.families & fact.families:
        return False
    if fact.finding.type is EventType.DATACENTER and not general:
        return other.sentence == fact.sentence or (fact.nominal and other.in_window)
    return other.sentence == fact.sentence or (other.in_window and fact.in_window)
