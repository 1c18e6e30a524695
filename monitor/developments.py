"""What a story knows and a new report in, the named changes it brings and what the story knows then out. Pure.

A repeat is a change as well (`REPEAT`), so that every report has a reason. Each change names before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitor.model import (
    Amount,
    ChangeKind,
    Finding,
    Level,
    Status,
    StoryChange,
)
from monitor.stories import Families, NoFamilies

#: How far a plan has come; stops are no rank.
RANK = {
    Status.RUMOURED: 0,
    Status.PLANNED: 1,
    Status.ANNOUNCED: 1,
    Status.UNDER_CONSTRUCTION: 2,
    Status.LIVE: 3,
}
STOPS = frozenset({Status.DELAYED, Status.CANCELLED, Status.DENIED})
LEVELS = tuple(Level)
#: An amount that differs by more than this from every one reported is new.
NEW_AMOUNT = Decimal("0.2")
_AHEAD = frozenset({Status.RUMOURED, Status.PLANNED, Status.ANNOUNCED, Status.UNDER_CONSTRUCTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAmount:
    """An amount that the story has: money as "USD", everything else in its unit."""

    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryState:
    """What a story knows so far. Empty before its first report."""

    articles: int = 0
    status: Status | None = None  # the furthest
    stops: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    hubs: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    amounts: tuple[KnownAmount, ...] = ()
    times: frozenset[str] = frozenset()
    publishers: tuple[str, ...] = ()  # independent families, first one first
    languages: frozenset[str] = frozenset()
    level: Level = Level.INFORMATIONAL
    first_published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """One article as the story sees it: its findings, and who says it."""

    findings: tuple[Finding, ...]
    families: frozenset[str]
    publisher: str
    language: str
    level: Level
    published: datetime | None = None
    independent: bool = True
    edited: bool = False  # a later version of an article that the story has already


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a watch was told of a story: when last, how often; `waiting` was held back by the cooldown."""

    told_at: datetime
    told: int
    waiting: tuple[StoryChange, ...] = ()


def changes(
    state: StoryState, report: StoryReport, families: Families | None = None
) -> tuple[StoryChange, ...]:
    """What `report` adds to the story, most telling first; REPEAT where nothing is new."""
    if not state.articles:
        return (StoryChange(kind=ChangeKind.NEW_STORY, after=_furthest(report.findings) or ""),)
    known = families or NoFamilies()
    found = [
        *_status_changes(state, report.findings),
        *_place_changes(state, report.findings),
        *_amount_changes(state, report),
        *_partner_changes(state, report.findings, known),
        *_time_changes(state, report.findings),
        *_publisher_changes(state, report),
    ]
    return tuple(found) or (StoryChange(kind=ChangeKind.REPEAT),)


def advanced(state: StoryState, report: StoryReport, families: Families | None = None) -> StoryState:
    """What the story knows after `report`."""
    known = families or NoFamilies()
    statuses = [finding.status for finding in report.findings]
    ranked = [status for status in (state.status, *statuses) if status in RANK]
    dates = [at for at in (state.first_published, report.published) if at is not None]
    countries, hubs = _places(report.findings)
    counted = report.independent and report.publisher not in state.publishers
    return StoryState(
        articles=state.articles + (not report.edited),
        status=max(ranked, key=lambda status: RANK[status], default=None),
        stops=state.stops | {status.value for status in statuses if status in STOPS},
        countries=state.countries | countries,
        hubs=state.hubs | hubs,
        families=state.families | report.families,
        partners=state.partners | _partners(report.findings, known),
        amounts=_united(state.amounts, _amounts(report.findings)),
        times=state.times | _times(report.findings),
        publishers=(*state.publishers, report.publisher) if counted else state.publishers,
        languages=state.languages | ({report.language} - {""}),
        level=max(state.level, report.level, key=LEVELS.index),
        first_published=min(dates, default=None),
    )


def amount_key(amount: Amount) -> str:
    """An amount as a change names it: "400000000 USD"."""
    return _amount_text(_known(amount))


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


def _status_changes(state: StoryState, findings: Sequence[Finding]) -> Iterable[StoryChange]:
    before = state.status.value if state.status else ""
    stops = sorted({finding.status.value for finding in findings if finding.status in STOPS} - state.stops)
    for stop in stops:
        kind = ChangeKind.CORRECTION if stop == Status.DENIED else ChangeKind.STATUS
        yield StoryChange(kind=kind, before=before, after=stop)
    after = _furthest(findings)
    rank = RANK[state.status] if state.status else -1
    if after is not None and RANK[after] > rank and (state.status is not None or not stops):
        yield StoryChange(kind=ChangeKind.STATUS, before=before, after=after.value)


