"""A candidate in, a fact with roles, status and a named score out; facts of one article merged. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from monitor.knowledge.model import Knowledge
from monitor.mentions.cues import Decided, decide_status
from monitor.mentions.entities import Cast, Mention
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.places import Gazetteer, Place
from monitor.mentions.scan import Reading, Sentence
from monitor.model import (
    Actor,
    Direction,
    Evidence,
    Field,
    Finding,
    Mark,
    PlaceMention,
    ScorePart,
    Span,
    Status,
)
from monitor.rules.matching import INFRASTRUCTURE, Candidate, unmet_need
from monitor.rules.model import ActorRole
from monitor.rules.quantities import Quantities, ReadAmount, as_amount, as_time, is_later, is_substantial
from monitor.rules.roles import as_actors, choose_actors, choose_places

COUNT_KINDS = frozenset({"accel", "count_dc", "count_region", "count_az", "rack", "power"})
LATE_SENTENCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all facts of one article share."""

    article_id: str
    reading: Reading
    cast: Cast
    gazetteer: Gazetteer
    knowledge: Knowledge
    quantities: Quantities
    published: date | None
    title_families: frozenset[str]
    named: frozenset[str]
    families: frozenset[str]  # of all that act in the article
    speaks_of_cloud: bool  # title or lead name infrastructure


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A finding with what merging and the news step still need to know."""

    finding: Finding
    sentence: int  # index of the evidence sentence; title = 0
    in_window: bool  # title or lead, or both together
    across: bool  # built from title and lead together
    nominal: bool  # a headline without a verb
    families: frozenset[str]
    amount_kinds: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()


def build_fact(candidate: Candidate, setting: Setting, *, salient: Mention | None) -> Fact | str:
    """A fact, or the first clause that failed."""
    view, rule, knowledge = candidate.view, candidate.rule, setting.knowledge
    mentions = choose_actors(candidate, knowledge, title_families=setting.title_families)
    coref = not mentions
    if coref:
        if salient is None or (rule.actor_kinds and salient.kind not in rule.actor_kinds):
            if rule.actor is ActorRole.REQUIRED:
                return "actor"
        else:
            mentions = [salient]
    actors = as_actors(mentions, candidate, coref=coref, named=setting.named, knowledge=knowledge)
    if not _is_its_business(mentions, candidate, setting):
        return "business"
    places = choose_places(candidate)
    origin = "sentence"
    if not places and not view.is_window:
        places, origin = _inherited_places(candidate, setting)
    read = [
        one for one in setting.quantities.of(view) if _fits(one, candidate) and is_substantial(one, knowledge)
    ]
    excluded = sorted({place.id for place in view.places if place.excluded})
    homes = {knowledge.home_of(actor.id) for actor in actors} - {""}
    overseas = bool(homes) and (
        any(place.country is not None and place.country not in homes for place in places)
        or bool(homes & set(excluded))
    )
    families = frozenset(knowledge.family_of(actor.id) for actor in actors)
    failed = unmet_need(
        rule,
        place=bool(places) or bool(excluded),
        money=any(amount.kind == "money" for amount in read),
        counts=any(amount.kind in COUNT_KINDS for amount in read),
        providers=len(families),
        named=len({knowledge.family_of(one.named) for one in view.mentions}),
        view=view,
        overseas=overseas,
    )
    if failed:
        return failed
    decided = _status(candidate, setting)
    if decided.by == "reversal":
        candidate = replace(candidate, direction=Direction.CONTRACTION)
    evidence_at = _evidence_sentence(candidate)
    parts = _score(
        candidate,
        setting,
        decided,
        places=places,
        amounts=read,
        overseas=overseas,
        actors=actors,
        coref=coref,
        at=evidence_at,
    )
    finding = _finding(
        candidate,
        setting,
        decided,
        actors=actors,
        places=places,
        origin=origin,
        amounts=read,
        excluded=excluded,
        overseas=overseas,
        parts=parts,
        at=evidence_at,
    )
    return Fact(
        finding=finding,
        sentence=evidence_at.index,
        in_window=view.is_window or setting.reading.in_window(evidence_at.index),
        across=view.is_window,
        nominal=rule.is_nominal,
        families=families,
        amount_kinds=frozenset(amount.kind for amount in read),
        accepts=frozenset(rule.amounts),
    )


def _is_its_business(mentions: Sequence[Mention], candidate: Candidate, setting: Setting) -> bool:
    """A firm that sells much besides cloud counts without an object only where infrastructure is spoken of."""
    if candidate.object is not None or setting.speaks_of_cloud or not mentions:
        return True
    if any(one.kind in ("lab", "neocloud") for one in candidate.view.mentions):
        return True
    entities = setting.knowledge.entities
    if not all(one.id in entities and entities[one.id].mixed for one in mentions):
        return True
    return any(hit.value in INFRASTRUCTURE for hit in candidate.view.objects)


def _fits(amount: ReadAmount, candidate: Candidate) -> bool:
    return amount.kind in candidate.rule.amounts


def _inherited_places(candidate: Candidate, setting: Setting) -> tuple[list[Place], str]:
    """The title's places, else those of the sentence before."""
    reading = setting.reading
    at = candidate.view.first.index
    if candidate.view.first.field is Field.TITLE or at == 0:
        return [], "sentence"
    title = next(iter(reading.titles), None)
    if title is not None:
        found = [
            place for place in setting.gazetteer.places(reading, title, setting.cast) if not place.excluded
        ]
        if found:
            return found, "title"
    previous = reading.sentences[at - 1]
    if previous.field is Field.TEXT:
        found = [
            place for place in setting.gazetteer.places(reading, previous, setting.cast) if not place.excluded
        ]
        return found[:2], "previous"
    return [], "sentence"


