"""A written amount, period or comparison in, a test on a finding's amounts or times out. Pure.

Money is compared in US dollars by the knowledge's dated rates where the currencies differ.
"""

from __future__ import annotations

import calendar
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.core import get_global

from monitor.model import Amount

_COMPARED = re.compile(r"\s*(>=|<=|>|<|=|~)?\s*(.+?)\s*", re.DOTALL)
_AMOUNT = re.compile(
    r"([$€£¥₹₩])?\s*(\d[\d,' ]*(?:\.\d+)?)\s*"
    r"(thousand|million|billion|trillion|lakh|crore|mio|mrd|mln|mld|tsd|bn|tn|trn|mn|m|b|k|万|億|亿|兆)?\s*"
    r"([^\W\d_][^\W\d_ ]*|[$€£¥₹₩]|m²|m2)?",
    re.IGNORECASE,
)
_MAGNITUDES = {
    **dict.fromkeys(("k", "tsd", "thousand"), 10**3),
    **dict.fromkeys(("m", "mn", "mio", "mln", "million"), 10**6),
    **dict.fromkeys(("b", "bn", "mrd", "mld", "billion"), 10**9),
    **dict.fromkeys(("tn", "trn", "trillion", "兆"), 10**12),
    **dict.fromkeys(("億", "亿"), 10**8),
    "万": 10**4,
    "lakh": 10**5,
    "crore": 10**7,
}
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW"}
_SAME_CURRENCY = {"RMB": "CNY", "NTD": "TWD"}
_UNITS: Mapping[str, tuple[str, Decimal]] = {
    **dict.fromkeys(("mw", "megawatt", "megawatts"), ("MW", Decimal(1))),
    **dict.fromkeys(("gw", "gigawatt", "gigawatts"), ("MW", Decimal(1000))),
    **dict.fromkeys(("kw", "kilowatt", "kilowatts"), ("MW", Decimal("0.001"))),
    **dict.fromkeys(("gpu", "gpus", "accel", "chips", "accelerators"), ("ACCEL", Decimal(1))),
    **dict.fromkeys(("rack", "racks"), ("RACK", Decimal(1))),
    **dict.fromkeys(("server", "servers"), ("SERVER", Decimal(1))),
    **dict.fromkeys(("region", "regions"), ("REGION", Decimal(1))),
    **dict.fromkeys(("az", "azs", "zone", "zones"), ("AZ", Decimal(1))),
    **dict.fromkeys(("dc", "dcs", "datacenters", "datacentres", "sites"), ("DC", Decimal(1))),
    **dict.fromkeys(("sqm", "m²", "m2"), ("SQM", Decimal(1))),
    **dict.fromkeys(("ha", "hectare", "hectares"), ("SQM", Decimal(10000))),
    **dict.fromkeys(("acre", "acres"), ("SQM", Decimal("4046.8564224"))),
    **dict.fromkeys(("pflops",), ("PFLOPS", Decimal(1))),
    **dict.fromkeys(("eflops",), ("PFLOPS", Decimal(1000))),
}
_EXACT, _ABOUT, _CONVERTED = Decimal("0.001"), Decimal("0.15"), Decimal("0.02")
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {  # operands are of one kind: Decimal or str
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
EXAMPLE = "Write a comparison, a number and a unit, such as amount:>=100MW, amount:>1bnUSD, amount:>=4200gpu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What an amount is compared with, in its base unit. `unit` is "USD", "MW", "ACCEL" ..."""

    op: str
    value: Decimal
    unit: str
    is_money: bool


def split_comparison(written: str) -> tuple[str, str]:
    """(">=", "100MW"); "=" where nothing is written. Raises ValueError for an empty value."""
    match = _COMPARED.fullmatch(written)
    if match is None:
        raise ValueError("a value is missing")
    return match[1] or "=", match[2]


def parse_quantity(written: str) -> Quantity:
    """ ">=100MW", "1bnUSD", "$1.5bn", "~400mCNY". Raises ValueError with the remedy."""
    op, rest = split_comparison(written)
    match = _AMOUNT.fullmatch(rest)
    if match is None:
        raise ValueError(f"{written!r} is no amount. {EXAMPLE}")
    sign, digits, magnitude, unit = match.groups()
    magnitude, unit = _split_unit(magnitude, unit)
    value = Decimal(re.sub(r"[,' ]", "", digits)) * _MAGNITUDES.get((magnitude or "").lower(), 1)
    if sign and not unit:
        unit = sign
    if not unit:
        raise ValueError(f"{written!r} has no unit. {EXAMPLE}")
    if (known := _UNITS.get(unit.lower())) is not None:
        return Quantity(op=op, value=value * known[1], unit=known[0], is_money=False)
    currency = _SYMBOLS.get(unit, unit.upper())
    currency = _SAME_CURRENCY.get(currency, currency)
    if currency not in get_global("all_currencies"):
        raise ValueError(f"{unit!r} is neither a unit nor a currency. {EXAMPLE}")
    return Quantity(op=op, value=value, unit=currency, is_money=True)


def _split_unit(magnitude: str | None, unit: str | None) -> tuple[str | None, str | None]:
    """ "100MW", "10MYR": the M belongs to the unit; "1bnUSD" and "400mCNY": it does not."""
    joined = (magnitude or "") + (unit or "")
    whole = joined.lower() in _UNITS or joined.upper() in get_global("all_currencies")
    return (None, joined) if whole else (magnitude, unit)


def quantity_holds(wanted: Quantity, amount: Amount, rates: Mapping[str, Decimal]) -> bool:
    """Whether the amount meets the comparison. Of a range the end that helps counts."""
    factor, tolerance = Decimal(1), _EXACT
    if amount.unit != wanted.unit:
        if not wanted.is_money:
            return False
        own, other = rates.get(amount.unit), rates.get(wanted.unit)
        if own is None or other is None or not other:
            return False
        factor, tolerance = own / other, _CONVERTED
    ends = [amount.value * factor, (amount.value_max or amount.value) * factor]
    if wanted.op in ("=", "~"):
        allowed = wanted.value * (_ABOUT if wanted.op == "~" else tolerance)
        return ends[0] - allowed <= wanted.value <= ends[1] + allowed
    compared = ends[1] if wanted.op.startswith(">") else ends[0]
    return _ORDER[wanted.op](compared, wanted.value)


def number_holds(op: str, value: int, wanted: int) -> bool:
    """`value op wanted`; ~ is =."""
    return _ORDER["=" if op == "~" else op](value, wanted)


_ISO = re.compile(r"(?:<=|>=)?(\d{4})(?:-(?:Q([1-4])|H([12])|(FY)|(\d{2})(?:-(\d{2}))?))?", re.IGNORECASE)


def period_of(iso: str) -> tuple[date, date] | None:
    """First and last day of an ISO interval: 2026, 2026-Q3, 2026-H1, 2026-05, 2026-05-14, <=2027. None: not one."""
    match = _ISO.fullmatch(iso.strip())
    if match is None or not 1 <= int(match[1]) < date.max.year:
        return None
    year, quarter, half, _, month, day = match.groups()
    try:
        if quarter:
            return _months(int(year), int(quarter) * 3 - 2, 3)
        if half:
            return _months(int(year), int(half) * 6 - 5, 6)
        if month and day:
            exact = date(int(year), int(month), int(day))
            return exact, exact
        return _months(int(year), int(month), 1) if month else _months(int(year), 1, 12)
    except ValueError:
        return None


def _months(year: int, first: int, count: int) -> tuple[date, date]:
    last = first + count - 1
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def period_holds(op: str, wanted: tuple[date, date], iso: str) -> bool:
    """Whether a finding's time meets the comparison: `=` overlaps; `<=2027` ends in 2027 or before."""
    period = period_of(iso)
    if period is None:
        return False
    begin, end = period
    if op == "<=":
        return end <= wanted[1]
    if op == "<":
        return end < wanted[0]
    if op == ">=":
        return begin >= wanted[0]
    if op == ">":
        return begin > wanted[1]
    return begin <= wanted[1] and end >= wanted[0]
