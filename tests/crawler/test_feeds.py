"""Feeds of every dialect and brokenness, written by us."""

from __future__ import annotations

import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.feeds import MAX_BYTES, MAX_ITEMS, read_feed
from crawler.outcomes import Outcome
from crawler.readings import NotRead

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
URL = "https://news.example/feed/index.xml"
PARAGRAPH = "The provider opens a region with three zones and says that customers asked for it in every one of the past years. "


def rss(items: str, channel: str = "", head: str = '<?xml version="1.0"?>') -> bytes:
    spaces = (
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    spaces += (
        ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'
    )
    return f'{head}<rss version="2.0" {spaces}><channel><title>News</title>{channel}{items}</channel></rss>'.encode()


def item(number: int, extra: str = "") -> str:
    return f"<item><title>T{number}</title><link>https://news.example/{number}</link>{extra}</item>"


def test_rss_gives_entries_and_the_channels_wishes() -> None:
    channel = "<language>de</language><ttl>30</ttl><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
    channel += "<skipHours><hour>0</hour><hour>24</hour><hour>3</hour></skipHours>"
    extra = "<guid isPermaLink='false'>g1</guid><pubDate>Sat, 14 Mar 2026 10:00:00 +0800</pubDate><dc:creator>Ina</dc:creator>"
    extra += "<media:title>other</media:title><description>A &lt;b&gt;bold&lt;/b&gt; &amp;amp; short word</description>"

    feed = read_feed(rss(item(1, extra), channel), URL)

    first = feed.entries[0]
    assert (first.key, first.title, first.url, first.author) == ("g1", "T1", "https://news.example/1", "Ina")
    assert (first.published, first.summary) == (datetime(2026, 3, 14, 2, tzinfo=UTC), "A bold & short word")
    assert (feed.language, feed.ttl, feed.update_period) == ("de", timedelta(minutes=30), timedelta(hours=6))
    assert feed.skip_hours == {0, 3}


def test_atom_with_xml_base_and_markup_in_the_title() -> None:
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://news.example/fr/"><title>N</title><entry>
    <id>tag:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Un <em>titre</em></div></title>
    <link rel="self" href="x.atom"/><link href="article-1"/><published>2026-03-14T10:00:00Z</published>
    <updated>2026-03-15T10:00:00Z</updated><author><name>Ina</name></author></entry></feed>"""

    first = read_feed(body, URL).entries[0]

    assert (first.url, first.title, first.language) == ("https://news.example/fr/article-1", "Un titre", "fr")
    assert (first.published, first.modified) == (
        datetime(2026, 3, 14, 10, tzinfo=UTC),
        datetime(2026, 3, 15, 10, tzinfo=UTC),
    )


def test_rss_1_and_json_feed() -> None:
    rdf = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>N</title></channel><item rdf:about="https://news.example/1">
    <title>T</title><link>https://news.example/1</link><dc:date>2026-03-14</dc:date></item></rdf:RDF>"""
    json = b'{"version": "https://jsonfeed.org/version/1.1", "title": "N", "items": [{"id": "1", "url": "/1", "title": "a < b"}]}'

    assert read_feed(rdf, URL).entries[0].published == datetime(2026, 3, 14, tzinfo=UTC)
    assert read_feed(json, URL).entries[0].title == "a < b"
    assert read_feed(json, URL).entries[0].url == "https://news.example/1"


def test_whole_texts_are_told_from_teasers() -> None:
    def feed(text: str) -> bytes:
        items = (
            item(
                n,
                f"<description>Short</description><content:encoded><![CDATA[<p>{text * (n + 6)}</p>]]></content:encoded>",
            )
            for n in range(5)
        )
        return rss("".join(items))

    whole, teasers = read_feed(feed(PARAGRAPH), URL), read_feed(feed(PARAGRAPH[:20] + "… Read more"), URL)

    assert whole.complete_texts
    assert whole.entries[0].text.startswith("The provider opens")
    assert not teasers.complete_texts
    assert teasers.entries[0].text == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "HTML"),
        (b"<html><head></head><body><p>portal</p></body></html>", "HTML"),
        (b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]>' + rss(item(1), head=""), "DTD"),
        (b'<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd">' + rss(item(1), head=""), "DTD"),
        (b"", "empty"),
        (b"{broken", "JSON"),
        (b'{"a": 1}', "JSON Feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "urlset"),
        (b"plain words", "no feed"),
    ],
)
def test_what_is_no_feed_is_refused_by_name(body: bytes, said: str) -> None:
    with pytest.raises(NotRead) as caught:
        read_feed(body, URL, content_type="application/rss+xml")

    assert caught.value.outcome is Outcome.NOT_READ_FORMAT
    assert said in caught.value.detail


