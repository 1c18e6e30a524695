"""Cue words around an action in, the status and the cue that decided out.

ConText: scope, terminators, pseudo-negation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.view import View
from monitor.model import Field, Status

_CLAUSE_END = re.compile(r"[,;:，；：、。]")
_AFTER_ONLY = frozenset({"ja", "ko"})  # negation follows the verb
_SCOPES = {"zh": 10, "th": 10, "ja": 8, "ko": 8}


@dataclass(frozen=True, slots=True)
class Decided:
    """A status and the clause that set it."""

    status: Status
    by: str
    cue: Hit | None = None


def decide_status(view: View, action: Hit, default: Status, *, future_date: bool) -> Decided:
    """Start from the action's default; groundbreaking, future, rumour and denial each override what came before."""
    here = _scope(view, action)
    names = [(one.start, one.end) for one in view.mentions]
    cues = [
        cue
        for cue in view.cues
        if here[0] <= cue.start < here[1]
        and not any(start <= cue.start and cue.end <= end for start, end in names)
    ]
    decided = Decided(default, f"action:{action.value}")
    groundbreak = next(
        (one for one in view.actions if one.value == "groundbreak" and here[0] <= one.start < here[1]), None
    )
    if groundbreak and default in (Status.PLANNED, Status.ANNOUNCED, Status.LIVE):
        decided = Decided(Status.UNDER_CONSTRUCTION, "groundbreak", groundbreak)
    if decided.status is Status.LIVE:
        future = _nearest(cues, "future", action, 25 if view.reading.dense else 70)
        plan = _nearest(
            [one for one in view.actions if one.value == "plan"],
            "plan",
            action,
            25 if view.reading.dense else 70,
        )
        if future or plan or future_date:
            decided = Decided(Status.PLANNED, "future", future or plan)
    rumour = next((cue for cue in cues if cue.value == "rumour"), None)
    if rumour:
        decided = Decided(Status.RUMOURED, "rumour", rumour)
    denial = next((cue for cue in cues if cue.value == "denial" and not _is_pseudo(cue, cues)), None)
    if denial:
        return Decided(Status.DENIED, "denial", denial)
    negation = negates(view, action, cues)
    if negation and default in _PLANNED_BEFORE and _is_reversal(view, action):
        return Decided(Status.CANCELLED, "reversal", negation)
    if negation:
        return Decided(Status.DENIED, "negation", negation)
    return decided


_PLANNED_BEFORE = frozenset({Status.PLANNED, Status.ANNOUNCED, Status.LIVE, Status.UNDER_CONSTRUCTION})


def _is_reversal(view: View, action: Hit) -> bool:
    """Whether the sentence, or the one after a headline, says that there was a plan before."""
    reading = view.reading
    at = view.sentence_of(action.start)
    first = [reading.sentences[index] for index in reading.lead[:1]]
    sentences = [at, *(first if at.field is Field.TITLE else [])]
    return any(cue.value == "reversal" for sentence in sentences for cue in sentence.of(Kind.CUE))


def negates(view: View, action: Hit, cues: Sequence[Hit]) -> Hit | None:
    """The negation whose scope reaches the action, None without one."""
    language = view.reading.language
    scope = _SCOPES.get(language, 45)
    terminators = [cue for cue in cues if cue.value == "terminators"]
    for cue in cues:
        if cue.value != "negation" or _is_pseudo(cue, cues):
            continue
        if cue.start >= action.end:
            low, high = action.end, cue.start
        elif language in _AFTER_ONLY or cue.end > action.start:
            continue
        else:
            low, high = cue.end, action.start
        if high - low > scope or _CLAUSE_END.search(view.reading.folded, low, high):
            continue
        if any(low <= mark.start < high for mark in terminators):
            continue
        return cue
    return None


def _scope(view: View, action: Hit) -> tuple[int, int]:
    if view.is_window:
        sentence = view.sentence_of(action.start)
        # A headline shares its status with the lead: what one hedges or denies, the other does too.
        return (
            (view.sentences[0].start, view.sentences[min(1, len(view.sentences) - 1)].end)
            if sentence is view.first
            else (sentence.start, sentence.end)
        )
    return view.first.start, view.first.end


def _nearest(hits: Sequence[Hit], value: str, action: Hit, reach: int) -> Hit | None:
    near = [
        hit
        for hit in hits
        if hit.value == value and max(0, max(hit.start, action.start) - min(hit.end, action.end)) <= reach
    ]
    return min(near, key=lambda hit: abs(hit.start - action.start), default=None)


def is_negated(cues: Sequence[Hit]) -> bool:
    """Whether a negation or denial stands among the cues that is more than part of "no less than"."""
    return any(cue.value in ("negation", "denial") and not _is_pseudo(cue, cues) for cue in cues)


def _is_pseudo(cue: Hit, cues: Sequence[Hit]) -> bool:
    return any(
        one.value == "pseudo_negation" and one.start <= cue.start and cue.end <= one.end for one in cues
    )
