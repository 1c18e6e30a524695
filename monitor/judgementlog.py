"""Judgements, their findings and what was decided of them, in and out of the log; the ledger of facts.

All functions that write belong inside `database.writing`; storing the same judgement twice changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.database import Value, first, insert, rows, time_text
from monitor.model import Decision, Finding, Judgement, Level, Verdict
from monitor.records import findings_from, parts_from, plain, to_json, trace_from

if TYPE_CHECKING:
    from sqlite_utils import Database

_MOST_NUMBER = 1e300


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredJudgement:
    """A judgement with what it was made of: text version, rule set, code."""

    judgement_id: int
    version: int
    code_version: str
    judged_at: str
    judgement: Judgement


def store_judgement(
    db: Database,
    judgement: Judgement,
    *,
    version: int,
    code_version: str,
    family_of: Callable[[str], str],
    now: datetime,
) -> int:
    """Store a judgement as the current one of its article; its number.

    Idempotent by article, text version, rule set and code version.
    """
    insert(
        db,
        "judgement",
        {
            "article_id": judgement.article_id,
            "version": version,
            "rule_set": judgement.rule_set,
            "code_version": code_version,
            "judged_at": time_text(now),
            "language": judgement.language,
            "relevant": int(judgement.relevant),
            "score": judgement.score,
            "level": judgement.level.value,
            "watches": to_json(judgement.watches),
            "news": to_json(judgement.news),
            "trace": to_json(judgement.trace),
        },
        on_conflict="ON CONFLICT DO NOTHING",
    )
    key: list[Value] = [judgement.article_id, version, judgement.rule_set, code_version]
    row = first(
        db,
        "SELECT judgement_id FROM judgement WHERE article_id = ? AND version = ? AND rule_set = ?"
        " AND code_version = ?",
        key,
    )
    assert row is not None
    judgement_id = int(str(row["judgement_id"]))
    db.conn.execute(
        "UPDATE finding SET current = (judgement_id = ?) WHERE article_id = ?",
        [judgement_id, judgement.article_id],
    )
    for position, finding in enumerate(judgement.findings):
        _store_finding(db, finding, judgement, judgement_id, version, position, family_of)
    db.conn.execute(
        "UPDATE article SET state = 'judged', error = '', judgement_id = ?, relevant = ?, score = ?, level = ?"
        " WHERE article_id = ?",
        [
            judgement_id,
            int(judgement.relevant),
            judgement.score,
            judgement.level.value,
            judgement.article_id,
        ],
    )
    return judgement_id


def current_judgement(db: Database, article_id: str) -> StoredJudgement | None:
    """The judgement that counts now, whole."""
    row = first(
        db,
        "SELECT j.* FROM article AS a JOIN judgement AS j USING (judgement_id) WHERE a.article_id = ?",
        [article_id],
    )
    if row is None:
        return None
    found = rows(
        db, "SELECT data FROM finding WHERE judgement_id = ? ORDER BY position", [row["judgement_id"]]
    )
    judgement = Judgement(
        article_id=article_id,
        language=str(row["language"]),
        relevant=bool(row["relevant"]),
        score=int(str(row["score"])),
        level=Level(str(row["level"])),
        findings=findings_from([item["data"] for item in found]),
        watches=_texts(row["watches"]),
        news=parts_from(row["news"]),
        trace=trace_from(row["trace"]),
        rule_set=str(row["rule_set"]),
    )
    return StoredJudgement(
        judgement_id=int(str(row["judgement_id"])),
        version=int(str(row["version"])),
        code_version=str(row["code_version"]),
        judged_at=str(row["judged_at"]),
        judgement=judgement,
    )


def store_decision(
    db: Database,
    decision: Decision,
    *,
    article_id: str,
    version: int,
    judgement_id: int,
    story_id: str | None,
    alert_id: str | None,
    now: datetime,
) -> None:
    """Store what triage decided for one watch; a later decision on the same judgement replaces it."""
    insert(
        db,
        "decision",
        {
            "article_id": article_id,
            "version": version,
            "judgement_id": judgement_id,
            "story_id": story_id,
            "watch": decision.watch,
            "verdict": decision.verdict.value,
            "level": decision.level.value,
            "changes": to_json(decision.changes),
            "note": decision.note,
            "alert_id": alert_id,
            "decided_at": time_text(now),
        },
        on_conflict=(
            "ON CONFLICT (article_id, judgement_id, watch) DO UPDATE SET verdict = excluded.verdict,"
            " level = excluded.level, changes = excluded.changes, note = excluded.note,"
            " alert_id = excluded.alert_id, decided_at = excluded.decided_at, story_id = excluded.story_id"
        ),
    )


def alerted_watches(db: Database, article_id: str, verdict: str = "") -> frozenset[str]:
    """The watches that this article alerted already, under whatever judgement; for one reason, where it is given."""
    found = rows(
        db,
        "SELECT DISTINCT watch FROM decision WHERE article_id = ?1 AND alert_id IS NOT NULL"
        " AND (?2 = '' OR verdict = ?2)",
        [article_id, verdict],
    )
    return frozenset(str(row["watch"]) for row in found)


def cooled_articles(db: Database, story_id: str, watch: str) -> list[tuple[str, Level]]:
    """The articles of a story that a watch's cooldown held back, newest first, with their level."""
    found = rows(
        db,
        "SELECT article_id, level FROM decision WHERE story_id = ? AND watch = ? AND verdict = ?"
        " ORDER BY decision_id DESC",
        [story_id, watch, Verdict.COOLDOWN.value],
    )
    return [(str(row["article_id"]), Level(str(row["level"]))) for row in found]


