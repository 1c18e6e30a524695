"""Times: cases over all languages for an article of a given day, and what holds for any text."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.mentions.times import ReadTime, TimeReader
from monitor.rules.query_values import period_of
from monitor.text import fold
from tests.monitor.detecting import knowledge

CASES = yaml.safe_load((Path(__file__).parent / "data" / "times.yaml").read_text(encoding="utf-8"))["cases"]
LANGUAGES = sorted({case["lang"] for case in CASES})
PUBLISHED = date(2026, 3, 14)


@cache
def reader() -> TimeReader:
    return TimeReader(knowledge().units)


def read(text: str, language: str, published: date | None = PUBLISHED) -> tuple[ReadTime, ...]:
    script = knowledge().traditional if language.startswith("zh") else None
    return reader().read(fold(text, script=script).cased, language, published=published)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['lang']} {case['text']}")
def test_all_times_of_a_text_are_read_and_nothing_else(case: dict[str, str]) -> None:
    assert [time.iso for time in read(case["text"], case["lang"])] == case["times"]


def test_a_time_knows_whether_it_lies_ahead_of_the_article() -> None:
    assert [time.ahead for time in read("in 2025, in 2026, in 2027", "en")] == [-1, 0, 1]


def test_without_a_date_of_the_article_relative_words_are_not_read() -> None:
    assert read("next year, in May, 来年5月", "en", None) == ()
    assert [time.iso for time in read("2027年5月、来年", "ja", None)] == ["2027-05"]


_PIECES = st.one_of(
    st.sampled_from(
        [
            "2026",
            "2570",
            "٢٠٢٧",
            "Q3",
            "first half",
            " of ",
            "年",
            "月",
            "日",
            "上半年",
            "明年",
            "까지",
            "May",
            "14",
            "bis Ende",
            " by ",
            "12",
            "31",
            "-",
            "/",
            "年度",
            "tháng ",
            " ",
            "\n",
            "من",
            "มีนาคม",
            "前",
            ".",
        ]
    ),
    st.text(max_size=3),
)


@given(
    text=st.lists(_PIECES, max_size=15).map("".join),
    language=st.sampled_from(LANGUAGES),
    start=st.integers(0, 8),
    length=st.integers(0, 40),
)
@settings(max_examples=400, deadline=None)
def test_every_time_is_a_slice_of_the_stretch_in_order_and_names_a_period(
    text: str, language: str, start: int, length: int
) -> None:
    stop = min(len(text), start + length)

    found = reader().read(text, language, start, stop, published=PUBLISHED)

    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(start <= one.start < one.end <= stop for one in found)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(period_of(one.iso) is not None for one in found)
    assert found == reader().read(text, language, start, stop, published=PUBLISHED)


@pytest.mark.parametrize("unit", ["2026 ", "May ", "5月", "year ", "7", "前"])
def test_a_megabyte_of_dates_is_read_to_its_end(unit: str) -> None:
    text = unit * (400_000 // len(unit))

    assert len(reader().read(text, "ja", published=PUBLISHED)) <= 180
