"""What the ledger shows, read from the log: facts, and what they add up to. SQL; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.database import Value, first, rows
from monitor.listing import GROUPED, GROUPS, HOLDS_WORDS, fact_conditions
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
    direction: str = ""
    since: str = ""
    until: str = ""
    background: bool = False


_FACTS = " FROM finding AS f {join} article AS a USING (article_id) LEFT JOIN story_article AS sa USING (article_id)"
#: A word that so many articles hold is looked up for each fact; a rarer one leads to its articles and their facts.
_COMMON = 2000
#: So many of the newest facts are asked one by one whether their article holds a common word: 16 us each.
_NEWEST = 500
_ROW = (
    "SELECT f.day, f.actor AS provider, f.event, f.direction, f.status, f.place, f.country, f.amounts,"
    " f.money_usd, f.power_mw, f.time, f.quote, f.quote_language, f.score, f.news, f.actors, f.places,"
    f" {OUTLET} AS outlet, a.language, a.title, a.url, a.published, a.first_seen_at, f.rule, f.finding_id,"
    " f.article_id, sa.story_id"
)
_NEWEST_FIRST = "ORDER BY f.id DESC LIMIT ? OFFSET ?"


def ledger_rows(db: Database, wanted: LedgerFilter, limit: int, offset: int = 0) -> list[dict[str, Value]]:
    """Facts with article and story, newest first."""
    where, values = _conditions(wanted)
    query = match_query(wanted.text)
    if not query:
        where += ["0"] if wanted.text else []
        return _rows(db, "JOIN", where, [*values, limit, offset])
    if not _is_common(db, query):
        return _rows(db, "JOIN", [*where, HOLDS_WORDS], [*values, query, limit, offset])
    found = _among_newest(db, where, values, query, limit, offset)
    if len(found) == limit:
        return found
    return _rows(db, "CROSS JOIN", [*where, f"+{HOLDS_WORDS}"], [*values, query, limit, offset])


def _rows(db: Database, join: str, where: list[str], values: list[Value]) -> list[dict[str, Value]]:
    return rows(
        db,
        f"{_ROW} {_FACTS.format(join=join)} LEFT JOIN source AS s USING (source_id)"
        f" WHERE {' AND '.join(where)} {_NEWEST_FIRST}",
        values,
    )


def _among_newest(
    db: Database, where: list[str], values: list[Value], query: str, limit: int, offset: int
) -> list[dict[str, Value]]:
    """The rows that the newest facts give; fewer than `limit` where older facts may follow.

    The rows come in the order of the inner question, since CROSS JOIN keeps it the outermost loop: to order them
    again would ask all of them for the word.
    """
    newest = f"SELECT f.id {_FACTS.format(join='CROSS JOIN')} WHERE {' AND '.join(where)} ORDER BY f.id DESC LIMIT ?"
    return rows(
        db,
        f"{_ROW} FROM ({newest}) AS n CROSS JOIN finding AS f USING (id) CROSS JOIN article AS a USING (article_id)"
        " LEFT JOIN story_article AS sa USING (article_id) LEFT JOIN source AS s USING (source_id)"
        f" WHERE EXISTS (SELECT 1 FROM article_fts WHERE article_fts MATCH ? AND rowid = a.id) LIMIT ? OFFSET ?",
        [*values, _NEWEST, query, limit, offset],
    )


def ledger_groups(db: Database, wanted: LedgerFilter) -> list[tuple[Value, ...]]:
    """The facts in the groups of `listing.GROUPED`.

    A filter that few facts meet is looked up; else all facts are walked through along the index that holds all of
    this in the order of the groups, which SQLite would not choose by itself.
    """
    where, values = _conditions(wanted)
    few = bool(wanted.provider or wanted.place)
    facts = "FROM finding AS f" if few else "FROM finding AS f INDEXED BY finding_ledger"
    query = match_query(wanted.text)
    if query and not _is_common(db, query):
        facts = "FROM finding AS f JOIN article AS a USING (article_id)"
        where.append(HOLDS_WORDS)
    elif query:
        where.append(f"+{HOLDS_WORDS}".replace("a.id", "f.article_no"))
    elif wanted.text:
        where.append("0")
    values += [query] if query else []
    return list(db.conn.execute(f"{GROUPED} {facts} WHERE {' AND '.join(where)} {GROUPS}", values).fetchall())


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


def _is_common(db: Database, query: str) -> bool:
    """Whether many articles hold what is searched for."""
    hits = "SELECT count(*) AS n FROM (SELECT 1 FROM article_fts WHERE article_fts MATCH ? LIMIT ?)"
    found = first(db, hits, [query, _COMMON])
    return found is not None and found["n"] == _COMMON


def _conditions(wanted: LedgerFilter) -> tuple[list[str], list[Value]]:
    """All that is asked of a fact, but for the words."""
    conditions, values = fact_conditions(wanted)
    for condition, value in (("f.day >= ?", wanted.since), ("f.day <= ?", wanted.until)):
        if value:
            conditions.append(condition)
            values.append(value)
    return ["f.current", *([] if wanted.background else ["f.news"]), *conditions], values
