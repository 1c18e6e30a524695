"""Hand-made judgements for tests of the log: a detector that says what the test wrote down, articles, channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.codec import alert_from_json
from alerts.model import Alert, Channel, Rhythm
from crawler.items import (
    Article,
    Completeness,
    CrawlReport,
    DateOrigin,
    Entry,
    FetchKind,
    FetchOutcome,
    SourceReport,
)
from crawler.outcomes import Outcome
from crawler.sources import Source, SourceKind, Tier
from monitor.model import (
    Actor,
    Amount,
    ArticleText,
    Direction,
    EventType,
    Evidence,
    Field,
    Finding,
    Judgement,
    Level,
    PlaceMention,
    ScorePart,
    Span,
    Status,
    TimeMention,
    TraceStep,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.rules.passages import Passage
    from monitor.rules.query import Novelty

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
FAMILIES = {"aws": "amazon", "alibaba_cloud": "alibaba", "huawei_cloud": "huawei"}
HOMES = {"aws": "US", "alibaba_cloud": "CN", "huawei_cloud": "CN"}
KINDS = {"nvidia": "vendor", "group_cn_csp": "group"}


class FakeKnowledge:
    """A handful of providers."""

    def family_of(self, entity_id: str) -> str:
        return FAMILIES.get(entity_id, entity_id)

    def kind_of(self, entity_id: str) -> str:
        return KINDS.get(entity_id, "provider")

    def home_of(self, entity_id: str) -> str:
        return HOMES.get(entity_id, "")

    def regions_of(self, place_id: str) -> frozenset[str]:
        return frozenset({"DE:Hesse"} if place_id == "DE:Frankfurt" else ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What a test says an article states. `says` must stand in the article's text or title."""

    says: str
    actor: str = "alibaba_cloud"
    event: EventType = EventType.DATACENTER
    direction: Direction = Direction.EXPANSION
    status: Status = Status.ANNOUNCED
    places: tuple[str, ...] = ()
    usd: str | None = None
    mw: str | None = None
    partners: tuple[str, ...] = ()
    when: str | None = None
    score: int = 80
    news: bool = True
    lead: bool = False  # `says` stands in the lead
    dc: str | None = None


