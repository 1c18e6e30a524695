"""Articles of one source's report in, the same without what recurs in that source's texts out; the log remembers it.

What recurs is learned from the source's latest texts and the report together (crawler/boilerplate.py decides), and
stays learned: stored texts do not hold it any more. Belongs inside `database.writing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.boilerplate import paragraph_keys, recurring_paragraphs, without_recurring
from crawler.items import Article
from monitor.database import marks, rows, time_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Stored articles of a source that are looked at with the new ones.
RECENT = 40
#: What was not met again for so long is forgotten.
REMEMBERED_FOR = timedelta(days=180)


def without_boilerplate(
    db: Database, source_id: str, articles: Sequence[Article], now: datetime
) -> tuple[Article, ...]:
    """`articles` with the recurring paragraphs taken out of their texts; what is learned is written down."""
    if not articles:
        return ()
    learned = {
        str(row["paragraph"])
        for row in rows(db, "SELECT paragraph FROM recurring WHERE source_id = ?", [source_id])
    }
    texts = [*_recent_texts(db, source_id, articles), *(article.text for article in articles)]
    recurring = recurring_paragraphs(texts) | learned
    met = recurring & frozenset().union(*(paragraph_keys(article.text) for article in articles))
    _remember(db, source_id, met, now)
    return tuple(
        article if shorter == article.text else replace(article, text=shorter)
        for article in articles
        for shorter in [without_recurring(article.text, recurring)]
    )


def _recent_texts(db: Database, source_id: str, articles: Sequence[Article]) -> list[str]:
    """Texts of the source's latest articles but for these: an article read again is no evidence against itself."""
    own = [article.url_key for article in articles]
    found = rows(
        db,
        "SELECT v.text FROM article AS a JOIN article_version AS v USING (article_id, version)"
        f" WHERE a.source_id = ? AND a.url_key NOT IN ({marks(own)}) ORDER BY a.id DESC LIMIT {RECENT}",
        [source_id, *own],
    )
    return [str(row["text"]) for row in found]


def _remember(db: Database, source_id: str, paragraphs: frozenset[str], now: datetime) -> None:
    day = now.strftime("%Y-%m-%dT00:00:00Z")
    db.conn.executemany(
        "INSERT INTO recurring (source_id, paragraph, seen_at) VALUES (?, ?, ?)"
        " ON CONFLICT (source_id, paragraph) DO UPDATE SET seen_at = excluded.seen_at"
        " WHERE seen_at != excluded.seen_at",
        [(source_id, paragraph, day) for paragraph in sorted(paragraphs)],
    )
    db.conn.execute(
        "DELETE FROM recurring WHERE source_id = ? AND seen_at < ?",
        [source_id, time_text(now - REMEMBERED_FOR)],
    )
