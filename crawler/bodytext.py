"""A parsed page in, the text of its article out: paragraphs, each on a line, and which way they came. Pure.

The ways, best first: the source's body selector, JSON-LD articleBody where the page shows the same text,
trafilatura on the tree stripped of what is never an article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement, fragment_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Extractor

from crawler import phrases
from crawler.articlebody import is_same_text, longer_body
from crawler.attributes import without_attribute_floods
from crawler.chunks import join_chunks
from crawler.cleaning import paragraphs
from crawler.prose import article_blocks, cut_inline_links, cut_list_of_links, prose_area, undo_layout_tables

_STRIPPED = (
    *(
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "nav",
        "iframe",
        "button",
        "select",
        "textarea",
        "input",
    ),
    *("dialog", "canvas", "video", "audio", "object", "embed", "map", "link", "meta"),
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "li",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "tr",
        "td",
        "th",
        "figcaption",
    }
    | {"dd", "dt", "section", "article"}
)
_COMMENT_AREA = re.compile(
    r"(?:^|[\s_-])(?:comments?(?:-?(?:area|list|section|form|wrap(?:per)?|respond|thread|container))?|respond|disqus(?:_thread)?"
    r"|kommentare?|commentaires|comentarios)(?:$|\s)",
    re.IGNORECASE,
)
_FURNITURE_AREA = re.compile(
    r"(?:^|[\s_-])(?:share(?:-?(?:bar|buttons?|links?|tools))?|sharing|social(?:-?(?:share|media|links?|icons|bar))?"
    r"|related(?:-?(?:articles|posts|content|stories|links|news|topics))?|breadcrumbs?|cookie(?:-?(?:banner|bar|notice|consent))?"
    r"|newsletter(?:-?(?:signup|box|form|teaser))?|author-?(?:box|bio|card|info)|about-?author|recommend(?:ed|ations)"
    r"|teaser-?(?:list|box)|most-?(?:read|popular)|tag-?(?:list|cloud)|outbrain|taboola|advert(?:isement)?)(?:$|\s)",
    re.IGNORECASE,
)
#: How the words of both patterns begin: a look into a set spares most names two searches.
_BEGINNINGS = frozenset(
    "abo adv aut bre com coo dis kom mos new out rec rel res sha soc tab tag tea".split()  # noqa: SIM905
)
_CAPTION = re.compile(r"(?:caption|credits?)(?:$|[\s_-])", re.IGNORECASE)
_MOST_OF_CAPTION = 600
_NAMED = etree.XPath("descendant::*[@class or @id or self::form or self::figcaption]")
_MIN_SELECTED = 150  # characters below which a selector is taken as broken by a new layout
# trafilatura looks for text all over the page when the article has fewer than 250 characters, and then adds notices.
_SHORT_ARTICLE = 330
_RESCUED = 1500
_CREDIT_LINE = 80
_HEAD = 5  # lines
_SHORT_LINE = 140
_SENTENCE_END = re.compile(r"[.!?。！？…:;”\"»)]$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Text of an article and the way it came: selector, json-ld, trafilatura, or "" for none."""

    text: str = ""
    extraction: str = ""


def read_body(
    tree: HtmlElement,
    *,
    selector: str | None = None,
    structured: str = "",
    title: str = "",
    author: str | None = None,
    free: bool = True,
) -> Body:
    """Text of the article. The tree is stripped in place: read the metadata first."""
    strip(tree)
    if selector:
        text = _selected(tree, selector)
        if len(text) >= _MIN_SELECTED:
            return Body(text=without_furniture(text, title, author), extraction="selector")
    extracted = without_furniture(_article_text(tree), title, author)
    body = without_furniture(_plain(structured), title, author)
    if is_same_text(body, extracted, tree.text_content() if body else ""):
        return Body(text=body, extraction="json-ld")
    if free and (longer := longer_body(body, extracted, title)) and not _is_walled(tree):
        return Body(text=longer, extraction="json-ld")
    return Body(text=extracted, extraction="trafilatura" if extracted else "")


def _is_walled(tree: HtmlElement) -> bool:
    """Does the page ask for a subscription? What it hides behind that is not read from its metadata either."""
    return phrases.pattern("paywall").search(tree.text_content()[:40_000]) is not None


def strip(tree: HtmlElement) -> None:
    """Take out what is never text of an article, comment areas, share bars and boxes of links. In place."""
    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, *_STRIPPED, with_tail=False)
    doomed = [element for element in _NAMED(tree) if _is_furniture(element)]
    for element in doomed:
        if element.getparent() is not None:
            element.drop_tree()
    cut_inline_links(tree)
    cut_list_of_links(tree)


