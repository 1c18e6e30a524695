"""The findings of a judgement and the labelled events of its article in, which facts and slots are right out. Pure.

A labelled event and a finding are the same fact where type and actor family agree. Slots are compared on the pairs
that agree in type, so that a wrong actor counts as a wrong slot and not only as a missed fact.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from monitor.evaluation.figures import Figure, Share
from monitor.evaluation.labels import LabelledAmount, LabelledEvent
from monitor.model import Amount, EventType, Finding

#: Statuses that mean the same to a reader who decides: ahead, real, stopped, denied.
COARSE: Mapping[str, str] = {
    "rumoured": "ahead",
    "planned": "ahead",
    "announced": "ahead",
    "under_construction": "real",
    "live": "real",
    "delayed": "stopped",
    "cancelled": "stopped",
    "denied": "denied",
}
NONE = "-"
_SAME_AMOUNT = Decimal("0.01")


class Families(Protocol):
    """Who belongs to whom; `monitor.knowledge.model.Knowledge` is one."""

    def family_of(self, entity_id: str) -> str: ...


@dataclass(slots=True, kw_only=True)
class FactFigures:
    """Figures over all articles with labelled facts. `statuses` and `types` count (labelled, found).

    In `types` NONE stands for a labelled fact that was not found, and for a found one that is not labelled.
    """

    facts: Figure = field(default_factory=Figure)
    with_place: Figure = field(default_factory=Figure)
    actor: Figure = field(default_factory=Figure)
    place: Figure = field(default_factory=Figure)
    amount: Figure = field(default_factory=Figure)
    time: Figure = field(default_factory=Figure)
    status: Share = field(default_factory=Share)
    status_coarse: Share = field(default_factory=Share)
    direction: Share = field(default_factory=Share)
    statuses: dict[tuple[str, str], int] = field(default_factory=dict)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    right_by_rule: dict[str, Share] = field(default_factory=dict)

    def add(self, events: Sequence[LabelledEvent], findings: Sequence[Finding], families: Families) -> None:
        """Count one article. Background facts may be found and need not be."""
        stated = [finding for finding in findings if finding.type is not EventType.FOOTPRINT]
        news = [finding for finding in stated if finding.news]
        wanted = [event for event in events if not event.background and "footprint" not in event.types]
        matched = _paired(wanted, news, lambda event, one: _same_fact(event, one, families))
        known = [event for event in events if event.background]
        beside = [
            one
            for one in news
            if id(one) not in {id(found) for _, found in matched}
            and any(_same_fact(event, one, families) for event in known)
        ]
        hits, found = len(matched), len(news) - len(beside)
        self.facts += Figure(hits=hits, found=found, wanted=len(wanted))
        placed = sum(_places_agree(event, one) for event, one in matched)
        self.with_place += Figure(hits=placed, found=found, wanted=len(wanted))
        self._add_rules(news, matched, beside)
        self._add_types(wanted, news, matched, beside, families)
        for event, one in _paired(wanted, news, lambda event, one: one.type.value in event.types):
            self._add_slots(event, one, families)

    def _add_rules(
        self,
        news: Sequence[Finding],
        matched: Sequence[tuple[LabelledEvent, Finding]],
        beside: Sequence[Finding],
    ) -> None:
        right = {id(one) for _, one in matched}
        left_out = {id(one) for one in beside}
        for one in news:
            if id(one) not in left_out:
                share = self.right_by_rule.get(one.rule, Share())
                self.right_by_rule[one.rule] = share + Share(right=id(one) in right, total=1)

    def _add_types(
        self,
        wanted: Sequence[LabelledEvent],
        news: Sequence[Finding],
        matched: Sequence[tuple[LabelledEvent, Finding]],
        beside: Sequence[Finding],
        families: Families,
    ) -> None:
        """A fact that was missed and one too many of the same family are one that was taken for another."""
        settled = (
            {id(event) for event, _ in matched},
            {id(one) for one in [*beside, *(one for _, one in matched)]},
        )
        missed = [event for event in wanted if id(event) not in settled[0]]
        further = [one for one in news if id(one) not in settled[1]]
        mixed = _paired(missed, further, lambda event, one: _of_one_family(event, one, families))
        pairs = [(min(event.types), one.type.value) for event, one in mixed]
        pairs += [(one.type.value, one.type.value) for _, one in matched]
        taken = {id(event) for event, _ in mixed}, {id(one) for _, one in mixed}
        pairs += [(min(event.types), NONE) for event in missed if id(event) not in taken[0]]
        pairs += [(NONE, one.type.value) for one in further if id(one) not in taken[1]]
        for pair in pairs:
            self.types[pair] = self.types.get(pair, 0) + 1

    def _add_slots(self, event: LabelledEvent, one: Finding, families: Families) -> None:
        self.actor += _of_sets(
            {families.family_of(actor) for actor in event.actors},
            {families.family_of(actor.id) for actor in one.actors},
        )
        self.place += _of_sets(_countries(event.places), _found_countries(one))
        self.amount += _of_amounts(event.amounts, one.amounts)
        self.time += _of_times(event.time, one.time.iso if one.time else "")
        labelled, status = event.statuses[0], one.status.value
        self.status += Share(right=status in event.statuses, total=1)
        accepted = {COARSE.get(reading, reading) for reading in event.statuses}
        self.status_coarse += Share(right=COARSE[status] in accepted, total=1)
        if event.direction:
            self.direction += Share(right=one.direction.value == event.direction, total=1)
        self.statuses[labelled, status] = self.statuses.get((labelled, status), 0) + 1


class _Agrees(Protocol):
    def __call__(self, event: LabelledEvent, one: Finding, /) -> bool: ...


def _paired(
    events: Sequence[LabelledEvent], findings: Sequence[Finding], agrees: _Agrees
) -> list[tuple[LabelledEvent, Finding]]:
    """Each event with one finding that agrees, each finding once; those that share most slots first."""
    candidates = sorted(
        (-_agreement(event, one), number, position)
        for number, event in enumerate(events)
        for position, one in enumerate(findings)
        if agrees(event, one)
    )
    taken_events: set[int] = set()
    taken: set[int] = set()
    result = []
    for _, number, position in candidates:
        if number not in taken_events and position not in taken:
            taken_events.add(number)
            taken.add(position)
            result.append((events[number], findings[position]))
    return result


def _agreement(event: LabelledEvent, one: Finding) -> int:
    return (
        4 * bool(set(event.actors) & {actor.id for actor in one.actors})
        + 2 * bool(_countries(event.places) & _found_countries(one))
        + 2 * any(same_amount(wanted, found) for wanted in event.amounts for found in one.amounts)
        + (one.status.value in event.statuses)
    )


def _same_fact(event: LabelledEvent, one: Finding, families: Families) -> bool:
    return one.type.value in event.types and _of_one_family(event, one, families)


def _of_one_family(event: LabelledEvent, one: Finding, families: Families) -> bool:
    wanted = {families.family_of(actor) for actor in event.actors}
    return not wanted or bool(wanted & {families.family_of(actor.id) for actor in one.actors})


def _places_agree(event: LabelledEvent, one: Finding) -> bool:
    wanted, found = _countries(event.places), _found_countries(one)
    return bool(wanted & found) or not wanted


def _countries(places: Sequence[str]) -> set[str]:
    """Countries and blocs: a hub counts as its country."""
    return {place if place.startswith(("bloc:", "region:")) else place.partition(":")[0] for place in places}


def _found_countries(one: Finding) -> set[str]:
    return _countries([place.id for place in one.places])


def _of_sets(wanted: set[str], found: set[str]) -> Figure:
    """What was labelled counts as found at least: a further value is wrong only where none of the labelled is found."""
    hits = len(wanted & found)
    return Figure(hits=hits, found=hits or len(found), wanted=len(wanted)) if wanted else Figure()


def _of_amounts(wanted: Sequence[LabelledAmount], found: Sequence[Amount]) -> Figure:
    """Labelled amounts are readings of one fact: one of them is enough."""
    if not wanted:
        return Figure()
    hit = any(same_amount(one, other) for one in wanted for other in found)
    return Figure(hits=hit, found=hit or bool(found), wanted=1)


_YEAR = re.compile(r"(?:19|20)\d\d")


def _of_times(wanted: str, found: str) -> Figure:
    """Times agree where they name one year: of one event it is said "2027" and "the first quarter of 2027"."""
    if not wanted:
        return Figure()
    hit = bool(set(_YEAR.findall(wanted)) & set(_YEAR.findall(found)))
    return Figure(hits=hit, found=bool(found), wanted=1)


def same_amount(wanted: LabelledAmount, found: Amount) -> bool:
    """Same unit and value within 1 %; a range counts with both ends and what lies between."""
    if wanted.unit != found.unit:
        return False
    high = found.value_max or found.value
    slack = abs(wanted.value) * _SAME_AMOUNT
    return found.value - slack <= wanted.value <= high + slack
