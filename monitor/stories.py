"""Findings in, features and the story an article belongs to out. Pure and deterministic.

How alike two reports are says `monitor.similarity`; how alike they must be, `JOIN`. Measured in docs/stories.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from monitor.central import leading_findings
from monitor.model import (
    Amount,
    ArticleText,
    EventType,
    Finding,
    Judgement,
    ScorePart,
    Status,
    StoryFeatures,
)
from monitor.similarity import STOPPED, similarity, title_likeness

#: An article joins the best story that is at least this similar.
JOIN = 60
#: The founding report must fit at least this well: keeps a chain of neighbors from drifting.
FOUNDER = 40
#: Titles alone make a story where no provider is known.
TITLE_ALONE = 0.5
TITLE_WINDOW = timedelta(days=7)
#: Kinds of events that meet in one story.
CLASSES = {
    EventType.REGION: "build",
    EventType.DATACENTER: "build",
    EventType.INVESTMENT: "build",
    EventType.COMPUTE: "build",
    EventType.ACQUISITION: "build",
    EventType.POWER: "build",
    EventType.CONNECTIVITY: "build",
    EventType.PARTNERSHIP: "deal",
    EventType.CONTRACT: "deal",
    EventType.MARKET: "market",
    EventType.AVAILABILITY: "availability",
    EventType.REGULATORY: "regulatory",
    EventType.FOOTPRINT: "footprint",
}
_STOPS = frozenset({Status.DELAYED, Status.CANCELLED})


class Families(Protocol):
    """What is known of providers; `monitor.knowledge.model.Knowledge` is one."""

    def family_of(self, entity_id: str) -> str:
        """Id of the topmost owner: aws and amazon are one."""
        ...

    def kind_of(self, entity_id: str) -> str:
        """provider, parent, vendor, group ...; "" where the id is unknown."""
        ...

    def home_of(self, entity_id: str) -> str:
        """ISO 3166 code of the home market; "" where the id is unknown."""
        ...

    def regions_of(self, place_id: str) -> frozenset[str]:
        """Ids of the regions that a town lies in: "DE:Hesse" for "DE:Frankfurt"."""
        ...


class NoFamilies:
    """Every id is its own family."""

    def family_of(self, entity_id: str) -> str:
        return entity_id

    def kind_of(self, entity_id: str) -> str:
        return ""

    def home_of(self, entity_id: str) -> str:
        return ""

    def regions_of(self, place_id: str) -> frozenset[str]:
        return frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCandidate:
    """A story that may be meant: its reports' features, the founding one first."""

    story_id: str
    members: tuple[StoryFeatures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryMatch:
    """The story that fits best; `story_id` None opens a new one. `parts` explain the best similarity seen."""

    story_id: str | None
    similarity: float
    parts: tuple[ScorePart, ...] = ()


def features_of(
    judgement: Judgement,
    article: ArticleText,
    families: Families | None = None,
    *,
    published: datetime | None = None,
) -> StoryFeatures:
    """What story matching knows of an article. `published` is the exact time where it is known."""
    known = families or NoFamilies()
    leading = leading_findings(judgement.findings)
    findings = tuple(one for one in leading if one.status is not Status.DENIED) or leading
    places = [place for finding in findings for place in finding.places]
    amounts = [amount for finding in findings for amount in finding.amounts]
    hubs = frozenset(place.id for place in places if place.country and ":" in place.id)
    regions = regions_of(hubs, known)
    if published is None and article.published is not None:
        published = datetime.combine(article.published, time(), UTC)
    return StoryFeatures(
        families=_families(findings, known),
        countries=frozenset(
            place.country or place.id for place in places if place.country or place.id.startswith("bloc:")
        ),
        hubs=hubs - regions,
        regions=regions,
        classes=frozenset(CLASSES[finding.type] for finding in findings),
        directions=frozenset(_direction(finding) for finding in findings),
        money_usd=_values(amounts, money=True),
        power_mw=_values(amounts, unit="MW"),
        accelerators=_values(amounts, unit="ACCEL"),
        title=article.title,
        language=judgement.language.split("-")[0],
        published=published,
    )


def regions_of(places: Iterable[str], known: Families) -> frozenset[str]:
    """The regions that any of these places lies in: a place that is among them is named more exactly besides."""
    return frozenset(region for place_id in places for region in known.regions_of(place_id))


def place(features: StoryFeatures, candidates: Sequence[StoryCandidate]) -> StoryMatch:
    """The story that `features` belong to: the most similar one that is similar enough, ties by id."""
    best = StoryMatch(story_id=None, similarity=0.0)
    for candidate in sorted(candidates, key=lambda item: item.story_id):
        parts, fits = _fit(features, candidate)
        total = sum(part.points for part in parts) / 100
        if (fits, total) > (best.story_id is not None, best.similarity):
            best = StoryMatch(
                story_id=candidate.story_id if fits else None, similarity=min(1.0, total), parts=parts
            )
    return best


def group_stories(items: Sequence[tuple[str, StoryFeatures]]) -> dict[str, str]:
    """Article id → story key (the id of the article that opens it), taken in order of publication, then id."""
    stories: dict[str, StoryCandidate] = {}
    by_family: dict[str, set[str]] = {}
    keys: dict[str, str] = {}
    latest = datetime.max.replace(tzinfo=UTC)
    for article_id, features in sorted(items, key=lambda item: (item[1].published or latest, item[0])):
        near = {story_id for family in _index_keys(features) for story_id in by_family.get(family, ())}
        match = place(features, [stories[story_id] for story_id in sorted(near)])
        story_id = match.story_id or article_id
        known = stories.get(story_id, StoryCandidate(story_id=story_id, members=()))
        stories[story_id] = replace(known, members=(*known.members, features))
        for family in _index_keys(features):
            by_family.setdefault(family, set()).add(story_id)
        keys[article_id] = story_id
    return keys


def story_id_of(article_id: str) -> str:
    """Id of the story that this article opens: the same in every run over the same articles."""
    return "s" + hashlib.sha256(article_id.encode()).hexdigest()[:12]


def _fit(features: StoryFeatures, candidate: StoryCandidate) -> tuple[tuple[ScorePart, ...], bool]:
    """The best similarity to a report of the story, and whether it is enough to join."""
    if not features.families or not candidate.members[0].families:
        return _fit_by_title(features, candidate)
    founder = similarity(features, candidate.members[0])
    fitting = [similarity(features, member) for member in candidate.members if _may_meet(features, member)]
    best = max(fitting, key=_total, default=founder)
    joins = bool(fitting) and _total(best) >= JOIN and _total(founder) >= FOUNDER
    return best, joins


def _may_meet(first: StoryFeatures, second: StoryFeatures) -> bool:
    """A family in common, and a country unless one side names none: an equal sum elsewhere is another story."""
    apart = first.countries and second.countries and not first.countries & second.countries
    return bool(first.families & second.families) and not apart


def _fit_by_title(features: StoryFeatures, candidate: StoryCandidate) -> tuple[tuple[ScorePart, ...], bool]:
    likeness = 0.0
    for member in candidate.members:
        dates = (features.published, member.published)
        if dates[0] and dates[1] and abs(dates[0] - dates[1]) > TITLE_WINDOW:
            continue
        likeness = max(likeness, title_likeness(features, member))
    return (ScorePart(name="title", points=round(100 * likeness)),), likeness >= TITLE_ALONE


def _total(parts: Iterable[ScorePart]) -> int:
    return sum(part.points for part in parts)


def _families(findings: Sequence[Finding], known: Families) -> frozenset[str]:
    """Families of the actors. A vendor or a collective counts only where no other family acts."""
    actors = {actor.id for finding in findings for actor in finding.actors if actor.role != "partner"}
    weak = {actor for actor in actors if known.kind_of(actor) in ("vendor", "group", "investor")}
    return frozenset(known.family_of(actor) for actor in (actors - weak or actors))


def _values(amounts: Iterable[Amount], *, money: bool = False, unit: str = "") -> tuple[Decimal, ...]:
    if money:
        return tuple(sorted({amount.usd for amount in amounts if amount.usd is not None}))
    return tuple(sorted({amount.value for amount in amounts if amount.unit == unit}))


def _index_keys(features: StoryFeatures) -> frozenset[str]:
    return features.families or frozenset({""})


def _direction(finding: Finding) -> str:
    """A plan that is stopped is still that plan; giving up what stands is the opposite of an expansion.

    A denial has the direction of what it denies.
    """
    return STOPPED if finding.status in _STOPS else finding.direction.value
