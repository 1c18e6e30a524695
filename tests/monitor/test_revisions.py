"""An article that its outlet edits is read again and becomes a new version of the same article."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from crawler.items import CrawlLimits, CrawlOrder, Entry, ReadAs, SourceState
from crawler.outcomes import Outcome
from crawler.run import crawl
from crawler.sources import SourceKind, Tier
from crawler.spiders.choosing import MAX_REVISIONS, choose
from monitor.database import rows
from monitor.sourcelog import due_sources
from tests.crawler.crawling import limits_for
from tests.fakes import make_source, new_log
from tests.intaking import IntakeSummary, take_in
from tests.outlet import Outlet, Page
from tests.outlet_pages import article_page, atom, paragraphs, published

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)


def poll_once(db: Database, outlet: Outlet, number: int) -> tuple[IntakeSummary, list[str]]:
    """What poll `number`, a day after the one before, did, and what was asked for in it."""
    now = datetime.now(UTC) + timedelta(days=number)
    orders = tuple(due_sources(db, now + timedelta(days=1), 1))
    outlet.seen.clear()
    report = crawl(CrawlOrder(order_id=f"order-{number}", sources=orders, limits=limits_for(outlet)))
    return take_in(db, report, now), outlet.paths()


def test_an_edited_article_is_read_again_and_becomes_a_new_version(tmp_path: Path, outlet: Outlet) -> None:
    feed = atom(outlet.url(""), 3)
    stamp = f"<updated>{published(2).isoformat()}</updated>"
    edited = article_page(2, outlet.url("")).replace(
        paragraphs(2)[0], "The company has given up the plan, it said."
    )
    db = new_log(
        tmp_path, make_source(url=outlet.url("/news"), homepage=outlet.url("/"), kind=SourceKind.FEED)
    )

    outlet.pages["/news"] = Page(body=feed.encode(), content_type="application/atom+xml")
    first, _ = poll_once(db, outlet, 0)
    later = feed.replace(stamp, f"<updated>{(published(2) + timedelta(hours=1)).isoformat()}</updated>")
    outlet.pages["/news"] = Page(body=later.encode(), content_type="application/atom+xml")
    outlet.pages["/article/2"] = Page(body=edited.encode())
    second, asked = poll_once(db, outlet, 1)
    outlet.pages["/news"] = Page(
        body=later.replace("Local", "Old").encode(), content_type="application/atom+xml"
    )
    third, asked_at_last = poll_once(db, outlet, 2)
    versions = rows(
        db, "SELECT url, count(*) AS number FROM article JOIN article_version USING (article_id) GROUP BY url"
    )
    db.close()

    assert (first.new_articles, second.new_articles, second.changed_articles) == (3, 0, 1)
    assert asked == ["/news", "/article/2"]
    assert (third.changed_articles, asked_at_last) == (0, ["/news"])
    assert {str(row["url"])[-1]: row["number"] for row in versions} == {"1": 1, "2": 2, "3": 1}


RSS = """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>{}
</channel></rss>"""


@pytest.mark.parametrize(("tier", "edits"), [(Tier.TRADE, 1), (Tier.AGGREGATOR, 0)])
def test_an_edit_shows_in_the_own_words_of_a_feed_that_gives_no_date_of_change(
    tmp_path: Path, outlet: Outlet, tier: Tier, edits: int
) -> None:
    db = new_log(tmp_path, make_source(url=outlet.url("/news"), homepage=outlet.url("/"), tier=tier))
    told = {n: f"The company plans hall {n}, with room for 200 racks, and 3 comments." for n in (1, 2, 3)}

    def poll(number: int) -> tuple[IntakeSummary, list[str]]:
        items = "".join(
            f"<item><title>Report number {n} on a hall</title><link>{outlet.url(f'/article/{n}')}</link>"
            f"<description>{text}</description></item>"
            for n, text in told.items()
        )
        outlet.pages["/news"] = Page(body=RSS.format(items).encode(), content_type="application/rss+xml")
        return poll_once(db, outlet, number)

    first, _ = poll(0)
    told[2] = "The company has given up hall 2."
    outlet.pages["/article/2"] = Page(
        body=article_page(2, outlet.url("")).replace(paragraphs(2)[0], "It has given up the plan.").encode()
    )
    second, asked = poll(1)
    told[3] = told[3].replace("3 comments", "14 comments")
    third, asked_at_last = poll(2)
    db.close()

    assert (first.new_articles, second.new_articles, second.changed_articles) == (3, 0, edits)
    assert asked == ["/news", "/article/2"][: 1 + edits]
    assert (third.changed_articles, asked_at_last) == (0, ["/news"])


def test_an_edit_of_a_text_that_stands_in_the_feed_costs_no_request(tmp_path: Path, outlet: Outlet) -> None:
    db = new_log(tmp_path, make_source(url=outlet.url("/news"), homepage=outlet.url("/")))
    texts = {n: "\n".join(f"<p>{text}</p>" for text in paragraphs(n) * n) for n in (1, 2, 3)}

    def poll(number: int) -> tuple[IntakeSummary, list[str]]:
        items = "".join(
            f"<item><title>Report number {n} on a hall</title><link>{outlet.url(f'/article/{n}')}</link>"
            f"<content:encoded><![CDATA[{text}]]></content:encoded></item>"
            for n, text in texts.items()
        )
        outlet.pages["/news"] = Page(body=RSS.format(items).encode(), content_type="application/rss+xml")
        return poll_once(db, outlet, number)

    poll(0)
    texts[2] += "<p>A former version named another sum.</p>"
    second, asked = poll(1)
    versions = rows(db, "SELECT text FROM article_version WHERE version = 2")
    db.close()

    assert (second.new_articles, second.changed_articles) == (0, 1)
    assert "/article/2" not in asked
    assert str(versions[0]["text"]).endswith("A former version named another sum.")


def known(count: int, *, moved: int) -> tuple[tuple[Entry, ...], SourceState]:
    entries = tuple(
        Entry(
            url=f"https://news.example/{n}", url_key=str(n), key=str(n), published=NOW - timedelta(hours=5),
            modified=NOW - timedelta(hours=1 if n < moved else 4),
        )
        for n in range(count)
    )  # fmt: skip
    return entries, SourceState(
        known_keys=frozenset(str(n) for n in range(count)),
        polled_before=True,
        read_as=tuple(ReadAs(url_key=str(n), modified=NOW - timedelta(hours=4)) for n in range(count)),
    )


def test_an_index_that_stamps_every_entry_has_no_edits() -> None:
    entries, state = known(20, moved=20)

    assert choose(entries, state, CrawlLimits(), NOW).read == ()


def test_edits_are_few_in_one_poll_and_come_after_what_is_new() -> None:
    entries, state = known(40, moved=12)
    fresh = Entry(url="https://news.example/new", url_key="new", key="new", published=NOW)

    read = choose((fresh, *entries), state, CrawlLimits(), NOW).read

    assert read[0] is fresh
    assert len(read) == 1 + MAX_REVISIONS


def test_a_date_of_change_in_the_future_or_without_a_known_one_is_no_edit() -> None:
    entries, state = known(10, moved=0)
    ahead = tuple(
        Entry(
            url=e.url, url_key=e.url_key, key=e.key, published=e.published, modified=NOW + timedelta(days=2)
        )
        for e in entries[:2]
    )

    assert choose(ahead, state, CrawlLimits(), NOW).read == ()
    assert (
        choose(entries, SourceState(known_keys=state.known_keys, polled_before=True), CrawlLimits(), NOW).read
        == ()
    )


def test_an_edited_article_that_is_gone_is_asked_for_once(tmp_path: Path, outlet: Outlet) -> None:
    feed = atom(outlet.url(""), 1)
    db = new_log(
        tmp_path, make_source(url=outlet.url("/news"), homepage=outlet.url("/"), kind=SourceKind.FEED)
    )
    asked = []
    for number in range(3):
        moved = feed.replace("</updated>", f"</updated><!-- {number} -->").replace(
            f"<updated>{published(1).isoformat()}",
            f"<updated>{(published(1) + timedelta(minutes=9 * (number > 0))).isoformat()}",
        )
        outlet.pages["/news"] = Page(body=moved.encode(), content_type="application/atom+xml")
        if number:
            outlet.pages["/article/1"] = Page(status=404)
        outlet.seen.clear()
        now = datetime.now(UTC) + timedelta(days=number)
        orders = tuple(due_sources(db, now + timedelta(days=1), 1))
        report = crawl(CrawlOrder(order_id=str(number), sources=orders, limits=limits_for(outlet)))
        assert report.sources[0].outcome is Outcome.OK
        take_in(db, report, now)
        asked.append(len(outlet.paths()))
    db.close()

    assert asked == [2, 2, 1]
