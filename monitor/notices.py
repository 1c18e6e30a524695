"""The state of the sources and of our own network in; notices to the operator about what changed, out.

Each change of state is told once: a source that starts failing, falls silent, recovers, is held by the flood
breaker, was read for the first time, has moved, gives teasers only or is read otherwise than before; a network that
is down, captured by a login page, or back; a file that is refused, or counts again. What was told last stands in the
event log, so a restart repeats nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.delivery import notice
from alerts.model import Alert, Channel, Notice, Saying, Severity
from alerts.outbox import enqueue
from crawler.pollhistory import FAILING_SCORE
from monitor.articlestates import held_articles
from monitor.baselines import FIRST_READ, TOLD_WITHIN, to_tell, told_of_first_reads
from monitor.coverage import is_dead, is_silent
from monitor.database import read_time, writing
from monitor.filenotices import notices_of_files
from monitor.network import NETWORK_EVENTS
from monitor.readinglog import reading_troubles
from monitor.readingstate import Reading
from monitor.runlog import last_kinds, last_messages, list_events, log_event
from monitor.schedulelog import first_reads, kept_back_at_first
from monitor.sourcelog import SourceRecord, list_sources
from monitor.triage import WOULD_HAVE_BEEN

if TYPE_CHECKING:
    from sqlite_utils import Database

FAILING, SILENT, RECOVERED = "source-failing", "source-silent", "source-recovered"
DEAD, MOVED, NOT_MOVED = "source-dead", "source-moved", "source-not-moved"
FLOOD, FLOOD_OVER = "source-held", "source-not-held"
TEASERS, DRIFT, WELL_READ = "source-teasers", "source-drift", "source-well-read"
_READINGS = {Reading.TEASERS: TEASERS, Reading.DRIFT: DRIFT}
#: Put before the kind of an event of the network, once the operator was told of it.
TOLD = "told-"
NETWORK_UP = "network-up"
RULES_HELD = "rules-held"
#: Sources named in one notice; the rest is counted.
MOST_NAMED = 10
_WELL = ("", RECOVERED)
_KINDS = (
    *(DEAD, FAILING, SILENT, RECOVERED),
    *(FLOOD, FLOOD_OVER, TEASERS, DRIFT, WELL_READ, MOVED, NOT_MOVED),
)
_TOLD_OF = frozenset({DEAD, FAILING, SILENT, RECOVERED, FLOOD, TEASERS, DRIFT, MOVED})
_LOOK = Saying(key="see", values=("cspwatch sources health --trouble",))
_SEVERITY = {
    RECOVERED: Severity.LOW,
    SILENT: Severity.MEDIUM,
    MOVED: Severity.MEDIUM,
    TEASERS: Severity.MEDIUM,
    DRIFT: Severity.MEDIUM,
}


def tell_operator(db: Database, channels: Sequence[Channel], now: datetime) -> int:
    """Queue what the operator is to be told on these channels; how many notices. Without a channel nothing is noted."""
    if not channels:
        return 0
    with writing(db):
        notices = operator_notices(db, now)
        for alert in notices:
            enqueue(db, alert, channels, now)
    return len(notices)


def operator_notices(db: Database, now: datetime) -> list[Alert]:
    """What the operator is to be told now: one notice for each kind of change, whatever the number of sources.

    Notes in the log what is told, so it belongs inside the transaction that queues the notices.
    """
    records = [record for record in list_sources(db) if record.source.enabled]
    changed = (
        _changes_of_health(db, records, now)
        | _changes_of_flood(db, records)
        | _changes_of_reading(db, records)
        | _changes_of_address(db, records)
    )
    notices = []
    for kind in _KINDS:
        concerned = [change for (source_kind, _), change in changed.items() if source_kind == kind]
        for one in concerned:
            log_event(db, kind, one.record.source.source_id, one.detail, now)
        if concerned and kind in _TOLD_OF:
            notices.append(_notice(kind, concerned, now))
    return [
        *_of_network(db, now),
        *notices,
        *notices_of_files(db, now),
        *_of_first_reads(db, now),
        *_of_changed_rules(db, records, now),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """A source in a new state: `detail` is for the log, `says` for the operator."""

    record: SourceRecord
    says: Saying
    detail: str = ""


_Changed = dict[tuple[str, str], _Change]


def _changes_of_health(db: Database, records: Sequence[SourceRecord], now: datetime) -> _Changed:
    told = last_kinds(db, (DEAD, FAILING, SILENT, RECOVERED))
    changed: _Changed = {}
    for record in records:
        state, change = _health(record, now)
        before = told.get(record.source.source_id, "")
        if state != before and not (state in _WELL and before in _WELL):
            changed[state or RECOVERED, record.source.source_id] = change
    return changed


def _health(record: SourceRecord, now: datetime) -> tuple[str, _Change]:
    """Dead, failing or silent, with what there is to say; "" for a source that is well."""
    name = record.source.name
    if record.failure_score >= FAILING_SCORE:
        ended, since = record.last_outcome or "never-read", record.failing_since or now
        says = Saying(key="failing-since", values=(name,), times=(since,), words=(f"outcomes.{ended}",))
        state = DEAD if is_dead(record, now) else FAILING
        return state, _Change(record=record, says=says, detail=f"{ended} since {since:%Y-%m-%d %H:%M}Z")
    if is_silent(record, now):
        if record.last_new_at is None:
            says = Saying(key="silent", values=(name,))
            return SILENT, _Change(record=record, says=says, detail="nothing new")
        says = Saying(key="silent-since", values=(name,), times=(record.last_new_at,))
        detail = f"nothing new since {record.last_new_at:%Y-%m-%d %H:%M}Z"
        return SILENT, _Change(record=record, says=says, detail=detail)
    return "", _Change(record=record, says=Saying(key="named", values=(name,)))


def _changes_of_flood(db: Database, records: Sequence[SourceRecord]) -> _Changed:
    held: Mapping[str, tuple[int, int]] = held_articles(db, "flood")
    told = last_kinds(db, (FLOOD, FLOOD_OVER))
    changed: _Changed = {}
    for record in records:
        source_id = record.source.source_id
        number, unjudged = held.get(source_id, (0, 0))
        is_held, was_held = bool(number or record.held_since), told.get(source_id) == FLOOD
        if is_held != was_held and not unjudged:
            waiting = "1 would alert and waits" if number == 1 else f"{number or 'none'} would alert and wait"
            detail = "; ".join(filter(None, (record.held_reason, waiting))) if is_held else ""
            says = Saying(key="held", count=number, values=(record.source.name,))
            changed[FLOOD if is_held else FLOOD_OVER, source_id] = _Change(
                record=record, says=says, detail=detail
            )
    return changed


def _changes_of_reading(db: Database, records: Sequence[SourceRecord]) -> _Changed:
    """Articles that are teasers only, or unlike before. Of an outlet that sells its texts, teasers are no news."""
    troubles, told = reading_troubles(db), last_kinds(db, (TEASERS, DRIFT, WELL_READ))
    changed: _Changed = {}
    for record in records:
        source = record.source
        trouble = troubles.get(source.source_id)
        if trouble is not None and trouble.reading is Reading.TEASERS and source.paywall != "none":
            trouble = None
        state = _READINGS[trouble.reading] if trouble else WELL_READ
        if state != told.get(source.source_id, WELL_READ):
            says = Saying(key="named", values=(source.name,))
            changed[state, source.source_id] = _Change(
                record=record, says=says, detail=trouble.detail if trouble else ""
            )
    return changed


def _changes_of_address(db: Database, records: Sequence[SourceRecord]) -> _Changed:
    """Permanent redirects of an index; a second one to another place is told again."""
    told = last_messages(db, (MOVED, NOT_MOVED))
    changed: _Changed = {}
    for record in records:
        address = record.moved_to or ""
        if address != told.get(record.source.source_id, ""):
            says = Saying(key="moved-to", values=(record.source.name, address))
            changed[MOVED if address else NOT_MOVED, record.source.source_id] = _Change(
                record=record, says=says, detail=address
            )
    return changed


def _of_network(db: Database, now: datetime) -> list[Alert]:
    """One notice where the network is in another state than the one that was told of last."""
    newest = next(iter(list_events(db, kinds=NETWORK_EVENTS, limit=1)), None)
    if newest is None:
        return []
    kind = str(newest["kind"])
    told = next(iter(list_events(db, kinds=[TOLD + one for one in NETWORK_EVENTS], limit=1)), None)
    if kind == (str(told["kind"]).removeprefix(TOLD) if told else NETWORK_UP):
        return []
    message = str(newest["message"])
    log_event(db, TOLD + kind, "network", message, now)
    severity = Severity.LOW if kind == NETWORK_UP else Severity.HIGH
    why = () if kind == NETWORK_UP else (Saying(key=f"{kind}-why"),)
    told_now = Notice(title=Saying(key=kind), lines=(*why, Saying(key="see", values=("cspwatch status",))))
    return [notice(f"{kind}|{now:%Y-%m-%dT%H:%M:%S}", told_now, now, severity=severity)]


def _of_first_reads(db: Database, now: datetime) -> list[Alert]:
    """One notice for all sources whose first read is complete now."""
    newest = next(iter(list_events(db, kinds=[FIRST_READ], limit=1)), None)
    told_at = read_time(newest["at"]) if newest else None
    told = last_kinds(db, [FIRST_READ])
    complete = to_tell(first_reads(db, now - TOLD_WITHIN, but=told), told_at, now)
    for read in complete:
        log_event(db, FIRST_READ, read.source_id, f"{read.articles} articles", now)
    if not any(read.articles for read in complete):
        return []
    kept_back = kept_back_at_first(db, [read.source_id for read in complete], WOULD_HAVE_BEEN)
    says = told_of_first_reads(complete, kept_back)
    return [notice(f"{FIRST_READ}|{now:%Y-%m-%dT%H:%M:%S}", says, now, severity=Severity.LOW)]


def _of_changed_rules(db: Database, records: Sequence[SourceRecord], now: datetime) -> list[Alert]:
    """One notice of the old articles that match since the rules were changed, once all of them are judged."""
    held = held_articles(db, "rules-changed")
    number = sum(count for count, _ in held.values())
    told = next(iter(list_events(db, kinds=[RULES_HELD], limit=1)), None)
    if any(unjudged for _, unjudged in held.values()) or str(number) == (told["message"] if told else "0"):
        return []
    more = number > int(str(told["message"]) if told else 0)
    log_event(db, RULES_HELD, "rules", str(number), now)
    if not more:  # some were released
        return []
    named = {record.source.source_id: record.source.name for record in records}
    most = sorted(held, key=lambda source_id: (-held[source_id][0], source_id))
    lines = [
        Saying(key="held-of", values=(str(held[source_id][0]), named.get(source_id, source_id)))
        for source_id in most[:MOST_NAMED]
    ]
    look = Saying(key="see-held", values=(f"cspwatch sources release {most[0]}",))
    says = Notice(title=Saying(key=RULES_HELD, count=number), lines=(*lines, look))
    return [notice(f"{RULES_HELD}|{now:%Y-%m-%dT%H:%M:%S}", says, now, severity=Severity.LOW)]


def _notice(kind: str, concerned: Sequence[_Change], now: datetime) -> Alert:
    rest = len(concerned) - MOST_NAMED
    look = _LOOK
    if kind == FLOOD:
        first = concerned[0].record.source.source_id
        look = Saying(key="see-held", values=(f"cspwatch sources release {first}",))
    says = Notice(
        title=Saying(key=kind, count=len(concerned)),
        lines=(
            *(one.says for one in concerned[:MOST_NAMED]),
            *((Saying(key="more", count=rest),) if rest > 0 else ()),
            look,
        ),
    )
    return notice(f"{kind}|{now:%Y-%m-%dT%H:%M:%S}", says, now, severity=_SEVERITY.get(kind, Severity.HIGH))
