"""A report tells something new only where its own headline or lead presents it; the rest is remembered in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.developments import changes
from monitor.model import ArticleText, ChangeKind, Direction, EventType, Level, Status
from monitor.storystate import StoryReport, StoryState, advanced
from tests.fakes import NOW, Fact, FakeKnowledge, make_finding

LATER = NOW + timedelta(days=20)
PLAN = Fact(says="plan", places=("MY:Johor", "MY"), usd="400000000", status=Status.PLANNED)
IN_TEXT = replace(PLAN, says="body")
IN_LEAD = replace(IN_TEXT, lead=True)
KNOWLEDGE = FakeKnowledge()


def report(*facts: Fact, **values: object) -> StoryReport:
    """A report with the headline "plan" and the text "body"."""
    article = ArticleText(article_id="a", title="plan", text="body")
    findings = tuple(make_finding(article, fact) for fact in facts)
    made: dict[str, object] = {
        "findings": findings,
        "families": frozenset({"alibaba"}),
        "publisher": "one",
        "language": "en",
        "level": Level.HIGH,
        "published": NOW,
    }
    return StoryReport(**(made | values))  # type: ignore[arg-type]


def told(state: StoryState, second: StoryReport) -> list[tuple[str, str]]:
    return [
        (change.kind.value, change.after)
        for change in changes(state, second, KNOWLEDGE)
        if change.kind is not ChangeKind.REPEAT
    ]


KNOWN = advanced(StoryState(), report(PLAN), KNOWLEDGE)


@pytest.mark.parametrize(
    "aside",
    [
        replace(IN_TEXT, status=Status.LIVE, usd="900000000", places=("TH",), partners=("telekom",)),
        replace(PLAN, status=Status.LIVE, places=("TH",), news=False),
        replace(PLAN, status=Status.LIVE, places=("TH",), event=EventType.FOOTPRINT),
        replace(PLAN, status=Status.LIVE, places=("TH",), actor="microsoft"),
        replace(PLAN, status=Status.LIVE, places=("TH",), event=EventType.MARKET),
    ],
    ids=["further down", "background", "footprint", "another provider", "another kind of event"],
)
def test_what_is_not_the_news_of_a_report_is_no_development(aside: Fact) -> None:
    assert told(KNOWN, report(PLAN, aside, published=LATER)) == []


def test_what_stood_in_the_background_once_is_not_told_as_new_later() -> None:
    aside = replace(IN_TEXT, usd="900000000", places=("TH",), news=False)
    now_central = report(replace(PLAN, usd="900000000", places=("MY", "TH")), published=LATER)

    assert told(KNOWN, now_central) == [("place", "TH"), ("amount", "900000000 USD")]
    assert told(advanced(KNOWN, report(PLAN, aside), KNOWLEDGE), now_central) == []


@pytest.mark.parametrize("days", [0, 3])
def test_details_that_another_outlet_fills_in_are_no_development(days: int) -> None:
    second = report(
        PLAN, replace(IN_LEAD, usd=None, mw="300", places=("TH",)), published=NOW + timedelta(days=days)
    )
    assert told(KNOWN, second) == []


def test_lead_tells_something_new_once_the_first_reports_are_over() -> None:
    second = report(PLAN, replace(IN_LEAD, usd=None, mw="300", places=("TH",)), published=LATER)
    assert told(KNOWN, second) == [("place", "TH"), ("amount", "300 MW")]


def test_lead_without_a_date_tells_nothing_new() -> None:
    assert told(KNOWN, report(PLAN, replace(IN_LEAD, mw="300"), published=None)) == []


def test_status_that_moves_on_is_told_at_once_from_the_lead() -> None:
    assert told(KNOWN, report(replace(IN_LEAD, status=Status.LIVE))) == [("status", "live")]


def test_number_of_sites_is_no_development() -> None:
    assert told(KNOWN, report(replace(PLAN, dc="3"), published=LATER)) == []


def test_part_of_a_known_amount_beside_it_is_told_and_the_known_one_is_not() -> None:
    extended = report(PLAN, replace(PLAN, usd="2000000000"), published=LATER)
    assert told(KNOWN, extended) == [("amount", "2000000000 USD")]


def test_second_town_of_a_country_is_no_development() -> None:
    assert told(KNOWN, report(replace(PLAN, places=("MY:Kuala Lumpur", "MY")), published=LATER)) == []


def test_first_town_of_a_known_country_is_told_later_not_with_the_first_reports() -> None:
    country_only = advanced(StoryState(), report(replace(PLAN, places=("MY",))), KNOWLEDGE)
    assert told(country_only, report(PLAN)) == []
    assert told(country_only, report(PLAN, published=LATER)) == [("place", "MY:Johor")]


HESSE, FRANKFURT = (replace(PLAN, places=(place, "DE")) for place in ("DE:Hesse", "DE:Frankfurt"))


def test_town_in_a_region_that_is_known_is_told_later_as_the_exact_place() -> None:
    region_only = advanced(StoryState(), report(HESSE), KNOWLEDGE)
    later = changes(region_only, report(FRANKFURT, published=LATER), KNOWLEDGE)

    assert told(region_only, report(FRANKFURT)) == []
    assert [(one.kind, one.before, one.after) for one in later] == [
        (ChangeKind.PLACE, "DE:Hesse", "DE:Frankfurt")
    ]


def test_region_of_a_known_town_and_a_second_town_in_it_are_no_development() -> None:
    town = advanced(StoryState(), report(FRANKFURT), KNOWLEDGE)
    assert told(town, report(HESSE, published=LATER)) == []

    both = advanced(town, report(HESSE), KNOWLEDGE)
    assert both.hubs == {"DE:Frankfurt"}
    assert told(both, report(replace(PLAN, places=("DE:Kassel", "DE")), published=LATER)) == []


def test_town_and_region_of_a_new_country_are_one_new_place() -> None:
    both = replace(PLAN, places=("MY:Johor", "DE:Hesse", "DE:Frankfurt"))
    assert told(KNOWN, report(both, published=LATER)) == [("place", "DE:Frankfurt")]


def test_plan_does_not_move_into_the_past() -> None:
    dated = advanced(StoryState(), report(replace(PLAN, when="2029")), KNOWLEDGE)
    assert told(dated, report(replace(PLAN, when="2000"), published=LATER)) == []
    assert told(dated, report(replace(PLAN, when="2031"), published=LATER)) == [("time", "2031")]


def test_home_of_the_provider_is_no_new_place() -> None:
    assert told(KNOWN, report(replace(PLAN, places=("MY", "CN")), published=LATER)) == []


def test_stopped_plan_does_not_become_live_by_another_fact_of_the_same_report() -> None:
    cancelled = replace(PLAN, status=Status.CANCELLED, direction=Direction.CONTRACTION)
    standing = replace(IN_LEAD, status=Status.LIVE, event=EventType.FOOTPRINT)
    assert told(KNOWN, report(cancelled, standing)) == [("status", "cancelled")]


def test_story_of_a_closure_does_not_become_live_by_an_expansion() -> None:
    rumor = replace(PLAN, status=Status.RUMOURED, direction=Direction.CONTRACTION)
    state = advanced(StoryState(), report(rumor), KNOWLEDGE)
    assert told(state, report(replace(PLAN, status=Status.LIVE), published=LATER)) == []
    assert told(state, report(replace(rumor, status=Status.PLANNED))) == [("status", "planned")]


def test_only_a_report_whose_news_is_the_denial_corrects() -> None:
    denied = replace(IN_LEAD, status=Status.DENIED)
    assert told(KNOWN, report(PLAN, replace(denied, event=EventType.INVESTMENT))) == []
    assert told(KNOWN, report(denied)) == [("correction", "denied")]


@pytest.mark.parametrize(
    ("later", "shown"),
    [
        ((), "planned"),
        ((Status.DELAYED,), "delayed"),
        ((Status.DELAYED, Status.CANCELLED), "cancelled"),
        ((Status.DENIED,), "denied"),
        ((Status.DELAYED, Status.LIVE), "live"),
    ],
)
def test_list_shows_a_stopped_plan_as_stopped(later: tuple[Status, ...], shown: str) -> None:
    state = KNOWN
    for status in later:
        state = advanced(state, report(replace(PLAN, status=status)), KNOWLEDGE)
    assert state.shown_status == shown


def test_story_opened_without_a_central_fact_knows_its_news() -> None:
    state = advanced(StoryState(), report(IN_TEXT), KNOWLEDGE)
    assert (state.status, state.countries, state.classes) == (Status.PLANNED, {"MY"}, {"build"})
