"""What a digest and `cspwatch status` say of the sources: checked, silent beyond their rhythm, teaser-only, failing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.model import Coverage
from crawler.outcomes import Outcome, failure_weight
from crawler.pollhistory import FAILING_SCORE
from monitor.readinglog import ReadingTrouble
from monitor.readingstate import DETAILS, Reading
from monitor.schedulelog import teaser_only
from monitor.sourcelog import SourceRecord, list_sources
from monitor.wording import Said, recognized, said, several

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A source that failed for so long is dead.
DEAD_AFTER = timedelta(days=14)
#: A coverage line speaks of this time before it.
COVERED = timedelta(days=1)


def coverage_now(db: Database, now: datetime) -> Coverage:
    """The coverage of the last day."""
    since = now - COVERED
    records = [record for record in list_sources(db) if record.source.enabled]
    return Coverage(
        sources=len(records),
        checked=sum(has_answered(record, since) for record in records),
        silent=tuple(record.source.name for record in records if is_silent(record, now)),
        teaser_only=tuple(teaser_only(db, since)),
        failing=tuple(record.source.name for record in records if is_failing(record, since)),
    )


def has_answered(record: SourceRecord, since: datetime) -> bool:
    """Whether the source was read, or said that nothing is new, since `since`. A failed poll checked nothing."""
    return record.last_success_at is not None and record.last_success_at >= since


def is_failing(record: SourceRecord, since: datetime) -> bool:
    """Whether the source fails again and again, or failed last and has not answered since `since`."""
    if record.failure_score >= FAILING_SCORE:
        return True
    return has_failed(record) and not has_answered(record, since)


def has_failed(record: SourceRecord) -> bool:
    """Whether the last poll ended as a failure."""
    return record.last_outcome is not None and failure_weight(Outcome(record.last_outcome)) > 0


def is_silent(record: SourceRecord, now: datetime) -> bool:
    """Whether the source has shown nothing new for longer than its own rhythm explains."""
    return record.silent_after is not None and now > record.silent_after


def is_dead(record: SourceRecord, now: datetime) -> bool:
    """Whether the source has failed for so long, or so surely, that nobody need wait for it."""
    if record.failing_since is None or record.failure_score < FAILING_SCORE:
        return False
    return record.last_outcome == Outcome.GONE or now - record.failing_since >= DEAD_AFTER


def trouble_of(
    record: SourceRecord, now: datetime, reading: ReadingTrouble | None = None
) -> tuple[Said, ...]:
    """What is wrong with the source; nothing where it is well. `reading`: what is wrong with its articles."""
    trouble = []
    if record.last_outcome == Outcome.RATE_LIMITED and record.failure_score < FAILING_SCORE:
        until = f"{record.next_due:%Y-%m-%d %H:%M}Z"
        trouble.append(said("waiting until {0} at the outlet's request: {1}", until, record.last_detail))
    elif has_failed(record) or record.failure_score >= FAILING_SCORE:
        failed = said("failing")
        if record.failing_since:
            since = f"{record.failing_since:%Y-%m-%d %H:%M}Z"
            failed = (
                said("dead since {0}", since) if is_dead(record, now) else said("failing since {0}", since)
            )
        ended = record.last_detail or (
            said(record.last_outcome) if record.last_outcome else said("never polled")
        )
        trouble.append(said("{0}: {1}", failed, ended))
    if is_silent(record, now):
        trouble.append(said("silent beyond its rhythm"))
    if reading is not None:
        detail = recognized(reading.detail, DETAILS)
        trouble.append(
            said("teasers only: {0}", detail)
            if reading.reading is Reading.TEASERS
            else said("read otherwise than before: {0}", detail)
        )
    if record.held_since is not None:
        trouble.append(said("held: {0}", record.held_reason))
    if record.moved_to:
        trouble.append(said("moved to {0}", record.moved_to))
    return tuple(trouble)


def health_of(
    record: SourceRecord, now: datetime, reading: ReadingTrouble | None = None
) -> dict[str, object]:
    """One row of `sources health`; `trouble` is empty where the source is well.

    `because` is what decided `next`, `note` what the last poll that worked left out or repaired.
    """
    return {
        "id": record.source.source_id,
        "outcome": record.last_outcome or "never polled",
        "polled": record.last_polled_at,
        "new": record.last_new_at,
        "next": record.next_due,
        "because": record.poll_reason,
        "failure_score": record.failure_score,
        "trouble": str(several(trouble_of(record, now, reading), "; ")),
        "note": "" if has_failed(record) else record.last_detail,
    }
