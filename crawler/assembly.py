"""A page's reading and the index entry that named it in, the article out: dates and texts of both reconciled. Pure.

Holds no parser, so that the crawl process can use it.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from crawler.completeness import is_teaser, weigh
from crawler.dates import is_plausible
from crawler.items import Article, Completeness, DateOrigin, Entry
from crawler.readings import PageReading
from crawler.sources import Source
from crawler.urls import canonical_url, registrable_domain, url_key

MIN_FEED_TEXT = 200  # characters; less is a teaser, whatever the feed is said to carry
_REPUBLISHED_AFTER = 1  # days by which a feed's date may follow the date in the address
Dated = tuple[datetime | None, DateOrigin | None]


def article_of_page(
    reading: PageReading, entry: Entry, source: Source, *, asked_url: str, url: str, at: datetime
) -> Article:
    """The article of a page. `url` is where the page was in the end, `asked_url` what was asked for, `at` when.

    The page's structured dates win over the feed's, the feed's over <time> and address, but for an address that is
    more than a day older: so an old article with a new feed date stays old. No date is ever "now".
    """
    own = reading.canonical if reading.canonical and same_site(reading.canonical, url) else None
    address = canonical_url(own or url)
    published, published_from = _published(reading, entry, at)
    modified, modified_from = reading.modified, reading.modified_from
    if modified is None:
        modified, modified_from = _fed(entry.modified, at)
    text, completeness, extraction = _text(reading, entry)
    return Article(
        source_id=source.source_id,
        url=address,
        url_key=url_key(address),
        title=reading.title or entry.title,
        text=text,
        fetched_url=asked_url,
        fetched_at=at,
        language=reading.language or entry.language or source.language,
        author=reading.author or entry.author,
        published=published,
        published_from=published_from,
        modified=modified,
        modified_from=modified_from,
        completeness=completeness,
        summary=entry.summary or reading.summary,
        site_name=reading.site_name,
        section=reading.section or source.section,
        syndicated_from=reading.syndicated_from,
        encoding_doubtful=reading.encoding_doubtful,
        extraction=extraction,
        link_density=0.0 if extraction == "feed" else reading.link_density,
    )


def article_of_entry(entry: Entry, source: Source, *, at: datetime) -> Article:
    """The article as far as the index tells it: a feed's whole text, or title and summary (then a teaser)."""
    published, published_from = _fed(entry.published, at)
    modified, modified_from = _fed(entry.modified, at)
    return Article(
        source_id=source.source_id,
        url=entry.url,
        url_key=entry.url_key,
        title=entry.title,
        text=entry.text or entry.summary,
        fetched_url=entry.url,
        fetched_at=at,
        language=entry.language or source.language,
        author=entry.author,
        published=published,
        published_from=published_from,
        modified=modified,
        modified_from=modified_from,
        completeness=Completeness.FEED if has_text(entry) else Completeness.TEASER,
        summary=entry.summary,
        section=source.section,
        extraction="feed",
    )


def has_text(entry: Entry) -> bool:
    """Does the index carry the article and not just a teaser?"""
    return len(entry.text) >= MIN_FEED_TEXT


def same_site(url: str, other: str) -> bool:
    """Do two addresses belong to one registrable domain?"""
    hosts = [urlsplit(address).hostname or "" for address in (url, other)]
    return registrable_domain(hosts[0]) == registrable_domain(hosts[1])


def _fed(date: datetime | None, at: datetime) -> Dated:
    return (date, DateOrigin.FEED) if date is not None and is_plausible(date, at) else (None, None)


def _published(reading: PageReading, entry: Entry, at: datetime) -> Dated:
    page: Dated = (reading.published, reading.published_from)
    fed, _ = _fed(entry.published, at)
    if fed is None:
        return page
    if reading.published is None or reading.published_from is None:
        return fed, DateOrigin.FEED
    if reading.published_from in {DateOrigin.JSON_LD, DateOrigin.META}:
        return page
    if reading.published_from is DateOrigin.URL and (fed - reading.published).days > _REPUBLISHED_AFTER:
        return page
    return fed, DateOrigin.FEED


def _text(reading: PageReading, entry: Entry) -> tuple[str, Completeness, str]:
    """The page's text, or the feed's where the page gave less than the feed already had."""
    partial = reading.completeness is not Completeness.FULL
    more = weigh(entry.text) > weigh(reading.text) * (1.0 if partial else 1.5)
    if has_text(entry) and more and not is_teaser(entry.text):
        return entry.text, Completeness.FEED, "feed"
    return reading.text, reading.completeness, reading.extraction
