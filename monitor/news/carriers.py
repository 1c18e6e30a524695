"""The facts of one article in, those that headline and lead may carry out, and what the headline backs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from monitor.mentions.lexicon import Kind
from monitor.model import Direction, EventType, Field, Status
from monitor.rules.completion import BOUNDED_GROUPS
from monitor.rules.matching import INFRASTRUCTURE
from monitor.rules.quantities import is_substantial
from monitor.rules.setting import Fact, Setting

CLOSINGS = frozenset({"close", "exit", "cancel"})
_SITES = frozenset({EventType.REGION, EventType.DATACENTER})
WEIGHTY = frozenset({"money", "power", "accel"})
ONLY_NAMED = frozenset(
    {"chip", "model", "vendor", "group"}
)  # kinds that a headline names without being about them


def is_moving(fact: Fact) -> bool:
    """An expansion or contraction that is not denied and not background."""
    finding = fact.finding
    return (
        finding.type is not EventType.FOOTPRINT
        and finding.direction is not Direction.NEUTRAL
        and finding.status is not Status.DENIED
    )


def stands_in_title(fact: Fact) -> bool:
    return fact.finding.evidence.span.field is Field.TITLE


def headline_denies(facts: Sequence[Fact], setting: Setting) -> bool:
    """Whether the headline denies a report or says no to a plan, and states nothing else that happens: what the text
    goes on to say ("everything goes on as planned") is no news then, unless something is stopped."""
    titled = [fact for fact in facts if stands_in_title(fact) and not fact.across]
    if any(is_moving(fact) for fact in titled):
        return False
    if any(hit.value == "denial" for one in setting.reading.titles for hit in one.of(Kind.CUE)):
        return True
    stops = any(_is_stop(fact) for fact in facts if fact.in_window and is_moving(fact))
    denied = [fact for fact in titled if fact.finding.status is Status.DENIED]
    return not stops and any(not _is_stop(fact) for fact in denied)


def _is_stop(fact: Fact) -> bool:
    return fact.finding.direction is Direction.CONTRACTION


def causes_of(facts: Sequence[Fact]) -> frozenset[str]:
    """Genres whose words only say what brought a fact about: an outage a closing in the headline, a court or an
    authority a stop or a takeover, neighbors a delay; and the product that is made available in a place."""
    causes: set[str] = set()
    for fact in facts:
        finding = fact.finding
        if not fact.in_window or finding.status is Status.DENIED:
            continue
        stops = _is_stop(fact)
        closes = stops and fact.action is not None and fact.action.value in CLOSINGS
        if closes and stands_in_title(fact) and finding.type in _SITES:
            causes |= {"outage", "attack"}
        permits = finding.type is EventType.REGULATORY and is_moving(fact)
        if finding.type is EventType.ACQUISITION or permits or (stops and finding.type in _SITES):
            causes.add("ruling")
        if stops and finding.type in _SITES and finding.status in (Status.DELAYED, Status.CANCELLED):
            causes |= {"lawsuit", "environment"}
        if _becomes_available(fact):
            causes.add("product")
    return frozenset(causes)


def _becomes_available(fact: Fact) -> bool:
    return (
        fact.finding.type is EventType.AVAILABILITY
        and bool(fact.finding.places)
        and not fact.across
        and fact.action is not None
        and fact.action.value == "available"
    )


def agrees(fact: Fact, setting: Setting) -> bool:
    """Whether title and lead speak of the same family and the same object, place or kind of action as a body fact."""
    view = setting.view_of(setting.reading.window)
    families = {setting.knowledge.family_of(one.id) for one in view.mentions}
    if not families & fact.families:
        return False
    countries = {place.country for place in view.places if place.country}
    objects = {hit.value for hit in view.objects}
    return bool(
        countries & {place.country for place in fact.finding.places if place.country}
        or (fact.finding.object in objects and objects & INFRASTRUCTURE)
    )


def backing(facts: Sequence[Fact], setting: Setting) -> frozenset[str]:
    """What the headline names of the one of `facts` that it backs best: actor, action, object, place, amount."""
    if not setting.reading.titles:
        return frozenset()
    title = setting.view_of(setting.reading.titles)
    families = {setting.knowledge.family_of(one.id) for one in title.mentions if one.kind not in ONLY_NAMED}
    homes = {setting.knowledge.home_of(one.id) for one in title.mentions if one.id in BOUNDED_GROUPS}
    objects, actions = {hit.value for hit in title.objects}, {hit.value for hit in title.actions}
    countries = {place.country for place in title.places if place.country}
    weighty = any(
        one.kind in WEIGHTY and is_substantial(one, setting.knowledge) for one in setting.quantities.of(title)
    )
    best: frozenset[str] = frozenset()
    for fact in facts:
        holds = {
            "actor": bool(families & fact.families) or _is_member(fact, homes, setting),
            "action": fact.action is not None and fact.action.value in actions,
            "object": fact.thing is not None and fact.thing.value in objects,
            "place": bool(countries & {place.country for place in fact.finding.places}),
            "amount": weighty,
        }
        best = max(best, frozenset(name for name, true in holds.items() if true), key=len)
    return best


def _is_member(fact: Fact, homes: AbstractSet[str], setting: Setting) -> bool:
    """Whether one who acts is at home where a group of the headline is: "Chinese cloud providers" are Alibaba, too."""
    return any(setting.knowledge.home_of(actor.id) in homes for actor in fact.finding.actors)
