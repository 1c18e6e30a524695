"""The words of a page without parsing: all that extraction could give, and not what it always drops."""

from __future__ import annotations

import json

import pytest

from crawler.pagetext import page_text


def text_of(markup: str) -> str:
    return page_text(markup.encode()).text


def test_blocks_are_lines_and_inline_tags_are_none() -> None:
    markup = "<div><p>Amazon <b>Web</b>\n Services</p><p>opens<br>a region</p></div>"

    assert text_of(markup).split("\n") == ["Amazon Web Services", "opens", "a region"]


@pytest.mark.parametrize(
    ("markup", "word"),
    [
        ("<p><span class='dropcap'>A</span>mazon builds", "Amazon"),
        ("<p>Rechen<wbr>zentrum", "Rechenzentrum"),
        ("<p>AT&amp;T &#21326;&#20026;", "AT&T 华为"),
        ("<p>Micro&shy;soft", "Micro\u00adsoft"),
        ("<p>a < b and AWS > c</p>", "AWS"),
    ],
)
def test_words_that_markup_cuts_are_whole(markup: str, word: str) -> None:
    assert word in text_of(markup)


def test_scripts_menus_and_forms_are_left_out() -> None:
    markup = (
        "<nav><a>Google</a></nav><script>var aws = '<p>Azure</p>'</script><p>Text</p>"
        "<STYLE>.oracle{}</STYLE><select><option>Tencent</select><button>Alibaba</button>"
    )

    assert text_of(markup) == "Text"


def test_menu_that_is_never_closed_does_not_take_the_article_with_it() -> None:
    markup = "<nav><ul><li>Menu</ul><div><p>AWS opens a region</p></div><nav>Footer</nav>"

    assert "AWS opens a region" in text_of(markup)
    assert "Footer" not in text_of(markup)


def test_unclosed_script_keeps_what_follows() -> None:
    assert "AWS" in text_of("<script>x<p>AWS</p>")


def test_headlines_stand_apart_wherever_they_are_written() -> None:
    data = {
        "@graph": [{"@type": "NewsArticle", "headline": "From the data", "articleBody": "Body\u4e2d text"}]
    }
    markup = (
        "<html lang='de-AT'><head><title>From &quot;title&quot;</title><meta content='From > meta' property=og:title>"
        '<meta name="description" content="not this">'
        f'<script type="application/ld+json">{json.dumps(data)}</script></head><h1>From <em>h1</em></h1>'
    )

    page = page_text(markup.encode())

    assert page.titles.split(" \u2028 ") == ['From "title"', "From h1", "From > meta", "From the data"]
    assert "Body中 text" in page.text
    assert page.languages == frozenset({"de"})


def test_broken_data_gives_all_its_words() -> None:
    markup = '<script type="application/ld+json">{"articleBody": "\\u963f\\u91cc\\u4e91 opens</script>'

    assert "阿里云 opens" in text_of(markup)


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("gb18030", "gb2312"), ("big5", "big5"), ("utf-16", None), ("euc_kr", "euc-kr")],
)
def test_pages_are_decoded_as_extraction_decodes_them(encoding: str, declared: str | None) -> None:
    words = {"euc_kr": "데이터센터를 새로 짓는다", "big5": "資料中心擴建計畫今年動工"}.get(
        encoding, "阿里云将在当地建设数据中心"
    )
    meta = f'<meta charset="{declared}">' if declared else ""

    page = page_text(f"<html>{meta}<p>{words}</p></html>".encode(encoding))

    assert words in page.text


def test_time_stays_linear_in_hostile_markup() -> None:
    for markup in (
        "<nav>" * 200_000,
        "<script" * 200_000,
        "<" * 500_000,
        "<p " * 300_000,
        "<title>" * 100_000,
    ):
        assert isinstance(text_of(markup), str)
