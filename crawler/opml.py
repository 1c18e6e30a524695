"""OPML in, sources out, and back: the form in which feed readers exchange their lists. Pure."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from crawler.sources import Source, SourceKind

MAX_OPML_BYTES = 16 * 1024 * 1024


def sources_from_opml(body: bytes) -> list[Source]:
    """The feeds an OPML file names, with ids made from their titles; folders become sections.

    Entries without an http(s) address are left out, repeats of an address too. Raises ValueError for what is
    no OPML; a document type declaration is refused, since OPML has none and entities can be bombs.
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
    ids: set[str] = set()
    for outline, folders in _outlines(root):
        source = _source(outline, folders, ids)
        if source is not None and source.url not in sources:
            sources[source.url] = source
            ids.add(source.source_id)
    return list(sources.values())


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
        if element.get("xmlUrl"):
            yield element, folders
        inside = (
            (*folders, element.get("text") or element.get("title") or "")
            if element.tag == "outline"
            else folders
        )
        stack += [(child, inside) for child in reversed(element) if child.tag == "outline"]


def _source(outline: etree._Element, folders: tuple[str, ...], taken: set[str]) -> Source | None:
    url = (outline.get("xmlUrl") or "").strip()
    url = re.sub(r"^feed:(//)?(?=https?:)", "", url)
    url = re.sub(r"^feed://", "http://", url)
    parts = urlsplit(url) if url.isprintable() else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    name = (outline.get("title") or outline.get("text") or parts.hostname).strip()
    homepage = (outline.get("htmlUrl") or "").strip()
    language = (outline.get("language") or "").strip()
    return Source(
        source_id=source_id_of(name, url, taken),
        name=name,
        url=url,
        kind=SourceKind.FEED,
        homepage=homepage if urlsplit(homepage).scheme in ("http", "https") else "",
        language=language if re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", language) else None,
        section=" / ".join(folder for folder in folders if folder),
    )
