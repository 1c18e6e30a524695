"""Sitemaps, written by us; bombs and loops are bounded."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from crawler.outcomes import Outcome
from crawler.readings import NotRead
from crawler.sitemaps import MAX_BYTES, MAX_ENTRIES, read_sitemap

URL = "https://news.example/sitemap.xml"
NEWS = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://news.example/1</loc><lastmod>2026-03-15</lastmod>
<news:news><news:publication><news:name>News</news:name><news:language>de</news:language></news:publication>
<news:publication_date>2026-03-14T10:00:00+01:00</news:publication_date><news:title>Ein Titel</news:title></news:news></url>
<url><loc>file:///etc/hostname</loc></url></urlset>"""


def test_a_news_sitemap_gives_titles_and_dates_also_gzipped() -> None:
    for body in (NEWS, gzip.compress(NEWS), gzip.compress(gzip.compress(NEWS))):
        (entry,) = read_sitemap(body, URL).entries

        assert (entry.title, entry.language) == ("Ein Titel", "de")
        assert (entry.published, entry.modified) == (
            datetime(2026, 3, 14, 9, tzinfo=UTC),
            datetime(2026, 3, 15, tzinfo=UTC),
        )


def test_an_index_lists_its_sitemaps_newest_first_and_never_itself() -> None:
    parts = [("a", "2026-01-01"), ("b", "2026-03-01"), ("sitemap.xml", "2026-03-02")]
    body = "".join(
        f"<sitemap><loc>https://news.example/{n}</loc><lastmod>{d}</lastmod></sitemap>" for n, d in parts
    )

    reading = read_sitemap(f"<sitemapindex>{body}</sitemapindex>".encode(), URL)

    assert [url for url, _ in reading.children] == ["https://news.example/b", "https://news.example/a"]


def test_a_text_sitemap_is_read() -> None:
    assert len(read_sitemap(b"https://news.example/1\nhttps://news.example/2\nnonsense\n", URL).entries) == 2


def test_of_many_urls_the_newest_are_kept() -> None:
    urls = "".join(
        f"<url><loc>https://news.example/{n}</loc><lastmod>20{n % 26:02}-01-01</lastmod></url>"
        for n in range(MAX_ENTRIES + 900)
    )

    reading = read_sitemap(f"<urlset>{urls}</urlset>".encode(), URL)

    assert len(reading.entries) == MAX_ENTRIES
    assert f"newest {MAX_ENTRIES} of {MAX_ENTRIES + 900}" in reading.note
    assert reading.entries[0].modified == datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (gzip.compress(b"\0" * (MAX_BYTES + 10), mtime=0), Outcome.TOO_LARGE),
        (b'<!DOCTYPE u [<!ENTITY a "b">]><urlset/>', Outcome.NOT_READ_FORMAT),
        (b"<html><body>not found</body></html>", Outcome.NOT_READ_FORMAT),
        (b"\x1f\x8b broken", Outcome.NOT_READ_FORMAT),
        (b"", Outcome.NOT_READ_FORMAT),
    ],
    ids=["bomb", "entities", "html", "broken gzip", "empty"],
)
def test_what_is_no_sitemap_is_refused_by_name(body: bytes, outcome: Outcome) -> None:
    with pytest.raises(NotRead) as caught:
        read_sitemap(body, URL)

    assert caught.value.outcome is outcome
