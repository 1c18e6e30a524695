"""Listing pages: article links are found, whatever the layout; navigation is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.listings import MAX_ENTRIES, read_listing
from crawler.readings import NotRead
from crawler.sources import Source, SourceKind

URL = "https://news.example/technik/"
TITLES = [f"Anbieter Nummer {n} eröffnet ein neues Rechenzentrum im Norden" for n in range(8)]


def source(pattern: str | None = None) -> Source:
    return Source(
        source_id="s",
        name="S",
        url=URL,
        kind=SourceKind.LISTING,
        homepage="https://news.example/",
        article_pattern=pattern,
    )


def listing(layout: str) -> bytes:
    teasers = "".join(
        layout.format(
            url=f"/technik/anbieter-{n}-baut-rechenzentrum-im-norden-{4000 + n}.html", title=title, day=n + 1
        )
        for n, title in enumerate(TITLES)
    )
    return f"""<html><body><nav><a href="/politik/">Politik und alles aus dem ganzen Land</a><a href="/impressum">Impressum</a>
    <a href="/tag/wolke">Alle Beiträge zum Thema Wolke und Rechenzentrum</a></nav><main>{teasers}</main>
    <div class="pagination"><a href="/technik/page/2">Zur nächsten Seite mit weiteren Beiträgen</a></div>
    <a href="https://other.example/ads-that-look-like-an-article-12345.html">Eine Anzeige, die wie ein Beitrag aussieht</a>
    <footer><a href="/datenschutz">Hinweise zum Schutz Ihrer persönlichen Daten</a></footer></body></html>""".encode()


LAYOUTS = [
    '<article><h2><a href="{url}">{title}</a></h2><time datetime="2026-03-0{day}">x</time></article>',
    '<div class="card"><a href="{url}"><img src="x.jpg"></a><a href="{url}"><h3>{title}</h3></a></div>',
    '<li><a href="{url}">{title}</a></li>',
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_articles_are_found_in_any_layout_and_nothing_else(layout: str) -> None:
    reading = read_listing(listing(layout), URL, source())

    assert [entry.title for entry in reading.entries] == TITLES


def test_the_date_beside_a_link_is_taken() -> None:
    assert read_listing(listing(LAYOUTS[0]), URL, source()).entries[0].published == datetime(
        2026, 3, 1, tzinfo=UTC
    )


def test_the_sources_pattern_decides_until_no_link_fits_it() -> None:
    fits = read_listing(listing(LAYOUTS[2]), URL, source(r"-400[01]\.html$"))
    moved = read_listing(listing(LAYOUTS[2]), URL, source(r"/artikel/\d+$"))

    assert len(fits.entries) == 2
    assert len(moved.entries) == len(TITLES)
    assert "no link fits" in moved.note


def test_a_flood_of_links_is_bounded() -> None:
    flood = "".join(
        f'<a href="/a-very-long-slug-number-{n}">A title that is long enough {n}</a>' for n in range(18_000)
    )

    assert len(read_listing(f"<body>{flood}".encode(), URL, source()).entries) <= MAX_ENTRIES


def test_a_page_without_links_is_refused_by_name() -> None:
    with pytest.raises(NotRead):
        read_listing(b"<html><body><p>nothing</p></body></html>", URL, source())
