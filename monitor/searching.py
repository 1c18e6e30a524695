"""Text in, text for the full-text index out; what a person typed in, an FTS5 query that cannot fail out. Pure.

FTS5's default tokenizer takes a run of Chinese for one word and finds nothing inside it; its trigram tokenizer finds
nothing under three characters. So runs of scripts without word spaces are written as bigrams, plus the last character
alone: every character begins exactly one token. Then a two-character name is one token (华为), a longer one a phrase of
bigrams (阿里云 -> "阿里 里云"). Each character of such a script stands once more at the end, alone: as the prefix of
thousands of bigrams one character took 80 ms in 200,000 articles, as a token of its own it takes less than one.
Traditional characters are written as simplified ones on both sides: 華為 finds 华为, and the other way round.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from monitor.script import simplified

#: Han, kana, Hangul, Thai, Lao, Khmer, Myanmar: scripts whose words are not separated, or (Hangul) carry particles.
UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3131-\u318e\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{UNSPACED}]+")
_PARTS = re.compile(r'(-?)"([^"]*)"?(\*?)|(-?)(\S+)')
_WORD = re.compile(r"[^\W_]+")
_LONGEST_QUERY = 500


def index_text(text: str) -> str:
    """`text` as it goes into the index: forms and scripts unified, runs of CJK and the like as bigrams."""
    unified = unicodedata.normalize("NFKC", text).translate(simplified())
    words = _grams_in(unified)
    alone = sorted({character for run in _RUN.findall(unified) for character in run})
    return f"{words} {' '.join(alone)}" if alone else words


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTerm:
    """A word or phrase as it was typed, unified like the index; an asterisk at its end takes every ending."""

    text: str
    is_excluded: bool
    is_alternative: bool  # OR stands before it


def typed_terms(typed: str) -> Iterator[TypedTerm]:
    """The terms of what a person typed that can be searched for."""
    alternative = False
    for minus, phrase, star, word_minus, word in _PARTS.findall(_cleaned(typed)):
        if word == "OR":
            alternative = True
            continue
        text = word or phrase + star
        if word in ("AND", "NOT") or not _term(text):
            continue
        yield TypedTerm(text=text, is_excluded=bool(minus or word_minus), is_alternative=alternative)
        alternative = False


def match_query(typed: str) -> str:
    """The FTS5 query for what a person typed; "" where it holds nothing to search for.

    Words must all occur; "..." is a phrase, a trailing * a prefix ("data cent*"), OR between two terms an alternative,
    a leading - excludes. Everything is quoted: no input is a syntax error.
    """
    groups: list[list[str]] = []
    excluded: list[str] = []
    for wanted in typed_terms(typed):
        term = _term(wanted.text)
        if wanted.is_excluded:
            excluded.append(term)
        elif wanted.is_alternative and groups:
            groups[-1].append(term)
        else:
            groups.append([term])
    if not groups:
        return ""
    query = " AND ".join(f"({' OR '.join(group)})" if len(group) > 1 else group[0] for group in groups)
    return query if not excluded else f"({query}) NOT ({' OR '.join(excluded)})"


def title_key(title: str) -> str:
    """A title made comparable: letters and digits in lower case, nothing else."""
    return "".join(_WORD.findall(unicodedata.normalize("NFKC", title).casefold()))


def _cleaned(typed: str) -> str:
    """Typed text without characters that FTS5 cannot take, and no longer than a person types."""
    text = unicodedata.normalize("NFKC", typed[:_LONGEST_QUERY]).translate(simplified())
    for quote in "“”„«»「」":
        text = text.replace(quote, '"')
    return "".join(char for char in text if char >= " " and not 0xD800 <= ord(char) < 0xE000)


def _term(word: str) -> str:
    """One word or phrase, quoted, split like the indexed text; "" where nothing of it is ever indexed.

    At the end, the last character of a run is dropped: in the text it is a token of its own only where its run ends
    there. A run of one character at the end of a phrase becomes the prefix of the bigrams that it begins.
    """
    prefix = word.endswith("*")
    text = word.replace('"', " ").rstrip("* ")
    if len(text) == 1 and _RUN.match(text):
        return f'"{text}"' if _is_indexed(text) else ""
    runs = _RUN.findall(text)
    last = runs[-1] if runs and text.endswith(runs[-1]) else ""
    tokens = _grams_in(text).split()
    if len(last) > 1:
        tokens.pop()
    if last:
        prefix = len(last) == 1
    if not _is_indexed(text):
        return ""
    return f'"{" ".join(tokens)}"' + (" *" if prefix else "")


def _is_indexed(text: str) -> bool:
    """Whether the index has a token for any of it."""
    return any(unicodedata.category(char)[0] in "LN" for char in text)


def _grams_in(text: str) -> str:
    """The text with its runs of scripts without spaces as bigrams."""
    return _RUN.sub(lambda run: f" {' '.join(_grams(run.group()))} ", text)


def _grams(run: str) -> list[str]:
    return [first + second for first, second in pairwise(run)] + [run[-1]]
