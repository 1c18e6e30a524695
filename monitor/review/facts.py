"""Findings in, what a page shows of them out: a line in the reader's language, the quotes with their marks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.layouts.view import change_text, fact_line
from alerts.layouts.words import Words
from alerts.model import Place, quantity_text
from monitor.alerting import Names, fact_of, quantity_of_amount
from monitor.developments import amount_key
from monitor.model import ChangeKind, Finding, StoryChange
from monitor.review.evidence import Piece, quote_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedFinding:
    """A finding and the article it was read in."""

    finding: Finding
    article_id: str
    outlet: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteOnPage:
    """The sentence that says so, in pieces, and who wrote it."""

    pieces: tuple[Piece, ...]
    language: str
    outlet: str
    article_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOnPage:
    """One fact of a story: all findings that read the same in the reader's language."""

    line: str
    event: str
    status: str
    direction: str
    score: int
    news: bool
    quotes: tuple[QuoteOnPage, ...]


def facts_on_page(
    found: Iterable[SourcedFinding], said: Words, names: Names, *, status: str = ""
) -> tuple[FactOnPage, ...]:
    """The facts of several articles; those that read the same are one with several quotes.

    Those in the story's present `status` first, then news, then by score: what was planned is overtaken.
    """
    ordered = sorted(
        found,
        key=lambda item: (item.finding.status.value != status, not item.finding.news, -item.finding.score),
    )
    lines: dict[str, list[SourcedFinding]] = {}
    for item in ordered:
        lines.setdefault(fact_line(fact_of(item.finding, names), said), []).append(item)
    return tuple(
        FactOnPage(
            line=line,
            event=items[0].finding.type.value,
            status=items[0].finding.status.value,
            direction=items[0].finding.direction.value,
            score=items[0].finding.score,
            news=any(item.finding.news for item in items),
            quotes=_quotes(items),
        )
        for line, items in lines.items()
    )


def headline(facts: tuple[FactOnPage, ...], fallback: str) -> str:
    """The headline of a story: its strongest fact; its original headline where no fact is left."""
    return facts[0].line if facts else fallback


def change_lines(
    changes: Iterable[StoryChange], findings: Iterable[Finding], said: Words, names: Names
) -> tuple[str, ...]:
    """What an article added to its story, in words; nothing for a repeat."""
    known = list(findings)
    amounts = {
        amount_key(amount): quantity_text(quantity_of_amount(amount))
        for finding in known
        for amount in finding.amounts
    }
    places = {
        place.id: Place(id=place.id, country=place.country, names=names.place_names(place.id))
        for finding in known
        for place in finding.places
    }
    return tuple(
        change_text(_change(change, amounts, names), said, places)
        for change in changes
        if change.kind is not ChangeKind.REPEAT
    )


def _change(change: StoryChange, amounts: Mapping[str, str], names: Names) -> str:
    after = change.after
    if change.kind in (ChangeKind.AMOUNT, ChangeKind.CORRECTION):
        after = amounts.get(after, after)
    elif change.kind is ChangeKind.PARTNER:
        after = names.provider_names(after).get("", after)
    if change.kind is ChangeKind.NEW_STORY:
        return change.kind.value
    return "|".join((change.kind.value, change.before.replace("|", " "), after.replace("|", " ")))


def _quotes(items: list[SourcedFinding]) -> tuple[QuoteOnPage, ...]:
    quotes: dict[str, QuoteOnPage] = {}
    for item in items:
        evidence = item.finding.evidence
        if evidence.quote not in quotes:
            quotes[evidence.quote] = QuoteOnPage(
                pieces=quote_pieces(item.finding),
                language=evidence.language,
                outlet=item.outlet,
                article_id=item.article_id,
            )
    return tuple(quotes.values())
