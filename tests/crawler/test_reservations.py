"""What headers and meta tags ask, and whether it binds us."""

from __future__ import annotations

import pytest

from crawler.reservations import reserved_by_robots, reserved_for_mining


@pytest.mark.parametrize(
    ("value", "directive"),
    [
        ("noarchive", "noarchive"),
        ("NoIndex, NoArchive", "noarchive"),
        ("cspwatch: noarchive", "noarchive"),
        ("*: noai", "noai"),
        ("otherbot: noarchive", None),
        ("otherbot: noindex, noarchive", None),
        ("otherbot: noindex, cspwatch: noai", "noai"),
        ("unavailable_after: 25 Jun 2031 15:00:00 PST, noarchive", "noarchive"),
        ("max-snippet: 20, noimageai", None),
        ("noindex", None),
        ("", None),
    ],
)
def test_directives_bind_us_or_another_bot(value: str, directive: str | None) -> None:
    assert reserved_by_robots([value]) == directive


@pytest.mark.parametrize(
    ("value", "reserved"), [("1", True), (" 1 , 1", True), ("0", False), ("", False), ("10", False)]
)
def test_only_one_reserves_the_rights(value: str, reserved: bool) -> None:
    assert reserved_for_mining([value]) is reserved
