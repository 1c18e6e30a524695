"""A page and the index entry that named it become one article: which date is believed, which text is taken."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawler.assembly import article_of_entry, article_of_page
from crawler.items import Article, Completeness, DateOrigin, Entry
from crawler.outcomes import Outcome
from crawler.readings import PageReading
from crawler.sources import Source, SourceKind
from crawler.urls import url_key

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
URL = "https://news.example/wirtschaft/wolkenwerk"
TEXT = "Der Anbieter Wolkenwerk baut in Johor ein weiteres Rechenzentrum und hat dafür Grund gekauft. " * 4
SOURCE = Source(
    source_id="news", name="News", url="https://news.example/feed", kind=SourceKind.FEED, language="de"
)


def reading(**values: object) -> PageReading:
    own: dict[str, object] = {
        "title": "Wolkenwerk baut", "text": TEXT, "outcome": Outcome.OK, "completeness": Completeness.FULL,
        "extraction": "trafilatura",
    }  # fmt: skip
    return PageReading(**{**own, **values})  # type: ignore[arg-type]


def entry(published: datetime | None = None, text: str = "", modified: datetime | None = None) -> Entry:
    return Entry(
        url=URL,
        url_key=url_key(URL),
        key="1",
        title="Aus dem Feed",
        published=published,
        text=text,
        modified=modified,
    )


def article(page: PageReading, of_index: Entry) -> Article:
    return article_of_page(page, of_index, SOURCE, asked_url=URL, url=URL, at=NOW)


OLD, FED = datetime(2023, 5, 1, tzinfo=UTC), NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("page", "origin", "fed", "expected"),
    [
        (OLD, DateOrigin.META, FED, (OLD, DateOrigin.META)),
        (OLD, DateOrigin.URL, FED, (OLD, DateOrigin.URL)),
        (FED - timedelta(hours=20), DateOrigin.URL, FED, (FED, DateOrigin.FEED)),
        (OLD, DateOrigin.TIME_TAG, FED, (FED, DateOrigin.FEED)),
        (None, None, FED, (FED, DateOrigin.FEED)),
        (None, None, NOW + timedelta(days=3), (None, None)),
        (None, None, None, (None, None)),
    ],
)
def test_the_better_date_is_believed_and_none_is_invented(
    page: datetime | None, origin: DateOrigin | None, fed: datetime | None, expected: tuple[object, object]
) -> None:
    found = article(reading(published=page, published_from=origin), entry(fed))

    assert (found.published, found.published_from) == expected


def test_the_text_of_the_feed_is_taken_where_the_page_gave_less() -> None:
    teaser = reading(text="Der Anbieter baut ...", completeness=Completeness.TEASER)

    assert article(teaser, entry(text=TEXT)).text == TEXT
    assert article(teaser, entry(text=TEXT)).completeness is Completeness.FEED
    assert article(reading(), entry(text=TEXT[:250])).completeness is Completeness.FULL


def test_a_canonical_address_on_another_site_is_not_believed() -> None:
    found = article(reading(canonical="https://elsewhere.example/a"), entry())

    assert found.url == URL


def test_an_entry_without_a_page_is_a_teaser_unless_it_carries_the_text() -> None:
    assert article_of_entry(entry(text="Kurz."), SOURCE, at=NOW).completeness is Completeness.TEASER
    assert article_of_entry(entry(text=TEXT), SOURCE, at=NOW).completeness is Completeness.FEED
    assert article_of_entry(entry(NOW + timedelta(days=9)), SOURCE, at=NOW).published is None
