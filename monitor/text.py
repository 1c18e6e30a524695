"""Stored text in, folded text with offsets back into the stored text out; sentences and word boundaries. Pure.

Folding keeps one code point for one code point, so that an offset needs no map. Where that is impossible (decomposed
accents, invisible controls, runs of blanks) the text is rebuilt once and carries the map.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f"
_NEEDS_MAP = re.compile(f"[{INVISIBLE}]|[ \t\u00a0\u3000]{{2}}")
_RUN = re.compile(f"[{INVISIBLE}]+|[ \t\u00a0\u3000]{{2,}}")
_DENSE = "[\u3040-\u30ff\u3400-\u9fff]"
_MIXED_BLANK = re.compile(f"(?<={_DENSE}) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9%+]) (?={_DENSE})")
_RUN_OR_MIXED = re.compile(f"{_RUN.pattern}|{_MIXED_BLANK.pattern}")
_COMPATIBLE = re.compile(
    "[！-～\u3000\u2000-\u200a\u202f\u00a0\u2010-\u2015\u2018-\u201f\u2212\u02bc\u00b4\uff61-\uffef]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_HYPHEN = re.compile(r"-(?=\w)")


def _compatible_table() -> dict[int, str]:
    table = {cp: chr(cp - 0xFEE0) for cp in range(0xFF01, 0xFF5F)}
    # Full-width clause marks stay: the sentence splitter and the amount reader want to see them as written.
    for keep in "，！？；：（）":
        del table[ord(keep)]
    table.update(dict.fromkeys([0x3000, 0xA0, 0x202F, *range(0x2000, 0x200B)], " "))
    table.update(dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-"))
    table.update(dict.fromkeys([0x2018, 0x2019, 0x201B, 0x02BC, 0xB4], "'"))
    table.update(dict.fromkeys([0x201C, 0x201D, 0x201E, 0x201F], '"'))
    for cp in range(0xFF66, 0xFF9E):
        table[cp] = unicodedata.normalize("NFKC", chr(cp))
    return table


_TABLE: Mapping[int, str] = _compatible_table()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A text made comparable. `cased` and `folded` have one length; `offsets` None: the stored text's."""

    stored: str
    cased: str
    folded: str
    offsets: tuple[int, ...] | None = None

    def start(self, index: int) -> int:
        """Offset in the stored text where code point `index` of the folded text begins."""
        return index if self.offsets is None else self.offsets[index]

    def end(self, index: int) -> int:
        """Offset in the stored text where the code point before `index` ends (combining marks included)."""
        return (
            index
            if self.offsets is None
            else (self.offsets[index] if index < len(self.offsets) else len(self.stored))
        )


def fold(text: str, *, script: Mapping[int, str] | None = None, joined: bool = False) -> Folded:
    """Fold `text`: NFC, lower case, plain quotes, hyphens and blanks; `script` maps one character to one (zh).

    `joined` drops the blank that some outlets write between Han or kana and Latin letters ("AI 芯片" = "AI芯片").
    """
    cased, offsets = _with_one_form(text, joined=joined)
    if _COMPATIBLE.search(cased):
        cased = cased.translate(_TABLE)
    if script is not None and not cased.isascii():
        cased = cased.translate(script)
    return Folded(stored=text, cased=cased, folded=fold_case(cased), offsets=offsets)


def fold_case(cased: str) -> str:
    """Lower case of the same length, with hyphens between letters as blanks ("Cloud-Region" = "Cloud Region")."""
    lowered = cased.lower()
    if len(lowered) != len(cased):  # only the dotted capital I of Turkish grows
        lowered = "".join(low if len(low := char.lower()) == 1 else low[0] for char in cased)
    return _HYPHEN.sub(_join_words, lowered) if "-" in lowered else lowered


