"""Feed bytes in, FeedReading out: RSS 0.9x, 1.0, 2.0, Atom, JSON Feed, well-formed or not. Pure.

One bounded lxml pass reads nearly every feed; what it finds nothing in goes to feedparser, which is tolerant and
slow. A DTD with declarations, an HTML page and a body over 5 MiB are refused by name: "no entries" never means them.
"""

from __future__ import annotations

import base64
import html
import io
import re
from dataclasses import replace
from datetime import timedelta
from html.entities import html5
from urllib.parse import urljoin

import feedparser
from lxml import etree

from crawler import jsonfeed
from crawler.cleaning import clean_line
from crawler.encodings import decode
from crawler.feedentries import FeedItem, complete_texts, entries_of, plain
from crawler.outcomes import Outcome
from crawler.readings import FeedReading, NotRead
from crawler.xmlnames import local_name

MAX_BYTES = 5 * 1024 * 1024
MAX_ITEMS = 2_000
_MAX_TOLERANT = 1024 * 1024  # feedparser costs a second for each 500 kB

_PROLOG = re.compile(r"^\s*(?:<\?xml[^>]*\?>)?")
_DOCTYPE = re.compile(r"<!DOCTYPE\s+([\w:.-]+)([^>\[]*)(\[?)", re.IGNORECASE)
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));",
    re.I,
)
_NAMED = re.compile(r"&([a-zA-Z][a-zA-Z0-9]{1,30});")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
_ITEMS = frozenset({"item", "entry"})
_FOREIGN = (
    "search.yahoo.com/mrss",
    "itunes.com",
    "google.com/schemas/play",
    "podcastindex.org",
    "georss",
    "rawvoice.com",
)
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 168, "monthly": 720, "yearly": 8760}


def read_feed(body: bytes, url: str, *, content_type: str | None = None) -> FeedReading:
    """Read a feed; `url` resolves relative links, `content_type` is the HTTP header, which may lie.

    Raises NotRead: TOO_LARGE, or NOT_READ_FORMAT with what the body is instead.
    """
    if len(body) > MAX_BYTES:
        raise NotRead(Outcome.TOO_LARGE, f"the feed has {len(body)} bytes; the limit is {MAX_BYTES}")
    if not body.strip():
        raise NotRead(Outcome.NOT_READ_FORMAT, "the feed is empty: not one byte of text")
    decoded = decode(body, _charset(content_type))
    text = decoded.text.lstrip("\ufeff \t\r\n\x00")
    doubt = "encoding doubtful" if decoded.doubtful else ""
    if text.startswith("{"):
        return jsonfeed.read_json_feed(text, url, limit=MAX_ITEMS)
    text = _without_doctype(text)
    root, repaired = _parse(text)
    if root is None or local_name(root) not in _FEED_ROOTS:
        return _tolerant(body, url, text, root)
    items = [element for element in root.iter() if local_name(element) in _ITEMS and not _is_foreign(element)]
    if not items and repaired:
        return _tolerant(body, url, text, root)
    reading = _reading(root, items, url)
    notes = [reading.note, "repaired: not well-formed" if repaired else "", doubt]
    return _with_note(reading, "; ".join(note for note in notes if note))


def _charset(content_type: str | None) -> str | None:
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type or "", re.IGNORECASE)
    return match[1] if match else None


def _without_doctype(text: str) -> str:
    """The text without a harmless DOCTYPE (RSS 0.91 asks for one). Raises NotRead for one that declares things."""
    head = text[:20_000]
    match = _DOCTYPE.search(head)
    if "<!ENTITY" in head.upper() or (match is not None and match[3]):
        raise NotRead(Outcome.NOT_READ_FORMAT, "the feed declares entities in a DTD; such feeds are not read")
    if match is None:
        return text
    if match[1].lower() == "html":
        raise NotRead(Outcome.NOT_READ_FORMAT, "this is an HTML page, not a feed")
    external = re.search(r"\bSYSTEM\b", match[2], re.IGNORECASE)
    if external:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the feed names an external DTD; such feeds are not read")
    end = text.find(">", match.start())
    return text[: match.start()] + text[end + 1 :]


