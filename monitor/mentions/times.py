"""A stretch of text in, the points and periods of time in it out, as ISO intervals. Pure.

2026, 2026-Q3, 2026-H1, 2026-05, 2026-05-14; <=2027 (by, until), >=2026 (from). Without a date of the article,
relative words ("next year") and months without a year are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from monitor.mentions.unittable import Words

_DENSE = ("zh", "ja", "ko")
_FALLBACK = {"ms": "id"}
_YEAR = r"(?:19|20)\d\d"
#: 2026年5月14日, 2026년 5월, 5月, tháng 5
_CJK_DATE = re.compile(rf"(?:({_YEAR})\s?[年년])?\s?(\d{{1,2}})\s?[月월](?:\s?(\d{{1,2}})\s?[日号일])?")
_VI_DATE = re.compile(rf"tháng (\d{{1,2}})(?:[/ ](?:năm )?({_YEAR}))?", re.IGNORECASE)
_ISO_DATE = re.compile(rf"(?<!\d)({_YEAR})-(\d\d)(?:-(\d\d))?(?!\d)")
_PLAIN_YEAR = re.compile(rf"(?<![\d.,$€£¥])({_YEAR})(?![\d%]|[.,]\d)")
_THAI_YEAR = re.compile(r"(?<!\d)(25[4-9]\d|2600)(?!\d)")
_FISCAL = re.compile(rf"({_YEAR})年度")


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
    relative: Words


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
        stop = len(text) if end is None else end
        table = self._table(language.split("-")[0])
        found = sorted(
            self._all(text, language, start, stop, table, published), key=lambda t: (t.start, -t.end)
        )
        kept: list[ReadTime] = []
        for time in found:
            if not kept or time.start >= kept[-1].end:
                kept.append(self._with_deadline(text, time, start, stop, table))
        return tuple(kept)

    def _all(
        self, text: str, language: str, start: int, stop: int, table: _Table, published: date | None
    ) -> Iterator[ReadTime]:
        yield from self._dates(text, language, start, stop, published)
        yield from self._named(text, start, stop, table, published)
        for match in _PLAIN_YEAR.finditer(text, start, stop):
            yield _time(text, match.start(), match.end(), match[1], published)
        if language.startswith("th"):
            for match in _THAI_YEAR.finditer(text, start, stop):
                yield _time(text, match.start(), match.end(), str(int(match[1]) - 543), published)

    def _dates(
        self, text: str, language: str, start: int, stop: int, published: date | None
    ) -> Iterator[ReadTime]:
        for match in _ISO_DATE.finditer(text, start, stop):
            yield _time(text, match.start(), match.end(), match[0], published)
        if language.startswith("vi"):
            for match in _VI_DATE.finditer(text, start, stop):
                year = match[2] or (str(published.year) if published else "")
                if year and 1 <= int(match[1]) <= 12:
                    yield _time(text, match.start(), match.end(), f"{year}-{int(match[1]):02}", published)
        if not language.startswith(_DENSE):
            return
        for match in _FISCAL.finditer(text, start, stop):
            yield _time(text, match.start(), match.end(), f"{match[1]}-FY", published)
        for match in _CJK_DATE.finditer(text, start, stop):
            year = match[1] or (str(published.year) if published else "")
            if year and 1 <= int(match[2]) <= 12:
                day = f"-{int(match[3]):02}" if match[3] else ""
                yield _time(text, match.start(), match.end(), f"{year}-{int(match[2]):02}{day}", published)

    def _named(
        self, text: str, start: int, stop: int, table: _Table, published: date | None
    ) -> Iterator[ReadTime]:
        """Month names, quarters, halves and relative words, each with the year that stands beside it."""
        at = start
        while at < stop:
            if at > start and text[at - 1].isalnum() and text[at].isascii():
                at += 1
                continue
            read = self._named_at(text, at, start, stop, table, published)
            if read is not None:
                yield read
                at = max(read.end, at + 1)
            else:
                at += 1

    def _named_at(
        self, text: str, at: int, start: int, stop: int, table: _Table, published: date | None
    ) -> ReadTime | None:
        for words, form in ((table.quarters, "Q"), (table.halves, "H"), (table.months, "")):
            found = words.at(text, at, stop)
            if found is None:
                continue
            number, end = found
            year, begin, end = _year_beside(text, at, end, start, stop)
            if not year and published is None:
                return None
            shown = year or str(published.year if published else "")
            period = f"{form}{number}" if form else f"{int(str(number)):02}"
            day, begin = _day_before(text, begin, start) if not form else ("", begin)
            if not (form or year or day) and text[at].islower() and text[at].isascii():
                return None  # "may", "mars": a month that stands alone is written with a capital, or is none
            return _time(text, begin, end, f"{shown}-{period}{day}", published)
        found = table.relative.at(text, at, stop)
        if found is None or published is None:
            return None
        return _time(text, at, found[1], str(published.year + int(str(found[0]))), published)

    def _with_deadline(self, text: str, time: ReadTime, start: int, stop: int, table: _Table) -> ReadTime:
        """<= where a word says "by" before it (or after it, in languages that put it there)."""
        found = table.by.before(text, time.start, start, 24)
        if found is not None:
            return ReadTime(
                iso=f"<={time.iso}",
                start=found[1],
                end=time.end,
                text=text[found[1] : time.end],
                ahead=time.ahead,
            )
        after = re.compile(r"[年年末底년말\s]{0,3}").match(text, time.end)
        found = table.by.at(text, after.end() if after else time.end, stop)
        if found is not None and not text[time.end].isascii():
            return ReadTime(
                iso=f"<={time.iso}",
                start=time.start,
                end=found[1],
                text=text[time.start : found[1]],
                ahead=time.ahead,
            )
        return time

    def _table(self, language: str) -> _Table:
        if language not in self._tables:
            keys = [language, _FALLBACK.get(language, language)]
            self._tables[language] = _Table(
                months=Words(self._pairs("months", keys)),
                quarters=Words((word, number) for number, word in _numbered(self._list("quarters", keys), 4)),
                halves=Words((word, number) for number, word in _numbered(self._list("halves", keys), 2)),
                by=Words(
                    (re.sub(r"\s20$", "", word), None) for word in self._list("by", keys) if ".." not in word
                ),
                relative=Words(self._pairs("relative", keys)),
            )
        return self._tables[language]

    def _pairs(self, section: str, keys: list[str]) -> list[tuple[str, object]]:
        part = _mapping(self._time.get(section))
        return [(str(w), n) for key in dict.fromkeys(keys) for w, n in _mapping(part.get(key)).items()]

    def _list(self, section: str, keys: list[str]) -> list[str]:
        part = _mapping(self._time.get(section))
        found = [part.get(key) for key in dict.fromkeys(keys)]
        return [str(word) for words in found if isinstance(words, list) for word in words]


def _numbered(words: list[str], count: int) -> Iterator[tuple[int, str]]:
    """Lists go round and round: first, second, third, fourth, first ...; a digit inside the word wins."""
    for index, word in enumerate(words):
        digit = re.fullmatch(r"[QTH]([1-4])", word)
        yield int(digit[1]) if digit else index % count + 1, word


def _year_beside(text: str, at: int, end: int, start: int, stop: int) -> tuple[str, int, int]:
    """The year directly after ("May 2026", "Q3 of 2026") or before ("2026年上半年"); with the ends moved over it."""
    after = re.compile(rf"[\s,'’]{{0,2}}(?:of |de |del |des Jahres |em )?({_YEAR})(?!\d)").match(
        text, end, stop
    )
    if after is not None:
        return after[1], at, after.end()
    before = re.search(rf"(?<!\d)({_YEAR})\s?[年년]?\s?$", text[max(start, at - 8) : at])
    if before is not None:
        return before[1], max(start, at - 8) + before.start(), end
    return "", at, end


def _day_before(text: str, at: int, start: int) -> tuple[str, int]:
    """ "14. Mai", "14 de mayo", "le 1er mars": the day and where it begins."""
    match = re.search(
        r"(?<!\d)(\d{1,2})(?:\.|er|st|nd|rd|th)?\s(?:de\s|of\s)?$", text[max(start, at - 9) : at]
    )
    if match is None or not 1 <= int(match[1]) <= 31:
        return "", at
    return f"-{int(match[1]):02}", max(start, at - 9) + match.start()


def _time(text: str, start: int, end: int, iso: str, published: date | None) -> ReadTime:
    year = int(iso[:4])
    ahead = 0 if published is None else (year > published.year) - (year < published.year)
    return ReadTime(iso=iso, start=start, end=end, text=text[start:end], ahead=ahead)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
