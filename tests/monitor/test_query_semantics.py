"""What queries mean: which findings and texts they hold for, and where an error points."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from monitor.knowledge.model import Knowledge
from monitor.model import (
    Actor,
    Amount,
    ArticleText,
    Direction,
    EventType,
    Evidence,
    Field,
    Finding,
    PlaceMention,
    Span,
    Status,
    TimeMention,
)
from monitor.rules.query import Novelty, QueryError, QuerySubject, parse_query
from tests.monitor import detecting

SPAN = Span(field=Field.TITLE, start=0, end=1)


@pytest.fixture
def knowledge() -> Knowledge:
    return detecting.knowledge()


def finding(
    actor: str = "alibaba_cloud",
    place: str = "SA",
    *,
    status: Status = Status.ANNOUNCED,
    kind: EventType = EventType.DATACENTER,
    amounts: tuple[tuple[str, str, str | None], ...] = (),
    time: str = "",
    score: int = 60,
    direction: Direction = Direction.EXPANSION,
    overseas: bool = True,
) -> Finding:
    return Finding(
        finding_id=f"{actor}-{place}-{kind}",
        rule="dc-build",
        rule_revision="1",
        type=kind,
        direction=direction,
        status=status,
        actors=(Actor(id=actor),),
        object="datacenter",
        evidence=Evidence(span=SPAN, quote="x", language="en"),
        places=(PlaceMention(id=place, country=place.split(":")[0]),),
        amounts=tuple(
            Amount(value=Decimal(v), unit=u, span=SPAN, text="", usd=Decimal(usd) if usd else None)
            for v, u, usd in amounts
        ),
        time=TimeMention(iso=time, text=time, span=SPAN) if time else None,
        score=score,
        overseas=overseas,
        news=True,
    )


def subject(
    knowledge: Knowledge,
    *findings: Finding,
    title: str = "",
    text: str = "",
    language: str = "en",
    state: Novelty | None = None,
) -> QuerySubject:
    article = ArticleText(
        article_id="a",
        title=title,
        text=text,
        language=language,
        published=date(2026, 3, 1),
        source="gulf-wire",
    )
    return QuerySubject(article=article, findings=findings, lookup=knowledge, novelty=state)


def holds(query: str, asked: QuerySubject) -> bool:
    return parse_query(query).matches(asked)


GULF = (
    "home:CN overseas:yes place:@GCC type:(region|datacenter|investment|compute|partnership) -status:denied"
)


def test_a_watch_on_chinese_providers_in_the_gulf_takes_only_those(knowledge: Knowledge) -> None:
    assert holds(GULF, subject(knowledge, finding("alibaba_cloud", "SA")))
    assert holds(GULF, subject(knowledge, finding("tencent_cloud", "AE:Dubai")))
    assert not holds(GULF, subject(knowledge, finding("oracle", "SA")))
    assert not holds(GULF, subject(knowledge, finding("alibaba_cloud", "DE")))
    assert not holds(GULF, subject(knowledge, finding("alibaba_cloud", "SA", status=Status.DENIED)))


def test_all_fields_of_a_query_must_hold_for_one_finding(knowledge: Knowledge) -> None:
    both = subject(knowledge, finding("oracle", "SA"), finding("alibaba_cloud", "DE"))
    assert not holds("home:CN place:SA", both)
    assert holds("home:CN {place:SA}", both)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("amount:>=100MW", True),
        ("amount:>250MW", False),
        ("amount:>=0.2GW", True),
        ("amount:>1bnUSD", True),
        ("amount:>=3bnUSD", False),
        ("amount:>=1000mEUR", True),
        ("amount:(>=9bnUSD|>=100MW)", True),
        ("time:<=2027", True),
        ("time:<2027", False),
        ("time:2027-Q2", True),
        ("time:>=2028", False),
        ("score:>=60", True),
        ("score:>60", False),
        ("tier:1", True),
        ("tier:>1", False),
        ("place:SA", True),
        ("place:SA:Riyadh", True),
        ("place:SA:Jeddah", False),
        ("level:medium", True),
        ("level:high", False),
        ("actor:alibaba_cloud rule:dc-build object:datacenter", True),
        ("direction:contraction", False),
    ],
)
def test_fields_compare_with_units_money_and_dates(knowledge: Knowledge, query: str, expected: bool) -> None:
    one = finding(
        place="SA:Riyadh", amounts=(("250", "MW", None), ("15000000000", "CNY", "2100000000")), time="2027-05"
    )
    assert holds(query, subject(knowledge, one)) is expected


@pytest.mark.parametrize(
    ("place", "expected"), [("DE:Frankfurt", True), ("DE:Hesse", True), ("DE:Munich", False), ("DE", False)]
)
def test_region_in_a_query_means_the_towns_in_it(knowledge: Knowledge, place: str, expected: bool) -> None:
    assert holds('place:"DE:Hesse"', subject(knowledge, finding(place=place))) is expected


JOHOR = '(johor OR 柔佛 OR "johor bahru") AND ((water OR power OR 用水) NEAR/12 ("data cent(er|re)*" OR 数据中心 OR "pusat data"))'


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Johor rejects data centres over water use", "", True),
        ("柔佛收紧数据中心用水", "", True),
        ("Johor Bahru hotel review", "The water in the pool was warm.", False),
        ("Johor news", "Water is scarce. " + "word " * 20 + "A data centre opened.", False),
    ],
)
def test_near_counts_words_between_terms(knowledge: Knowledge, title: str, text: str, expected: bool) -> None:
    assert holds(JOHOR, subject(knowledge, title=title, text=text)) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("water ONEAR/2 shortage", True),
        ("shortage ONEAR/2 water", False),
        ("shortage NEAR/2 water", True),
        ("title:shortage", False),
        ("lead:shortage", True),
        ("short*", True),
        ("short", False),
        ("*hortag*", True),
        ("=Water", True),
        ("=WATER", False),
        ("/wat[aeiou]r s/i", True),
        ("/wat[aeiou]r s/", False),
        ('"water shortage"', True),
        ("-drought", True),
        ("NOT water", False),
        ("lang:en source:gulf-wire", True),
        ("lang:de", False),
        ("drought | water", True),
        ('"grow* .. quick*"', True),
    ],
)
def test_text_terms_have_the_syntax_of_the_knowledge_files(
    knowledge: Knowledge, query: str, expected: bool
) -> None:
    asked = subject(knowledge, title="News", text="Water shortage grows very quickly in the south.")
    assert holds(query, asked) is expected


def test_a_cjk_term_matches_inside_a_run_of_characters(knowledge: Knowledge) -> None:
    assert holds("阿里云", subject(knowledge, title="报道称阿里云将扩建", language="zh-Hans"))


def test_the_state_of_the_story_can_be_asked(knowledge: Knowledge) -> None:
    assert holds("is:development", subject(knowledge, state=Novelty.DEVELOPMENT))
    assert not holds("is:new", subject(knowledge, state=Novelty.REPEAT))


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("type:datacentre", 6),
        ("foo:bar", 1),
        ("home:CN amount:>=lots", 16),
        ("home:CN )", 9),
        ("tier:one", 6),
        ("water NEAR/3 home:CN", 14),
        ("time:soon", 6),
        ("overseas:maybe", 10),
        ("status:rumored", 8),
    ],
)
def test_an_error_points_at_the_column_that_is_wrong(query: str, column: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "query", ["", "(home:CN OR home:US", "{home:CN", "home:CN OR", "/(/", "(" * 60 + "a" + ")" * 60]
)
def test_an_unfinished_query_is_refused(query: str) -> None:
    with pytest.raises(QueryError):
        parse_query(query)


def test_the_first_clause_that_fails_is_named(knowledge: Knowledge) -> None:
    assert "place:@GCC" in parse_query(GULF).why_not(subject(knowledge, finding("alibaba_cloud", "DE")))
    assert parse_query(GULF).why_not(subject(knowledge, finding("alibaba_cloud", "SA"))) == ""
    assert "johor" in parse_query("johor home:CN").why_not(subject(knowledge, finding(), title="Penang"))


def test_a_pattern_that_backtracks_without_end_is_given_up(knowledge: Knowledge) -> None:
    assert not holds("/(a+)+$/", subject(knowledge, text="a" * 5000 + "b"))
