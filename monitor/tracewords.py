"""The trace of a judgement in, what each rule and step came to in words out: those that held first. Pure.

A rule is tried on every sentence. One that held somewhere and ended early elsewhere is one line, which says both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.clausewords import TRACE_SENTENCES, missing_in_words
from monitor.model import TraceStep
from monitor.wording import Said, recognized, said

_RULE, _TRIAL, _DIGEST = "rule:", "shadow:", "digest:"
#: Clauses at which most rules end: what the rule is about does not stand there at all.
_FAR = frozenset({"", "object", "action", "actor"})
#: Steps that are no rule.
NAMES = {
    "entities": "names",
    "news": "is it the news?",
    "news:genre": "other kinds of text",
    "digest": "digest",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    """What one rule or step came to. `is_near`: it failed at a clause that few come to."""

    name: Said
    held: bool
    is_near: bool
    clause: str  # as the log has it, "" where it held
    reason: Said | None
    where: Said | None
    note: Said | None


def trace_lines(trace: Sequence[TraceStep]) -> list[TraceLine]:
    """A line for each step, those that held first, then near misses, then the rest."""
    elsewhere = {step.step: step for step in trace if not step.held and step.step.startswith(_RULE)}
    held_rules = {step.step for step in trace if step.held and step.step.startswith(_RULE)}
    lines = [
        _line(step, elsewhere.pop(step.step, None) if step.held else None)
        for step in trace
        if step.held or step.step not in held_rules
    ]
    return sorted(lines, key=lambda line: (not line.held, not line.is_near))


def line_in_words(line: TraceLine) -> Said:
    """The line as one sentence."""
    told = said("{0} held" if line.held else "{0} failed", line.name)
    if line.reason:
        told = said("{0}: {1}", told, line.reason)
    if line.where:
        told = said("{0}, at {1}", told, line.where)
    return said("{0} ({1})", told, line.note) if line.note else told


def _line(step: TraceStep, elsewhere: TraceStep | None) -> TraceLine:
    clause = step.clause
    return TraceLine(
        name=_name(step.step),
        held=step.held,
        is_near=not step.held and clause not in _FAR,
        clause=clause,
        reason=missing_in_words(clause) if clause else _tried(elsewhere),
        where=said("{0} {1} to {2}", said(step.span.field.value), step.span.start, step.span.end)
        if step.span
        else None,
        note=recognized(step.note, TRACE_SENTENCES) if step.note else None,
    )


def _tried(elsewhere: TraceStep | None) -> Said | None:
    if elsewhere is None:
        return None
    return said("in one sentence; in another it ended: {0}", missing_in_words(elsewhere.clause))


def _name(step: str) -> Said:
    if step in NAMES:
        return said(NAMES[step])
    if step.startswith(_RULE):
        return said("rule {0}", step.removeprefix(_RULE))
    if step.startswith(_TRIAL):
        return said("rule {0} on trial", step.removeprefix(_TRIAL))
    if step.startswith(_DIGEST):
        return said("item {0} of the digest", step.removeprefix(_DIGEST))
    return said("{0}", step)
