"""A fact and the sentences that go on about it in, when it happens out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.scan import Sentence
from monitor.model import EventType, Status, TimeMention
from monitor.rules.findings import quote_of
from monitor.rules.quantities import ReadTime, as_time, is_later
from monitor.rules.setting import Fact, Setting

AHEAD = frozenset(
    {Status.RUMOURED, Status.PLANNED, Status.ANNOUNCED, Status.UNDER_CONSTRUCTION, Status.DELAYED}
)
NOT_YET = frozenset({Status.RUMOURED, Status.PLANNED, Status.DELAYED})
FINISHED_LATER = frozenset({EventType.DATACENTER, EventType.REGION, EventType.INVESTMENT})
BESIDE, BESIDE_DENSE = 45, 14  # characters between a date and the verb that it belongs to
RECENT = 3  # months in which what has happened is still the news
LAST_MONTHS = {"Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12, "H1": 6, "H2": 12}
_NAMES_YEAR = re.compile(r"\d\d(?:\d\d|年|년)")
_CLAUSE_END = re.compile(r"[,;:，；：、。]")


def time_of(fact: Fact, sentences: Sequence[Sentence], setting: Setting) -> TimeMention | None:
    """When it is to happen: what its own sentence says of the future, else the next ones; what is done, this month.

    Work on a site begins before the site opens: the date at which it begins counts only where no other is given.
    """
    own = fact.finding.time
    if not fact.in_window:
        return own
    if fact.finding.status is Status.LIVE:
        return own or _this_month(fact, setting)
    if fact.finding.status not in AHEAD:
        return own
    begins = _beginnings(fact.finding.type, sentences, setting)
    stands = own is not None and is_later(own.iso, setting.published)
    if own is not None and stands and not any(own == as_time(read, setting.reading) for read in begins):
        return own
    later = (
        read
        for sentence in sentences
        for read in setting.quantities.times_in(sentence)
        if is_later(read.iso, setting.published)
    )
    first = next(later, None)
    opens = first if first not in begins else next((read for read in later if read not in begins), None)
    found = opens or (None if stands else first)
    if found is not None:
        return as_time(found, setting.reading)
    return None if own is not None and fact.finding.status in NOT_YET and _is_old(own, setting) else own


def _is_old(time: TimeMention, setting: Setting) -> bool:
    """Whether a year lies before the article's: what is yet to come does not happen then ("idle since 2008")."""
    year = time.iso.lstrip("<>=~")[:4]
    return setting.published is not None and year.isdigit() and int(year) < setting.published.year


def is_told_as_earlier(fact: Fact, setting: Setting) -> bool:
    """Whether a sentence behind headline and first sentence dates the fact, and dates it months before the article.

    "In 2024 the group pledged 8 billion dollars": what went before, told to explain the news. A sentence with two
    sums sets the new one beside the old.
    """
    reading, published = setting.reading, setting.published
    if published is None or fact.across or fact.sentence <= min(reading.lead, default=0):
        return False
    sentence = reading.sentences[fact.sentence]
    read = setting.quantities.times_in(sentence)
    sums = [amount for amount in setting.quantities.in_sentence(sentence) if amount.kind == "money"]
    return bool(read) and len(sums) < 2 and all(_is_long_before(one, setting, published) for one in read)


def _is_long_before(read: ReadTime, setting: Setting, published: date) -> bool:
    """Whether a point in time lies more than `RECENT` months before the article.

    ">=2024" goes on; a month without a year may be the next one.
    """
    text = read.iso.lstrip("<=~")
    if read.iso.startswith(">") or not text[:4].isdigit():
        return False
    if len(text) > len("2024") and not _NAMES_YEAR.search(setting.reading.cased, read.start, read.end):
        return False
    month = int(text[5:7]) if text[5:7].isdigit() else LAST_MONTHS.get(text[5:7], 12)
    return (published.year - int(text[:4])) * 12 + published.month - month > RECENT


def _this_month(fact: Fact, setting: Setting) -> TimeMention | None:
    """What headline and lead tell as done happened in the month of the article; the verb says so."""
    if fact.action is None or setting.published is None:
        return None
    span = setting.reading.span(fact.action.start, fact.action.end)
    text = quote_of(setting.reading, span)
    return TimeMention(iso=f"{setting.published:%Y-%m}", text=text, span=span)


def _beginnings(kind: EventType, sentences: Iterable[Sentence], setting: Setting) -> list[ReadTime]:
    """The date nearest to each verb of beginning, with no clause mark between them."""
    if kind not in FINISHED_LATER:
        return []
    found = []
    for sentence in sentences:
        for hit in sentence.of(Kind.ACTION):
            if hit.value == "groundbreak":
                beside = [
                    read for read in setting.quantities.times_in(sentence) if _is_beside(hit, read, setting)
                ]
                found += sorted(beside, key=lambda read: _gap(hit, read))[:1]
    return found


def _is_beside(hit: Hit, read: ReadTime, setting: Setting) -> bool:
    reach = BESIDE_DENSE if setting.reading.dense else BESIDE
    low, high = min(hit.end, read.end), max(hit.start, read.start)
    return high - low <= reach and _CLAUSE_END.search(setting.reading.folded, low, high) is None


def _gap(hit: Hit, read: ReadTime) -> int:
    return max(hit.start, read.start) - min(hit.end, read.end)
