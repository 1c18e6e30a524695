"""Facts of headline and lead in, the same with the status on which both agree out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.model import EventType, Field, Finding, Status
from monitor.rules.setting import Fact


def with_agreed_status(facts: Sequence[Fact]) -> list[Fact]:
    """Headlines write the future as the present ("opens"); the lead says which it is."""
    told = [fact for fact in facts if fact.in_window and not _is_said_better(fact, facts)]
    result = []
    for fact in facts:
        if not fact.in_window:
            result.append(fact)
            continue
        others = [
            other.finding.status
            for other in told
            if other is not fact
            and other.families & fact.families
            and other.finding.type is fact.finding.type
            and other.finding.direction is fact.finding.direction
            and not name_two_towns(fact.finding, other.finding)
            and not (fact.ordinal and other.ordinal and fact.ordinal != other.ordinal)
        ]
        status = _agreed(fact, others)
        result.append(
            fact
            if status is fact.finding.status
            else replace(fact, finding=replace(fact.finding, status=status))
        )
    return result


def _is_said_better(fact: Fact, facts: Sequence[Fact]) -> bool:
    """Whether a rule without an object reads what another reads with its object in the same sentence."""
    return fact.thing is None and any(
        other.thing is not None
        and other.sentence == fact.sentence
        and other.finding.type is fact.finding.type
        and bool(other.families & fact.families)
        for other in facts
    )


def _agreed(fact: Fact, others: Sequence[Status]) -> Status:
    status = fact.finding.status
    if status is Status.LIVE and fact.finding.evidence.span.field is Field.TITLE and Status.PLANNED in others:
        return Status.PLANNED
    if status in (Status.ANNOUNCED, Status.PLANNED) and Status.UNDER_CONSTRUCTION in others:
        return Status.UNDER_CONSTRUCTION
    if (
        status in (Status.ANNOUNCED, Status.PLANNED)
        and Status.RUMOURED in others
        and fact.finding.evidence.span.field is Field.TITLE
    ):
        return Status.RUMOURED
    if (
        status is Status.ANNOUNCED
        and Status.LIVE in others
        and fact.finding.type in (EventType.REGION, EventType.DATACENTER)
    ):
        return Status.LIVE
    return status


def name_two_towns(one: Finding, other: Finding) -> bool:
    """Whether both name towns in their sentences, and none is named by both."""
    here, there = (
        {place.id for place in finding.places if ":" in place.id and place.origin == "sentence"}
        for finding in (one, other)
    )
    return bool(here) and bool(there) and not here & there
