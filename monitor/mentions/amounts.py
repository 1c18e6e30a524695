"""A stretch of text in, the amounts in it out: money, power, area, chips and counts in their base unit. Pure.

From each number outwards: a currency or a word of approximation before it, magnitudes and a unit after it. A number
without a unit is no amount. Two numbers around a range word are one amount with an upper value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.mentions.numbers import CJK_NUMERAL, cjk_value, digits_at, value_of
from monitor.mentions.unittable import Table, Tables, Unit
from monitor.text import has_dense_script

_MOST = 40  # amounts of one stretch; more would be a table
_BLANKS = re.compile(r"[\s\u00a0\u202f-]{0,2}")
_LINK = re.compile(r"(?:de\s|d['’]|di\s|of\s|an?\s|von\s)?", re.IGNORECASE)
_MODIFIERS = re.compile(r"(?:[\s\u00a0-]+[^\W\d_][\w.-]*){0,3}?[\s\u00a0-]+")
_MORE = re.compile("[余餘多여]")
_CONVERSION = re.compile(r"\s*[(（][^()（）]{0,24}$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_COUNTED = ("accel", "rack", "server")
_DENSE = frozenset({"zh", "ja", "ko", "th"})
#: A classifier counts chips where a word for them is near, or where it counts by the thousand.
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAmount:
    """An amount in its base unit. `start` and `end` are offsets into the text that was read."""

    value: Decimal
    unit: str
    kind: str
    start: int
    end: int
    text: str
    value_max: Decimal | None = None
    op: str = "="


@dataclass(frozen=True, slots=True)
class _Number:
    value: Decimal
    start: int
    end: int
    scaled: bool = False  # a magnitude was read
    word: bool = False


class AmountReader:
    """Reads amounts with the tables of units.yaml; keeps compiled tables, nothing of the texts."""

    def __init__(self, units: Mapping[str, object]) -> None:
        self._tables = Tables(units)

    def read(
        self, text: str, language: str, start: int = 0, end: int | None = None
    ) -> tuple[ReadAmount, ...]:
        """The amounts between `start` and `end`, in order; a conversion in brackets is left out."""
        stop = len(text) if end is None else end
        table = self._tables.of(language)
        found: list[ReadAmount] = []
        position = start
        while position < stop and len(found) < _MOST:
            number = self._next_number(text, position, start, stop, table)
            if number is None:
                break
            amount = self._span_of_two(text, number, start, stop, table, language) or self._amount(
                text, number, start, stop, table, language
            )
            position = number.end if amount is None else max(amount.end, number.end)
            if amount is not None and not _repeats(text, found, amount):
                found.append(amount)
        return tuple(_joined(text, found, table))

    def _span_of_two(
        self, text: str, number: _Number, start: int, stop: int, table: Table, language: str
    ) -> ReadAmount | None:
        """A bare number, a range word and an amount: both numbers have the second one's magnitude and unit."""
        if number.scaled or number.word:
            return None
        at = _range_end(text, number, start, stop, table)
        if at is None:
            return None
        money = table.money_before.at(text, at, stop)
        at = money[1] if money is not None else at
        written = digits_at(text, at, table.form)
        second = self._digits(text, at, start, stop, table) if written is not None else None
        amount = self._amount(text, second, start, stop, table, language) if second is not None else None
        raw = value_of(written[0], table.form) if written is not None else None
        ahead = table.money_before.before(text, number.start, start, 16)
        if amount is None and second is not None and second.scaled and ahead is not None:  # $1.5-2 billion
            amount = ReadAmount(
                value=second.value,
                unit="",
                kind="money",
                start=at,
                end=second.end,
                text=text[at : second.end],
            )
        if amount is None or not raw or number.value >= raw:
            return None
        begin, unit = number.start, amount.unit
        if ahead is not None and amount.kind == "money" and isinstance(ahead[0], Unit):
            begin, unit = ahead[1], ahead[0].unit
        operator, begin, end = self._operator(text, begin, amount.end, start, stop, table, language)
        return replace(
            amount,
            value=number.value * amount.value / raw,
            value_max=amount.value,
            unit=unit,
            op=operator,
            start=begin,
            end=end,
            text=text[begin:end],
        )

    def _next_number(self, text: str, position: int, start: int, stop: int, table: Table) -> _Number | None:
        at = position
        while at < stop:
            char = text[at]
            if char.isdigit() and char.isdecimal():
                number = self._digits(text, at, start, stop, table)
                if number is not None:
                    return number
                at = _end_of_token(text, at, stop)
                continue
            if char.isalpha() and (at == start or not _joins(text[at - 1], char)):
                number = self._word(text, at, start, stop, table)
                if number is not None:
                    return number
            at += 1
        return None

    def _digits(self, text: str, at: int, start: int, stop: int, table: Table) -> _Number | None:
        """A number in digits, with its magnitudes; None inside a model name such as H100."""
        in_word = at > start and text[at - 1].isalpha() and not has_dense_script(text[at - 1])
        if in_word and table.money_before.before(text, at, start, 6) is None:
            return None
        match = digits_at(text, at, table.form)
        if match is None or match.end() > stop:
            return None
        magnitude = self._magnitude(text, match.end(), stop, table)
        value = value_of(match[0], table.form)
        if value is None:
            return None
        return self._scaled(text, _Number(value, at, match.end()), magnitude, stop, table)

    def _word(self, text: str, at: int, start: int, stop: int, table: Table) -> _Number | None:
        """A number in words or CJK numerals, or a magnitude that stands alone for one."""
        numeral = CJK_NUMERAL.match(text, at, stop)
        if numeral is not None and (count := cjk_value(numeral[0])) is not None:
            number = _Number(count, at, numeral.end(), scaled=count >= 10**4, word=True)
            return self._scaled(text, number, self._magnitude(text, number.end, stop, table), stop, table)
        if (found := table.words.at(text, at, stop)) is not None:
            value, end = found
            assert isinstance(value, Decimal)
            linked = _LINK.match(text, _BLANKS.match(text, end).end())  # type: ignore[union-attr]  # matches ""
            magnitude = self._magnitude(text, end, stop, table) or (
                self._magnitude(text, linked.end(), stop, table) if linked else None
            )
            return self._scaled(text, _Number(value, at, end, word=True), magnitude, stop, table)
        found = table.magnitudes.at(text, at, stop)
        if found is None or text[at : found[1]].lower() not in table.bare:
            return None
        if table.vague.before(text, at, start, 14) is not None or text[max(start, at - 1) : at] == "-":
            return None
        assert isinstance(found[0], Decimal)
        return _Number(found[0], at, found[1], scaled=True, word=True)

    def _magnitude(self, text: str, at: int, stop: int, table: Table) -> tuple[Decimal, int] | None:
        """A magnitude after a number; a unit that is longer wins (兆瓦 over 兆)."""
        begin = _BLANKS.match(text, at)
        assert begin is not None
        found = table.magnitudes.at(text, begin.end(), stop)
        if found is None:
            return None
        unit = table.units.at(text, begin.end(), stop)
        if unit is not None and unit[1] > found[1]:
            return None
        value, end = found
        assert isinstance(value, Decimal)
        return value, end + (
            text[end : end + 1] == "." and end + 1 < stop and text[end + 1 : end + 2] in " \u00a0€$"
        )

    def _scaled(
        self, text: str, number: _Number, magnitude: tuple[Decimal, int] | None, stop: int, table: Table
    ) -> _Number:
        """Apply magnitudes one after another: 1兆3000億, 3万5千, 5 mille milliards."""
        if magnitude is None:
            return number
        factor, end = magnitude
        total, last = number.value * factor, factor
        while (further := self._magnitude(text, end, stop, table)) is not None and text[
            end : end + 1
        ].strip():
            total, last, end = total * further[0], last * further[0], further[1]
        while (match := digits_at(text, end, table.form)) is not None and match.end() < stop:
            smaller = self._magnitude(text, match.end(), stop, table)
            value = value_of(match[0], table.form)
            if value is None or smaller is None or smaller[0] >= last or not has_dense_script(text[end - 1]):
                break
            total, last, end = total + value * smaller[0], smaller[0], smaller[1]
        return replace(number, value=total, end=end, scaled=True)

    def _amount(
        self, text: str, number: _Number, start: int, stop: int, table: Table, language: str
    ) -> ReadAmount | None:
        """The number with its unit and approximation; None where it has no unit."""
        ahead = table.money_before.before(text, number.start, start, 16)
        unit, end = self._unit(text, number, start, stop, table)
        begin = number.start
        if ahead is not None:  # "$1.5 billion data center": the currency wins over what follows
            money, begin = ahead
            assert isinstance(money, Unit)
            if unit is None or unit.kind != "money":
                unit, end = money, number.end
            elif unit.unit != "CNY" or money.unit == "TWD":
                unit = money
        if unit is None or (unit.kind == "money" and number.word and not number.scaled):
            return None
        operator, begin, end = self._operator(text, begin, end, start, stop, table, language)
        return ReadAmount(
            value=number.value * unit.factor,
            unit=_own_currency(unit.unit, text[begin:end], language),
            kind=unit.kind,
            start=begin,
            end=end,
            text=text[begin:end],
            op=operator,
        )

    def _unit(
        self, text: str, number: _Number, start: int, stop: int, table: Table
    ) -> tuple[Unit | None, int]:
        at = number.end
        more = _MORE.match(text, at, stop)
        at = more.end() if more else at
        blanks = _BLANKS.match(text, at)
        assert blanks is not None
        link = _LINK.match(text, blanks.end())
        for begin in dict.fromkeys((at, blanks.end(), link.end() if link else blanks.end())):
            found = table.units.at(text, begin, stop)
            if (
                found is not None
                and isinstance(found[0], Unit)
                and self._may_be(text, found[0], number, start, stop, table)
            ):
                return found[0], found[1]
        modifiers = _MODIFIERS.match(text, at, stop)
        while modifiers is not None and not number.scaled:
            found = table.units.at(text, modifiers.end(), stop)
            if found is not None and isinstance(found[0], Unit) and _is_counted(found[0]):
                return (
                    (found[0], found[1])
                    if self._may_be(text, found[0], number, start, stop, table)
                    else (None, at)
                )
            longer = re.compile(r"[^\W\d_][\w.-]*[\s\u00a0-]+").match(text, modifiers.end(), stop)
            if longer is None or text[at : longer.end()].count(" ") > 3:
                break
            modifiers = longer
        return None, number.end

    def _may_be(self, text: str, unit: Unit, number: _Number, start: int, stop: int, table: Table) -> bool:
        if unit.weak and number.value < _MANY:
            return (
                table.chips.search(text, max(start, number.start - 12), min(stop, number.end + 12))
                is not None
            )
        if not _is_counted(unit):
            return True
        written = text[number.start : number.end]
        return not (_YEAR.fullmatch(written) or (number.word and number.value == 1))

    def _operator(
        self, text: str, begin: int, end: int, start: int, stop: int, table: Table, language: str
    ) -> tuple[str, int, int]:
        """= >= <= ~ with the amount's ends moved over the words that say so."""
        found = table.approximate.before(text, begin, start, 24)
        if found is not None:
            return str(found[0]), found[1], end
        if language.split("-")[0] in _DENSE or language == "tr":
            after = re.compile(r"(?:[をのに]|\s)?").match(text, end)
            found = table.approximate.at(text, after.end() if after else end, stop)
            if found is not None:
                return str(found[0]), begin, found[1]
        if _MORE.search(text, begin, end):
            return ">=", begin, end
        return "=", begin, end


