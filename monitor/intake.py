"""Crawl reports and JSON lines in, articles, outcomes and source state in the log out; one transaction per source.

Taking the same report in twice changes nothing. The first success of a source is its baseline: the log fills, and
nothing of it alerts. A source that suddenly shows a flood of unseen entries is held for a person (flood breaker).
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from crawler.items import Entry, FetchKind, FetchOutcome, SourceReport
from crawler.outcomes import Outcome
from crawler.polling import PollHistory, PollPlan, history_from_json, history_to_json, next_poll
from crawler.sources import SourceKind, Tier
from monitor.articlelog import store_article
from monitor.articlestates import release_held
from monitor.database import Value, time_text, writing
from monitor.listing import held_of
from monitor.readinglog import note_reading
from monitor.recurringlog import without_boilerplate
from monitor.runlog import log_event
from monitor.seenlog import SeenEntry, entry_title_key, seen_entries, settle_pending, store_seen
from monitor.sitelog import store_site_files
from monitor.sourcelog import (
    SourceRecord,
    arrivals,
    get_source,
    is_taken_in,
    record_poll,
    update_source,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

#: Flood breaker: at least this many unseen entries, at least this share of the index ...
FLOOD_ENTRIES = 20
FLOOD_SHARE = 0.6
#: ... and more than this multiple of what the source's own rate explains, plus a few.
FLOOD_FACTOR = 3
FLOOD_SPARE = 5
#: The rate is taken over this time.
RATE_OVER = timedelta(days=30)
#: After a longer gap (a machine that slept) new entries with a date inside the gap are no flood.
LONG_GAP = timedelta(days=1)
_SUCCESS = (Outcome.OK, Outcome.UNCHANGED)
T = TypeVar("T")


#: Says when to poll a source again, from what polling it has taught so far.
Planner = Callable[[PollHistory, SourceReport, datetime], PollPlan]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIntake:
    """What taking one source's report in did. `repeated`: it was taken in before, nothing was changed."""

    source_id: str
    outcome: Outcome
    new_articles: int = 0
    changed_articles: int = 0
    new_entries: int = 0
    left_out: int = 0
    baseline: bool = False
    held: str = ""
    repeated: bool = False
    unknown_source: bool = False


def take_in_source(
    db: Database,
    order_id: str,
    report: SourceReport,
    now: datetime,
    *,
    planner: Planner = next_poll,
    baseline: bool = True,
) -> SourceIntake:
    """Store what polling one source gave, in one transaction; idempotent by order and source.

    `baseline` False lets the first crawl of a source alert, too (for a newsstand whose past is known).
    """
    report = storable(report)
    with writing(db):
        if is_taken_in(db, order_id, report.source_id):
            return SourceIntake(source_id=report.source_id, outcome=report.outcome, repeated=True)
        record = get_source(db, report.source_id)
        if record is None:
            logger.warning("report of a source that is not in the log source=%s", report.source_id)
            return SourceIntake(source_id=report.source_id, outcome=report.outcome, unknown_source=True)
        return _store(db, order_id, report, record, now, planner, baseline=baseline)


def release_flood(
    db: Database, source_id: str, now: datetime, article_ids: Sequence[str] | None = None
) -> int:
    """Let held articles of a source through triage after all: these, or (None) all; how many.

    The source stops counting as held when nothing of it is held any more.
    """
    with writing(db):
        if article_ids is None:
            released = release_held(db, source_id=source_id)
        else:
            released = sum(
                release_held(db, source_id=source_id, article_id=article_id) for article_id in article_ids
            )
        left = len(held_of(db, source_id))
        if not left:
            update_source(db, source_id, {"held_since": None, "held_reason": ""})
        told = f"{released} articles go through triage again" + (f", {left} stay held" if left else "")
        log_event(db, "flood-released", source_id, told, now)
    return released


