"""What the log says of one article by id and code in, sentences and steps for `why` out. Tables, and pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.clausewords import EVENTS, score_in_words
from monitor.database import Value
from monitor.model import ChangeKind, Finding, Level, Status, StoryChange, Verdict
from monitor.wording import Said, recognized, said, several

#: The steps in their order; `source` only for what was never stored.
STEPS = (
    "discovered",
    "source",
    "fetched",
    "dated",
    "extracted",
    "judged",
    "news",
    "story",
    "triage",
    "delivery",
    "verdict",
)
#: Why a report is no independent one.
ORIGINS = ("copy", "aggregator", "same publisher", "syndicated from {0}")
#: Named reasons of triage in words.
REASONS = {
    Verdict.ALERT_NEW_STORY.value: "it alerts: a new story",
    Verdict.ALERT_NEW_FACT.value: "it alerts: a new fact in a story that was told",
    Verdict.ALERT_STATUS.value: "it alerts: the status changed",
    Verdict.ALERT_SECOND_PUBLISHER.value: "it alerts: a second independent publisher",
    Verdict.ALERT_CORRECTION.value: "it alerts: a correction",
    Verdict.NOT_NEWS.value: "what was found is not the news of the article",
    Verdict.NO_FINDING.value: "no fact was found",
    Verdict.BELOW_LEVEL.value: "its level is below what the watch asks for",
    Verdict.NO_WATCH.value: "it concerns no watch",
    Verdict.DENIED.value: "it is a denial, and nobody was told of what it denies",
    Verdict.REPEAT.value: "it repeats what was told before",
    Verdict.COOLDOWN.value: "the story was told a short time ago; what is new waits",
    Verdict.OLD.value: "it is old news",
    Verdict.NO_DATE.value: "nobody knows when it was published",
    Verdict.BASELINE.value: "it was there at the first crawl of its source",
    Verdict.SILENCED.value: "a silence holds it back",
    Verdict.MUTED.value: "the story is muted",
    Verdict.SHADOW.value: "the watch or rule is on trial and sends nothing",
    Verdict.HELD_FLOOD.value: "its source showed a flood of articles; it waits for a person",
    Verdict.HELD_RULES.value: "rules changed and old articles match; it waits for a person",
}
#: What triage notes beside a reason.
NOTES = (
    "this article alerted before",
    "{0} is below {1}",
    "the watch does not ask for {0}",
    "would have been {0}",
    "last told {0}",
    "until {0}",
    "of {0}",
)
#: What an article adds to its story: where something stood there before, and where nothing did.
CHANGES = {
    ChangeKind.STATUS: ("status {0} → {1}", "status {1}"),
    ChangeKind.PLACE: ("place {1}", "place {1}"),
    ChangeKind.AMOUNT: ("amount {1}", "amount {1}"),
    ChangeKind.PARTNER: ("partner {1}", "partner {1}"),
    ChangeKind.TIME: ("time {0} → {1}", "time {1}"),
    ChangeKind.PUBLISHER: ("a second independent publisher, {1}", "a second independent publisher, {1}"),
    ChangeKind.CORRECTION: ("corrected: {0} → {1}", "corrected: {1}"),
    ChangeKind.REPEAT: ("nothing", "nothing"),
}

#: How an alert took its way through a channel, where it did not go out at once (`alerts.routes.RouteReason`).
ROUTES = {
    "digest": "in the channel's digest",
    "watch-digest": "in the digest of its watch",
    "quiet-hours": "held until the end of quiet hours",
    "rate": "over the channel's number an hour",
    "watch-rate": "over the watch's number a day",
    "inhibited": "an echo of a bigger story",
    "below-severity": "below the channel's level",
    "silenced": "a silence holds it back",
    "story-muted": "the story is muted",
    "told": "another watch told the channel",
}

_SPELLED = {Status.RUMOURED.value: "rumored", Status.CANCELLED.value: "canceled"}
#: Values that a change or a note may hold and that have words.
WORDS = frozenset((*Status, *Level, *ChangeKind))


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyStep:
    """One stage of the path. `held` False: here it ended; None: nothing to say, or not reached."""

    name: str
    held: bool | None
    text: Said
    details: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyReport:
    """The path of one article. `article_id` None: the log does not hold it."""

    asked: str
    article_id: str | None
    title: str
    url: str
    answer: Said  # one sentence: what came of it
    steps: tuple[WhyStep, ...]


def reason_in_words(verdict: str) -> Said:
    """A named reason of triage."""
    return said(REASONS[verdict]) if verdict in REASONS else said("{0}", verdict)


def note_in_words(note: str) -> Said:
    """What triage noted beside its reason."""
    told = recognized(note, NOTES)
    return Said(told.sentence, tuple(_word(str(value)) for value in told.values))


def route_in_words(reason: str, note: str) -> Said | None:
    """Why a delivery went, waits or was withdrawn as it did, with what was noted; None where it went at once."""
    if reason not in ROUTES:
        return None
    return said("{0} ({1})", said(ROUTES[reason]), note) if note else said(ROUTES[reason])


def origin_in_words(origin: str) -> Said:
    """Why a report is no independent one."""
    return recognized(origin, ORIGINS)


def change_in_words(change: StoryChange) -> Said:
    """What an article changed in its story."""
    before, after = _word(change.before), _word(change.after)
    if change.kind is ChangeKind.NEW_STORY:
        return said("a new story, {0}", after) if change.after else said("a new story")
    both, alone = CHANGES[change.kind]
    return said(both if change.before else alone, before, after)


def _word(value: str) -> object:
    """What stands in a change or a note: a status, a level, a kind of change or a reason in words, or a value."""
    if value in REASONS:
        return said(REASONS[value])
    return said(spelled(value)) if value in WORDS else value


def spelled(value: str) -> str:
    """A value of the model in the spelling of our sentences."""
    return _SPELLED.get(value, value.replace("_", " ").replace("-", " "))


def _narrowest(places: Sequence[str]) -> list[str]:
    """The places without the countries that a hub among them lies in."""
    inside = {place.partition(":")[0] for place in places if ":" in place}
    return [place for place in places if place not in inside]


def finding_in_words(finding: Finding) -> Said:
    """A fact with its evidence and the sum of its score."""
    kind = said(EVENTS.get(finding.type.value, finding.type.value))
    facts = [
        several(actor.id for actor in finding.actors) if finding.actors else said("no named provider"),
        said("pullback: {0}", kind) if finding.direction.value == "contraction" else kind,
        said(spelled(finding.status)),
        several(_narrowest([place.id for place in finding.places])) if finding.places else said("no place"),
        *(amount.text for amount in finding.amounts),
    ]
    span = finding.evidence.span
    where = said("{0} {1} to {2}", said(span.field.value), span.start, span.end)
    points = several(
        said("{0} {1}", score_in_words(part.name), f"{part.points:+d}") for part in finding.explain
    )
    return said(
        "{0}: {1}; rule {2}, {3}: {4}; score {5} ({6})",
        said("news" if finding.news else "background"),
        several(facts),
        finding.rule,
        where,
        f"“{' '.join(finding.evidence.quote.split())}”",
        finding.score,
        points,
    )


def request_in_words(row: Mapping[str, Value]) -> Said:
    """How a request ended, with its status and when."""
    ended = said(str(row["outcome"]))
    if row["status"]:
        ended = said("{0} ({1})", ended, row["status"])
    told = said("{0} at {1}", ended, row["at"])
    return said("{0}: {1}", told, row["detail"]) if row["detail"] else told