MAY_BE_DONE = frozenset({"expand", "build", "deploy", "lease", "plan"})


def _status(candidate: Candidate, setting: Setting) -> Decided:
    rule, view, action = candidate.rule, candidate.view, candidate.action
    default = Status.ANNOUNCED
    if action.kind is Kind.ACTION:
        action = _done(candidate) or action
        default = setting.knowledge.actions[action.value].status
    default = rule.set_status or default
    if rule.is_background:
        return Decided(default, "background")
    later = default is Status.LIVE and any(
        is_later(time.iso, setting.published) for time in setting.quantities.times_of(view)
    )
    return decide_status(view, action, default, future_date=later)


def _done(candidate: Candidate) -> Hit | None:
    """An "open" near the object of another action: an extension that has gone into operation."""
    if (
        candidate.action.value not in MAY_BE_DONE
        or candidate.object is None
        or "open" not in candidate.rule.actions
    ):
        return None
    reach = 30 if candidate.view.reading.dense else 90
    thing = candidate.object
    near = [
        one
        for one in candidate.view.actions
        if one.value == "open" and max(one.start, thing.start) - min(one.end, thing.end) <= reach
    ]
    return near[0] if near else None


def _evidence_sentence(candidate: Candidate) -> Sentence:
    """The sentence that holds the object (of a window: the one with both, else the action's)."""
    if not candidate.view.is_window:
        return candidate.view.first
    anchor = candidate.object or candidate.action
    return candidate.view.sentence_of(anchor.start)


