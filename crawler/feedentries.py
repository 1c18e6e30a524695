"""Fields of a feed's items in, entries that can be trusted out: http(s) links, plain text, real dates. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from lxml import etree
from lxml.html import fragment_fromstring

from crawler.attributes import without_attribute_floods
from crawler.bodytext import block_text, without_furniture
from crawler.cleaning import clean_line, paragraphs
from crawler.completeness import is_teaser, weigh
from crawler.dates import parse_date
from crawler.items import Entry
from crawler.urls import canonical_url, url_key

MAX_TITLE = 500
MAX_SUMMARY = 2_000
MAX_TEXT = 200_000
_FULL_TEXT = 600  # weighed characters from which a content field can be an article
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d+|#x[0-9a-f]+|\w+);", re.IGNORECASE)
_LINK_ORDER = ("original", "alternate", "rss", "guid", "about", "id")
_PUBLISHED = ("published", "pubdate", "issued", "created", "date")
_MODIFIED = ("updated", "modified", "datemodified", "lastbuilddate")
_FULL = ("encoded", "content", "body", "xhtml")
_SUMMARY = ("summary", "description", "abstract", "subtitle")
_ENDING_LENGTH = 450
_FEED_ENDING = re.compile(  # what blog software appends to every item
    r"\n?(?:The post .{3,300} (?:appeared first on|first appeared on) .{2,100}"
    r"|Der Beitrag .{3,300} erschien zuerst auf .{2,100}"
    r"|L.article .{3,300} est apparu en premier sur .{2,100}"
    r"|La entrada .{3,300} se publicó primero en .{2,100})\.?\s*$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One item as found: fields by local name in lower case, links as (kind, address) already resolved."""

    fields: Mapping[str, str]
    links: tuple[tuple[str, str], ...]


def entries_of(
    items: Sequence[FeedItem], *, language: str | None, base: str | None = None
) -> tuple[tuple[Entry, ...], str]:
    """Entries, and a note of the items without a web link: `base`, the feed's address, stands in for it.

    Left out are repetitions, and items that say nothing without a link.
    """
    entries: dict[str, Entry] = {}
    linkless = 0
    for item in items:
        entry = _entry(item, language, base)
        linkless += entry is None or not entry.has_page
        if entry is not None:
            entries.setdefault(entry.url_key, entry)
    note = f"{linkless} of {len(items)} items have no web link: only their text is read" if linkless else ""
    return tuple(entries.values()), note


def complete_texts(entries: Sequence[Entry]) -> bool:
    """Do the entries carry whole articles? At least three quarters of them do, and differ in length."""
    full = [weigh(entry.text) for entry in entries if entry.text]
    if not entries or len(full) < 0.75 * len(entries):
        return False
    # Texts that all stop at about one length were cut there.
    return len(full) < 4 or max(full) > 1.3 * min(full)


def plain(markup: str) -> str:
    """Text of a field that may hold HTML, escaped or not; each block on a line."""
    if not _MARKUP.search(markup):
        return paragraphs(markup)
    try:
        tree = fragment_fromstring(without_attribute_floods(markup[:MAX_TEXT]), create_parent="div")
        etree.strip_elements(tree, etree.Comment, "script", "style", with_tail=False)
        return block_text(tree)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return paragraphs(re.sub(r"<[^>]*>", " ", markup[:MAX_TEXT]))


def _entry(item: FeedItem, language: str | None, base: str | None) -> Entry | None:
    fields = item.fields
    url = _web_link(item, base)
    title = clean_line(plain(_first(fields, ("title", "media:title"))), MAX_TITLE)
    full = _without_ending(without_furniture(plain(_first(fields, _FULL))))
    summary = _without_ending(plain(_first(fields, _SUMMARY)))
    if len(full) < len(summary):
        full, summary = summary, full or summary
    whole = (
        weigh(full) >= _FULL_TEXT and not is_teaser(full) and not full.rstrip().endswith(("…", "[…]", "..."))
    )
    name = clean_line(fields.get("guid") or fields.get("id") or url or title, 2_048)
    mark = ""
    if url is None:
        if base is None or not (title and full):
            return None
        url, mark = canonical_url(base), f"#{blake2b(name.encode(), digest_size=8).hexdigest()}"
    return Entry(
        url=url + mark,
        url_key=url_key(url) + mark,
        key=name,
        has_page=not mark,
        title=title,
        summary=clean_line(summary or full, MAX_SUMMARY),
        text=full if whole else "",
        language=_language(fields) or language,
        author=clean_line(plain(fields.get("creator") or fields.get("author") or ""), 200) or None,
        published=_date(fields, _PUBLISHED),
        modified=_date(fields, _MODIFIED),
    )


def _without_ending(text: str) -> str:
    return text[:-_ENDING_LENGTH] + _FEED_ENDING.sub("", text[-_ENDING_LENGTH:])


def _web_link(item: FeedItem, base: str | None) -> str | None:
    for kind in _LINK_ORDER:
        for found, address in item.links:
            if found != kind or (kind in {"guid", "id", "about"} and not address.lower().startswith("http")):
                continue
            try:
                return canonical_url(address, base)
            except ValueError:
                continue
    return None


def _first(fields: Mapping[str, str], names: Sequence[str]) -> str:
    return next((fields[name] for name in names if fields.get(name, "").strip()), "")


def _date(fields: Mapping[str, str], names: Sequence[str]) -> datetime | None:
    return next((date for name in names if (date := parse_date(fields.get(name, ""))) is not None), None)


def _language(fields: Mapping[str, str]) -> str | None:
    tag = (fields.get("language") or fields.get("xml:lang") or "").strip()
    return tag if re.fullmatch(r"[a-zA-Z]{2,3}(?:-\w{1,8})*", tag) else None
