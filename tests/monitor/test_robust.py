"""Any text gives an answer: very long, repetitive, without spaces, with broken or hostile characters."""

from __future__ import annotations

import pytest

from monitor.model import ArticleText, Field, Judgement
from tests.monitor.detecting import article, detector

LONG = 1_000_000


def assert_quotes_are_spans(judgement: Judgement, *, title: str, text: str) -> None:
    for finding in judgement.findings:
        span = finding.evidence.span
        assert (title if span.field is Field.TITLE else text)[span.start : span.end] == finding.evidence.quote


@pytest.mark.parametrize(
    "text",
    [
        "Alibaba Cloud " * 100_000,
        "x" * LONG,
        "阿里云" * 200_000,
        "Google builds a data center in Oslo, " * 20_000,
        "data center build plan open " * 30_000,
        "a\u0301" * 200_000,
        "\u202eGoogle\u202c builds a data center \ud800 in Oslo" * 2_000,
        "1,000,000 million billion $ € " * 30_000,
        "......!!!???。。。" * 50_000,
        "." * 100_000 + "x Google",
        "؟" * 100_000 + "x Google",
        "a.)" * 50_000,
        "\n" * 100_000,
        "\x00\x01\ufffe Google \U0010ffff builds data center",
        "((((" * 100_000 + "Google builds a data center",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_hostile_texts_are_judged(text: str) -> None:
    judgement = detector().judge(ArticleText(article_id="h", title=text[:300], text=text, language="en"))

    assert_quotes_are_spans(judgement, title=text[:300], text=text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Google builds a $5 billion data center in Oslo. "),
        ("zh", "阿里云在新加坡投资5亿美元建设数据中心。"),
        ("ko", "네이버클라우드가 5억 달러를 들여 데이터센터를 짓는다. "),
        ("tr", "Google İstanbul'da veri merkezi kuruyor. "),
    ],
)
def test_a_million_characters_of_facts_are_judged_as_headline_and_as_body(language: str, text: str) -> None:
    long = text * (LONG // len(text))

    for title, body in ((text, long), (long, text)):
        judgement = detector().judge(ArticleText(article_id="h", title=title, text=body, language=language))

        assert judgement.findings
        assert_quotes_are_spans(judgement, title=title, text=body)


def test_what_stands_behind_the_longest_body_changes_nothing() -> None:
    text = "Google builds a data center in Oslo. " + "Plain words stand here. " * 3_000

    assert detector().judge(article(text)) == detector().judge(article(text + "Amazon leaves Norway. " * 9))


def test_an_empty_article_is_judged() -> None:
    assert detector().judge(article("", "")).findings == ()


def test_an_unknown_language_falls_back_to_names_of_all_languages() -> None:
    judgement = detector().judge(article("OVHcloud og Scaleway", language="isl"))

    assert judgement.language == "isl"


def test_full_width_forms_and_mixed_scripts_do_not_hide_a_fact() -> None:
    judgement = detector().judge(article("Ａｌｉｂａｂａ Ｃｌｏｕｄ在新加坡启用数据中心。", language="zh"))

    assert {"SG"} <= {place.id for finding in judgement.findings for place in finding.places}