def _place_changes(state: StoryState, findings: Sequence[Finding]) -> Iterable[StoryChange]:
    countries, hubs = _places(findings)
    new_hubs = sorted(hubs - state.hubs)
    named = {hub.partition(":")[0] for hub in new_hubs}
    for place in (*sorted(countries - state.countries - named), *new_hubs):
        yield StoryChange(kind=ChangeKind.PLACE, after=place)


def _amount_changes(state: StoryState, report: StoryReport) -> Iterable[StoryChange]:
    """An edit of an article that states another amount corrects the first one."""
    kind = ChangeKind.CORRECTION if report.edited else ChangeKind.AMOUNT
    for amount in _amounts(report.findings):
        same_unit = [known for known in state.amounts if known.unit == amount.unit]
        if any(abs(known.value - amount.value) <= NEW_AMOUNT * known.value for known in same_unit):
            continue
        nearest = min(same_unit, key=lambda known: abs(known.value - amount.value), default=None)
        yield StoryChange(
            kind=kind if nearest else ChangeKind.AMOUNT,
            before=_amount_text(nearest) if nearest else "",
            after=_amount_text(amount),
        )


def _partner_changes(
    state: StoryState, findings: Sequence[Finding], known: Families
) -> Iterable[StoryChange]:
    for partner in sorted(_partners(findings, known) - state.partners - state.families):
        yield StoryChange(kind=ChangeKind.PARTNER, after=partner)


def _time_changes(state: StoryState, findings: Sequence[Finding]) -> Iterable[StoryChange]:
    """A date has moved when it fits none that was reported: 2026-Q3 fits 2026."""
    if not state.times:
        return
    for moved in sorted(_times(findings)):
        if not any(_fits(moved, known) for known in state.times):
            yield StoryChange(kind=ChangeKind.TIME, before=max(state.times), after=moved)


def _publisher_changes(state: StoryState, report: StoryReport) -> Iterable[StoryChange]:
    if report.independent and len(state.publishers) == 1 and report.publisher not in state.publishers:
        yield StoryChange(kind=ChangeKind.PUBLISHER, before=state.publishers[0], after=report.publisher)


def _furthest(findings: Sequence[Finding]) -> Status | None:
    ranked = [finding.status for finding in findings if finding.status in RANK]
    return max(ranked, key=lambda status: RANK[status], default=None)


def _places(findings: Sequence[Finding]) -> tuple[frozenset[str], frozenset[str]]:
    places = [place for finding in findings for place in finding.places]
    return (
        frozenset(place.country for place in places if place.country),
        frozenset(place.id for place in places if place.country and ":" in place.id),
    )


def _partners(findings: Sequence[Finding], known: Families) -> frozenset[str]:
    return frozenset(
        known.family_of(actor.id)
        for finding in findings
        for actor in finding.actors
        if actor.role == "partner"
    )


def _amounts(findings: Sequence[Finding]) -> tuple[KnownAmount, ...]:
    return _united((), (_known(amount) for finding in findings for amount in finding.amounts))


def _known(amount: Amount) -> KnownAmount:
    if amount.usd is not None:
        return KnownAmount(unit="USD", value=amount.usd)
    return KnownAmount(unit=amount.unit, value=amount.value)


def _united(first: Iterable[KnownAmount], second: Iterable[KnownAmount]) -> tuple[KnownAmount, ...]:
    return tuple(sorted({*first, *second}, key=lambda amount: (amount.unit, amount.value)))


def _times(findings: Sequence[Finding]) -> frozenset[str]:
    """Dates that lie ahead in the report: when something is to happen, not when it happened."""
    return frozenset(finding.time.iso for finding in findings if finding.time and finding.status in _AHEAD)


def _fits(first: str, second: str) -> bool:
    """True if one ISO interval may be the other one, told more exactly."""
    a, b = (text.lstrip("<>=~") for text in (first, second))
    return a.startswith(b) or b.startswith(a) or (a[:4] == b[:4] and a[4:6] != b[4:6])


def _amount_text(amount: KnownAmount) -> str:
    return f"{amount.value.normalize():f} {amount.unit}"
