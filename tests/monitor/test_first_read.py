"""A source is read for the first time: its past fills the log, alerts nobody, and the operator is told once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.codec import alert_from_json
from crawler.items import CrawlOrder
from crawler.outcomes import Outcome
from crawler.run import crawl
from monitor.baselines import PATIENCE, to_tell
from monitor.clock import SystemClock
from monitor.config import load_config
from monitor.database import rows, writing
from monitor.intake import SourceIntake
from monitor.notices import tell_operator
from monitor.processing import process_next
from monitor.schedulelog import FirstRead
from monitor.service import run_once
from monitor.sourcelog import due_sources, make_due
from tests.crawler.crawling import limits_for
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    entry_of,
    make_article,
    make_source,
    new_log,
    report_of,
)
from tests.intaking import take_in
from tests.noticed import noticed
from tests.outlet import Outlet
from tests.outlet_pages import title

if TYPE_CHECKING:
    from sqlite_utils import Database

HOUR = timedelta(hours=1)
#: Three stories of the last three days, and one that is too old to alert.
FACTS = {
    title(number): [Fact(says="a data center campus", actor=f"provider{number}", places=(place,))]
    for number, place in ((1, "MY:Johor"), (2, "US:Arizona"), (30, "PL:Warsaw"), (300, "JP:Osaka"))
}


def poll(db: Database, outlet: Outlet, number: int, **limits: object) -> SourceIntake:
    """One real poll of the one source, as if it were due, and everything that came judged."""
    now = SystemClock().now()
    with writing(db):
        make_due(db, now)
    (order,) = (replace(order, conditional=False) for order in due_sources(db, now, 1))
    order_id = f"poll-{number}"
    report = crawl(CrawlOrder(order_id=order_id, sources=(order,), limits=limits_for(outlet, **limits)))
    (done,) = take_in(db, report, now).sources
    judge(db, now)
    return done


def judge(db: Database, now: datetime) -> None:
    while process_next(db, FakeDetector(FACTS), (FakeWatch(),), [console()], now):
        pass


def alerts(db: Database) -> list[str]:
    found = rows(db, "SELECT payload FROM alert ORDER BY rowid")
    return [noticed(alert_from_json(str(row["payload"]))) for row in found]


def told(db: Database, now: datetime) -> list[str]:
    before = len(alerts(db))
    tell_operator(db, [console()], now)
    return alerts(db)[before:]


@pytest.mark.slow
def test_first_run_of_500_articles_gives_500_articles_no_alert_and_one_notice(tmp_path: Path) -> None:
    with Outlet() as outlet:
        source = make_source(url=outlet.url("/feed?n=500&full=1"), full_text_feed=True)
        with closing(new_log(tmp_path, source)) as db:
            first = poll(db, outlet, 1)
            now = SystemClock().now()
            notices = told(db, now)
            second = poll(db, outlet, 2)

            assert (first.new_articles, second.new_articles, second.new_entries) == (500, 0, 0)
            assert rows(db, "SELECT count(*) AS n FROM article WHERE baseline") == [{"n": 500}]
            (notice,) = notices
            assert notice.startswith(
                "1 source was read for the first time\n500 articles are in the log.\n"
                "3 of the stories would have alerted.\n"
            )
            assert told(db, now + HOUR) == []
            assert alerts(db) == notices


@pytest.mark.slow
def test_first_read_that_takes_several_polls_is_told_of_when_it_is_complete(tmp_path: Path) -> None:
    with Outlet() as outlet, closing(new_log(tmp_path, make_source(url=outlet.url("/feed?n=12")))) as db:
        notices = []
        for number in range(3):
            poll(db, outlet, number, max_articles_per_source=5)
            notices.append(told(db, SystemClock().now()))
        count = rows(db, "SELECT count(*) AS n, sum(baseline) AS first FROM article")

    assert count == [{"n": 12, "first": 12}]
    assert notices[:2] == [[], []]
    assert [text.splitlines()[:3] for text in notices[2]] == [
        [
            "1 source was read for the first time",
            "12 articles are in the log.",
            "2 of the stories would have alerted.",
        ]
    ]


def test_run_says_how_many_articles_wait_for_the_next_polls(tmp_path: Path) -> None:
    with Outlet() as outlet:
        (tmp_path / "sources.yaml").write_text(
            f"- {{id: long, name: Long, kind: feed, url: '{outlet.url('/feed?n=9')}'}}\n", encoding="utf-8"
        )
        path = tmp_path / "cspwatch.toml"
        path.write_text(
            f'[crawl]\ncatalogue = false\nsources = ["sources.yaml"]\ndelay = "0s"\narticles_per_poll = 4\n'
            f'allow_private = ["{outlet.netloc}"]\n',
            encoding="utf-8",
        )
        told = run_once(load_config(path), progress=lambda _summary: None)

    assert "4 new articles" in told
    assert "5 more articles to be read at the next polls" in told


def test_a_single_round_tells_the_operator_as_the_daemon_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Outlet() as outlet:
        (tmp_path / "sources.yaml").write_text(
            f"- {{id: short, name: Short, kind: feed, url: '{outlet.url('/feed?n=2')}'}}\n", encoding="utf-8"
        )
        path = tmp_path / "cspwatch.toml"
        path.write_text(
            f'[crawl]\ncatalogue = false\nsources = ["sources.yaml"]\ndelay = "0s"\n'
            f'allow_private = ["{outlet.netloc}"]\n[schedule]\noperator = ["console"]\n'
            '[[channel]]\nname = "console"\nurl = "console:"\n',
            encoding="utf-8",
        )
        rounds = [run_once(load_config(path), progress=lambda _summary: None) for _ in range(2)]

    assert ["1 messages sent" in told or "1 message sent" in told for told in rounds] == [True, False]
    assert "1 source was read for the first time" in capsys.readouterr().out


def test_first_read_that_was_cut_short_alerts_nobody(tmp_path: Path) -> None:
    early, late, new = (make_article(title(number), slug=str(number), published=NOW) for number in (1, 2, 30))
    cut = report_of(
        early,
        entries=(entry_of(early), entry_of(late)),
        outcome=Outcome.CRAWL_STOPPED,
        pending=((late.url_key, 0),),
    )
    with closing(new_log(tmp_path)) as db:
        take_in(db, crawl_of("one", cut), NOW)
        take_in(db, crawl_of("two", report_of(early, late, new)), NOW + HOUR)

        found = rows(db, "SELECT url, baseline FROM article ORDER BY id")

    assert [row["baseline"] for row in found] == [1, 1, 0]


def read(name: str, minutes: int | None, *, complete: bool = True, asked: bool = True) -> FirstRead:
    return FirstRead(
        source_id=name,
        name=name,
        began_at=None if minutes is None else NOW - timedelta(minutes=minutes),
        asked=asked,
        is_complete=complete,
        articles=10,
    )


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ([read("a", 5), read("b", 3)], ["a", "b"]),
        ([read("a", 5), read("b", 3, complete=False)], []),  # b goes on: one notice for both
        ([read("a", 5), read("b", None, complete=False, asked=False)], []),
        ([read("a", 5), read("b", None, complete=False)], ["a"]),  # b does not answer: nobody waits for it
        ([read("a", 61), read("b", 60, complete=False)], ["a"]),
        ([], []),
    ],
)
def test_first_reads_are_told_of_together(reads: Sequence[FirstRead], expected: list[str]) -> None:
    assert [one.source_id for one in to_tell(reads, None, NOW)] == expected


def test_while_sources_go_on_being_read_there_is_a_notice_an_hour_at_most() -> None:
    reads = [read("b", 90), read("c", 80, complete=False)]
    last = NOW - PATIENCE / 2

    assert to_tell(reads, last, NOW) == []
    assert [one.source_id for one in to_tell(reads, last, NOW + PATIENCE)] == ["b"]
