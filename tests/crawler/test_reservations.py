"""What headers and meta tags ask, and whether it binds us."""

from __future__ import annotations

import pytest

from crawler.reservations import mining_choice, reserved_by_robots


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
    ("value", "reserved"),
    [("1", True), (" 1 , 1", True), ("0", False), ("0, 1", True), ("", None), ("10", None), ("yes", None)],
)
def test_one_reserves_the_rights_naught_gives_them_and_nothing_else_counts(
    value: str, reserved: bool | None
) -> None:
    assert mining_choice([value]) is reserved
