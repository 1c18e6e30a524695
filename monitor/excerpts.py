"""A text and what was searched for in, the text in pieces with the hits marked out. Pure.

The hits are found again by a regular expression that follows the index: words end where letters end, Chinese and the
like are found inside of words, case, width, accents and Chinese script make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.script import simplified
from monitor.searching import UNSPACED, typed_terms

_RUN = re.compile(f"[{UNSPACED}]+")
_WORD = re.compile(r"[^\W_]+")
#: A letter or digit of a script with spaces between its words.
_LETTER = rf"[^\W_{UNSPACED}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a text; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool = False


def excerpt(text: str, typed: str, width: int = 160) -> tuple[Passage, ...]:
    """The part of `text` around the first thing that was searched for, with all such things in it marked.

    The beginning, unmarked, where none is found: then it stands further down, or in the title.
    """
    hits = _hits(text, typed)
    start = max(0, hits[0][0] - width // 3) if hits else 0
    end = min(len(text), start + width)
    found = _pieces(text, [(max(a, start), min(b, end)) for a, b in hits if a < end], start, end)
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return tuple(one for one in (Passage(text=before), *found, Passage(text=after)) if one.text)


def marked(text: str, typed: str) -> tuple[Passage, ...]:
    """The whole text, with what was searched for marked."""
    return tuple(_pieces(text, _hits(text, typed), 0, len(text)))


def _pieces(text: str, hits: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[Passage]:
    at = start
    for a, b in hits:
        if a > at:
            yield Passage(text=text[at:a].replace("\n", " "))
        if b > max(a, at):
            yield Passage(text=text[max(a, at) : b].replace("\n", " "), is_hit=True)
        at = max(at, b)
    if at < end:
        yield Passage(text=text[at:end].replace("\n", " "))


def _hits(text: str, typed: str) -> list[tuple[int, int]]:
    """Where the words and phrases stand that were searched for, in order. Offsets count code points of `text`."""
    folded = _folded(text)
    patterns = [
        pattern for term in typed_terms(typed) if not term.is_excluded and (pattern := _pattern(term.text))
    ]
    # One after the other: an expression that begins with plain letters is found much faster than a choice.
    return sorted(found.span() for pattern in patterns for found in re.finditer(pattern, folded))


def _pattern(term: str) -> str:
    """A regular expression for a word or phrase as the index finds it, on folded text; "" where there is nothing."""
    prefix = term.endswith("*")
    pieces: list[str] = []
    for word in _WORD.findall(_folded(term)):
        at = 0
        for run in _RUN.finditer(word):
            pieces += [word[at : run.start()], run.group()]
            at = run.end()
        pieces.append(word[at:])
    pieces = [piece for piece in pieces if piece]
    if not pieces:
        return ""
    first, *others = [re.escape(piece) for piece in pieces]
    before = "" if _RUN.match(pieces[0]) else rf"(?<!{_LETTER}{first})"
    open_end = "" if _RUN.match(pieces[-1]) else rf"{_LETTER}*" if prefix else rf"(?!{_LETTER})"
    return first + before + "".join(rf"[\W_]*{piece}" for piece in others) + open_end


def _folded(text: str) -> str:
    """Case, width, accents and Chinese script unified, one character for one: offsets stay."""
    return text.translate(_FOLDING)


class _Folding(dict[int, str]):
    """What each code point is folded to, worked out when it first occurs."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = character
        if not _RUN.match(character):  # Hangul and the like would fall apart
            lower = unicodedata.normalize("NFKD", character)[:1].lower()
            folded = lower if len(lower) == 1 else character
        self[code] = simplified().get(code, folded)
        return self[code]


_FOLDING = _Folding()
