"""OPML in, sources out, and back: the form in which feed readers exchange their lists. Pure."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from crawler.sources import Source, SourceKind

MAX_OPML_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlReading:
    """The feeds of an OPML file, and the entries that name none: (name and line, reason)."""

    sources: tuple[Source, ...]
    refused: tuple[tuple[str, str], ...] = ()


def read_opml(body: bytes) -> OpmlReading:
    """The feeds an OPML file names, with ids made from their titles; folders become sections.

    Repeats of an address are left out. Raises ValueError for what is no OPML; a document type declaration is
    refused, since OPML has none and entities can be bombs.
    """
    if len(body) > MAX_OPML_BYTES:
        raise ValueError(f"is larger than {MAX_OPML_BYTES >> 20} MiB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"is no well-formed XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise ValueError("holds a document type declaration, which OPML has none of")
    if root.tag.lower() != "opml":
        raise ValueError(f"is no OPML: its root is {root.tag}")
    sources: dict[str, Source] = {}
    refused: list[tuple[str, str]] = []
    ids: set[str] = set()
    for outline, folders in _outlines(root):
        url = _address(outline)
        if reason := _reason_against(url):
            name = " ".join((outline.get("title") or outline.get("text") or "an entry").split())[:80]
            refused.append((f"line {outline.sourceline}: {name}", reason))
        elif url not in sources:
            sources[url] = _source(outline, url, folders, ids)
            ids.add(sources[url].source_id)
    return OpmlReading(sources=tuple(sources.values()), refused=tuple(refused))


def opml_from_sources(sources: Iterable[Source], *, title: str = "cspwatch") -> bytes:
    """An OPML 2.0 file of the feeds among `sources`, one folder per region; other kinds have no OPML form."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = title
    body = ET.SubElement(root, "body")
    folders: dict[str, ET.Element] = {}
    for source in sources:
        if source.kind is not SourceKind.FEED:
            continue
        name = source.region or "other"
        if name not in folders:
            folders[name] = ET.SubElement(body, "outline", text=name, title=name)
        attributes = {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": source.url}
        optional = {"htmlUrl": source.homepage, "language": source.language, "category": source.section}
        attributes |= {name: value for name, value in optional.items() if value}
        ET.SubElement(folders[name], "outline", attributes)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def source_id_of(name: str, url: str, taken: Iterable[str] = ()) -> str:
    """A readable id for a source: from its name in Latin letters, else from its host; never one of `taken`."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40].strip("-")
    if len(slug) < 3:
        host = (urlsplit(url).hostname or "source").removeprefix("www.")
        slug = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-")
    used = set(taken)
    candidates = (slug if number == 1 else f"{slug}-{number}" for number in range(1, len(used) + 3))
    return next(candidate for candidate in candidates if candidate not in used)


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Every outline with the titles of the folders around it; deep nesting is no recursion."""
    waiting = [(child, ()) for child in root.iter("body")]
    stack: list[tuple[etree._Element, tuple[str, ...]]] = list(waiting)
    while stack:
        element, folders = stack.pop()
        if _address(element) or _is_feed(element):
            yield element, folders
        inside = (
            (*folders, element.get("text") or element.get("title") or "")
            if element.tag == "outline"
            else folders
        )
        stack += [(child, inside) for child in reversed(element) if child.tag == "outline"]


def _is_feed(outline: etree._Element) -> bool:
    """Was it meant as a feed, though it names no address? A folder is none."""
    return (outline.get("type") or "").strip().lower() in {"rss", "atom", "feed"} and len(outline) == 0


def _address(outline: etree._Element) -> str:
    """The address of the feed, whatever case its attribute is written in."""
    url = next((value for name, value in outline.attrib.items() if str(name).lower() == "xmlurl"), "")
    url = re.sub(r"^feed:(//)?(?=https?:)", "", str(url).strip())
    return re.sub(r"^feed://", "http://", url)


def _reason_against(url: str) -> str:
    """Why an address cannot be a source's; "" where it can. Names no password."""
    if not url:
        return "has no address (xmlUrl)"
    try:
        parts = urlsplit(url)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return "its address is none"
    if not url.isprintable() or " " in url:
        return "its address holds blanks or control characters"
    if parts.scheme not in ("http", "https"):
        return f"its address is not on the web ({parts.scheme or 'no scheme'})"
    if not parts.hostname or not port_is_one:
        return "its address names no host"
    if "@" in parts.netloc:
        return "its address holds a user name or password"
    return ""


def _source(outline: etree._Element, url: str, folders: tuple[str, ...], taken: set[str]) -> Source:
    name = (outline.get("title") or outline.get("text") or urlsplit(url).hostname or "").strip()
    homepage = (outline.get("htmlUrl") or "").strip()
    language = (outline.get("language") or "").strip()
    return Source(
        source_id=source_id_of(name, url, taken),
        name=name,
        url=url,
        kind=SourceKind.FEED,
        homepage=homepage if homepage.startswith(("http://", "https://")) else "",
        language=language if re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", language) else None,
        section=" / ".join(folder for folder in folders if folder),
    )
