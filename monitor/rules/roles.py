"""A candidate in, its roles out: who acts, where, how much, when. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.knowledge.model import Knowledge
from monitor.mentions.entities import Mention, Place
from monitor.mentions.view import View
from monitor.model import Actor, EventType
from monitor.rules.matching import Candidate
from monitor.rules.segments import part_of

KIND_COST = {"vendor": 40, "chip": 55, "model": 60, "group": 60, "investor": 20}
SUPPLIERS = frozenset({"vendor", "chip"})
BUYERS = frozenset({EventType.DATACENTER, EventType.REGION, EventType.COMPUTE, EventType.INVESTMENT})
_CLAUSE = re.compile(r"[,;:，；：、。]")
_JOINED = re.compile(
    r"[\s、,，／/&+·・)）]*(?:and|und|et|y|e|en|i|ve|dan|với|và|和|与|及|以及|跟|同|と|や|및|와|과|,|、|&|\+|と共同で|with|mit|avec|con|com|และ|و|и|med|ja)?[\s、,]*"
)


def choose_actors(
    candidate: Candidate, knowledge: Knowledge, *, title_families: frozenset[str]
) -> list[Mention]:
    """The mention of least cost, then those joined to it by "and" or a list."""
    view, rule = candidate.view, candidate.rule
    acting = [one for one in view.mentions if not rule.actor_kinds or one.kind in rule.actor_kinds]
    begin, end = part_of(candidate)
    acting = [one for one in acting if begin <= one.start < end] or acting
    if not acting:
        return []
    anchor = candidate.action
    named = acting
    if rule.type in BUYERS:  # who builds or buys acts, not who supplies
        acting = [one for one in acting if one.kind not in SUPPLIERS] or acting
    costs = [
        (_cost(one, anchor.start, view, knowledge, title_families, nominal=rule.is_nominal), one.start, one)
        for one in acting
    ]
    best = min(costs, key=lambda cost: cost[:2])[2]
    chosen = [best]
    joined: list[Mention] = [best]
    partners = rule.type in (EventType.PARTNERSHIP, EventType.ACQUISITION, EventType.CONTRACT)
    waiting = [one for one in named if one is not best and not one.is_product]
    if best.kind != "group":
        waiting = [one for one in waiting if one.kind != "group"]
    found = True
    while found:  # "A, B and C": B joins C before A can join B
        families = {knowledge.family_of(one.id) for one in chosen}
        waiting = [one for one in waiting if knowledge.family_of(one.id) not in families]
        found = False
        for one in waiting:
            supplies = rule.type is EventType.COMPUTE and one.kind == "vendor"
            conjoined = _is_joined_to(one, families, named, view, knowledge)
            if partners or supplies or conjoined:
                chosen.append(one)
                joined += [one] if conjoined else []
                found = True
                break
    joined.sort(key=lambda one: one.start)  # of two that act together, the sentence names the first one first
    return [*joined, *(one for one in chosen if one not in joined)]


def _cost(
    one: Mention,
    anchor: int,
    view: View,
    knowledge: Knowledge,
    title_families: frozenset[str],
    *,
    nominal: bool,
) -> float:
    distance = float(abs(one.start - anchor))
    if one.start > anchor:
        distance = distance * 1.6 + 15
    low, high = min(one.end, anchor), max(one.start, anchor)
    if _CLAUSE.search(view.reading.folded, low, high):
        distance += 40 if nominal else 20
    if knowledge.family_of(one.id) in title_families:
        distance -= 25
    return distance + KIND_COST.get(one.kind, 0)


def _is_joined_to(
    one: Mention, families: set[str], named: Sequence[Mention], view: View, knowledge: Knowledge
) -> bool:
    """Whether "and" or a list joins it to any name of the chosen ("A and Amazon Web Services (AWS)")."""
    return any(_joined(other, one, view) for other in named if knowledge.family_of(other.id) in families)


def _joined(left: Mention, right: Mention, view: View) -> bool:
    first, second = (left, right) if left.start <= right.start else (right, left)
    return (
        second.start - first.end <= 16
        and _JOINED.fullmatch(view.reading.folded, first.end, second.start) is not None
    )


def brand_of(entity_id: str, named: frozenset[str], knowledge: Knowledge) -> str:
    """A cloud brand that the article names replaces its parent (Amazon -> AWS), if it is the only one."""
    entity = knowledge.entities.get(entity_id)
    if entity is None or entity.kind not in ("parent", "carrier"):
        return entity_id
    brands = sorted(
        other
        for other in named
        if (child := knowledge.entities.get(other)) is not None
        and child.kind == "provider"
        and child.parent == entity_id
    )
    return brands[0] if len(brands) == 1 else entity_id


def as_actors(
    mentions: Sequence[Mention],
    candidate: Candidate,
    *,
    coref: bool,
    named: frozenset[str],
    knowledge: Knowledge,
) -> list[Actor]:
    """Mentions as actors of the finding; the second of a partnership is a partner."""
    actors: list[Actor] = []
    seen: set[str] = set()
    for index, one in enumerate(mentions):
        actor_id = brand_of(one.id, named, knowledge)
        if actor_id in seen:
            continue
        seen.add(actor_id)
        role = (
            "via_product"
            if one.is_product
            else "partner"
            if index and candidate.rule.type is EventType.PARTNERSHIP
            else "actor"
        )
        span = None if coref else candidate.view.reading.span(one.start, one.end)
        actors.append(Actor(id=actor_id, role=role, span=span, coref=coref))
    return actors


_AND = (
    *(
        "and",
        "or",
        "und",
        "oder",
        "sowie",
        "et",
        "ou",
        "y",
        "e",
        "o",
        "en",
        "of",
        "i",
        "oraz",
        "ve",
        "dan",
        "và",
    ),
    *(
        "和",
        "与",
        "及",
        "以及",
        "と",
        "や",
        "및",
        "와",
        "과",
        "包括",
        "如",
        "などの",
        "など",
        "等",
        "로",
        "و",
        "и",
    ),
    *("wie", "darunter", "notably", "including", "incluant", "such as"),
)
_CONNECTOR = re.compile(rf"[\s,、，/&·・()（）]*(?:(?:{'|'.join(map(re.escape, _AND))})[\s,、]*)?")


def choose_places(candidate: Candidate) -> list[Place]:
    """Places in the clause of action or object, extended along lists; else all of the sentence if it has few."""
    view = candidate.view
    places = [place for place in view.places if not place.excluded]
    if not places:
        return []
    anchors = [candidate.action, *([candidate.object] if candidate.object else [])]
    home = [view.sentence_of(anchor.start) for anchor in anchors]
    ranges = [_clause(view, anchor.start, anchor.end) for anchor in anchors]
    low, high = min(start for start, _ in ranges), max(end for _, end in ranges)
    chosen = [place for place in places if low <= place.start < high]
    begin, end = part_of(candidate)
    chosen = [place for place in chosen if begin <= place.start < end] or chosen
    if not chosen:
        near = [place for place in places if any(one.start <= place.start < one.end for one in home)]
        chosen = near if len({place.country for place in near}) <= 3 else near[:1]
    if not chosen and view.is_window:
        chosen = [place for place in places if place.start < view.sentences[0].end] or places[:2]
    return _with_lists(chosen, places, view)


def _with_lists(chosen: Sequence[Place], places: Sequence[Place], view: View) -> list[Place]:
    kept = list(chosen)
    for place in places:
        if place in kept or not kept:
            continue
        if any(
            0 <= place.start - one.end <= 14
            and _CONNECTOR.fullmatch(view.reading.folded, one.end, place.start)
            for one in kept
        ):
            kept.append(place)
    return sorted(kept, key=lambda one: one.start)


_STRONG_CLAUSE = re.compile(r"[;；。:：]|[,，]\s?(?:while|but|whereas|aber|während|mais|pero|mas|而|但|一方)")


def _clause(view: View, start: int, end: int) -> tuple[int, int]:
    home = view.sentence_of(start)
    low, high = home.start, home.end
    for match in _STRONG_CLAUSE.finditer(view.reading.folded, home.start, home.end):
        if match.end() <= start:
            low = match.end()
        elif match.start() >= end:
            high = match.start()
            break
    return low, high
