"""The web's bad manners against a whole crawl: each ends as its named outcome, and the others do not suffer."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from crawler.items import CrawlOrder, CrawlReport
from crawler.outcomes import Outcome
from crawler.run import crawl
from crawler.sources import SourceKind
from tests.crawler.crawling import limits_for, order_of, run, run_one
from tests.outlet import Outlet

MANNERS = {
    "/304always": Outcome.UNCHANGED,
    "/status?code=404": Outcome.NOT_FOUND,
    "/status?code=403": Outcome.FORBIDDEN,
    "/status?code=500": Outcome.SERVER_ERROR,
    "/redirect-loop": Outcome.TOO_MANY_REDIRECTS,
    "/redirect-chain?n=9": Outcome.TOO_MANY_REDIRECTS,
    "/redirect?to=http://169.254.169.254/latest": Outcome.BLOCKED_ADDRESS,
    "/redirect?to=http://10.0.0.1/": Outcome.BLOCKED_ADDRESS,
    "/redirect?to=file:///etc/hostname": Outcome.REFUSED_URL,
    "/redirect?to=http://user:s3cret@127.0.0.1/": Outcome.REFUSED_URL,
    "/redirect?to=http://127.0.0.1:22/": Outcome.REFUSED_URL,
    "/garbage": Outcome.HTTP_ERROR,
    "/liar/short": Outcome.CUT_OFF,
    "/liar/reset": Outcome.CUT_OFF,
    "/liar/huge": Outcome.TOO_LARGE,
    "/infinite/body": Outcome.TOO_LARGE,
    "/infinite/headers": Outcome.TOO_LARGE,
    "/infinite/folded": Outcome.TOO_LARGE,
    "/infinite/1xx": Outcome.TOO_LARGE,
    "/bomb/gzip?mb=60": Outcome.TOO_LARGE,
    "/bomb/deflate?mb=60": Outcome.TOO_LARGE,
    "/bomb/br?mb=60": Outcome.TOO_LARGE,
    "/consent": Outcome.NOT_READ_FORMAT,
    "/feed?n=2": Outcome.OK,
}


@pytest.fixture(scope="module")
def bad_manners() -> Iterator[tuple[CrawlReport, Outlet]]:
    with Outlet() as outlet:
        orders = [order_of(outlet.url(path), source_id=path) for path in MANNERS]
        yield run(*orders, limits=limits_for(outlet, timeout=5.0)), outlet


@pytest.mark.parametrize("path", MANNERS)
def test_bad_manners_have_a_name(path: str, bad_manners: tuple[CrawlReport, Outlet]) -> None:
    crawl_report, _ = bad_manners
    (report,) = [source for source in crawl_report.sources if source.source_id == path]

    assert report.outcome is MANNERS[path], report.outcomes


def test_password_in_a_redirect_is_written_nowhere(bad_manners: tuple[CrawlReport, Outlet]) -> None:
    told = [outcome for source in bad_manners[0].sources for outcome in source.outcomes]

    assert not [
        outcome for outcome in told if "s3cret@" in outcome.detail or "s3cret@" in (outcome.moved_to or "")
    ]


def test_slow_hosts_do_not_hold_up_the_good_ones() -> None:
    with Outlet() as good, Outlet() as slow, Outlet() as silent:
        silent.robots = "hang"
        orders = (
            order_of(slow.url("/slow/headers")),
            order_of(slow.url("/slow/body")),
            order_of(silent.url("/feed")),
            order_of(good.url("/feed")),
        )
        came: list[str] = []
        limits = limits_for(good, slow, silent, timeout=2.0)

        crawl(
            CrawlOrder(order_id="slow", sources=orders, limits=limits),
            lambda report: came.append(report.source_id),
        )

    assert came[0] == orders[3].source.source_id


ROBOTS = {
    "missing": Outcome.OK,
    "deny": Outcome.ROBOTS_DISALLOWED,
    "500": Outcome.ROBOTS_UNKNOWN,
    "hang": Outcome.ROBOTS_UNKNOWN,
    "loop": Outcome.OK,
    "huge": Outcome.OK,
    "User-agent: *\nDisallow: /closed": Outcome.OK,
    "User-agent: cspwatch\nDisallow: /feed": Outcome.ROBOTS_DISALLOWED,
}


def test_robots_txt_is_obeyed() -> None:
    with contextlib.ExitStack() as stack:
        outlets = {robots: stack.enter_context(Outlet()) for robots in ROBOTS}
        for robots, outlet in outlets.items():
            outlet.robots = robots
        orders = [order_of(outlet.url("/feed?n=1"), source_id=robots) for robots, outlet in outlets.items()]

        report = run(*orders, limits=limits_for(*outlets.values(), timeout=2.0))

    assert {source.source_id: source.outcome for source in report.sources} == ROBOTS
    for robots, outlet in outlets.items():
        assert bool(outlet.paths()) is (ROBOTS[robots] is Outcome.OK), robots


def test_robots_txt_of_the_host_a_redirect_leads_to_is_obeyed() -> None:
    with Outlet() as outlet, Outlet() as other:
        other.robots = "deny"
        order = order_of(outlet.url(f"/redirect?to={other.url('/feed')}"))

        report = run_one(order, limits=limits_for(outlet, other))

    assert report.outcome is Outcome.ROBOTS_DISALLOWED
    assert other.paths() == []


def test_certificate_that_is_not_valid_is_not_trusted() -> None:
    kinds = ("wrong-name", "expired", "self-signed")
    with contextlib.ExitStack() as stack:
        outlets = [stack.enter_context(Outlet(tls=kind)) for kind in kinds]

        report = run(*(order_of(outlet.url("/feed")) for outlet in outlets), limits=limits_for(*outlets))

    for kind, outlet, source in zip(kinds, outlets, report.sources, strict=True):
        assert source.outcome is Outcome.TLS_INVALID, (kind, source.outcomes)
        assert "certificate" in source.outcomes[-1].detail
        assert outlet.seen == [], kind


def test_exception_for_one_source_holds_for_no_other_even_of_its_host() -> None:
    with Outlet(tls="self-signed") as outlet, Outlet(tls="expired", address="127.0.0.2") as other:
        excepted = order_of(outlet.url("/feed?n=1"), verify_certificate=False)
        report = run(
            excepted,
            order_of(outlet.url("/listing?n=1"), SourceKind.LISTING),
            order_of(other.url("/feed?n=1")),
            limits=limits_for(outlet, other),
        )
        again = run_one(excepted, limits=limits_for(outlet))

    read, of_its_host, of_another = report.sources
    for one in (read, again):
        assert (one.outcome, len(one.articles)) == (Outcome.OK, 1)
    assert of_its_host.outcome is of_another.outcome is Outcome.TLS_INVALID
    assert not [seen for seen in outlet.seen if seen.path.startswith("/listing")]
    assert read.site_files == ()  # others must not go by what came unverified


def test_crawl_that_must_not_verify_reads_a_self_signed_outlet() -> None:
    with Outlet(tls="self-signed") as outlet:
        report = run_one(
            order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet, verify_certificates=False)
        )

    assert report.outcome is Outcome.OK


def test_refused_connection_and_unknown_name_are_told_apart() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        netloc = f"127.0.0.1:{free.getsockname()[1]}"
    orders = (order_of(f"http://{netloc}/feed"), order_of("http://nobody.invalid/feed"))

    report = run(*orders, limits=limits_for(allowed_addresses=frozenset({netloc})))

    assert [source.outcome for source in report.sources] == [Outcome.UNREACHABLE, Outcome.DNS_FAILED]
