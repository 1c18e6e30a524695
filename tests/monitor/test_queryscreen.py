"""The look at a page's words lets every page through on which a watch's query holds, and few others."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.extract import extract_page
from crawler.pagetext import PageText, page_text
from monitor.model import ArticleText
from monitor.queryscreen import QueryScreen
from monitor.rules.query import Query, QuerySubject, parse_query
from monitor.rules.watch_reading import TopicTerms
from tests.fakes import NOW
from tests.monitor.detecting import knowledge
from tests.monitor.test_prescreen import ARTICLES, page_of

WORD = re.compile(r"[^\W_]{2,}")


@cache
def pages() -> tuple[tuple[ArticleText, PageText, tuple[str, ...]], ...]:
    """Articles of many languages as extraction reads them, the words of their pages, and words of theirs to ask for."""
    found = []
    for file in sorted(ARTICLES.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines()[:60:12]:
            article = json.loads(line)
            page = page_of(article["title"], article["text"], lang=article.get("lang", ""))
            reading = extract_page(page, "https://a.example/1", fetched_at=NOW)
            text = ArticleText(
                article_id="1", title=reading.title, text=reading.text, language=reading.language
            )
            words = tuple(dict.fromkeys(WORD.findall(f"{reading.title} {reading.text}")))
            if len(words) > 5:
                found.append((text, page_text(page), words))
    return tuple(found)


def holds(query: Query, article: ArticleText, queries: dict[str, Query]) -> bool:
    subject = QuerySubject(article=article, findings=(), lookup=knowledge(), watches=queries)
    return query.matches(subject)


@st.composite
def asked(draw: st.DrawFn) -> tuple[ArticleText, PageText, str]:
    """A page, and a query of words of its own and of others."""
    article, page, words = draw(st.sampled_from(pages()))
    _, _, others = draw(st.sampled_from(pages()))
    word = st.sampled_from(words) | st.sampled_from(words) | st.sampled_from(others)

    @st.composite
    def term(draw: st.DrawFn) -> str:
        one, two = draw(word), draw(word)
        at = words.index(one) if one in words else 0
        shapes = [
            f'"{one}"',
            f'"{one.upper()}"',
            f'"{one[: max(2, len(one) // 2)]}*"',
            f'"*{one[1:]}*"',
            f'"({one}|{two})"',
            f'"{one} .. {two}"',
            f'"{words[at]} {words[min(at + 1, len(words) - 1)]}"',
            f'"={one}"',
        ]
        return draw(st.sampled_from(shapes))

    in_field = st.tuples(st.sampled_from(["title", "lead"]), word).map(lambda two: f'{two[0]}:"{two[1]}"')
    leaf = (
        term()
        | in_field
        | st.sampled_from(["type:region", "lang:en", "watch:other", "/[0-9]+/", "score:>50"])
    )
    near = st.tuples(term(), term()).map(lambda two: f"{two[0]} NEAR/40 {two[1]}")
    query = draw(
        st.recursive(
            leaf | near,
            lambda inner: (
                st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' '.join(parts)})")
                | st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})")
                | inner.map(lambda part: f"NOT ({part})")
            ),
            max_leaves=5,
        )
    )
    return article, page, query


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=asked())
def test_page_on_which_a_query_holds_is_never_passed_over(asked: tuple[ArticleText, PageText, str]) -> None:
    article, page, text = asked
    queries = {"other": parse_query("cloud OR data")}
    query = parse_query(text)

    if holds(query, article, queries):
        assert QueryScreen([query], queries).may_hold(page), text


def test_most_pages_are_passed_over_for_words_that_few_have() -> None:
    screen = QueryScreen([parse_query('"liquid cooling" OR 海底光缆')], {})

    let_through = sum(screen.may_hold(page) for _, page, _ in pages())

    assert let_through < len(pages()) / 4


BREAD = page_text(page_of("Bakery wins prize", "A bakery in Porto won a prize for its bread.", lang="en"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("bakery prize", True),
        ("bakery prise", False),
        ("bakery OR croissant", True),
        ("croissant NEAR/3 bakery", False),
        ("prize NEAR/1 Porto", True),  # distances are not looked at
        ("bak*", True),
        ('"bakery in Porto"', True),
        ("type:region", False),  # no rule finds anything on such a page
        ("bakery type:region", False),
        ("bakery -type:region", True),
        ("bakery -(NOT type:region)", False),
        ("-croissant", True),
        ("/b.ker/", True),
        ("watch:other", False),
        ("watch:bread", True),
    ],
)
def test_words_that_a_query_cannot_do_without_are_asked_for(query: str, expected: bool) -> None:
    queries = {"other": parse_query("croissant"), "bread": parse_query("bread")}

    assert QueryScreen([parse_query(query)], queries).may_hold(BREAD) is expected


@pytest.mark.parametrize(("threshold", "expected"), [(20, True), (21, False)])
def test_weighted_terms_must_be_able_to_reach_their_threshold(threshold: int, expected: bool) -> None:
    weights = (("bread", 10), ("croissant", 50), ("prize", -40))
    topic = TopicTerms(threshold=threshold, max_per_term=2, weights=weights)

    assert QueryScreen([], {}, [topic]).may_hold(BREAD) is expected


def test_either_chinese_script_is_found_over_a_broken_line() -> None:
    page = page_text("<html lang=zh-Hant><h1>消息</h1><p>他們將建設數據\n中心。".encode())

    assert QueryScreen([parse_query("数据中心")], {}).may_hold(page)
    assert not QueryScreen([parse_query("海底光缆")], {}).may_hold(page)
