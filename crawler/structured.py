"""A parsed page in, the article its JSON-LD describes out. Pure. Broken or oversized blocks are passed over."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml.html import HtmlElement

MAX_BLOCK = 64 * 1024  # one unterminated string of 96 KB costs some readers 15 s; no outlet needs more
_MAX_NODES = 400
_ARTICLE = re.compile(r"(?:Article|Posting|Report|PressRelease|NewsStory)$|^Report")
_COMMENT = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*<!\[CDATA\[\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$"
)

Json = object


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredArticle:
    """What schema.org data says of the article; empty strings for what it does not say. Dates unparsed."""

    headline: str = ""
    body: str = ""
    published: str = ""
    modified: str = ""
    author: str = ""
    publisher: str = ""
    section: str = ""
    description: str = ""
    language: str = ""
    url: str = ""
    free: bool | None = None
    agency: str = ""
    kinds: frozenset[str] = frozenset()  # every @type on the page


def read_structured(tree: HtmlElement) -> StructuredArticle:
    """The first article among the page's JSON-LD nodes, @graph and nesting included."""
    nodes = list(_nodes(tree))
    kinds = frozenset(kind for node in nodes for kind in _kinds(node))
    articles = [node for node in nodes if any(_ARTICLE.search(kind) for kind in _kinds(node))]
    if not articles:
        return StructuredArticle(kinds=kinds)
    node = max(
        articles, key=lambda a: bool(a.get("datePublished")) + bool(a.get("headline") or a.get("name"))
    )
    by_id = {str(n["@id"]): n for n in nodes if isinstance(n.get("@id"), str) and len(n) > 1}
    free = node.get("isAccessibleForFree")
    return StructuredArticle(
        headline=_text(node.get("headline") or node.get("name")),
        body=_text(node.get("articleBody")),
        published=_text(node.get("datePublished") or node.get("dateCreated")),
        modified=_text(node.get("dateModified")),
        author=_names(node.get("author") or node.get("creator"), by_id),
        publisher=_names(node.get("publisher"), by_id),
        section=_names(node.get("articleSection"), by_id),
        description=_text(node.get("description")),
        language=_names(node.get("inLanguage"), by_id),
        url=_address(node),
        free=None
        if free is None
        else str(free).strip().lower().rpartition("/")[2] not in {"false", "0", "no"},
        agency=_names(node.get("sourceOrganization") or node.get("isBasedOn"), by_id),
        kinds=kinds,
    )


def _nodes(tree: HtmlElement) -> Iterator[Mapping[str, Json]]:
    left = _MAX_NODES
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower():
            continue
        block = script.text or ""
        if len(block) > MAX_BLOCK:
            continue
        try:
            stack: list[Json] = [json.loads(_COMMENT.sub("", block), strict=False)]
        except (ValueError, RecursionError):
            continue
        while stack and left:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                left -= 1
                yield value
                stack.extend(
                    v
                    for k, v in value.items()
                    if k in {"@graph", "mainEntity", "itemListElement", "item", "mainEntityOfPage"}
                )


def _kinds(node: Mapping[str, Json]) -> tuple[str, ...]:
    kinds = node.get("@type")
    return tuple(k for k in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(k, str))


def _text(value: Json) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or ""
    return html.unescape(value) if isinstance(value, str) else ""


def _names(value: Json, by_id: Mapping[str, Mapping[str, Json]]) -> str:
    values = value if isinstance(value, list) else [value]
    names = []
    for one in values[:10]:
        if isinstance(one, dict) and "name" not in one and "@id" in one:
            one = by_id.get(str(one["@id"]), one)
        name = _text(one)
        if name and not name.startswith("http"):
            names.append(" ".join(name.split()))
    return ", ".join(dict.fromkeys(names))


def _address(node: Mapping[str, Json]) -> str:
    page = node.get("mainEntityOfPage")
    if isinstance(page, dict):
        page = page.get("@id") or page.get("url")
    for value in (node.get("url"), page):
        if isinstance(value, str) and value.startswith("http"):
            return value
    return ""