def was_held(db: Database, article_id: str) -> bool:
    """Whether a decision on the article was that it waits for a person. One that waits no more was released by one."""
    return (
        first(
            db,
            "SELECT 1 AS one FROM decision WHERE article_id = ? AND verdict IN (?, ?)",
            [article_id, Verdict.HELD_FLOOD.value, Verdict.HELD_RULES.value],
        )
        is not None
    )


def alerting_articles(db: Database, source_id: str, arrived: datetime) -> int:
    """How many articles of one arrival (one poll) of a source alerted so far."""
    row = first(
        db,
        "SELECT count(DISTINCT d.article_id) AS n FROM decision AS d JOIN article AS a USING (article_id)"
        " WHERE a.source_id = ? AND a.first_seen_at = ? AND d.alert_id IS NOT NULL",
        [source_id, time_text(arrived)],
    )
    return int(str(row["n"])) if row else 0


def busiest_arrival(db: Database, source_id: str, since: datetime, before: datetime) -> int:
    """The largest number of alerting articles in one earlier arrival of a source since `since`."""
    row = first(
        db,
        "SELECT max(n) AS n FROM (SELECT count(DISTINCT d.article_id) AS n FROM article AS a"
        " JOIN decision AS d USING (article_id) WHERE a.source_id = ? AND a.first_seen_at >= ?"
        " AND a.first_seen_at < ? AND d.alert_id IS NOT NULL GROUP BY a.first_seen_at)",
        [source_id, time_text(since), time_text(before)],
    )
    return int(str(row["n"] or 0)) if row else 0


def _store_finding(
    db: Database,
    finding: Finding,
    judgement: Judgement,
    judgement_id: int,
    version: int,
    position: int,
    family_of: Callable[[str], str],
) -> None:
    written = insert(
        db,
        "finding",
        _finding_row(finding)
        | {
            "judgement_id": judgement_id,
            "article_id": judgement.article_id,
            "version": version,
            "current": 1,
            "position": position,
        },
        on_conflict="ON CONFLICT DO NOTHING",
    )
    if not written:
        return
    row_id = int(db.conn.execute("SELECT last_insert_rowid()").fetchone()[0])
    for actor in finding.actors:
        values: dict[str, Value] = {
            "id": row_id,
            "actor": actor.id,
            "family": family_of(actor.id),
            "role": actor.role,
        }
        insert(db, "finding_actor", values, on_conflict="ON CONFLICT DO NOTHING")
    places = [(place.id, place.country, 0) for place in finding.places]
    places += [(excluded, excluded.partition(":")[0], 1) for excluded in finding.excluded_places]
    for place, country, is_excluded in places:
        values = {"id": row_id, "place": place, "country": country, "excluded": is_excluded}
        insert(db, "finding_place", values, on_conflict="ON CONFLICT DO NOTHING")
    for index, amount in enumerate(finding.amounts):
        values = {
            "id": row_id,
            "position": index,
            "value": str(amount.value),
            "value_max": str(amount.value_max) if amount.value_max is not None else None,
            "unit": amount.unit,
            "op": amount.op,
            "usd": _number(amount.usd),
            "text": amount.text,
        }
        insert(db, "finding_amount", values)


def _finding_row(finding: Finding) -> dict[str, Value]:
    span = finding.evidence.span
    place = finding.places[0] if finding.places else None
    money = [amount.usd for amount in finding.amounts if amount.usd is not None]
    power = [amount.value for amount in finding.amounts if amount.unit == "MW"]
    return {
        "finding_id": finding.finding_id,
        "rule": finding.rule,
        "rule_revision": finding.rule_revision,
        "event": finding.type.value,
        "direction": finding.direction.value,
        "status": finding.status.value,
        "actor": finding.actors[0].id if finding.actors else None,
        "object": finding.object,
        "country": place.country if place else None,
        "place": place.id if place else None,
        "overseas": int(finding.overseas),
        "money_usd": _number(max(money, default=None)),
        "power_mw": _number(max(power, default=None)),
        "time": finding.time.iso if finding.time else None,
        "score": finding.score,
        "news": int(finding.news),
        "field": span.field.value,
        "start": span.start,
        "end": span.end,
        "quote": finding.evidence.quote,
        "quote_language": finding.evidence.language,
        "actors": to_json([actor.id for actor in finding.actors]),
        "places": to_json([item.id for item in finding.places]),
        "amounts": to_json([amount.text for amount in finding.amounts]),
        "data": to_json(plain(finding)),
    }


def _number(value: object) -> float | None:
    """A decimal as a number to sort by; the exact value stands in `data`."""
    if value is None:
        return None
    number = float(str(value))
    return number if abs(number) < _MOST_NUMBER else None


def _texts(text: Value) -> tuple[str, ...]:
    return tuple(str(item) for item in json.loads(str(text)))
