"""What was searched for is marked where it stands, in every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.excerpts import Passage, excerpt, marked


def hits(passages: tuple[Passage, ...]) -> list[str]:
    return [passage.text for passage in passages if passage.is_hit]


@pytest.mark.parametrize(
    ("text", "typed", "found"),
    [
        ("The data center opens in Johor.", "johor", ["Johor"]),
        ("The datacenter of a data center", "data", ["data"]),
        ("data centers, data-centre, dataset", '"data cent*"', ["data centers", "data-centre"]),
        ("Zürich and ZURICH", "zürich", ["Zürich", "ZURICH"]),
        ("華為雲在馬來西亞", "华为", ["華為"]),
        ("华为云", "華為", ["华为"]),
        ("阿里云的云", "云", ["云", "云"]),
        ("在沙特的AWS区域", "aws", ["AWS"]),
        ("ＡＷＳ opens", "AWS", ["ＡＷＳ"]),
        ("데이터센터를 짓는다", "데이터", ["데이터"]),
        ("Oslo or Ohio", "oslo OR ohio", ["Oslo", "Ohio"]),
        ("data in Ohio", "data -ohio", ["data"]),
        ("C++ (2026)", "C++", ["C"]),
        ("nothing here", "missing", []),
        ("nothing here", "", []),
    ],
)
def test_hits_are_marked_in_the_whole_text(text: str, typed: str, found: list[str]) -> None:
    passages = marked(text, typed)

    assert hits(passages) == found
    assert "".join(passage.text for passage in passages) == text


def test_excerpt_shows_the_place_of_the_word() -> None:
    text = "Weather. " * 30 + "The data center\nopens in Johor. " + "Sports. " * 30

    passages = excerpt(text, "johor")

    assert hits(passages) == ["Johor"]
    shown = "".join(passage.text for passage in passages)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert "The data center opens in Johor." in shown


def test_excerpt_without_the_word_is_the_beginning() -> None:
    assert excerpt("short", "missing") == (Passage(text="short"),)


@given(text=st.text(max_size=60), typed=st.text(max_size=12))
def test_marks_never_change_the_text(text: str, typed: str) -> None:
    assert "".join(passage.text for passage in marked(text, typed)) == text.replace("\n", " ")


@given(text=st.text(alphabet="云雲华華为 abAB-", min_size=1, max_size=30), data=st.data())
def test_every_piece_of_chinese_is_marked(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    piece = text[start:end]
    if not piece.strip() or any(char < "\u4e00" for char in piece):
        return
    assert hits(marked(text, piece))
