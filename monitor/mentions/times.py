"""A stretch of text in, the points and periods of time in it out, as ISO intervals. Pure.

2026, 2026-Q3, 2026-H1, 2026-05, 2026-05-14; <=2027 (by, until), >=2026 (from). Without a date of the article,
relative words ("next year") and months without a year are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from monitor.mentions.unittable import Words, beginnings

_DENSE = ("zh", "ja", "ko")
_FALLBACK = {"ms": "id"}
_YEAR = r"(?:19|20)\d\d"
#: 2026年5月14日, 2026년 5월, 5月
_CJK_DATE = re.compile(
    rf"(?:({_YEAR})\s?[年년]\s?)?(?<!\d)(\d{{1,2}})\s?[月월](?:\s?(\d{{1,2}})\s?[日号일])?"
)
_VI_DATE = re.compile(rf"tháng (\d{{1,2}})(?:[/ ](?:năm )?({_YEAR}))?", re.IGNORECASE)
_ISO_DATE = re.compile(rf"(?<!\d)({_YEAR})-(\d\d)(?:-(\d\d))?(?!\d)")
_PLAIN_YEAR = re.compile(rf"(?<![\d.,$€£¥])({_YEAR})(?![\d%]|[.,]\d)")
_THAI_YEAR = re.compile(r"(?<!\d)(25[4-9]\d|2600)(?!\d)")
_BUDDHIST = 543
#: 27年3月, 28年度, 29年完成: newspapers leave the century out; 25年契約 and 30年ぶり are spans.
_JA_SHORT = re.compile(
    r"(?<![\d.,〜~])([23]\d)年(?!間|ぶり|目|前|後|以|連|来|分|超|越|債|の歴|契約|ローン|物|満期|弱|強|保証|にわた|以上)"
    r"(度)?(?:(\d{1,2})月(?:(\d{1,2})日)?)?"
)
_SHORT_REACH = (-1, 6)  # years around the article's within which two digits are a year
_FISCAL = re.compile(rf"({_YEAR})年度")
_AFTER_MONTH = re.compile(rf"\s(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s({_YEAR})(?!\d))?")  # May 14, 2026
_YEAR_AFTER = re.compile(rf"[\s,'’]{{0,2}}(?:of |de |del |des Jahres |em |года )?({_YEAR})(?!\d)")
_THAI_YEAR_AFTER = re.compile(r"\s?(?:ปี\s?)?(25[4-9]\d|2600)(?!\d)")
_YEAR_BEFORE = re.compile(rf"(?<!\d)({_YEAR})\s?[年년]?\s?$")
_DAY_BEFORE = re.compile(r"(?<!\d)(\d{1,2})(?:\.|er|st|nd|rd|th)?\s(?:de\s|of\s)?$")
_OF = re.compile(r"[\s,]{0,2}(?:of |des |de |del |do |van |в )?")
_BETWEEN_DENSE = re.compile(r"[的の\s]?")
_AFTER_YEAR = re.compile(r"[年年末底년말도度\s]{0,3}")
_WESTERN_DIGITS = {
    ord(digit): str(value)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "๐๑๒๓๔๕๖๗๘๙", "０１２３４５６７８９")
    for value, digit in enumerate(digits)
}
_DIGIT = re.compile(r"\d")
_OTHER_DIGIT = re.compile(f"[{''.join(map(chr, _WESTERN_DIGITS))}]")
_MOST = 60  # times of one stretch; more would be a table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTime:
    """A time with its offsets into the text. `ahead` is -1, 0 or 1: before, in or after the article's year."""

    iso: str
    start: int
    end: int
    text: str
    ahead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    months: Words
    quarters: Words
    halves: Words
    by: Words
    since: Words
    relative: Words
    beginnings: re.Pattern[str]  # where a month, quarter, half or relative word may begin
    any: Words  # all of these: one look instead of four where none begins


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """Text between `start` and `stop`, its digits in western form; `published` dates relative words."""

    text: str
    start: int
    stop: int
    language: str
    table: _Table
    published: date | None

    def time(self, start: int, end: int, iso: str) -> ReadTime:
        year = int(iso[:4])
        ahead = 0 if self.published is None else (year > self.published.year) - (year < self.published.year)
        return ReadTime(iso=iso, start=start, end=end, text=self.text[start:end], ahead=ahead)

    @property
    def own_year(self) -> str:
        return str(self.published.year) if self.published else ""