def _range_end(text: str, number: _Number, start: int, stop: int, table: Table) -> int | None:
    """Where the second number of a range may begin: after "5 to ", or after "between 5 and "."""
    blanks = _BLANKS.match(text, number.end)
    assert blanks is not None
    for at in dict.fromkeys((number.end, blanks.end())):
        found = table.ranges.at(text, at, stop)
        if found is None and table.range_openings.before(text, number.start, start, 12) is not None:
            found = table.range_links.at(text, at, stop)
        if found is not None:
            after = _BLANKS.match(text, found[1])
            return after.end() if after else found[1]
    return None


def _is_counted(unit: Unit) -> bool:
    return unit.kind in _COUNTED or unit.kind.startswith("count_")


def _joins(before: str, char: str) -> bool:
    """Whether both belong to one word: CJK and Thai have no words to stand inside of."""
    return before.isalnum() and not has_dense_script(char)


def _end_of_token(text: str, at: int, stop: int) -> int:
    while at < stop and (text[at].isdigit() or (text[at].isalpha() and not has_dense_script(text[at]))):
        at += 1
    return max(at, 1)


def _own_currency(unit: str, written: str, language: str) -> str:
    """What a bare 元 or ¥ means depends on where it is written."""
    if unit == "CNY" and language == "zh-Hant" and "元" in written and "人民" not in written:
        return "TWD"
    if "¥" in written or "￥" in written:
        return "CNY" if language.startswith("zh") else "JPY" if unit == "JPY" or language == "ja" else unit
    return unit


def _repeats(text: str, found: list[ReadAmount], amount: ReadAmount) -> bool:
    """Whether it converts the money before it: NT$62 billion (US$1.9 billion)."""
    if not found or amount.kind != "money" or found[-1].kind != "money" or amount.unit == found[-1].unit:
        return False
    return _CONVERSION.fullmatch(text, found[-1].end, amount.start) is not None


def _joined(text: str, found: list[ReadAmount], table: Table) -> Iterator[ReadAmount]:
    """Amounts in order; a bare number or an equal unit before a range word becomes the lower value."""
    skip = False
    for index, amount in enumerate(found):
        if skip:
            skip = False
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        if (
            following is not None
            and following.unit == amount.unit
            and _is_range(text, amount, following, table)
        ):
            yield replace(
                amount, value_max=following.value, end=following.end, text=text[amount.start : following.end]
            )
            skip = True
        else:
            yield amount


def _is_range(text: str, first: ReadAmount, second: ReadAmount, table: Table) -> bool:
    gap = text[first.end : second.start].strip()
    if not gap or len(gap) > 6 or second.value <= first.value:
        return False
    found = table.ranges.at(gap, 0, len(gap))
    return found is not None and found[1] == len(gap)
