"""A page in, the sources it offers out: feeds it declares or links to, sitemaps of its robots.txt, itself as a listing.

Pure: nothing is fetched. What is found is a proposal; `sources test` tells whether it works.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lxml import etree, html

from crawler.encodings import decode
from crawler.opml import source_id_of
from crawler.robots import robots_rules
from crawler.sources import Source, SourceKind
from crawler.urls import canonical_url, registrable_domain

_FEED_TYPES = frozenset(
    [
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "text/xml",
        "application/xml",
    ]
)
_FEED_LINK = re.compile(
    r"(/(rss|feed|feeds|atom)(/|\.xml|\.rss|$)|\.(rss|atom|rdf)$|/(rss|feed|atom|index)\.xml$)", re.I
)
_COMMENTS = re.compile(r"comments?\b|kommentar|commentaires?", re.I)
_NAMING = ("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:app:name:iphone")
_TITLE_PARTS = re.compile(r"\s+[|\-–—·•:»«]\s+|\s*[|_｜]\s*")
#: Titles of feeds and sitemaps that name no section.
_SAYS_NOTHING = re.compile(
    r"(?:(?:rss|atom|json|xml|main|all|full|the)\W*)*(?:feed|rss|atom|sitemap|page)?(?:\W*(?:rss|atom|xml|[\d.]+|feed))*",
    re.IGNORECASE,
)
MAX_FOUND = 30
MIN_LINKS_OF_LISTING = (
    5  # headlines: links with a text of at least four words, or as long in scripts without blanks
)


def discover(page: bytes, url: str, *, robots: bytes = b"") -> list[Source]:
    """Sources that `page`, fetched from `url`, offers, the best first: declared feeds, linked ones, news sitemaps,
    other sitemaps named in `robots` (the body of the host's robots.txt), the page itself if it lists headlines.

    Raises ValueError if `url` is no http(s) URL.
    """
    base = canonical_url(url)
    text = decode(page).text.replace("\x00", "") or "<html></html>"
    root = html.document_fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    language = _language(root)
    name = _site_name(root, urlsplit(base).hostname or "")
    found: dict[str, tuple[str, SourceKind]] = {}
    for address, title in [*_declared_feeds(root), *_linked_feeds(root)]:
        _add(found, address, base, title, SourceKind.FEED)
    for address in sorted(
        robots_rules(robots, "cspwatch").sitemaps, key=lambda found: "news" not in found.lower()
    ):
        _add(found, address, base, "sitemap", SourceKind.SITEMAP)
    if _count_headlines(root, base) >= MIN_LINKS_OF_LISTING:
        _add(found, base, base, "page", SourceKind.LISTING)
    homepage = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    sources: list[Source] = []
    for address, (title, kind) in list(found.items())[:MAX_FOUND]:
        label = name_of(name, title)
        taken = [source.source_id for source in sources]
        sources.append(
            Source(
                source_id=source_id_of(label, address, taken),
                name=label,
                url=address,
                kind=kind,
                homepage=homepage,
                language=language,
                family=registrable_domain(urlsplit(base).hostname or ""),
            )
        )
    return sources


def _add(
    found: dict[str, tuple[str, SourceKind]], address: str, base: str, title: str, kind: SourceKind
) -> None:
    try:
        found.setdefault(canonical_url(address, base), (title.strip(), kind))
    except ValueError:
        return


def _declared_feeds(root: etree._Element) -> list[tuple[str, str]]:
    feeds = []
    for link in root.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        media_type = (link.get("type") or "").lower().partition(";")[0].strip()
        href, title = link.get("href"), link.get("title") or "feed"
        if (
            href
            and "alternate" in relations
            and media_type in _FEED_TYPES
            and not _COMMENTS.search(title + href)
        ):
            feeds.append((href, title))
    return feeds


def _linked_feeds(root: etree._Element) -> list[tuple[str, str]]:
    links = ((link.get("href") or "", " ".join(link.itertext()).strip()) for link in root.iter("a"))
    return [
        (href, text[:60] or "feed")
        for href, text in links
        if _FEED_LINK.search(href.partition("?")[0]) and not _COMMENTS.search(href)
    ]


def _count_headlines(root: etree._Element, base: str) -> int:
    own = registrable_domain(urlsplit(base).hostname or "")
    targets = set()
    for link in root.iter("a"):
        text = " ".join("".join(link.itertext()).split())
        long_enough = text.count(" ") >= 3 or (not text.isascii() and len(text) >= 10)
        if not long_enough or not link.get("href"):
            continue
        try:
            target = canonical_url(link.get("href") or "", base)
        except ValueError:
            continue
        if (
            registrable_domain(urlsplit(target).hostname or "") == own
            and urlsplit(target).path.count("/") >= 1
        ):
            targets.add(target)
    return len(targets)


def _site_name(root: etree._Element, host: str) -> str:
    """What the site calls itself: og:site_name and its like, the part of <title> that is the host's name, the host."""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): (meta.get("content") or "").strip()
        for meta in root.iter("meta")
    }
    for key in _NAMING:
        if name := metas.get(key):
            return " ".join(name.split())[:60]
    title = next((" ".join("".join(element.itertext()).split()) for element in root.iter("title")), "")
    stem = _letters(host.removeprefix("www.").rpartition(".")[0])
    for piece in _TITLE_PARTS.split(title):
        letters = _letters(piece)
        if len(letters) >= 3 and stem and (letters in stem or stem in letters) and len(piece) <= 60:
            return piece.strip()
    return host.removeprefix("www.")


def name_of(site: str, title: str) -> str:
    """The name of a source: its site's, with what its own title adds to it."""
    title = " ".join(title.split())
    if not _letters(title) or _SAYS_NOTHING.fullmatch(title):
        return site
    if _letters(site) in _letters(title):
        return title[:80]
    return f"{site}: {title}"[:80]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _language(root: etree._Element) -> str | None:
    match = re.match(r"([a-z]{2,3})(?:[-_]([A-Za-z]{2})\b)?", root.get("lang") or "")
    if match is None:
        return None
    return f"{match[1]}-{match[2].upper()}" if match[2] else match[1]
