"""The schedule of all sources in and out of the log: due times after a pause, what polling costs, old records.

When one source is due after a poll is decided in crawler/polling.py; which are due now, in sourcelog.due_sources.
All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.polling import PollHistory, after_pause, history_from_json
from monitor.database import first, marks, read_time, rows, time_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Records of single requests are kept for so many days on which anything was polled: days a wrong clock made up
#: do not count against the others.
DAYS_KEPT = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What polling cost lately: requests of each kind, polls, and over how many days."""

    polls: int
    index_requests: int  # robots.txt included
    article_requests: int
    days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstRead:
    """How far the first read of a source is. Complete: nothing of it waits to be read or judged."""

    source_id: str
    name: str
    began_at: datetime | None  # None: not read yet
    asked: bool
    is_complete: bool
    articles: int  # that it put into the log so far


def reschedule(db: Database, now: datetime, stepped_back: timedelta = timedelta(0)) -> int:
    """Lay out anew what a pause or a step of the clock left overdue; how many due times moved.

    Sources that were never polled stay due at once: a first run does not wait.
    """
    due = {
        str(row["source_id"]): at
        for row in rows(
            db,
            "SELECT source_id, next_due FROM source WHERE enabled AND listed AND last_polled_at IS NOT NULL",
        )
        if (at := read_time(row["next_due"])) is not None
    }
    moved = {
        source_id: time
        for source_id, time in after_pause(due, now, stepped_back).items()
        if time != due[source_id]
    }
    db.conn.executemany(
        "UPDATE source SET next_due = ? WHERE source_id = ?",
        [(time_text(time), source_id) for source_id, time in moved.items()],
    )
    return len(moved)


def bring_back(db: Database, outcomes: Iterable[str], now: datetime) -> int:
    """Make the sources due whose last poll ended in one of `outcomes`, one after the other; how many."""
    ends = sorted(outcomes)
    waiting = {
        str(row["source_id"]): now
        for row in rows(
            db,
            f"SELECT source_id FROM source WHERE enabled AND listed AND last_outcome IN ({marks(ends)})"
            " AND next_due > ?",
            [*ends, time_text(now)],
        )
    }
    db.conn.executemany(
        "UPDATE source SET next_due = ? WHERE source_id = ?",
        [(time_text(time), source_id) for source_id, time in after_pause(waiting, now).items()],
    )
    return len(waiting)


def poll_histories(db: Database) -> list[PollHistory]:
    """What polling has taught of each source that is on."""
    return [
        history_from_json(str(row["source_id"]), str(row["poll_state"]))
        for row in rows(
            db, "SELECT source_id, poll_state FROM source WHERE enabled AND listed ORDER BY source_id"
        )
    ]


def spending(db: Database, since: datetime, now: datetime) -> Spending:
    """What polling cost from `since` to `now`."""
    polls = first(
        db,
        "SELECT count(*) AS n, min(at) AS begin FROM poll WHERE at BETWEEN ? AND ?",
        [time_text(since), time_text(now)],
    )
    assert polls is not None
    counts = {
        str(row["kind"]): int(str(row["n"]))
        for row in rows(
            db,
            "SELECT kind, count(*) AS n FROM fetch WHERE at BETWEEN ? AND ? GROUP BY kind",
            [time_text(since), time_text(now)],
        )
    }
    begin = read_time(polls["begin"]) or now
    return Spending(
        polls=int(str(polls["n"])),
        index_requests=sum(counts.get(kind, 0) for kind in ("index", "robots", "tdmrep")),
        article_requests=counts.get("article", 0),
        days=(now - begin) / timedelta(days=1),
    )


def coverage(db: Database, since: datetime, now: datetime) -> dict[str, int]:
    """For the coverage line: sources on, polled, read, failing, silent, held; teasers and articles since `since`."""
    row = first(
        db,
        "SELECT count(*) AS sources, sum(last_polled_at >= ?1) AS polled, sum(last_success_at >= ?1) AS read,"
        " sum(failing_since IS NOT NULL) AS failing,"
        " sum(silent_after < ?2) AS silent, sum(held_since IS NOT NULL) AS held,"
        " (SELECT count(*) FROM article WHERE first_seen_at >= ?1 AND completeness IN ('teaser', 'paywall', 'consent'))"
        " AS teasers, (SELECT count(*) FROM article WHERE first_seen_at >= ?1) AS articles"
        " FROM source WHERE enabled AND listed",
        [time_text(since), time_text(now)],
    )
    return {name: int(str(value or 0)) for name, value in (row or {}).items()}


def teaser_only(db: Database, since: datetime) -> list[str]:
    """Names of the sources whose articles since `since`, three or more, were all teasers or walls."""
    found = rows(
        db,
        "SELECT source.name FROM article JOIN source USING (source_id) WHERE article.first_seen_at >= ?"
        " GROUP BY source_id HAVING count(*) >= 3"
        " AND sum(completeness IN ('teaser', 'paywall', 'consent')) = count(*) ORDER BY source.name",
        [time_text(since)],
    )
    return [str(row["name"]) for row in found]


def first_reads(db: Database, since: datetime, *, but: Collection[str] = ()) -> list[FirstRead]:
    """The sources that are on and were never read, or for the first time since `since`; those of `but` left out."""
    found = rows(
        db,
        "SELECT source_id, name, first_success_at, last_polled_at,"
        " EXISTS (SELECT 1 FROM seen WHERE seen.source_id = source.source_id AND state = 'pending' AND baseline)"
        " OR EXISTS (SELECT 1 FROM article WHERE article.source_id = source.source_id AND baseline"
        " AND state = 'new') AS unread,"
        " (SELECT count(*) FROM article WHERE article.source_id = source.source_id AND baseline) AS articles"
        " FROM source WHERE enabled AND listed AND (first_success_at IS NULL OR first_success_at >= ?)"
        f" AND source_id NOT IN ({marks(sorted(but))}) ORDER BY source_id",
        [time_text(since), *sorted(but)],
    )
    return [
        FirstRead(
            source_id=str(row["source_id"]),
            name=str(row["name"]),
            began_at=read_time(row["first_success_at"]),
            asked=row["last_polled_at"] is not None,
            is_complete=row["first_success_at"] is not None and not row["unread"],
            articles=int(str(row["articles"])),
        )
        for row in found
    ]


def kept_back_at_first(db: Database, source_ids: Sequence[str], note: str) -> int:
    """Stories of which articles of these first reads would have alerted: whose decisions' notes begin with `note`."""
    row = first(
        db,
        "SELECT count(DISTINCT coalesce(story_id, article_id)) AS n FROM decision WHERE verdict = 'none:first-crawl'"
        " AND substr(note, 1, length(?)) = ? AND article_id IN"
        f" (SELECT article_id FROM article WHERE baseline AND source_id IN ({marks(source_ids)}))",
        [note, note, *source_ids],
    )
    return int(str(row["n"])) if row else 0


def prune_fetches(db: Database, before: datetime) -> int:
    """Drop single requests and polls older than `before` and than the last DAYS_KEPT days with polls; how many."""
    oldest = first(
        db,
        "SELECT substr(at, 1, 10) AS day FROM poll GROUP BY day ORDER BY day DESC LIMIT 1 OFFSET ?",
        [DAYS_KEPT - 1],
    )
    if oldest is None:
        return 0
    text = min(time_text(before), str(oldest["day"]))
    return int(db.conn.execute("DELETE FROM fetch WHERE at < ?", [text]).rowcount) + int(
        db.conn.execute("DELETE FROM poll WHERE at < ?", [text]).rowcount
    )
