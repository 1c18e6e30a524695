"""HTML bytes in, the article out: title, text, language, dates with their origin, author, completeness. Pure.

Each page is parsed once; metadata and body come from the same tree. Nothing is fetched, no clock is read: a page
without a date gets none.
"""

from __future__ import annotations

import re
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

from crawler.attributes import without_attribute_floods
from crawler.bodytext import read_body
from crawler.cleaning import clean_line
from crawler.completeness import (
    SURE,
    Verdict,
    judge_page,
    link_density,
    link_share,
    strip_teaser_ending,
    visible_text,
    weigh,
)
from crawler.encodings import decode
from crawler.items import Entry
from crawler.languages import language_of
from crawler.outcomes import Outcome
from crawler.pagemeta import MAX_TITLE, PageMeta, read_meta
from crawler.readings import NotRead, PageReading
from crawler.sources import Source

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
    body = read_body(
        tree,
        selector=source.body_selector if source else None,
        structured=meta.structured.body,
        title=title,
        author=meta.author,
        free=meta.structured.free is not False,
    )
    text = body.text[:MAX_TEXT]
    short = weigh(text) < SURE
    verdict = judge_page(
        text=text,
        title=title,
        meta=meta,
        page_text=visible_text(tree) if short else "",
        source=decoded.text[:200_000],
        link_share=link_share(parse_html(decoded.text))
        if short
        else 0.0,  # the first tree has lost its menus
        url=url,
    )
    return _reading(
        meta, title=title, text=strip_teaser_ending(text), extraction=body.extraction, verdict=verdict,
        doubtful=decoded.doubtful, source=source, links=link_density(tree, text),
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
    text = without_attribute_floods(text)
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


def _reading(
    meta: PageMeta,
    *,
    title: str,
    text: str,
    extraction: str,
    verdict: Verdict,
    doubtful: bool,
    source: Source | None,
    links: float,
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
        mining_reserved=meta.mining_reserved,
        encoding_doubtful=doubtful or "\ufffd" in text,
        extraction=extraction,
        link_density=links,
        next_page=meta.next_page,
        note=verdict.note,
    )
