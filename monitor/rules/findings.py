"""A candidate with roles, status and score in, the `Finding` that is stored and shown out. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from monitor.mentions.cues import Decided
from monitor.mentions.entities import Place
from monitor.mentions.scan import Reading, Sentence
from monitor.model import (
    Actor,
    Amount,
    Direction,
    Evidence,
    Field,
    Finding,
    Mark,
    PlaceMention,
    ScorePart,
    Span,
)
from monitor.rules.matching import Candidate
from monitor.rules.quantities import as_amount, as_time
from monitor.rules.setting import Roles, Setting


def as_finding(
    candidate: Candidate,
    setting: Setting,
    decided: Decided,
    roles: Roles,
    *,
    parts: Sequence[ScorePart],
    at: Sentence,
) -> Finding:
    """The stored form of a fact: spans into the stored text, amounts with dollars, marks inside the evidence."""
    reading, rule, view = setting.reading, candidate.rule, candidate.view
    span = reading.span(at.start, at.end)
    mentions = _place_mentions(roles.places, reading, roles.origin)
    found_amounts = tuple(as_amount(amount, reading, setting.knowledge) for amount in roles.amounts)
    times = setting.quantities.times_of(view)
    thing = candidate.object
    return Finding(
        finding_id=finding_id(setting, rule.type.value, roles.actors, mentions, candidate.direction),
        rule=rule.id,
        rule_revision=rule.revision,
        type=rule.type,
        direction=candidate.direction,
        status=decided.status,
        actors=tuple(roles.actors),
        object=_object_name(thing.value) if thing else None,
        object_span=reading.span(thing.start, thing.end) if thing else None,
        evidence=Evidence(span=span, quote=quote_of(reading, span), language=reading.language),
        places=mentions,
        excluded_places=tuple(roles.excluded),
        amounts=found_amounts,
        time=as_time(times[-1], reading) if times else None,
        overseas=roles.overseas,
        marks=_marks(candidate, decided, roles.actors, mentions, found_amounts, span),
        score=max(0, sum(part.points for part in parts)),
        explain=tuple(parts),
    )


def _object_name(value: str) -> str:
    return (value.partition(":")[2] and "own") or value


def quote_of(reading: Reading, span: Span) -> str:
    """The stored text of a span."""
    stored = reading.title.stored if span.field is Field.TITLE else reading.body.stored
    return stored[span.start : span.end]


def finding_id(
    setting: Setting, kind: str, actors: Sequence[Actor], places: Sequence[PlaceMention], direction: Direction
) -> str:
    """The same for the same fact of the same article: type, family of the first actor, first place, direction."""
    family = setting.knowledge.family_of(actors[0].id) if actors else ""
    key = "\x1f".join([setting.article_id, kind, family, places[0].id if places else "", direction.value])
    return hashlib.sha1(key.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def numbered_id(finding_id: str, ordinal: int) -> str:
    """The id of a further site of the same provider in the same place."""
    return hashlib.sha1(f"{finding_id} {ordinal}".encode(), usedforsecurity=False).hexdigest()


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
    amounts: Sequence[Amount],
    evidence: Span,
) -> tuple[Mark, ...]:
    reading = candidate.view.reading
    spans: list[tuple[str, Span | None]] = [("actor", actor.span) for actor in actors]
    spans.append(("action", reading.span(candidate.action.start, candidate.action.end)))
    if candidate.object:
        spans.append(("object", reading.span(candidate.object.start, candidate.object.end)))
    spans += [("place", place.span) for place in places]
    spans += [("amount", amount.span) for amount in amounts]
    if decided.cue is not None:
        spans.append(("cue", reading.span(decided.cue.start, decided.cue.end)))
    inside = {
        (span.start, span.end, kind): span  # numbers, not spans: cheaper to compare
        for kind, span in spans
        if span is not None
        and span.field is evidence.field
        and evidence.start <= span.start
        and span.end <= evidence.end
    }
    return tuple(Mark(kind=key[2], span=inside[key]) for key in sorted(inside))
