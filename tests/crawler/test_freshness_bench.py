"""The comparison of polling policies is a fair one: equal budgets, outlets that stay the same, a true bound."""

from __future__ import annotations

import bisect

import pytest

from benchmarks.freshness import POLICIES, at_budget, report_of, timelines
from benchmarks.newsrooms import DAY, KINDS, WEEK, published, true_rates
from benchmarks.timetable import STEPS_PER_MINUTE, least_median, most_in_windows
from crawler.outcomes import Outcome

WEEK_OF_STEPS = int(WEEK * STEPS_PER_MINUTE)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_every_policy_spends_the_same_requests(policy: object) -> None:
    lines = timelines(4, 8, seed=2)

    result = at_budget(policy, lines, 4 * 40)  # type: ignore[arg-type]

    assert result.polls_per_day == pytest.approx(4 * 40, rel=0.03)
    assert sum(map(len, result.delays)) == sum(
        time > line.measured_from for line in lines for time in line.times
    )


def test_even_stream_is_seen_at_best_within_half_an_interval() -> None:
    rates = [[0.01] * WEEK_OF_STEPS]

    assert least_median(rates, polls=7 * 72) == pytest.approx(10.0, abs=0.3)


def test_bound_spends_everything_on_the_outlet_that_makes_half_of_the_articles() -> None:
    busy, quiet = [0.03] * WEEK_OF_STEPS, [0.01] * WEEK_OF_STEPS

    # Half of all articles are two thirds of those of the busy one: 20 minutes between its polls, two thirds of them.
    assert least_median([busy, quiet], polls=7 * 72) == pytest.approx(20 * 2 / 3, abs=0.4)


def test_windows_lie_where_the_articles_come_and_do_not_overlap() -> None:
    peaks = [0.0] * WEEK_OF_STEPS
    peaks[100] = peaks[103] = peaks[9000] = 1.0

    assert most_in_windows([peaks], length=4, polls=1) == pytest.approx(2.0, abs=0.01)
    assert most_in_windows([peaks], length=4, polls=2) == pytest.approx(3.0, abs=0.01)
    assert most_in_windows([peaks], length=2, polls=2) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_longer_run_of_an_outlet_begins_with_the_same_days(kind: str) -> None:
    name = f"{kind}-3"
    short, long = published(name, 14, seed=1), published(name, 28, seed=1)

    assert short[: bisect.bisect(short, 13 * DAY)] == long[: bisect.bisect(long, 13 * DAY)]
    weekly = len(published(name, 7 * 60, seed=1)) / 60
    assert sum(true_rates(name, 14, seed=1)) == pytest.approx(weekly, rel=0.25)


def test_poll_sees_what_a_feed_would_show_and_nothing_of_the_future() -> None:
    line = timelines(5, 8, seed=2)[4]  # round the clock
    time = line.times[60] + 0.5

    answer = report_of(line, before=line.times[50], time=time)

    assert len(answer.entries) == 25
    assert report_of(line, before=time, time=time).outcome is Outcome.UNCHANGED
    newest = max(entry.published for entry in answer.entries if entry.published is not None)
    assert newest <= max(
        entry.published for entry in report_of(line, 0.0, line.times[61]).entries if entry.published
    )
