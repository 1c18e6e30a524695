"""Entries of an index in, the articles behind them out: read from the feed where it has them, else from the page."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from crawler.assembly import article_of_entry, article_of_page, has_text, same_site
from crawler.items import Article, Entry, FetchKind
from crawler.outcomes import Outcome
from crawler.readings import PageReading
from crawler.reservations import mining_choice, reserved_by_robots
from crawler.sources import SourceKind
from crawler.spiders.base import Poll
from crawler.spiders.choosing import choose
from crawler.spiders.fetching import Fetched, slot_of
from crawler.spiders.headers import charset_of
from crawler.urls import url_key

MAX_PAGES_OF_ARTICLE = 5
MAX_HOSTS_AT_ONCE = 4  # an aggregator's links lead to many hosts, each with its own pace

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
#: Kinds of index that may name an outlet's whole past.
_NAMES_ALL_PAST = frozenset({SourceKind.SITEMAP, SourceKind.LISTING})
_PAGE_HAS_ARTICLE = frozenset({Outcome.OK, Outcome.TEASER, Outcome.PAYWALL})


async def read_articles(poll: Poll, *, feed_has_texts: bool = False) -> None:
    """Read what is new among `poll.entries` into `poll.articles`."""

    def is_free(entry: Entry) -> bool:
        return not entry.has_page or (feed_has_texts and has_text(entry))

    choice = choose(
        poll.entries,
        poll.state,
        poll.limits,
        poll.started_at,
        is_free=is_free,
        names_all_past=poll.source.kind in _NAMES_ALL_PAST,
    )
    poll.postpone(choice.later, tried=False)
    unread = {entry.url_key: entry for entry in choice.read}
    by_host: dict[str, list[Entry]] = {}
    try:
        for entry in choice.read:
            if is_free(entry):
                await _take_from_index(poll, entry)
                del unread[entry.url_key]
            else:
                by_host.setdefault(slot_of(entry.url), []).append(entry)
        gate = asyncio.Semaphore(MAX_HOSTS_AT_ONCE)
        await asyncio.gather(*(_read_host(poll, entries, unread, gate) for entries in by_host.values()))
    except asyncio.CancelledError:
        poll.postpone(unread.values(), tried=False)  # wherever the end of the crawl met them
        raise


async def _take_from_index(poll: Poll, entry: Entry) -> None:
    """All there is stands in the feed; what is reserved is not kept, though no page was asked for it.

    The text is part of the feed: a header of the feed goes before tdmrep.json.
    """
    said = mining_choice([poll.index.headers.get("tdm-reservation", "")]) if poll.index else None
    reason = await poll.reserved(entry.url) if said is None else None
    if said:
        reason = "TDM-Reservation of the feed: the rights to text mining are reserved"
    if reason is not None:
        poll.note(entry.url, FetchKind.ARTICLE, Outcome.OPTED_OUT, reason)
        return
    poll.articles.append(article_of_entry(entry, poll.source, at=poll.started_at))


async def _read_host(
    poll: Poll, entries: list[Entry], unread: dict[str, Entry], gate: asyncio.Semaphore
) -> None:
    """Articles of one host one after another: what the first answer says holds for the rest."""
    async with gate:
        for entry in entries:
            if poll.budget_left <= 0 or poll.fetcher.pause_of(entry.url) is not None:
                if poll.budget_left <= 0:
                    poll.remark(f"stopped at {poll.limits.max_pages_per_source} requests")
                poll.postpone([entry], tried=False)
            else:
                await _read_article(poll, entry)
            del unread[entry.url_key]


async def _read_article(poll: Poll, entry: Entry) -> None:
    fetched = await poll.fetch(entry.url, FetchKind.ARTICLE)
    reading, outcome, detail = await _read_page(poll, fetched)
    if reading is not None and reading.next_page:
        try:
            reading = await _with_next_pages(poll, fetched, reading)
        except asyncio.CancelledError:
            poll.record(fetched, Outcome.CRAWL_STOPPED, "the crawl ended between the pages of the article")
            raise
    article = None
    if reading is not None and outcome in _PAGE_HAS_ARTICLE:
        article = article_of_page(
            reading, entry, poll.source, asked_url=fetched.asked_url, url=fetched.url, at=fetched.at
        )
    if article is not None and _is_duplicate(poll, entry, article):
        outcome, detail = Outcome.DUPLICATE, f"the same article as {article.url}"
        article = None
    if outcome in _ENTRY_WILL_DO and (article is None or len(entry.text) > len(article.text)):
        article = article_of_entry(entry, poll.source, at=poll.started_at) if entry.title else article
    poll.record(fetched, outcome, detail)
    if outcome in TEMPORARY:
        poll.postpone([entry], tried=outcome is not Outcome.RATE_LIMITED)
    elif article is not None:
        poll.articles.append(article)


async def _read_page(poll: Poll, fetched: Fetched) -> tuple[PageReading | None, Outcome, str]:
    """What the page gave, once all that it and its site ask was heard: tdmrep.json, its headers, its meta tags."""
    said = mining_choice([fetched.headers.get("tdm-reservation", "")])
    reading, outcome, detail = await _read_unreserved(poll, fetched)
    if reading is not None and reading.mining_reserved is not None:
        said = reading.mining_reserved
    if outcome in TEMPORARY or outcome is Outcome.OPTED_OUT:
        return reading, outcome, detail
    if said:
        return None, Outcome.OPTED_OUT, "TDM-Reservation: the rights to text mining are reserved"
    if said is None and fetched.reservation is not None:
        poll.fetcher.note_reserved(fetched.url)
        return None, Outcome.OPTED_OUT, fetched.reservation
    return reading, outcome, detail


async def _read_unreserved(poll: Poll, fetched: Fetched) -> tuple[PageReading | None, Outcome, str]:
    if fetched.outcome is not Outcome.OK:
        return None, fetched.outcome, fetched.detail
    if directive := reserved_by_robots([fetched.headers.get("x-robots-tag", "")]):
        return None, Outcome.OPTED_OUT, f"X-Robots-Tag asks not to keep the page ({directive})"
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
        return None, Outcome.OPTED_OUT, "the page asks not to be kept (robots meta tag: noarchive, noai)"
    return reading, reading.outcome, reading.note


async def _with_next_pages(poll: Poll, first: Fetched, reading: PageReading) -> PageReading:
    """Join the pages of an article that is cut into several; stays on the site and ends."""
    paragraphs = reading.text.split("\n")
    seen = {url_key(first.url)}
    following = reading.next_page
    for _page in range(MAX_PAGES_OF_ARTICLE - 1):
        if following is None or poll.budget_left <= 0 or not same_site(following, first.url):
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


def _is_duplicate(poll: Poll, entry: Entry, article: Article) -> bool:
    if article.url_key == entry.url_key:
        return any(article.url_key == other.url_key for other in poll.articles)
    known = poll.state.known_keys
    if article.url_key in known and entry.url_key not in known:  # a known entry is read again for its edits
        return True
    return any(article.url_key == other.url_key for other in poll.articles)
