"""A network that answers for every host is told from outlets that are broken: real crawls, and the decision alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from crawler.items import SourceState
from crawler.outcomes import Outcome, failure_weight
from crawler.sources import SourceKind
from tests.crawler.crawling import limits_for, order_of, run
from tests.outlet import Outlet, Page

PORTAL = Page(
    body=b"<!DOCTYPE html><html><title>Welcome</title><a href='/login?room=1'>Log in to go on</a></html>"
)


@pytest.fixture
def outlets() -> Iterator[list[Outlet]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Outlet()) for _ in range(6)]


def test_page_that_every_host_shows_is_the_networks_own(outlets: list[Outlet]) -> None:
    for outlet in outlets[:4]:
        outlet.pages["/index"] = PORTAL
    state = SourceState(etag='"known"', body_hash="known", polled_before=True)
    kinds = (SourceKind.FEED, SourceKind.LISTING, SourceKind.SITEMAP, SourceKind.FEED)
    orders = [
        order_of(outlet.url("/index"), kind, state=state)
        for outlet, kind in zip(outlets, kinds, strict=False)
    ]
    good = order_of(outlets[4].url("/feed?n=2"))

    *captured, fine = run(*orders, good, limits=limits_for(*outlets)).sources

    assert [report.outcome for report in captured] == [Outcome.CAPTIVE_PORTAL] * 4
    assert all(report.entries == report.articles == () for report in captured)
    assert {(report.etag, report.body_hash) for report in captured} == {('"known"', "known")}
    assert "4 of 5 hosts gave the same page" in captured[0].outcomes[-1].detail
    assert (fine.outcome, len(fine.articles)) == (Outcome.OK, 2)
    assert failure_weight(Outcome.CAPTIVE_PORTAL) == 0  # it is no fault of the sources


def test_host_that_everybody_is_sent_to_is_the_networks_own(outlets: list[Outlet]) -> None:
    portal = outlets[5]
    for number, outlet in enumerate(outlets[:4]):
        there = portal.url(f"/login?from={number}")
        portal.pages[f"/login?from={number}"] = Page(body=b"<html>Log in, guest %d</html>" % number)
        outlet.pages["/index"] = Page(status=302, headers={"location": there})
    orders = [order_of(outlet.url("/index")) for outlet in outlets[:4]]

    reports = run(*orders, limits=limits_for(*outlets)).sources

    assert {report.outcome for report in reports} == {Outcome.CAPTIVE_PORTAL}


def test_same_page_at_two_hosts_of_six_is_their_own_trouble(outlets: list[Outlet]) -> None:
    for outlet in outlets[:2]:
        outlet.pages["/index"] = PORTAL
    orders = [order_of(outlet.url("/index")) for outlet in outlets[:2]]
    orders += [order_of(outlet.url("/feed?n=1")) for outlet in outlets[2:]]

    reports = run(*orders, limits=limits_for(*outlets)).sources

    assert [report.outcome for report in reports] == [Outcome.NOT_READ_FORMAT] * 2 + [Outcome.OK] * 4


def test_network_that_asks_for_a_login_by_its_status_is_captured(outlets: list[Outlet]) -> None:
    (report,) = run(order_of(outlets[0].url("/status?code=511")), limits=limits_for(*outlets)).sources

    assert report.outcome is Outcome.CAPTIVE_PORTAL
