"""A decision to tell, the article and its story in, the Alert for one watch out. Pure.

The ids are deterministic: the same story, kind, sequence and watch give the same alert, so a receiver can drop a
repeat, and a crash between two tries changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alerts.model import (
    Alert,
    AlertKind,
    Fact,
    Label,
    Links,
    Place,
    Quantity,
    Quote,
    Report,
    Severity,
    quantity_text,
)
from monitor.central import leading_findings
from monitor.developments import amount_key
from monitor.marks import whole_word
from monitor.model import (
    Amount,
    ChangeKind,
    Decision,
    Finding,
    Judgement,
    PlaceMention,
    StoryChange,
    Verdict,
)

if TYPE_CHECKING:
    from monitor.articlelog import LoggedArticle
    from monitor.rules.passages import Passage

#: Facts and quotes of one alert; the rest stands in the log.
MOST_FACTS = 5
MOST_QUOTES = 2
_KINDS = {
    Verdict.ALERT_NEW_STORY: AlertKind.NEW_STORY,
    Verdict.ALERT_NEW_FACT: AlertKind.DEVELOPMENT,
    Verdict.ALERT_STATUS: AlertKind.DEVELOPMENT,
    Verdict.ALERT_SECOND_PUBLISHER: AlertKind.CORROBORATION,
    Verdict.ALERT_CORRECTION: AlertKind.CORRECTION,
}
_UNTOLD = frozenset({ChangeKind.NEW_STORY, ChangeKind.REPEAT})


class Names(Protocol):
    """Names of providers and places by language, "" holds the default name; and what a place lies in."""

    def provider_names(self, entity_id: str) -> Mapping[str, str]: ...

    def place_names(self, place_id: str) -> Mapping[str, str]: ...

    def regions_of(self, place_id: str) -> frozenset[str]: ...


class NoNames:
    """Every thing is called by its id."""

    def provider_names(self, entity_id: str) -> Mapping[str, str]:
        return {}

    def place_names(self, place_id: str) -> Mapping[str, str]:
        return {}

    def regions_of(self, place_id: str) -> frozenset[str]:
        return frozenset()


#: The links of an alert: (alert_id, story_id, article_id) -> Links.
LinkMaker = Callable[[str, str, str], Links]


def no_links(alert_id: str, story_id: str, article_id: str) -> Links:
    """No review page, no links."""
    return Links()


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What an alert is composed of. `sequence` counts the alerts of this story to this watch, from 1.

    `passage` is the sentence that a watch on words found; it is quoted where there is no finding.
    """

    story_id: str
    sequence: int
    decision: Decision
    article: LoggedArticle
    judgement: Judgement
    reports: tuple[Report, ...]
    passage: Passage | None = None


def compose(
    telling: Telling, now: datetime, *, names: Names | None = None, links: LinkMaker = no_links
) -> Alert:
    """The alert for one watch; facts of the article lead, most important first."""
    known = names or NoNames()
    article, decision = telling.article, telling.decision
    findings = _told_findings(telling.judgement)
    kind = _KINDS[decision.verdict]
    alert_id = alert_id_of(telling.story_id, kind, telling.sequence, decision.watch)
    dates = [report.published for report in telling.reports if report.published]
    begun = min(dates, default=article.published)
    made = links(alert_id, telling.story_id, article.article_id)
    return Alert(
        alert_id=alert_id,
        thread_id=telling.story_id,
        kind=kind,
        reason=decision.verdict.value,
        severity=Severity(decision.level.value),
        watch=decision.watch,
        created_at=now,
        facts=tuple(fact_of(finding, known) for finding in findings[:MOST_FACTS]),
        changes=tuple(_change_texts(decision.changes, findings, known, article)),
        quotes=_quotes(findings, article) or _passage_quote(telling),
        reports=telling.reports,
        published=begun if kind is AlertKind.NEW_STORY else article.published or begun,
        links=replace(made, article=article.url),
        headline=article.title,
        labels=_labels(telling),
    )


def alert_id_of(story_id: str, kind: AlertKind, sequence: int, watch: str) -> str:
    """The id that this alert has in every run."""
    return hashlib.sha256(f"{story_id}|{kind.value}|{sequence}|{watch}".encode()).hexdigest()[:16]


