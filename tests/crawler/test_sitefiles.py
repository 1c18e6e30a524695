"""robots.txt and tdmrep.json over several polls: asked for once a day, obeyed as last read."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import FetchKind, SiteFile, SourceReport
from crawler.outcomes import Outcome
from crawler.spiders.fetching import Fetched
from crawler.spiders.sitefiles import FRESH, RETRY, UNREACHABLE_FOR, after_fetch, is_fresh
from tests.crawler.crawling import limits_for, order_of, run, run_one
from tests.outlet import Outlet, Page
from tests.outlet_pages import article_page, rss

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ORIGIN = "https://outlet.example"
KNOWN = SiteFile(
    origin=ORIGIN,
    kind=FetchKind.ROBOTS,
    read_at=NOW - FRESH,
    due_at=NOW,
    body=b"User-agent: *\nDisallow: /closed\n",
    etag='"one"',
)


def poll(outlet: Outlet, *known: SiteFile, path: str = "/feed?n=2") -> SourceReport:
    order = replace(order_of(outlet.url(path)), site_files=known)
    return run_one(order, limits=limits_for(outlet))


def asked_for(outlet: Outlet, path: str) -> int:
    return [seen.path for seen in outlet.seen].count(path)


def day_later(files: tuple[SiteFile, ...]) -> tuple[SiteFile, ...]:
    """The same files as if a day had passed."""
    return tuple(replace(file, read_at=file.read_at - FRESH, due_at=file.due_at - FRESH) for file in files)


def test_site_files_are_asked_for_once_over_many_polls_and_sources(outlet: Outlet) -> None:
    outlet.robots = "User-agent: *\nDisallow: /closed\n"
    orders = [order_of(outlet.url("/feed?n=2")), order_of(outlet.url("/listing?n=2"))]
    first = run(*orders, limits=limits_for(outlet))
    known = tuple(file for report in first.sources for file in report.site_files)

    for _poll in range(3):
        report = poll(outlet, *known)
        assert report.outcome is Outcome.OK
        assert (report.site_files, report.origins) == ((), ())

    assert {(file.kind, file.is_there) for file in known} == {
        (FetchKind.ROBOTS, True),
        (FetchKind.TDMREP, False),
    }
    assert [asked_for(outlet, path) for path in ("/robots.txt", "/.well-known/tdmrep.json")] == [1, 1]


def test_an_unchanged_feed_costs_one_request_once_the_rules_are_known(outlet: Outlet) -> None:
    known = poll(outlet, path="/etag").site_files
    outlet.seen.clear()

    poll(outlet, *known, path="/304always")

    assert [seen.path for seen in outlet.seen] == ["/304always"]


def test_a_day_later_the_file_is_asked_for_with_its_validators_and_a_304_renews_it(outlet: Outlet) -> None:
    outlet.pages["/robots.txt"] = Page(body=KNOWN.body, headers={"ETag": '"one"'})
    first = poll(outlet)
    outlet.seen.clear()

    second = poll(outlet, *day_later(first.site_files))

    (robots,) = (file for file in second.site_files if file.kind is FetchKind.ROBOTS)
    (request,) = (seen for seen in outlet.seen if seen.path == "/robots.txt")
    assert request.headers["if-none-match"] == '"one"'
    assert (robots.body, robots.etag) == (KNOWN.body, '"one"')
    assert is_fresh(robots, datetime.now(UTC))
    assert Outcome.UNCHANGED in {end.outcome for end in second.outcomes if end.kind is FetchKind.ROBOTS}


def test_a_new_refusal_holds_from_the_next_reading_and_says_since_when(outlet: Outlet) -> None:
    first = poll(outlet)
    outlet.robots = "deny"

    same_day = poll(outlet, *first.site_files)
    refused = poll(outlet, *day_later(first.site_files))
    still = poll(outlet, *refused.site_files)

    assert same_day.outcome is Outcome.OK
    assert [refused.outcome, still.outcome] == [Outcome.ROBOTS_DISALLOWED] * 2
    for report in (refused, still):
        (told,) = (end.detail for end in report.outcomes if end.outcome is Outcome.ROBOTS_DISALLOWED)
        assert told.startswith("robots.txt (as of 20")
        assert told.endswith("Z) does not allow it")
    assert asked_for(outlet, "/robots.txt") == 2


def test_an_older_copy_serves_while_the_file_cannot_be_had_and_without_one_nothing_is_asked(
    outlet: Outlet,
) -> None:
    outlet.robots = "User-agent: *\nDisallow: /article/2\n"
    known = day_later(poll(outlet).site_files)
    outlet.robots = "500"

    with_copy = poll(outlet, *known)
    outlet.seen.clear()
    without = poll(outlet)

    assert with_copy.outcome is Outcome.OK
    ends = {end.url: end.outcome for end in with_copy.outcomes if end.kind is FetchKind.ARTICLE}
    assert ends[outlet.url("/article/2")] is Outcome.ROBOTS_DISALLOWED
    assert without.outcome is Outcome.ROBOTS_UNKNOWN
    assert outlet.paths() == []


def fetched(outcome: Outcome, status: int | None = None, body: bytes = b"") -> Fetched:
    url = ORIGIN + "/robots.txt"
    return Fetched(
        asked_url=url, url=url, kind=FetchKind.ROBOTS, outcome=outcome, at=NOW, status=status, body=body
    )


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        (fetched(Outcome.NOT_FOUND, 404), False),
        (fetched(Outcome.FORBIDDEN, 403), False),
        (fetched(Outcome.TOO_MANY_REDIRECTS, 302), False),
        (fetched(Outcome.OK, 200, b"User-agent: *"), True),
    ],
)
def test_what_the_site_says_holds_for_a_day(answer: Fetched, is_there: bool) -> None:
    file = after_fetch(ORIGIN, KNOWN, answer)

    assert file is not None
    assert (file.is_there, file.read_at, file.due_at) == (is_there, NOW, NOW + FRESH)


@pytest.mark.parametrize(
    "answer",
    [
        fetched(Outcome.SERVER_ERROR, 500),
        fetched(Outcome.RATE_LIMITED, 429),
        fetched(Outcome.TIMED_OUT),
        fetched(Outcome.DNS_FAILED),
    ],
)
def test_a_copy_serves_a_month_while_the_site_says_nothing(answer: Fetched) -> None:
    file = after_fetch(ORIGIN, KNOWN, answer)
    too_old = after_fetch(ORIGIN, replace(KNOWN, read_at=NOW - UNREACHABLE_FOR), answer)

    assert file == replace(KNOWN, due_at=NOW + RETRY)
    assert too_old is None
    assert after_fetch(ORIGIN, None, answer) is None


def test_a_file_read_by_a_clock_that_was_wrong_is_not_used() -> None:
    fresh = replace(KNOWN, read_at=NOW, due_at=NOW + FRESH)

    assert is_fresh(fresh, NOW)
    assert not is_fresh(fresh, NOW + FRESH)
    assert not is_fresh(replace(fresh, due_at=NOW + timedelta(days=3650)), NOW)
    assert not is_fresh(replace(fresh, read_at=NOW + timedelta(days=1)), NOW)


def reserve(outlet: Outlet, *rules: dict[str, object]) -> None:
    outlet.pages["/.well-known/tdmrep.json"] = Page(
        body=json.dumps(rules).encode(), content_type="application/json"
    )


def test_articles_that_tdmrep_json_reserves_are_not_kept_and_one_of_them_is_asked_for_a_poll(
    outlet: Outlet,
) -> None:
    license_page = "https://outlet.example/license"
    reserve(
        outlet,
        {"location": "/", "tdm-reservation": 1, "tdm-policy": license_page},
        {"location": "/article/3", "tdm-reservation": 0},
    )

    report = run_one(order_of(outlet.url("/feed?n=4")), limits=limits_for(outlet))

    assert [article.url for article in report.articles] == [outlet.url("/article/3")]
    reserved = [end for end in report.outcomes if end.outcome is Outcome.OPTED_OUT]
    assert [end.url for end in reserved] == [outlet.url(f"/article/{number}") for number in (1, 2, 4)]
    assert {end.detail.partition(" reserves ")[2] for end in reserved} == {
        f"text and data mining (policy: {license_page})"
    }
    # The first is asked for, since its header or meta tag could say otherwise; where it does not, no other is.
    assert outlet.paths() == ["/feed?n=4", "/article/1", "/article/3"]
    assert report.pending == ()


#: What tdmrep.json, the header and the meta tag say, and whether the article is kept: the last of them that speaks.
CHOICES = [
    (1, None, None, False),
    (1, "0", None, True),
    (1, None, "0", True),
    (1, "1", "0", True),
    (1, "0", "1", False),
    (1, "2", None, False),  # counts as unset
    (0, "1", None, False),
    (0, "1", "0", True),
    (0, None, "1", False),
    (None, "1", None, False),
    (None, None, None, True),
]


def test_header_goes_before_tdmrep_json_and_meta_tag_before_both() -> None:
    with ExitStack() as stack:
        orders, outlets = [], []
        for number, (file, header, meta, _) in enumerate(CHOICES):
            outlets.append(outlet := stack.enter_context(Outlet()))
            if file is not None:
                reserve(outlet, {"location": "/", "tdm-reservation": file})
            head = f'<meta name="tdm-reservation" content="{meta}"></head>' if meta else "</head>"
            outlet.pages["/article/1"] = Page(
                body=article_page(1, outlet.url("")).replace("</head>", head).encode(),
                headers={"TDM-Reservation": header} if header else {},
            )
            orders.append(order_of(outlet.url("/feed?n=1"), source_id=str(number)))

        report = run(*orders, limits=limits_for(*outlets))

    assert [bool(source.articles) for source in report.sources] == [kept for *_, kept in CHOICES]


@pytest.mark.parametrize(("header", "kept"), [("0", 2), ("1", 0), ("", 0)])
def test_full_texts_of_a_feed_follow_its_header_before_tdmrep_json(
    outlet: Outlet, header: str, kept: int
) -> None:
    reserve(outlet, {"location": "/", "tdm-reservation": 1})
    outlet.pages["/full"] = Page(
        body=rss(outlet.url(""), 2, full=True).encode(),
        content_type="application/rss+xml",
        headers={"TDM-Reservation": header} if header else {},
    )

    report = run_one(order_of(outlet.url("/full"), full_text_feed=True), limits=limits_for(outlet))

    assert len(report.articles) == kept


def test_full_text_of_a_feed_is_not_kept_where_tdmrep_json_reserves_it(outlet: Outlet) -> None:
    rules = b'[{"location": "*", "tdm-reservation": 1}]'
    outlet.pages["/.well-known/tdmrep.json"] = Page(body=rules, content_type="application/json")

    report = run_one(order_of(outlet.url("/feed?n=2&full=1"), full_text_feed=True), limits=limits_for(outlet))

    assert report.articles == ()
    assert [end.outcome for end in report.outcomes if end.kind is FetchKind.ARTICLE] == [
        Outcome.OPTED_OUT
    ] * 2
