"""A number of articles in, a log of 400 days out: what the benchmark of the review page reads.

Two languages, 200 sources, one article in twelve news of a story; drawn with a fixed seed, at a fixed time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alerts.model import Alert, AlertKind, Channel, Label, Place, Severity
from alerts.model import Fact as ToldFact
from alerts.outbox import enqueue
from crawler.sources import Source
from monitor.database import open_database, writing
from monitor.judgementlog import store_judgement
from monitor.model import (
    ArticleText,
    ChangeKind,
    Direction,
    EventType,
    Field,
    Finding,
    Judgement,
    Level,
    Mark,
    ScorePart,
    Span,
    Status,
    StoryChange,
    StoryFeatures,
    TraceStep,
)
from monitor.searching import index_text
from monitor.sourcelog import store_sources
from monitor.storylog import Membership, StoryFace, join_story
from monitor.storystate import StoryState
from monitor.verdicts import Opinion, Target, record
from tests.fakes import Fact, make_finding, make_source

if TYPE_CHECKING:
    from sqlite_utils import Database

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
SOURCES = 200
RELEVANT = 12  # one article in so many is news: more than a general log has
PER_STORY = 4
DAYS = 400
PROVIDERS = (
    ("aws", "Amazon Web Services", "亚马逊云科技"),
    ("alibaba_cloud", "Alibaba Cloud", "阿里云"),
    ("huawei_cloud", "Huawei Cloud", "华为云"),
    ("microsoft", "Microsoft", "微软"),
    ("google_cloud", "Google Cloud", "谷歌云"),
    ("oracle", "Oracle", "甲骨文"),
    ("tencent_cloud", "Tencent Cloud", "腾讯云"),
    ("ovhcloud", "OVHcloud", "OVHcloud"),
)
COUNTRIES = ("MY", "DE", "SA", "US", "BR", "IN", "JP", "FR", "PL", "ZA", "TH", "ID", "ES", "AU", "NO", "MX")
WORDS = str.split(
    "cloud data center region power market company service customer price network storage report analyst quarter "
    "software security hardware chip supply energy water city council permit season match minister school river "
    "museum garden recipe train harbor engine library station winter summer festival police court budget"
)
GLYPHS = "云计算数据中心区域服务客户价格网络市场公司报告季度软件安全硬件芯片能源城市冬夏节日法院预算学校河流"


def fill(path: Path, articles: int) -> None:
    """Make a log of so many articles over the last 400 days."""
    chance = random.Random(7)
    sources = [_source(number) for number in range(SOURCES)]
    with closing(open_database(path)) as db:
        with writing(db):
            store_sources(db, sources, NOW)
            db.conn.execute(
                "UPDATE source SET first_success_at = ?, last_polled_at = ?", [_text(NOW), _text(NOW)]
            )
            _polls(db, sources)
        for start in range(0, articles, 1000):
            with writing(db):
                for number in range(start, min(start + 1000, articles)):
                    _article(db, number, articles, chance)
        with writing(db):
            _verdicts(db)
        db.conn.execute("PRAGMA optimize")


def _source(number: int) -> Source:
    return make_source(
        f"source-{number}",
        name=f"Outlet {number}",
        url=f"https://outlet-{number}.example/feed",
        homepage=f"https://outlet-{number}.example/",
        language="zh" if number % 4 == 0 else "en",
        family=f"family-{number // 2}",
    )


def _polls(db: Database, sources: Sequence[Source]) -> None:
    rows = [
        (f"o{number}", source.source_id, _text(NOW - timedelta(minutes=20 * number)), number % 3)
        for source in sources
        for number in range(100)
    ]
    db.conn.executemany("INSERT INTO poll VALUES (?, ?, ?, 'ok', '', 20, 1, 1, ?, 0, 2, 10000)", rows)
    db.conn.executemany(
        "INSERT INTO fetch (order_id, source_id, url, kind, outcome, status, detail, at, elapsed_ms, size)"
        " VALUES (?, ?, 'https://x.example/feed', 'index', 'ok', 200, '', ?, 100, 10000)",
        [row[:3] for row in rows],
    )


def _article(db: Database, number: int, total: int, chance: random.Random) -> None:
    at = NOW - timedelta(days=DAYS) * ((total - number) / total)
    source = chance.randrange(SOURCES)
    is_chinese = source % 4 == 0
    is_news = number % RELEVANT == 0
    story = number // RELEVANT // PER_STORY
    lead = _lead(story, is_chinese) if is_news else ""
    text = f"{lead}\n{_filler(chance, is_chinese)}"
    title = lead or _filler(chance, is_chinese)[:60]
    article_id = f"a{number:016x}"
    url = f"https://outlet-{source}.example/{number}"
    db.conn.execute(
        "INSERT INTO article (id, article_id, url_key, url, fetched_url, source_id, title, language, published,"
        " published_from, completeness, summary, site_name, section, version, characters, first_seen_at, last_seen_at,"
        " baseline, state, relevant, score, level) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'json-ld', 'full', '', '', '', 1,"
        " ?, ?, ?, 0, 'judged', 0, 0, 'informational')",
        [
            *(number + 1, article_id, url, url, url, f"source-{source}", title, "zh" if is_chinese else "en"),
            *(_text(at), len(text), _text(at), _text(at)),
        ],
    )
    db.conn.execute(
        "INSERT INTO article_version VALUES (?, 1, ?, ?, ?, 'trafilatura', 0, ?, NULL, NULL)",
        [article_id, title, text, article_id, _text(at)],
    )
    db.conn.execute(
        "INSERT INTO article_fts (rowid, title, text) VALUES (?, ?, ?)",
        [number + 1, index_text(title), index_text(text)],
    )
    if is_news:
        _news(db, article_id, title, text, story, number // RELEVANT % PER_STORY + 1, at, source)


def _lead(story: int, is_chinese: bool) -> str:
    _, name, chinese = PROVIDERS[story % len(PROVIDERS)]
    if is_chinese:
        return f"{chinese}将投资{story % 90 + 1}亿美元建设第{story}号数据中心"
    return f"{name} invests {story % 90 + 1} billion dollars in data center number {story}"


def _filler(chance: random.Random, is_chinese: bool) -> str:
    if is_chinese:
        return "".join(chance.choices(GLYPHS, k=900)) + ("华为" if chance.random() < 0.05 else "")
    return " ".join(chance.choices(WORDS, k=330)) + (" Johor" if chance.random() < 0.01 else "")


def _news(
    db: Database, article_id: str, title: str, text: str, story: int, position: int, at: datetime, source: int
) -> None:
    entity = PROVIDERS[story % len(PROVIDERS)][0]
    country = COUNTRIES[story % len(COUNTRIES)]
    language = "zh" if source % 4 == 0 else "en"
    findings = tuple(
        _finding(article_id, title, kind, entity, country, story, language)
        for kind in (EventType.DATACENTER, EventType.INVESTMENT)
    )
    judgement = Judgement(
        article_id=article_id,
        language=language,
        relevant=True,
        score=70,
        level=(Level.HIGH, Level.MEDIUM, Level.LOW)[story % 3],
        findings=findings,
        news=tuple(ScorePart(name=f"part_{number}", points=number) for number in range(12)),
        trace=tuple(
            TraceStep(step=f"rule:rule-{number}", held=False, clause="object") for number in range(30)
        ),
        rule_set="bench",
    )
    store_judgement(db, judgement, version=1, code_version="0", family_of=lambda entity: entity, now=at)
    story_id = f"s{story:012x}"
    kind = ChangeKind.NEW_STORY if position == 1 else ChangeKind.PUBLISHER
    member = Membership(
        article_id=article_id,
        story_id=story_id,
        position=position,
        version=1,
        similarity=0.9,
        parts=(),
        changes=(StoryChange(kind=kind, after=f"family-{source // 2}"),),
        features=StoryFeatures(
            families=frozenset({entity}),
            countries=frozenset({country}),
            hubs=frozenset(),
            classes=frozenset({"build"}),
            directions=frozenset({"expansion"}),
            title=title,
            language=language,
            published=at,
        ),
        publisher=f"family-{source // 2}",
        origin="",
    )
    state = StoryState(
        articles=position, status=Status.PLANNED, level=judgement.level, languages=frozenset({language})
    )
    join_story(db, member, state, StoryFace.of(title, language, findings), at)
    if position == 1:
        enqueue(
            db,
            _alert(story_id, entity, country, judgement.level, at),
            [Channel(name="console", url="console:")],
            at,
        )


def _finding(
    article_id: str, title: str, kind: EventType, entity: str, country: str, story: int, language: str
) -> Finding:
    """A fact of the tests, with as many marks and summands as a real one has."""
    stated = Fact(
        says=title,
        actor=entity,
        event=kind,
        direction=Direction.CONTRACTION if story % 9 == 0 else Direction.EXPANSION,
        status=Status.PLANNED,
        places=(country,),
        usd=str((story % 90 + 1) * 1_000_000_000),
        score=70,
    )
    found = make_finding(ArticleText(article_id=article_id, title=title, text="", language=language), stated)
    part = Span(field=Field.TITLE, start=0, end=4)
    return replace(
        found,
        finding_id=f"{article_id}{kind.value}",
        rule="dc-build" if kind is EventType.DATACENTER else "invest",
        marks=tuple(Mark(kind=name, span=part) for name in ("actor", "amount", "action", "object")),
        explain=tuple(ScorePart(name=f"part_{number}", points=5) for number in range(7)),
    )


def _alert(story_id: str, entity: str, country: str, level: Level, at: datetime) -> Alert:
    fact = ToldFact(
        event="datacenter",
        status="planned",
        direction="expansion",
        actors=(Label(id=entity),),
        places=(Place(id=country, country=country),),
    )
    return Alert(
        alert_id=story_id.replace("s", "f", 1),
        thread_id=story_id,
        kind=AlertKind.NEW_STORY,
        reason="alert:new-story",
        severity=Severity(level.value),
        watch="bench",
        created_at=at,
        facts=(fact,),
    )


def _verdicts(db: Database) -> None:
    for row in db.conn.execute("SELECT story_id, id FROM story WHERE id % 5 = 0").fetchall():
        opinion = Opinion.WRONG if row[1] % 4 == 0 else Opinion.USEFUL
        record(db, Target.STORY, str(row[0]), opinion, NOW, author="bench")


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
