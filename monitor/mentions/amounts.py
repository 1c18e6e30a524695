"""A stretch of text in, the amounts in it out: money, power, area, chips and counts in their base unit. Pure.

From each number outwards: a currency or a word of approximation before it, magnitudes and a unit after it. A number
without a unit is no amount. Two numbers around a range word are one amount with an upper value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.mentions.numerals import (
    LINK,
    Number,
    Stretch,
    next_number,
    number_in_digits,
    number_in_words,
)
from monitor.mentions.unittable import Tables, Unit
from monitor.text import has_dense_script

_MOST = 40  # amounts of one stretch; more would be a table
_MOST_NUMBERS = 400  # numbers looked at in one stretch: bounds the time of any text
_MODIFIERS = re.compile(r"(?:[\s\u00a0-]+[^\W\d_][\w.-]*){0,3}?[\s\u00a0-]+")
_MODIFIER = re.compile(r"[^\W\d_][\w.-]*[\s\u00a0-]+")
_MORE = re.compile("[余餘多여+]")
_CONVERSION = re.compile(r"\s*[(（][^()（）]{0,24}$")
_YEAR = re.compile(r"(?:19|20)\d\d")
_BARE_YUAN = re.compile(r"[\s-]*[元圆圓]")
_BARE_YUAN_OF = {"zh-Hant": "TWD", "zh-TW": "TWD", "zh-HK": "HKD", "zh-MO": "HKD"}
NO_CURRENCY = "XXX"  # ISO 4217
_LEAST_BARE = 10**7
_MACHINES = frozenset({"대", "台"})  # counts servers and cars as well
_MOST_COUNTED = 50_000_000  # chips, racks or jobs; more is money of which the currency is left out
_COUNTED = ("accel", "rack", "server")
_POSTFIXED = frozenset(
    {"zh", "ja", "ko", "th", "tr"}
)  # languages with words of approximation after the amount
_BEFORE_POSTFIX = re.compile("[をのに]?")
_BEFORE_SPACED_POSTFIX = re.compile(r"\s?")
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


class AmountReader:
    """Reads amounts with the tables of units.yaml; keeps compiled tables, nothing of the texts."""

    def __init__(self, units: Mapping[str, object]) -> None:
        self._tables = Tables(units)

    def read_bare(
        self, text: str, language: str, start: int = 0, end: int | None = None
    ) -> tuple[ReadAmount, ...]:
        """Millions and more without a unit, as money of no currency (XXX): "invests 15.7 billion in"."""
        stop = len(text) if end is None else min(end, len(text))
        table = self._tables.of(language)
        on = Stretch(text=text, start=start, stop=stop, table=table, language=language)
        found: list[ReadAmount] = []
        position = start
        for _ in range(_MOST_NUMBERS):
            number = next_number(on, position)
            if number is None or len(found) == _MOST:
                break
            amount = _amount(on, number)
            position = number.end if amount is None else max(amount.end, number.end)
            if amount is None and _stands_alone(on, number):
                operator, begin, last = _operator(on, number.start, number.end)
                found.append(
                    ReadAmount(
                        value=number.value,
                        unit=NO_CURRENCY,
                        kind="money",
                        start=begin,
                        end=last,
                        text=text[begin:last],
                        op=operator,
                    )
                )
        return tuple(found)

    def read(
        self, text: str, language: str, start: int = 0, end: int | None = None
    ) -> tuple[ReadAmount, ...]:
        """The amounts between `start` and `end`, in order; a conversion in brackets is left out."""
        stop = len(text) if end is None else min(end, len(text))
        table = self._tables.of(language)
        found: list[ReadAmount] = []
        position = floor = start
        for _ in range(_MOST_NUMBERS):
            on = Stretch(text=text, start=floor, stop=stop, table=table, language=language)
            number = next_number(on, position)
            if number is None or len(found) == _MOST:
                break
            amount = _from_to(on, number) or _amount(on, number)
            position = number.end if amount is None else max(amount.end, number.end)
            if amount is not None:
                floor = amount.end
                if not _repeats(text, found, amount):
                    found.append(amount)
        return tuple(_joined(on, found)) if found else ()


def _stands_alone(on: Stretch, number: Number) -> bool:
    """Whether nothing that could be counted follows: the end, a sign, or a word like "in" and "for"."""
    if not number.scaled or number.value < _LEAST_BARE:
        return False
    after = on.text[number.end : min(on.stop, number.end + 24)].lstrip(" \u00a0")
    if not after or not (after[0].isalnum() or after[0] in "%°-"):
        return True
    word = re.match(r"[^\W\d_]+", after)
    return word is not None and word[0].lower() in on.table.stop


def _from_to(on: Stretch, number: Number) -> ReadAmount | None:
    """A number without a unit, a range word and an amount, whose unit counts for both numbers."""
    text, table = on.text, on.table
    opened = table.range_openings.before(text, number.start, on.start, 12) is not None
    at = _range_end(on, number, opened=opened)
    if at is None or at >= on.stop:
        return None
    money = table.money_before.at(text, at, on.stop)
    second = _number_at(on, money[1] if money is not None else at, in_words=opened or number.word)
    if second is None:
        return None
    ahead = table.money_before.before(text, number.start, on.start, 16)
    amount = _amount(replace(on, start=at), second)  # the range word is no "up to" of its own
    if amount is None and second.scaled and ahead is not None:  # $1.5-2 billion
        amount = ReadAmount(
            value=second.value,
            unit="",
            kind="money",
            start=second.start,
            end=second.end,
            text=text[second.start : second.end],
        )
    if amount is None:
        return None
    own = (
        second.value if number.scaled else second.written
    )  # the second number as far as the first one has it
    begin, unit = number.start, amount.unit
    if ahead is not None and amount.kind == "money" and isinstance(ahead[0], Unit):
        begin, unit = ahead[1], ahead[0].unit
    if not own or number.value >= own or (number.word and not second.scaled):
        return None
    operator, begin, end = _operator(on, begin, amount.end)
    return replace(
        amount,
        value=number.value * amount.value / own,
        value_max=amount.value,
        unit=unit,
        op=operator if operator != "=" else amount.op,
        start=begin,
        end=end,
        text=text[begin:end],
    )


def _number_at(on: Stretch, at: int, *, in_words: bool) -> Number | None:
    """The number that begins at `at`."""
    if at < on.stop and on.text[at].isdecimal():
        return number_in_digits(on, at)
    return number_in_words(on, at) if in_words and at < on.stop else None


def _range_end(on: Stretch, number: Number, *, opened: bool) -> int | None:
    """Where the second number of a range may begin: after "5 to ", or after "between 5 and "."""
    for at in dict.fromkeys((number.end, on.after_blanks(number.end))):
        found = on.table.ranges.at(on.text, at, on.stop)
        if found is None and opened:
            found = on.table.range_links.at(on.text, at, on.stop)
        if found is not None:
            return on.after_blanks(found[1])
    return None


def _amount(on: Stretch, number: Number) -> ReadAmount | None:
    """The number with its unit and approximation; None where it has no unit."""
    ahead = on.table.money_before.before(on.text, number.start, on.start, 16)
    unit, end = _unit(on, number)
    begin = number.start
    if ahead is not None:
        money, begin = ahead
        assert isinstance(money, Unit)
        if unit is None or unit.kind != "money":  # "$2 billion data center": the currency sign binds closer
            unit, end = money, number.end
        elif unit.unit != "CNY" or _BARE_YUAN.fullmatch(on.text, number.end, end) is not None:
            unit = money  # US$5 billion dollars, 港幣40億元
    if unit is None or (unit.kind == "money" and number.word and not number.scaled):
        return None
    operator, begin, end = _operator(on, begin, end)
    written = on.text[begin:end]
    return ReadAmount(
        value=number.value * unit.factor,
        unit=_own_currency(unit.unit, written, on.language),
        kind=unit.kind,
        start=begin,
        end=end,
        text=written,
        op=operator,
    )


def _unit(on: Stretch, number: Number) -> tuple[Unit | None, int]:
    """The unit after a number and where it ends; words between ("400,000 Nvidia chips") only before counts."""
    at = number.end
    more = _MORE.match(on.text, at, on.stop)
    at = more.end() if more else at
    blanks = on.after_blanks(at)
    link = LINK.match(on.text, blanks, on.stop)
    for begin in dict.fromkeys((at, blanks, link.end() if link else blanks)):
        found = on.table.units.at(on.text, begin, on.stop)
        if found is not None and isinstance(found[0], Unit) and _may_be(on, found[0], number):
            if on.text[begin : found[1]] in _MACHINES and not _speaks_of_chips(on, number):
                return None, number.end
            return found[0], found[1]
    modifiers = _MODIFIERS.match(on.text, at, on.stop)
    while modifiers is not None and not number.scaled:
        if not on.table.stop.isdisjoint(on.text[at : modifiers.end()].lower().split()):
            break  # "in 5 years with chips" counts no chips
        found = on.table.units.at(on.text, modifiers.end(), on.stop)
        if found is not None and isinstance(found[0], Unit) and _is_counted(found[0]):
            return (found[0], found[1]) if _may_be(on, found[0], number) else (None, number.end)
        longer = _MODIFIER.match(on.text, modifiers.end(), on.stop)
        if longer is None or on.text[at : longer.end()].count(" ") > 3:
            break
        modifiers = longer
    return None, number.end


def _speaks_of_chips(on: Stretch, number: Number) -> bool:
    low, high = max(on.start, number.start - 12), min(on.stop, number.end + 12)
    return on.table.chips.search(on.text, low, high) is not None


def _may_be(on: Stretch, unit: Unit, number: Number) -> bool:
    if unit.weak and number.value < _MANY:
        return _speaks_of_chips(on, number)
    if not _is_counted(unit):
        return True
    if number.value > _MOST_COUNTED:
        return False
    if number.word and number.value == 1:
        return False
    behind = on.text[number.end : min(on.stop, number.end + 1)]
    return has_dense_script(behind) or not _YEAR.fullmatch(
        on.text, number.start, number.end
    )  # 2000基, not "2026 chips"


def _operator(on: Stretch, begin: int, end: int) -> tuple[str, int, int]:
    """= >= <= ~ with the amount's ends moved over the words that say so."""
    found = on.table.approximate.before(on.text, begin, on.start, 24)
    if found is not None:
        return str(found[0]), found[1], end
    base = on.language.partition("-")[0]
    if base in _POSTFIXED:
        link = _BEFORE_SPACED_POSTFIX if base in ("ko", "tr") else _BEFORE_POSTFIX
        after = link.match(on.text, end, on.stop)
        found = on.table.approximate.at(on.text, after.end() if after else end, on.stop)
        if found is not None:
            return str(found[0]), begin, found[1]
    if on.text[end : end + 1] == "+" and end < on.stop:
        return ">=", begin, end + 1
    return (">=" if _MORE.search(on.text, begin, end) else "="), begin, end


