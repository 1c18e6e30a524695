"""Facts that headline and lead carry in, those that are the event itself out; the others are its background. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.knowledge.model import Knowledge
from monitor.model import Direction, EventType, Finding, Status
from monitor.rules.derived import BUILT, COST_RULE, buys_land, is_local, is_stopped, states, towns
from monitor.rules.quantities import is_currency
from monitor.rules.redundancy import LEAVES, PROJECTS
from monitor.rules.setting import Fact

SUMMED = frozenset({EventType.ACQUISITION, EventType.CONTRACT})  # their sum is no investment
UTILITY = "power-utility"  # a contract of its own
OWN_OBJECTS = frozenset({"datacenter", "customer"})  # of a deal that one side alone is named of
AGREES = "contract-agree"
CROWD = 3  # firms named side by side
CAPEX = "capex"  # what all spending goes into is no site
VENDORS = frozenset({"vendor", "chip"})

# A fact -> those of the same family that it only describes further, unless it alone stands in the headline.
FURTHER: Mapping[EventType, frozenset[EventType]] = {
    EventType.COMPUTE: frozenset(
        {EventType.DATACENTER, EventType.REGION, EventType.INVESTMENT, EventType.POWER}
    ),
    EventType.POWER: frozenset({EventType.DATACENTER, EventType.REGION}),
    EventType.INVESTMENT: PROJECTS - {EventType.MARKET},
    EventType.REGULATORY: frozenset({EventType.DATACENTER, EventType.REGION}),
}
# The same, where the other alone stands in the headline.
BEHIND_HEADLINE: Mapping[EventType, frozenset[EventType]] = {
    EventType.COMPUTE: frozenset({EventType.ACQUISITION}),
    EventType.CONTRACT: frozenset({EventType.DATACENTER, EventType.REGION, EventType.INVESTMENT}),
    EventType.ACQUISITION: frozenset({EventType.DATACENTER, EventType.REGION}),
    EventType.DATACENTER: frozenset(
        {
            EventType.COMPUTE,
            EventType.CONNECTIVITY,
            EventType.POWER,
            EventType.CONTRACT,
            EventType.ACQUISITION,
        }
    ),
}
# With a size of its own kind it says something of its own.
SIZED: Mapping[EventType, str] = {
    EventType.COMPUTE: "ACCEL",
    EventType.DATACENTER: "MW",
    EventType.INVESTMENT: "money",
    EventType.ACQUISITION: "money",
}
# A market is entered by what is built, bought or sold there.
BEHIND: Mapping[EventType, frozenset[EventType]] = {
    EventType.MARKET: PROJECTS - {EventType.MARKET}
    | {EventType.INVESTMENT, EventType.CONTRACT, EventType.ACQUISITION},
}
# A headline without a verb names a data center that something else happens to.
HAPPENS_TO = frozenset({EventType.ACQUISITION, EventType.REGULATORY, EventType.POWER})


def without_background(facts: Sequence[Fact], knowledge: Knowledge) -> list[Fact]:
    """Those of the facts that headline and lead carry which are the event itself; the others are its background.

    A footprint is never news. Where a fact can raise an alert, weak and denied ones, a vendor's part and what only
    describes it further are background. At least one fact that can raise an alert stays where there was one.
    """
    low = knowledge.scoring.thresholds["low"]
    facts = [fact for fact in facts if not any(_refutes(other, fact) for other in facts)]
    able = [fact for fact in facts if _can_alert(fact, low)]
    acting = [fact for fact in able if not _of_vendors(fact, knowledge)]
    if acting:
        able = acting
    chosen = able or [fact for fact in facts if fact.finding.type is not EventType.FOOTPRINT]
    kept = [
        fact
        for fact in chosen
        if not (_is_survey(fact) or any(_stands_before(other, fact, knowledge) for other in able))
    ]
    return kept or chosen


def _refutes(other: Fact, fact: Fact) -> bool:
    """Whether the headline denies what the text reports ("LG CNS denies exit": the paper's story is no news)."""
    return (
        other.finding.status is Status.DENIED
        and other.finding.direction is not Direction.NEUTRAL
        and other.in_headline
        and not fact.in_headline
        and fact.finding.status is Status.RUMOURED
        and bool(other.families & fact.families)
        and _share_places(other, fact)
    )


def _is_survey(fact: Fact) -> bool:
    """A sentence far down that names three and more firms tells what the market does."""
    return not fact.in_window and len(fact.families) >= CROWD


def _can_alert(fact: Fact, low: int) -> bool:
    finding = fact.finding
    return (
        finding.score >= low
        and finding.status is not Status.DENIED
        and finding.direction is not Direction.NEUTRAL
        and finding.type is not EventType.FOOTPRINT
    )


def _of_vendors(fact: Fact, knowledge: Knowledge) -> bool:
    actors = fact.finding.actors
    return bool(actors) and all(knowledge.kind_of(actor.id) in VENDORS for actor in actors)


def _stands_before(other: Fact, fact: Fact, knowledge: Knowledge) -> bool:
    """Whether `fact` is the background of `other`: same family, and the headline or a project says it better."""
    if not other.families & fact.families:
        return _is_host(other, fact)
    if fact.earlier and not other.earlier:
        return True
    one, further = other.finding, fact.finding
    if _is_land_and_site(one, further) or _is_land_and_site(further, one):
        return False
    if one.direction is not further.direction:
        if _is_money_of_a_stopped_site(other, fact) or is_stopped(other, fact):
            return True
        return other.in_headline and not fact.in_headline and _share_places(other, fact)
    if one.type in BEHIND.get(further.type, ()) and not (further.rule == LEAVES and fact.in_headline):
        return True
    sized = _is_sized(fact) and one.type is not EventType.POWER  # megawatts are the plant's
    if (
        fact.nominal
        and not (further.type is EventType.COMPUTE and sized)
        and one.type in HAPPENS_TO
        and other.in_headline
        and not (one.type is EventType.REGULATORY and is_local(other))
    ):
        return True
    if further.type is EventType.REGULATORY and further.direction is Direction.CONTRACTION:
        return one.type in BUILT and is_local(fact)
    if _is_part_of(other, fact, knowledge) or (
        _is_local_permit(fact) and one.type in BUILT and not other.nominal
    ):
        return True
    if further.rule == UTILITY and fact.in_window:
        return False
    if _is_sized(fact) or (fact.in_headline and not other.in_headline):
        return False
    if one.type in FURTHER.get(further.type, ()) and (not other.nominal or _is_local_permit(fact)):
        return True
    return other.in_headline and not fact.in_headline and one.type in BEHIND_HEADLINE.get(further.type, ())


def _is_part_of(other: Fact, fact: Fact, knowledge: Knowledge) -> bool:
    """The sum of a purchase or an order is no investment; who builds with nobody known is no partner."""
    one, further = other.finding, fact.finding
    bought = one.type is EventType.ACQUISITION and other.sentence == fact.sentence
    if further.type is EventType.INVESTMENT and (
        bought or (further.rule == COST_RULE and one.type in SUMMED)
    ):
        sums = {
            (amount.value, amount.unit)
            for amount in one.amounts
            if is_currency(amount.unit) and (other.in_headline or states(other, amount))
        }
        return any((amount.value, amount.unit) in sums for amount in further.amounts)
    if further.type is EventType.ACQUISITION and one.type is EventType.INVESTMENT and other.in_headline:
        return not fact.in_headline and bool(
            {(amount.value, amount.unit) for amount in one.amounts}
            & {(amount.value, amount.unit) for amount in further.amounts}
        )
    if further.type in (EventType.CONTRACT, EventType.ACQUISITION) and one.type is EventType.POWER:
        return further.object == "datacenter"
    if _is_the_same_deal(other, fact):
        return True
    if further.object == "site" and further.type is EventType.DATACENTER and one.type is EventType.REGION:
        return not fact.in_headline
    if further.type is EventType.DATACENTER and one.type is EventType.INVESTMENT:
        return (one.rule == CAPEX or other.in_headline) and not (further.places or fact.in_headline)
    if further.type is EventType.CONTRACT and one.type is EventType.COMPUTE:
        return _is_order_of_chips(further, knowledge)
    if further.type is EventType.CONTRACT and one.type in BUILT and other.sentence == fact.sentence:
        return _is_of_one_side(fact)
    return (
        further.type is EventType.PARTNERSHIP
        and one.type in PROJECTS | {EventType.INVESTMENT}
        and len(fact.families) < 2
        and not fact.in_headline
    )


def _is_of_one_side(fact: Fact) -> bool:
    """A deal without a sum of which one side is named, in the sentence that tells what it builds ("won the land")."""
    sums = (amount for amount in fact.finding.amounts if is_currency(amount.unit) and states(fact, amount))
    return (
        not fact.in_headline
        and len(fact.families) < 2
        and fact.finding.object in OWN_OBJECTS
        and next(sums, None) is None
    )


def _is_the_same_deal(other: Fact, fact: Fact) -> bool:
    """Buyer and seller, or customer and supplier, are no partners; who agrees to form a venture signs no order."""
    one, further = other.finding.type, fact.finding
    if not fact.families <= other.families or fact.in_headline:
        return False
    if further.type is EventType.PARTNERSHIP:
        return one is EventType.ACQUISITION or (one is EventType.CONTRACT and other.sentence == fact.sentence)
    return (
        further.rule == AGREES
        and one is EventType.PARTNERSHIP
        and other.sentence == fact.sentence
        and other.finding.rule != AGREES
    )


def _is_order_of_chips(finding: Finding, knowledge: Knowledge) -> bool:
    """A contract of one firm with vendors of chips orders what the compute fact counts."""
    buyers = [actor for actor in finding.actors if knowledge.kind_of(actor.id) not in VENDORS]
    return len(buyers) == 1 < len(finding.actors)


def _is_money_of_a_stopped_site(other: Fact, fact: Fact) -> bool:
    """The sum that a site was to cost, where the news is that it comes later or not at all."""
    return (
        other.in_window
        and other.finding.type in BUILT
        and other.finding.direction is Direction.CONTRACTION
        and other.finding.status in (Status.DELAYED, Status.CANCELLED)
        and fact.finding.type is EventType.INVESTMENT
        and not fact.in_headline
        and _share_places(other, fact)
    )


def _is_land_and_site(bought: Finding, built: Finding) -> bool:
    """Whether one buys the ground on which the other is to stand: both are told."""
    return built.type is EventType.DATACENTER and built.direction is bought.direction and buys_land(bought)


def _is_host(other: Fact, fact: Fact) -> bool:
    """Whether another firm's data center is where the headline's region, chips or hall stand."""
    return (
        other.in_headline
        and not fact.headlined
        and other.finding.type in BUILT | {EventType.COMPUTE}
        and fact.finding.type is EventType.DATACENTER
        and bool(towns(other.finding) & towns(fact.finding))
    )


def _is_local_permit(fact: Fact) -> bool:
    return fact.finding.type is EventType.REGULATORY and (not fact.finding.places or is_local(fact))


def _is_sized(fact: Fact) -> bool:
    wanted = SIZED.get(fact.finding.type)
    units = {amount.unit for amount in fact.finding.amounts}
    return wanted in units or (wanted == "money" and any(map(is_currency, units)))


def _share_places(one: Fact, other: Fact) -> bool:
    here, there = ({place.id for place in fact.finding.places} for fact in (one, other))
    return not here or not there or bool(here & there)
