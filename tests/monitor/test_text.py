"""Folding keeps offsets, sentences end where they should."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import fold, is_wordlike, sentences

ABBREVIATIONS = frozenset({"mrd", "mio", "z.b", "inc", "u.s"})


@given(st.text(max_size=200))
def test_folded_and_cased_have_one_length(text: str) -> None:
    folded = fold(text)

    assert len(folded.folded) == len(folded.cased)


@given(st.text(max_size=200))
def test_offsets_of_the_folded_text_never_leave_the_stored_text(text: str) -> None:
    folded = fold(text)

    points = [folded.start(index) for index in range(len(folded.folded))]
    assert points == sorted(points)
    assert all(0 <= point < len(text) for point in points)
    assert folded.end(len(folded.folded)) <= len(text)


def test_decomposed_accents_fold_like_composed_ones_and_point_to_the_marks() -> None:
    stored = unicodedata.normalize("NFD", "Telefónica öffnet")

    folded = fold(stored)

    assert folded.folded == "telefónica öffnet"
    assert stored[folded.start(0) : folded.end(10)] == unicodedata.normalize("NFD", "Telefónica")


def test_traditional_characters_fold_onto_simplified_ones_one_to_one() -> None:
    assert fold("資料", script={ord("資"): "资"}).folded == "资料"


def test_invisible_controls_and_full_width_letters_do_not_hide_a_name() -> None:
    assert fold("Ａｌｉ\u00adbaba\u200b Cloud").folded == "alibaba cloud"


def test_hyphens_between_letters_read_as_blanks() -> None:
    assert fold("Cloud-Region – neu").folded == "cloud region - neu"


def test_lone_surrogates_are_replaced() -> None:
    assert fold("a\ud800b").folded == "a\ufffdb"


@pytest.mark.parametrize(
    ("char", "blocks"), [("a", True), ("7", True), ("é", True), ("云", False), ("가", False), (" ", False)]
)
def test_only_letters_of_alphabetic_scripts_block_a_boundary(char: str, blocks: bool) -> None:
    assert is_wordlike(char) is blocks


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Das kostet 3 Mrd. Euro. Der Bau beginnt am 12. Mai.", 2),
        ("第一句。第二句！第三句", 3),
        ("U.S. officials agreed. Work starts.", 2),
        ("One line\nanother line", 2),
        ("", 0),
    ],
)
def test_sentences_end_at_full_stops_but_not_at_abbreviations(text: str, count: int) -> None:
    assert len(sentences(text, ABBREVIATIONS)) == count


@given(st.text(alphabet="ab. 。!\n", max_size=80))
def test_sentences_lie_in_order_and_do_not_overlap(text: str) -> None:
    spans = sentences(text, ABBREVIATIONS)

    assert all(start < end for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
