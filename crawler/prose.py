"""A parsed page in, where its prose stands out: the area of the article, layout tables undone, inline links cut. Pure.

Only structure decides: how much text reads as sentences, how much of a block is links, what stands beside it.
Class names and phrases are the business of `bodytext` and `furniture`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

from crawler import phrases
from crawler.completeness import weigh

_BLOCK_TAGS = """
p div li ul ol dl h1 h2 h3 h4 h5 h6 blockquote pre tr td th table figcaption dd dt section article main aside
header footer address figure center body
"""
BLOCKS = frozenset(_BLOCK_TAGS.split())
_PROSE = 40  # weighed letters; less is a label, a name or a headline
_ENDS_SENTENCE = re.compile(r"[.!?。！？｡…؟।։۔။។][\"'”’»«」』）)\]]*(?:\s|$)|(?:다|요)[.\s]|[ฯ]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]{40}"
)  # Thai, Lao, Burmese, Khmer: no full stop
_MAX_INLINE = 300  # weighed letters; a longer block of links is a list that the extractor judges itself
_LINK_SHARE = 0.8
_MAX_LABEL = 30
_LEAST_LINKS, _MUCH_LINKED, _MAX_HEADING = 3, 0.4, 60
_CELL_TEXT = 400
_LINKS = etree.XPath("descendant::a[@href]")
_CELL_BLOCKS = etree.XPath(
    "count(descendant::p) + count(descendant::div) + count(descendant::h1) + count(descendant::table)"
)
_TABLES = etree.XPath("descendant::table")
_CELLS = etree.XPath("descendant::td | descendant::th")
_TABLE_PARTS = etree.XPath(
    "descendant-or-self::*[self::table or self::tbody or self::thead or self::tfoot or self::tr"
    " or self::td or self::th or self::caption]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One line of a page: its text, and how many of its letters stand in links."""

    text: str
    linked: str = ""


def undo_layout_tables(tree: HtmlElement) -> list[HtmlElement]:
    """Turn tables that only place things on the page into plain containers, in place; tables of data stay.

    A cell that holds paragraphs, boxes, the headline or another table is a place, not a datum. Returns what were such
    tables.
    """
    undone = [table for table in _TABLES(tree) if _is_layout(table)]
    for table in undone:
        for part in _TABLE_PARTS(table):
            part.tag = "div"
    return undone


def cut_inline_links(tree: HtmlElement) -> None:
    """Take out blocks between paragraphs that consist of links, or of a label and links, in place.

    "Related: Provider builds elsewhere" inside a report is another report's headline. A block goes only where two
    paragraphs of prose stand beside it, and stays where its link is a sentence.
    """
    paragraphs = Counter(
        parent for p in tree.iter("p") if weigh_prose(p.text_content()) and (parent := _column(p)) is not None
    )
    for parent, count in paragraphs.items():
        if count >= 2:
            for child in list(parent):
                if child.tag in BLOCKS and _is_of_links(child):
                    child.drop_tree()


def cut_list_of_links(tree: HtmlElement) -> None:
    """Take out a list after the last paragraph of the article, and its heading, if each item leads elsewhere. In place.

    "More stories" stand there, worded as sentences about other articles; a list inside the article stays.
    """
    area = prose_area(tree)
    if area is None:
        return
    after = False
    for child in reversed(list(area)):
        if child.tag in {"ul", "ol"} and _leads_elsewhere(child):
            child.drop_tree()
            after = True
        elif after and 0 < len(child.text_content()) <= _MAX_HEADING:
            child.drop_tree()
            return
        elif weigh_prose(child.text_content()):
            return


def _leads_elsewhere(element: HtmlElement) -> bool:
    """Does every item of a list hold a link, and are these much of it?"""
    items = [item for item in element if item.tag == "li"]
    if len(items) < _LEAST_LINKS or not all(_LINKS(item) for item in items):
        return False
    linked = sum(len(link.text_content()) for link in _LINKS(element))
    return linked >= _MUCH_LINKED * len(element.text_content())


def article_blocks(tree: HtmlElement, area: HtmlElement) -> list[Block]:
    """Blocks of the article: all of its area that are not links, and the lead between headline and area.

    Meant for short pages, on which a notice weighs as much as a paragraph.
    """
    found = [block for block in blocks(area) if not is_of_links(block.text, block.linked)]
    headline = next(tree.iter("h1"), None)
    if headline is None:
        return found
    if any(up is area for up in headline.iterancestors()):
        # The paragraphs have no box of their own: what stands among them may be a byline, a button, a notice.
        title = " ".join(headline.text_content().split())
        after = next((number for number, block in enumerate(found) if block.text == title), -1) + 1
        return [block for block in found[after:] if weigh_prose(block.text) or _invites_on(block.text)]
    return [*_between(headline, area), *found]