def _told_findings(judgement: Judgement) -> list[Finding]:
    """The findings worth telling, highest score first: what headline and lead state, else what else is the news."""
    chosen = leading_findings(judgement.findings)
    return sorted(chosen, key=lambda finding: (-finding.score, finding.evidence.span.start, finding.rule))


def fact_of(finding: Finding, names: Names) -> Fact:
    """A finding as alerts and pages show it, with the names of its things."""
    return Fact(
        event=finding.type.value,
        status=finding.status.value,
        direction=finding.direction.value,
        actors=tuple(
            Label(id=actor.id, names=names.provider_names(actor.id))
            for actor in sorted(finding.actors, key=lambda actor: actor.role == "partner")
        ),
        object=finding.object,
        places=tuple(_place(place, names) for place in finding.places),
        excluded_places=tuple(
            Place(id=place, country=place.partition(":")[0], names=names.place_names(place))
            for place in finding.excluded_places
        ),
        amounts=tuple(quantity_of_amount(amount) for amount in finding.amounts),
        when=finding.time.iso if finding.time else None,
        overseas=finding.overseas,
        score=finding.score,
    )


def quantity_of_amount(amount: Amount) -> Quantity:
    """An amount of a finding as alerts state it."""
    return Quantity(
        value=amount.value,
        unit=amount.unit,
        value_max=amount.value_max,
        op=amount.op,
        usd=amount.usd,
        text=amount.text,
    )


def _place(place: PlaceMention, names: Names) -> Place:
    return Place(
        id=place.id,
        country=place.country,
        names=names.place_names(place.id),
        regions=tuple(sorted(names.regions_of(place.id))),
    )


def _quotes(findings: Sequence[Finding], article: LoggedArticle) -> tuple[Quote, ...]:
    """The sentences that say so, each once, with the matched words marked."""
    quotes: dict[str, Quote] = {}
    for finding in findings:
        evidence = finding.evidence
        span = evidence.span
        inside = {
            whole_word(evidence.quote, mark.span.start - span.start, mark.span.end - span.start)
            for mark in finding.marks
            if mark.span.field == span.field and span.start <= mark.span.start < mark.span.end <= span.end
        }
        earlier = quotes.get(evidence.quote)
        marked = inside | set(earlier.marks if earlier else ())
        quotes[evidence.quote] = Quote(
            text=evidence.quote,
            language=evidence.language,
            url=article.url,
            outlet=article.outlet,
            marks=_disjoint(marked),
        )
    return tuple(quotes.values())[:MOST_QUOTES]


def _passage_quote(telling: Telling) -> tuple[Quote, ...]:
    """The sentence that a watch on words found."""
    passage, article = telling.passage, telling.article
    if passage is None:
        return ()
    return (
        Quote(
            text=passage.text,
            language=telling.judgement.language,
            url=article.url,
            outlet=article.outlet,
            marks=_disjoint(passage.marks),
        ),
    )


def _disjoint(marks: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Marks in order, overlapping ones united."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if united and start < united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        elif start < end:
            united.append((start, end))
    return tuple(united)


def _change_texts(
    changes: Sequence[StoryChange], findings: Sequence[Finding], names: Names, article: LoggedArticle
) -> Iterable[str]:
    """Changes as `kind|before|after`, the form that layouts put into words."""
    amounts = {
        amount_key(amount): quantity_text(quantity_of_amount(amount))
        for finding in findings
        for amount in finding.amounts
    }
    actors = {actor.id for finding in findings[:MOST_FACTS] for actor in finding.actors}
    for change in changes:
        if change.kind in _UNTOLD:
            continue
        before, after = change.before, change.after
        if change.kind in (ChangeKind.AMOUNT, ChangeKind.CORRECTION):
            after = amounts.get(after, after)
        elif change.kind is ChangeKind.PARTNER:
            after = after if after in actors else names.provider_names(after).get("", after)
        elif change.kind is ChangeKind.PUBLISHER:
            after = article.outlet
        yield "|".join((change.kind.value, before.replace("|", " "), after.replace("|", " ")))


def _labels(telling: Telling) -> dict[str, str]:
    """What silences and routes can match on, besides what they read from the facts."""
    article = telling.article
    return {
        "watch": telling.decision.watch,
        "story": telling.story_id,
        "source": article.source_id,
        "publisher": article.family,
        "tier": article.tier,
        "language": telling.judgement.language,
        "level": telling.decision.level.value,
        "article": article.article_id,
    }
