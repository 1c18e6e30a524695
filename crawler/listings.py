"""A listing page's bytes in, its article links out. Pure; keeps no memory of the layout, so a new one is no problem.

Every link is scored by its address (date, number, long slug, the source's own pattern), its text, its place (heading,
article, main; not navigation) and by how often links of its shape repeat. What scores like an article is kept.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.cleaning import clean_line
from crawler.completeness import weigh
from crawler.dates import parse_date, url_date
from crawler.encodings import decode
from crawler.extract import parse_html
from crawler.items import Entry
from crawler.outcomes import Outcome
from crawler.readings import ListingReading, NotRead
from crawler.sources import Source
from crawler.urls import canonical_url, registrable_domain, url_key

MAX_LINKS = 20_000  # links looked at; a page with 100,000 is a trap or an archive
MAX_ENTRIES = 500
THRESHOLD = 4.0
_AWAY = frozenset({"nav", "footer", "aside", "form"})
_AWAY_NAME = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|footer|breadcrumbs?|sidebar|pagination|pager|tags?|social|share|cookie|login"
    r"|language-?switch(?:er)?)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_NO_ARTICLE = re.compile(
    r"/(?:tags?|topics?|themen?|category|categories|kategorie|author|authors|autor|search|suche|login|signin|register|account"
    r"|about(?:-us)?|contact|kontakt|impressum|privacy|datenschutz|terms|imprint|subscribe|newsletter|abo|page|feed|rss|jobs"
    r"|careers|advertis\w*|help|faq|legal|cookies?|events?|video|podcasts?|user|profile)(?:/|$|\.\w+$)",
    re.IGNORECASE,
)
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|svg|webp|pdf|zip|mp[34]|css|js|xml|rss|ics|docx?|xlsx?|pptx?)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    url: str
    key: str
    text: str
    shape: str
    score: float
    published: datetime | None


def read_listing(body: bytes, url: str, source: Source) -> ListingReading:
    """Article links of a listing page, in the page's order, one for each article.

    With `source.article_pattern` the pattern decides, unless no link fits it: then the outlet has moved, the score
    decides and the note says so. Raises NotRead like `parse_html`.
    """
    tree = parse_html(decode(body).text)
    base = _base(tree, url)
    anchors = [a for _, a in zip(range(MAX_LINKS), tree.iter("a"), strict=False)]
    links = _links(anchors, base, url, source)
    if not links:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the page has no link that could lead to an article")
    note = ""
    kept = [
        link for link in links if source.article_pattern and _pattern(source.article_pattern).search(link.url)
    ]
    if not kept:
        shapes = Counter(link.shape for link in links)
        kept = [link for link in links if link.score + _repeats(shapes[link.shape]) >= THRESHOLD]
        note = "no link fits the article pattern: chosen by score" if source.article_pattern else ""
    return ListingReading(entries=tuple(_entry(link) for link in kept[:MAX_ENTRIES]), note=note)


def _links(anchors: list[HtmlElement], base: str, page: str, source: Source) -> list[_Link]:
    """One link for each article: the one with the longest text, at the place of the first."""
    home = {registrable_domain(urlsplit(u).hostname or "") for u in (page, source.homepage) if u}
    own = url_key(page)
    found: dict[str, _Link] = {}
    for anchor in anchors:
        try:
            address = canonical_url(anchor.get("href") or "", base)
        except ValueError:
            continue
        parts = urlsplit(address)
        key = url_key(address)
        if key == own or _FILES.search(parts.path) or registrable_domain(parts.hostname or "") not in home:
            continue
        link = _link(anchor, address, key)
        known = found.get(key)
        if known is None or weigh(link.text) > weigh(known.text):
            found[key] = link
    return list(found.values())


def _link(anchor: HtmlElement, address: str, key: str) -> _Link:
    text = clean_line(anchor.text_content(), 500) or clean_line(
        anchor.get("title") or anchor.get("aria-label") or "", 500
    )
    ancestors = list(anchor.iterancestors())[:12]
    heading = next((a for a in (*ancestors[:3], *anchor) if a.tag in _HEADINGS), None)
    if heading is not None:
        text = clean_line(heading.text_content(), 500) or text
    shape = "/".join(f"{a.tag}.{(a.get('class') or '').split(' ')[0]}" for a in ancestors[:3])
    score = _address_score(address) + _text_score(text) + _place_score(ancestors, heading is not None)
    return _Link(
        url=address, key=key, text=text, shape=shape, score=score, published=_published(ancestors, address)
    )


def _address_score(address: str) -> float:
    path = urlsplit(address).path
    if path in {"", "/"}:
        return -5.0
    slug = max(path.strip("/").split("/"), key=len)
    words = len(re.findall(r"[^\W\d_]{2,}", slug))
    score = 0.0
    score += 2.5 if url_date(address) else 0.0
    score += 2.0 if words >= 4 else 0.5 if words == 3 else 0.0
    score += 1.0 if re.search(r"\d{4,}", path) else 0.0
    score += 0.5 if re.search(r"\.s?html?$", path) else 0.0
    score -= 4.0 if _NO_ARTICLE.search(path) else 0.0
    return score


def _text_score(text: str) -> float:
    size = weigh(text)
    if size < 12:
        return -3.0
    return 2.0 if size >= 40 else 1.0 if size >= 25 else 0.0


def _place_score(ancestors: list[HtmlElement], in_heading: bool) -> float:
    score = 1.5 if in_heading else 0.0
    for ancestor in ancestors:
        if ancestor.tag in {"article", "main"}:
            score += 0.5
        name = f"{ancestor.get('class') or ''} {ancestor.get('id') or ''}"
        if ancestor.tag in _AWAY or (ancestor.tag != "body" and len(name) < 200 and _AWAY_NAME.search(name)):
            return score - 3.0
    return score


def _repeats(count: int) -> float:
    """Articles come in rows of the same shape."""
    return 1.0 if count >= 5 else 0.5 if count >= 3 else 0.0


def _published(ancestors: list[HtmlElement], address: str) -> datetime | None:
    """Date of the teaser the link stands in: its only <time>, else the date in the address."""
    for ancestor in ancestors[:5]:
        if ancestor.tag in {"article", "li", "div", "section", "tr"}:
            times = ancestor.findall(".//time")
            if len(times) == 1:
                return parse_date(times[0].get("datetime") or times[0].text_content())
            if len(times) > 1:
                break
    return url_date(address)


def _base(tree: HtmlElement, url: str) -> str:
    element = tree.find(".//base")
    href = element.get("href") if element is not None else None
    try:
        return canonical_url(href, url) if href else url
    except ValueError:
        return url


@lru_cache(maxsize=512)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _entry(link: _Link) -> Entry:
    return Entry(url=link.url, url_key=link.key, key=link.url, title=link.text, published=link.published)