def _score(
    candidate: Candidate,
    setting: Setting,
    decided: Decided,
    *,
    places: Sequence[Place],
    amounts: Sequence[ReadAmount],
    overseas: bool,
    actors: Sequence[Actor],
    coref: bool,
    at: Sentence,
) -> list[ScorePart]:
    view, knowledge = candidate.view, setting.knowledge
    bonus, penalty = knowledge.scoring.bonus, knowledge.scoring.penalty
    cues = view.cue_values()
    reach = 60 if view.reading.dense else 160
    applies = [
        (
            "in_title",
            bonus,
            at.field is Field.TITLE or (view.is_window and candidate.action.start < setting.reading.body_at),
        ),
        ("in_lead", bonus, at.field is Field.TEXT and setting.reading.in_window(at.index)),
        ("amount", bonus, bool(amounts)),
        ("place", bonus, bool(places)),
        ("overseas", bonus, overseas),
        ("tier1", bonus, any(knowledge.tier_of(actor.id) == 1 for actor in actors)),
        ("no_actor", penalty, not actors),
        ("coref_actor", penalty, bool(actors) and coref),
        ("rumour", penalty, decided.status is Status.RUMOURED),
        ("denied", penalty, decided.status is Status.DENIED),
        ("history", penalty, "history" in cues and decided.status is Status.LIVE),
        ("hypothetical", penalty, "hypothetical" in cues),
        ("far_pair", penalty, not view.is_window and candidate.distance > reach // 2),
        ("late_sentence", penalty, at.index > LATE_SENTENCE),
        ("across_sentences", penalty, view.is_window),
    ]
    parts = [ScorePart(name=f"base:{candidate.rule.id}", points=candidate.rule.score)]
    parts += [
        ScorePart(name=name, points=table[name]) for name, table, holds in applies if holds and name in table
    ]
    return parts


def _finding(
    candidate: Candidate,
    setting: Setting,
    decided: Decided,
    *,
    actors: Sequence[Actor],
    places: Sequence[Place],
    origin: str,
    amounts: Sequence[ReadAmount],
    excluded: Sequence[str],
    overseas: bool,
    parts: Sequence[ScorePart],
    at: Sentence,
) -> Finding:
    reading, rule, view = setting.reading, candidate.rule, candidate.view
    span = reading.span(at.start, at.end)
    mentions = _place_mentions(places, reading, origin)
    found_amounts = tuple(as_amount(amount, reading, setting.knowledge) for amount in amounts)
    times = setting.quantities.times_of(view)
    thing = candidate.object
    return Finding(
        finding_id=_finding_id(setting, rule.type.value, actors, mentions, candidate.direction),
        rule=rule.id,
        rule_revision=rule.revision,
        type=rule.type,
        direction=candidate.direction,
        status=decided.status,
        actors=tuple(actors),
        object=_object_name(thing.value) if thing else None,
        object_span=reading.span(thing.start, thing.end) if thing else None,
        evidence=Evidence(span=span, quote=_quote(reading, span), language=reading.language),
        places=mentions,
        excluded_places=tuple(excluded),
        amounts=found_amounts,
        time=as_time(times[-1], reading) if times else None,
        overseas=overseas,
        marks=_marks(candidate, decided, actors, mentions, found_amounts, span),
        score=max(0, sum(part.points for part in parts)),
        explain=tuple(parts),
    )


def _object_name(value: str) -> str:
    return (value.partition(":")[2] and "own") or value


def _quote(reading: Reading, span: Span) -> str:
    stored = reading.title.stored if span.field is Field.TITLE else reading.body.stored
    return stored[span.start : span.end]


def _finding_id(
    setting: Setting, kind: str, actors: Sequence[Actor], places: Sequence[PlaceMention], direction: Direction
) -> str:
    family = setting.knowledge.family_of(actors[0].id) if actors else ""
    key = "\x1f".join([setting.article_id, kind, family, places[0].id if places else "", direction.value])
    return hashlib.sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _place_mentions(places: Sequence[Place], reading: Reading, origin: str) -> tuple[PlaceMention, ...]:
    """Each place once; a country that only repeats its hub stays, both are true."""
    mentions: dict[str, PlaceMention] = {}
    for place in places:
        mentions.setdefault(
            place.id,
            PlaceMention(
                id=place.id, country=place.country, span=reading.span(place.start, place.end), origin=origin
            ),
        )
    return tuple(mentions.values())


def _marks(
    candidate: Candidate,
    decided: Decided,
    actors: Sequence[Actor],
    places: Sequence[PlaceMention],
    amounts: Sequence[object],
    evidence: Span,
) -> tuple[Mark, ...]:
    reading = candidate.view.reading
    spans: list[tuple[str, Span | None]] = [("actor", actor.span) for actor in actors]
    spans.append(("action", reading.span(candidate.action.start, candidate.action.end)))
    if candidate.object:
        spans.append(("object", reading.span(candidate.object.start, candidate.object.end)))
    spans += [("place", place.span) for place in places]
    spans += [("amount", getattr(amount, "span", None)) for amount in amounts]
    if decided.cue is not None:
        spans.append(("cue", reading.span(decided.cue.start, decided.cue.end)))
    inside = {
        (kind, span)
        for kind, span in spans
        if span is not None
        and span.field is evidence.field
        and evidence.start <= span.start
        and span.end <= evidence.end
    }
    return tuple(
        Mark(kind=kind, span=span) for kind, span in sorted(inside, key=lambda one: (one[1], one[0]))
    )


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