class TimeReader:
    """Reads times with the tables of units.yaml; keeps compiled tables, nothing of the texts."""

    def __init__(self, units: Mapping[str, object]) -> None:
        self._time = _mapping(units.get("time"))
        self._tables: dict[str, _Table] = {}

    def read(
        self,
        text: str,
        language: str,
        start: int = 0,
        end: int | None = None,
        *,
        published: date | None = None,
    ) -> tuple[ReadTime, ...]:
        """The times between `start` and `end`, in order, none inside another."""
        stop = len(text) if end is None else min(end, len(text))
        on = _Stretch(
            text=_with_western_digits(text, start, stop),
            start=start,
            stop=stop,
            language=language,
            table=self._table(language.split("-")[0]),
            published=published,
        )
        kept: list[ReadTime] = []
        for time in sorted(_all(on), key=lambda one: (one.start, -one.end)):
            if not kept or time.start >= kept[-1].end:
                limited = _limited(replace(on, start=kept[-1].end if kept else start), time)
                kept.append(replace(limited, text=text[limited.start : limited.end]))
        return tuple(kept)

    def _table(self, language: str) -> _Table:
        if language not in self._tables:
            keys = [language, _FALLBACK.get(language, language)]
            named: list[list[tuple[str, object]]] = [
                self._pairs("months", keys),
                [(word, number) for number, word in _numbered(self._list("quarters", keys), 4)],
                [(word, number) for number, word in _numbered(self._list("halves", keys), 2)],
                self._pairs("relative", keys),
            ]
            months, quarters, halves, relative = (Words(pairs) for pairs in named)
            self._tables[language] = _Table(
                months=months,
                quarters=quarters,
                halves=halves,
                by=Words(
                    (re.sub(r"\s20$", "", word), None) for word in self._list("by", keys) if ".." not in word
                ),
                since=Words((word, None) for word in self._list("since", keys)),
                relative=relative,
                beginnings=beginnings(months, quarters, halves, relative),
                any=Words(pair for pairs in named for pair in pairs),
            )
        return self._tables[language]

    def _pairs(self, section: str, keys: list[str]) -> list[tuple[str, object]]:
        part = _mapping(self._time.get(section))
        return [(str(w), n) for key in dict.fromkeys(keys) for w, n in _mapping(part.get(key)).items()]

    def _list(self, section: str, keys: list[str]) -> list[str]:
        part = _mapping(self._time.get(section))
        found = [part.get(key) for key in dict.fromkeys(keys)]
        return [str(word) for words in found if isinstance(words, list) for word in words]


def _with_western_digits(text: str, start: int, stop: int) -> str:
    """The text with the digits between `start` and `stop` in western form."""
    if text.isascii() or _OTHER_DIGIT.search(text, start, stop) is None:
        return text
    return text[:start] + text[start:stop].translate(_WESTERN_DIGITS) + text[stop:]


def _all(on: _Stretch) -> Iterator[ReadTime]:
    has_digit = _DIGIT.search(on.text, on.start, on.stop) is not None
    for found in (_dates(on), _named(on), _years(on)) if has_digit else (_named(on),):
        yield from islice(found, _MOST)


def _years(on: _Stretch) -> Iterator[ReadTime]:
    for match in _PLAIN_YEAR.finditer(on.text, on.start, on.stop):
        yield on.time(match.start(), match.end(), match[1])
    if on.language.startswith("th"):
        for match in _THAI_YEAR.finditer(on.text, on.start, on.stop):
            yield on.time(match.start(), match.end(), str(int(match[1]) - _BUDDHIST))


def _dates(on: _Stretch) -> Iterator[ReadTime]:
    """Dates in digits."""
    for match in _ISO_DATE.finditer(on.text, on.start, on.stop):
        if _is_day(match[2], match[3]):
            yield on.time(match.start(), match.end(), match[0])
    if on.language.startswith("vi"):
        for match in _VI_DATE.finditer(on.text, on.start, on.stop):
            year = match[2] or on.own_year
            if year and _is_day(match[1], None):
                yield on.time(match.start(), match.end(), f"{year}-{int(match[1]):02}")
    if on.language.startswith(_DENSE):
        for match in _FISCAL.finditer(on.text, on.start, on.stop):
            yield on.time(match.start(), match.end(), f"{match[1]}-FY")
        for match in _CJK_DATE.finditer(on.text, on.start, on.stop):
            yield from _cjk_date(on, match)
    if on.language.startswith("ja") and on.published is not None:
        for match in _JA_SHORT.finditer(on.text, on.start, on.stop):
            yield from _short_year(on, match, on.published.year)


def _short_year(on: _Stretch, match: re.Match[str], now: int) -> Iterator[ReadTime]:
    year = now // 100 * 100 + int(match[1])
    if not _SHORT_REACH[0] <= year - now <= _SHORT_REACH[1]:
        return
    if match[2]:
        yield on.time(match.start(), match.end(), f"{year}-FY")
    elif match[3] is None:
        yield on.time(match.start(), match.end(), str(year))
    elif _is_day(match[3], match[4]):
        day = f"-{int(match[4]):02}" if match[4] else ""
        yield on.time(match.start(), match.end(), f"{year}-{int(match[3]):02}{day}")


def _cjk_date(on: _Stretch, match: re.Match[str]) -> Iterator[ReadTime]:
    begin, year = match.start(), match[1] or on.own_year
    if not match[1] and on.published is not None:  # 来年5月
        said = on.table.relative.before(on.text, begin, on.start, 5)
        if said is not None:
            year, begin = str(on.published.year + int(str(said[0]))), said[1]
    if year and _is_day(match[2], match[3]):
        day = f"-{int(match[3]):02}" if match[3] else ""
        yield on.time(begin, match.end(), f"{year}-{int(match[2]):02}{day}")


