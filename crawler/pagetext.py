"""A page's markup in, all the words an article on it could consist of out, without parsing. Pure.

Made for archives, where most pages need no more than a look: a tenth of the cost of parsing. It keeps more than
extraction does, never less: only elements that extraction always drops are left out (crawler/bodytext.py).
"""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from crawler.encodings import decode

# No pattern may run over a second "<": each is then linear, whatever a page holds.
_NAMES = "script|style|svg|noscript|template|nav|select|button|textarea"
_MARK = re.compile(rf"<(/?)({_NAMES})\b".encode(), re.IGNORECASE)
_RAW = (b"script", b"style")  # what stands inside is no markup
_TAG_NAME = re.compile(r"<(/?[A-Za-z]\w*|[!?/])[^<>]*>")
_BLOCK_NAMES = """
p div li ul ol dl dd dt h1 h2 h3 h4 h5 h6 table tr td th section article main header footer aside address form
blockquote pre figure figcaption center body br hr
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
#: A first letter set apart for looks, and places where a long word may be broken.
_DROP_CAP = re.compile(r"(>\s*[^\W\d_])</(?:span|b|strong|big|font|em|i)>(?=[^\W\d_])", re.IGNORECASE)
_LARGE_LETTER = (
    "rop-cap",
    "ropcap",
    "rop_cap",
    "ropCap",
    "ettrine",
    "irst-letter",
    "irstletter",
    "irstLetter",
)
_BREAK = re.compile(r"</?wbr\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_TITLE = re.compile(r"<(title|h1)\b[^<>]*>", re.IGNORECASE)
_META = re.compile(r"<meta\b", re.IGNORECASE)
_WHOLE_META = re.compile(r"""<meta\b(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE)
_CONTENT = re.compile(r"\bcontent\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"<html\b[^<>]{0,500}?\s(?:xml:)?lang\s*=\s*[\"']?([a-z]{2,3})(?=[-_\"'\s>/])", re.IGNORECASE
)
_MOST_TITLES, _LONGEST_TITLE = 20, 3000
_MOST_METAS, _LONGEST_META = 300, 20_000
_MAX_BLOCK = 64 * 1024  # of JSON-LD, as in crawler/structured.py


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """What could be the headline, in one line; what could be the text, a line per block; what the page declares."""

    titles: str
    text: str
    languages: frozenset[str]  # of <html lang>, base tags in lower case; none where it says nothing


def page_text(body: bytes, http_charset: str | None = None) -> PageText:
    """The words of a page. Decodes as extraction does, so that both see the same."""
    kept, data = _without_dropped(body)
    markup = _utf8(kept) if _is_plain(body) else None
    if markup is None:
        kept, data = _without_dropped(decode(body, http_charset).text.encode("utf-8", "replace"))
        markup = kept.decode("utf-8", "replace")
    titles = [*_headlines(markup), *_declared_titles(markup)]
    lines = _lines(markup)
    for block in data:
        for key, value in _structured(block):
            (lines if key == "articleBody" else titles).extend(_lines(value) if value else ())
    return PageText(
        titles=" \u2028 ".join(titles).replace("\n", " "),
        text="\n".join(lines),
        languages=frozenset(tag.lower() for tag in _LANGUAGE.findall(markup[:20_000])),
    )


def _is_plain(body: bytes) -> bool:
    """No byte order mark, no UTF-16, no escape sequences of ISO-2022-JP: valid UTF-8 is what it seems to be."""
    return body[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\x1b$" not in body and b"\0" not in body[:200]


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _without_dropped(body: bytes) -> tuple[bytes, list[bytes]]:
    """The markup without scripts, menus and the like; JSON-LD blocks apart.

    Of an element that is opened twice before it is closed only the inner one is dropped: an unclosed menu would
    take the article with it.
    """
    kept: list[bytes] = []
    data: list[bytes] = []
    marks = [(mark.start(), mark.end(), bool(mark[1]), mark[2].lower()) for mark in _MARK.finditer(body)]
    opened, closed = _places(marks, closing=False), _places(marks, closing=True)
    position = 0
    for start, end, is_closing, name in marks:
        if is_closing or start < position:  # what is dropped already holds it
            continue
        closing = _next(closed.get(name, ()), end)
        if closing is None:
            continue
        again = _next(opened[name], end)
        if again is not None and again < closing and name not in _RAW:
            continue
        if name == b"script" and closing - end <= _MAX_BLOCK:
            head, _, inside = body[end:closing].partition(b">")
            if b"ld+json" in head.lower():
                data.append(inside)
        kept.append(body[position:start])
        position = closing
    kept.append(body[position:])
    return b" ".join(kept), data


def _places(marks: Sequence[tuple[int, int, bool, bytes]], *, closing: bool) -> dict[bytes, list[int]]:
    found: dict[bytes, list[int]] = {}
    for start, _, is_closing, name in marks:
        if is_closing is closing:
            found.setdefault(name, []).append(start)
    return found


def _next(places: Sequence[int], start: int) -> int | None:
    index = bisect_left(places, start)
    return places[index] if index < len(places) else None


def _headlines(markup: str) -> Iterator[str]:
    for match in islice(_TITLE.finditer(markup), _MOST_TITLES):
        inside = markup[match.end() : match.end() + _LONGEST_TITLE]
        end = inside.lower().find(f"</{match[1].lower()}")
        if end >= 0:
            yield _words(inside[:end])


def _declared_titles(markup: str) -> Iterator[str]:
    for match in islice(_META.finditer(markup), _MOST_METAS):
        whole = _WHOLE_META.match(markup, match.start(), match.start() + _LONGEST_META)
        tag = whole[0] if whole else ""
        if "title" in tag.lower():
            for value in _CONTENT.finditer(tag):
                yield _words(value[1] or value[2] or value[3] or "")


def _words(markup: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", markup)).split())


def _lines(markup: str) -> list[str]:
    joined = _BREAK.sub("", markup) if "<wbr" in markup or "<WBR" in markup else markup
    if any(name in joined for name in _LARGE_LETTER):
        joined = _DROP_CAP.sub(r"\1", joined)
    pieces = _TAG_NAME.split(joined.replace("\n", " "))
    pieces[1::2] = [_gap(name) for name in pieces[1::2]]
    text = html.unescape("".join(pieces))
    return [line for part in text.split("\u2029") if (line := " ".join(part.split()))]


@lru_cache(maxsize=1024)
def _gap(tag: str) -> str:
    """What stands for a tag in the text: the end of a line, or a blank."""
    return "\u2029" if tag.lstrip("/").lower() in _BLOCKS else " "


def _structured(block: bytes) -> Iterator[tuple[str, str]]:
    """Headlines and texts of a JSON-LD block, and of one that is broken all its words."""
    text = block.decode("utf-8", "replace")
    try:
        waiting: list[object] = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        yield "articleBody", re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str) and key in ("headline", "name", "articleBody"):
                    yield key, inner
                elif isinstance(inner, (list, dict)):
                    waiting.append(inner)
