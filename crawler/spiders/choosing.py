"""Entries of an index in, those to read now and those to leave for later out. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.items import CrawlLimits, Entry, ReadAs, SourceState

#: Edited articles read again in one poll of a source, after the new ones.
MAX_REVISIONS = 5
#: An index that moves the date of more than this share of its known entries stamps them all: no edits.
_STAMPED = 0.5
_SAME_MOMENT = timedelta(minutes=1)
_SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`read` newest first, edited ones last; `later` are new as well, but over the limit of one poll."""

    read: tuple[Entry, ...]
    later: tuple[Entry, ...]


def newest_first(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Sort by date, newest first; what has none comes after, in the order of the index. Repeats are dropped."""
    unique = {entry.url_key: entry for entry in reversed(entries)}
    in_order = [entry for entry in entries if unique.get(entry.url_key) is entry]
    dated = sorted((entry for entry in in_order if _date(entry)), key=_age_key, reverse=True)
    return (*dated, *(entry for entry in in_order if not _date(entry)))


def choose(
    entries: tuple[Entry, ...],
    state: SourceState,
    limits: CrawlLimits,
    now: datetime,
    *,
    is_free: Callable[[Entry], bool] = lambda _entry: False,
    names_all_past: bool = False,
) -> Choice:
    """Which of `entries` (newest first) to read in this poll.

    Known and old ones are not read. Those that cost no request (`is_free`: the index holds their text) stand under
    no limit, and at a first crawl they are read whatever their age. Of a first crawl of an index that
    `names_all_past` (a sitemap, a listing), undated entries over the limit are never read: nothing says which of
    them is news. Known entries whose date of change, or else wording, has moved since they were read are read again.
    """
    oldest = now - limits.max_entry_age
    first = not state.polled_before
    new = [
        entry
        for entry in entries
        if not _is_known(entry, state) and (not _is_older(entry, oldest) or (first and is_free(entry)))
    ]
    asked = [entry for entry in new if not is_free(entry)]
    later = asked[limits.max_articles_per_source :]
    over = {entry.url_key for entry in later}
    read = [entry for entry in new if entry.url_key not in over]
    if first and names_all_past:
        later = [entry for entry in later if _date(entry)]
    edited = [entry for entry in _revised(entries, state, now) if not _is_older(entry, oldest)]
    again = edited[: min(MAX_REVISIONS, max(limits.max_articles_per_source - len(asked), 0))]
    return Choice(read=(*read, *again), later=tuple(later))


def _revised(entries: tuple[Entry, ...], state: SourceState, now: datetime) -> list[Entry]:
    """Known entries that the index says were changed since they were read; none where it says so of most."""
    read_as = {one.url_key: one for one in state.read_as}
    known = [(entry, read_as[entry.url_key]) for entry in entries if entry.url_key in read_as]
    edited = [entry for entry, before in known if _is_edited(entry, before, now)]
    return [] if len(edited) > MAX_REVISIONS and len(edited) > _STAMPED * len(known) else edited


def _is_edited(entry: Entry, before: ReadAs, now: datetime) -> bool:
    if entry.modified is not None and before.modified is not None:
        return before.modified + _SAME_MOMENT < entry.modified <= now + _SKEW
    return bool(before.wording) and before.wording != entry.wording


def _is_known(entry: Entry, state: SourceState) -> bool:
    return entry.url_key in state.known_keys or entry.key in state.known_keys


def _is_older(entry: Entry, oldest: datetime) -> bool:
    date = _date(entry)
    return date is not None and date < oldest


def _date(entry: Entry) -> datetime | None:
    return entry.published or entry.modified


def _age_key(entry: Entry) -> timedelta:
    date = _date(entry)
    return timedelta(0) if date is None else date - datetime.min.replace(tzinfo=date.tzinfo)
