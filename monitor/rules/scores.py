"""A candidate with its roles in, its status and the named summands of its score out. Pure."""

from __future__ import annotations

from monitor.mentions.cues import Decided, decide_status
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.ordinals import further_from, ordinal_beside
from monitor.mentions.scan import Sentence
from monitor.model import EventType, Field, ScorePart, Status
from monitor.rules.matching import Candidate
from monitor.rules.quantities import is_later
from monitor.rules.setting import Roles, Setting

LATE_SENTENCE = 6
NUMBERED = frozenset({EventType.DATACENTER, EventType.REGION})
MAY_BE_DONE = frozenset({"expand", "build", "deploy", "plan"})


def status_of(candidate: Candidate, setting: Setting) -> Decided:
    """The status of a candidate, with the cue that decided."""
    rule, view, action = candidate.rule, candidate.view, candidate.action
    default = Status.ANNOUNCED
    if action.kind is Kind.ACTION:
        action = _done(candidate) or action
        default = setting.knowledge.actions[action.value].status
    default = rule.set_status or default
    if rule.is_background:
        return Decided(default, "background")
    # What is said of the next site decides nothing of this one.
    further = further_clause(candidate) if default is Status.LIVE else -1
    later = default is Status.LIVE and any(
        is_later(time.iso, setting.published) and not 0 <= further <= time.start
        for time in setting.quantities.times_of(view)
    )
    decided = decide_status(view, action, default, future_date=later)
    if default is Status.LIVE and decided.cue is not None and 0 <= further <= decided.cue.start:
        return Decided(default, decided.by) if decided.status is Status.PLANNED and not later else decided
    return decided


def further_clause(candidate: Candidate) -> int:
    """Where the sentence goes over to one more site of the kind, -1 where it does not."""
    thing = candidate.object
    if thing is None or candidate.rule.type not in NUMBERED:
        return -1
    reading = candidate.view.reading
    ordinal = ordinal_beside(reading.folded, reading.language, thing.start, thing.end)
    home = candidate.view.sentence_of(thing.start)
    return further_from(reading.folded, reading.language, thing.end, home.end, ordinal)


def _done(candidate: Candidate) -> Hit | None:
    """An "open" near the object of another action: an extension that has gone into operation."""
    if (
        candidate.action.value not in MAY_BE_DONE
        or candidate.object is None
        or "open" not in candidate.rule.actions
    ):
        return None
    chips = candidate.rule.type is EventType.COMPUTE  # "opened its plant, which is equipped with 1,500 chips"
    reach = (60 if chips else 30) if candidate.view.reading.dense else 160 if chips else 90
    thing = candidate.object
    near = [
        one
        for one in candidate.view.actions
        if one.value == "open" and max(one.start, thing.start) - min(one.end, thing.end) <= reach
    ]
    return near[0] if near else None


def _is_past(candidate: Candidate, setting: Setting, decided: Decided, at: Sentence) -> bool:
    """Whether it is told as old: an anniversary of what runs, or another year behind headline and lead."""
    cues = candidate.view.cue_values
    if "history" in cues and decided.status is Status.LIVE:
        return True
    return "earlier" in cues and at.field is Field.TEXT and not setting.reading.in_window(at.index)


def score_parts(
    candidate: Candidate,
    setting: Setting,
    decided: Decided,
    roles: Roles,
    at: Sentence,
) -> list[ScorePart]:
    """Base of the rule, then every bonus and penalty that holds, by name."""
    view, knowledge = candidate.view, setting.knowledge
    bonus, penalty = knowledge.scoring.bonus, knowledge.scoring.penalty
    cues = view.cue_values
    reach = 60 if view.reading.dense else 160
    applies = [
        (
            "in_title",
            bonus,
            at.field is Field.TITLE or (view.is_window and candidate.action.start < setting.reading.body_at),
        ),
        ("in_lead", bonus, at.field is Field.TEXT and setting.reading.in_window(at.index)),
        ("amount", bonus, bool(roles.amounts)),
        ("place", bonus, bool(roles.places)),
        ("overseas", bonus, roles.overseas),
        ("tier1", bonus, any(knowledge.tier_of(actor.id) == 1 for actor in roles.actors)),
        ("no_actor", penalty, not roles.actors),
        ("coref_actor", penalty, bool(roles.actors) and roles.coref),
        ("rumour", penalty, decided.status is Status.RUMOURED),
        ("denied", penalty, decided.status is Status.DENIED),
        ("history", penalty, _is_past(candidate, setting, decided, at)),
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
