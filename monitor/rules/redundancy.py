"""Facts of one article in, without those that only say less of the same event out. Pure.

One sentence fires several rules ("opens a region with three zones in its data center": region, data center, market).
The more special fact stays; a general one of the same family in the same sentences says nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.model import Direction, EventType, Status
from monitor.rules.derived import BUILT
from monitor.rules.setting import Fact

# type -> the types that make it redundant where family and sentence, or headline and lead, are the same
DOMINATED: Mapping[EventType, frozenset[EventType]] = {
    EventType.MARKET: frozenset(
        {
            EventType.REGION,
            EventType.DATACENTER,
            EventType.COMPUTE,
            EventType.INVESTMENT,
            EventType.AVAILABILITY,
        }
    ),
    EventType.AVAILABILITY: frozenset({EventType.REGION, EventType.DATACENTER, EventType.COMPUTE}),
    EventType.DATACENTER: frozenset({EventType.REGION}),
    EventType.POWER: frozenset({EventType.REGION, EventType.DATACENTER}),
}
RESTRICTS, LIFTS = "licence-no", "restriction-lifted"  # "lifts the moratorium" names both
LEAVES = "market-exit"  # to leave a market says more than that a site closes
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


MORE_THAN_GENERAL = PROJECTS | {EventType.ACQUISITION}
SIZED_RULES = frozenset({"capacity", "capacity-leased"})  # megawatts say more than that a market is entered
RESTRICTED = frozenset(
    {EventType.COMPUTE, EventType.DATACENTER, EventType.CONTRACT, EventType.REGION, EventType.INVESTMENT}
)


def without_dominated(facts: Sequence[Fact]) -> list[Fact]:
    """Drop facts that a more special one of the same family, direction and place covers."""
    return [
        fact for fact in facts if not any(_covers(other, fact) or _forbids(other, fact) for other in facts)
    ]


def _forbids(other: Fact, fact: Fact) -> bool:
    """A rule against exports or sites names what it forbids: no expansion, whoever the sentence names."""
    return (
        other.finding.type is EventType.REGULATORY
        and other.finding.direction is Direction.CONTRACTION
        and other.finding.status is not Status.DENIED
        and fact.finding.direction is Direction.EXPANSION
        and fact.finding.type in RESTRICTED
        and (other.sentence == fact.sentence or (other.in_window and fact.across))
    )


def _covers(other: Fact, fact: Fact) -> bool:
    if fact.finding.rule == RESTRICTS and other.finding.rule == LIFTS:
        return other.sentence == fact.sentence
    general = fact.finding.rule in GENERAL
    if other.finding.rule in GENERAL and not general:
        return False  # a general rule says less than any other; two that cover each other would both be lost
    general = general and other.finding.rule not in GENERAL
    kinds = MORE_THAN_GENERAL if general else DOMINATED.get(fact.finding.type)
    if fact.finding.rule in SIZED_RULES and other.finding.type is EventType.MARKET:
        return False
    if fact.finding.rule == LEAVES and other.finding.type in BUILT and other.action == fact.action:
        return True  # "winds down its Bangalore region": the region is left, not the country
    if kinds is None or other.finding.type not in kinds or fact.finding.rule in OWN_WEIGHT:
        return False
    if other.finding.direction is not fact.finding.direction or not other.families & fact.families:
        return False
    if fact.finding.type is EventType.POWER and fact.in_headline and (other.nominal or other.across):
        return False
    if fact.finding.type is EventType.DATACENTER and not general:
        return other.sentence == fact.sentence or (fact.nominal and other.in_window)
    return other.sentence == fact.sentence or (other.in_window and fact.in_window)
