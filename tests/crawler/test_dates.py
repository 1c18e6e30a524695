"""Date texts: one reading or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.cleaning import clean_line, clean_text
from crawler.dates import parse_date, url_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-14T10:00:00+08:00", "2026-03-14T02:00"),
        ("2026-03-14", "2026-03-14T00:00"),
        ("2026-03-14 10:00:00 +0000 UTC", "2026-03-14T10:00"),
        ("20260314T100000Z", "2026-03-14T10:00"),
        ("Sat, 14 Mar 2026 10:00:00 EST", "2026-03-14T15:00"),
        ("Sat Mar 14 10:00:00 2026", "2026-03-14T10:00"),
        ("2026年3月14日 10:05", "2026-03-14T10:05"),
        ("2026년 3월 14일", "2026-03-14T00:00"),
        ("14. März 2026, 10:15 Uhr", "2026-03-14T10:15"),
        ("March 14, 2026 3:05 pm", "2026-03-14T15:05"),
        ("14 de marzo de 2026", "2026-03-14T00:00"),
        ("13/04/2026", "2026-04-13T00:00"),
        ("1773482400", "2026-03-14T10:00"),
    ],
)
def test_dates_in_many_forms(text: str, expected: str) -> None:
    assert parse_date(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "03/04/2026", "2026-02-30", "9999-12-31", "1970-01-01", "9" * 5000, "2024 MW", "Founded in 1998", "2026",
     "2026-03-14T10:00:00+99:00", "Thu, 32 Foo 2026 10:00:00 GMT"],
)  # fmt: skip
def test_what_has_no_or_two_readings_is_no_date(text: str) -> None:
    assert parse_date(text) is None


def test_dates_in_addresses() -> None:
    assert url_date("https://news.example/2026/03/14/x") == datetime(2026, 3, 14, tzinfo=UTC)
    assert url_date("https://news.example/news-20260314-x") == datetime(2026, 3, 14, tzinfo=UTC)
    assert url_date("https://news.example/1234567890") is None
    assert url_date("https://news.example/x?from=2026-03-14") is None


def test_cleaning_keeps_text_and_drops_what_cannot_be_seen() -> None:
    assert clean_text("a\x00b\r\nc\x1b\x9f\u202ed\u200be\u0301\ud83d\tf") == "ab\ncdé\ufffd\tf"
    assert clean_text("می\u200cخواهم") == "می\u200cخواهم"
    assert clean_text("a\u200cb") == "ab"
    assert clean_line("  a \n b\xa0c  ", 4) == "a b…"