@dataclass(slots=True)
class FakeDetector:
    """Judges by title: `facts` maps a title to what the article states. `broken` titles raise."""

    facts: Mapping[str, Sequence[Fact]]
    watches: tuple[str, ...] = ("all",)
    broken: frozenset[str] = frozenset()
    rule_set: str = "rules-1"
    judged: list[str] = field(default_factory=list)

    @property
    def knowledge(self) -> FakeKnowledge:
        return FakeKnowledge()

    def judge(self, article: ArticleText) -> Judgement:
        self.judged.append(article.article_id)
        if article.title in self.broken:
            raise ValueError(f"cannot judge {article.title!r}")
        facts = self.facts.get(article.title, ())
        findings = tuple(make_finding(article, fact) for fact in facts)
        score = max((fact.score for fact in facts if fact.status is not Status.DENIED), default=0)
        relevant = any(fact.news and fact.status is not Status.DENIED for fact in facts)
        return Judgement(
            article_id=article.article_id,
            language=article.language or "en",
            relevant=relevant,
            score=score,
            level=level_of(score),
            findings=findings,
            watches=self.watches if any(fact.news for fact in facts) else (),
            news=(ScorePart(name="in_title", points=20),),
            trace=(
                TraceStep(step="rule:dc-build", held=bool(findings), clause="" if findings else "action"),
            ),
            rule_set=self.rule_set,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeWatch:
    """A watch as triage and processing need it."""

    name: str = "all"
    min_level: str = "low"
    shadow: bool = False
    cooldown: timedelta = timedelta(0)
    max_age: timedelta = timedelta(hours=72)
    notify_on: tuple[str, ...] = ("new", "development")
    every_article: bool = False
    channels: tuple[str, ...] = ("console",)
    rhythm: Rhythm | None = None
    own_level: Level | None = None

    @property
    def id(self) -> str:
        return self.name

    def holds(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> bool:
        return True

    def level(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> Level | None:
        return self.own_level

    def passage(self, article: ArticleText) -> Passage | None:
        return None


def level_of(score: int) -> Level:
    if score >= 75:
        return Level.HIGH
    if score >= 55:
        return Level.MEDIUM
    return Level.LOW if score >= 35 else Level.INFORMATIONAL


def make_finding(article: ArticleText, fact: Fact) -> Finding:
    """The finding that a fact makes in an article; its quote is `says`."""
    where = Field.TITLE if fact.says in article.title else Field.TEXT
    start = (article.title if where is Field.TITLE else article.text).index(fact.says)
    span = Span(field=where, start=start, end=start + len(fact.says))
    amounts = []
    if fact.usd is not None:
        amounts.append(
            Amount(value=Decimal(fact.usd), unit="USD", span=span, text=f"${fact.usd}", usd=Decimal(fact.usd))
        )
    if fact.mw is not None:
        amounts.append(Amount(value=Decimal(fact.mw), unit="MW", span=span, text=f"{fact.mw} MW"))
    if fact.dc is not None:
        amounts.append(Amount(value=Decimal(fact.dc), unit="DC", span=span, text=f"{fact.dc} sites"))
    return Finding(
        finding_id=f"f-{article.article_id}-{fact.event}-{fact.actor}",
        rule="dc-build",
        rule_revision="1",
        type=fact.event,
        direction=fact.direction,
        status=fact.status,
        actors=(
            Actor(id=fact.actor, span=span),
            *(Actor(id=partner, role="partner") for partner in fact.partners),
        ),
        object="datacenter",
        evidence=Evidence(span=span, quote=fact.says, language=article.language or "en"),
        places=tuple(PlaceMention(id=place, country=place.partition(":")[0]) for place in fact.places),
        amounts=tuple(amounts),
        time=TimeMention(iso=fact.when, text=fact.when, span=span) if fact.when else None,
        score=fact.score,
        explain=(
            ScorePart(name="base:dc-build", points=fact.score),
            *([ScorePart(name="in_lead", points=0)] if fact.lead else []),
        ),
        news=fact.news,
    )


def make_source(source_id: str = "example", **changes: object) -> Source:
    values: dict[str, object] = {
        "source_id": source_id,
        "name": source_id.title(),
        "url": f"https://{source_id}.example/feed.xml",
        "kind": SourceKind.FEED,
        "homepage": f"https://{source_id}.example/",
        "language": "en",
        "country": "US",
        "tier": Tier.TECH,
        "family": source_id,
    }
    return Source(**(values | changes))  # type: ignore[arg-type]


def make_article(
    title: str, text: str = "", *, source: str = "example", slug: str = "", **changes: object
) -> Article:
    slug = slug or "".join(char if char.isalnum() else "-" for char in title.lower())
    url = f"https://{source}.example/{slug}"
    values: dict[str, object] = {
        "source_id": source,
        "url": url,
        "url_key": url,
        "title": title,
        "text": text or f"{title}. {slug} is all that is known of it.",
        "fetched_url": url,
        "fetched_at": NOW,
        "language": "en",
        "published": NOW - timedelta(hours=1),
        "published_from": DateOrigin.JSON_LD,
        "completeness": Completeness.FULL,
        "extraction": "trafilatura",
    }
    return Article(**(values | changes))  # type: ignore[arg-type]


def entry_of(article: Article) -> Entry:
    return Entry(
        url=article.fetched_url,
        url_key=article.url_key,
        key=f"guid:{article.url_key}",
        title=article.title,
        published=article.published,
    )


def report_of(
    *articles: Article, source: str = "example", outcome: Outcome = Outcome.OK, **changes: object
) -> SourceReport:
    """A report of one poll that listed and read these articles."""
    requests = [
        FetchOutcome(
            source_id=source,
            url=f"https://{source}.example/feed.xml",
            kind=FetchKind.INDEX,
            outcome=outcome,
            at=NOW,
            status=200,
        )
    ]
    requests += [
        FetchOutcome(
            source_id=source,
            url=article.fetched_url,
            kind=FetchKind.ARTICLE,
            outcome=Outcome.OK,
            at=NOW,
            status=200,
            size=1000,
        )
        for article in articles
    ]
    values: dict[str, object] = {
        "source_id": source,
        "outcome": outcome,
        "entries": tuple(entry_of(article) for article in articles),
        "articles": articles,
        "outcomes": tuple(requests),
        "etag": '"1"',
    }
    return SourceReport(**(values | changes))  # type: ignore[arg-type]


def crawl_of(order_id: str, *reports: SourceReport) -> CrawlReport:
    return CrawlReport(order_id=order_id, started_at=NOW, finished_at=NOW, sources=reports)


def console() -> Channel:
    return Channel(name="console", url="console:")


def dump(db: Database, *, without: Sequence[str] = ()) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, sorted: two logs with the same content give the same value."""
    tables = [
        str(row[0])
        for row in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
    ]
    return {
        table: sorted((tuple(row) for row in db.execute(f'SELECT * FROM "{table}"')), key=repr)
        for table in tables
        if table not in without and not table.startswith(("article_fts", "_sqlite"))
    }


def new_log(folder: Path, *sources: Source) -> Database:
    """A log in `folder` with these sources, all due."""
    from monitor.database import open_database, writing
    from monitor.sourcelog import store_sources

    db = open_database(folder / "cspwatch.db")
    with writing(db):
        store_sources(db, sources or (make_source(),), NOW - timedelta(days=1))
    return db


def queued(db: Database) -> list[Alert]:
    """The alerts of a log, in the order in which they were queued."""
    return [
        alert_from_json(str(payload)) for (payload,) in db.execute("SELECT payload FROM alert ORDER BY rowid")
    ]
