"""What sites ask of machines, kept in the log over polls, processes and sources."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from crawler.items import CrawlOrder, FetchKind, SiteFile
from crawler.outcomes import Outcome
from crawler.run import crawl
from monitor.clock import SystemClock
from monitor.database import rows, writing
from monitor.sitelog import KEPT_FOR, prune_site_files, site_files, store_site_files
from monitor.sourcelog import due_sources, make_due
from tests.crawler.crawling import limits_for
from tests.fakes import NOW, make_source, new_log, report_of
from tests.intaking import take_in
from tests.outlet import Outlet

ORIGIN = "https://outlet.example"
FILE = SiteFile(
    origin=ORIGIN,
    kind=FetchKind.ROBOTS,
    read_at=NOW,
    due_at=NOW + timedelta(days=1),
    body=b"User-agent: *\nDisallow: /x\n\xff",
    etag='"a"',
)


def test_polls_of_a_day_ask_for_the_rules_of_a_host_once(tmp_path: Path) -> None:
    with Outlet() as outlet:
        outlet.robots = "User-agent: *\nDisallow: /closed\n"
        sources = [make_source(name, url=outlet.url(f"/feed?n={n}")) for name, n in (("a", 2), ("b", 3))]
        with closing(new_log(tmp_path, *sources)) as db:
            for number in range(4):
                now = SystemClock().now()
                with writing(db):
                    make_due(db, now)
                orders = tuple(due_sources(db, now, 10))
                order = CrawlOrder(order_id=str(number), sources=orders, limits=limits_for(outlet))
                report = crawl(order)
                assert {source.outcome for source in report.sources} <= {Outcome.OK, Outcome.UNCHANGED}
                take_in(db, report, now)
            asked = Counter(seen.path for seen in outlet.seen)
            uses = rows(db, "SELECT source_id, origin FROM site_use ORDER BY source_id")

    assert asked["/robots.txt"] == 1
    assert asked["/.well-known/tdmrep.json"] == 1
    assert [(row["source_id"], row["origin"]) for row in uses] == [
        ("a", f"http://{outlet.netloc}"),
        ("b", f"http://{outlet.netloc}"),
    ]


def test_a_site_file_comes_back_as_it_was_read_and_the_newer_one_wins(tmp_path: Path) -> None:
    newer = replace(
        FILE, read_at=NOW + timedelta(hours=1), due_at=NOW + timedelta(hours=25), is_there=False, body=b""
    )
    with closing(new_log(tmp_path, make_source("a"), make_source("b"))) as db, writing(db):
        store_site_files(db, replace(report_of(source="a"), site_files=(FILE,), origins=(ORIGIN,)))
        assert site_files(db, "a", NOW) == (FILE,)
        store_site_files(db, replace(report_of(source="b"), site_files=(newer,), origins=(ORIGIN,)))
        store_site_files(db, replace(report_of(source="a"), site_files=(FILE,)))

        assert site_files(db, "a", NOW) == site_files(db, "b", NOW) == (newer,)


def test_files_that_serve_no_longer_are_neither_handed_out_nor_kept(tmp_path: Path) -> None:
    later = NOW + KEPT_FOR + timedelta(minutes=1)
    with closing(new_log(tmp_path, make_source("a"))) as db, writing(db):
        store_site_files(db, replace(report_of(source="a"), site_files=(FILE,), origins=(ORIGIN,)))

        assert site_files(db, "a", later) == ()
        assert prune_site_files(db, NOW) == 0
        assert prune_site_files(db, later) == 1
        assert rows(db, "SELECT * FROM site_use") == []
