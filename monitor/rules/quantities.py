"""Amounts and times of a sentence, read once and only where a candidate stands. Pure; memory per article."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from monitor.knowledge.model import Knowledge
from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Reading, Sentence
from monitor.mentions.view import View
from monitor.model import Amount, TimeMention


class ReadAmount(Protocol):
    """What the amount reader returns (monitor/mentions/amounts.py)."""

    @property
    def value(self) -> Decimal: ...
    @property
    def value_max(self) -> Decimal | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def op(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class AmountSource(Protocol):
    def read(
        self, text: str, language: str, start: int = 0, end: int | None = None
    ) -> Sequence[ReadAmount]: ...

    def read_bare(
        self, text: str, language: str, start: int = 0, end: int | None = None
    ) -> Sequence[ReadAmount]: ...


class ReadTime(Protocol):
    @property
    def iso(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class TimeSource(Protocol):
    def read(
        self,
        text: str,
        language: str,
        start: int = 0,
        end: int | None = None,
        *,
        published: date | None = None,
    ) -> Sequence[ReadTime]: ...


SPENDS = frozenset({"invest", "finance", "acquire", "capex"})
CURRENCY_WITHIN = 8  # sentences in which another sum tells the currency
# What a sum without a currency is where the language is written in one.
HOME_CURRENCY: Mapping[str, str] = dict(
    [
        *((language, "EUR") for language in ("de", "fr", "it", "nl", "fi", "es")),
        *(("pl", "PLN"), ("cs", "CZK"), ("sv", "SEK"), ("da", "DKK"), ("nb", "NOK"), ("tr", "TRY")),
        *(("ru", "RUB"), ("ja", "JPY"), ("ko", "KRW"), ("th", "THB"), ("vi", "VND")),
        *(("zh", "CNY"), ("zh-Hant", "TWD"), ("zh-HK", "HKD")),
    ]
)
SMALLEST_MONEY = 1_000_000  # US dollars: below it, it is a price, a fine or a salary, no infrastructure
# Digits, numerals of Chinese and Japanese, or a magnitude that stands with a number word ("half a billion"). Apart and
# for small letters only: an alternative of all, with their capitals, is tried at every letter.
_NUMERAL = re.compile("[0-9\u0660-\u0669\u0e50-\u0e59\uff10-\uff19一二三四五六七八九十百千万萬亿億兆억조만]")
_MAGNITUDE = re.compile(
    "illi|gigawatt|megawatt|hundre|thousan|dozen|dutzend|milion|milyar|miliar|juta|tỷ|triệu|млрд|млн|ล้าน|مليار|مليون|mld|mrd"
)
MOST_READ = 60  # sentences of one article whose amounts are read; more would be a table


class Quantities:
    """Amounts and times of one article, by sentence."""

    def __init__(
        self, reading: Reading, amounts: AmountSource, times: TimeSource, published: date | None
    ) -> None:
        self._reading, self._amounts, self._times, self._published = reading, amounts, times, published
        self._language = written_language(reading)
        self._read: dict[int, Sequence[ReadAmount]] = {}
        self._timed: dict[int, Sequence[ReadTime]] = {}

    def of(self, view: View) -> list[ReadAmount]:
        return [amount for sentence in view.sentences for amount in self.in_sentence(sentence)]

    def in_sentence(self, sentence: Sentence) -> Sequence[ReadAmount]:
        if sentence.index not in self._read:
            if len(self._read) >= MOST_READ:
                return ()
            if _may_count(self._reading.folded, sentence):
                text = self._reading.cased
                found = self._amounts.read(text, self._language, sentence.start, sentence.end)
                self._read[sentence.index] = found
                if SPENDS & sentence.values(Kind.ACTION) and all(one.kind != "money" for one in found):
                    self._read[sentence.index] = (*found, *self._bare(sentence))
            else:
                self._read[sentence.index] = ()
        return self._read[sentence.index]

    def _bare(self, sentence: Sentence) -> list[ReadAmount]:
        """Sums without a currency, in the article's only one, else in that of its language."""
        text, language = self._reading.cased, self._language
        found = self._amounts.read_bare(text, language, sentence.start, sentence.end)
        if not found:
            return []
        seen = {
            amount.unit
            for other in self._reading.sentences[:CURRENCY_WITHIN]
            if other is not sentence
            for amount in self.in_sentence(other)
            if amount.kind == "money"
        }
        unit = seen.pop() if len(seen) == 1 else "" if seen else HOME_CURRENCY.get(language, "")
        return [_in_currency(amount, unit) for amount in found] if unit else []

    def times_of(self, view: View) -> list[ReadTime]:
        return [read for sentence in view.sentences for read in self.times_in(sentence)]

    def times_in(self, sentence: Sentence) -> Sequence[ReadTime]:
        if sentence.index not in self._timed:
            self._timed[sentence.index] = self._times.read(
                self._reading.cased,
                self._reading.language,
                sentence.start,
                sentence.end,
                published=self._published,
            )
        return self._timed[sentence.index]


