"""What people say of articles, stories and alerts, in and out of the log; precision with its lower bound.

A verdict is never changed or deleted: undoing marks it, a new one stands beside it, the newest that was not undone
counts. `record` and `undo` belong inside `database.writing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING

from monitor.database import Value, first, insert, read_time, rows, time_text
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from sqlite_utils import Database

#: 95 % of the normal distribution, both sides.
_Z = 1.959964


class Opinion(StrEnum):
    """What a person says."""

    USEFUL = "useful"
    WRONG = "wrong"
    DUPLICATE = "duplicate"
    LATE = "late"
    MISSED = "missed"  # should have alerted


class Target(StrEnum):
    """What it is said of."""

    ARTICLE = "article"
    STORY = "story"
    ALERT = "alert"
    URL = "url"  # an article that the log does not hold


class UnknownTargetError(MonitorError):
    """There is nothing with this id in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedVerdict:
    """A verdict as stored. `article_id` is the article that it is counted for."""

    verdict_id: int
    target: Target
    target_id: str
    article_id: str | None
    opinion: Opinion
    reason: str
    note: str
    author: str
    created_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How often people found something useful. `rate` and `lower` are 0 to 1; duplicates and late count as right.

    `lower` is the lower bound of the Wilson interval at 95 %: what is certain with so few verdicts.
    """

    name: str
    right: int
    wrong: int

    @property
    def rate(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def lower(self) -> float:
        return wilson_lower(self.right, self.right + self.wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The verdicts of one week; `monday` is its first day in UTC."""

    monday: date
    right: int
    wrong: int


def wilson_lower(right: int, total: int) -> float:
    """Lower bound of the Wilson score interval (95 %) of a rate; 0.0 without a case (Wilson 1927)."""
    if total == 0:
        return 0.0
    rate = right / total
    spread = _Z * sqrt(rate * (1 - rate) / total + _Z * _Z / (4 * total * total))
    return max(0.0, (rate + _Z * _Z / (2 * total) - spread) / (1 + _Z * _Z / total))


def record(
    db: Database,
    target: Target,
    target_id: str,
    opinion: Opinion,
    now: datetime,
    *,
    reason: str = "",
    note: str = "",
    author: str = "",
) -> int:
    """Record a verdict; its number. Raises UnknownTargetError where the log has no such thing."""
    article_id = _article_of(db, target, target_id)
    insert(
        db,
        "verdict",
        {
            "target_kind": target.value,
            "target_id": target_id,
            "article_id": article_id,
            "verdict": opinion.value,
            "reason": reason,
            "note": note,
            "author": author,
            "created_at": time_text(now),
        },
    )
    return int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])


def undo(db: Database, verdict_id: int, now: datetime) -> bool:
    """Take a verdict back; False where there is none, or it was undone before."""
    changed = db.conn.execute(
        "UPDATE verdict SET undone_at = ? WHERE verdict_id = ? AND undone_at IS NULL",
        [time_text(now), verdict_id],
    ).rowcount
    return bool(changed)


def verdicts_on(db: Database, target: Target, target_id: str) -> list[RecordedVerdict]:
    """The verdicts on one thing that count, newest first."""
    found = rows(
        db,
        "SELECT * FROM verdict WHERE target_kind = ? AND target_id = ? AND undone_at IS NULL"
        " ORDER BY verdict_id DESC",
        [target.value, target_id],
    )
    return [_recorded(row) for row in found]


def verdicts_of_article(db: Database, article_id: str) -> list[RecordedVerdict]:
    """All verdicts that are counted for an article and stand, newest first."""
    found = rows(
        db,
        "SELECT * FROM verdict WHERE article_id = ? AND undone_at IS NULL ORDER BY verdict_id DESC",
        [article_id],
    )
    return [_recorded(row) for row in found]


def list_verdicts(db: Database, *, limit: int = 100) -> list[RecordedVerdict]:
    """All verdicts, newest first, also the undone ones."""
    found = rows(db, "SELECT * FROM verdict ORDER BY verdict_id DESC LIMIT ?", [limit])
    return [_recorded(row) for row in found]


