"""A judged article and what it adds to its story in, one Decision for each watch out, with a named reason. Pure.

The order of the questions is the order of `_verdict`: the first that answers decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.model import (
    ChangeKind,
    Decision,
    EventType,
    Finding,
    Judgement,
    Level,
    Status,
    StoryChange,
    Verdict,
)
from monitor.storystate import Told

#: A date further ahead than this is doubtful; then the time of first sight counts.
FUTURE = timedelta(hours=26)
#: How the note of a decision begins that kept an alert back which nothing else speaks against.
WOULD_HAVE_BEEN = "would have been "
_LEVELS = tuple(Level)
#: Why there is an alert, most telling first.
_ALERT_OF = {
    ChangeKind.NEW_STORY: Verdict.ALERT_NEW_STORY,
    ChangeKind.CORRECTION: Verdict.ALERT_CORRECTION,
    ChangeKind.STATUS: Verdict.ALERT_STATUS,
    ChangeKind.AMOUNT: Verdict.ALERT_NEW_FACT,
    ChangeKind.PLACE: Verdict.ALERT_NEW_FACT,
    ChangeKind.PARTNER: Verdict.ALERT_NEW_FACT,
    ChangeKind.TIME: Verdict.ALERT_NEW_FACT,
    ChangeKind.PUBLISHER: Verdict.ALERT_SECOND_PUBLISHER,
}
ALERTS = frozenset(_ALERT_OF.values())
#: What a watch must ask for to be told of a change. A correction goes to everybody who was told what it corrects.
_NOTIFIES = {
    ChangeKind.NEW_STORY: "new",
    ChangeKind.STATUS: "development",
    ChangeKind.AMOUNT: "development",
    ChangeKind.PLACE: "development",
    ChangeKind.PARTNER: "development",
    ChangeKind.TIME: "development",
    ChangeKind.PUBLISHER: "repeat",
}
_HELD = {"flood": Verdict.HELD_FLOOD, "rules-changed": Verdict.HELD_RULES}


class WatchTerms(Protocol):
    """What triage must know of a watch. `notify_on` names what is told: new, development, repeat."""

    @property
    def name(self) -> str: ...
    @property
    def min_level(self) -> str: ...
    @property
    def shadow(self) -> bool: ...
    @property
    def cooldown(self) -> timedelta: ...
    @property
    def max_age(self) -> timedelta: ...
    @property
    def notify_on(self) -> Sequence[str]: ...
    @property
    def every_article(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One judged article with everything that bears on alerting.

    `in_index` says that a source's index showed it: then its first sight dates it where nothing else does.
    `story_published` is the first publication in the story. `held` is why it waits for a person, or "". `levels` are
    those of watches that weigh an article themselves; for the others that of the judgement counts.
    """

    judgement: Judgement
    changes: tuple[StoryChange, ...]
    first_seen: datetime
    published: datetime | None = None
    in_index: bool = True
    baseline: bool = False
    held: str = ""
    story_published: datetime | None = None
    muted_until: datetime | None = None
    told: Mapping[str, Told] = field(default_factory=dict)
    story_level: Level = Level.INFORMATIONAL
    levels: Mapping[str, Level] = field(default_factory=dict)
    alerted: frozenset[str] = frozenset()  # watches that this very article alerted before
    corrected: frozenset[str] = frozenset()  # watches to which it brought a correction before


def decide(case: Case, watches: Sequence[WatchTerms], now: datetime) -> tuple[Decision, ...]:
    """One decision for each watch that the article concerns; one for all ("") where it concerns none."""
    general = _general_verdict(case)
    if general is not None:
        return (Decision(watch="", verdict=general, level=case.judgement.level, changes=case.changes),)
    concerned = set(case.judgement.watches)
    if is_denial(case.judgement.findings):
        concerned |= set(case.told)  # who was told of a plan is told that it is denied
    wanted = [watch for watch in watches if watch.name in concerned]
    return tuple(_decision(case, watch, now) for watch in wanted) or (
        Decision(watch="", verdict=Verdict.NO_WATCH, level=case.judgement.level, changes=case.changes),
    )


def verdict_of(changes: Sequence[StoryChange], watch: WatchTerms) -> Verdict | None:
    """Why these changes are told to a watch; None where they are nothing to tell."""
    kinds = {change.kind for change in changes if _NOTIFIES.get(change.kind, "") in (*watch.notify_on, "")}
    return next((verdict for kind, verdict in _ALERT_OF.items() if kind in kinds), None)


def is_alert(decision: Decision) -> bool:
    """True if the decision is to tell someone."""
    return decision.verdict in ALERTS


def effective_date(case: Case) -> datetime | None:
    """When the news is from: the article's credible date, else the first sight in an index; None: nobody knows."""
    if case.published is not None and case.published <= case.first_seen + FUTURE:
        return case.published
    return case.first_seen if case.in_index else None


def _general_verdict(case: Case) -> Verdict | None:
    """The answer that holds for every watch, if there is one."""
    judgement = case.judgement
    if not judgement.findings and not judgement.watches:
        return Verdict.NO_FINDING
    is_news = judgement.relevant or is_topic(judgement) or is_denial(judgement.findings)
    if judgement.findings and not is_news:
        return Verdict.NOT_NEWS
    return None


