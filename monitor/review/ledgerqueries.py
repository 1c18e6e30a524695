"""What the ledger shows, read from the log: facts, and what they add up to. SQL; nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.database import Value, first, rows
from monitor.ledgertotals import Group
from monitor.listing import GROUPED, GROUPS, fact_conditions
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


#: A word that so many articles hold is looked up for each fact; a rarer one leads to its articles and their facts.
_COMMON = 2000
#: Facts whose article holds words: by way of the articles where they are few, asked of each fact where they are many.
_HOLDS_RARE = (
    "f.article_id IN (SELECT article_id FROM article WHERE id IN"
    " (SELECT rowid FROM article_fts WHERE article_fts MATCH ?))"
)
_HOLDS_COMMON = "+f.article_no IN (SELECT rowid FROM article_fts WHERE article_fts MATCH ?)"
#: So many of the newest facts are asked one by one whether their article holds a common word: 16 us each.
_NEWEST = 500
#: What a row shows, of the facts whose ids the inner question gives. They come in its order: CROSS JOIN keeps it the
#: outermost loop.
_ROWS = (
    "SELECT f.day, f.actor AS provider, f.event, f.direction, f.status, f.place, f.country, f.amounts,"
    " f.money_usd, f.power_mw, f.time, f.quote, f.quote_language, f.score, f.news, f.actors, f.places,"
    f" {OUTLET} AS outlet, a.language, a.title, a.url, a.published, a.first_seen_at, f.rule, f.finding_id,"
    " f.article_id, sa.story_id FROM ({ids}) AS n CROSS JOIN finding AS f USING (id)"
    " CROSS JOIN article AS a USING (article_id) LEFT JOIN story_article AS sa USING (article_id)"
    " LEFT JOIN source AS s USING (source_id)"
)


def ledger_rows(db: Database, wanted: LedgerFilter, limit: int, offset: int = 0) -> list[dict[str, Value]]:
    """Facts with article and story, newest first."""
    where, values = _conditions(wanted)
    query = match_query(wanted.text)
    if query and _is_common(db, query):
        found = _among_newest(db, where, values, query, limit, offset)
        if len(found) == limit:
            return found
    where, values = _with_words(db, wanted, where, values)
    ids = f"SELECT f.id FROM finding AS f WHERE {' AND '.join(where)} ORDER BY f.id DESC LIMIT ? OFFSET ?"
    return rows(db, _ROWS.format(ids=ids), [*values, limit, offset])


def _among_newest(
    db: Database, where: list[str], values: list[Value], query: str, limit: int, offset: int
) -> list[dict[str, Value]]:
    """The rows that the newest facts give; fewer than `limit` where older facts may follow."""
    newest = (
        f"SELECT f.id, f.article_no FROM finding AS f WHERE {' AND '.join(where)} ORDER BY f.id DESC LIMIT ?"
    )
    ids = (
        f"SELECT m.id FROM ({newest}) AS m WHERE EXISTS"
        " (SELECT 1 FROM article_fts WHERE article_fts MATCH ? AND rowid = m.article_no) LIMIT ? OFFSET ?"
    )
    return rows(db, _ROWS.format(ids=ids), [*values, _NEWEST, query, limit, offset])


def ledger_groups(db: Database, wanted: LedgerFilter) -> list[Group]:
    """The facts in the groups of `listing.GROUPED`.

    A filter that few facts meet is looked up; else all facts are walked through along the index that holds all of
    this in the order of the groups, which SQLite would not choose by itself.
    """
    where, values = _with_words(db, wanted, *_conditions(wanted))
    few = wanted.provider or wanted.place or _HOLDS_RARE in where
    facts = "FROM finding AS f" if few else "FROM finding AS f INDEXED BY finding_ledger"
    found = db.conn.execute(f"{GROUPED} {facts} WHERE {' AND '.join(where)} {GROUPS}", values)
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


def _is_common(db: Database, query: str) -> bool:
    """Whether many articles hold what is searched for."""
    hits = "SELECT count(*) AS n FROM (SELECT 1 FROM article_fts WHERE article_fts MATCH ? LIMIT ?)"
    found = first(db, hits, [query, _COMMON])
    return found is not None and found["n"] == _COMMON


def _with_words(
    db: Database, wanted: LedgerFilter, where: list[str], values: list[Value]
) -> tuple[list[str], list[Value]]:
    """The conditions with that on the words."""
    query = match_query(wanted.text)
    if not query:
        return [*where, *(["0"] if wanted.text else [])], values
    return [*where, _HOLDS_COMMON if _is_common(db, query) else _HOLDS_RARE], [*values, query]


def _conditions(wanted: LedgerFilter) -> tuple[list[str], list[Value]]:
    """All that is asked of a fact, but for the words."""
    conditions, values = fact_conditions(wanted)
    for condition, value in (("f.day >= ?", wanted.since), ("f.day <= ?", wanted.until)):
        if value:
            conditions.append(condition)
            values.append(value)
    return ["f.current", *([] if wanted.background else ["f.news"]), *conditions], values
