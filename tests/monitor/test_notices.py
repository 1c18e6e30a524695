"""The operator is told once of each change in the state of the sources."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.model import AlertKind, Severity
from crawler.items import Completeness
from crawler.outcomes import Outcome
from monitor.articlestates import hold, release_held
from monitor.database import rows, time_text, writing
from monitor.errors import Problem
from monitor.localfilelog import LocalFile, keep_files
from monitor.notices import tell_operator
from monitor.processing import process_next
from monitor.runlog import list_events
from monitor.sourcelog import update_source
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
    queued,
    report_of,
)
from tests.intaking import take_in
from tests.noticed import noticed

NAMES = ("alpha", "beta", "gamma")
HOUR = timedelta(hours=1)


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path, *(make_source(name) for name in NAMES))
    yield log
    log.close()


def change(db, source_id: str, **columns: object) -> None:
    with writing(db):
        update_source(db, source_id, columns)  # type: ignore[arg-type]


def fails(db, source_id: str, since=NOW) -> None:
    change(db, source_id, failure_score=5.0, failing_since=time_text(since), last_outcome="timed-out")


def told(db, now=NOW) -> list[str]:
    """Tell the operator; the texts that were queued by this."""
    before = {alert.alert_id for alert in queued(db)}
    number = tell_operator(db, [console()], now)
    new = [noticed(alert) for alert in queued(db) if alert.alert_id not in before]
    assert number == len(new)
    return new


def test_well_sources_are_no_news(db) -> None:
    assert told(db) == []


def test_source_that_starts_failing_is_told_once_and_its_recovery_once(db) -> None:
    fails(db, "alpha")
    (failing,) = told(db)
    assert told(db, NOW + HOUR) == []
    change(db, "alpha", failure_score=0.0, failing_since=None, last_outcome="ok")

    (recovered,) = told(db, NOW + 2 * HOUR)

    assert failing.startswith(
        "1 source is failing\nAlpha: no answer in time since Mar 14, 2026, 12:00\u202fPM\n"
    )
    assert recovered.startswith("1 source has recovered\nAlpha\n")
    assert told(db, NOW + 3 * HOUR) == []
    assert [event["kind"] for event in list_events(db)] == ["source-recovered", "source-failing"]


@pytest.mark.parametrize(
    ("language", "failing", "held"),
    [
        (
            "de",
            "2 Quellen sind gestört\nAlpha: keine Antwort seit 14.03.2026, 12:00\n",
            "Gamma: 1 Artikel würde gemeldet und wartet\n",
        ),
        (
            "zh",
            "2个来源出现故障\nAlpha：2026年3月14日 12:00起未及时响应\n",
            "Gamma：1篇文章本应提醒，正在等待\n",
        ),
        (
            "zh-Hant",
            "2個來源出現故障\nAlpha：2026年3月14日 中午12:00起未及時回應\n",
            "Gamma：1篇文章本應提醒，正在等待\n",
        ),
    ],
)
def test_operator_is_told_in_the_language_of_the_channel(db, language: str, failing: str, held: str) -> None:
    for name in NAMES[:2]:
        fails(db, name)
    take_in(db, crawl_of("one", report_of(make_article("A", source="gamma"), source="gamma")), NOW)
    with writing(db):
        hold(db, str(rows(db, "SELECT article_id FROM article")[0]["article_id"]), "flood")
    while process_next(db, FakeDetector({"A": [Fact(says="A")]}), (FakeWatch(),), [], NOW):
        pass

    told(db)

    said = [noticed(alert, language) for alert in queued(db) if alert.notice]
    assert [text for text in said if text.startswith(failing)], said
    assert [text for text in said if held in text], said


def test_source_that_fails_again_is_told_again(db) -> None:
    for number in range(2):
        fails(db, "alpha")
        assert len(told(db, NOW + number * 2 * HOUR)) == 1
        change(db, "alpha", failure_score=0.0)
        assert len(told(db, NOW + (number * 2 + 1) * HOUR)) == 1


def test_outage_of_all_sources_is_one_notice(db) -> None:
    for name in NAMES:
        fails(db, name)

    (text,) = told(db)

    assert text.startswith("3 sources are failing\nAlpha: no answer in time since")
    alert = queued(db)[-1]
    assert (alert.kind, alert.severity) == (AlertKind.NOTICE, Severity.HIGH)


def test_long_list_is_counted_not_written_out(tmp_path: Path) -> None:
    log = new_log(tmp_path / "many", *(make_source(f"outlet{number:02}") for number in range(14)))
    for number in range(14):
        fails(log, f"outlet{number:02}")

    (text,) = told(log)

    assert "Outlet09" in text
    assert "Outlet10" not in text
    assert "\nand 4 more\n" in text
    log.close()


def test_source_that_falls_silent_and_then_fails_is_told_of_both(db) -> None:
    change(db, "beta", silent_after=time_text(NOW - HOUR), last_new_at=time_text(NOW - 30 * HOUR))
    (silent,) = told(db)
    fails(db, "beta")

    (failing,) = told(db, NOW + HOUR)

    assert silent.startswith(
        "1 source has been silent beyond its rhythm\nBeta: nothing new since Mar 13, 2026, 6:00\u202fAM\n"
    )
    assert failing.startswith("1 source is failing\nBeta: ")


def test_flood_is_told_once_and_its_release_in_silence(db) -> None:
    take_in(db, crawl_of("one", report_of(make_article("A", source="gamma"), source="gamma")), NOW)
    with writing(db):
        hold(db, str(rows(db, "SELECT article_id FROM article")[0]["article_id"]), "flood")
    assert told(db) == []  # not judged yet: nobody knows whether it holds the news
    facts = {"A": [Fact(says="A")]}
    while process_next(db, FakeDetector(facts), (FakeWatch(),), [], NOW):
        pass
    (held,) = told(db)
    assert not [text for text in told(db, NOW + HOUR) if "flood" in text]
    with writing(db):
        release_held(db, source_id="gamma")

    assert held.startswith(
        "1 source is held back by the flood breaker\nGamma: 1 article would alert and waits\n"
        "`cspwatch sources release gamma` shows them"
    )
    assert told(db, NOW + 2 * HOUR) == []


def test_source_that_is_switched_off_is_no_news(db) -> None:
    fails(db, "alpha")
    change(db, "alpha", enabled=0)
    assert told(db) == []


def test_without_a_channel_nothing_counts_as_told(db) -> None:
    fails(db, "alpha")
    assert tell_operator(db, [], NOW) == 0
    assert len(told(db)) == 1


def test_notice_that_could_not_be_queued_is_told_the_next_time(db, monkeypatch: pytest.MonkeyPatch) -> None:
    fails(db, "alpha")

    def full(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("monitor.notices.enqueue", full)
        with pytest.raises(OSError, match="disk full"):
            tell_operator(db, [console()], NOW)

    assert len(told(db)) == 1


def file_named(name: str, *problems: str, content: bytes | None = b"kind: rule") -> LocalFile:
    found = tuple(Problem(place=f"{name}: line 3", message=one, remedy="Remove it") for one in problems)
    return LocalFile(path=Path(name), content=content, good=True, since=NOW, problems=found)


def keep(db, *files: LocalFile) -> None:
    with writing(db):
        keep_files(db, files)


def test_refused_file_is_told_once_with_place_and_remedy_and_again_when_it_counts(db) -> None:
    keep(db, file_named("own.yaml", "no such key"), file_named("fine.yaml"))

    first = told(db)
    assert len(first) == 1
    assert "1 file was refused" in first[0]
    assert "own.yaml: its last good version still applies" in first[0]
    assert "own.yaml: line 3: no such key. Remove it" in first[0]
    assert "fine.yaml" not in first[0]
    assert told(db, NOW + HOUR) == []

    keep(db, file_named("own.yaml", "another mistake"), file_named("fine.yaml"))
    assert told(db, NOW + 2 * HOUR) == []

    keep(db, file_named("own.yaml"), file_named("fine.yaml"))
    assert told(db, NOW + 3 * HOUR) == ["1 file is no longer refused\nown.yaml"]
    assert told(db, NOW + 4 * HOUR) == []

    keep(db, file_named("own.yaml", "no such key"), file_named("fine.yaml"))
    assert len(told(db, NOW + 5 * HOUR)) == 1


def test_refused_configuration_is_told_and_a_removed_file_is_well_again(db) -> None:
    keep(db, file_named("cspwatch.toml", "no such channel", content=None), file_named("a.yaml", "x"))
    (only,) = told(db)
    assert "2 files were refused" in only
    assert "cspwatch.toml: what it said before still applies" in only

    keep(db, file_named("cspwatch.toml", "no such channel", content=None))
    assert told(db, NOW + HOUR) == ["1 file is no longer refused\na.yaml"]


def test_source_that_moved_for_good_is_told_once_and_again_when_it_moves_on(db) -> None:
    change(db, "beta", moved_to="https://new.example/feed")
    (moved,) = told(db)
    assert told(db, NOW + HOUR) == []
    change(db, "beta", moved_to="https://newer.example/feed")
    (again,) = told(db, NOW + 2 * HOUR)
    change(db, "beta", moved_to=None)

    assert moved.startswith("1 source has moved for good\nBeta: to https://new.example/feed")
    assert "to https://newer.example/feed" in again
    assert told(db, NOW + 3 * HOUR) == []


def test_source_that_moved_is_not_told_again_after_a_poll_that_failed(db) -> None:
    there = "https://new.example/feed"
    take_in(db, crawl_of("one", report_of(source="beta", moved_to=there)), NOW)
    (moved,) = told(db)
    take_in(db, crawl_of("two", report_of(source="beta", outcome=Outcome.TIMED_OUT)), NOW + HOUR)
    assert told(db, NOW + HOUR) == []
    take_in(db, crawl_of("three", report_of(source="beta", moved_to=there)), NOW + 2 * HOUR)

    assert there in moved
    assert told(db, NOW + 2 * HOUR) == []


def test_source_that_fails_for_two_weeks_or_is_gone_is_called_dead(db) -> None:
    fails(db, "alpha", since=NOW - timedelta(days=15))
    change(db, "beta", failure_score=3.0, failing_since=time_text(NOW), last_outcome="gone")

    (dead,) = told(db)

    assert dead.startswith("2 sources seem to be dead\nAlpha: ")
    assert told(db, NOW + HOUR) == []


def test_source_that_gives_teasers_only_is_told_unless_it_sells_its_texts(tmp_path: Path) -> None:
    log = new_log(tmp_path / "teasers", make_source("free"), make_source("sells", paywall="hard"))
    for name in ("free", "sells"):
        cut = [
            make_article(f"News {number}", source=name, completeness=Completeness.TEASER)
            for number in range(6)
        ]
        take_in(log, crawl_of(name, report_of(*cut, source=name)), NOW)

    (text,) = told(log)
    assert told(log, NOW + HOUR) == []
    whole = [
        make_article(f"Whole {number}", source="free", completeness=Completeness.FULL) for number in range(3)
    ]
    take_in(log, crawl_of("well", report_of(*whole, source="free")), NOW + HOUR)

    assert text.startswith("1 source gives nothing but teasers now\nFree")
    assert told(log, NOW + 2 * HOUR) == []
    assert list_events(log)[0]["kind"] == "source-well-read"
    log.close()
