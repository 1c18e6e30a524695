"""Facts of one article in, each event once out: the best telling, with the places and amounts of all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.knowledge.model import Knowledge
from monitor.model import ScorePart
from monitor.rules.setting import Fact


def merged(facts: Sequence[Fact], knowledge: Knowledge) -> list[Fact]:
    """By (type, actor family, first place, direction): keep the best, unite places and amounts."""
    groups: dict[str, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.finding.finding_id, []).append(fact)
    result = []
    for listed in groups.values():
        best = max(listed, key=lambda one: (one.finding.score, not one.across, -one.sentence))
        result.append(_united(best, listed, knowledge))
    return sorted(result, key=lambda one: (-one.finding.score, one.sentence, one.finding.rule))


def _united(best: Fact, listed: Sequence[Fact], knowledge: Knowledge) -> Fact:
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
    return replace(best, finding=finding, in_window=any(fact.in_window for fact in listed))
