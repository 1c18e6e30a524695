"""A parsed page in, an article that its template broke into boxes of one kind joined again. In place.

Some templates put an advertisement between every few paragraphs and start a new box after it. An extractor that
looks for the one box that holds the article then takes the first and loses the rest.
"""

from __future__ import annotations

from collections import defaultdict

from lxml.html import HtmlElement

from crawler.prose import weigh_prose

_BOXES = frozenset({"div", "section"})
_PARAGRAPHS = 2  # of prose in a box that counts as part of an article
_APART = frozenset({"aside", "footer", "blockquote", "li", "td", "figure"})
#: What a box of its own has: an own headline, date or author make it a post, a comment or another article.
_OWN = frozenset({"h1", "article", "time", "address"})


def join_chunks(tree: HtmlElement) -> bool:
    """Move the paragraphs of boxes with the same class into the first of them; whether anything was moved."""
    found: dict[tuple[object, ...], list[HtmlElement]] = defaultdict(list)
    for box in dict.fromkeys(_boxes(tree)):
        found[(box.tag, box.get("class"))].append(box)
    joined = False
    for boxes in found.values():
        chunks = [box for box in boxes if _prose_paragraphs(box)]
        if sum(_prose_paragraphs(box) >= _PARAGRAPHS for box in chunks) < 2 or not _are_one_article(chunks):
            continue
        first = chunks[0]
        for chunk in chunks[1:]:
            for child in list(chunk):
                first.append(child)
        joined = True
    return joined


def _boxes(tree: HtmlElement) -> list[HtmlElement]:
    """Boxes with a class that hold paragraphs, in order of the page, once for each paragraph."""
    parents = (paragraph.getparent() for paragraph in tree.iter("p"))
    return [box for box in parents if box is not None and box.tag in _BOXES and box.get("class")]


def _prose_paragraphs(box: HtmlElement) -> int:
    return sum(child.tag == "p" and weigh_prose(child.text_content()) > 0 for child in box)


def _are_one_article(chunks: list[HtmlElement]) -> bool:
    """No box is inside another or has what a post of its own has, and one article element, if any, holds them all."""
    inside = set(chunks)
    homes = set()
    for chunk in chunks:
        above = list(chunk.iterancestors())
        if any(up in inside or up.tag in _APART for up in above):
            return False
        if any(child.tag in _OWN or _is_linked_headline(child) for child in chunk.iterdescendants()):
            return False
        homes.add(next((up for up in above if up.tag == "article"), None))
    return len(homes) == 1


def _is_linked_headline(element: HtmlElement) -> bool:
    return element.tag in {"h2", "h3"} and element.find(".//a[@href]") is not None
