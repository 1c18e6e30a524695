"""Where crawls run: threads here and a Dask cluster give the same log, and a worker that dies loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crawler.items import CrawlOrder, CrawlReport, SourceOrder, SourceReport
from crawler.outcomes import Outcome
from crawler.sources import Source, SourceKind
from monitor.database import open_database, rows
from monitor.engine import Engine
from monitor.errors import MonitorError
from monitor.poller import Poller
from tests.clocks import HandClock
from tests.crawler.crawling import limits_for
from tests.fakes import NOW, make_source, new_log
from tests.outlet import Outlet

if TYPE_CHECKING:
    from sqlite_utils import Database

#: What must be the same wherever a crawl ran: everything but times, order ids and the order of arrival.
COMPARED = {
    "source": "source_id, last_outcome, etag, body_hash, failure_score, poll_reason, conditional",
    "seen": "source_id, url_key, entry_key, title_key, state, tries, baseline",
    "poll": "source_id, outcome, detail, entries, new_entries, articles, new_articles, left_out, requests, bytes",
    "fetch": "source_id, url, kind, outcome, status, detail, size",
    "article": "source_id, url, url_key, title, language, author, published, completeness",
}


#: One outlet each: an article that two of them name would belong to whichever came first.
PATHS = {
    "feed": ("/feed?n=3", SourceKind.FEED),
    "atom": ("/atom?n=4", SourceKind.FEED),
    "listing": ("/listing?n=5", SourceKind.LISTING),
    "sitemap": ("/sitemap/news?n=6", SourceKind.SITEMAP),
    "broken": ("/status?code=500", SourceKind.FEED),
    "missing": ("/nothing-here", SourceKind.FEED),
}


@pytest.fixture
def outlets() -> Iterator[dict[str, Outlet]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(Outlet()) for name in PATHS}


def poll_all(folder: Path, outlets: dict[str, Outlet], engine: Engine) -> Database:
    """One round over every outlet, into a log in `folder`."""
    folder.mkdir()
    sources = [
        Source(source_id=name, name=name, url=outlets[name].url(path), kind=kind)
        for name, (path, kind) in PATHS.items()
    ]
    db = new_log(folder, *sources)
    poller = Poller(
        lambda: open_database(folder / "cspwatch.db"),
        engine,
        limits=limits_for(*outlets.values()),
        clock=HandClock(NOW),
        crawls=2,
        sources_per_crawl=3,
    )
    while poller.poll(db) or poller.busy:
        poller.wait(timeout=0.2)
    return db


def told(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted((tuple(row.values()) for row in rows(db, f"SELECT {columns} FROM {table}")), key=repr)
        for table, columns in COMPARED.items()
    }


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="the optional package 'distributed' is missing")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as local:
        yield local


@pytest.mark.slow
def test_cluster_gives_the_same_log_as_threads(
    tmp_path: Path, outlets: dict[str, Outlet], cluster: Any
) -> None:
    stop = threading.Event()
    here, there = (
        Engine(crawls=2, stop=stop),
        Engine(crawls=2, stop=stop, dask=cluster.scheduler_address),
    )
    try:
        by_threads = poll_all(tmp_path / "threads", outlets, here)
        by_cluster = poll_all(tmp_path / "cluster", outlets, there)
    finally:
        here.close(wait=True)
        there.close(wait=True)

    with closing(by_threads), closing(by_cluster):
        expected = told(by_threads)
        assert len(expected["article"]) == 18
        assert {row[1] for row in expected["source"]} == {"ok", "server-error", "not-found"}
        assert told(by_cluster) == expected


class KillsItsWorker:
    """A crawl whose worker is killed the first time it is asked to do order work; then the real one."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(
        self, order: CrawlOrder, on_source: object = None, *, stop: threading.Event | None = None
    ) -> CrawlReport:
        from crawler.run import crawl

        if not self.mark.exists():
            self.mark.write_text("killed", encoding="utf-8")
            # In the middle of the crawl: as soon as the first source is finished.
            return crawl(order, lambda _report: os.kill(os.getpid(), signal.SIGKILL))
        return crawl(order)


@pytest.mark.slow
def test_killed_worker_loses_nothing(tmp_path: Path, outlets: dict[str, Outlet], cluster: Any) -> None:
    stop = threading.Event()
    mark = tmp_path / "killed"
    quiet = Engine(crawls=2, stop=stop)
    killed = Engine(crawls=2, stop=stop, dask=cluster.scheduler_address, crawl=KillsItsWorker(mark))
    try:
        expected = poll_all(tmp_path / "quiet", outlets, quiet)
        found = poll_all(tmp_path / "kill", outlets, killed)
    finally:
        quiet.close(wait=True)
        killed.close(wait=True)

    with closing(expected), closing(found):
        assert mark.exists()
        assert told(found) == told(expected)


def test_order_is_done_only_when_its_reports_were_handed_over() -> None:
    taken: list[str] = []

    def crawl(
        order: CrawlOrder, on_source: Any = None, *, stop: threading.Event | None = None
    ) -> CrawlReport:
        reports = tuple(
            SourceReport(source_id=item.source.source_id, outcome=Outcome.UNCHANGED) for item in order.sources
        )
        for report in reports:
            on_source(report)
        return CrawlReport(order_id=order.order_id, started_at=NOW, finished_at=NOW, sources=reports)

    def take(report: SourceReport) -> None:
        time.sleep(0.05)
        taken.append(report.source_id)

    engine = Engine(crawls=1, stop=threading.Event(), crawl=crawl)
    order = CrawlOrder(order_id="a", sources=(SourceOrder(source=make_source()),))
    report = engine.submit(order, take).result(timeout=10)
    engine.close(wait=True)

    assert taken == [source.source_id for source in report.sources]


def test_order_that_a_cluster_does_not_answer_is_given_up_on_stop(cluster: Any) -> None:
    stop = threading.Event()
    engine = Engine(crawls=1, stop=stop, dask=cluster.scheduler_address)
    with Outlet() as outlet:
        limits = limits_for(outlet, timeout=20.0, wall_time=timedelta(seconds=20))
        source = make_source(url=outlet.url("/slow/never"))
        order = CrawlOrder(order_id="never", sources=(SourceOrder(source=source),), limits=limits)
        future = engine.submit(order, lambda _report: None)
        time.sleep(0.3)
        stop.set()

        with pytest.raises(MonitorError, match="stopped on request"):
            future.result(timeout=10)
    engine.close(wait=True)


def test_scheduler_that_is_not_there_is_named() -> None:
    pytest.importorskip("distributed", reason="the optional package 'distributed' is missing")

    with pytest.raises(MonitorError, match=r"tcp://127\.0\.0\.1:9.*Start one"):
        Engine(crawls=1, stop=threading.Event(), dask="tcp://127.0.0.1:9")
