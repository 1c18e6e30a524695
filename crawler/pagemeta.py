"""A parsed page in, what it says of itself out: title, dates with their origin, author, canonical URL ... Pure.

Everything is read from the one tree of the page. Dates of the page are never guessed from its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.cleaning import clean_line
from crawler.dates import is_plausible, parse_date, url_date
from crawler.items import DateOrigin
from crawler.reservations import OUR_NAME, mining_choice, reserved_by_robots
from crawler.structured import StructuredArticle, read_structured
from crawler.urls import canonical_url, registrable_domain, url_key

MAX_TITLE = 500
MAX_SUMMARY = 2_000
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time", "og:pubdate",
    "datepublished", "parsely-pub-date", "sailthru.date", "dcterms.issued", "dcterms.created", "dc.date.issued",
    "dc.date.created", "dcterms.date", "dc.date", "publishdate", "publish-date", "publish_date", "published-date",
    "pubdate", "cxenseparse:recs:publishtime", "article_date_original", "originalpublicationdate", "ptime",
    "apub:time", "date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "article:updated", "datemodified", "dcterms.modified",
    "dc.date.modified", "last-modified", "lastmod", "revised", "mtime",
)  # fmt: skip
_AUTHOR = (
    "author",
    "article:author",
    "parsely-author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "sailthru.author",
)
_TITLE = ("og:title", "twitter:title", "dc.title", "dcterms.title", "parsely-title")
_SUMMARY = ("og:description", "description", "twitter:description", "dc.description")
_AGENCIES = re.compile(
    r"\b(?:Reuters|Associated Press|Agence France-Presse|AFP|dpa(?:-AFX)?|ANSA|EFE|Kyodo|Xinhua|Yonhap|Bloomberg"
    r"|PR Newswire|PRNewswire|Business Wire|Businesswire|GlobeNewswire|APA|TASS|PTI|Bernama|ANTARA)\b"
    r"|新华社|新華社|中央社|共同通信|時事通信|연합뉴스"
)
_SEPARATORS = re.compile(r"\s+[|\-–—·•:»«]\s+|\s*[|_｜]\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMeta:
    """What a page says of itself; `structured` keeps the schema.org article for the body and the completeness."""

    title: str = ""
    language: str | None = None
    author: str | None = None
    published: datetime | None = None
    published_from: DateOrigin | None = None
    modified: datetime | None = None
    modified_from: DateOrigin | None = None
    canonical: str | None = None
    site_name: str = ""
    section: str = ""
    summary: str = ""
    syndicated_from: str | None = None
    noarchive: bool = False
    mining_reserved: bool | None = None  # tdm-reservation; None: the page does not say
    og_type: str = ""
    next_page: str | None = None
    structured: StructuredArticle = field(default_factory=StructuredArticle)


def read_meta(tree: HtmlElement, url: str, fetched_at: datetime) -> PageMeta:
    """Read everything but the body. `fetched_at` refuses dates of the future; it is never taken as a date."""
    tags = _meta_tags(tree)
    data = read_structured(tree)
    published, published_from = _published(tree, tags, data, url, fetched_at)
    modified, modified_from = _first_date(
        [(DateOrigin.JSON_LD, [data.modified]), (DateOrigin.META, _values(tags, _MODIFIED))], fetched_at
    )
    if modified is not None and published is not None and modified < published:
        modified, modified_from = None, None
    canonical, original = _canonical(tree, tags, url)
    site = clean_line(_value(tags, ("og:site_name", "application-name")) or data.publisher, 200)
    return PageMeta(
        title=_title(tree, tags, data, site),
        language=_language(tree, tags, data),
        author=_author(tags, data),
        published=published,
        published_from=published_from,
        modified=modified,
        modified_from=modified_from,
        canonical=canonical,
        site_name=site,
        section=clean_line(_value(tags, ("article:section", "parsely-section")) or data.section, 200),
        summary=clean_line(_value(tags, _SUMMARY) or data.description, MAX_SUMMARY),
        syndicated_from=original or _agency(tags, data),
        noarchive=reserved_by_robots(_values(tags, ("robots", OUR_NAME))) is not None,
        mining_reserved=mining_choice(_values(tags, ("tdm-reservation",))),
        og_type=_value(tags, ("og:type",)).lower(),
        next_page=_next_page(tree, url),
        structured=data,
    )


def _meta_tags(tree: HtmlElement) -> dict[str, list[str]]:
    tags: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        name = (
            tag.get("property") or tag.get("name") or tag.get("itemprop") or tag.get("http-equiv") or ""
        ).lower()
        content = tag.get("content")
        if name and content and len(content) < 20_000:
            tags.setdefault(name, []).append(content.strip())
    return tags


def _values(tags: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return [value for name in names for value in tags.get(name, ())]


def _value(tags: dict[str, list[str]], names: Iterable[str]) -> str:
    return next((value for value in _values(tags, names) if value), "")


def _published(
    tree: HtmlElement, tags: dict[str, list[str]], data: StructuredArticle, url: str, fetched_at: datetime
) -> tuple[datetime | None, DateOrigin | None]:
    date, origin = _first_date(
        [
            (DateOrigin.JSON_LD, [data.published]),
            (DateOrigin.META, _values(tags, _PUBLISHED)),
            (DateOrigin.TIME_TAG, _time_tags(tree)),
        ],
        fetched_at,
    )
    day = url_date(url)
    if date is None and day is not None and is_plausible(day, fetched_at):
        return day, DateOrigin.URL
    return date, origin


def _first_date(
    candidates: list[tuple[DateOrigin, list[str]]], fetched_at: datetime
) -> tuple[datetime | None, DateOrigin | None]:
    for origin, texts in candidates:
        for text in texts:
            date = parse_date(text) if text else None
            if date is not None and is_plausible(date, fetched_at):
                return date, origin
    return None, None


def _time_tags(tree: HtmlElement) -> list[str]:
    """<time> of the article itself: in its only <article> or beside the headline, never of a sidebar or teaser."""
    articles = [a for a in tree.iter("article") if a.find(".//h1") is not None] or list(tree.iter("article"))
    headline = next(tree.iter("h1"), None)
    if len(articles) == 1:
        scope: HtmlElement | None = articles[0]
    elif headline is not None and not articles:
        scope = headline.getparent()
    else:
        scope = None
    if scope is None:
        return []
    found = []
    for tag in scope.iter("time"):
        if not any(up.tag in {"aside", "nav", "footer", "li"} for up in tag.iterancestors()):
            found.append(tag.get("datetime") or tag.text_content())
    marked = [tag for tag in scope.iter() if tag.get("itemprop") == "datePublished"]
    return [tag.get("content") or tag.get("datetime") or "" for tag in marked] + found[:3]


def _title(tree: HtmlElement, tags: dict[str, list[str]], data: StructuredArticle, site: str) -> str:
    headings = [clean_line(h.text_content(), MAX_TITLE) for h in tree.iter("h1")]
    headings = [h for h in headings if len(h) > 3 and h.casefold() != site.casefold()]
    named = clean_line(data.headline or _value(tags, _TITLE), MAX_TITLE)
    if named and not _is_cut(named):
        return _without_site(named, site)
    if len(headings) == 1 or (headings and named and headings[0].startswith(named.rstrip(".…"))):
        return headings[0]
    if named:
        return _without_site(named, site)
    element = tree.find(".//title")
    return _without_site(clean_line(element.text_content(), MAX_TITLE) if element is not None else "", site)


def _is_cut(title: str) -> bool:
    return title.endswith(("...", "…"))


def _without_site(title: str, site: str) -> str:
    """Title without the outlet's name that pages append or prepend."""
    pieces = list(_SEPARATORS.finditer(title))
    if not pieces:
        return title
    head, tail = title[: pieces[-1].start()], title[pieces[-1].end() :]
    if site and tail.casefold() == site.casefold() and head:
        return _without_site(head, site)
    if site and title[: pieces[0].start()].casefold() == site.casefold():
        return title[pieces[0].end() :]
    return title