def _is_counted(unit: Unit) -> bool:
    return unit.kind in _COUNTED or unit.kind.startswith("count_")


def _own_currency(unit: str, written: str, language: str) -> str:
    """What a bare 元 or ¥ means depends on where it is written."""
    if unit == "CNY" and language in _BARE_YUAN_OF and "元" in written and "人民" not in written:
        return _BARE_YUAN_OF[language]
    if "¥" in written or "￥" in written:
        return "CNY" if language.startswith("zh") else "JPY" if unit == "JPY" or language == "ja" else unit
    return unit


def _repeats(text: str, found: list[ReadAmount], amount: ReadAmount) -> bool:
    """Whether it converts the money before it: NT$62 billion (US$1.9 billion)."""
    if not found or amount.kind != "money" or found[-1].kind != "money" or amount.unit == found[-1].unit:
        return False
    return _CONVERSION.fullmatch(text, found[-1].end, amount.start) is not None


def _joined(on: Stretch, found: list[ReadAmount]) -> Iterator[ReadAmount]:
    """Amounts in order; two of one unit around a range word are one ($5 billion to $7 billion)."""
    skip = False
    for index, amount in enumerate(found):
        if skip:
            skip = False
            continue
        following = found[index + 1] if index + 1 < len(found) else None
        if following is not None and following.unit == amount.unit and _is_range(on, amount, following):
            yield replace(
                amount,
                value_max=following.value,
                end=following.end,
                text=on.text[amount.start : following.end],
            )
            skip = True
        else:
            yield amount


def _is_range(on: Stretch, first: ReadAmount, second: ReadAmount) -> bool:
    gap = on.text[first.end : second.start].strip()
    if not gap or len(gap) > 6 or second.value <= first.value:
        return False
    found = on.table.ranges.at(gap, 0, len(gap))
    return found is not None and found[1] == len(gap)
