"""Stored text in, folded text with offsets back into the stored text out; sentences and word boundaries. Pure.

Folding keeps one code point for one code point, so that an offset needs no map. Where that is impossible (decomposed
accents, invisible controls, runs of blanks) the text is rebuilt once and carries the map.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufe00-\ufe0f"
# A character class is scanned several times faster than an alternative of two: most texts have none of these.
_UNUSUAL = re.compile(f"[{INVISIBLE}\t\u00a0\u3000]")
_NEEDS_MAP = re.compile(f"[{INVISIBLE}]|[ \t\u00a0\u3000]{{2}}")
_RUN = re.compile(f"[{INVISIBLE}]+|[ \t\u00a0\u3000]{{2,}}")
_DENSE = "[\u3040-\u30ff\u3400-\u9fff]"
_MIXED_BLANK = re.compile(f" (?:(?<={_DENSE} )(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%+] )(?={_DENSE}))")
_RUN_OR_MIXED = re.compile(f"{_RUN.pattern}|{_MIXED_BLANK.pattern}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_HYPHEN = re.compile(r"-(?<=[^\W_]-)(?=\w)")  # the literal first: it is what the search looks for


def _compatible_table() -> dict[str, str]:
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
    return {chr(cp): plain for cp, plain in table.items()}


_PLAIN: Mapping[str, str] = _compatible_table()
_COMPATIBLE = re.compile(f"[{''.join(map(re.escape, _PLAIN))}]")


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
    if not cased.isascii():
        # Not `translate`: it costs 40 ns for each character that is not in the table.
        cased = _COMPATIBLE.sub(_plain, cased)
        if script is not None:
            cased = cased.translate(script)
    return Folded(stored=text, cased=cased, folded=fold_case(cased), offsets=offsets)


def _plain(match: re.Match[str]) -> str:
    return _PLAIN[match[0]]


def fold_case(cased: str) -> str:
    """Lower case of the same length, with hyphens between letters as blanks ("Cloud-Region" = "Cloud Region")."""
    lowered = cased.lower()
    if len(lowered) != len(cased):  # only the dotted capital I of Turkish grows
        lowered = cased.replace("\u0130", "i").lower()
    return _HYPHEN.sub(" ", lowered)


def _with_one_form(text: str, *, joined: bool) -> tuple[str, tuple[int, ...] | None]:
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
        if not unicodedata.is_normalized("NFC", text):
            return _joined(*_rebuilt(text)) if joined else _rebuilt(text)
        if joined and _MIXED_BLANK.search(text):
            return _without(_RUN_OR_MIXED, text)
    if "  " in text or (_UNUSUAL.search(text) and _NEEDS_MAP.search(text)):
        return _without(_RUN, text)
    return text, None


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


def _joined(text: str, offsets: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
    """A rebuilt text without the blanks between scripts."""
    shorter, kept = _without(_MIXED_BLANK, text)
    return shorter, tuple(offsets[index] for index in kept)


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


# Every alternative looks back at the one character that begins all of them: a class is what a search finds fast. Runs
# are bounded, and not begun again inside, so that a page of dots takes no longer than one of words.
_SENTENCE_END = re.compile(
    r"[。！？.!?…؟\n](?:"
    r"(?<=[。！？])[」』”’\"）】]*"
    r"|(?<=[.!?…])(?<![。！？][.!?…])(?:(?<![.!?…]{2})|(?<=[。！？][.!?…]{2}))[.!?…]*+[\"'”’»)\]]*+(?=\s|$)"
    r"|(?<=[.!?])(?=[\u0600-\u06ff])"
    r"|(?<=[\u0600-\u06ff][؟.!])[؟.!]{0,40}+(?=\s|$)"
    r"|(?<=\n)\n*"
    r")"
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


_CLOSING = "\"'”’»)]"
_LAST_WORD = re.compile(r"[^\s(\[\"'„“«]+$")


def _goes_on(text: str, match: re.Match[str], abbreviations: frozenset[str]) -> bool:
    """Whether the full stop belongs to an abbreviation, an initial or an ordinal number and the sentence continues."""
    start, end = match.span()
    following = text[end : end + 2]
    if not following or following[0] == "\n" or (end - start > 1 and text[start + 1] not in _CLOSING):
        return False
    word = _word_before(text, start)
    if not word:
        return False
    lowered = word.lower()
    if lowered in abbreviations or f"{lowered}." in abbreviations:
        return True
    if len(word) > 4:
        return False
    if len(word) == 1 and word.isalpha() and word.isupper():
        return True
    after = following.lstrip()[:1]
    return (len(word) <= 2 and word.isdigit() and after.isalpha()) or after.islower()


def _word_before(text: str, end: int) -> str:
    """The word, or the last 16 characters of it, that ends at `end`; "" after a blank or an opening quote."""
    piece = text[max(0, end - 16) : end]
    word = piece[piece.rfind(" ") + 1 :]
    if word.isalnum():  # nothing else to split at
        return word
    found = _LAST_WORD.search(piece)
    return found.group() if found else ""
