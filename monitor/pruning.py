"""The log and a time in, the full texts from before it gone out; titles, facts, quotes, stories and verdicts stay.

An article without its text can still be found by its headline and its quotes. It is never judged again, because its
facts would be lost with its text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.database import Value, driver, first, marks, quick_check, rows, time_text, writing
from monitor.searching import index_text

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Articles of one transaction: the monitor waits for it at most some tenths of a second.
BATCH = 200
#: What `article_version.extraction` says of a text that is gone.
PRUNED = "pruned"
#: Only what is settled: waiting, held and set-aside articles are still to be judged.
_WHERE = (
    "a.first_seen_at < ? AND a.state = 'judged' AND a.held = ''"
    " AND EXISTS (SELECT 1 FROM article_version AS v WHERE v.article_id = a.article_id AND v.text != '')"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """What pruning would take: articles, and the characters of all their text versions."""

    articles: int
    characters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What pruning took, and what SQLite found wrong with the file afterwards (nothing, if all is well)."""

    articles: int
    problems: tuple[str, ...]


def prunable(db: Database, before: datetime) -> Prunable:
    """What `prune` would take. Changes nothing."""
    row = first(
        db,
        "SELECT count(DISTINCT a.article_id) AS articles, coalesce(sum(length(t.text)), 0) AS characters"
        f" FROM article AS a JOIN article_version AS t USING (article_id) WHERE {_WHERE}",
        [time_text(before)],
    )
    assert row is not None
    return Prunable(articles=int(str(row["articles"])), characters=int(str(row["characters"])))


def prune(
    db: Database, before: datetime, now: datetime, progress: Callable[[int], None] = lambda _count: None
) -> Pruned:
    """Take the texts of articles first seen before `before`, in short transactions; then check the file.

    A stop in between leaves the rest for the next time. The freed space is used again; `compact` gives it back.
    """
    articles = 0
    while True:
        with writing(db):
            found = rows(
                db,
                f"SELECT a.id, a.article_id, a.title FROM article AS a WHERE {_WHERE} LIMIT {BATCH}",
                [time_text(before)],
            )
            _take(db, found, now)
        if not found:
            return Pruned(articles=articles, problems=check_integrity(db))
        articles += len(found)
        progress(len(found))


def compact(db: Database) -> bool:
    """Give the freed space back to the disk; False where another connection uses the log."""
    try:
        db.conn.execute("VACUUM")
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except driver().OperationalError:
        return False
    return True


def check_integrity(db: Database) -> tuple[str, ...]:
    """What is wrong with the file, its references and its full-text index; empty when all is well."""
    problems = list(quick_check(db))
    problems += [
        f"row of {row['table']} refers to nothing in {row['parent']}"
        for row in rows(db, "PRAGMA foreign_key_check")
    ]
    try:
        with writing(db):
            db.conn.execute("INSERT INTO article_fts (article_fts) VALUES ('integrity-check')")
    except driver().DatabaseError as error:
        problems.append(f"full-text index: {error}")
    missing = first(
        db, "SELECT count(*) AS n FROM article WHERE id NOT IN (SELECT id FROM article_fts_docsize)"
    )
    assert missing is not None
    if missing["n"]:
        problems.append(f"full-text index: {missing['n']} articles are not in it")
    return tuple(problems)


def _take(db: Database, found: list[dict[str, Value]], now: datetime) -> None:
    if not found:
        return
    ids: list[Value] = [row["article_id"] for row in found]
    db.conn.execute(
        "UPDATE article_version SET text = '', signature = NULL, extraction = ?, pruned_at = ?"
        f" WHERE article_id IN ({marks(ids)}) AND text != ''",
        [PRUNED, time_text(now), *ids],
    )
    numbers = [row["id"] for row in found]
    for table, column in (("near_band", "id"), ("article_fts", "rowid")):
        db.conn.execute(f"DELETE FROM {table} WHERE {column} IN ({marks(numbers)})", numbers)
    quotes = rows(
        db,
        f"SELECT DISTINCT article_id, quote FROM finding WHERE article_id IN ({marks(ids)}) AND current",
        ids,
    )
    for row in found:
        text = "\n".join(str(one["quote"]) for one in quotes if one["article_id"] == row["article_id"])
        db.conn.execute(
            "INSERT INTO article_fts (rowid, title, text) VALUES (?, ?, ?)",
            [row["id"], index_text(str(row["title"])), index_text(text)],
        )
