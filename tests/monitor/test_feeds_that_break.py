"""Feeds that break and mend, over several real polls into the log: nothing is lost, nothing alerts, people are told once."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from alerts.codec import alert_from_json
from crawler.items import CrawlOrder
from crawler.run import crawl
from monitor.clock import SystemClock
from monitor.database import rows, writing
from monitor.notices import tell_operator
from monitor.sourcelog import due_sources, get_source, make_due
from tests.crawler.crawling import limits_for
from tests.fakes import NOW, console, crawl_of, entry_of, make_article, make_source, new_log, report_of
from tests.intaking import take_in
from tests.noticed import noticed
from tests.outlet import Outlet, Page
from tests.outlet_pages import rss

if TYPE_CHECKING:
    from sqlite_utils import Database

NAMES = ("alpha", "beta", "gamma")


def poll(db: Database, outlets: dict[str, Outlet], number: int) -> dict[str, str]:
    """One round of all sources; how each ended."""
    now = SystemClock().now()
    with writing(db):
        make_due(db, now)
    orders = tuple(replace(order, conditional=False) for order in due_sources(db, now, 10))
    order = CrawlOrder(order_id=f"round-{number}", sources=orders, limits=limits_for(*outlets.values()))
    report = crawl(order)
    take_in(db, report, now)
    tell_operator(db, [console()], now)
    return {source.source_id: source.outcome.value for source in report.sources}


def feeds(outlets: dict[str, Outlet], articles: int) -> None:
    for outlet in outlets.values():
        outlet.pages["/news"] = Page(
            body=rss(outlet.url(""), articles).encode(), content_type="application/rss+xml"
        )


def count(db: Database, query: str) -> int:
    return int(str(rows(db, query)[0]["n"]))


def told(db: Database) -> list[str]:
    return [
        noticed(alert_from_json(str(row["payload"])))
        for row in rows(db, "SELECT payload FROM alert ORDER BY rowid")
    ]


@pytest.mark.slow
def test_feeds_that_turn_into_pages_or_empty_keep_their_articles_and_recover(tmp_path: Path) -> None:
    with ExitStack() as stack:
        outlets = {name: stack.enter_context(Outlet()) for name in NAMES}
        sources = [make_source(name, url=outlets[name].url("/news")) for name in NAMES]
        db = stack.enter_context(closing(new_log(tmp_path, *sources)))
        feeds(outlets, 3)
        assert set(poll(db, outlets, 0).values()) == {"ok"}
        known = count(db, "SELECT count(*) AS n FROM article")

        for name, outlet in outlets.items():  # pages of their own: no network stands behind them
            outlet.pages["/news"] = Page(
                body=f"<html><body><h1>{name} is being rebuilt</h1></body></html>".encode()
            )
        ends = [poll(db, outlets, number) for number in range(1, 5)]
        failing = told(db)
        feeds(outlets, 0)
        emptied = poll(db, outlets, 5)
        feeds(outlets, 4)
        mended = poll(db, outlets, 6)

        assert {outcome for end in ends for outcome in end.values()} == {"not-read-format"}
        assert [text[:21] for text in failing] == ["3 sources are failing"]
        assert set(emptied.values()) == {"empty"}
        assert set(mended.values()) == {"ok"}
        assert known == 9
        assert count(db, "SELECT count(*) AS n FROM article") == 12
        assert count(db, "SELECT count(*) AS n FROM article WHERE NOT baseline") == 3
        assert [text[:24] for text in told(db)[1:]] == ["3 sources have recovered"]
        for name in NAMES:
            record = get_source(db, name)
            assert record is not None
            assert (record.failure_score, record.failing_since, record.held_since) == (0.0, None, None)


def test_feed_whose_guids_change_at_every_poll_is_not_new_every_time(tmp_path: Path) -> None:
    articles = [make_article(f"Provider number {number} opens a site") for number in range(30)]
    with closing(new_log(tmp_path)) as db:
        take_in(db, crawl_of("first", report_of(*articles)), NOW)
        new = []
        for number in range(20):
            churned = [
                replace(entry_of(article), key=f"guid-{number}-{article.url_key}") for article in articles
            ]
            report = report_of(*articles, entries=tuple(churned))
            (summary,) = take_in(
                db, crawl_of(f"poll-{number}", report), NOW + timedelta(hours=number + 1)
            ).sources
            new.append((summary.new_articles, summary.new_entries, summary.held))

        assert set(new) == {(0, 0, "")}
        assert count(db, "SELECT count(*) AS n FROM article") == 30