def flood_reason(
    entries: Sequence[Entry],
    unseen: Sequence[Entry],
    *,
    gap: timedelta,
    expected: float,
    now: datetime,
) -> str:
    """Why this index is a flood (a migrated site, a broken feed), or "". Pure.

    `gap` is the time since the last successful poll, `expected` what the source's rate explains in it.
    """
    if gap > LONG_GAP:
        unseen = [entry for entry in unseen if entry.published is None or entry.published < now - gap]
    if len(unseen) < FLOOD_ENTRIES or len(unseen) < FLOOD_SHARE * len(entries):
        return ""
    if len(unseen) <= FLOOD_FACTOR * expected + FLOOD_SPARE:
        return ""
    return (
        f"{len(unseen)} of {len(entries)} entries were never seen before; {expected:.0f} were to be expected"
    )


def storable(value: T) -> T:
    """The value with all its texts fit for UTF-8: lone surrogates replaced, NUL dropped. One of them would cost
    the whole transaction."""
    if isinstance(value, str):
        return _storable_text(value)  # type: ignore[return-value]  # str in, str out
    if isinstance(value, tuple):
        items = [storable(item) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else tuple(items)  # type: ignore[return-value]  # same tuple type
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {
            field.name: new
            for field in dataclasses.fields(value)
            if (new := storable(old := getattr(value, field.name))) is not old
        }
        return dataclasses.replace(value, **changed) if changed else value
    return value


def _storable_text(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "") if "\0" in text else text


def _store(
    db: Database,
    order_id: str,
    report: SourceReport,
    record: SourceRecord,
    now: datetime,
    planner: Planner,
    *,
    baseline: bool,
) -> SourceIntake:
    # Also one that was cut short: what it read was there before us.
    is_first = record.first_success_at is None
    known = seen_entries(db, report.source_id, report.entries)
    unseen = [entry for entry in report.entries if entry.url_key not in known]
    held = "" if is_first else _flood(db, record, report, unseen, now)
    fresh = {entry.url_key for entry in unseen}
    new = changed = 0
    for article in without_boilerplate(db, report.source_id, report.articles, now):
        seen = known.get(article.url_key)
        stored = store_article(
            db,
            article,
            now,
            baseline=baseline and (is_first or (seen is not None and seen.baseline)),
            held="flood" if held and article.url_key in fresh else "",
        )
        new += stored.is_new
        changed += stored.is_changed
    if new or changed:
        note_reading(db, report.source_id, now)
    own_words = record.source.kind is SourceKind.FEED and record.source.tier is not Tier.AGGREGATOR
    _remember_entries(db, report, known, now, baseline=baseline and is_first, own_words=own_words)
    record_poll(
        db,
        order_id,
        report,
        now,
        {
            "entries": len(report.entries),
            "new_entries": len(unseen),
            "articles": len(report.articles),
            "new_articles": new,
        },
    )
    store_site_files(db, report)
    plan = planner(history_from_json(report.source_id, record.poll_state), report, now)
    changes = _source_changes(record, report, plan, now, new_entries=len(unseen))
    if held:
        changes |= {"held_since": time_text(now), "held_reason": held}
        log_event(db, "flood-held", report.source_id, held, now)
    update_source(db, report.source_id, changes)
    return SourceIntake(
        source_id=report.source_id,
        outcome=report.outcome,
        new_articles=new,
        changed_articles=changed,
        new_entries=len(unseen),
        left_out=report.left_out,
        baseline=is_first and baseline and report.outcome is Outcome.OK,
        held=held,
    )


def _flood(
    db: Database, record: SourceRecord, report: SourceReport, unseen: Sequence[Entry], now: datetime
) -> str:
    if report.outcome is not Outcome.OK or len(unseen) < FLOOD_ENTRIES or record.last_success_at is None:
        return ""
    gap = now - record.last_success_at
    new, hours = arrivals(db, record.source.source_id, now - RATE_OVER)
    expected = new / hours * gap.total_seconds() / 3600 if hours >= 1 else 0.0
    return flood_reason(report.entries, unseen, gap=gap, expected=expected, now=now)


def _remember_entries(
    db: Database,
    report: SourceReport,
    known: Mapping[str, SeenEntry],
    now: datetime,
    *,
    baseline: bool,
    own_words: bool,
) -> None:
    """Every entry becomes known but the pending ones; articles under another URL than their entry as well.

    Wording is kept where it is the outlet's own: aggregators, searches and listings word anew without any edit.
    """
    if report.outcome not in _SUCCESS:
        if not report.entries:
            return
    else:
        settle_pending(db, report.source_id, [key for key, _ in report.pending])
    pending = dict(report.pending)
    asked = {item.url for item in report.outcomes if item.kind is FetchKind.ARTICLE}
    asked |= {article.fetched_url for article in report.articles}
    keys: set[str] = set()
    for entry in report.entries:
        seen = known.get(entry.url_key)
        keys.add(entry.url_key)
        store_seen(
            db,
            report.source_id,
            SeenEntry(
                url_key=entry.url_key,
                entry_key=entry.key,
                title_key=entry_title_key(entry),
                state="pending" if entry.url_key in pending else "known",
                tries=pending.get(entry.url_key, 0),
                baseline=seen.baseline if seen else baseline,
                modified=_read_as_of(entry, seen, was_read=entry.url in asked),
                wording=_worded(entry, seen, was_read=entry.url in asked) if own_words else "",
            ),
            now,
        )
    for article in report.articles:
        if article.url_key not in keys:
            lone = SeenEntry(
                url_key=article.url_key, entry_key="", title_key="", state="known", baseline=baseline
            )
            store_seen(db, report.source_id, lone, now)


def _read_as_of(entry: Entry, seen: SeenEntry | None, *, was_read: bool) -> datetime | None:
    """The index's date of change that the text in the log belongs to: it moves when the article is read."""
    if seen is None or seen.modified is None or was_read:
        return entry.modified or (seen.modified if seen else None)
    return seen.modified


def _worded(entry: Entry, seen: SeenEntry | None, *, was_read: bool) -> str:
    return entry.wording if seen is None or not seen.wording or was_read else seen.wording


def _tells_the_end(request: FetchOutcome, report: SourceReport) -> bool:
    """Whether the request is the one after which the poll is called: that for the index, where there was one."""
    return request.outcome == report.outcome and request.kind is FetchKind.INDEX


def _source_changes(
    record: SourceRecord, report: SourceReport, plan: PollPlan, now: datetime, *, new_entries: int
) -> dict[str, Value]:
    """The columns that this poll moves."""
    text = time_text(now)
    failing = plan.history.failing_since
    changes: dict[str, Value] = {
        "last_polled_at": text,
        "last_outcome": report.outcome.value,
        "last_detail": next((item.detail for item in report.outcomes if _tells_the_end(item, report)), ""),
        # A poll that failed before any redirect says nothing of where the index is.
        "moved_to": report.moved_to or (None if report.outcome in _SUCCESS else record.moved_to),
        "next_due": time_text(plan.next_due),
        "poll_reason": plan.reason.value,
        "poll_state": history_to_json(plan.history),
        "conditional": int(plan.conditional),
        "silent_after": time_text(plan.silent_after) if plan.silent_after else None,
        "failure_score": plan.failure_score,
        "failing_since": time_text(failing) if failing else None,
    }
    if report.outcome in _SUCCESS:
        changes |= {
            "last_success_at": text,
            "etag": report.etag,
            "last_modified": report.last_modified,
            "body_hash": report.body_hash,
        }
    if record.first_success_at is None and (report.outcome is Outcome.OK or report.entries):
        changes["first_success_at"] = text
    if new_entries:
        changes["last_new_at"] = text
    return changes
