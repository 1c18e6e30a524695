"""A whole crawl: a real process, real Scrapy, a real outlet."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.metadata import version
from pathlib import Path

import pytest

from crawler.agent import HOMEPAGE
from crawler.items import CrawlOrder, FetchKind, SourceReport
from crawler.outcomes import Outcome
from crawler.run import crawl
from crawler.sources import SourceKind
from tests.crawler.crawling import limits_for, order_of, run, run_one, state_after
from tests.outlet import Outlet, Page
from tests.outlet_pages import article_page, paragraphs, rss


def sitemap(url: str) -> bytes:
    return f"<urlset><url><loc>{url}</loc></url></urlset>".encode()


def test_feed_gives_its_articles_and_every_request_is_counted_once(outlet: Outlet) -> None:
    report = run_one(order_of(outlet.url("/feed?n=3")), limits=limits_for(outlet))

    assert report.outcome is Outcome.OK
    assert [entry.url for entry in report.entries] == [outlet.url(f"/article/{n}") for n in (1, 2, 3)]
    assert sorted(article.url for article in report.articles) == [
        outlet.url(f"/article/{n}") for n in (1, 2, 3)
    ]
    assert "has begun to build data center number 1" in report.articles[0].text
    assert Counter(outcome.url for outcome in report.outcomes) == Counter(
        outlet.url(seen.path) for seen in outlet.seen
    )
    assert [outcome.kind for outcome in report.outcomes].count(FetchKind.ROBOTS) == 1


def test_second_poll_of_an_unchanged_feed_asks_once_and_reads_nothing(outlet: Outlet) -> None:
    first = run_one(order_of(outlet.url("/etag")), limits=limits_for(outlet))
    outlet.seen.clear()

    second = run_one(order_of(outlet.url("/etag"), state=state_after(first)), limits=limits_for(outlet))

    assert second.outcome is Outcome.UNCHANGED
    assert second.etag == '"same"'
    assert outlet.paths() == ["/etag"]
    assert outlet.seen[-1].headers["if-none-match"] == '"same"'
    assert second.outcomes[-1].status == 304


def test_body_that_is_known_counts_as_unchanged_without_a_304(outlet: Outlet) -> None:
    first = run_one(order_of(outlet.url("/feed?n=2")), limits=limits_for(outlet))

    second = run_one(order_of(outlet.url("/feed?n=2"), state=state_after(first)), limits=limits_for(outlet))

    assert second.outcome is Outcome.UNCHANGED
    assert second.outcomes[-1].status == 200


def test_unconditional_poll_sends_no_validators(outlet: Outlet) -> None:
    first = run_one(order_of(outlet.url("/etag")), limits=limits_for(outlet))

    second = run_one(
        order_of(outlet.url("/etag"), state=state_after(first), conditional=False), limits=limits_for(outlet)
    )

    assert second.outcome is Outcome.OK
    assert second.articles == ()
    assert "if-none-match" not in outlet.seen[-1].headers


def test_only_new_entries_are_read(outlet: Outlet) -> None:
    outlet.pages["/news"] = Page(body=rss(outlet.url(""), 2).encode(), content_type="application/rss+xml")
    first = run_one(order_of(outlet.url("/news")), limits=limits_for(outlet))
    outlet.pages["/news"] = Page(body=rss(outlet.url(""), 4).encode(), content_type="application/rss+xml")

    second = run_one(order_of(outlet.url("/news"), state=state_after(first)), limits=limits_for(outlet))

    assert len(second.entries) == 4
    assert sorted(article.url for article in second.articles) == [
        outlet.url("/article/3"),
        outlet.url("/article/4"),
    ]


def test_what_a_limit_leaves_out_is_read_at_the_next_poll(outlet: Outlet) -> None:
    limits = limits_for(outlet, max_articles_per_source=2)
    first = run_one(order_of(outlet.url("/feed?n=3")), limits=limits)

    second = run_one(order_of(outlet.url("/feed?n=3"), state=state_after(first)), limits=limits)

    assert [article.url for article in first.articles] == [outlet.url("/article/1"), outlet.url("/article/2")]
    assert first.left_out == 1
    assert (first.etag, first.body_hash) == (None, None)
    assert [article.url for article in second.articles] == [outlet.url("/article/3")]
    assert second.left_out == 0


def test_old_entries_are_named_but_not_read(outlet: Outlet) -> None:
    limits = limits_for(outlet, max_entry_age=timedelta(hours=2, minutes=30))

    report = run_one(order_of(outlet.url("/feed?n=5")), limits=limits)

    assert len(report.entries) == 5
    assert len(report.articles) < 3
    assert report.left_out == 0


def test_full_text_feed_spares_the_pages(outlet: Outlet) -> None:
    order = order_of(outlet.url("/feed?n=2&full=1"), full_text_feed=True)

    report = run_one(order, limits=limits_for(outlet))

    assert outlet.paths() == ["/feed?n=2&full=1"]
    assert {article.completeness for article in report.articles} == {"feed"}
    assert "six meters high and planted with ivy" in report.articles[0].text.replace("\n", " ")


def test_listing_sitemap_and_search_find_the_same_articles(outlet: Outlet) -> None:
    orders = (
        order_of(outlet.url("/listing?n=4"), SourceKind.LISTING),
        order_of(outlet.url("/sitemap/news?n=4"), SourceKind.SITEMAP),
        order_of(outlet.url("/feed?q={query}&n=4"), SourceKind.SEARCH, queries=("data center", "cloud")),
    )

    report = run(*orders, limits=limits_for(outlet))

    for source in report.sources:
        assert source.outcome is Outcome.OK, source.source_id
        assert {article.url for article in source.articles} == {
            outlet.url(f"/article/{n}") for n in (1, 2, 3, 4)
        }
    assert "/feed?q=data+center&n=4" in outlet.paths()
    assert "/feed?q=cloud&n=4" in outlet.paths()


def test_sitemap_that_never_ends_and_one_that_names_itself_are_bounded(outlet: Outlet) -> None:
    orders = (
        order_of(outlet.url("/sitemap/infinite"), SourceKind.SITEMAP),
        order_of(outlet.url("/sitemap/self"), SourceKind.SITEMAP),
        order_of(outlet.url("/sitemap/index?n=30"), SourceKind.SITEMAP),
    )

    report = run(*orders, limits=limits_for(outlet, max_pages_per_source=12))

    assert [source.outcome for source in report.sources] == [Outcome.OK] * 3
    assert len([path for path in outlet.paths() if path.startswith("/sitemap/infinite")]) <= 4
    assert outlet.paths().count("/sitemap/self") == 1
    assert len(report.sources[2].outcomes) <= 12
    told = [
        next(end.detail for end in source.outcomes if end.kind is FetchKind.INDEX)
        for source in report.sources
    ]
    assert told[0] == "stopped at 3 child sitemaps"
    assert told[1] == ""
    assert told[2].startswith("stopped at ")


@pytest.mark.parametrize(
    "lastmod", ["", f"<lastmod>{datetime.now(UTC):%Y-%m-%d}</lastmod>"], ids=["none", "day"]
)
def test_a_child_sitemap_is_read_again_where_its_index_does_not_say_that_it_changed(
    outlet: Outlet, lastmod: str
) -> None:
    child = f"<sitemap><loc>{outlet.url('/sitemap/news?n=2')}</loc>{lastmod}</sitemap>"
    outlet.pages["/index.xml"] = Page(body=f"<sitemapindex>{child}</sitemapindex>".encode())
    order = order_of(outlet.url("/index.xml"), SourceKind.SITEMAP)
    first = run_one(order, limits=limits_for(outlet))
    outlet.pages["/sitemap/news"] = Page(body=sitemap(outlet.url("/article/9")))

    second = run_one(replace(order, state=state_after(first)), limits=limits_for(outlet))

    assert [article.url for article in second.articles] == [outlet.url("/article/9")]


def test_a_child_sitemap_that_failed_is_asked_for_again_though_its_index_is_the_same(outlet: Outlet) -> None:
    changed = datetime.now(UTC).replace(hour=1, minute=2)
    child = f"<sitemap><loc>{outlet.url('/child')}</loc><lastmod>{changed.isoformat()}</lastmod></sitemap>"
    outlet.pages["/index.xml"] = Page(body=f"<sitemapindex>{child}</sitemapindex>".encode())
    outlet.pages["/child"] = Page(status=500)
    order = order_of(outlet.url("/index.xml"), SourceKind.SITEMAP)
    first = run_one(order, limits=limits_for(outlet))
    outlet.pages["/child"] = Page(body=sitemap(outlet.url("/article/1")))
    second = run_one(replace(order, state=state_after(first)), limits=limits_for(outlet))
    third = run_one(replace(order, state=state_after(second)), limits=limits_for(outlet))

    assert first.articles == ()
    assert [article.url for article in second.articles] == [outlet.url("/article/1")]
    assert third.outcome is Outcome.UNCHANGED


def test_page_budget_of_a_source_holds(outlet: Outlet) -> None:
    report = run_one(order_of(outlet.url("/feed?n=20")), limits=limits_for(outlet, max_pages_per_source=6))

    assert len(outlet.seen) == 6  # robots.txt, index, tdmrep.json
    assert len(report.articles) == 3
    assert report.left_out == 17
    assert [end.detail for end in report.outcomes if end.kind is FetchKind.INDEX] == ["stopped at 6 requests"]


def test_permanent_redirect_is_followed_and_reported(outlet: Outlet) -> None:
    orders = [order_of(outlet.url(f"/redirect?to=/feed&code={code}")) for code in (301, 308, 302)]

    report = run(*orders, limits=limits_for(outlet))

    assert [source.moved_to for source in report.sources] == [outlet.url("/feed"), outlet.url("/feed"), None]
    assert [len(source.entries) for source in report.sources] == [3, 3, 3]


def test_feed_that_was_full_and_is_empty_now_is_suspect(outlet: Outlet) -> None:
    first = run_one(order_of(outlet.url("/feed?n=2")), limits=limits_for(outlet))

    report = run_one(order_of(outlet.url("/feed?n=0"), state=state_after(first)), limits=limits_for(outlet))

    assert report.outcome is Outcome.EMPTY


def test_hint_how_long_an_index_stays_fresh_is_passed_on(outlet: Outlet) -> None:
    outlet.pages["/news"] = Page(
        body=rss(outlet.url(""), 1).encode(),
        content_type="application/rss+xml",
        headers={"Cache-Control": "public, max-age=600"},
    )

    report = run_one(order_of(outlet.url("/news")), limits=limits_for(outlet))

    assert report.max_age == timedelta(minutes=10)


def test_host_that_asks_to_wait_is_left_alone_for_the_rest_of_the_crawl(outlet: Outlet) -> None:
    outlet.pages["/article/2"] = Page(status=429, headers={"Retry-After": "1800"})

    report = run_one(order_of(outlet.url("/feed?n=9")), limits=limits_for(outlet))

    assert outlet.paths() == ["/feed?n=9", "/article/1", "/article/2"]
    assert report.retry_after == timedelta(minutes=30)
    assert report.outcomes[-1].outcome is Outcome.RATE_LIMITED
    assert len(report.pending) == 8


def test_article_that_failed_for_now_is_tried_again_and_given_up_in_the_end(outlet: Outlet) -> None:
    outlet.pages["/article/2"] = Page(status=500)
    order = order_of(outlet.url("/feed?n=2"))

    report = run_one(order, limits=limits_for(outlet))
    tries = [dict(report.pending)]
    for _poll in range(3):
        report = run_one(order_of(order.source.url, state=state_after(report)), limits=limits_for(outlet))
        tries.append(dict(report.pending))

    assert [list(pending.values()) for pending in tries] == [[1], [2], [], []]
    assert outlet.paths().count("/article/2") == 3
    assert outlet.paths().count("/article/1") == 1


def test_article_that_is_gone_is_settled(outlet: Outlet) -> None:
    outlet.pages["/article/2"] = Page(status=410)

    report = run_one(order_of(outlet.url("/feed?n=2")), limits=limits_for(outlet))

    assert report.pending == ()
    assert {outcome.outcome for outcome in report.outcomes if outcome.url.endswith("/2")} == {Outcome.GONE}


def test_reserved_page_is_looked_at_and_nothing_of_it_is_kept(outlet: Outlet) -> None:
    whole = article_page(1, outlet.url(""))
    meta = whole.replace("</head>", '<meta name="robots" content="noarchive"></head>')
    outlet.pages["/article/1"] = Page(body=whole.encode(), headers={"TDM-Reservation": "1"})
    outlet.pages["/article/2"] = Page(body=whole.encode(), headers={"X-Robots-Tag": "noindex, noarchive"})
    outlet.pages["/article/3"] = Page(body=meta.encode())
    outlet.pages["/article/4"] = Page(body=whole.encode(), headers={"X-Robots-Tag": "otherbot: noarchive"})

    report = run_one(order_of(outlet.url("/feed?n=4")), limits=limits_for(outlet))
    ends = {item.url: item.outcome for item in report.outcomes if item.kind is FetchKind.ARTICLE}

    assert [article.fetched_url for article in report.articles] == [outlet.url("/article/4")]
    assert [ends[outlet.url(f"/article/{n}")] for n in (1, 2, 3, 4)] == [Outcome.OPTED_OUT] * 3 + [Outcome.OK]
    assert report.pending == ()


def test_an_article_on_several_pages_is_joined_and_stays_on_its_site(outlet: Outlet) -> None:
    def part(number: int, following: str) -> Page:
        html = article_page(1, outlet.url("")).replace(
            "</head>", f'<link rel="next" href="{following}"></head>'
        )
        for own, other in zip(paragraphs(1), paragraphs(number), strict=True):
            html = html.replace(escape(own), escape(other))
        return Page(body=html.encode())

    first = "/story/campus-rises"
    index = rss(outlet.url(""), 1).replace("/article/1", first).encode()
    outlet.pages["/news"] = Page(body=index, content_type="application/rss+xml")
    outlet.pages[first] = part(1, f"{first}/2")
    outlet.pages[f"{first}/2"] = part(2, f"{first}/3")
    outlet.pages[f"{first}/3"] = part(3, first)

    report = run_one(order_of(outlet.url("/news")), limits=limits_for(outlet))

    (article,) = report.articles
    wanted = list(dict.fromkeys([*paragraphs(1), *paragraphs(2), *paragraphs(3)]))
    assert article.text.split("\n") == wanted
    assert outlet.paths() == ["/news", first, f"{first}/2", f"{first}/3"]


def test_user_agent_names_us_and_a_contact_and_nothing_else_is_told(outlet: Outlet) -> None:
    run_one(order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet))

    for seen in outlet.seen:
        assert seen.headers["user-agent"] == f"cspwatch/{version('cspwatch')} (+{HOMEPAGE})"
        assert {"cookie", "referer", "authorization"}.isdisjoint(seen.headers)


def test_crawl_over_its_time_keeps_what_was_read_and_names_the_rest(outlet: Outlet) -> None:
    outlet.pages["/news"] = Page(
        body=rss(outlet.url(""), 1).replace("/article/1", "/slow/ok?delay=60").encode(),
        content_type="application/rss+xml",
    )
    with Outlet() as other:
        orders = (order_of(other.url("/feed?n=2")), order_of(outlet.url("/news")))
        limits = limits_for(outlet, other, wall_time=timedelta(seconds=5), timeout=60.0)

        report = run(*orders, limits=limits)

    assert report.note == "time limit reached"
    assert [source.outcome for source in report.sources] == [Outcome.OK, Outcome.CRAWL_STOPPED]
    assert len(report.sources[0].articles) == 2
    assert len(report.sources[1].entries) == 1
    assert len(report.sources[1].pending) == 1


def test_crawl_over_its_time_leaves_no_host_of_an_aggregator_unread(outlet: Outlet) -> None:
    with contextlib.ExitStack() as stack:
        hosts = [stack.enter_context(Outlet()) for _ in range(7)]  # more than are asked at once
        links = "".join(
            f"<item><title>News of host {number}</title><link>{host.url('/slow/never')}</link></item>"
            for number, host in enumerate(hosts)
        )
        feed = f'<rss version="2.0"><channel>{links}</channel></rss>'
        outlet.pages["/hits"] = Page(body=feed.encode(), content_type="application/rss+xml")
        limits = limits_for(outlet, *hosts, wall_time=timedelta(seconds=5), timeout=60.0)

        report = run_one(order_of(outlet.url("/hits")), limits=limits)

    assert report.outcome is Outcome.CRAWL_STOPPED
    assert {key for key, _ in report.pending} == {entry.url_key for entry in report.entries}
    assert len(report.pending) == 7


@pytest.mark.parametrize(
    ("kind", "body", "note"),
    [
        (
            SourceKind.FEED,
            "<rss><channel>"
            + "".join(
                f"<item><title>t{n}</title><link>http://8.8.8.8/{n}</link><pubDate>Mon, 01 Jan 2024 10:00:00 GMT"
                "</pubDate></item>"
                for n in range(2_010)
            )
            + "</channel></rss>",
            "first 2000 of 2010 items read",
        ),
        (
            SourceKind.FEED,
            "<rss><channel><item><title>A script</title><link>javascript:alert(1)</link></item></channel></rss>",
            "1 of 1 items have no web link: only their text is read",
        ),
        (
            SourceKind.SITEMAP,
            "<urlset><url><loc>file:///etc/hostname</loc></url></urlset>",
            "1 of 1 addresses are not on the web",
        ),
    ],
    ids=["long feed", "script link", "file in a sitemap"],
)
def test_what_was_left_out_of_an_index_is_told(
    outlet: Outlet, kind: SourceKind, body: str, note: str
) -> None:
    outlet.pages["/index"] = Page(body=body.encode(), content_type="application/xml")

    report = run_one(order_of(outlet.url("/index"), kind), limits=limits_for(outlet))

    (index,) = (end for end in report.outcomes if end.kind is FetchKind.INDEX)
    assert (index.outcome, index.detail) == (Outcome.OK, note)


def test_an_item_without_a_web_link_is_kept_as_text_and_nothing_is_asked_for(outlet: Outlet) -> None:
    items = "".join(
        f"<item><title>Report {n}</title><link>javascript:alert({n})</link><guid isPermaLink='false'>g{n}</guid>"
        f"<description>The company opens hall {n} of its data center.</description></item>"
        for n in (1, 2)
    )
    feed = Page(body=f"<rss><channel>{items}</channel></rss>".encode(), content_type="application/xml")
    outlet.pages["/news"] = feed
    order = order_of(outlet.url("/news"))

    first = run_one(order, limits=limits_for(outlet))
    outlet.pages["/news"] = replace(feed, body=feed.body + b" ")
    again = run_one(replace(order, state=state_after(first)), limits=limits_for(outlet))

    assert [article.text for article in first.articles] == [
        f"The company opens hall {n} of its data center." for n in (1, 2)
    ]
    assert {article.url.partition("#")[0] for article in first.articles} == {outlet.url("/news")}
    assert len({article.url_key for article in first.articles}) == 2
    assert {path for path in outlet.paths() if not path.startswith(("/robots", "/.well"))} == {"/news"}
    assert (again.outcome, again.articles) == (Outcome.OK, ())


def test_robots_txt_that_is_too_long_is_told(outlet: Outlet) -> None:
    outlet.robots = "huge"

    report = run_one(order_of(outlet.url("/feed?n=1")), limits=limits_for(outlet, timeout=20.0))

    (robots,) = (end for end in report.outcomes if end.kind is FetchKind.ROBOTS)
    assert (robots.outcome, report.outcome) == (Outcome.OK, Outcome.OK)
    assert robots.detail == "robots.txt is too large, the first 500 KiB count"


def test_killed_crawl_loses_only_unfinished_sources(outlet: Outlet) -> None:
    orders = (order_of(outlet.url("/feed?n=1")), order_of(outlet.url("/slow/ok?delay=60")))
    came: list[SourceReport] = []

    def kill_after_first(report: SourceReport) -> None:
        came.append(report)
        if len(came) == 1:
            for pid in _crawl_processes():
                os.kill(pid, signal.SIGKILL)

    with Outlet() as other:
        orders = (orders[0], order_of(other.url("/slow/ok?delay=60")))
        limits = limits_for(outlet, other, timeout=60.0)
        report = crawl(CrawlOrder(order_id="kill", sources=orders, limits=limits), kill_after_first)

    assert [source.outcome for source in report.sources] == [Outcome.OK, Outcome.CRAWL_STOPPED]
    assert "killed by signal 9" in report.note
    assert len(came) == 2
    assert _crawl_processes() == []


def test_crawl_stops_on_request(outlet: Outlet) -> None:
    stop = threading.Event()
    threading.Timer(1.5, stop.set).start()

    report = crawl(
        CrawlOrder(
            order_id="stop",
            sources=(order_of(outlet.url("/slow/ok?delay=60")),),
            limits=limits_for(outlet, timeout=60.0),
        ),
        stop=stop,
    )

    assert report.note == "stopped on request"
    assert report.sources[0].outcome is Outcome.CRAWL_STOPPED


def test_crawl_over_its_memory_is_ended(outlet: Outlet) -> None:
    order = CrawlOrder(
        order_id="memory",
        sources=(order_of(outlet.url("/feed")),),
        limits=limits_for(outlet, memory=20_000_000),
    )

    report = crawl(order)

    assert report.sources[0].outcome is Outcome.CRAWL_STOPPED
    assert report.note


def test_crawl_listens_on_nothing() -> None:
    listening: list[str] = []

    with Outlet() as outlet, Outlet() as slow:
        orders = (order_of(outlet.url("/feed?n=1")), order_of(slow.url("/slow/ok?delay=2")))
        crawl(
            CrawlOrder(order_id="listen", sources=orders, limits=limits_for(outlet, slow, timeout=5.0)),
            lambda _: listening.extend(socket for pid in _crawl_processes() for socket in _listening(pid)),
        )

    assert listening == []


def _listening(pid: int) -> list[str]:
    """TCP sockets in state LISTEN (0A) among the open files of a process."""
    own = {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    tables = (Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6"))
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]


def _crawl_processes() -> list[int]:
    """Crawl processes of this test process: they lead a group and their parent is our fork server."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            pid, parent, group = int(status.parent.name), int(fields[1]), int(fields[2])
            grandparent = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
        if pid == group and grandparent == os.getpid() and fields[0] != "Z":
            found.append(pid)
    return found
