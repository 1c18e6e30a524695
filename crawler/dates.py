"""Date texts in, aware UTC times out; None for everything that is not one plain date. Pure; knows no "now".

A date is never guessed: 03/04/2026 has two readings and gives None, years before 1990 and after 2100 give None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from pathlib import Path

import yaml

FUTURE = timedelta(hours=26)  # the date line and a wrong time zone, no more
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_MAX_LENGTH = 80
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "ut": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "gst": 4, "ist": 5.5, "wib": 7, "ict": 7, "sgt": 8, "hkt": 8, "myt": 8, "cst8": 8,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "brt": -3,
}  # fmt: skip
_ISO = re.compile(
    r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s,]*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(.{0,12}?))?$",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_YEAR_MONTH = re.compile(r"^\d{4}(-\d{2})?$")
_CJK = re.compile(
    r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日号일]?\D{0,8}(?:(\d{1,2})[:时時시](\d{1,2}))?"
)
_DAY_FIRST = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|\.)?\s+(?:de\s+)?([^\W\d]{3,12})\.?,?\s+(?:de\s+)?(\d{4})"
)
_MONTH_FIRST = re.compile(r"([^\W\d]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_NUMERIC = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[,\s]+(\d{1,2}):(\d{2}))?")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?\s*([ap]\.?m\b)?\.?\s*([A-Z]{2,4}\b|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_URL_DATE = re.compile(r"(?<![\d])((?:19|20)\d{2})[-/_.]?(0[1-9]|1[0-2])[-/_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def parse_date(text: str) -> datetime | None:
    """The time a date text names, in UTC (texts without a zone are taken as UTC); None if it names none."""
    text = " ".join(text[: _MAX_LENGTH + 1].split())
    if not text or len(text) > _MAX_LENGTH:
        return None
    for form in (_iso, _compact, _rfc822, _epoch, _cjk, _named_month, _numeric):
        found = form(text)
        if found is not None:
            return found
    return None


def url_date(url: str) -> datetime | None:
    """The day a URL path names (/2026/03/14/, /20260314-...), at midnight UTC; None if it names none or two."""
    path = re.sub(r"^[a-z]+://[^/]*|[?#].*$", "", url)
    days = {match.groups() for match in _URL_DATE.finditer(path)}
    if len(days) != 1:
        return None
    year, month, day = next(iter(days))
    return _time(year, month, day)


def is_plausible(date: datetime, fetched_at: datetime) -> bool:
    """False for a date that lies more than 26 hours after the moment the page was seen."""
    return date <= fetched_at + FUTURE


def _time(
    year: str, month: str | int, day: str, hour: str | None = None, minute: str | None = None,
    second: str | None = None, zone: str | None = None,
) -> datetime | None:  # fmt: skip
    offset = _offset(zone)
    if offset is None or not _FIRST_YEAR <= int(year) <= _LAST_YEAR:
        return None
    try:
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            min(int(second or 0), 59),
            tzinfo=offset,
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timezone | None:
    text = (zone or "").strip().rstrip(".")
    if not text:
        return UTC
    # "+0000 UTC" says it twice
    first = text.split()[0]
    if first.lower() in _ZONES:
        return timezone(timedelta(hours=_ZONES[first.lower()]))
    match = re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", first, re.IGNORECASE)
    if match is None:
        return None
    shift = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if shift > timedelta(hours=14):
        return None
    return timezone(-shift if match[1] == "-" else shift)


def _iso(text: str) -> datetime | None:
    match = _ISO.match(text)
    if match is not None:
        return _time(*match.groups())
    return _time(text[:4], text[5:7] or 1, "1") if _YEAR_MONTH.match(text) and len(text) == 7 else None


def _compact(text: str) -> datetime | None:
    match = _COMPACT.match(text)
    return _time(*match.groups()) if match else None


def _rfc822(text: str) -> datetime | None:
    if re.search(r"\d\s*[ap]\.?m\b", text, re.IGNORECASE):
        return None  # the mail parser reads 3:05 pm as 3:05
    zone = text.rsplit(" ", 1)[-1].lower()
    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parts is None or not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
        return None
    seconds = parts[9] or 0
    if zone in _ZONES:
        seconds = int(_ZONES[zone] * 3600)
    if abs(seconds) > 14 * 3600:
        return None
    try:
        local = datetime(*parts[:5], min(parts[5], 59), tzinfo=timezone(timedelta(seconds=seconds)))
    except (ValueError, OverflowError):
        return None
    return local.astimezone(UTC)


def _epoch(text: str) -> datetime | None:
    if not re.fullmatch(r"\d{10}(?:\d{3})?", text):
        return None
    found = datetime.fromtimestamp(int(text[:10]), tz=UTC)
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None


def _cjk(text: str) -> datetime | None:
    match = _CJK.search(text)
    return _time(*match.groups()) if match else None


def _named_month(text: str) -> datetime | None:
    day_first = _DAY_FIRST.search(text)
    month_first = None if day_first else _MONTH_FIRST.search(text)
    if day_first:
        day, name, year = day_first.groups()
    elif month_first:
        name, day, year = month_first.groups()
    else:
        return None
    month = _months().get(name.lower()[:4]) or _months().get(name.lower()[:3])
    if month is None:
        return None
    clock = _CLOCK.search(text)
    if clock is None:
        return _time(year, month, day)
    hour = int(clock[1])
    if clock[3]:
        hour = hour % 12 + (12 if clock[3][0] in "pP" else 0)
    zone = clock[4] if clock[4] and (clock[4].lower() in _ZONES or clock[4][0] in "+-") else None
    return _time(year, month, day, str(hour), clock[2], None, zone)


def _numeric(text: str) -> datetime | None:
    match = _NUMERIC.match(text)
    if match is None:
        return None
    first, mark, second, year, hour, minute = match.groups()
    if mark != "." and int(first) <= 12 and int(second) <= 12 and first != second:
        return None  # 03/04/2026 is March in one place and April in another
    day, month = (second, first) if int(second) > 12 else (first, second)
    return _time(year, month, day, hour, minute)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Prefixes of three and four letters, where they mean one month only."""
    names = yaml.load((Path(__file__).parent / "phrases" / "months.yaml").read_text("utf-8"), yaml.BaseLoader)
    meanings: dict[str, set[int]] = {}
    for months in names.values():
        for number, name in enumerate(months, start=1):
            for length in (3, 4):
                meanings.setdefault(name[:length], set()).add(number)
    return {prefix: numbers.pop() for prefix, numbers in meanings.items() if len(numbers) == 1}
