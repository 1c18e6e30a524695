"""Findings in, features, similarity and the story an article belongs to out. Pure and deterministic.

Facts decide, not texts, so reports in different languages meet: provider families, places, kind of event, amounts.
Weights and threshold are those of `WEIGHTS` and `JOIN`; every similarity is a sum with names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from monitor.central import story_findings
from monitor.model import (
    Amount,
    ArticleText,
    Direction,
    EventType,
    Finding,
    Judgement,
    ScorePart,
    StoryFeatures,
)
from monitor.searching import title_key

#: Hundredths; from the labelled stories of the first prototype.
WEIGHTS = {
    "family": 30,
    "country": 25,
    "class": 15,
    "overlap": 10,
    "amount": 15,
    "other_amount": -12,
    "hub": 12,
    "other_hub": -30,
    "opposite": -35,
    "title": 15,
    "after_days": -12,
    "after_weeks": -20,
}
#: An article joins the best story that is at least this similar.
JOIN = 60
#: The founding report must fit at least this well: keeps a chain of neighbors from drifting.
FOUNDER = 40
#: Titles alone make a story where no provider is known.
TITLE_ALONE = 0.5
TITLE_WINDOW = timedelta(days=7)
SAME_AMOUNT = Decimal("0.15")
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


class NoFamilies:
    """Every id is its own family."""

    def family_of(self, entity_id: str) -> str:
        return entity_id

    def kind_of(self, entity_id: str) -> str:
        return ""

    def home_of(self, entity_id: str) -> str:
        return ""


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
    findings = story_findings(judgement.findings)
    places = [place for finding in findings for place in finding.places]
    amounts = [amount for finding in findings for amount in finding.amounts]
    if published is None and article.published is not None:
        published = datetime.combine(article.published, time(), UTC)
    return StoryFeatures(
        families=_families(findings, known),
        countries=frozenset(
            place.country or place.id for place in places if place.country or place.id.startswith("bloc:")
        ),
        hubs=frozenset(place.id for place in places if place.country and ":" in place.id),
        classes=frozenset(CLASSES[finding.type] for finding in findings),
        directions=frozenset(finding.direction.value for finding in findings),
        money_usd=_values(amounts, money=True),
        power_mw=_values(amounts, unit="MW"),
        accelerators=_values(amounts, unit="ACCEL"),
        title=article.title,
        language=judgement.language.split("-")[0],
        published=published,
    )


def similarity(first: StoryFeatures, second: StoryFeatures) -> tuple[ScorePart, ...]:
    """How alike two reports are, as named hundredths; their sum is the similarity."""
    points = {
        "family": _shared(first.families, second.families) * WEIGHTS["family"],
        "country": _shared(first.countries, second.countries) * WEIGHTS["country"],
        "class": WEIGHTS["class"] if first.classes & second.classes else 0,
        "overlap": _jaccard(first.families | first.countries, second.families | second.countries)
        * WEIGHTS["overlap"],
        "money": _amount_points(first.money_usd, second.money_usd),
        "power": _amount_points(first.power_mw, second.power_mw),
        "accelerators": _amount_points(first.accelerators, second.accelerators),
        "hub": _hub_points(first.hubs, second.hubs),
        "direction": _direction_points(first.directions, second.directions),
        "title": title_likeness(first, second) * WEIGHTS["title"],
        "time": _time_points(first.published, second.published),
    }
    return tuple(ScorePart(name=name, points=round(value)) for name, value in points.items() if round(value))


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


def title_likeness(first: StoryFeatures, second: StoryFeatures) -> float:
    """Jaccard similarity of the titles' trigrams, 0 for different languages."""
    if not first.title or first.language != second.language:
        return 0.0
    return _jaccard(_trigrams(first.title), _trigrams(second.title))


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


def _shared(first: frozenset[str], second: frozenset[str]) -> float:
    smaller = min(len(first), len(second))
    return len(first & second) / smaller if smaller else 0.0


def _jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    union = first | second
    return len(first & second) / len(union) if union else 0.0


def _amount_points(first: Sequence[Decimal], second: Sequence[Decimal]) -> int:
    if not first or not second:
        return 0
    near = any(abs(a - b) <= SAME_AMOUNT * max(abs(a), abs(b)) for a in first for b in second)
    return WEIGHTS["amount"] if near else WEIGHTS["other_amount"]


def _hub_points(first: frozenset[str], second: frozenset[str]) -> int:
    if not first or not second:
        return 0
    return WEIGHTS["hub"] if first & second else WEIGHTS["other_hub"]


def _direction_points(first: frozenset[str], second: frozenset[str]) -> int:
    opposite = {Direction.EXPANSION.value, Direction.CONTRACTION.value}
    apart = not first & second and (first | second) >= opposite
    return WEIGHTS["opposite"] if apart else 0


def _time_points(first: datetime | None, second: datetime | None) -> int:
    if first is None or second is None:
        return 0
    apart = abs(first - second)
    if apart > timedelta(days=30):
        return WEIGHTS["after_weeks"]
    return WEIGHTS["after_days"] if apart > timedelta(days=4) else 0


@lru_cache(maxsize=4096)
def _trigrams(title: str) -> frozenset[str]:
    """Pieces of three letters, of two in scripts where a character is nearly a word."""
    folded = title_key(title)
    size = 3 if folded.isascii() or sum(char < "\u2e80" for char in folded) * 2 > len(folded) else 2
    return frozenset(folded[start : start + size] for start in range(max(1, len(folded) - size + 1)))
