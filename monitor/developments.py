"""What a story knows and a new report in, the named changes that it brings out. Pure.

A change is only what the report itself presents as its news: a central fact (headline or lead) about the story's
providers. The rest is remembered (`monitor.storystate`), so that nobody is told later of what stood there already.
A repeat is a change as well (`REPEAT`), so that every report has a reason. Each change names before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.central import central_findings, leading_findings
from monitor.model import (
    Amount,
    ChangeKind,
    Field,
    Finding,
    Span,
    Status,
    StoryChange,
)
from monitor.stories import Families, NoFamilies, regions_of
from monitor.storystate import (
    RANK,
    STOPS,
    KnownAmount,
    StoryReport,
    StoryState,
    countries_of,
    facts_about,
    furthest,
    hubs_of,
    is_denied,
    known_amount,
    times_of,
)

#: An amount that differs by more than this from every one reported is new.
NEW_AMOUNT = Decimal("0.2")
#: Amounts that size a project. Counts (sites, zones, jobs) are told differently by every outlet.
SIZES = frozenset({"USD", "MW", "ACCEL"})
#: For so long after the first report other outlets fill in details of the same news; then only a headline tells more.
FILLING_IN = timedelta(days=3)


def changes(
    state: StoryState, report: StoryReport, families: Families | None = None
) -> tuple[StoryChange, ...]:
    """What `report` adds to the story, most telling first; REPEAT where nothing is new."""
    known = families or NoFamilies()
    if not state.articles:
        facts = leading_findings(report.findings)
        return (StoryChange(kind=ChangeKind.NEW_STORY, after=furthest(facts) or ""),)
    told = _Told(
        facts=facts_about(state, central_findings(report.findings), known),
        headline_only=not report.edited and _fills_in(state, report),
    )
    found = [
        *_status_changes(state, told.facts),
        *_place_changes(state, told, known),
        *_amount_changes(state, told, edited=report.edited),
        *_partner_changes(state, told, known),
        *_time_changes(state, told, report.published),
        *_publisher_changes(state, report),
    ]
    return tuple(found) or (StoryChange(kind=ChangeKind.REPEAT),)


def amount_key(amount: Amount) -> str:
    """An amount as a change names it: "400000000 USD"."""
    return _amount_text(known_amount(amount))


def origin_of(
    *, is_copy: bool, syndicated_from: str | None, tier: str, publisher: str, known: Sequence[str]
) -> str:
    """Why a report is no independent one, or ""."""
    if is_copy:
        return "copy"
    if syndicated_from:
        return f"syndicated from {syndicated_from}"
    if tier == "aggregator":
        return "aggregator"
    return "same publisher" if publisher in known else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a report presents as its news of the story: facts, and whether only the headline counts for details."""

    facts: tuple[Finding, ...]
    headline_only: bool

    def says(self, fact: Finding, span: Span | None) -> bool:
        """Whether headline, or lead where it counts, state what `span` of `fact` points to."""
        evidence = fact.evidence.span
        at = span or evidence
        if at.field is Field.TITLE:
            return True
        inside = evidence.field is at.field and evidence.start <= at.start < evidence.end
        return inside and not self.headline_only


def _fills_in(state: StoryState, report: StoryReport) -> bool:
    """Whether the report is one of those that tell the first news again. An unknown date does not prove it later."""
    if state.first_published is None or report.published is None:
        return True
    return report.published - state.first_published <= FILLING_IN


def _status_changes(state: StoryState, facts: Sequence[Finding]) -> Iterable[StoryChange]:
    before = state.status.value if state.status else ""
    if is_denied(facts):
        if Status.DENIED not in state.stops:
            yield StoryChange(kind=ChangeKind.CORRECTION, before=before, after=Status.DENIED.value)
        return
    stops = sorted({fact.status.value for fact in facts if fact.status in STOPS} - state.stops)
    for stop in stops:
        yield StoryChange(kind=ChangeKind.STATUS, before=before, after=stop)
    after = furthest([fact for fact in facts if fact.direction.value in state.directions])
    rank = RANK[state.status] if state.status else -1
    if after is not None and RANK[after] > rank and (state.status is not None or not stops):
        yield StoryChange(kind=ChangeKind.STATUS, before=before, after=after.value)