def test_an_entity_never_reads_a_file() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><rss><channel><item><title>&x;</title></item></channel></rss>'

    with pytest.raises(NotRead):
        read_feed(bomb, URL)


def test_large_feeds_are_refused_and_long_ones_capped() -> None:
    with pytest.raises(NotRead) as caught:
        read_feed(rss(" " * MAX_BYTES), URL)
    many = read_feed(rss("".join(item(n) for n in range(MAX_ITEMS + 500))), URL)

    assert caught.value.outcome is Outcome.TOO_LARGE
    assert len(many.entries) == MAX_ITEMS
    assert f"first {MAX_ITEMS} of {MAX_ITEMS + 500}" in many.note


def test_only_web_links_are_kept_and_long_fields_are_cut() -> None:
    bad = "".join(
        f"<item><title>x</title><link>{link}</link></item>"
        for link in (
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/hostname",
            "https://news.example/" + "a" * 3000,
        )
    )

    feed = read_feed(rss(bad + item(1) + f"<item><title>{'T' * 9000}</title><link>/2</link></item>"), URL)

    assert [entry.url for entry in feed.entries] == ["https://news.example/1", "https://news.example/2"]
    assert len(feed.entries[1].title) == 500
    assert "4 of 6 items have no web link" in feed.note


def test_a_broken_feed_gives_its_good_entries() -> None:
    body = rss(
        item(1) + "<item><title>a & b &nbsp; \x0b</title><link>https://news.example/2</link></item>" + item(3)
    )

    assert [entry.url[-1] for entry in read_feed(body, URL).entries] == ["1", "2", "3"]
    assert len(read_feed(body[: body.index(b"<title>T3") + 20], URL).entries) >= 2


@pytest.mark.parametrize("encoding", ["gb18030", "big5", "cp932", "cp1252"])
def test_a_feed_that_lies_about_its_encoding_is_not_garbled(encoding: str) -> None:
    title = {"gb18030": "云厂商宣布在马来西亚建设新的数据中心", "big5": "雲端業者宣布在馬來西亞建設新的資料中心",
             "cp932": "クラウド事業者はデータセンターを建設する", "cp1252": "Größere Anlagen für München – „schön“"}[encoding]  # fmt: skip
    text = f'<?xml version="1.0" encoding="utf-8"?><rss><channel><item><title>{title}</title><link>https://news.example/1</link></item></channel></rss>'

    assert read_feed(text.encode(encoding), URL).entries[0].title == title


def test_an_empty_feed_is_a_feed() -> None:
    assert read_feed(rss(""), URL).entries == ()


def test_bad_dates_are_no_dates() -> None:
    dates = [
        "9" * 5000,
        "9999-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "yesterday",
        "0001-01-01",
        "2026-02-30",
        "03/04/2026",
    ]

    feed = read_feed(rss("".join(item(n, f"<pubDate>{date}</pubDate>") for n, date in enumerate(dates))), URL)

    assert [entry.published for entry in feed.entries] == [None] * len(dates)


def test_a_flood_of_attributes_is_read() -> None:
    flood = " ".join(f'a{n}="1"' for n in range(200_000))
    body = rss(f"<item {flood}><title>T</title><link>https://news.example/1</link></item>")

    assert len(read_feed(body, URL).entries) <= 1


@pytest.mark.shared
@pytest.mark.parametrize("suite", ["feeds-feedparser", "feeds-feedvalidator"])
def test_every_feed_of_the_public_suites_is_read_or_refused_by_name(suite: str) -> None:
    archive = SHARED / suite / f"{suite}.tar.gz"
    if not archive.exists():
        pytest.skip(f"no public feed suite at {archive}")
    read = refused = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.endswith((".xml", ".json")):
                continue
            file = tar.extractfile(member)
            assert file is not None
            try:
                read_feed(file.read(), "https://news.example/" + member.name)
                read += 1
            except NotRead:
                refused += 1

    assert read > 1_500
    assert refused < 0.2 * read


def test_an_entry_whose_markup_drowns_in_attributes_is_read() -> None:
    flood = "&lt;p " + " ".join(f"a{number}" for number in range(8_000)) + "&gt;The text.&lt;/p&gt;"
    body = (
        "<rss version='2.0'><channel><title>News</title><item><title>A title</title>"
        f"<link>https://news.example/a</link><description>{flood}</description></item></channel></rss>"
    )

    (entry,) = read_feed(body.encode(), "https://news.example/feed").entries

    assert (entry.text or entry.summary) == "The text."
