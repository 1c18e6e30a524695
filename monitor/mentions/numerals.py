"""A stretch of text in, its numbers out: digits, words and CJK numerals with the magnitudes after them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.mentions.numbers import CJK_NUMERAL, cjk_value, digits_at, value_of
from monitor.mentions.unittable import Table
from monitor.text import has_dense_script

BLANKS = re.compile(r"[\s\u00a0\u202f-]{0,2}")
LINK = re.compile(r"(?:de\s|d['’]|di\s|of\s|an?\s|von\s)?", re.IGNORECASE)
_LETTERS_BEFORE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,7}$")
_MAGNITUDE_CHARS = frozenset("十百千万亿兆億萬")
_VAGUE_REACH = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Text between `start` and `stop`, with the tables of its language."""

    text: str
    start: int
    stop: int
    table: Table
    language: str

    def after_blanks(self, at: int) -> int:
        """Behind at most two blanks or hyphens."""
        match = BLANKS.match(self.text, at, self.stop)
        return match.end() if match is not None else at


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number with its magnitudes applied. `written` is its value without them."""

    value: Decimal
    written: Decimal
    start: int
    end: int
    scaled: bool = False  # a magnitude was read
    word: bool = False


def next_number(on: Stretch, position: int) -> Number | None:
    """The first number at or after `position`."""
    at = position
    while (match := on.table.numbers.search(on.text, at, on.stop)) is not None:
        at = match.start()
        if on.text[at].isdecimal():
            number = number_in_digits(on, at)
            if number is not None:
                return number
            at = _end_of_token(on, at)
            continue
        number = number_in_words(on, at)
        if number is not None:
            return number
        at += 1
    return None


def number_in_digits(on: Stretch, at: int) -> Number | None:
    """Digits with their magnitudes; None inside a model name such as H100, and for what is no number."""
    text, table = on.text, on.table
    match = digits_at(text, at, table.form)
    if match is None or match.end() > on.stop:
        return None
    in_word = at > on.start and text[at - 1].isalpha() and not has_dense_script(text[at - 1])
    if (
        in_word
        and table.money_before.before(text, at, on.start, 6) is None
        and not _counts_the_word(on, at, match.end())
    ):
        return None
    value = value_of(match[0], table.form)
    if value is None:
        return None
    return _scaled(on, Number(value=value, written=value, start=at, end=match.end()))


def _counts_the_word(on: Stretch, at: int, end: int) -> bool:
    """Whether a word for chips stands before the digits and a character of a dense script behind: GPU2000基."""
    word = _LETTERS_BEFORE.search(on.text, max(on.start, at - 8), at)
    return (
        word is not None
        and end < on.stop
        and has_dense_script(on.text[end])
        and on.table.chips.fullmatch(word[0]) is not None
    )


def number_in_words(on: Stretch, at: int) -> Number | None:
    """A number in words or CJK numerals, or a magnitude that stands alone for one."""
    text, table, stop = on.text, on.table, on.stop
    numeral = CJK_NUMERAL.match(text, at, stop)
    if numeral is not None and (count := cjk_value(numeral[0])) is not None:
        if text[at] in _MAGNITUDE_CHARS and _is_vague(on, at):
            return None
        number = Number(
            value=count, written=count, start=at, end=numeral.end(), scaled=count >= 10**4, word=True
        )
        return _scaled(on, number)
    if (found := table.words.at(text, at, stop)) is not None:
        value, end = found
        assert isinstance(value, Decimal)
        number = Number(value=value, written=value, start=at, end=end, word=True)
        scaled = _scaled(on, number)
        if scaled.scaled:
            return scaled
        linked = LINK.match(text, on.after_blanks(end), stop)  # "half a billion", "une dizaine de milliards"
        return _scaled(on, number, linked.end()) if linked is not None else number
    found = table.magnitudes.at(text, at, stop)
    if found is None or text[at : found[1]].lower() not in table.bare:
        return None
    if _is_vague(on, at) or text[max(on.start, at - 1) : at] == "-":
        return None
    assert isinstance(found[0], Decimal)
    return Number(value=found[0], written=Decimal(1), start=at, end=found[1], scaled=True, word=True)


def _is_vague(on: Stretch, at: int) -> bool:
    """ "several billion", 数十亿: nobody says how many."""
    return on.table.vague.before(on.text, at, on.start, _VAGUE_REACH) is not None


def _magnitude(on: Stretch, at: int) -> tuple[Decimal, int] | None:
    """A magnitude after a number; a unit that is longer wins (兆瓦 over 兆)."""
    begin = on.after_blanks(at)
    found = on.table.magnitudes.at(on.text, begin, on.stop)
    if found is None:
        return None
    unit = on.table.units.at(on.text, begin, on.stop)
    if unit is not None and unit[1] > found[1]:
        return None
    value, end = found
    assert isinstance(value, Decimal)
    abbreviated = (
        on.text[end : end + 1] == "." and end + 1 < on.stop and on.text[end + 1 : end + 2] in " \u00a0€$"
    )
    return value, end + abbreviated


def _scaled(on: Stretch, number: Number, at: int | None = None) -> Number:
    """The number with the magnitudes that follow it: 1兆3000億, 5억8천만, 3万5千, 5 mille milliards."""
    magnitude = _magnitude(on, number.end if at is None else at)
    if magnitude is None:
        return number
    last, end = magnitude
    total = number.value * last
    while (further := _glued(on, end)) is not None:
        total, last, end = total * further[0], further[0], further[1]
    while (smaller := _smaller(on, end)) is not None:
        value, factors, stop = smaller
        if not factors:  # 3万6000: what is left below the last magnitude
            if last < 10**3 or value >= last:
                break
            total, end = total + value, stop
            break
        group = value
        for factor in factors:
            group *= factor
        if group < last:
            total += group
        elif value * factors[0] < last:  # 5만8천억: both parts have the last magnitude
            total = (total + value * factors[0]) * (group / value / factors[0])
        elif value < last < factors[0]:  # 5천200억: the digits go on, what follows is the magnitude of all
            total = (total + value) * (group / value)
        else:
            break
        last, end = factors[-1], stop
    return replace(number, value=total, end=end, scaled=True)


def _glued(on: Stretch, end: int) -> tuple[Decimal, int] | None:
    """A further magnitude without a blank before it: 천만, 千亿."""
    return _magnitude(on, end) if on.text[end : end + 1].strip() and end < on.stop else None


def _smaller(on: Stretch, end: int) -> tuple[Decimal, list[Decimal], int] | None:
    """Digits and magnitudes that go on directly after a magnitude of a dense script: 3000億 in 1兆3000億."""
    if not has_dense_script(on.text[end - 1]):
        return None
    match = digits_at(on.text, end, on.table.form)
    if match is None or match.end() >= on.stop:
        return None
    value = value_of(match[0], on.table.form)
    factors: list[Decimal] = []
    stop = match.end()
    while (magnitude := _glued(on, stop)) is not None:
        factors.append(magnitude[0])
        stop = magnitude[1]
    return (value, factors, stop) if value else None


def _end_of_token(on: Stretch, at: int) -> int:
    end = at + 1
    while end < on.stop and (
        on.text[end].isdigit() or (on.text[end].isalpha() and not has_dense_script(on.text[end]))
    ):
        end += 1
    return end