def _place_changes(state: StoryState, told: _Told, known: Families) -> Iterable[StoryChange]:
    """A country that the story did not have. Of the places in a known country only the first one is news, and the
    first that lies in the region which was all that was known: Mount Pleasant after Wisconsin.
    """
    named = [
        place
        for fact in told.facts
        for place in fact.places
        if place.country and told.says(fact, place.span) and place.country not in _homes(fact, known)
    ]
    old = state.countries | state.hubs | state.mentioned
    located = {hub.partition(":")[0] for hub in state.hubs}
    stated = hubs_of(named) - old
    wider = {hub: min(known.regions_of(hub) & state.hubs, default="") for hub in stated}
    hubs = {
        hub
        for hub in stated - regions_of(stated, known)
        if ((country := hub.partition(":")[0]) not in located or wider[hub])
        and (country not in state.countries or not told.headline_only)
    }
    within = {hub.partition(":")[0] for hub in hubs}
    for place in (*sorted(countries_of(named) - old - within), *sorted(hubs)):
        yield StoryChange(kind=ChangeKind.PLACE, before=wider.get(place, ""), after=place)


def _amount_changes(state: StoryState, told: _Told, *, edited: bool) -> Iterable[StoryChange]:
    """Sizes that differ from every one reported. An edit of an article that states another one corrects the first."""
    stated = {
        known_amount(amount) for fact in told.facts for amount in fact.amounts if told.says(fact, amount.span)
    }
    for unit in sorted(SIZES & {amount.unit for amount in stated}):
        old = [amount.value for amount in state.mentioned_amounts if amount.unit == unit]
        new = max(
            (amount for amount in stated if amount.unit == unit and not _is_near(amount.value, old)),
            key=lambda amount: amount.value,
            default=None,
        )
        if new is None:
            continue
        central = [amount for amount in state.amounts if amount.unit == unit]
        nearest = min(central, key=lambda amount: abs(amount.value - new.value), default=None)
        yield StoryChange(
            kind=ChangeKind.CORRECTION if edited and nearest else ChangeKind.AMOUNT,
            before=_amount_text(nearest) if nearest else "",
            after=_amount_text(new),
        )


def _is_near(value: Decimal, old: Iterable[Decimal]) -> bool:
    return any(abs(other - value) <= NEW_AMOUNT * other for other in old)


def _partner_changes(state: StoryState, told: _Told, known: Families) -> Iterable[StoryChange]:
    old = state.partners | state.families | state.mentioned
    new = {
        known.family_of(actor.id)
        for fact in told.facts
        for actor in fact.actors
        if actor.role == "partner" and told.says(fact, actor.span)
    }
    for partner in sorted(new - old):
        yield StoryChange(kind=ChangeKind.PARTNER, after=partner)


def _time_changes(state: StoryState, told: _Told, published: datetime | None) -> Iterable[StoryChange]:
    """A date has moved when it fits none that was reported: 2026-Q3 fits 2026. No plan moves into the past."""
    if not state.times:
        return
    stated = times_of([fact for fact in told.facts if fact.time and told.says(fact, fact.time.span)])
    for moved in sorted(stated - state.mentioned):
        if published and moved.lstrip("<>=~")[:4] < f"{published.year:04d}":
            continue
        if not any(_fits(moved, known) for known in state.times):
            yield StoryChange(kind=ChangeKind.TIME, before=max(state.times), after=moved)


def _publisher_changes(state: StoryState, report: StoryReport) -> Iterable[StoryChange]:
    if report.independent and len(state.publishers) == 1 and report.publisher not in state.publishers:
        yield StoryChange(kind=ChangeKind.PUBLISHER, before=state.publishers[0], after=report.publisher)


def _homes(fact: Finding, known: Families) -> frozenset[str]:
    """Where its actors are at home: "Germany's Hetzner" names no place of the project."""
    return frozenset(known.home_of(actor.id) for actor in fact.actors)


def _fits(first: str, second: str) -> bool:
    """True if one ISO interval may be the other one, told more exactly."""
    a, b = (text.lstrip("<>=~") for text in (first, second))
    return a.startswith(b) or b.startswith(a) or (a[:4] == b[:4] and a[4:6] != b[4:6])


def _amount_text(amount: KnownAmount) -> str:
    return f"{amount.value.normalize():f} {amount.unit}"
