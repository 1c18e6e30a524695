"""The values of judging: Span, Finding, Judgement, Story, StoryChange, Decision. Frozen; offsets count code points.

`article[field][start:end] == quote` holds for every span, always. Times are aware UTC, quantities Decimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Field(StrEnum):
    """Part of an article that a span points into."""

    TITLE = "title"
    TEXT = "text"


class EventType(StrEnum):
    """What happens. Small on purpose: `Finding.object` keeps the detail."""

    REGION = "region"
    DATACENTER = "datacenter"
    COMPUTE = "compute"
    INVESTMENT = "investment"
    PARTNERSHIP = "partnership"
    CONTRACT = "contract"
    MARKET = "market"
    ACQUISITION = "acquisition"
    REGULATORY = "regulatory"
    AVAILABILITY = "availability"
    CONNECTIVITY = "connectivity"
    POWER = "power"
    FOOTPRINT = "footprint"


class Direction(StrEnum):
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    NEUTRAL = "neutral"


class Status(StrEnum):
    """How certain and how far. See docs/detection.md for the order of precedence."""

    RUMOURED = "rumoured"
    PLANNED = "planned"
    ANNOUNCED = "announced"
    UNDER_CONSTRUCTION = "under_construction"
    LIVE = "live"
    DELAYED = "delayed"
    CANCELLED = "cancelled"
    DENIED = "denied"


class Level(StrEnum):
    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleText:
    """What judging sees of an article. `published` is a date in UTC; nothing else of the world comes in."""

    article_id: str
    title: str
    text: str
    language: str | None = None
    published: date | None = None
    url: str = ""
    source: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """Code points `start` to `end` (exclusive) of `field` as stored."""

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An entity in a role. `span` is None where it was inferred (coreference: `coref` True)."""

    id: str
    role: str = "actor"  # actor, partner, via_product
    span: Span | None = None
    coref: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMention:
    """A place in a fact: "MY", "MY:Johor", "bloc:GCC", "region:sea"."""

    id: str
    country: str | None = None
    span: Span | None = None
    origin: str = "sentence"  # sentence, title, previous


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A quantity in its base unit (money in its own currency). `op` is one of = >= <= ~ ."""

    value: Decimal
    unit: str
    span: Span
    text: str
    value_max: Decimal | None = None
    op: str = "="
    usd: Decimal | None = None
    fx_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMention:
    """When it happens, as an ISO interval: 2026, 2026-Q3, 2026-H1, 2026-05, 2026-05-14, <=2027, >=2026."""

    iso: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The sentence that says so."""

    span: Span
    quote: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A matched word inside the evidence: its kind (actor, action, object, place, amount, cue, time) and span."""

    kind: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePart:
    """One named summand of a score."""

    name: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fact with its evidence. `news` is False for background: kept for the ledger, never alerting."""

    finding_id: str  # sha1(article_id, type, actor family, first place, direction)
    rule: str
    rule_revision: str
    type: EventType
    direction: Direction
    status: Status
    actors: tuple[Actor, ...]
    object: str | None
    evidence: Evidence
    object_span: Span | None = None
    places: tuple[PlaceMention, ...] = ()
    excluded_places: tuple[str, ...] = ()
    amounts: tuple[Amount, ...] = ()
    time: TimeMention | None = None
    overseas: bool = False
    marks: tuple[Mark, ...] = ()
    score: int = 0
    explain: tuple[ScorePart, ...] = ()
    news: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One line of why: which rule or step, whether it held, the first clause that failed, where, in words."""

    step: str  # rule:<id>, entities, news:<cue>, watch:<id> ...
    held: bool
    clause: str = ""
    note: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was decided of one article, and why. Replayable: the same text and rule set give the same value."""

    article_id: str
    language: str
    relevant: bool
    score: int
    level: Level
    findings: tuple[Finding, ...]
    watches: tuple[str, ...] = ()
    news: tuple[ScorePart, ...] = ()  # the named sum behind "is it the news?"
    trace: tuple[TraceStep, ...] = ()
    rule_set: str = ""  # hash over rules and knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFeatures:
    """What story matching knows of an article or a story: language-free facts first."""

    families: frozenset[str]
    countries: frozenset[str]
    hubs: frozenset[str]  # as exactly as they are named: no region beside a town in it
    classes: frozenset[str]  # build, deal, market, availability, regulatory
    directions: frozenset[str]
    money_usd: tuple[Decimal, ...] = ()
    power_mw: tuple[Decimal, ...] = ()
    accelerators: tuple[Decimal, ...] = ()
    title: str = ""
    language: str = ""
    published: datetime | None = None
    regions: frozenset[str] = frozenset()  # what the hubs lie in


class ChangeKind(StrEnum):
    """What a new article adds to a story; REPEAT adds nothing but itself."""

    NEW_STORY = "new-story"
    STATUS = "status"
    PLACE = "place"
    AMOUNT = "amount"
    PARTNER = "partner"
    TIME = "time"
    PUBLISHER = "second-publisher"
    CORRECTION = "correction"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryChange:
    """One thing that an article changed in its story: "status", "announced", "live"."""

    kind: ChangeKind
    before: str = ""
    after: str = ""


class Verdict(StrEnum):
    """Reason for alerting, or for not alerting, named for `why`."""

    ALERT_NEW_STORY = "alert:new-story"
    ALERT_NEW_FACT = "alert:new-fact"
    ALERT_STATUS = "alert:status-change"
    ALERT_SECOND_PUBLISHER = "alert:second-publisher"
    ALERT_CORRECTION = "alert:correction"
    NOT_NEWS = "none:not-the-news"
    NO_FINDING = "none:no-finding"
    BELOW_LEVEL = "none:below-level"
    NO_WATCH = "none:no-watch"
    DENIED = "none:denied"
    REPEAT = "none:repeat"
    COOLDOWN = "none:cooldown"
    OLD = "none:old-news"
    NO_DATE = "none:date-unknown"
    BASELINE = "none:first-crawl"
    SILENCED = "none:silenced"
    MUTED = "none:story-muted"
    SHADOW = "none:shadow-watch"
    HELD_FLOOD = "held:flood"
    HELD_RULES = "held:rules-changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What triage decided for one story change and one watch."""

    watch: str
    verdict: Verdict
    level: Level
    changes: tuple[StoryChange, ...] = ()
    note: str = ""
