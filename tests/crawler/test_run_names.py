"""Names that lie: a real DNS server, a real crawl, in namespaces of the test's own. And outlets over IPv6."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crawler.outcomes import Outcome
from tests.crawler.crawling import limits_for, order_of, run_one
from tests.outlet import Outlet

ROOT = Path(__file__).parents[2]
NAMESPACE = ["unshare", "--net", "--mount", "--map-root-user"]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("names")
    resolv = folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", encoding="utf-8")
    probe = [*NAMESPACE, "mount", "--bind", str(resolv), "/etc/resolv.conf"]
    try:
        possible = subprocess.run(probe, capture_output=True, check=False, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        possible = False
    if not possible:
        pytest.skip("this system lets no user make network and mount namespaces")
    command = [*NAMESPACE, sys.executable, "-m", "tests.crawler.namespace_names", str(resolv)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_no_name_leads_to_a_private_address(names: dict[str, Any]) -> None:
    assert names["private_connections"] == 0
    assert names["private"] == []
    for name in ("private.test", "mapped.test", "local6.test"):
        assert names["first"][name] == Outcome.BLOCKED_ADDRESS


def test_name_that_changes_its_answer_is_blocked_when_it_does(names: dict[str, Any]) -> None:
    assert names["first"]["rebind.test"] == Outcome.OK
    assert names["second"]["rebind.test"] == Outcome.BLOCKED_ADDRESS
    assert names["second"]["good.test"] == Outcome.OK


def test_name_with_a_public_and_a_private_address_is_read_at_the_public_one(names: dict[str, Any]) -> None:
    assert names["first"]["mixed.test"] == Outcome.OK


def test_server_of_names_that_fails_or_is_silent_costs_its_own_sources_only(names: dict[str, Any]) -> None:
    for name in ("dead.test", "silent.test"):
        assert names["first"][name] in {Outcome.DNS_FAILED, Outcome.TIMED_OUT}, names["first"]
    assert names["first"]["good.test"] == Outcome.OK


def test_outlet_that_moved_to_another_address_is_read_at_the_next_poll(names: dict[str, Any]) -> None:
    assert names["first"]["move.test"] in {Outcome.UNREACHABLE, Outcome.TIMED_OUT}
    assert names["second"]["move.test"] == Outcome.OK


def test_outlets_without_ipv4_are_read(names: dict[str, Any]) -> None:
    for name in ("six.test", "both.test", "[2001:4860:4860::8888]", "good.test"):
        assert names["first"][name] == Outcome.OK, names["first"]
    assert names["public"][1] >= 2
    assert names["first"]["unknown.test"] == Outcome.DNS_FAILED


def test_local_outlet_over_ipv6_is_read_where_it_is_allowed() -> None:
    try:
        with Outlet(address="::1") as outlet:
            netloc = f"[::1]:{outlet.port}"
            report = run_one(
                order_of(f"http://{netloc}/feed?n=1"),
                limits=limits_for(allowed_addresses=frozenset({netloc})),
            )
            refused = run_one(order_of(f"http://{netloc}/feed?n=1"), limits=limits_for())
    except AssertionError as error:
        if "did not start" in str(error):
            pytest.skip("this machine has no IPv6 on loopback")
        raise

    assert report.outcome is Outcome.OK
    assert refused.outcome is Outcome.REFUSED_URL  # the port is none of the web's
