"""No request reaches a private address, whatever an outlet says: hostile URLs in a network of the test's own."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from crawler.items import CrawlOrder
from crawler.outcomes import Outcome
from tests.crawler.crawling import limits_for, order_of
from tests.outlet import Outlet

ROOT = Path(__file__).parents[2]
NAMESPACE = ["unshare", "--net", "--map-root-user"]


def can_make_namespaces() -> bool:
    try:
        return (
            subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False, timeout=10).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.fixture(scope="module")
def hostile() -> dict[str, Any]:
    if not can_make_namespaces():
        pytest.skip("this system lets no user make a network namespace (unshare --net --map-root-user)")
    command = [*NAMESPACE, sys.executable, "-m", "tests.crawler.namespace_crawl"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_no_hostile_url_reaches_a_private_address(hostile: dict[str, Any]) -> None:
    tried = [name for name in hostile["outcomes"] if name.startswith(("direct", "redirect"))]

    assert len(tried) > 130
    assert {address: seen for address, seen in hostile["reached"].items() if seen[0]} == {}


def test_every_hostile_url_ends_with_a_reason(hostile: dict[str, Any]) -> None:
    named = {
        Outcome.BLOCKED_ADDRESS,
        Outcome.REFUSED_URL,
        Outcome.DNS_FAILED,
        Outcome.UNREACHABLE,
        Outcome.TOO_MANY_REDIRECTS,
        Outcome.NOT_FOUND,  # resolved against the public outlet, which has no such page
    }
    unnamed = {
        name: outcome
        for name, outcome in hostile["outcomes"].items()
        if name.startswith(("direct", "redirect")) and outcome not in named
    }

    assert unnamed == {}
    assert hostile["note"] == ""


def test_public_outlet_is_read_in_the_same_crawl(hostile: dict[str, Any]) -> None:
    for name in ("good feed", "good sitemap", "good redirect"):
        assert hostile["outcomes"][name] == Outcome.OK
        assert hostile["articles"][name] >= 2


def test_no_local_file_and_no_password_comes_out(hostile: dict[str, Any]) -> None:
    hostname = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").exists() else ""

    assert not hostname or hostname not in hostile["text"]
    assert not [detail for detail in hostile["details"] if "user:pw" in detail]


def crawl_without_guard(order: CrawlOrder, pipe: Connection) -> None:
    """A crawl process in which the guard was lost, as by another reactor or download handler."""
    from crawler.spiders import process

    process.install_guard = lambda *_: None  # type: ignore[assignment]
    process.run_crawl(order, pipe)


def test_crawl_process_that_lost_its_guard_refuses_to_crawl() -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with Outlet() as outlet:
        order = CrawlOrder(order_id="x", sources=(order_of(outlet.url("/feed")),), limits=limits_for(outlet))
        process = context.Process(target=crawl_without_guard, args=(order, theirs))
        process.start()
        theirs.close()
        said = ours.recv()
        process.join(30)

    assert "the address guard does not hold" in said
    assert outlet.seen == []
