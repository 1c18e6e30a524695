"""Clauses and weights in; whether the news is an expansion or contraction, and the facts that carry it, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model import ArticleText, ScorePart, TraceStep
from monitor.news.carriers import agrees, is_moving
from monitor.news.features import news_features
from monitor.rules.dominance import without_background
from monitor.rules.setting import Fact, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsDecision:
    """`parts` is the whole sum (news from 0 up), `central` the ids of findings that headline and lead carry."""

    holds: bool
    parts: tuple[ScorePart, ...]
    central: frozenset[str]
    trace: tuple[TraceStep, ...]

    @property
    def total(self) -> int:
        return sum(part.points for part in self.parts)


def decide_news(setting: Setting, facts: Sequence[Fact], article: ArticleText) -> NewsDecision:
    """The sum of the clauses that hold, and which facts are central."""
    if not facts:
        return NewsDecision(
            holds=False,
            parts=(),
            central=frozenset(),
            trace=(TraceStep(step="news", held=False, clause="no fact"),),
        )
    weights = setting.knowledge.news_weights
    found = news_features(setting, facts, article)
    parts = [ScorePart(name="bias", points=weights.get("bias", 0))]
    parts += [
        ScorePart(name=name, points=weights[name])
        for name, holds in found.items()
        if holds and weights.get(name)
    ]
    carried = without_background(_central(setting, facts), setting.knowledge)
    central = frozenset(fact.finding.finding_id for fact in carried)
    total = sum(part.points for part in parts)
    holds = total >= 0 and bool(central)
    step = TraceStep(
        step="news",
        held=holds,
        clause="" if holds else "the sum is below 0" if central else "no fact in headline or lead",
        note=f"sum {total}",
    )
    return NewsDecision(
        holds=holds, parts=tuple(parts), central=central if holds else frozenset(), trace=(step,)
    )


def has_carrier(setting: Setting, facts: Sequence[Fact], threshold: int) -> bool:
    """Whether headline and lead carry an expansion or contraction of at least level low, whatever the sum says."""
    return any(is_moving(fact) and fact.finding.score >= threshold for fact in _central(setting, facts))


def _central(setting: Setting, facts: Sequence[Fact]) -> list[Fact]:
    """Those of headline and lead, and of the body what agrees with them; with neither infrastructure nor an event
    in them, a place alone is no agreement."""
    spoken = setting.speaks_of_cloud or any(fact.in_window and is_moving(fact) for fact in facts)
    return [
        fact for fact in facts if fact.in_window or (spoken and is_moving(fact) and agrees(fact, setting))
    ]
