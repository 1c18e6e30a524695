"""Any text from outside in, text that is safe to store, match and show out. Pure.

What goes: control characters but newline and tab, bidi controls, zero-width characters, soft hyphens, lone
surrogates (U+FFFD in their place, or SQLite loses the whole batch). What stays has Unicode form NFC.
"""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile("\r\n?|[\u2028\u2029\x85]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_ASCII_UNWANTED = dict.fromkeys([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
# Joiners are letters' business in Arabic and Indic scripts, invisible noise elsewhere.
_JOINER = re.compile("(?<![\u0600-\u0dff])[\u200c\u200d]")


def clean_text(text: str) -> str:
    """Cleaned text, its line structure kept."""
    if text.isascii():
        return text.replace("\r\n", "\n").replace("\r", "\n").translate(_ASCII_UNWANTED)
    text = unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", text))
    text = _UNWANTED.sub("", _BREAK.sub("\n", text))
    return _JOINER.sub("", text) if "\u200c" in text or "\u200d" in text else text


def clean_line(text: str, limit: int | None = None) -> str:
    """Cleaned text on one line, white space collapsed, cut at `limit` characters."""
    line = " ".join(clean_text(text).split())
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def paragraphs(text: str) -> str:
    """Cleaned text, one paragraph a line, without empty lines."""
    lines = (" ".join(line.split()) for line in clean_text(text).split("\n"))
    return "\n".join(line for line in lines if line)