def _may_count(folded: str, sentence: Sentence) -> bool:
    start, end = sentence.start, sentence.end
    return bool(_NUMERAL.search(folded, start, end) or _MAGNITUDE.search(folded, start, end))


_TRADITIONAL = re.compile("[億萬雲資產業務國與區擴設啟電網]")
_SIMPLIFIED = re.compile("[亿万云资产业务国与区扩设启电网]")
_OF_HONG_KONG = re.compile("港元|港幣|香港|港股|將軍澳|數據中心|數碼港")
_OF_TAIWAN = re.compile("新台幣|新臺幣|台灣|臺灣|台北|臺北|資料中心|兆元")


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum of which the currency was found elsewhere."""

    value: Decimal
    value_max: Decimal | None
    unit: str
    op: str
    kind: str
    start: int
    end: int


def _in_currency(read: ReadAmount, unit: str) -> ReadAmount:
    return _Sum(read.value, read.value_max, unit, read.op, read.kind, read.start, read.end)


def written_language(reading: Reading) -> str:
    """The article's language with its script and place where they tell which dollar a bare 元 is.

    "zh-Hant" (New Taiwan dollars) or "zh-HK" (Hong Kong dollars) for Chinese in traditional characters.
    """
    if reading.language != "zh":
        return reading.language
    text = reading.title.stored[:400] + "\n" + reading.body.stored[:4000]
    if len(_TRADITIONAL.findall(text)) <= len(_SIMPLIFIED.findall(text)):
        return "zh"
    hong_kong, taiwan = len(_OF_HONG_KONG.findall(text)), len(_OF_TAIWAN.findall(text))
    return "zh-HK" if hong_kong > taiwan else "zh-Hant"


_COUNTED = frozenset({"SQM", "POP", "JOB"})


def is_currency(unit: str) -> bool:
    """Whether a base unit is a currency by ISO 4217."""
    return len(unit) == 3 and unit.isupper() and unit not in _COUNTED


def is_substantial(read: ReadAmount, knowledge: Knowledge) -> bool:
    """Whether money is enough to be an investment; true for other kinds and for currencies without a rate."""
    rate = knowledge.rates.get(read.unit)
    return read.kind != "money" or rate is None or read.value * rate >= SMALLEST_MONEY


def as_amount(read: ReadAmount, reading: Reading, knowledge: Knowledge) -> Amount:
    """With the string as stored, and US dollars where the rate table knows the currency."""
    span = reading.span(read.start, read.end)
    stored = reading.title.stored if span.field.value == "title" else reading.body.stored
    rate = knowledge.rates.get(read.unit) if read.kind == "money" else None
    return Amount(
        value=read.value,
        value_max=read.value_max,
        unit=read.unit,
        op=read.op,
        span=span,
        text=stored[span.start : span.end],
        usd=None if rate is None else (read.value * rate).quantize(Decimal(1)),
        fx_date=date.fromisoformat(knowledge.rates_date)
        if rate is not None and knowledge.rates_date
        else None,
    )


def as_time(read: ReadTime, reading: Reading) -> TimeMention:
    span = reading.span(read.start, read.end)
    stored = reading.title.stored if span.field.value == "title" else reading.body.stored
    return TimeMention(iso=read.iso, text=stored[span.start : span.end], span=span)


def is_later(iso: str, published: date | None) -> bool:
    """Whether an ISO interval ("2027", ">=2026-Q3", "2026-05") begins after the article's date."""
    if published is None:
        return False
    text = iso.lstrip("<>=~")
    if text[:4].isdigit() and int(text[:4]) != published.year:
        return int(text[:4]) > published.year
    month = _FIRST_MONTHS.get(text[5:7]) or (int(text[5:7]) if text[5:7].isdigit() else 0)
    return month > published.month


_FIRST_MONTHS: Mapping[str, int] = {"Q1": 1, "Q2": 4, "Q3": 7, "Q4": 10, "H1": 1, "H2": 7}
