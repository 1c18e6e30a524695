"""An article in several boxes of one kind is read whole; posts, comments and teasers stay apart."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml.html import fromstring

from crawler.chunks import join_chunks
from crawler.extract import extract_page

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SENTENCES = [
    f"In stage {number} the operator wants to connect {number * 20} megawatts to the grid of the harbor, its manager said."
    for number in range(1, 9)
]


def _box(sentences: list[str], *, inside: str = "", kind: str = "chunk") -> str:
    return f'<div class="{kind}">{inside}{"".join(f"<p>{text}</p>" for text in sentences)}</div>'


def _page(body: str) -> str:
    return (
        "<html><head><title>Harbor gets a data center in four stages</title></head><body><main>"
        f"<h1>Harbor gets a data center in four stages</h1>{body}</main></body></html>"
    )


def test_an_article_between_advertisements_is_read_whole() -> None:
    parts = [_box(SENTENCES[start : start + 2]) for start in range(0, 8, 2)]
    html = _page(
        '<div class="chunks">' + '<div class="slot"><span>Advertisement</span></div>'.join(parts) + "</div>"
    )

    text = extract_page(html.encode(), "https://outlet.example/harbor", fetched_at=NOW).text

    assert [sentence for sentence in SENTENCES if sentence not in text] == []
    assert text.index(SENTENCES[1]) < text.index(SENTENCES[2]) < text.index(SENTENCES[7])


@pytest.mark.parametrize(
    "inside",
    ["<h2><a href='/other'>Another article</a></h2>", "<time>2 March</time>", "<h1>Another article</h1>"],
    ids=["linked headline", "date", "headline"],
)
def test_boxes_with_a_headline_or_date_of_their_own_stay_apart(inside: str) -> None:
    tree = fromstring(_page(_box(SENTENCES[:2]) + _box(SENTENCES[2:4], inside=inside)))

    assert not join_chunks(tree)
    assert len(tree.find_class("chunk")[0]) == 2


def test_one_paragraph_in_each_box_is_a_list_of_teasers() -> None:
    tree = fromstring(_page("".join(_box([sentence]) for sentence in SENTENCES)))

    assert not join_chunks(tree)


@pytest.mark.parametrize("around", ["article", "aside", "li"])
def test_boxes_in_elements_of_their_own_stay_apart(around: str) -> None:
    boxes = (f"<{around}>{_box(SENTENCES[start : start + 2])}</{around}>" for start in (0, 2))
    tree = fromstring(_page("".join(boxes)))

    assert not join_chunks(tree)


def test_a_box_inside_another_of_its_kind_is_not_moved() -> None:
    inner = _box(SENTENCES[2:4])
    tree = fromstring(_page(f'<div class="chunk"><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p>{inner}</div>'))

    assert not join_chunks(tree)
