"""Entries of an index in, the articles behind them out: read from the feed where it has them, else from the page."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.items import Article, Completeness, DateOrigin, Entry, FetchKind
from crawler.outcomes import Outcome
from crawler.readings import PageReading
from crawler.spiders.base import Poll
from crawler.spiders.choosing import choose
from crawler.spiders.fetching import Fetched, slot_of
from crawler.spiders.headers import charset_of
from crawler.urls import canonical_url, registrable_domain, url_key

MAX_PAGES_OF_ARTICLE = 5
MIN_FEED_TEXT = 200  # characters; less is a teaser, whatever the feed is said to carry
MAX_HOSTS_AT_ONCE = 4  # an aggregator's links lead to many hosts, each with its own pace
MAX_CLOCK_SKEW = timedelta(hours=26)  # a date further ahead is refused; the outlet's zone may be mistaken

#: May be better at the next poll; everything else is settled.
TEMPORARY = frozenset(
    {
        Outcome.RATE_LIMITED,
        Outcome.TIMED_OUT,
        Outcome.SERVER_ERROR,
        Outcome.UNREACHABLE,
        Outcome.DNS_FAILED,
        Outcome.CUT_OFF,
        Outcome.ROBOTS_UNKNOWN,
        Outcome.CRAWL_STOPPED,
    }
)
#: The page gave no article, but the index told title and summary to everybody: better than nothing.
_ENTRY_WILL_DO = frozenset(
    {
        Outcome.ROBOTS_DISALLOWED,
        Outcome.FORBIDDEN,
        Outcome.CONSENT,
        Outcome.PAYWALL,
        Outcome.TEASER,
        Outcome.EMPTY,
        Outcome.TOO_LARGE,
        Outcome.NOT_READ_TIME,
        Outcome.NOT_READ_CRASH,
        Outcome.NOT_READ_FORMAT,
    }
)
_PAGE_HAS_ARTICLE = frozenset({Outcome.OK, Outcome.TEASER, Outcome.PAYWALL})
_TRUST = tuple(DateOrigin)


async def read_articles(poll: Poll, *, feed_has_texts: bool = False) -> None:
    """Read what is new among `poll.entries` into `poll.articles`."""
    choice = choose(poll.entries, poll.state, poll.limits, poll.started_at)
    poll.postpone(choice.later, tried=False)
    by_host: dict[str, list[Entry]] = {}
    for entry in choice.read:
        if feed_has_texts and len(entry.text) >= MIN_FEED_TEXT:
            poll.articles.append(_from_entry(poll, entry, Completeness.FEED))
        else:
            by_host.setdefault(slot_of(entry.url), []).append(entry)
    gate = asyncio.Semaphore(MAX_HOSTS_AT_ONCE)
    await asyncio.gather(*(_read_host(poll, entries, gate) for entries in by_host.values()))


async def _read_host(poll: Poll, entries: list[Entry], gate: asyncio.Semaphore) -> None:
    """Articles of one host one after another: what the first answer says holds for the rest."""
    async with gate:
        for position, entry in enumerate(entries):
            if poll.budget_left <= 0 or poll.fetcher.pause_of(entry.url) is not None:
                poll.postpone(entries[position:], tried=False)
                return
            try:
                await _read_article(poll, entry)
            except asyncio.CancelledError:
                poll.postpone(entries[position:], tried=False)
                raise


async def _read_article(poll: Poll, entry: Entry) -> None:
    fetched = await poll.fetch(entry.url, FetchKind.ARTICLE)
    reading, outcome, detail = await _read_page(poll, fetched)
    if reading is not None and reading.next_page:
        try:
            reading = await _with_next_pages(poll, fetched, reading)
        except asyncio.CancelledError:
            poll.record(fetched, Outcome.CRAWL_STOPPED, "the crawl ended between the pages of the article")
            raise
    article = _from_page(poll, entry, fetched, reading) if reading and outcome in _PAGE_HAS_ARTICLE else None
    if article is not None and _is_duplicate(poll, entry, article):
        outcome, detail = Outcome.DUPLICATE, f"the same article as {article.url}"
        article = None
    if outcome in _ENTRY_WILL_DO and (article is None or len(entry.text) > len(article.text)):
        article = _from_entry(poll, entry, _completeness_of_entry(entry)) if entry.title else article
    poll.record(fetched, outcome, detail)
    if outcome in TEMPORARY:
        poll.postpone([entry], tried=outcome is not Outcome.RATE_LIMITED)
    elif article is not None:
        poll.articles.append(article)


async def _read_page(poll: Poll, fetched: Fetched) -> tuple[PageReading | None, Outcome, str]:
    if fetched.outcome is not Outcome.OK:
        return None, fetched.outcome, fetched.detail
    if (reason := _reservation(fetched)) is not None:
        return None, Outcome.OPTED_OUT, reason
    media_type = fetched.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type and not any(word in media_type for word in ("html", "xml", "text/plain")):
        return None, Outcome.NOT_ARTICLE, f"a file of type {media_type}, not a page"

    async def read(page: Fetched) -> PageReading:
        return await poll.readers.read_page(
            page.body, page.url, charset_of(page.headers), poll.source, page.at
        )

    reading, outcome, detail = await poll.read(fetched, read)
    if reading is None:
        return None, outcome, detail
    if reading.noarchive:
        return None, Outcome.OPTED_OUT, reading.note or "the page reserves its text (noarchive, TDM)"
    return reading, reading.outcome, reading.note


async def _with_next_pages(poll: Poll, first: Fetched, reading: PageReading) -> PageReading:
    """Join the pages of an article that is cut into several; stays on the site and ends."""
    paragraphs = reading.text.split("\n")
    seen = {url_key(first.url)}
    following = reading.next_page
    for _page in range(MAX_PAGES_OF_ARTICLE - 1):
        if following is None or poll.budget_left <= 0 or not _same_site(following, first.url):
            break
        try:
            key = url_key(following)
        except ValueError:
            break
        if key in seen:
            break
        seen.add(key)
        fetched = await poll.fetch(following, FetchKind.ARTICLE)
        page, outcome, detail = await _read_page(poll, fetched)
        poll.record(fetched, outcome, detail)
        if page is None or outcome not in _PAGE_HAS_ARTICLE:
            break
        known = set(paragraphs)
        paragraphs += [paragraph for paragraph in page.text.split("\n") if paragraph not in known]
        following = page.next_page
    return replace(reading, text="\n".join(paragraphs))


def _from_page(poll: Poll, entry: Entry, fetched: Fetched, reading: PageReading) -> Article:
    url = canonical_url(fetched.url)
    if reading.canonical and _same_site(reading.canonical, fetched.url):
        url = canonical_url(reading.canonical)
    published, published_from = _more_trusted(
        (reading.published, reading.published_from),
        (entry.published, DateOrigin.FEED if entry.published else None),
        fetched.at,
    )
    modified, modified_from = _more_trusted(
        (reading.modified, reading.modified_from),
        (entry.modified, DateOrigin.FEED if entry.modified else None),
        fetched.at,
    )
    return Article(
        source_id=poll.source.source_id,
        url=url,
        url_key=url_key(url),
        title=reading.title or entry.title,
        text=reading.text,
        fetched_url=fetched.asked_url,
        fetched_at=fetched.at,
        language=reading.language or entry.language or poll.source.language,
        author=reading.author or entry.author,
        published=published,
        published_from=published_from,
        modified=modified,
        modified_from=modified_from,
        completeness=reading.completeness,
        summary=entry.summary or reading.summary,
        site_name=reading.site_name,
        section=reading.section,
        syndicated_from=reading.syndicated_from,
        encoding_doubtful=reading.encoding_doubtful,
        extraction=reading.extraction,
    )


def _from_entry(poll: Poll, entry: Entry, completeness: Completeness) -> Article:
    published, published_from = _more_trusted(
        (None, None), (entry.published, DateOrigin.FEED if entry.published else None), poll.started_at
    )
    return Article(
        source_id=poll.source.source_id,
        url=entry.url,
        url_key=entry.url_key,
        title=entry.title,
        text=entry.text or entry.summary,
        fetched_url=entry.url,
        fetched_at=poll.started_at,
        language=entry.language or poll.source.language,
        author=entry.author,
        published=published,
        published_from=published_from,
        modified=entry.modified,
        modified_from=DateOrigin.FEED if entry.modified else None,
        completeness=completeness,
        summary=entry.summary,
        extraction="feed",
    )


def _completeness_of_entry(entry: Entry) -> Completeness:
    return Completeness.FEED if len(entry.text) >= MIN_FEED_TEXT else Completeness.TEASER


def _is_duplicate(poll: Poll, entry: Entry, article: Article) -> bool:
    if article.url_key == entry.url_key:
        return any(article.url_key == other.url_key for other in poll.articles)
    return article.url_key in poll.state.known_keys or any(
        article.url_key == other.url_key for other in poll.articles
    )


def _more_trusted(
    page: tuple[datetime | None, DateOrigin | None],
    index: tuple[datetime | None, DateOrigin | None],
    now: datetime,
) -> tuple[datetime | None, DateOrigin | None]:
    """The date with the better origin; a date in the future is none, and no date is never "now"."""
    known = [
        (date, origin)
        for date, origin in (page, index)
        if date is not None and origin is not None and date <= now + MAX_CLOCK_SKEW
    ]
    if not known:
        return None, None
    return min(known, key=lambda pair: _TRUST.index(pair[1]))


def _reservation(fetched: Fetched) -> str | None:
    """Headers by which an outlet reserves a page: X-Robots-Tag (noarchive, none), TDM reservation protocol."""
    tags = {
        tag.strip().lower() for tag in fetched.headers.get("x-robots-tag", "").replace(":", ",").split(",")
    }
    if tags & {"noarchive", "none"}:
        return "X-Robots-Tag asks not to keep the page"
    if fetched.headers.get("tdm-reservation", "").strip() == "1":
        return "TDM-Reservation: the rights to text mining are reserved"
    return None


def _same_site(url: str, other: str) -> bool:
    hosts = [urlsplit(address).hostname or "" for address in (url, other)]
    return registrable_domain(hosts[0]) == registrable_domain(hosts[1])
