"""What a cooldown holds back is told when it ends, also where no further article comes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.model import AlertKind
from monitor.alerting import NoNames
from monitor.database import rows, writing
from monitor.model import Status, Verdict
from monitor.processing import process_next
from monitor.storylog import mute_story
from monitor.waiting import release_waiting
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

PLAN, LIVE, REPEAT = "Alibaba Cloud plans Johor site", "Alibaba Cloud opens Johor site", "Johor site is open"
FACTS = {
    PLAN: [Fact(says="plans Johor site", places=("MY:Johor",), status=Status.PLANNED)],
    LIVE: [Fact(says="opens Johor site", places=("MY:Johor",), status=Status.LIVE)],
    REPEAT: [Fact(says="is open", places=("MY:Johor",), status=Status.LIVE)],
}
HOUR = timedelta(hours=1)
COOL = FakeWatch(cooldown=6 * HOUR)


@pytest.fixture
def db(tmp_path: Path):
    """A log where a plan was told at NOW, and its opening an hour later had to wait."""
    log = new_log(tmp_path, make_source("example"), make_source("other"))
    for source in ("example", "other"):
        take_in(log, crawl_of("first", report_of(source=source)), NOW - 3 * HOUR)
    arrive(log, PLAN, NOW)
    arrive(log, LIVE, NOW + HOUR)
    yield log
    log.close()


def arrive(db, title: str, now, *, source: str = "example", watch: FakeWatch = COOL) -> None:
    article = make_article(title, source=source, published=now - HOUR)
    take_in(db, crawl_of(title, report_of(article, source=source)), now)
    assert process_next(db, FakeDetector(FACTS), [watch], [console()], now) is not None


def release(db, now, watch: FakeWatch = COOL) -> tuple[str, ...]:
    return release_waiting(db, [watch], [console()], now, names=NoNames())


def test_what_waited_is_told_once_when_the_cooldown_is_over(db) -> None:
    assert release(db, NOW + 5 * HOUR) == ()

    (alert_id,) = release(db, NOW + 6 * HOUR)

    assert release(db, NOW + 30 * HOUR) == ()
    first, second = queued(db)
    assert second.alert_id == alert_id != first.alert_id
    assert second.thread_id == first.thread_id
    assert second.kind is AlertKind.DEVELOPMENT
    assert second.changes == ("status|planned|live",)
    assert second.headline == LIVE


def test_decision_says_why_the_alert_came_late(db) -> None:
    (alert_id,) = release(db, NOW + 6 * HOUR)

    (row,) = rows(db, "SELECT verdict, note FROM decision WHERE alert_id = ?", [alert_id])

    assert row == {
        "verdict": Verdict.ALERT_STATUS.value,
        "note": "held back by the cooldown since 2026-03-14 12:00Z",
    }


def test_alert_is_about_the_article_that_brought_the_change_not_about_a_repeat_of_it(db) -> None:
    arrive(db, REPEAT, NOW + 2 * HOUR, source="other")
    release(db, NOW + 6 * HOUR)
    assert queued(db)[-1].headline == LIVE


def test_article_that_comes_after_the_cooldown_tells_it_and_nothing_waits_any_more(db) -> None:
    arrive(db, REPEAT, NOW + 7 * HOUR, source="other")
    assert release(db, NOW + 8 * HOUR) == ()
    assert len(queued(db)) == 2


def test_muted_story_goes_on_waiting(db) -> None:
    (row,) = rows(db, "SELECT story_id FROM story")
    with writing(db):
        mute_story(db, str(row["story_id"]), NOW + 9 * HOUR)

    assert release(db, NOW + 8 * HOUR) == ()
    assert len(release(db, NOW + 9 * HOUR)) == 1


def test_watch_that_is_gone_tells_nothing(db) -> None:
    assert release(db, NOW + 6 * HOUR, FakeWatch(name="another")) == ()


def test_watch_that_became_a_shadow_counts_and_tells_nothing(db) -> None:
    shadow = FakeWatch(cooldown=6 * HOUR, shadow=True)
    assert release(db, NOW + 6 * HOUR, shadow) == ()
    assert release(db, NOW + 30 * HOUR) == ()
    assert len(queued(db)) == 1
