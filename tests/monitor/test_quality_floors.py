"""The own labelled set never falls below its pinned floors, and is the set that was pinned."""

from __future__ import annotations

from functools import cache

import pytest

from monitor.evaluation.floors import (
    Floors,
    below,
    corpus_of,
    figures_of,
    measure,
    raised,
    read_floors,
)
from monitor.evaluation.run import EvaluationResult

FLOORS = read_floors()


@cache
def measured() -> EvaluationResult:
    return measure()


@pytest.mark.parametrize("name", sorted(FLOORS.floors))
def test_a_figure_is_not_below_its_floor(name: str) -> None:
    found = figures_of(measured()).get(name)

    assert found is not None, f"{name} is no longer measured"
    assert found >= FLOORS.floors[name], f"{name} fell from {FLOORS.floors[name]} to {found}"


def test_the_articles_are_those_that_the_floors_were_measured_on() -> None:
    assert corpus_of() == FLOORS.corpus, "pin them with: python -m monitor.evaluation.floors --raise"


def test_every_figure_has_a_floor() -> None:
    assert set(figures_of(measured())) == set(FLOORS.floors)


def test_the_set_is_large_half_negative_and_in_many_languages() -> None:
    overall = measured().overall

    assert overall.articles >= 300
    assert len(measured().by_language) >= 12
    assert overall.figure.wanted <= 0.6 * overall.articles


def test_held_out_articles_are_counted_apart() -> None:
    result = measured()

    assert result.held_out is not None
    assert result.overall.articles + result.held_out.articles == sum(
        one.articles for one in result.by_file.values()
    )
    assert not [one for one in result.errors if one.label.held_out]


def test_floors_rise_by_themselves_and_fall_only_when_named() -> None:
    floors = Floors(corpus={}, floors={"a": 80, "b": 90})

    assert raised(floors, {"a": 85, "b": 70, "c": 60}) == {"a": 85, "b": 90, "c": 60}
    assert raised(floors, {"a": 85, "b": 70}, ["b"]) == {"a": 85, "b": 70}
    assert raised(floors, {"a": 20, "b": 70}, ["all"]) == {"a": 20, "b": 70}


def test_a_figure_that_fell_or_is_gone_is_named() -> None:
    assert below(Floors(corpus={}, floors={"a": 80, "b": 90, "c": 1}), {"a": 80, "b": 89}) == {
        "b": (90, 89),
        "c": (1, None),
    }
