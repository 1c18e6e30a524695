"""Marks as people see them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.marks import whole_word


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("Microsoft plant neues Rechenzentrum bei Leipzig", "Rechenzentr", "Rechenzentrum"),
        ("ein Großrechenzentrum", "rechenzentr", "Großrechenzentrum"),
        ("Oracle va ouvrir une région", "ouvr", "ouvrir"),
        ("阿里云将在曼谷建设数据中心", "曼谷", "曼谷"),
        ("AWS在大阪", "AWS", "AWS"),
    ],
)
def test_mark_reaches_to_the_end_of_its_word(text: str, marked: str, shown: str) -> None:
    at = text.index(marked)

    start, end = whole_word(text, at, at + len(marked))

    assert text[start:end] == shown


@given(st.text(min_size=1, max_size=40), st.data())
def test_mark_only_grows_and_stays_inside_the_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    wider = whole_word(text, start, end)

    assert 0 <= wider[0] <= start < end <= wider[1] <= len(text)
