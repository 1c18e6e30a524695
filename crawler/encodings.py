"""Bytes and what HTTP says of them in, text and whether to trust it out. Pure.

Labels lie: a page says utf-8 and is windows-1252, or gb2312 and is gb18030. Every candidate decoding is scored by
its replacement characters and by how much of it looks like text, and the best one wins; what stays doubtful says so.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(
    rb"""(?:charset\s*=\s*|<\?xml[^>]{0,100}encoding\s*=\s*)["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_HEAD = 4096
#: What a label means in practice: the wider set that browsers read it as.
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "iso2022_jp": "iso2022_jp_ext",
}
_GUESSES = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "cp1252", "cp1251")
_MIXED_WORD = re.compile("[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_LATIN_RUN = re.compile("[\u0080-\u024f\u2018-\u203a\u20ac]{4,}")
_SAMPLE = 60_000  # characters that are scored
_DOUBTFUL = 0.6
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没"
    "日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理"
    "美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信"
    "北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路期叫死常"
    "提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统色字请交"
    "這個們說時為來國會過學對裡後麼發還當見經頭兩長樣現分將與進實點種聲話兒問機給幾業間電門東聽氣關並內產萬體別處總場師書員"
    "華報馬張難數應親務計記邊風戰許覺題統請設資訊網業務據億園區雲廠投資"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Text with the encoding it was read in. `doubtful`: part of it is probably not what the outlet wrote."""

    text: str
    encoding: str
    doubtful: bool = False


def decode(body: bytes, http_charset: str | None = None) -> Decoded:
    """Decode a page or a feed: byte order mark, then valid UTF-8, then the best of the labels and the guesses."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            text = body[len(mark) :].decode(encoding, "replace")
            return Decoded(text=text, encoding=encoding, doubtful="\ufffd" in text)
    labels = declared(body, http_charset)
    if b"\x1b$" in body[:_SAMPLE] and b"\x1b(" in body:
        return _best(body, ["iso2022_jp_ext", *labels])
    if "utf-16" in "".join(labels) and body[:200].count(0) > 20:
        return _best(body, [label for label in labels if label.startswith("utf-16")])
    try:
        return Decoded(text=body.decode("utf-8"), encoding="utf-8")
    except UnicodeDecodeError:
        pass
    cut = _cut_utf8(body)
    if cut is not None:
        return cut
    return _best(body, labels)


def declared(body: bytes, http_charset: str | None = None) -> list[str]:
    """Encodings that the header and the document name, as Python codecs, without repetition."""
    names = [http_charset or ""]
    names += [match.decode("ascii", "replace") for match in _DECLARED.findall(body[:_HEAD])]
    return list(dict.fromkeys(codec for name in names if (codec := codec_of(name)) is not None))


def codec_of(label: str) -> str | None:
    """The Python codec a label stands for in practice, or None for an unknown one."""
    try:
        info = codecs.lookup(label.strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    name = info.name
    return _WIDER.get(name, name) if getattr(info, "_is_text_encoding", True) else None


def _cut_utf8(body: bytes) -> Decoded | None:
    """UTF-8 with a few bad bytes (cut in the middle of a character, one foreign snippet) stays UTF-8."""
    text = body.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for char in text[:_SAMPLE] if char > "\x7f") - text.count("\ufffd", 0, _SAMPLE)
    if bad <= 2 and text.endswith("\ufffd"):
        return Decoded(text=text.rstrip("\ufffd"), encoding="utf-8")
    return Decoded(text=text, encoding="utf-8", doubtful=True) if good > 20 * bad else None


def _best(body: bytes, labels: list[str]) -> Decoded:
    best: tuple[float, str, str] | None = None
    for rank, encoding in enumerate(dict.fromkeys([*labels, *_GUESSES])):
        if encoding == "utf-8" and rank >= len(labels):
            continue
        text = body.decode(encoding, "replace")
        score = _plausibility(text) + (0.25 if encoding in labels else 0.0)
        if best is None or score > best[0]:
            best = (score, encoding, text)
        if encoding in labels and encoding != "utf-8" and score > 1.15:
            break
    assert best is not None
    score, encoding, text = best
    return Decoded(text=text, encoding=encoding, doubtful="\ufffd" in text or score < _DOUBTFUL)


def _plausibility(text: str) -> float:
    """1.0 for text as people write it, less for what only a wrong decoding gives; per non-ASCII character."""
    foreign = [char for char in text[:_SAMPLE] if char > "\x7f"]
    if not foreign:
        return 1.0
    score = sum(map(_weight, foreign)) / len(foreign)
    mixed = len(_MIXED_WORD.findall(text[:_SAMPLE]))  # Latin and Cyrillic letters in one word
    runs = sum(len(run) for run in _LATIN_RUN.findall(text[:_SAMPLE]))  # accents come one at a time
    return score - (3 * mixed + runs) / len(foreign)


def _weight(char: str) -> float:
    code = ord(char)
    if char == "\ufffd" or 0x80 <= code < 0xA0 or 0xE000 <= code < 0xF900:
        return -4.0
    if char in _COMMON_HAN or 0x3041 <= code <= 0x30FE or 0x3000 <= code <= 0x3011:
        return 1.0
    if 0x4E00 <= code <= 0x9FFF:
        return 0.55
    if 0xAC00 <= code <= 0xD7A3:
        return 0.95
    if 0x0400 <= code <= 0x04FF:  # capitals are rare in text and frequent in wrong decodings
        return 0.85 if code >= 0x0430 else -0.3
    if 0xFF01 <= code <= 0xFF5E or 0x2010 <= code <= 0x203A or code == 0x20AC:
        return 0.9
    if 0xC0 <= code <= 0x17F:
        return 0.7
    if 0xA0 <= code < 0xC0:
        return 0.3
    return -1.0 if 0xFF61 <= code <= 0xFF9F or code > 0xFFFF else 0.1