def without_furniture(text: str, title: str = "", author: str | None = None) -> str:
    """Text without lines that only invite, share, relate, credit or repeat the title."""
    begins, comments = phrases.pattern("begins"), phrases.pattern("comments")
    heading = title.casefold()
    kept: list[str] = []
    for number, line in enumerate(lines := paragraphs(text).split("\n")):
        bare = line.lstrip("-–—•*#>|»▶►([（【〔 \t").strip()
        if not bare or (number < 2 and heading and bare.casefold() == heading):
            continue
        if len(bare) <= _SHORT_LINE and comments.match(bare) and not _is_sentence(bare):
            if number > len(lines) * 0.5:
                break  # what follows an invitation to comment are comments
            continue
        if len(bare) <= _SHORT_LINE and begins.match(bare) and not _is_sentence(bare):
            continue
        if len(bare) <= _CREDIT_LINE and (_is_credit(bare) or (number < _HEAD and _is_byline(bare, author))):
            continue
        kept.append(line)
    return "\n".join(kept)


def _is_credit(line: str) -> bool:
    """ "Editor: A. Name": who did it, not what happened."""
    label, mark, _ = line.replace("：", ":").partition(":")
    return bool(mark) and phrases.is_one_of("credits", label)


def _is_byline(line: str, author: str | None) -> bool:
    """A line at the head that names the author and says nothing."""
    name = (author or "").partition(",")[0].strip().casefold()
    return (
        len(name) > 4 and name in line.casefold() and not line.endswith((".", "!", "?", "。", '"', "”", "»"))
    )


def _is_sentence(line: str) -> bool:
    return len(line) > 60 and _SENTENCE_END.search(line) is not None


def _is_furniture(element: HtmlElement) -> bool:
    name = f"{element.get('id') or ''} {element.get('class') or ''}"
    if element.tag == "form":  # some servers wrap the whole page in one
        return len(element.text_content()) < 2000 and element.find(".//h1") is None
    if len(name) < 3 or len(name) > 400 or element.tag in {"body", "html", "article", "main"}:
        return False
    area = _area(name)
    if area == "comments":
        return element.find(".//h1") is None
    return area == "furniture" and len(element.text_content()) < 1500


@lru_cache(maxsize=4096)  # pages repeat their class names: a third of the cost of stripping saved
def _area(name: str) -> str:
    words = name.lower().replace("_", " ").replace("-", " ").split()
    if all(word[:3] not in _BEGINNINGS for word in words):
        return ""
    if _COMMENT_AREA.search(name):
        return "comments"
    return "furniture" if _FURNITURE_AREA.search(name) else ""


@lru_cache(maxsize=1)
def _options() -> Extractor:
    options = Extractor(fast=True, recall=True, comments=False, output_format="python", with_metadata=False)
    options.min_output_size = 1
    return options


def _extracted(tree: HtmlElement) -> str:
    document = bare_extraction(tree, options=_options())
    text = getattr(document, "text", None)  # the annotation allows a dict, which only as_dict=True gives
    return str(text or "")


def _article_text(tree: HtmlElement) -> str:
    """Text of the article by structure.

    Boxes into which a template broke the article are joined first. Pages laid out in tables, where no element says
    what it is, and short articles are read from the area of their prose alone.
    """
    tables = undo_layout_tables(tree)
    join_chunks(tree)
    extracted = _extracted(tree)
    if len(extracted) > _RESCUED and not tables:
        return extracted
    area = prose_area(tree)
    if area is None:
        return extracted
    own = "\n".join(block.text for block in article_blocks(tree, area))
    placed = any(up in tables for up in area.iterancestors("div"))
    return own if own and (placed or len(own) <= _SHORT_ARTICLE) else extracted


def _selected(tree: HtmlElement, selector: str) -> str:
    chosen = _select(selector)(tree)
    for element in chosen:
        for caption in [inner for inner in _NAMED(element) if _is_caption(inner)]:
            if caption.getparent() is not None:
                caption.drop_tree()
    return "\n".join(block_text(element) for element in chosen)


def _is_caption(element: HtmlElement) -> bool:
    """What a picture shows, and whose it is: a short box that is named so."""
    if element.tag == "figcaption" or _CAPTION.search(
        f"{element.get('id') or ''} {element.get('class') or ''}"
    ):
        return len(element.text_content()) < _MOST_OF_CAPTION
    return False


@lru_cache(maxsize=512)
def _select(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


def block_text(element: HtmlElement) -> str:
    """Text of an element, each block on a line of its own."""
    pieces: list[str] = []
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        if node.tag in _BLOCKS or node.tag == "br":
            pieces.append("\n")
        if event == "start":
            pieces.append((node.text or "").replace("\n", " "))
        elif node is not element:
            pieces.append((node.tail or "").replace("\n", " "))
    return paragraphs("".join(pieces))


def _plain(text: str) -> str:
    """articleBody as text: some outlets put HTML into it."""
    if "<" in text and re.search(r"</?(?:p|br|div|h\d|a|strong|em)\b", text, re.IGNORECASE):
        try:
            return block_text(fragment_fromstring(without_attribute_floods(text), create_parent="div"))
        except (etree.ParserError, ValueError):
            return ""
    return paragraphs(text)