#: How the precision of each kind is grouped; `v` is the newest standing verdict of an article.
_GROUPS = {
    "rule": "SELECT DISTINCT f.rule AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN finding AS f ON f.article_id = v.article_id AND f.current AND f.news",
    "source": "SELECT a.source_id AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN article AS a USING (article_id)",
    "language": "SELECT coalesce(a.language, '?') AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN article AS a USING (article_id)",
    "watch": "SELECT DISTINCT d.watch AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN decision AS d ON d.article_id = v.article_id AND d.alert_id IS NOT NULL",
    "event": "SELECT DISTINCT f.event AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN finding AS f ON f.article_id = v.article_id AND f.current AND f.news",
    "all": "SELECT 'all' AS name, v.article_id, v.verdict FROM standing AS v",
    # What spoke for the alert: the summands of "is it the news?" and of each fact's score.
    "clause": "SELECT 'news:' || (p.value ->> 'name') AS name, v.article_id, v.verdict FROM standing AS v"
    " JOIN article AS a USING (article_id) JOIN judgement AS j USING (judgement_id), json_each(j.news) AS p"
    " WHERE (p.value ->> 'points') > 0"
    " UNION SELECT f.rule || ':' || (p.value ->> 'name'), v.article_id, v.verdict FROM standing AS v"
    " JOIN finding AS f ON f.article_id = v.article_id AND f.current AND f.news,"
    " json_each(f.data, '$.explain') AS p"
    " WHERE (p.value ->> 'points') > 0 AND (p.value ->> 'name') NOT LIKE 'base:%'",
}
#: By what precision can be asked for.
GROUPINGS = tuple(_GROUPS)
_STANDING = """
WITH standing AS (
    SELECT article_id, verdict, created_at FROM verdict WHERE verdict_id IN (
        SELECT max(verdict_id) FROM verdict
        WHERE undone_at IS NULL AND article_id IS NOT NULL AND verdict != 'missed' AND created_at >= :since
        GROUP BY article_id
    )
)
"""
_PRECISION = (
    _STANDING
    + """
SELECT name, sum(verdict != 'wrong') AS good, sum(verdict = 'wrong') AS wrong FROM ({group})
GROUP BY name ORDER BY count(*) DESC, name
"""
)
_WEEKS = (
    _STANDING
    + """
SELECT g.name, date(s.created_at, 'weekday 0', '-6 days') AS monday, sum(g.verdict != 'wrong') AS good,
       sum(g.verdict = 'wrong') AS wrong
FROM ({group}) AS g JOIN standing AS s USING (article_id) GROUP BY g.name, monday ORDER BY g.name, monday
"""
)


def precision(db: Database, by: str, *, since: datetime | None = None) -> list[Precision]:
    """Precision by one of GROUPINGS, most verdicts first.

    Each article counts once, with its newest standing verdict. Raises KeyError for another `by`.
    """
    found = rows(db, _PRECISION.format(group=_GROUPS[by]), {"since": time_text(since) if since else ""})
    return [
        Precision(name=str(row["name"]), right=int(str(row["good"])), wrong=int(str(row["wrong"])))
        for row in found
    ]


def precision_by_week(db: Database, by: str, *, since: datetime | None = None) -> dict[str, tuple[Week, ...]]:
    """The same verdicts by week, oldest first, for each name. Raises KeyError for another `by`."""
    found = rows(db, _WEEKS.format(group=_GROUPS[by]), {"since": time_text(since) if since else ""})
    result: dict[str, list[Week]] = {}
    for row in found:
        monday = date.fromisoformat(str(row["monday"]))
        week = Week(monday=monday, right=int(str(row["good"])), wrong=int(str(row["wrong"])))
        result.setdefault(str(row["name"]), []).append(week)
    return {name: tuple(weeks) for name, weeks in result.items()}


def standing_opinions(db: Database) -> dict[str, Opinion]:
    """What people think of each article that the log holds: its newest verdict that was not undone."""
    found = rows(
        db,
        "SELECT article_id, verdict FROM verdict WHERE verdict_id IN (SELECT max(verdict_id) FROM verdict"
        " WHERE undone_at IS NULL AND article_id IS NOT NULL GROUP BY article_id)",
    )
    return {str(row["article_id"]): Opinion(str(row["verdict"])) for row in found}


def missed_urls(db: Database) -> list[str]:
    """Addresses that people missed and that the log does not hold, newest first."""
    found = rows(
        db,
        "SELECT target_id FROM verdict WHERE undone_at IS NULL AND article_id IS NULL AND verdict = 'missed'"
        " GROUP BY target_id ORDER BY max(verdict_id) DESC",
    )
    return [str(row["target_id"]) for row in found]


def alert_ids(db: Database) -> Iterator[str]:
    """The ids of all alerts, newest first."""
    for row in db.conn.execute(
        "SELECT alert_id FROM decision WHERE alert_id IS NOT NULL GROUP BY alert_id ORDER BY max(decision_id) DESC"
    ):
        yield str(row[0])


def _article_of(db: Database, target: Target, target_id: str) -> str | None:
    """The article a verdict is counted for: of a story the one that opened it, of an alert the one that caused it."""
    question = {
        Target.ARTICLE: "SELECT article_id FROM article WHERE article_id = ?",
        Target.STORY: "SELECT article_id FROM story_article WHERE story_id = ? AND position = 1",
        Target.ALERT: "SELECT article_id FROM decision WHERE alert_id = ? LIMIT 1",
        Target.URL: "SELECT article_id FROM article WHERE url = ? ORDER BY id LIMIT 1",
    }[target]
    row = first(db, question, [target_id])
    if row is None and target is not Target.URL:
        raise UnknownTargetError(
            f"{target.value} {target_id}: not in the log. `cspwatch log` and `cspwatch stories` list the ids"
        )
    return str(row["article_id"]) if row else None


def _recorded(row: Mapping[str, Value]) -> RecordedVerdict:
    created = read_time(row["created_at"])
    assert created is not None
    return RecordedVerdict(
        verdict_id=int(str(row["verdict_id"])),
        target=Target(str(row["target_kind"])),
        target_id=str(row["target_id"]),
        article_id=str(row["article_id"]) if row["article_id"] else None,
        opinion=Opinion(str(row["verdict"])),
        reason=str(row["reason"]),
        note=str(row["note"]),
        author=str(row["author"]),
        created_at=created,
        undone_at=read_time(row["undone_at"]),
    )
