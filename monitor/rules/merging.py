"""Facts of one article in, each event once out: the best telling, with the places and amounts of all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.knowledge.model import Knowledge
from monitor.model import ScorePart, Status
from monitor.rules.findings import numbered_id
from monitor.rules.setting import Fact


def merged(facts: Sequence[Fact], knowledge: Knowledge) -> list[Fact]:
    """By (type, actor family, first place, direction): keep the best, unite places and amounts."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.finding.finding_id, []).append(fact)
    result = []
    for listed in [part for group in groups.values() for part in _of_one_site(group)]:
        best = max(listed, key=lambda one: (one.finding.score, not one.across, -one.sentence))
        result.append(_united(best, listed, knowledge))
    return sorted(result, key=lambda one: (-one.finding.score, one.sentence, one.finding.rule))


def are_two_sites(one: Fact, other: Fact) -> bool:
    """Whether one runs and the other is to come, and both are counted ("the third opens, a fourth is planned")."""
    return (
        bool(one.ordinal and other.ordinal)
        and one.ordinal != other.ordinal
        and (one.finding.status is Status.LIVE) is not (other.finding.status is Status.LIVE)
    )


def _of_one_site(group: Sequence[Fact]) -> list[list[Fact]]:
    """The group as it is, or parted by what is counted; whatever is not counted belongs to the best fact."""
    best = max(group, key=lambda one: (one.finding.score, not one.across, -one.sentence))
    apart = [fact for fact in group if are_two_sites(best, fact)]
    if not apart:
        return [list(group)]
    numbered = [
        replace(
            fact, finding=replace(fact.finding, finding_id=numbered_id(fact.finding.finding_id, fact.ordinal))
        )
        for fact in apart
    ]
    return [[fact for fact in group if fact not in apart], numbered]


def _united(best: Fact, listed: Sequence[Fact], knowledge: Knowledge) -> Fact:
    if len(listed) == 1 and len(best.finding.amounts) < 2:
        return best
    places = {place.id: place for fact in (best, *listed) for place in reversed(fact.finding.places)}
    ordered = {place.id: place for fact in (best, *listed) for place in fact.finding.places}
    amounts = {
        (amount.value, amount.unit): amount
        for fact in (*reversed(list(listed)), best)
        for amount in fact.finding.amounts
    }
    explain = best.finding.explain
    if len({fact.sentence for fact in listed}) > 1:
        explain = (
            *explain,
            ScorePart(name="second_evidence", points=knowledge.scoring.bonus["second_evidence"]),
        )
    finding = replace(
        best.finding,
        places=tuple(places[key] for key in ordered),
        amounts=tuple(
            sorted(amounts.values(), key=lambda one: (one.span != best.finding.evidence.span, one.span))
        )[:8],
        explain=explain,
        score=max(0, sum(part.points for part in explain)),
    )
    ordinal = best.ordinal or next((fact.ordinal for fact in listed if fact.ordinal), 0)
    return replace(best, finding=finding, in_window=any(fact.in_window for fact in listed), ordinal=ordinal)
