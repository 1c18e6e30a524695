"""Decisions of the spiders that need no network: what to read, what a header says, which sitemap is worth it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import CrawlLimits, Entry, SourceState
from crawler.readings import SitemapReading
from crawler.sources import SourceKind
from crawler.spiders import SPIDER_KINDS
from crawler.spiders.choosing import choose, newest_first
from crawler.spiders.fetching import slot_of
from crawler.spiders.headers import charset_of, max_age_of, retry_after_of
from crawler.spiders.sitemap import worth_reading

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN = SourceState(polled_before=True)


def entry(name: str, published: datetime | None = None, **fields: object) -> Entry:
    return Entry(url=f"https://a.example/{name}", url_key=name, key=name, published=published, **fields)  # type: ignore[arg-type]


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [one.url_key for one in entries]


def test_every_kind_of_source_has_its_function() -> None:
    assert set(SPIDER_KINDS) == set(SourceKind)


def test_newest_come_first_and_undated_last_in_the_order_of_the_index() -> None:
    entries = (
        entry("x"),
        entry("old", NOW - DAY),
        entry("y"),
        entry("new", NOW),
        entry("x"),
        entry("mid", modified=NOW - HOUR),
    )

    assert names(newest_first(entries)) == ["new", "mid", "old", "x", "y"]


def test_known_and_old_entries_are_not_read() -> None:
    entries = (entry("new", NOW), entry("by-key", NOW), entry("seen", NOW), entry("old", NOW - 20 * DAY))
    state = SourceState(known_keys=frozenset({"by-key", "seen"}), polled_before=True)

    choice = choose(entries, state, CrawlLimits(), NOW)

    assert names(choice.read) == ["new"]
    assert choice.later == ()


def test_what_is_over_the_limit_comes_later_but_not_the_undated_past_of_a_sitemap() -> None:
    entries = (*(entry(f"d{number}", NOW - number * HOUR) for number in range(3)), entry("u1"), entry("u2"))
    limits = CrawlLimits(max_articles_per_source=2)

    first = choose(entries, SourceState(), limits, NOW, names_all_past=True)
    feed = choose(entries, SourceState(), limits, NOW)
    usual = choose(entries, KNOWN, limits, NOW, names_all_past=True)

    assert names(first.read) == names(feed.read) == names(usual.read) == ["d0", "d1"]
    assert names(first.later) == ["d2"]
    assert names(feed.later) == names(usual.later) == ["d2", "u1", "u2"]


def test_what_costs_no_request_stands_under_no_limit_and_is_read_whatever_its_age_at_first() -> None:
    entries = (*(entry(f"free{number}", NOW - number * 5 * DAY) for number in range(5)), entry("page", NOW))
    limits = CrawlLimits(max_articles_per_source=1)

    def choice(state: SourceState) -> list[str]:
        return names(choose(entries, state, limits, NOW, is_free=lambda one: "free" in one.url).read)

    assert choice(SourceState()) == ["free0", "free1", "free2", "free3", "free4", "page"]
    assert choice(KNOWN) == ["free0", "free1", "free2", "page"]


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(minutes=1)),
        ("-5", None),
        ("99999999999999999999", DAY),
        ("Wed, 10 Jun 2026 13:00:00 GMT", HOUR),
        ("Wed, 10 Jun 2020 13:00:00 GMT", timedelta(minutes=1)),
        ("soon", None),
        ("", None),
        ("³", None),
    ],
)
def test_retry_after_is_read_and_bounded(value: str, wait: timedelta | None) -> None:
    assert retry_after_of(value, NOW) == wait


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        ({"cache-control": "public, max-age=300"}, timedelta(minutes=5)),
        ({"cache-control": 'max-age="300"'}, timedelta(minutes=5)),
        ({"cache-control": "max-age=60, s-maxage=600"}, timedelta(minutes=10)),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "no-cache", "expires": "Wed, 10 Jun 2026 13:00:00 GMT"}, None),
        ({"expires": "Wed, 10 Jun 2026 13:00:00 GMT"}, HOUR),
        ({"expires": "0"}, None),
        ({"expires": "Wed, 10 Jun 2020 13:00:00 GMT"}, None),
        ({"cache-control": "max-age=99999999999999"}, timedelta(days=30)),
        ({}, None),
    ],
)
def test_freshness_is_read_from_the_headers(headers: dict[str, str], age: timedelta | None) -> None:
    assert max_age_of(headers, NOW) == age


def test_charset_and_host_are_read() -> None:
    assert charset_of({"content-type": 'text/html; charset="GB18030"'}) == "GB18030"
    assert charset_of({"content-type": "text/html"}) is None
    assert slot_of("https://A.example:443/x") == slot_of("http://a.example/y") == "a.example"
    assert slot_of("http://127.0.0.1:8001/") != slot_of("http://127.0.0.1:8002/")


def test_only_sitemaps_that_may_be_new_are_worth_reading() -> None:
    reading = SitemapReading(
        entries=(),
        children=(
            ("2020", NOW - 900 * DAY),
            ("today", NOW),
            ("page-1", None),
            ("yesterday", NOW - DAY),
            ("page-2", None),
        ),
    )

    assert worth_reading(reading, NOW - 14 * DAY) == ["today", "yesterday", "page-2", "page-1"]