def prose_area(tree: HtmlElement) -> HtmlElement | None:
    """The element that holds the article's prose; None where nothing reads as sentences.

    As in Arc90's Readability: a paragraph counts for its parent in full and for its grandparent by half.
    """
    scores: dict[HtmlElement, float] = {}
    for element in tree.iter(*BLOCKS):
        own = weigh_prose(_own_text(element))
        parent = element.getparent()
        if not own or parent is None:
            continue
        if element.tag != "p":
            scores[element] = scores.get(element, 0.0) + own
            own //= 2
        scores[parent] = scores.get(parent, 0.0) + own
        above = parent.getparent()
        if above is not None:
            scores[above] = scores.get(above, 0.0) + own / 2
    return max(scores, key=scores.__getitem__, default=None)


def weigh_prose(text: str) -> int:
    """Weighed letters of a text that reads as sentences, else 0."""
    size = weigh(text)
    if size < _PROSE or not (_ENDS_SENTENCE.search(text) or _UNSPACED.search(text)):
        return 0
    return size


def blocks(element: HtmlElement) -> Iterator[Block]:
    """The lines of an element in order, each with what of it is linked."""
    text: list[str] = []
    linked: list[str] = []
    inside = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if node.tag in BLOCKS or node.tag == "br":
            if line := " ".join("".join(text).split()):
                yield Block(text=line, linked=" ".join("".join(linked).split()))
            text, linked = [], []
        if event == "start":
            inside += node.tag == "a"
            piece = node.text or ""
        else:
            inside -= node.tag == "a"
            piece = "" if node is element else node.tail or ""
        text.append(piece)
        if inside:
            linked.append(piece)
    if line := " ".join("".join(text).split()):
        yield Block(text=line, linked=" ".join("".join(linked).split()))


def is_of_links(text: str, linked: str) -> bool:
    """Is a block nothing but links, or a label and links? Not where the link is a sentence of the text."""
    letters, in_links = len("".join(text.split())), len("".join(linked.split()))
    if not in_links or (len(text) > 60 and _ENDS_SENTENCE.search(text[-3:])) or _invites_on(text):
        return False
    if in_links >= _LINK_SHARE * letters:
        return True
    if not text.endswith(linked[-10:]):
        return False
    label = text[: len(text) - len(linked)].strip(" \t|·•–—-›»>▶►→[]【】()（）")
    if weigh(label) > _MAX_LABEL:
        return False
    return label.endswith((":", "：")) or phrases.is_one_of("labels", label)


def _invites_on(text: str) -> bool:
    """ "Read more" alone: says that the text goes on elsewhere, which the verdict on the page needs to see."""
    return len(text) < 60 and phrases.is_one_of("teaser", text.strip(" .…→»›>"))


def _between(headline: HtmlElement, area: HtmlElement) -> list[Block]:
    """Blocks of prose after the headline and before the area: the lead."""
    around = {area, *area.iterancestors()}
    top = next((up for up in headline.iterancestors() if up in around), None)
    if top is None:
        return []
    found: list[Block] = []
    after = False
    for element in top.iter():
        if element is area:
            return found
        if element is headline:
            after = True
        elif after and element.tag in BLOCKS and headline not in set(element.iterancestors()):
            line = " ".join(_own_text(element).split())
            if weigh_prose(line) and element not in around:
                found.append(Block(text=line))
    return []


def _own_text(element: HtmlElement) -> str:
    """Text of an element outside its links and outside the blocks in it."""
    pieces: list[str] = []
    stack: list[HtmlElement | str] = [element]
    while stack:  # not by recursion: a page may nest a thousand spans
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        for child in reversed(node):
            stack.append(child.tail or "")
            if isinstance(child.tag, str) and child.tag not in BLOCKS and child.tag != "a":
                stack.append(child)
        pieces.append(node.text or "")
    return "".join(pieces)


def _column(paragraph: HtmlElement) -> HtmlElement | None:
    """What holds the paragraph and its neighbors, past boxes that hold nothing else."""
    above = paragraph.getparent()
    while above is not None and len(above) == 1 and above.tag != "body":
        above = above.getparent()
    return above


def _is_of_links(element: HtmlElement) -> bool:
    links = _LINKS(element)
    text = " ".join(element.text_content().split()) if links else ""
    if not text or weigh(text) > _MAX_INLINE:
        return False
    return is_of_links(text, " ".join(" ".join(link.text_content() for link in links).split()))


def _is_layout(table: HtmlElement) -> bool:
    return any(_CELL_BLOCKS(cell) >= 2 or len(cell.text_content()) > _CELL_TEXT for cell in _CELLS(table))