def _is_day(month: str, day: str | None) -> bool:
    return 1 <= int(month) <= 12 and (day is None or 1 <= int(day) <= 31)


def _named(on: _Stretch) -> Iterator[ReadTime]:
    """Month names, quarters, halves and relative words, each with the year that stands beside it."""
    at = on.start
    while (match := on.table.beginnings.search(on.text, at, on.stop)) is not None:
        at = match.start()
        begins = on.table.any.at(on.text, at, on.stop) is not None
        read = (_period(on, at) or _relative(on, at)) if begins else None
        if read is not None:
            yield read
            at = max(read.end, at + 1)
        else:
            at += 1


def _period(on: _Stretch, at: int) -> ReadTime | None:
    """A month, quarter or half with its year and day."""
    named = _named_period(on, at)
    if named is None:
        return None
    form, number, end = named
    year, begin, end = _year_beside(on, at, end)
    day = ""
    if not form:
        day, begin = _day_before(on, begin)
        after = _AFTER_MONTH.match(on.text, end, on.stop) if not (day or year) else None
        if after is not None and _is_day("1", after[1]):
            day, year, end = f"-{int(after[1]):02}", after[2] or year, after.end()
        if not (year or day) and on.text[at].islower() and on.text[at].isascii():
            return None  # "may", "mars": a month that stands alone is written with a capital, or is none
    shown = year or on.own_year
    if not shown:
        return None
    period = f"{form}{number}" if form else f"{int(str(number)):02}"
    return on.time(begin, end, f"{shown}-{period}{day}")


def _named_period(on: _Stretch, at: int) -> tuple[str, object, int] | None:
    """("Q", 3, end) for a quarter, "H" for a half, "" for a month."""
    for form, words in (("Q", on.table.quarters), ("H", on.table.halves), ("", on.table.months)):
        if (found := words.at(on.text, at, on.stop)) is not None:
            return form, *found
    return None


def _relative(on: _Stretch, at: int) -> ReadTime | None:
    """ "next year", and the period that follows it in languages that put the year first (내년 상반기)."""
    found = on.table.relative.at(on.text, at, on.stop)
    if found is None or on.published is None or (at > on.start and on.text[at - 1].isdigit()):
        return None
    year, end = on.published.year + int(str(found[0])), found[1]
    after = _BETWEEN_DENSE.match(on.text, end, on.stop)
    if after is not None and on.language.startswith(_DENSE):
        for words, form in ((on.table.quarters, "Q"), (on.table.halves, "H")):
            period = words.at(on.text, after.end(), on.stop)
            if period is not None:
                return on.time(at, period[1], f"{year}-{form}{period[0]}")
    return on.time(at, end, str(year))


def _year_beside(on: _Stretch, at: int, end: int) -> tuple[str, int, int]:
    """The year after ("May 2026", "first half of next year") or before ("2026年上半年"); the ends move over it."""
    if (after := _YEAR_AFTER.match(on.text, end, on.stop)) is not None:
        return after[1], at, after.end()
    if on.language.startswith("th") and (after := _THAI_YEAR_AFTER.match(on.text, end, on.stop)) is not None:
        return str(int(after[1]) - _BUDDHIST), at, after.end()
    low = max(on.start, at - 8)
    if (before := _YEAR_BEFORE.search(on.text[low:at])) is not None:
        return before[1], low + before.start(), end
    link = _OF.match(on.text, end, on.stop)
    said = on.table.relative.at(on.text, link.end(), on.stop) if link is not None else None
    if said is not None and on.published is not None:
        return str(on.published.year + int(str(said[0]))), at, said[1]
    return "", at, end


def _day_before(on: _Stretch, at: int) -> tuple[str, int]:
    """ "14. Mai", "14 de mayo", "le 1er mars": the day and where it begins."""
    low = max(on.start, at - 9)
    match = _DAY_BEFORE.search(on.text[low:at])
    if match is None or not _is_day("1", match[1]):
        return "", at
    return f"-{int(match[1]):02}", low + match.start()


def _limited(on: _Stretch, time: ReadTime) -> ReadTime:
    """<= where a word says "by", >= where one says "from": before it, or after it in languages that put it there."""
    for words, sign in ((on.table.by, "<="), (on.table.since, ">=")):
        found = words.before(on.text, time.start, on.start, 24)
        if found is not None:
            return replace(time, iso=sign + time.iso, start=found[1])
    after = _AFTER_YEAR.match(on.text, time.end, on.stop)
    at = after.end() if after is not None else time.end
    for words, sign in ((on.table.by, "<="), (on.table.since, ">=")):
        found = words.at(on.text, at, on.stop)
        if found is not None and not on.text[at].isascii():
            return replace(time, iso=sign + time.iso, end=found[1])
    return time


def _numbered(words: list[str], count: int) -> Iterator[tuple[int, str]]:
    """Lists go round and round: first, second, third, fourth, first ...; a digit inside the word wins."""
    index = 0
    for word in words:
        digit = re.fullmatch(r"[QTH]([1-4])", word)
        yield int(digit[1]) if digit else index % count + 1, word
        index += digit is None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
