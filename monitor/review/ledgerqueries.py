"""What the ledger shows, read from the log: facts, and what they add up to. SQL; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.database import Value, first, rows
from monitor.review.queries import OUTLET
from monitor.searching import match_query

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """What the ledger shows; empty fields do not filter. Days are of publication (of first sight where undated)."""

    text: str = ""
    provider: str = ""
    place: str = ""
    event: str = ""
    status: str = ""
    since: str = ""
    until: str = ""
    background: bool = False


_FACTS = " FROM finding AS f {join} article AS a USING (article_id) LEFT JOIN story_article AS sa USING (article_id)"
#: The same out of indexes alone: rows of articles and of stories are wide. SQLite would not choose them.
_NARROW_FACTS = (
    " FROM finding AS f JOIN article AS a INDEXED BY article_day USING (article_id)"
    " LEFT JOIN story_article AS sa INDEXED BY story_article_of USING (article_id)"
)
#: A word that so many articles hold is looked up for each fact; a rarer one leads to its articles and their facts.
_COMMON = 2000
_DAY = "substr(coalesce(a.published, a.first_seen_at), 1, 10)"


def ledger_rows(db: Database, wanted: LedgerFilter, limit: int, offset: int = 0) -> list[dict[str, Value]]:
    """Facts with article and story, newest first."""
    facts, where, values = _ledger_parts(db, wanted)
    return rows(
        db,
        f"SELECT {_DAY} AS day, f.actor AS provider, f.event, f.direction, f.status, f.place, f.country, f.amounts,"
        " f.money_usd, f.power_mw, f.time, f.quote, f.quote_language, f.score, f.news, f.actors, f.places,"
        f" {OUTLET} AS outlet, a.language, a.title, a.url, a.published, a.first_seen_at, f.rule, f.finding_id,"
        f" f.article_id, sa.story_id {facts} LEFT JOIN source AS s USING (source_id)"
        f" WHERE {where} ORDER BY f.id DESC LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )


def ledger_groups(db: Database, wanted: LedgerFilter) -> list[tuple[Value, ...]]:
    """The facts in groups of story (or article), kind, country and provider, for the totals.

    (first day, event, whether one is a pullback, country, actor, story, most US dollars, number of facts)
    """
    facts, where, values = _ledger_parts(db, wanted, narrow=True)
    found = db.conn.execute(
        f"SELECT min({_DAY}), f.event, max(f.direction = 'contraction'), f.country, f.actor,"
        " coalesce(sa.story_id, f.article_id) AS told, max(f.money_usd), count(*)"
        f" {facts} WHERE {where} GROUP BY told, f.event, f.country, f.actor",
        values,
    )
    return list(found.fetchall())


def ledger_stamp(db: Database) -> tuple[int, int]:
    """Changes whenever the ledger does: each judgement has a number, and so has each fact."""
    row = first(
        db,
        "SELECT (SELECT max(judgement_id) FROM judgement) AS judged, (SELECT max(id) FROM finding) AS found",
    )
    assert row is not None
    return int(str(row["judged"] or 0)), int(str(row["found"] or 0))


def ledger_choices(db: Database) -> dict[str, list[str]]:
    """The providers, places, events and statuses that occur."""
    questions = {
        "provider": "SELECT DISTINCT actor AS name FROM finding_actor WHERE role = 'actor'",
        "place": "SELECT DISTINCT place AS name FROM finding_place WHERE NOT excluded",
        "event": "SELECT DISTINCT event AS name FROM finding WHERE current",
    }
    return {
        key: sorted(str(row["name"]) for row in rows(db, question)) for key, question in questions.items()
    }


def _ledger_parts(
    db: Database, wanted: LedgerFilter, *, narrow: bool = False
) -> tuple[str, str, list[Value]]:
    """FROM, WHERE and values; `narrow` where day, story and the columns of the totals are enough.

    With a common word facts come first: CROSS JOIN, INDEXED BY and + keep SQLite from turning that. A rare one leads.
    """
    where, values = _ledger_where(wanted)
    query = match_query(wanted.text)
    hits = "SELECT count(*) AS n FROM (SELECT 1 FROM article_fts WHERE article_fts MATCH ? LIMIT ?)"
    found = first(db, hits, [query, _COMMON]) if query else None
    if found is not None and found["n"] != _COMMON:
        return _FACTS.format(join="JOIN"), where, values
    facts = _NARROW_FACTS if narrow else _FACTS.format(join="CROSS JOIN" if query else "JOIN")
    return facts, where.replace("a.id IN", "+a.id IN"), values


def _ledger_where(wanted: LedgerFilter) -> tuple[str, list[Value]]:
    conditions = ["f.current"] if wanted.background else ["f.current", "f.news"]
    values: list[Value] = []
    simple = {"f.event = ?": wanted.event, "f.status = ?": wanted.status}
    simple |= {f"{_DAY} >= ?": wanted.since, f"{_DAY} <= ?": wanted.until}
    for condition, value in simple.items():
        if value:
            conditions.append(condition)
            values.append(value)
    if wanted.provider:
        conditions.append(
            "f.id IN (SELECT id FROM finding_actor WHERE actor = ? UNION SELECT id FROM finding_actor WHERE family = ?)"
        )
        values += [wanted.provider, wanted.provider]
    if wanted.place:
        conditions.append(
            "f.id IN (SELECT id FROM finding_place WHERE place = ? AND NOT excluded"
            " UNION SELECT id FROM finding_place WHERE country = ? AND NOT excluded)"
        )
        values += [wanted.place, wanted.place]
    if wanted.text:
        query = match_query(wanted.text)
        conditions.append(
            "a.id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH ?)" if query else "0"
        )
        values += [query] if query else []
    return " AND ".join(conditions), values
