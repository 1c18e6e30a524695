"""Clauses and weights in; whether the news is an expansion or contraction, and the facts that carry it, out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.mentions.lexicon import Kind
from monitor.model import ArticleText, Field, ScorePart, TraceStep
from monitor.news.carriers import (
    agrees,
    backing,
    causes_of,
    headline_denies,
    is_moving,
    stands_in_title,
)
from monitor.news.features import WITH_EVENTS, news_features
from monitor.news.pairing import leads_in_full, leads_with_pair, pairing_of
from monitor.rules.dominance import VENDORS, without_background
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
    failed = "" if central else _why_none(setting, facts)
    failed = failed or ("" if total >= 0 else "the sum is below 0")
    step = TraceStep(step="news", held=not failed, clause=failed, note=f"sum {total}")
    return NewsDecision(
        holds=not failed,
        parts=tuple(parts),
        central=frozenset() if failed else central,
        trace=(*_genre_steps(setting), step),
    )


def _genre_steps(setting: Setting) -> list[TraceStep]:
    """The first word of each other genre in headline and lead."""
    reading = setting.reading
    steps: dict[tuple[str, Field], TraceStep] = {}
    for sentence in reading.window:
        for hit in sentence.of(Kind.GENRE):
            span = reading.span(hit.start, hit.end)
            steps.setdefault(
                (hit.value, span.field),
                TraceStep(
                    step="news:genre",
                    held=True,
                    clause=hit.value,
                    note=reading.cased[hit.start : hit.end],
                    span=span,
                ),
            )
    return list(steps.values())


def _why_none(setting: Setting, facts: Sequence[Fact]) -> str:
    if headline_denies(facts, setting):
        return "the headline denies it"
    ahead = [fact for fact in facts if is_moving(fact) and fact.in_window]
    if ahead and all(_is_of_unnamed_vendor(fact, setting) for fact in ahead):
        return "only a vendor acts, and the headline does not name it"
    if _is_unbacked(setting, facts):
        return "the headline names nothing of what the lead says"
    return "headline and lead state no fact"


def _is_unbacked(setting: Setting, facts: Sequence[Fact]) -> bool:
    """Whether a headline without a fact of its own names nothing of what the lead says.

    An idiom ("Northern lights") stands over a first sentence that begins with who does it, and no other genre.
    """
    moving = [fact for fact in facts if is_moving(fact) and fact.in_window]
    if not setting.reading.titles or not moving or any(stands_in_title(fact) for fact in moving):
        return False
    if backing(moving, setting):
        return False
    head = (
        [*setting.reading.titles, setting.reading.sentences[min(setting.reading.lead)]]
        if setting.reading.lead
        else []
    )
    other = {hit.value for sentence in head for hit in sentence.of(Kind.GENRE)}
    other -= WITH_EVENTS | causes_of(moving)
    elsewhere = setting.title_families - frozenset().union(*(fact.families for fact in moving))
    return bool(other or elsewhere) or not (
        leads_with_pair(moving, setting) or leads_in_full(moving, setting)
    )


def _is_of_unnamed_vendor(fact: Fact, setting: Setting) -> bool:
    """Chips that somebody who is no provider buys: the vendor's news only where the headline names the vendor."""
    if not setting.reading.titles or fact.families & setting.title_families or not fact.finding.actors:
        return False
    return all(setting.knowledge.kind_of(actor.id) in VENDORS for actor in fact.finding.actors)


def _is_announced(fact: Fact, setting: Setting) -> bool:
    """Whether the headline says who does it, what happens, and where, with what or for how much."""
    backed = backing([fact], setting)
    return {"actor", "action"} <= backed and len(backed) > 2


def has_carrier(setting: Setting, facts: Sequence[Fact], threshold: int) -> bool:
    """Whether headline and lead carry an expansion or contraction of at least level low, whatever the sum says."""
    return any(is_moving(fact) and fact.finding.score >= threshold for fact in _central(setting, facts))


def _central(setting: Setting, facts: Sequence[Fact]) -> list[Fact]:
    """Those of headline and lead, and of the body what agrees with them; with neither infrastructure nor an event
    in them, a place alone is no agreement. None where the headline denies it, or names
    nothing of what the lead says."""
    if headline_denies(facts, setting) or _is_unbacked(setting, facts):
        return []
    facts = [
        fact
        for fact in facts
        if not _is_of_unnamed_vendor(fact, setting)
        and not (is_moving(fact) and pairing_of(fact, setting).beside)
    ]
    spoken = setting.speaks_of_cloud or any(fact.in_window and is_moving(fact) for fact in facts)
    return [
        fact
        for fact in facts
        if fact.in_window
        or (is_moving(fact) and ((spoken and agrees(fact, setting)) or _is_announced(fact, setting)))
    ]
