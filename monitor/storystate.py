"""The reports of a story in, what it knows so far out: the central facts, and what any report mentioned. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from monitor.central import central_findings, leading_findings
from monitor.model import Amount, Finding, Level, PlaceMention, Status, StoryChange
from monitor.stories import CLASSES, Families, NoFamilies, regions_of

#: How far a plan has come; stops are no rank.
RANK = {
    Status.RUMOURED: 0,
    Status.PLANNED: 1,
    Status.ANNOUNCED: 1,
    Status.UNDER_CONSTRUCTION: 2,
    Status.LIVE: 3,
}
STOPS = frozenset({Status.DELAYED, Status.CANCELLED})
LEVELS = tuple(Level)
_AHEAD = frozenset({Status.RUMOURED, Status.PLANNED, Status.ANNOUNCED, Status.UNDER_CONSTRUCTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAmount:
    """An amount that the story has: money as "USD", everything else in its unit."""

    unit: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryState:
    """What a story knows so far. Empty before its first report.

    `mentioned` and `mentioned_amounts` are what any report said in whatever place, background too; the rest are the
    central facts. `classes` and `directions` are those of the report that opened the story.
    """

    articles: int = 0
    status: Status | None = None  # the furthest
    stops: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    hubs: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    amounts: tuple[KnownAmount, ...] = ()
    times: frozenset[str] = frozenset()
    mentioned: frozenset[str] = frozenset()  # ids of places, families of partners, times
    mentioned_amounts: tuple[KnownAmount, ...] = ()
    publishers: tuple[str, ...] = ()  # independent families, first one first
    languages: frozenset[str] = frozenset()
    level: Level = Level.INFORMATIONAL
    first_published: datetime | None = None

    @property
    def shown_status(self) -> str:
        """What a list says of the story: a plan that was stopped is no plan, unless it is live after all."""
        if self.status is not Status.LIVE:
            for stop in (Status.CANCELLED, Status.DENIED, Status.DELAYED):
                if stop in self.stops:
                    return stop.value
        return self.status.value if self.status else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """One article as the story sees it: all its findings, and who says it."""

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


def advanced(state: StoryState, report: StoryReport, families: Families | None = None) -> StoryState:
    """What the story knows after `report`."""
    known = families or NoFamilies()
    opens = not state.articles
    facts = (
        leading_findings(report.findings)
        if opens
        else facts_about(state, central_findings(report.findings), known)
    )
    directions = _directions(facts) if opens else state.directions
    ranked = [state.status, *(one.status for one in facts if one.direction.value in directions)]
    dates = [at for at in (state.first_published, report.published) if at is not None]
    counted = report.independent and report.publisher not in state.publishers
    places = _places(facts)
    hubs = state.hubs | hubs_of(places)
    acting = frozenset(family for finding in facts for family in families_acting(finding, known))
    return StoryState(
        articles=state.articles + (not report.edited),
        status=max((one for one in ranked if one in RANK), key=lambda status: RANK[status], default=None),
        stops=state.stops | _stops(facts),
        classes=frozenset(CLASSES[finding.type] for finding in facts) if opens else state.classes,
        directions=directions,
        countries=state.countries | countries_of(places),
        hubs=hubs - regions_of(hubs, known),
        families=report.families if opens else state.families | acting,
        partners=state.partners | _partners(facts, known),
        amounts=_united(state.amounts, _amounts(facts)),
        times=state.times | times_of(facts),
        mentioned=state.mentioned | _mentioned(report.findings, known),
        mentioned_amounts=_united(state.mentioned_amounts, _amounts(report.findings)),
        publishers=(*state.publishers, report.publisher) if counted else state.publishers,
        languages=state.languages | ({report.language} - {""}),
        level=max(state.level, report.level, key=LEVELS.index),
        first_published=min(dates, default=None),
    )


def facts_about(state: StoryState, facts: Iterable[Finding], known: Families) -> tuple[Finding, ...]:
    """The facts about the story's providers and its kind of event; a stop concerns whatever was to come."""
    return tuple(
        fact
        for fact in facts
        if (not state.families or state.families & families_acting(fact, known))
        and (not state.classes or CLASSES[fact.type] in state.classes or fact.status not in RANK)
    )


def is_denied(facts: Sequence[Finding]) -> bool:
    """Whether all that a report has to say is denied; a denied detail of other news is not."""
    return bool(facts) and all(fact.status is Status.DENIED for fact in facts)


def furthest(facts: Iterable[Finding]) -> Status | None:
    """The status that is nearest to completion; None where nothing goes on."""
    ranked = [fact.status for fact in facts if fact.status in RANK]
    return max(ranked, key=lambda status: RANK[status], default=None)


def _stops(facts: Sequence[Finding]) -> frozenset[str]:
    stops = {fact.status.value for fact in facts if fact.status in STOPS}
    return frozenset(stops | ({Status.DENIED.value} if is_denied(facts) else set()))


def families_acting(fact: Finding, known: Families) -> frozenset[str]:
    """Families of all who act in a fact, partners too."""
    return frozenset(known.family_of(actor.id) for actor in fact.actors)


def _directions(facts: Iterable[Finding]) -> frozenset[str]:
    return frozenset(fact.direction.value for fact in facts)


def _places(facts: Iterable[Finding]) -> tuple[PlaceMention, ...]:
    return tuple(place for fact in facts for place in fact.places if place.country)


def countries_of(places: Iterable[PlaceMention]) -> frozenset[str]:
    """Countries of places; blocs have none."""
    return frozenset(place.country for place in places if place.country)


def hubs_of(places: Iterable[PlaceMention]) -> frozenset[str]:
    """Towns and subdivisions: "MY:Johor"."""
    return frozenset(place.id for place in places if ":" in place.id)


def _partners(facts: Iterable[Finding], known: Families) -> frozenset[str]:
    return frozenset(
        known.family_of(actor.id) for fact in facts for actor in fact.actors if actor.role == "partner"
    )


def _mentioned(findings: Sequence[Finding], known: Families) -> frozenset[str]:
    places = _places(findings)
    families = (family for finding in findings for family in families_acting(finding, known))
    times = (finding.time.iso for finding in findings if finding.time)
    return countries_of(places) | hubs_of(places) | frozenset((*families, *times))


def _amounts(findings: Iterable[Finding]) -> tuple[KnownAmount, ...]:
    return _united((), (known_amount(amount) for finding in findings for amount in finding.amounts))


def known_amount(amount: Amount) -> KnownAmount:
    """An amount in the unit in which the story compares it."""
    if amount.usd is not None:
        return KnownAmount(unit="USD", value=amount.usd)
    return KnownAmount(unit=amount.unit, value=amount.value)


def _united(first: Iterable[KnownAmount], second: Iterable[KnownAmount]) -> tuple[KnownAmount, ...]:
    return tuple(sorted({*first, *second}, key=lambda amount: (amount.unit, amount.value)))


def times_of(findings: Sequence[Finding]) -> frozenset[str]:
    """Dates that lie ahead in the report: when something is to happen, not when it happened."""
    return frozenset(finding.time.iso for finding in findings if finding.time and finding.status in _AHEAD)
