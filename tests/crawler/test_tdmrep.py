"""tdmrep.json of the TDM Reservation Protocol: which texts of a site are reserved."""

from __future__ import annotations

import json

import pytest

from crawler.tdmrep import MAX_RULES, MiningRules, mining_rules

SITE = "https://outlet.example"


def rules(*entries: object) -> MiningRules:
    return mining_rules(json.dumps(list(entries)).encode())


def rule(location: str, reserved: object) -> dict[str, object]:
    return {"location": location, "tdm-reservation": reserved}


@pytest.mark.parametrize(
    ("entries", "path", "reserved"),
    [
        ([rule("/", 1)], "/news/a", True),
        ([rule("/", 0)], "/news/a", False),
        ([rule("*", 1)], "/news/a", True),
        ([rule("/news/", 1)], "/blog/a", False),
        ([rule("/", 1), rule("/press/", 0)], "/press/a", False),
        ([rule("/", 0), rule("/news/", 1)], "/news/a", True),
        ([rule("/*/premium/", 1)], "/en/premium/a", True),
        ([rule("/a$", 1)], "/ab", False),
        ([rule("/a", 0), rule("/a", 1)], "/a", True),  # of two equal ones the one that reserves
        ([rule("/", "1")], "/a", True),
        ([rule("/", True)], "/a", False),
        ([rule("/", 2)], "/a", False),
        ([rule("/ü", 1)], "/%C3%BC", True),
        ([rule("/x\nDisallow: /", 1)], "/a", False),
        (["/", 7, None, {"location": 1, "tdm-reservation": 1}], "/a", False),
    ],
)
def test_the_longest_location_that_matches_decides(entries: list[object], path: str, reserved: bool) -> None:
    assert (rules(*entries).reason(SITE + path) is not None) is reserved


def test_one_rule_without_a_list_is_read_and_the_policy_is_named() -> None:
    body = b'\xef\xbb\xbf{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://outlet.example/p"}'

    assert mining_rules(body).reason(SITE + "/a") == (
        "tdmrep.json of outlet.example reserves text and data mining (policy: https://outlet.example/p)"
    )


@pytest.mark.parametrize("body", [b"", b"<html>not found</html>", b"\xff\xfe", b"[" * 100_000, b"12", b'"a"'])
def test_what_is_no_such_file_reserves_nothing(body: bytes) -> None:
    assert mining_rules(body).reason(SITE + "/a") is None


def test_rules_past_a_bound_do_not_count() -> None:
    entries = [rule(f"/open/{number}", 0) for number in range(MAX_RULES)]

    assert rules(*entries, rule("/", 1)).reason(SITE + "/a") is None
