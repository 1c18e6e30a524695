"""Stories, verdicts and runs in the log, as lists and pages ask for them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from monitor.database import rows, writing
from monitor.listing import Filter, find_stories, get_story, story_articles, story_facts
from monitor.model import Status
from monitor.processing import process_next
from monitor.runlog import beat, begin_run, close_dead_runs, end_run, latest_runs, prune_runs
from monitor.schedulelog import coverage
from monitor.sourcelog import source_for_host
from monitor.storylog import members, mute_story, muted_until, story_state
from monitor.verdicts import (
    Opinion,
    Target,
    UnknownTargetError,
    precision,
    record,
    undo,
    verdicts_on,
    wilson_lower,
)
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    make_article,
    make_source,
    new_log,
    report_of,
)
from tests.intaking import take_in

JOHOR = "Alibaba Cloud plans a data center in Johor"
BAUT = "Alibaba Cloud baut in Johor"
OHIO = "AWS halts its Ohio campus"
FACTS = {
    JOHOR: [Fact(says="data center in Johor", places=("MY:Johor",), usd="400000000", status=Status.PLANNED)],
    BAUT: [
        Fact(says="baut in Johor", places=("MY:Johor",), usd="402000000", status=Status.UNDER_CONSTRUCTION)
    ],
    OHIO: [Fact(says="halts its Ohio campus", actor="aws", places=("US:Ohio",), status=Status.DELAYED)],
}


@pytest.fixture
def db(tmp_path: Path):
    """Two stories: one of two reports, one of one."""
    log = new_log(tmp_path, make_source(), make_source("other"))
    for source in ("example", "other"):
        take_in(log, crawl_of("first", report_of(source=source)), NOW - timedelta(hours=3))
    take_in(log, crawl_of("second", report_of(make_article(JOHOR), make_article(OHIO, published=NOW))), NOW)
    take_in(
        log,
        crawl_of("second", report_of(make_article(BAUT, source="other", language="de"), source="other")),
        NOW,
    )
    while process_next(log, FakeDetector(FACTS), (FakeWatch(),), [console()], NOW):
        pass
    yield log
    log.close()


def titles(stories: list[dict[str, object]]) -> list[object]:
    return [story["title"] for story in stories]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), {JOHOR, OHIO}),
        (Filter(provider="amazon"), {OHIO}),
        (Filter(place="MY"), {JOHOR}),
        (Filter(text="baut"), {JOHOR}),
        (Filter(text="nothing like this"), set()),
        (Filter(source="other"), {JOHOR}),
        (Filter(status="delayed"), {OHIO}),
        (Filter(since=NOW + timedelta(hours=1)), set()),
        (Filter(since=NOW, source="other", provider="alibaba"), {JOHOR}),
    ],
)
def test_stories_are_found_by_what_any_of_their_articles_says(db, wanted: Filter, found: set[str]) -> None:
    assert set(titles(find_stories(db, wanted))) == found


def test_story_shows_what_each_article_added(db) -> None:
    (story,) = find_stories(db, Filter(place="MY"))

    assert (story["articles"], story["publishers"], story["status"], story["level"]) == (
        2,
        2,
        "under_construction",
        "high",
    )
    assert [article["changes"] for article in story_articles(db, str(story["story_id"]))] == [
        '[{"kind":"new-story","after":"planned"}]',
        (
            '[{"kind":"status","before":"planned","after":"under_construction"},'
            '{"kind":"second-publisher","before":"example","after":"other"}]'
        ),
    ]
    assert [fact["quote"] for fact in story_facts(db, str(story["story_id"]))] == [
        "data center in Johor",
        "baut in Johor",
    ]
    assert [member.publisher for member in members(db, str(story["story_id"]))] == ["example", "other"]
    assert story_state(db, str(story["story_id"])).publishers == ("example", "other")


def test_story_is_found_by_the_beginning_of_its_id(db) -> None:
    (story,) = find_stories(db, Filter(place="MY"))
    assert get_story(db, str(story["story_id"])[:7]) == get_story(db, str(story["story_id"]))
    assert get_story(db, "s") is None


def test_story_can_be_muted_and_speak_again(db) -> None:
    (story,) = find_stories(db, Filter(place="MY"))
    story_id = str(story["story_id"])
    with writing(db):
        assert mute_story(db, story_id, NOW + timedelta(days=1))
        assert not mute_story(db, "snothing", NOW)
    assert muted_until(db, story_id) == NOW + timedelta(days=1)
    with writing(db):
        mute_story(db, story_id, None)
    assert muted_until(db, story_id) is None


def article_ids(db) -> dict[object, str]:
    return {row["title"]: str(row["article_id"]) for row in rows(db, "SELECT title, article_id FROM article")}


def test_verdict_on_an_alert_counts_for_its_article_rule_source_and_watch(db) -> None:
    (alert,) = rows(db, "SELECT alert_id FROM decision WHERE article_id = ?", [article_ids(db)[OHIO]])
    with writing(db):
        record(
            db, Target.ALERT, str(alert["alert_id"]), Opinion.WRONG, NOW, reason="an old plan", author="ana"
        )
        record(db, Target.ARTICLE, article_ids(db)[BAUT], Opinion.USEFUL, NOW)

    for by, expected in (
        ("all", [("all", 1, 1)]),
        ("rule", [("dc-build", 1, 1)]),
        ("source", [("example", 0, 1), ("other", 1, 0)]),
        ("language", [("de", 1, 0), ("en", 0, 1)]),
        ("watch", [("all", 1, 1)]),
    ):
        assert [(item.name, item.right, item.wrong) for item in precision(db, by)] == expected, by


def test_undone_verdict_no_longer_counts_and_the_one_before_does(db) -> None:
    article_id = article_ids(db)[OHIO]
    with writing(db):
        record(db, Target.ARTICLE, article_id, Opinion.USEFUL, NOW)
        wrong = record(db, Target.ARTICLE, article_id, Opinion.WRONG, NOW)
    assert precision(db, "all")[0].wrong == 1

    with writing(db):
        assert undo(db, wrong, NOW)
        assert not undo(db, wrong, NOW)

    assert (precision(db, "all")[0].right, precision(db, "all")[0].wrong) == (1, 0)
    assert [item.opinion for item in verdicts_on(db, Target.ARTICLE, article_id)] == [Opinion.USEFUL]


def test_missed_url_is_kept_although_the_log_has_no_such_article(db) -> None:
    with writing(db):
        record(db, Target.URL, "https://elsewhere.test/a", Opinion.MISSED, NOW)
    assert verdicts_on(db, Target.URL, "https://elsewhere.test/a")[0].article_id is None
    assert precision(db, "all") == []


def test_verdict_on_something_unknown_is_an_error_with_a_remedy(db) -> None:
    with pytest.raises(UnknownTargetError, match="not in the log"), writing(db):
        record(db, Target.STORY, "snothing", Opinion.USEFUL, NOW)


def test_lower_bound_is_that_of_wilson() -> None:
    # Published worked values of the score interval: 0 of 0, 10 of 10, 8 of 10, 80 of 100.
    assert wilson_lower(0, 0) == 0.0
    assert round(wilson_lower(10, 10), 4) == 0.7225
    assert round(wilson_lower(8, 10), 4) == 0.4902
    assert round(wilson_lower(80, 100), 4) == 0.7112


def test_coverage_counts_what_was_polled_read_and_failing(db) -> None:
    found = coverage(db, NOW - timedelta(hours=1), NOW)
    assert (found["sources"], found["polled"], found["read"], found["failing"], found["articles"]) == (
        2,
        2,
        2,
        0,
        3,
    )


def test_source_is_found_by_the_host_of_an_article(db) -> None:
    assert [record.source.source_id for record in source_for_host(db, "www.other.example")] == ["other"]
    assert source_for_host(db, "elsewhere.test") == []


def test_old_runs_are_dropped(db) -> None:
    with writing(db):
        run = begin_run(db, "crawl", 1, NOW)
        end_run(db, run, "done", "", NOW)
        assert prune_runs(db, NOW + timedelta(days=1)) == 1


def test_run_that_was_killed_is_closed_at_the_next_start(db) -> None:
    with writing(db):
        run = begin_run(db, "daemon", 4711, NOW)
        beat(db, run, NOW + timedelta(minutes=1))
        assert close_dead_runs(db, NOW + timedelta(hours=1)) == 1

    (last,) = latest_runs(db)

    assert (last.outcome, last.pid, last.heartbeat_at) == ("stopped", 4711, NOW + timedelta(minutes=1))
    assert last.job == "daemon"