def _parse(text: str) -> tuple[etree._Element | None, bool]:
    """Root of the XML tree, and whether it had to be repaired."""
    text = _ILLEGAL.sub("", _PROLOG.sub("", text, count=1))
    text = _NAMED.sub(_entity, text.replace("&#X", "&#x"))
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, strip_cdata=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None, True
    fatal = any(error.level >= etree.ErrorLevels.FATAL for error in parser.error_log)
    return root, fatal


def _entity(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_NAMES:
        return match[0]
    return html5.get(name + ";", "&amp;" + name + ";")


def _is_foreign(element: etree._Element) -> bool:
    return any(mark in str(element.tag) for mark in _FOREIGN)


def _reading(root: etree._Element, items: list[etree._Element], url: str) -> FeedReading:
    channel = next((e for e in root.iter() if local_name(e) in {"channel", "feed"}), root)
    facts: dict[str, str] = {}
    hours: set[int] = set()
    for child in channel:
        name = local_name(child)
        if name == "skiphours":
            hours |= {int(h) % 24 for h in re.findall(r"\d+", " ".join(child.itertext())) if int(h) <= 24}
        elif name not in facts and not _is_foreign(child):
            facts[name] = "".join(child.itertext()).strip()
    language = clean_line(
        root.get("{http://www.w3.org/XML/1998/namespace}lang") or facts.get("language", ""), 35
    )
    entries, note = entries_of(
        [_item(e, url) for e in items[:MAX_ITEMS]], language=language or None, base=url
    )
    if len(items) > MAX_ITEMS:
        note = f"first {MAX_ITEMS} of {len(items)} items read" + (f"; {note}" if note else "")
    return FeedReading(
        entries=entries,
        language=language or None,
        ttl=_minutes(facts.get("ttl", "")),
        update_period=_period(facts.get("updateperiod", ""), facts.get("updatefrequency", "")),
        skip_hours=frozenset(hours),
        title=clean_line(plain(facts.get("title", "")), 500),
        note=note,
        complete_texts=complete_texts(entries),
    )


def _item(element: etree._Element, url: str) -> FeedItem:
    """The fields of one item, by local names: namespaces are wrong too often to be believed."""
    fields: dict[str, str] = {}
    links: list[tuple[str, str]] = []
    for child in element:
        name = local_name(child)
        if _is_foreign(child):
            if name == "title" and child.text:
                fields["media:title"] = child.text
            continue
        if not name:
            continue
        if name == "link":
            links.append(_link(child, url))
        elif name == "origlink":
            links.insert(0, ("original", _resolved(child, (child.text or "").strip(), url)))
        else:
            if (
                name in {"guid", "id"}
                and child.get("isPermaLink", child.get("ispermalink", "")).lower() != "false"
            ):
                links.append(("guid" if name == "guid" else "id", (child.text or "").strip()))
            value = _author(child) if name in {"author", "creator"} else _value(child)
            if value and name not in fields:
                fields[name] = value
    about = element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about")
    if about:
        links.append(("about", about))
    fields["xml:lang"] = next(
        (
            lang
            for e in (element, *element.iterancestors())
            if (lang := e.get("{http://www.w3.org/XML/1998/namespace}lang"))
        ),
        "",
    )
    return FeedItem(fields=fields, links=tuple(links))


def _link(child: etree._Element, url: str) -> tuple[str, str]:
    href = child.get("href")
    if href is None:
        return "rss", _resolved(child, (child.text or "").strip(), url)
    kind = child.get("type", "")
    rel = child.get("rel", "alternate").rpartition("/")[2].lower()
    if rel == "alternate" and kind and "html" not in kind:
        rel = "other"
    return rel, _resolved(child, href.strip(), url)


def _resolved(element: etree._Element, address: str, url: str) -> str:
    """Resolved against xml:base of the element and its ancestors, then the feed's own address."""
    if not address or re.match(r"^[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        return address
    bases = [e.get("{http://www.w3.org/XML/1998/namespace}base") for e in (element, *element.iterancestors())]
    base = url
    for step in reversed([b for b in bases if b]):
        base = urljoin(base, step.strip())
    return urljoin(base, address)


def _author(child: etree._Element) -> str:
    names = [e.text for e in child if local_name(e) == "name" and e.text]
    return names[0] if names else "".join(child.itertext())


def _value(child: etree._Element) -> str:
    """Text of an element; inline markup (Atom xhtml) is kept as markup, base64 (Atom 0.3) is decoded."""
    if child.get("mode") == "base64" or (child.get("type") or "").lower() == "application/octet-stream":
        return _from_base64(child.text or "")
    if len(child) == 0:
        text = child.text or ""
        # Atom's type="text" is no markup, whatever it looks like.
        return html.escape(text, quote=False) if child.get("type") in {"text", "text/plain"} else text
    inner = "".join(etree.tostring(e, encoding="unicode") for e in child)
    return html.escape(child.text or "", quote=False) + re.sub(r"(</?)[\w-]+:", r"\1", inner)


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except ValueError:
        return ""


def _minutes(text: str) -> timedelta | None:
    return timedelta(minutes=int(text)) if re.fullmatch(r"[1-9]\d{0,5}", text) else None


def _period(period: str, frequency: str) -> timedelta | None:
    hours = _PERIODS.get(period.strip().lower())
    if hours is None:
        return None
    times = int(frequency) if re.fullmatch(r"[1-9]\d{0,3}", frequency.strip()) else 1
    return timedelta(hours=hours) / times


def _tolerant(body: bytes, url: str, text: str, root: etree._Element | None) -> FeedReading:
    """What lxml made nothing of, by feedparser. Raises NotRead where that finds no feed either."""
    if (root is not None and local_name(root) in {"html", "body"}) or re.search(
        r"<(?:html|body)\b", text[:5_000], re.IGNORECASE
    ):
        raise NotRead(Outcome.NOT_READ_FORMAT, "this is an HTML page, not a feed")
    if root is not None and local_name(root) in {"urlset", "sitemapindex", "opml", "kml"}:
        raise NotRead(Outcome.NOT_READ_FORMAT, f"this is a {local_name(root)} document, not a feed")
    if len(body) > _MAX_TOLERANT or not re.search(
        r"<\s*(?:\w+:)?(?:item|entry|rss|feed|rdf|channel)\b", text, re.IGNORECASE
    ):
        raise NotRead(Outcome.NOT_READ_FORMAT, "the body is no feed that could be read")
    # Bytes in a file object: a plain string would be taken for an address and opened.
    parsed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    items = [
        FeedItem(
            fields={
                "title": e.get("title", ""), "summary": e.get("summary", ""), "id": e.get("id", ""),
                "encoded": e["content"][0].get("value", "") if e.get("content") else "", "author": e.get("author", ""),
                "published": e.get("published", ""), "updated": e.get("updated", ""),
            },
            links=(("rss", e.get("link", "")),),
        )
        for e in parsed.entries[:MAX_ITEMS]
    ]  # fmt: skip
    if not items:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the feed is broken: no entry could be read")
    entries, note = entries_of(items, language=None, base=url)
    return FeedReading(
        entries=entries,
        title=clean_line(plain(parsed.feed.get("title", "")), 500),
        note="repaired by feedparser" + (f"; {note}" if note else ""),
        complete_texts=complete_texts(entries),
    )


def _with_note(reading: FeedReading, note: str) -> FeedReading:
    return replace(reading, note=note)
