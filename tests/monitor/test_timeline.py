"""The timeline of the ledger: its parts add up, the largest have a color of their own, each part leads to its facts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.ledgertotals import Division, totals_of
from monitor.review.timeline import LARGEST, OTHERS, PATTERNS, bar_chart
from tests.monitor.review_site import Browser, config_for, fill, served

DAYS = st.dates(date(2015, 1, 1), date(2030, 1, 1)).map(date.isoformat)
NAMED = st.dictionaries(st.sampled_from(["", *"abcdefgh"]), st.integers(1, 50), max_size=8)


@given(st.dictionaries(DAYS, NAMED, max_size=40))
def test_bars_hold_every_count_and_stay_few(counts: dict[str, dict[str, int]]) -> None:
    chart = bar_chart(counts)
    given_sum = sum(sum(named.values()) for named in counts.values())

    assert sum(bar.total for bar in chart.bars) == given_sum
    assert sum(part.count for bar in chart.bars for part in bar.segments) == given_sum
    assert sum(one.count for one in chart.series) == given_sum
    assert all(sum(bar.counts) == bar.total for bar in chart.bars)
    assert len(chart.bars) <= 62


@given(st.dictionaries(DAYS, NAMED, min_size=1, max_size=40))
def test_segments_lie_upon_each_other_inside_the_plot(counts: dict[str, dict[str, int]]) -> None:
    for bar in bar_chart(counts).bars:
        base = 162.0
        for part in bar.segments:
            assert part.y + part.height == pytest.approx(base, abs=0.2)
            base = part.y
        assert base >= 11.8


@given(st.dictionaries(DAYS, NAMED, max_size=40))
def test_the_largest_have_a_place_in_the_legend_and_the_others_share_the_last(
    counts: dict[str, dict[str, int]],
) -> None:
    series = bar_chart(counts).series
    sums: Counter[str] = Counter()
    for named in counts.values():
        sums.update(named)
    unnamed = sums.pop(OTHERS, 0)
    own = [one for one in series if one.name != OTHERS]

    assert len(own) <= LARGEST
    assert [one.count for one in own] == sorted(sums.values(), reverse=True)[:LARGEST]
    assert (OTHERS in [one.name for one in series[-1:]]) == (len(sums) > LARGEST or unnamed > 0)


def test_a_date_far_off_does_not_make_a_thousand_bars() -> None:
    chart = bar_chart({"1970-01-01": {"a": 1}, "2026-03-14": {"a": 2, "b": 1}, "not-a-day": {"a": 5}})

    assert chart.unit == "year"
    assert len(chart.bars) == 57


def test_each_part_has_a_pattern_that_no_other_part_has() -> None:
    parts = [lines for name, lines in PATTERNS.items() if name.startswith("part-")] + [PATTERNS["others"]]

    assert len(parts) == LARGEST + 1
    assert len(set(parts)) == len(parts)


@pytest.mark.parametrize(
    ("division", "named"),
    [
        (Division.DIRECTION, {"expansion": 2, "contraction": 1}),
        (Division.EVENT, {"datacenter": 2, "region": 1}),
        (Division.PROVIDER, {"aws": 2, "": 1}),
        (Division.PLACE, {"MY": 1, "SG": 1, "DE": 1}),
    ],
)
def test_a_story_is_counted_once_with_the_name_that_most_of_its_facts_have(
    division: Division, named: dict[str, int]
) -> None:
    groups = [
        ("2026-03-14", "datacenter", 0, 0, "SG", "aws", "one", None, 1),
        ("2026-03-14", "datacenter", 0, 0, "MY", "aws", "one", None, 2),
        ("2026-03-15", "region", 0, 0, "SG", "aws", "two", None, 1),
        ("2026-03-15", "datacenter", 1, 0, "DE", None, "three", None, 1),
    ]
    sums: Counter[str] = Counter()
    for counts in totals_of(groups, division=division).by_day.values():
        sums.update(counts)

    assert sums == named


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("log")
    fill(folder)
    with served(config_for(folder)) as served_at:
        yield served_at


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    with closing(Browser(url)) as opened:
        yield opened


def timeline_of(html: str) -> str:
    return html[html.index('id="when"') : html.index('id="facts"')]


def test_timeline_is_divided_by_what_the_reader_chooses(browser: Browser) -> None:
    providers = timeline_of(browser.page("/ledger?by=provider&lang=en"))

    assert 'href="/ledger?provider=huawei_cloud&amp;by=provider">Huawei Cloud</a> 1' in providers
    assert 'aria-current="true">Provider' in providers
    assert ">Saudi Arabia</a> 1" in timeline_of(browser.page("/ledger?by=place"))
    assert ">cloud region</a> 1" in timeline_of(browser.page("/ledger?by=event"))
    assert ">pullback</a> 1" in timeline_of(browser.page("/ledger"))
    assert timeline_of(browser.page("/ledger?by=moon")) == timeline_of(browser.page("/ledger"))


def test_a_bar_is_read_out_with_its_parts_and_the_table_has_the_same_numbers(browser: Browser) -> None:
    html = timeline_of(browser.page("/ledger?by=event&lang=en"))

    assert re.search(r'aria-label="[^"]*: 5 \(data center 4, cloud region 1\)"', html)
    assert '<td class="n">4</td><td class="n">1</td><td class="n">5</td>' in html
    assert html.count("<pattern ") == 2


def test_what_the_timeline_is_divided_by_stays_while_filtering(browser: Browser) -> None:
    html = browser.page("/ledger?by=provider")

    assert '<input type="hidden" name="by" value="provider">' in html
    assert 'href="/ledger?place=MY&amp;by=provider"' in html
    assert 'href="/ledger.csv?"' in html
