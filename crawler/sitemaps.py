"""Sitemap bytes in, SitemapReading out: sitemap, news sitemap, sitemap index, plain text, gzipped or not. Pure."""

from __future__ import annotations

import re
import zlib
from datetime import datetime

from lxml import etree

from crawler.cleaning import clean_line
from crawler.dates import parse_date
from crawler.encodings import decode
from crawler.items import Entry
from crawler.outcomes import Outcome
from crawler.readings import NotRead, SitemapReading
from crawler.urls import canonical_url, url_key
from crawler.xmlnames import local_name

MAX_BYTES = 16 * 1024 * 1024  # decompressed; the protocol allows 50 MB, news sitemaps hold 1,000 URLs
MAX_ENTRIES = 5_000
MAX_CHILDREN = 1_000
MAX_TITLE = 500
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_sitemap(body: bytes, url: str) -> SitemapReading:
    """Read a sitemap; of more than 5,000 URLs the ones with the newest dates are kept.

    Raises NotRead: TOO_LARGE (also a decompression bomb) or NOT_READ_FORMAT.
    """
    text = decode(_unzipped(body)).text.lstrip("\ufeff \t\r\n")
    if not text.startswith("<"):
        return _text_sitemap(text, url)
    if re.search(r"<!ENTITY|<!DOCTYPE[^>]*\[", text[:20_000], re.IGNORECASE):
        raise NotRead(
            Outcome.NOT_READ_FORMAT, "the sitemap declares entities in a DTD; such sitemaps are not read"
        )
    root, repaired = _parse(text)
    kind = local_name(root)
    if kind == "sitemapindex":
        reading = _index(root, url)
    elif kind == "urlset":
        reading = _urlset(root, url)
    else:
        raise NotRead(Outcome.NOT_READ_FORMAT, f"this is a {kind or 'nameless'} document, not a sitemap")
    if not repaired:
        return reading
    note = "; ".join(part for part in ("repaired: not well-formed", reading.note) if part)
    return SitemapReading(entries=reading.entries, children=reading.children, note=note)


def _unzipped(body: bytes) -> bytes:
    """The body, unpacked as often as it was packed, never more than MAX_BYTES."""
    for _ in range(3):
        if not body.startswith(b"\x1f\x8b"):
            break
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(body, MAX_BYTES + 1)
        except zlib.error as error:
            raise NotRead(Outcome.NOT_READ_FORMAT, f"the gzip data is broken: {error}") from None
        if len(body) > MAX_BYTES:
            break
    if len(body) > MAX_BYTES:
        raise NotRead(Outcome.TOO_LARGE, f"the sitemap has more than {MAX_BYTES} bytes")
    if not body.strip():
        raise NotRead(Outcome.NOT_READ_FORMAT, "the sitemap is empty")
    return body


def _parse(text: str) -> tuple[etree._Element, bool]:
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    text = _ILLEGAL.sub("", re.sub(r"^<\?xml[^>]*\?>", "", text, count=1))
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the XML of the sitemap is broken")
    return root, any(error.level >= etree.ErrorLevels.FATAL for error in parser.error_log)


def _text_of(element: etree._Element, name: str) -> str:
    return next((("".join(child.itertext())).strip() for child in element if local_name(child) == name), "")


def _index(root: etree._Element, url: str) -> SitemapReading:
    children: dict[str, datetime | None] = {}
    own = url_key(url)
    found = [element for element in root if local_name(element) == "sitemap"]
    for element in found:
        try:
            address = canonical_url(_text_of(element, "loc") or (element.text or "").strip(), url)
        except ValueError:
            continue
        if url_key(address) != own:  # an index that names itself is a loop
            children[address] = parse_date(_text_of(element, "lastmod"))
    kept = sorted(children.items(), key=lambda item: -(item[1].timestamp() if item[1] else 0.0))[
        :MAX_CHILDREN
    ]
    note = f"newest {MAX_CHILDREN} of {len(children)} sitemaps kept" if len(children) > MAX_CHILDREN else ""
    return SitemapReading(entries=(), children=tuple(kept), note=note)


def _urlset(root: etree._Element, url: str) -> SitemapReading:
    entries: dict[str, Entry] = {}
    found = refused = 0
    for element in root:
        if local_name(element) != "url":
            continue
        found += 1
        entry = _entry(element, url)
        if entry is None:
            refused += 1
        else:
            entries.setdefault(entry.url_key, entry)
    kept = list(entries.values())
    notes = [f"{refused} of {found} addresses are not on the web"] if refused else []
    if len(kept) > MAX_ENTRIES:
        notes.append(f"newest {MAX_ENTRIES} of {found} URLs kept")
        kept = sorted(kept, key=_age)[:MAX_ENTRIES]
    return SitemapReading(entries=tuple(kept), note="; ".join(notes))


def _age(entry: Entry) -> float:
    date = entry.published or entry.modified
    return -date.timestamp() if date else 0.0


def _entry(element: etree._Element, url: str) -> Entry | None:
    try:
        address = canonical_url(_text_of(element, "loc"), url)
    except ValueError:
        return None
    news = next((child for child in element if local_name(child) == "news"), None)
    publication = None if news is None else next((c for c in news if local_name(c) == "publication"), None)
    return Entry(
        url=address,
        url_key=url_key(address),
        key=address,
        title="" if news is None else clean_line(_text_of(news, "title"), MAX_TITLE),
        language=None if publication is None else clean_line(_text_of(publication, "language"), 35) or None,
        published=None if news is None else parse_date(_text_of(news, "publication_date")),
        modified=parse_date(_text_of(element, "lastmod")),
    )


def _text_sitemap(text: str, url: str) -> SitemapReading:
    entries: dict[str, Entry] = {}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines[:MAX_ENTRIES]:
        try:
            address = canonical_url(line)
        except ValueError:
            continue
        entries.setdefault(url_key(address), Entry(url=address, url_key=url_key(address), key=address))
    if not entries:
        raise NotRead(Outcome.NOT_READ_FORMAT, "the body is neither a sitemap nor a list of URLs")
    note = f"first {MAX_ENTRIES} of {len(lines)} lines read" if len(lines) > MAX_ENTRIES else ""
    return SitemapReading(entries=tuple(entries.values()), note=note)
