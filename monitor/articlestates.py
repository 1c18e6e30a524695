"""What the log's articles wait for, in and out: to be judged, held for a person, set aside where judging failed.

All functions that write belong inside `database.writing`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from monitor.database import first, rows, time_text

if TYPE_CHECKING:
    from sqlite_utils import Database


def count_unjudged(db: Database) -> int:
    """How many articles wait to be judged."""
    return int(db.conn.execute("SELECT count(*) FROM article WHERE state = 'new'").fetchone()[0])


def count_quarantined(db: Database) -> int:
    """How many articles could not be judged and were set aside."""
    return int(db.conn.execute("SELECT count(*) FROM article WHERE state = 'quarantined'").fetchone()[0])


def count_attempt(db: Database, article_id: str) -> int:
    """Note that processing begins; the number of tries so far. Its own transaction: it must survive a crash."""
    row = first(
        db,
        "UPDATE article SET attempts = attempts + 1 WHERE article_id = ? RETURNING attempts",
        [article_id],
    )
    return int(str(row["attempts"])) if row else 0


def quarantine(db: Database, article_id: str, error: str) -> None:
    """Set an article aside that cannot be judged; `release_quarantined` gives it another try."""
    db.conn.execute(
        "UPDATE article SET state = 'quarantined', error = ? WHERE article_id = ?", [error[:2000], article_id]
    )


def hold(db: Database, article_id: str, reason: str) -> None:
    """Let an article wait for a person, or ("") no longer."""
    db.conn.execute("UPDATE article SET held = ? WHERE article_id = ?", [reason, article_id])


def release_quarantined(db: Database, *, since: datetime | None = None) -> int:
    """Put the quarantined articles (first seen since then) back in line; how many. Their news alerts as any other."""
    return int(
        db.conn.execute(
            "UPDATE article SET state = 'new', error = '', attempts = 0"
            " WHERE state = 'quarantined' AND (?1 IS NULL OR first_seen_at >= ?1)",
            [time_text(since) if since else None],
        ).rowcount
    )


def release_held(db: Database, *, source_id: str | None = None, article_id: str | None = None) -> int:
    """Let held articles of a source, or one article, through triage again; how many."""
    return int(
        db.conn.execute(
            "UPDATE article SET held = '', state = 'new', attempts = 0 WHERE held != ''"
            " AND (?1 IS NULL OR source_id = ?1) AND (?2 IS NULL OR article_id = ?2)",
            [source_id, article_id],
        ).rowcount
    )


def held_articles(db: Database, reason: str) -> dict[str, tuple[int, int]]:
    """Source → how many of its articles wait for this reason (judged ones: would alert), how many unjudged."""
    found = rows(
        db,
        "SELECT source_id, count(*) AS n, sum(state = 'new') AS unjudged"
        " FROM article WHERE held = ? AND held != '' GROUP BY source_id",
        [reason],
    )
    return {str(row["source_id"]): (int(str(row["n"])), int(str(row["unjudged"]))) for row in found}


def mark_for_rejudging(db: Database, *, since: datetime | None = None, only_silent: bool = False) -> int:
    """Put judged articles back in line after a change of rules; what matches newly is held, not alerted.

    `only_silent`: only those whose news was none. What was pruned of its text keeps its judgement.
    """
    return int(
        db.conn.execute(
            "UPDATE article SET state = 'new', attempts = 0, held = iif(held = '', 'rules-changed', held)"
            " WHERE state = 'judged' AND (?1 IS NULL OR first_seen_at >= ?1) AND NOT (?2 AND coalesce(relevant, 0))"
            " AND NOT (characters > 0 AND EXISTS (SELECT 1 FROM article_version AS v WHERE v.text = ''"
            " AND v.article_id = article.article_id AND v.version = article.version))",
            [time_text(since) if since else None, only_silent],
        ).rowcount
    )