def _decision(case: Case, watch: WatchTerms, now: datetime) -> Decision:
    changes = _changes_for(case, watch)
    verdict, note = _verdict(case, watch, changes, now)
    if verdict in ALERTS and watch.shadow:
        note, verdict = f"{WOULD_HAVE_BEEN}{verdict.value}", Verdict.SHADOW
    return Decision(watch=watch.name, verdict=verdict, level=_level(case, watch), changes=changes, note=note)


def _level(case: Case, watch: WatchTerms) -> Level:
    """A denial weighs as much as what it denies: it has no score of its own."""
    if is_denial(case.judgement.findings) and not is_topic(case.judgement):
        return case.story_level
    return weight(case.judgement, watch, case.levels.get(watch.name))


def weight(judgement: Judgement, watch: WatchTerms, own: Level | None) -> Level:
    """The level of an article for a watch that gives it the level `own`, None: that of the judgement.

    A topic has no score: it weighs what its watch asks for, low at least.
    """
    if is_topic(judgement):
        return max(Level.LOW, Level(watch.min_level), own or Level.LOW, key=_LEVELS.index)
    return own or judgement.level


def reaches(level: Level, watch: WatchTerms) -> bool:
    """Whether the watch wants to hear of an article of this level."""
    return _LEVELS.index(level) >= _LEVELS.index(Level(watch.min_level))


def _verdict(
    case: Case, watch: WatchTerms, changes: Sequence[StoryChange], now: datetime
) -> tuple[Verdict, str]:
    if watch.name in case.alerted:
        corrects = any(change.kind is ChangeKind.CORRECTION for change in changes)
        if not corrects or watch.name in case.corrected:
            return Verdict.REPEAT, "this article alerted before"
    if case.held:
        return _HELD.get(case.held, Verdict.HELD_FLOOD), ""
    if case.baseline:
        otherwise, _ = _verdict(replace(case, baseline=False), watch, changes, now)
        return Verdict.BASELINE, f"{WOULD_HAVE_BEEN}{otherwise.value}" if otherwise in ALERTS else ""
    told = case.told.get(watch.name)
    if is_denial(case.judgement.findings):
        corrects = told is not None and any(change.kind is ChangeKind.CORRECTION for change in changes)
        if not corrects:
            return Verdict.DENIED, ""
    level = _level(case, watch)
    if not reaches(level, watch):
        return Verdict.BELOW_LEVEL, f"{level.value} is below {watch.min_level}"
    date = effective_date(case)
    if date is None:
        return Verdict.NO_DATE, ""
    if now - date > watch.max_age:
        return Verdict.OLD, f"of {date:%Y-%m-%d %H:%M}Z"
    if case.muted_until is not None and now < case.muted_until:
        return Verdict.MUTED, f"until {case.muted_until:%Y-%m-%d %H:%M}Z"
    verdict = verdict_of(changes, watch)
    if verdict is None:
        return Verdict.REPEAT, _unasked(changes)
    if told is not None and now - told.told_at < watch.cooldown:
        return Verdict.COOLDOWN, f"last told {told.told_at:%Y-%m-%d %H:%M}Z"
    return verdict, ""


def _changes_for(case: Case, watch: WatchTerms) -> tuple[StoryChange, ...]:
    """What is new to this watch: a fresh story it was never told of is new, whoever opened it and why it was silent."""
    told = case.told.get(watch.name)
    if watch.every_article:
        besides = tuple(change for change in case.changes if change.kind is not ChangeKind.NEW_STORY)
        return (StoryChange(kind=ChangeKind.NEW_STORY), *_without_repeat(besides))
    if told is not None:
        waiting = tuple(change for change in told.waiting if change not in case.changes)
        return waiting + _without_repeat(case.changes) or case.changes
    if any(change.kind is ChangeKind.NEW_STORY for change in case.changes):
        return case.changes
    begun = case.story_published
    is_fresh = begun is None or case.first_seen - begun <= watch.max_age
    developed = any(change.kind not in (ChangeKind.REPEAT, ChangeKind.PUBLISHER) for change in case.changes)
    if is_fresh or developed:
        return (StoryChange(kind=ChangeKind.NEW_STORY), *_without_repeat(case.changes))
    return case.changes


def _unasked(changes: Sequence[StoryChange]) -> str:
    kinds = dict.fromkeys(change.kind.value for change in _without_repeat(changes))
    return f"the watch does not ask for {', '.join(kinds)}" if kinds else ""


def _without_repeat(changes: Sequence[StoryChange]) -> tuple[StoryChange, ...]:
    return tuple(change for change in changes if change.kind is not ChangeKind.REPEAT)


def is_topic(judgement: Judgement) -> bool:
    """True where only the words of a watch were found: no fact is the article's news, and yet a watch asks for it."""
    return bool(judgement.watches) and not any(finding.news for finding in judgement.findings)


def is_denial(findings: Sequence[Finding]) -> bool:
    """True if what the article reports is denied: all of its news, or all it found where nothing is news."""
    facts = [finding for finding in findings if finding.type != EventType.FOOTPRINT]
    news = [finding for finding in facts if finding.news] or facts
    return bool(news) and all(finding.status is Status.DENIED for finding in news)
