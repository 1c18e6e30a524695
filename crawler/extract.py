"""HTML bytes in, the article out: title, text, language, dates with their origin, author, completeness. Pure.

Each page is parsed once; metadata and body come from the same tree. Nothing is fetched, no clock is read: a page
without a date gets none.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from crawler.bodytext import read_body
from crawler.cleaning import clean_line
from crawler.completeness import Verdict, is_teaser, judge_page, link_share, strip_teaser_ending, weigh
from crawler.dates import is_plausible
from crawler.encodings import decode
from crawler.items import Article, Completeness, DateOrigin, Entry
from crawler.languages import language_of
from crawler.outcomes import Outcome
from crawler.pagemeta import MAX_TITLE, PageMeta, read_meta
from crawler.readings import NotRead, PageReading
from crawler.sources import Source
from crawler.urls import canonical_url, url_key

MAX_BYTES = 2 * 1024 * 1024  # of markup without scripts; 10 MB of paragraphs cost 45 s
MAX_TEXT = 500_000  # characters of one article
_DEAD_WEIGHT = re.compile(r"<(script|style|svg|noscript)\b([^>]{0,2000})>", re.IGNORECASE)


def extract_page(
    html: bytes,
    url: str,
    *,
    http_charset: str | None = None,
    source: Source | None = None,
    fetched_at: datetime,
    feed_entry: Entry | None = None,
) -> PageReading:
    """Read one page. `fetched_at` serves to refuse dates of the future, `feed_entry` as title where the page has none.

    Raises NotRead for what is no HTML or too large; walls, lists and soft 404s are outcomes of the reading.
    """
    decoded = decode(html, http_charset)
    tree = parse_html(decoded.text)
    meta = read_meta(tree, url, fetched_at)
    title = meta.title or (feed_entry.title if feed_entry else "")
    share, head = link_share(tree), decoded.text[:200_000]
    body = read_body(
        tree,
        selector=source.body_selector if source else None,
        structured=meta.structured.body,
        title=title,
        author=meta.author,
        free=meta.structured.free is not False,
    )
    text = body.text[:MAX_TEXT]
    page_text = clean_line(tree.text_content()[:40_000])
    verdict = judge_page(
        text=text, title=title, meta=meta, page_text=page_text, source=head, link_share=share, url=url
    )
    return _reading(
        meta, title=title, text=strip_teaser_ending(text), extraction=body.extraction, verdict=verdict,
        doubtful=decoded.doubtful, source=source,
    )  # fmt: skip


def parse_html(text: str) -> HtmlElement:
    """One lxml tree of a page. Raises NotRead: TOO_LARGE, or NOT_READ_FORMAT for what holds no element."""
    if len(text) > MAX_BYTES:
        text = _without_dead_weight(text)
    if len(text) > MAX_BYTES:
        raise NotRead(
            Outcome.TOO_LARGE, f"the page has {len(text)} characters of markup; the limit is {MAX_BYTES}"
        )
    if not text.strip() or text.lstrip()[:5] in {"%PDF-", "\x89PNG"}:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the body holds no HTML")
    # huge_tree lifts the depth limit of 256, below which libxml2 drops text without a word.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # One class for every tag: lxml.html's own choice by tag is a Python call for every element touched, a tenth
    # of the cost of a page.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    try:
        return document_fromstring(text.replace("\x00", "").encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotRead(Outcome.NOT_READ_FORMAT, f"the body holds no HTML: {error}") from None


def _without_dead_weight(text: str) -> str:
    """Markup without scripts, styles and drawings. Linear: a pattern with .*? took minutes on unclosed scripts."""
    lower = text.lower() if text.isascii() else re.sub("[A-Z]", lambda match: match[0].lower(), text)
    kept: list[str] = []
    position = 0
    while (match := _DEAD_WEIGHT.search(text, position)) is not None:
        closing = lower.find(f"</{match[1].lower()}", match.end())
        end = lower.find(">", closing) + 1 if closing >= 0 else 0
        if not end:  # never closed
            break
        if "ld+json" in match[2]:
            kept.append(text[position:end])
        else:
            kept.append(text[position : match.start()])
        position = end
    return "".join((*kept, text[position:]))


def article_from(
    reading: PageReading, entry: Entry | None, source: Source, fetched_url: str, fetched_at: datetime
) -> Article:
    """The article of a page and of the index entry that named it, their dates reconciled.

    The page's structured dates win over the feed's, the feed's over <time> and URL; of two structured dates the
    older one is believed, so that an old article with a new feed date stays old. No date is never "now".
    """
    url = reading.canonical or canonical_url(fetched_url)
    published, published_from = _published(reading, entry, fetched_at)
    modified, modified_from = reading.modified, reading.modified_from
    if (
        modified is None
        and entry is not None
        and entry.modified is not None
        and is_plausible(entry.modified, fetched_at)
    ):
        modified, modified_from = entry.modified, DateOrigin.FEED
    text, completeness, extraction = _text(reading, entry)
    return Article(
        source_id=source.source_id,
        url=url,
        url_key=url_key(url),
        title=reading.title or (entry.title if entry else ""),
        text=text,
        fetched_url=fetched_url,
        fetched_at=fetched_at,
        language=reading.language or (entry.language if entry else None) or source.language,
        author=reading.author or (entry.author if entry else None),
        published=published,
        published_from=published_from,
        modified=modified,
        modified_from=modified_from,
        completeness=completeness,
        summary=reading.summary or (entry.summary if entry else ""),
        site_name=reading.site_name,
        section=reading.section or source.section,
        syndicated_from=reading.syndicated_from,
        encoding_doubtful=reading.encoding_doubtful,
        extraction=extraction,
    )


def feed_article(entry: Entry, source: Source, fetched_at: datetime) -> Article:
    """The article of a feed that carries whole texts; the page is not fetched."""
    published = entry.published if entry.published and is_plausible(entry.published, fetched_at) else None
    modified = entry.modified if entry.modified and is_plausible(entry.modified, fetched_at) else None
    return Article(
        source_id=source.source_id,
        url=entry.url,
        url_key=entry.url_key,
        title=entry.title,
        text=entry.text,
        fetched_url=entry.url,
        fetched_at=fetched_at,
        language=language_of(f"{entry.title}\n{entry.text}", declared=entry.language, outlet=source.language),
        author=entry.author,
        published=published,
        published_from=DateOrigin.FEED if published else None,
        modified=modified,
        modified_from=DateOrigin.FEED if modified else None,
        completeness=Completeness.FEED,
        summary=entry.summary,
        section=source.section,
        extraction="feed",
    )


def _published(
    reading: PageReading, entry: Entry | None, fetched_at: datetime
) -> tuple[datetime | None, DateOrigin | None]:
    fed = entry.published if entry is not None else None
    if fed is not None and not is_plausible(fed, fetched_at):
        fed = None
    page, origin = reading.published, reading.published_from
    if fed is None or page is None:
        return (fed, DateOrigin.FEED) if page is None and fed is not None else (page, origin)
    if origin in {DateOrigin.JSON_LD, DateOrigin.META}:
        return page, origin
    if origin is DateOrigin.URL and fed.date() > page.date() and (fed - page).days > 1:
        return page, origin  # republished: the address says when it was new
    return fed, DateOrigin.FEED


def _text(reading: PageReading, entry: Entry | None) -> tuple[str, Completeness, str]:
    """The page's text, or the feed's where the page gave less than the feed already had."""
    fed = entry.text if entry is not None else ""
    partial = reading.completeness is not Completeness.FULL
    if fed and weigh(fed) > weigh(reading.text) * (1.0 if partial else 1.5) and not is_teaser(fed):
        return fed, Completeness.FEED, "feed"
    return reading.text, reading.completeness, reading.extraction


def _reading(
    meta: PageMeta,
    *,
    title: str,
    text: str,
    extraction: str,
    verdict: Verdict,
    doubtful: bool,
    source: Source | None,
) -> PageReading:
    outlet = source.language if source else None
    return PageReading(
        title=clean_line(title, MAX_TITLE),
        text=text,
        outcome=verdict.outcome,
        completeness=verdict.completeness,
        language=language_of(f"{title}\n{text}", declared=meta.language, outlet=outlet),
        author=meta.author,
        published=meta.published,
        published_from=meta.published_from,
        modified=meta.modified,
        modified_from=meta.modified_from,
        canonical=meta.canonical,
        site_name=meta.site_name,
        section=meta.section,
        summary=meta.summary,
        syndicated_from=meta.syndicated_from,
        noarchive=meta.noarchive,
        encoding_doubtful=doubtful or "\ufffd" in text,
        extraction=extraction,
        next_page=meta.next_page,
        note=verdict.note,
    )
