"""Digits, number words and CJK numerals in, exact decimals out, by each language's way of writing numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

_SEPARATORS = ".,'’ \u00a0\u202f\u2009٬٫"
#: Digits in Indian groups (12,50,000), in groups of three, or digits with at most one separator. Spaces only group,
#: and only whole groups.
DIGITS = re.compile(
    rf"\d{{1,2}}(?:,\d\d)+,\d{{3}}(?!\d)|\d{{1,3}}(?:[{_SEPARATORS}]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,٫]\d+)?"
)
_SPACES = frozenset(" \u00a0\u202f\u2009")
CJK_NUMERALS = "〇零一二两三四五六七八九十百千万亿兆億萬"
CJK_NUMERAL = re.compile(f"[{CJK_NUMERALS}]{{1,40}}")
_CJK_DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_CJK_SMALL = {"十": 10, "百": 100, "千": 1000}
_CJK_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "兆": 10**12}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """Which characters group digits and which one begins the decimals."""

    group: frozenset[str]
    decimal: frozenset[str]

    @classmethod
    def of(cls, entry: Mapping[str, object] | None) -> NumberFormat:
        """From an entry of `number_format`; English where a language has none."""
        read = entry or {"group": [","], "decimal": ["."]}
        return cls(
            group=frozenset(map(str, _list(read["group"]))),
            decimal=frozenset(map(str, _list(read["decimal"]))),
        )

    @property
    def groups_by_space(self) -> bool:
        """Whether "19 500" is one number."""
        return bool(self.group & _SPACES)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def digits_at(text: str, at: int, form: NumberFormat) -> re.Match[str] | None:
    """The digits that begin at `at`; a space inside only where the language groups by spaces."""
    match = DIGITS.match(text, at)
    if match is None or form.groups_by_space or not _SPACES & set(match[0]):
        return match
    return re.compile(r"\d+(?:[.,٫]\d+)?").match(text, at)


LONGEST = 40  # characters of a number; longer ones are serial numbers


def value_of(digits: str, form: NumberFormat) -> Decimal | None:
    """The value of digits as written; None for what is no number ("1.2.3") or too long for one.

    Three digits after one separator are a group, unless the separator never groups in this language: 1.234 is
    a thousand and more in German, one and a bit in English.
    """
    if len(digits) > LONGEST:
        return None
    plain = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in digits)
    marks = [char for char in plain if not char.isdigit()]
    if not marks:
        return Decimal(plain)
    last, kinds = marks[-1], set(marks)
    tail = len(plain) - plain.rindex(last) - 1
    if len(kinds) > 1:
        decimal: str | None = last if marks.count(last) == 1 and last not in _SPACES else None
    elif len(marks) > 1 or last in _SPACES or last in "'’٬" or (tail == 3 and last in form.group):
        decimal = None
    else:
        decimal = last
    whole, _, rest = plain.rpartition(decimal) if decimal else (plain, "", "")
    cleaned = "".join(char for char in whole if char.isdigit())
    return Decimal(f"{cleaned or 0}.{rest}") if decimal else Decimal(cleaned)


def cjk_value(numeral: str) -> Decimal | None:
    """三 = 3, 十二 = 12, 一百二十亿 = 12 000 000 000, 万 alone = None."""
    total = section = digit = 0
    seen = False
    if numeral[0] in "百千" and numeral[1:2] in ("亿", "億", "兆"):  # 百亿, 千亿: about so many
        numeral = "一" + numeral
    for char in numeral:
        if char in _CJK_DIGITS:
            digit, seen = _CJK_DIGITS[char], True
        elif char in _CJK_SMALL:
            section += (digit or (1 if char == "十" else 0)) * _CJK_SMALL[char]
            seen = seen or char == "十"
            digit = 0
        else:
            total += (section + digit) * _CJK_LARGE[char]
            section = digit = 0
    value = total + section + digit
    return Decimal(value) if seen and value else None
