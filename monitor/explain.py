"""A `Judgement` in, sentences out that tell an analyst why it is or is not the news. Pure.

First the verdict and its strongest reasons in words, then the facts with their sentences, then the sum for who wants
to check it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.clausewords import EVENTS, GENRES, clause_in_words, missing_in_words, score_in_words
from monitor.model import (
    ArticleText,
    Direction,
    EventType,
    Field,
    Finding,
    Judgement,
    ScorePart,
    Status,
    TraceStep,
)

REASONS = 5  # told in words for and against; the sum names all
MOST_BACKGROUND = 4  # background facts shown
MOST_NEAR = 4  # rules shown that came close
_GENRE_STEP = "news:genre"
_OF_FACTS = ("fact_in_title", "fact_in_lead", "title_pair", "backs_", "genre_against", "across_")


def explain(judgement: Judgement, article: ArticleText) -> str:
    """Verdict, reasons for and against, facts with their sentences, what did not hold, and the sum."""
    lines = [_verdict(judgement), *_items(judgement.trace)]
    lines += _reasons(judgement.news)
    lines += _genres(judgement.trace)
    news = [one for one in judgement.findings if one.news]
    background = [one for one in judgement.findings if not one.news]
    lines += [line for finding in news for line in _fact(finding, article)]
    lines += [line for finding in background[:MOST_BACKGROUND] for line in _fact(finding, article)]
    if len(background) > MOST_BACKGROUND:
        lines.append(f"  And {len(background) - MOST_BACKGROUND} more background facts.")
    lines += _failed(judgement.trace)
    lines += _sum(judgement.news)
    return "\n".join(lines)


def _verdict(judgement: Judgement) -> str:
    if judgement.relevant:
        return f"NEWS, level {judgement.level.value} (score {judgement.score})."
    if not judgement.findings:
        nobody = any(
            step.step == "entities" and step.clause == "no provider named" for step in judgement.trace
        )
        why = (
            "no provider is named"
            if nobody
            else "a provider is named, but no sentence says that it expands or contracts"
        )
        return f"NOT NEWS: {why}."
    moving = [one for one in judgement.findings if one.type is not EventType.FOOTPRINT]
    if moving and all(one.status is Status.DENIED for one in moving):
        return "NOT NEWS: what is reported is denied. The fact is kept."
    if not moving:
        return "NOT NEWS: the text only says where a provider already is (background)."
    failed = next(
        (step.clause for step in judgement.trace if step.step == "news" and not step.held and step.clause), ""
    )
    if failed == "the sum is below 0":
        return (
            "NOT NEWS: more speaks against it than for it. What it says of providers is kept as background."
        )
    if failed:
        return f"NOT NEWS: {failed}. What it says of providers is kept as background."
    return "NOT NEWS: no fact of headline and lead weighs enough. The facts are kept as background."


def _items(trace: Iterable[TraceStep]) -> list[str]:
    """The items of a digest, those first that would be news by themselves."""
    steps = [step for step in trace if step.step.startswith("digest")]
    if not steps:
        return []
    lines = [f"  A digest: {steps[0].clause}; {steps[0].note}."]
    lines += [
        f"  Item {step.step.partition(':')[2]} {step.clause}: {step.note}" for step in steps[1:] if step.held
    ]
    return lines


def _reasons(parts: Iterable[ScorePart]) -> list[str]:
    """The strongest reasons in words, without the value that every sum begins with."""
    listed = [part for part in parts if part.name != "bias"]
    lines = []
    for title, sign in (("For it", 1), ("Against it", -1)):
        chosen = sorted((part for part in listed if part.points * sign > 0), key=_telling)
        if chosen:
            told = "; ".join(str(clause_in_words(part.name)) for part in chosen[:REASONS])
            lines.append(f"  {title}: {told}.")
    return lines


def _telling(part: ScorePart) -> tuple[int, int]:
    """What is said of the facts themselves first, that there is no text last."""
    rank = 0 if part.name.startswith(_OF_FACTS) else 2 if part.name == "headline_only" else 1
    return rank, -abs(part.points)


def _genres(trace: Iterable[TraceStep]) -> list[str]:
    """Which words of other kinds of text stand where."""
    lines = []
    for field, where in ((Field.TITLE, "headline"), (Field.TEXT, "lead")):
        found = [
            f'"{step.note}" ({GENRES.get(step.clause, step.clause)})'
            for step in trace
            if step.step == _GENRE_STEP and step.span is not None and step.span.field is field
        ]
        if found:
            lines.append(f"  Words of other kinds of text in the {where}: {', '.join(found)}.")
    return lines


def _fact(finding: Finding, article: ArticleText) -> list[str]:
    span = finding.evidence.span
    where = "headline" if span.field is Field.TITLE else f"text, characters {span.start}-{span.end}"
    actors = ", ".join(actor.id for actor in finding.actors) or "no named provider"
    places = ", ".join(place.id for place in finding.places) or "no place"
    amounts = ", ".join(amount.text for amount in finding.amounts)
    kind = EVENTS.get(finding.type.value, finding.type.value)
    if finding.direction is Direction.CONTRACTION:
        kind += " (contraction)"
    status = finding.status.value.replace("_", " ")
    head = " · ".join(part for part in (actors, kind, status, places, amounts) if part)
    points = ", ".join(f"{score_in_words(part.name)} {part.points:+d}" for part in finding.explain)
    quote = " ".join(finding.evidence.quote.split())
    return [
        f"  {'Fact' if finding.news else 'Background'}: {head}",
        f'    "{quote}" ({where})',
        f"    score {finding.score}: {points}",
    ]


def _failed(trace: Sequence[TraceStep]) -> list[str]:
    """Refused names, each once, and the rules that came nearest."""
    refused = dict.fromkeys(
        f"  Name not counted: {step.note}: {step.clause}"
        for step in trace
        if step.step == "entities" and step.note
    )
    telling = ("need", "unless", "stopped", "business")
    held = {step.step for step in trace if step.held}
    near = [
        f"  Rule {step.step.removeprefix('rule:')} came close: {missing_in_words(step.clause)}"
        for step in trace
        if step.step.startswith("rule:") and step.step not in held and step.clause.startswith(telling)
    ]
    return [*refused, *near[:MOST_NEAR]]


def _sum(parts: Sequence[ScorePart]) -> list[str]:
    """The whole sum by the names of its weights (`news_weights` in scoring.yaml)."""
    if not parts:
        return []
    total = sum(part.points for part in parts)
    told = ", ".join(
        f"{part.name} {part.points:+d}" for part in sorted(parts, key=lambda one: -abs(one.points))
    )
    return [f"  Sum {total:+d}, news from 0 up: {told}"]
