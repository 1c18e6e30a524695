"""The query language: what holds, what does not and why, what is refused, and that `str` reads back."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from tests.monitor.detecting import knowledge

SPAN = Span(field=Field.TEXT, start=0, end=4)
JOHOR = ArticleText(
    article_id="johor",
    title="Johor limits data centres over water",
    text="Officials say the water that data centres draw is too much. A supplier of =AI chips waits. More on AIX later.",
    language="en",
    published=date(2026, 3, 14),
    source="Straits Courier",
    tier="business",
)
GERMAN = ArticleText(
    article_id="de",
    title="Mehr Platz für Server",
    text="Der Anbieter stockt seine Rechenzentrumsfläche im Norden deutlich auf. Die Cloud-Region wächst.",
    language="de",
)
CHINESE = ArticleText(
    article_id="zh", title="柔佛收緊資料中心用水", text="州政府說，資料中心用水過高。", language="zh-Hant"
)


def finding(**given: object) -> Finding:
    base = Finding(
        finding_id="f",
        rule="dc-build",
        rule_revision="1",
        type=EventType.DATACENTER,
        direction=Direction.EXPANSION,
        status=Status.PLANNED,
        actors=(Actor(id="alibaba_cloud"),),
        object="datacenter",
        evidence=Evidence(span=SPAN, quote="text", language="en"),
        score=60,
        news=True,
    )
    return replace(base, **given)  # type: ignore[arg-type]


def money(value: str, unit: str, value_max: str | None = None) -> Amount:
    return Amount(
        value=Decimal(value),
        value_max=Decimal(value_max) if value_max else None,
        unit=unit,
        span=SPAN,
        text=f"{value} {unit}",
    )


RIYADH = finding(
    places=(PlaceMention(id="SA:Riyadh", country="SA"),),
    overseas=True,
    amounts=(money("8e9", "SAR"),),
    time=TimeMention(iso="<=2027", text="by 2027", span=SPAN),
)
OHIO = finding(
    actors=(Actor(id="microsoft"),),
    direction=Direction.CONTRACTION,
    status=Status.CANCELLED,
    places=(PlaceMention(id="US:Ohio", country="US"),),
    amounts=(money("600", "MW"),),
    score=80,
)


def holds(
    query: str, article: ArticleText = JOHOR, *findings: Finding, novelty: Novelty | None = None
) -> bool:
    return parse_query(query).matches(subject(article, *findings, novelty=novelty))


def subject(article: ArticleText, *findings: Finding, novelty: Novelty | None = None) -> QuerySubject:
    return QuerySubject(article=article, findings=findings, lookup=knowledge(), novelty=novelty)


@pytest.mark.parametrize(
    "query",
    [
        "johor",
        "JOHOR water",
        "johor AND water",
        "paris OR johor",
        "paris | johor",
        "-paris johor",
        "NOT paris",
        "!paris",
        "-(paris OR london)",
        '"data cent(er|re)*"',
        "cent(er|re)s",
        "official*",
        "*fficial*",
        "=AI",
        "water NEAR/3 centres",
        "centres ONEAR/3 water",
        "(paris OR water) NEAR/2 (rome OR draw OR data)",
        "johor NEAR/1 limits NEAR/1 data",
        '"officials .. much"',
        "title:johor",
        'title:(paris|"data centres")',
        "lead:officials",
        "lang:en",
        "lang:(de|en)",
        "source:straits*",
        'source:"Straits Courier"',
        "outlet:business",
        "outlet:(primary|business) -outlet:aggregator",
        r"/data\s+centre/",
        "/JOHOR/i",
        "is:new -is:repeat",
    ],
)
def test_text_query_holds(query: str) -> None:
    assert holds(query)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("paris", "'paris' does not occur"),
        ("water paris london", "'paris' does not occur"),
        ("paris | london", "none of these holds: 'paris' does not occur; 'london' does not occur"),
        ("-johor", "johor holds, and the query excludes it"),
        ("offici", "'offici' does not occur"),
        ("=Ai", "'=Ai' does not occur"),
        ("title:officials", "'officials' does not occur in the title"),
        ("lead:later", "'later' does not occur in the lead"),
        ("johor NEAR/2 water", "johor and water do not stand within 2 words"),
        ("draw ONEAR/9 water", "draw and water do not stand within 9 words in this order"),
        ("lang:de", "lang:de does not hold: the article has en"),
        ("/JOHOR/", "/JOHOR/ is not found"),
        ("type:region", "type:region does not hold: nothing was found"),
        ("watch:gulf", "there is no watch 'gulf'"),
    ],
)
def test_text_query_fails_for_a_reason_in_words(query: str, why: str) -> None:
    assert not holds(query)
    assert parse_query(query).why_not(subject(JOHOR)).startswith(why)


@pytest.mark.parametrize(
    "query",
    [
        "rechenzentr*",
        "*zentrumsfläche",
        '"stock* .. auf"',
        "Cloud-Region",
        '"cloud region"',
        "stockt NEAR/2 *fläche",
    ],
)
def test_german_terms_follow_compounds_gaps_and_hyphens(query: str) -> None:
    assert holds(query, GERMAN)


@pytest.mark.parametrize(
    "query",
    ["柔佛", "资料中心", "資料中心 用水", "用水 NEAR/2 資料中心", "title:收紧", "lang:zh", "lang:zh-Hant"],
)
def test_chinese_terms_match_in_both_scripts_and_without_blanks(query: str) -> None:
    assert holds(query, CHINESE)


def test_two_characters_without_blanks_count_as_one_word() -> None:
    article = ArticleText(article_id="ja", title="", text="東京都内大型計画大阪", language="ja")

    assert holds("東京 NEAR/3 大阪", article)
    assert not holds("東京 NEAR/2 大阪", article)


@pytest.mark.parametrize(
    "query",
    [
        "type:datacenter",
        "type:(region|datacenter)",
        "status:planned direction:expansion",
        "actor:alibaba_cloud",
        "actor:ali*",
        "family:alibaba",
        "kind:provider",
        "tier:<=2",
        "home:CN overseas:yes",
        "home:(US|CN) place:SA",
        "place:@GCC",
        "place:@middle_east",
        'place:"SA:Riyadh"',
        "place:sa",
        "place:*",
        "object:datacenter",
        "rule:dc-*",
        "score:>=60 score:<61 score:60",
        "level:medium level:>=low -level:high",
        "amount:>=8bnSAR",
        "amount:>2bnUSD amount:<2.5bnUSD",
        "amount:~$2bn",
        "amount:*",
        "time:2027 time:<=2027 time:>=2026",
        "-status:denied -type:region",
        "johor home:CN",
        "{home:CN} {status:planned}",
    ],
)
def test_finding_query_holds(query: str) -> None:
    assert holds(query, JOHOR, OHIO, RIYADH)


@pytest.mark.parametrize(
    "query",
    [
        "home:CN amount:>=500MW",
        "home:US place:SA",
        "home:CN status:cancelled",
        "amount:>10bnUSD",
        "amount:>=1GW",
        "time:<2027",
        "time:2025",
        "place:@ASEAN",
        "home:@GCC",
        "paris home:CN",
        "-home:CN -home:US",
        "{home:CN direction:contraction}",
    ],
)
def test_finding_query_fails_where_no_single_finding_meets_all_fields(query: str) -> None:
    assert not holds(query, JOHOR, OHIO, RIYADH)
    assert parse_query(query).why_not(subject(JOHOR, OHIO, RIYADH))


def test_all_fields_bind_to_one_finding_and_braces_to_another() -> None:
    assert not holds("home:CN amount:>=500MW", JOHOR, OHIO, RIYADH)
    assert holds("home:CN {amount:>=500MW}", JOHOR, OHIO, RIYADH)
    assert not holds("home:CN -{home:US}", JOHOR, OHIO, RIYADH)


def test_the_reason_names_what_the_nearest_finding_has() -> None:
    why = parse_query("home:CN type:datacenter status:live").why_not(subject(JOHOR, OHIO, RIYADH))

    assert why == "status:live does not hold: the nearest finding (datacenter) has planned"


def test_a_range_counts_with_the_end_that_helps() -> None:
    ranged = finding(amounts=(money("1e9", "USD", "2e9"),))

    assert holds("amount:>=1.5bnUSD", JOHOR, ranged)
    assert holds("amount:<=1.5bnUSD", JOHOR, ranged)
    assert not holds("amount:>2bnUSD", JOHOR, ranged)


def test_a_currency_without_a_rate_is_compared_only_with_itself() -> None:
    odd = finding(amounts=(money("5e9", "XAU"),))

    assert holds("amount:>1bnXAU", JOHOR, odd)
    assert not holds("amount:>1USD", JOHOR, odd)


def test_novelty_is_asked_only_where_it_is_known() -> None:
    assert holds("is:new")
    assert holds("-is:repeat")
    assert holds("is:development", novelty=Novelty.DEVELOPMENT)
    assert not holds("is:new", novelty=Novelty.REPEAT)
    assert not holds("-is:repeat", novelty=Novelty.REPEAT)


def test_a_watch_includes_another_and_never_itself_without_end() -> None:
    watches = {"gulf": parse_query("place:@GCC"), "loop": parse_query("johor watch:loop")}
    asked = replace(subject(JOHOR, RIYADH), watches=watches)

    assert parse_query("watch:gulf johor").matches(asked)
    assert parse_query("watch:gulf johor").references == {"gulf"}
    assert not parse_query("watch:loop").matches(asked)
    assert "includes itself" in parse_query("watch:loop").why_not(asked)


def test_a_slow_expression_gives_up_and_says_so() -> None:
    article = ArticleText(article_id="a", title="", text="a" * 40 + "!", language="en")
    query = parse_query(r"/(a|a)*(a|aa)+$/")

    assert not query.matches(subject(article))
    assert "longer" in query.why_not(subject(article))


@pytest.mark.parametrize(
    ("query", "column", "remedy"),
    [
        ("", 1, "write at least one word"),
        ("johor AND", 10, "must follow"),
        ("OR johor", 1, "both sides"),
        ("a | | b", 5, "must stand before '|'"),
        ("a or b", 3, "write OR in capitals"),
        ("(johor water", 1, "write ')'"),
        ("johor)", 6, "remove it"),
        ("{type:region", 1, "write '}'"),
        ('water "data cen', 7, "not closed"),
        ("type:regoin", 6, "did you mean 'region'"),
        ("johor typ:region", 7, "did you mean type:"),
        ("https://example.org", 1, "needs quotes"),
        ("amount:>=100", 8, "has no unit"),
        ("amount:>1bnUDS", 8, "neither a unit nor a currency"),
        ("amount:lots", 8, "is no amount"),
        ("home:China", 6, "two letters"),
        ("place:Malaysia", 7, "place:MY"),
        ("time:soon", 6, "time:2026"),
        ("tier:one", 6, "whole number"),
        ("overseas:maybe", 10, "yes nor no"),
        ("level:urgent", 7, "known are"),
        ("lang:german1", 6, "write its code"),
        ("outlet:bussiness", 8, "did you mean 'business'"),
        ("type:", 1, "directly after the colon"),
        ("a NEAR b", 3, "NEAR/5"),
        ("a NEAR/999 b", 3, "200 words at most"),
        ("a NEAR/3 type:region", 10, "NEAR joins words"),
        ("a NEAR/3 -b", 10, "NEAR joins words"),
        ("/(/", 3, "the expression is wrong"),
        ("johor /data", 7, "ends with /"),
        ("- johor", 2, "without a blank"),
        ("title:(a b)", 10, "write | between"),
        ('"* .. *"', 1, "no letters"),
        ('"a .. b .. c"', 1, "more than one gap"),
        ("(" * 60 + "a" + ")" * 60, 51, "50 brackets"),
    ],
)
def test_an_error_names_the_column_and_the_remedy(query: str, column: int, remedy: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(query)

    assert caught.value.column == column
    assert remedy in str(caught.value)
    assert str(caught.value).startswith(f"column {column}: ")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("a  AND b|c", "a b OR c"),
        ("(a OR b) c", "(a OR b) c"),
        ("NOT (a b)", "-(a b)"),
        ("a NEAR/3 (b|c)", "a NEAR/3 (b OR c)"),
        ('"say \\"x\\" now"', '"say \\"x\\" now"'),
        ("TYPE:Region", "type:region"),
        ("outlet:(Trade|primary)", "outlet:(trade|primary)"),
        ('place:("MY:Kuala Lumpur"|@sea)', 'place:("MY:Kuala Lumpur"|@sea)'),
        ("title:(a|b)", "title:a OR title:b"),
        ("{type:region -status:denied} x", "{type:region -status:denied} x"),
        (r"/a\/b/i", r"/a\/b/i"),
        ("--a", "a"),
        ('"OR"', '"OR"'),
    ],
)
def test_a_query_is_written_in_one_canonical_form(query: str, shown: str) -> None:
    read = parse_query(query)

    assert str(read) == shown
    assert parse_query(str(read)) == read


_ATOMS = st.sampled_from(
    [
        "johor",
        '"data cent(er|re)*"',
        "=AI",
        "-water",
        "title:x",
        "type:(region|compute)",
        "home:CN",
        "amount:>1bnUSD",
        "place:@GCC",
        "/a.b/i",
        "{score:>=60 tier:1}",
        "time:<=2027",
        "is:new",
        "watch:w",
        "a NEAR/4 b",
        "lang:de",
    ]
)


@given(
    st.recursive(
        _ATOMS,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(" ".join),
            st.tuples(inner, inner).map(" OR ".join),
            inner.map(lambda one: f"-({one})"),
            inner.map(lambda one: f"({one})"),
            inner.map(lambda one: f"{{{one}}}"),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_every_query_reads_back_as_itself_and_explains_exactly_its_failures(text: str) -> None:
    query = parse_query(text)
    asked = subject(JOHOR, OHIO, RIYADH)

    assert parse_query(str(query)) == query
    assert (query.why_not(asked) == "") == query.matches(asked)


@given(st.text(alphabet='ab ()|{}"/:-!*.=[]ORNEAD/3type<>é中\ud800', max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_text_is_a_query_or_is_refused_with_a_column_inside_it(text: str) -> None:
    assert 0 <= _column_of_error(text) <= len(text) + 2


def _column_of_error(text: str) -> int:
    """0 where the text is a query, which is then asked."""
    try:
        parse_query(text).matches(subject(JOHOR, RIYADH))
    except QueryError as error:
        return error.column
    return 0


@pytest.mark.parametrize("unit", ["water ", "w", "data centres ", "水", "a b "])
def test_a_megabyte_of_text_is_searched_to_its_end(unit: str) -> None:
    article = ArticleText(article_id="long", title="", text=unit * (1_000_000 // len(unit)), language="en")

    assert holds('-("wat* .. paris" OR (water NEAR/5 paris) OR *ate*x OR "w*w .. w")', article)


@pytest.mark.parametrize(
    "query",
    [
        'johor (water NEAR/3 "data cent(er|re)*") -title:paris',
        "home:CN amount:>=1bnUSD {place:@GCC} watch:gulf",
        r"/a\/b/i | =AI",
        'title:(paris|"data centres") outlet:(trade|primary)',
    ],
)
def test_a_query_goes_to_another_process_and_stays_the_same(query: str) -> None:
    read = parse_query(query)

    copied = pickle.loads(pickle.dumps(read))

    assert copied == read
    assert copied.matches(subject(JOHOR, RIYADH)) == read.matches(subject(JOHOR, RIYADH))
