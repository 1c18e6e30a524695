"""What outlets do wrong, many at once, against a whole crawl within tight limits: named, bounded, the others unaffected."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from fastwarc.stream_io import ZstdWriter

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, SourceReport
from crawler.outcomes import Outcome
from crawler.run import crawl
from crawler.sources import SourceKind
from tests.crawler.crawling import limits_for, order_of, run, run_one
from tests.crawler.memory import MIB, Peaks
from tests.outlet import Outlet, Page
from tests.outlet_pages import rss


def by_id(report: CrawlReport) -> dict[str, SourceReport]:
    return {source.source_id: source for source in report.sources}


def test_proxy_of_the_environment_is_not_used(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert run_one(order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet)).outcome is Outcome.OK


def test_index_that_moved_to_another_site_is_not_read_until_a_person_confirms(outlet: Outlet) -> None:
    with Outlet(address="127.0.0.2") as parked:
        order = order_of(outlet.url(f"/redirect?code=301&to={parked.url('/feed?n=3')}"))

        report = run_one(order, limits=limits_for(outlet, parked))

    assert (report.outcome, report.entries) == (Outcome.HTTP_ERROR, ())
    assert f"confirm by setting url to {parked.url('/feed?n=3')}" in report.outcomes[-1].detail


@pytest.mark.parametrize("path", ["/robots.txt", "/.well-known/tdmrep.json"])
def test_site_file_that_leads_to_the_metadata_service_reaches_nothing(outlet: Outlet, path: str) -> None:
    outlet.pages[path] = Page(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

    report = run_one(order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet))

    ends = {end.url: end.outcome for end in report.outcomes}
    assert ends[outlet.url(path)] is Outcome.BLOCKED_ADDRESS
    # Without its rules a site is not read; without a reservation its articles are.
    assert report.outcome is (Outcome.BLOCKED_ADDRESS if path == "/robots.txt" else Outcome.OK)


def test_page_that_refreshes_itself_sends_nobody_elsewhere(outlet: Outlet) -> None:
    with Outlet(address="127.0.0.2") as other:
        outlet.pages["/article/1"] = Page(
            body=f'<html><meta http-equiv="refresh" content="0; url={other.url("/article/9")}"></html>'.encode()
        )

        report = run_one(order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet, other))

    assert other.seen == []
    assert not [article for article in report.articles if len(article.text) > 200]


def test_calendar_without_an_end_costs_no_more_than_its_budget(outlet: Outlet) -> None:
    report = run_one(
        order_of(outlet.url("/calendar/2026/3"), SourceKind.LISTING),
        limits=limits_for(outlet, max_pages_per_source=12),
    )

    assert len(outlet.seen) <= 12
    assert report.outcome in {Outcome.OK, Outcome.EMPTY, Outcome.NOT_READ_FORMAT}


def layers(count: int) -> Page:
    body = rss("http://outlet.example", 1).encode()
    for _ in range(count):
        body = gzip.compress(body, 1)
    encoding = ", ".join(["gzip"] * count)
    return Page(body=body, content_type="application/rss+xml", headers={"Content-Encoding": encoding})


def bombs(size: int) -> dict[str, Page]:
    """`size` blanks in every packing, made beforehand: the outlet must not be what takes long."""
    zstd = BytesIO()
    with ZstdWriter(zstd) as packed:
        for _ in range(size // MIB):
            packed.write(bytes(MIB))
    bodies = {
        "gzip": _packed(size, zlib.compressobj(6, zlib.DEFLATED, 31)),
        "deflate": _packed(size, zlib.compressobj(6)),
        "br": _packed(size, import_module("brotli").Compressor(quality=1)),
        "zstd": zstd.getvalue(),
    }
    pages = {
        f"/{name}": Page(body=body, content_type="application/rss+xml", headers={"Content-Encoding": name})
        for name, body in bodies.items()
    }
    return pages | {"/sitemap.xml.gz": Page(body=bodies["gzip"], content_type="application/gzip")}


def _packed(size: int, compressor: Any) -> bytes:
    pack = getattr(compressor, "compress", None) or compressor.process
    end = getattr(compressor, "flush" if hasattr(compressor, "compress") else "finish")
    return b"".join([pack(bytes(MIB)) for _ in range(size // MIB)] + [end()])


@pytest.mark.slow
def test_bombs_end_by_name_in_little_memory(outlet: Outlet) -> None:
    outlet.pages |= bombs(900 * MIB) | {"/layers": layers(1000)}
    orders = [
        order_of(
            outlet.url(path),
            SourceKind.SITEMAP if "sitemap" in path else SourceKind.FEED,
            source_id=path,
        )
        for path in outlet.pages
    ]

    with Peaks() as peaks:
        report = run(*orders, limits=limits_for(outlet, timeout=15.0))

    assert report.note == ""
    assert 0 < peaks.largest < 250 * MIB, peaks.of_processes
    ends = {name: source.outcome for name, source in by_id(report).items()}
    assert all(ends[path] is Outcome.TOO_LARGE for path in ("/gzip", "/deflate", "/br", "/sitemap.xml.gz")), (
        ends
    )
    # A packing that nobody asked for stays packed: bytes that are no feed.
    assert ends["/zstd"] in {Outcome.TOO_LARGE, Outcome.NOT_READ_FORMAT}
    assert ends["/layers"] in {Outcome.OK, Outcome.TOO_LARGE, Outcome.NOT_READ_FORMAT}


ENDLESS = {
    "/infinite/headers": Outcome.TOO_LARGE,
    "/infinite/body": Outcome.TOO_LARGE,
    "/infinite/1xx": Outcome.TOO_LARGE,
    "/infinite/header-line": None,  # ended by the line limit of the HTTP parser
    "/slow/headers": Outcome.TIMED_OUT,
    "/slow/body": Outcome.TIMED_OUT,
    "/slow/never": Outcome.TIMED_OUT,
}


@pytest.mark.slow
def test_seven_hosts_without_an_end_do_not_hold_up_twenty_good_ones() -> None:
    with contextlib.ExitStack() as stack:
        bad = {path: stack.enter_context(Outlet()) for path in ENDLESS}
        good = [stack.enter_context(Outlet()) for _ in range(20)]
        orders = [order_of(outlet.url(path), source_id=path) for path, outlet in bad.items()]
        orders += [order_of(outlet.url("/feed?n=1"), source_id=f"good-{n}") for n, outlet in enumerate(good)]
        came: list[str] = []
        limits = limits_for(*bad.values(), *good, timeout=4.0, wall_time=timedelta(minutes=2))

        with Peaks() as peaks:
            report = crawl(
                CrawlOrder(order_id="endless", sources=tuple(orders), limits=limits),
                lambda source: came.append(source.source_id),
            )

    assert report.note == ""
    assert 0 < peaks.largest < CrawlLimits().memory, peaks.of_processes
    assert peaks.grown < 20 * MIB
    sources = by_id(report)
    slow = [path for path in ENDLESS if "slow" in path]
    assert set(came[-len(slow) :]) == set(slow)  # everybody else was done before
    elapsed = [end.elapsed for path in ENDLESS for end in sources[path].outcomes]
    assert max(elapsed) < timedelta(seconds=4 + 5)  # the time limit of a request, and a busy machine
    for number in range(20):
        source = sources[f"good-{number}"]
        assert (source.outcome, len(source.articles)) == (Outcome.OK, 1)
    for path, expected in ENDLESS.items():
        assert sources[path].articles == ()
        assert sources[path].outcome is not Outcome.OK
        assert expected in (None, sources[path].outcome), (path, sources[path].outcomes)


HOSTILE_FEEDS = {
    "attributes": "<rss><channel><item "
    + " ".join(f"a{n}='1'" for n in range(200_000))
    + "><title>x</title></item></channel></rss>",
    "deep": "<rss><channel>" + "<a>" * 200_000 + "</channel></rss>",
    "wide": "<rss><channel>"
    + "".join(f"<item><title>t{n}</title><link>http://a.example/{n}</link></item>" for n in range(40_000))
    + "</channel></rss>",
    "huge": "<rss><channel><item><title>" + "t" * 6_000_000 + "</title></item></channel></rss>",
    "laughs": '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    "<rss><channel><item><title>&b;</title></item></channel></rss>",
    "file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    "<rss><channel><item><title>&x;</title></item></channel></rss>",
}


@pytest.mark.slow
def test_hostile_feeds_are_named_or_capped_and_the_good_ones_read(outlet: Outlet) -> None:
    with open("/etc/hostname") as file:
        hostname = file.read().strip()
    with contextlib.ExitStack() as stack:
        good = [stack.enter_context(Outlet()) for _ in range(10)]
        orders = [
            order_of(one.url("/feed?n=2"), source_id=f"good-{number}") for number, one in enumerate(good)
        ]
        for name, feed in HOSTILE_FEEDS.items():
            body = f'<?xml version="1.0"?>{feed}'.encode()
            outlet.pages[f"/{name}"] = Page(body=body, content_type="application/rss+xml")
            orders.append(order_of(outlet.url(f"/{name}"), source_id=name))

        with Peaks() as peaks:
            report = run(*orders, limits=limits_for(outlet, *good, workers=2, wall_time=timedelta(minutes=3)))

    assert report.note == ""
    assert 0 < peaks.largest < CrawlLimits().memory, peaks.of_processes
    assert peaks.grown < 20 * MIB
    sources = by_id(report)
    assert {sources[f"good-{number}"].outcome for number in range(10)} == {Outcome.OK}
    assert all(len(sources[f"good-{number}"].articles) == 2 for number in range(10))
    for name in HOSTILE_FEEDS:
        assert len(sources[name].entries) <= 2_000, name
        assert not [entry for entry in sources[name].entries if hostname in entry.title]
    for name in ("laughs", "file"):
        assert sources[name].outcome is Outcome.NOT_READ_FORMAT
        assert "DTD" in sources[name].outcomes[-1].detail