def _join_words(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return " " if before.isalnum() else "-"


def _with_one_form(text: str, *, joined: bool) -> tuple[str, tuple[int, ...] | None]:
    if not text.isascii() and _SURROGATE.search(text):
        text = _SURROGATE.sub("\ufffd", text)
    if not (text.isascii() or unicodedata.is_normalized("NFC", text)):
        return _rebuilt(text)
    if joined and _MIXED_BLANK.search(text):
        return _without(_RUN_OR_MIXED, text)
    return _without(_RUN, text) if _NEEDS_MAP.search(text) else (text, None)


def _without(runs: re.Pattern[str], text: str) -> tuple[str, tuple[int, ...]]:
    """Drop invisible controls, all but the first of several blanks, and blanks between scripts; the rest stays."""
    pieces: list[str] = []
    offsets: list[int] = []
    at = 0
    for match in runs.finditer(text):
        keep = match.start() + (1 if len(match.group()) > 1 and match.group()[0] in _BLANKS else 0)
        pieces.append(text[at:keep])
        offsets.extend(range(at, keep))
        at = match.end()
    pieces.append(text[at:])
    offsets.extend(range(at, len(text)))
    return "".join(pieces), tuple(offsets)


def _rebuilt(text: str) -> tuple[str, tuple[int, ...]]:
    """Normalize cluster by cluster (a base and the marks after it), drop invisible controls and repeated blanks."""
    chars: list[str] = []
    offsets: list[int] = []
    for match in _CLUSTER.finditer(text):
        cluster = match.group()
        if cluster[0] in _DROPPED:
            continue
        if cluster[0] in _BLANKS and chars and chars[-1] in _BLANKS:
            continue
        composed = cluster if len(cluster) == 1 else unicodedata.normalize("NFC", cluster)
        for char in composed[:_LONGEST_CLUSTER]:
            chars.append(char)
            offsets.append(match.start())
    return "".join(chars), tuple(offsets)


_BLANKS = frozenset(" \t\u00a0\u3000")
_DROPPED = frozenset(
    chr(cp)
    for low, high in (
        (0xAD, 0xAD),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x2069),
        (0xFEFF, 0xFEFF),
        (0xFE00, 0xFE0F),
    )
    for cp in range(low, high + 1)
)
_LONGEST_CLUSTER = 4  # a base with hundreds of marks ("zalgo") keeps its first marks
# A base character with the combining marks or conjoining jamo that follow it.
_CLUSTER = re.compile(
    "[\u1100-\u115f\ua960-\ua97f][\u1160-\u11a7\ud7b0-\ud7c6]?[\u11a8-\u11ff]?|(?s:.)[\u0300-\u036f\u0653-\u0655\u3099\u309a\u1dc0-\u1dff\u20d0-\u20f0]*"
)


@lru_cache(maxsize=8192)
def is_wordlike(char: str) -> bool:
    """Whether a neighbour blocks a word boundary: letter or digit of an alphabetic script (not CJK, Hangul, Thai)."""
    cp = ord(char)
    if cp < 0x80:
        return char.isalnum()
    return char.isalnum() and (cp < 0x0E00 or 0x0E80 <= cp < 0x1100 or 0x1200 <= cp < 0x2E80)


_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def is_dense(language: str) -> bool:
    """Whether a language packs a word into one or two characters (distances are shorter there)."""
    return language.partition("-")[0] in {"zh", "ja", "th"}


def has_dense_script(text: str) -> bool:
    return _CJK.search(text) is not None


_SENTENCE_END = re.compile(
    r"[。！？](?:[」』”’\"）】]*)"
    r"|(?<![。！？])[.!?…]+[\"'”’»)\]]*(?=\s|$)"
    r"|[.!?](?=[\u0600-\u06ff])"
    r"|(?<=[\u0600-\u06ff])[؟.!]+(?=\s|$)"
    r"|\n+"
)


def sentences(text: str, abbreviations: frozenset[str]) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`, in order. Splits on . ! ? … 。！？ and newlines, not after abbreviations
    or ordinal days ("12. Mai"); a sentence longer than 1,200 characters is cut."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group()[0] == "." and _goes_on(text, match, abbreviations):
            continue
        start = _add(spans, text, start, match.end())
    _add(spans, text, start, len(text))
    return spans


LONGEST_SENTENCE = 1200


def _add(spans: list[tuple[int, int]], text: str, start: int, end: int) -> int:
    begin = start
    while begin < end and text[begin].isspace():
        begin += 1
    while end - begin > LONGEST_SENTENCE:
        spans.append((begin, begin + LONGEST_SENTENCE))
        begin += LONGEST_SENTENCE
    stop = end
    while stop > begin and text[stop - 1].isspace():
        stop -= 1
    if stop > begin:
        spans.append((begin, stop))
    return end


_LAST_WORD = re.compile(r"[^\s(\[\"'„“«]+$")


def _goes_on(text: str, match: re.Match[str], abbreviations: frozenset[str]) -> bool:
    """Whether the full stop belongs to an abbreviation, an initial or an ordinal number and the sentence continues."""
    if match.end() >= len(text) or len(match.group().rstrip("\"'”’»)]")) != 1:
        return False
    before = _LAST_WORD.search(text[max(0, match.start() - 16) : match.start()])
    after = text[match.end() :][:2].lstrip()
    if not before or text[match.end() : match.end() + 1] == "\n":
        return False
    word = before.group()
    if word.lower() in abbreviations or word.lower() + "." in abbreviations:
        return True
    if len(word) == 1 and word.isalpha() and word.isupper():
        return True
    if len(word) <= 2 and word.isdigit() and after[:1].isalpha():
        return True
    return bool(after) and after[0].islower() and len(word) <= 4


def place_sentence(spans: Sequence[tuple[int, int]], position: int) -> int:
    """Index of the sentence that holds `position` (the one before it if it stands between two)."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][0] <= position:
            low = middle + 1
        else:
            high = middle
    return max(0, low - 1)