def _language(tree: HtmlElement, tags: dict[str, list[str]], data: StructuredArticle) -> str | None:
    root = tree.getroottree().getroot()
    candidates = [
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or root.get("xml:lang")
        or "",
        _value(tags, ("og:locale",)),
        data.language,
        _value(tags, ("content-language", "dc.language", "language")),
    ]
    for candidate in candidates:
        match = re.match(r"^([a-z]{2,3})(?:[-_]([a-z]{2,4}))?(?:[-_]\w+)*$", candidate.strip(), re.IGNORECASE)
        if match:
            return match[0].strip().replace("_", "-")
    return None


def _author(tags: dict[str, list[str]], data: StructuredArticle) -> str | None:
    names = [data.author, *_values(tags, _AUTHOR)]
    for name in names:
        line = clean_line(name, 200)
        if line and not line.lower().startswith(("http", "www.", "@")) and not line.isdigit():
            return re.sub(r"^(?:by|von|par|por|di)\s+", "", line, flags=re.IGNORECASE)
    return None


def _canonical(tree: HtmlElement, tags: dict[str, list[str]], url: str) -> tuple[str | None, str | None]:
    """(canonical URL on this site, original on another site). A canonical that names the front page is ignored."""
    links = [
        link.get("href") or ""
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    own = urlsplit(url)
    original = None
    for address in [*links, *_values(tags, ("og:url", "syndication-source", "original-source"))]:
        try:
            clean = canonical_url(address, url)
        except ValueError:
            continue
        parts = urlsplit(clean)
        if parts.path in {"", "/"} and not parts.query and own.path not in {"", "/"}:
            continue
        if registrable_domain(parts.hostname or "") == registrable_domain(own.hostname or ""):
            return clean, original
        original = original or clean
    return None, original


def _agency(tags: dict[str, list[str]], data: StructuredArticle) -> str | None:
    for text in (
        data.agency,
        data.author,
        *_values(tags, ("article:source", "source", "news_source", *_AUTHOR)),
    ):
        match = _AGENCIES.search(text[:300])
        if match:
            return match[0]
    return None


def _next_page(tree: HtmlElement, url: str) -> str | None:
    """The next page of the same article (rel=next whose path continues this one), or None."""
    for link in tree.iter("link", "a"):
        if "next" not in (link.get("rel") or "").lower().split():
            continue
        try:
            address = canonical_url(link.get("href") or "", url)
        except ValueError:
            continue
        here, there = urlsplit(canonical_url(url)), urlsplit(address)
        stem = re.sub(r"(?:[/_-]?(?:page|seite|p)?[-/_]?\d{1,2})?(\.s?html?|/)?$", "", here.path)
        if there.netloc == here.netloc and len(stem) > 8 and there.path.startswith(stem):
            return address if url_key(address) != url_key(url) else None
    return None
