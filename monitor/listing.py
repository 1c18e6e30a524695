"""Questions to the log in, rows for lists out: articles, stories, facts. Reads only; every function takes a limit.

Lists are newest first by arrival, because ranking a frequent word costs a hundred times as much as taking the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.database import Row, Value, first, rows, time_text
from monitor.ledgertotals import Totals, totals_of
from monitor.searching import match_query

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list shows. Empty fields do not filter.

    `text` is searched as people type it (monitor.searching); `provider` is an id of a provider or its family,
    `place` a country, hub or bloc; times are of first sight. `relevant` and `news` None: both.
    """

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""
    provider: str = ""
    place: str = ""
    event: str = ""
    status: str = ""
    direction: str = ""
    language: str = ""
    relevant: bool | None = None
    news: bool | None = True
    limit: int = 50
    offset: int = 0


class FactTerms(Protocol):
    """What facts are filtered by, on the pages and in the commands; empty fields do not filter."""

    @property
    def provider(self) -> str: ...
    @property
    def place(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def direction(self) -> str: ...


#: Facts in groups, for `ledgertotals.totals_of`; see there for the columns.
GROUPED = (
    "SELECT min(f.day), f.event, max(f.direction = 'contraction'), max(f.status IN ('cancelled', 'denied')),"
    " f.country, f.actor, f.told, max(f.money_usd), count(*)"
)
GROUPS = "GROUP BY f.told, f.event, f.country, f.actor"
#: Articles that hold what is searched for; the value is of `searching.match_query`.
_HOLDS_WORDS = "a.id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH ?)"
_ARTICLES = """
SELECT a.article_id, a.title, a.url, a.source_id, coalesce(nullif(s.name, ''), a.source_id) AS outlet, a.language,
       a.published, a.first_seen_at, a.completeness, a.level, a.score, a.relevant, a.state, a.held, a.copy_of,
       sa.story_id
FROM article AS a LEFT JOIN source AS s USING (source_id) LEFT JOIN story_article AS sa USING (article_id)
"""
_HELD = """
SELECT a.article_id, a.title, a.url, a.url_key, a.published, a.held, a.level, a.relevant, a.state,
       (SELECT f.quote FROM finding AS f WHERE f.article_id = a.article_id AND f.current AND f.news
        ORDER BY f.position LIMIT 1) AS news
FROM article AS a WHERE a.source_id = ? AND a.held != ''
ORDER BY a.relevant DESC, a.score DESC, a.published DESC, a.id
"""
_FACT_WHERE = (
    """EXISTS (SELECT 1 FROM finding AS f WHERE f.article_id = a.article_id AND f.current{conditions})"""
)


def find_articles(db: Database, wanted: Filter) -> list[dict[str, Value]]:
    """Articles, newest first."""
    conditions, values = _article_conditions(wanted)
    facts, fact_values = fact_conditions(wanted)
    if facts:
        conditions.append(_FACT_WHERE.format(conditions="".join(f" AND {fact}" for fact in facts)))
        values += fact_values
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return rows(
        db, f"{_ARTICLES} {where} ORDER BY a.id DESC LIMIT ? OFFSET ?", [*values, wanted.limit, wanted.offset]
    )


def find_facts(db: Database, wanted: Filter) -> list[dict[str, Value]]:
    """The ledger: current findings with their article and story, newest first."""
    where, values = _ledger_where(wanted)
    return rows(
        db,
        "SELECT f.finding_id, f.actor AS provider, f.event, f.object, f.status, f.direction, f.place, f.country,"
        " f.amounts, f.money_usd, f.power_mw, f.time, f.overseas, f.score, f.news, f.quote, f.quote_language,"
        " f.actors, f.places, a.published, a.first_seen_at, a.title, a.url,"
        " coalesce(nullif(s.name, ''), a.source_id) AS outlet, a.source_id, a.article_id, sa.story_id, f.rule"
        " FROM finding AS f JOIN article AS a USING (article_id) LEFT JOIN source AS s USING (source_id)"
        f" LEFT JOIN story_article AS sa USING (article_id) WHERE {where}"
        " ORDER BY f.id DESC LIMIT ? OFFSET ?",
        [*values, wanted.limit, wanted.offset],
    )


def fact_totals(db: Database, wanted: Filter) -> Totals:
    """What all facts of the ledger that are wanted add up to, whatever the limit."""
    where, values = _ledger_where(wanted)
    found = db.conn.execute(
        f"{GROUPED} FROM finding AS f JOIN article AS a USING (article_id) WHERE {where} {GROUPS}",
        values,
    )
    return totals_of(found.fetchall(), stopped_stories(db))


def stopped_stories(db: Database) -> set[str]:
    """Stories that stand as cancelled or denied. A denial is often no news of its article, and yet ends the story."""
    found = db.conn.execute("SELECT story_id FROM story WHERE status IN ('cancelled', 'denied')")
    return {str(row[0]) for row in found}


def _ledger_where(wanted: Filter) -> tuple[str, list[Value]]:
    conditions, values = _article_conditions(wanted)
    facts, fact_values = fact_conditions(wanted)
    if wanted.news is not None:
        facts.append("f.news" if wanted.news else "NOT f.news")
    return " AND ".join(["f.current", *facts, *conditions]), [*fact_values, *values]


def find_stories(db: Database, wanted: Filter) -> list[dict[str, Value]]:
    """Stories, the one that developed last first. Text, source and fact filters hold for any of its articles."""
    # Times are the story's here, not those of one article.
    conditions, values = _article_conditions(replace(wanted, since=None, until=None))
    facts, fact_values = fact_conditions(wanted)
    where, parameters = ["1"], list[Value]()
    if wanted.since is not None:
        where.append("st.updated_at >= ?")
        parameters.append(time_text(wanted.since))
    if wanted.until is not None:
        where.append("st.updated_at < ?")
        parameters.append(time_text(wanted.until))
    if conditions or facts:
        inner = list(conditions)
        if facts:
            inner.append(_FACT_WHERE.format(conditions="".join(f" AND {fact}" for fact in facts)))
        where.append(
            "st.story_id IN (SELECT sa.story_id FROM story_article AS sa JOIN article AS a USING (article_id)"
            f" WHERE {' AND '.join(inner)})"
        )
        parameters += [*values, *fact_values]
    return rows(
        db,
        "SELECT st.story_id, st.title, st.title_language, st.event, st.direction, st.status, st.level, st.score,"
        " st.families, st.countries, st.hubs, st.articles, st.publishers, st.languages, st.opened_at,"
        " st.updated_at, st.developed_at, st.first_published, st.muted_until, st.alerts FROM story AS st"
        f" WHERE {' AND '.join(where)} ORDER BY st.developed_at DESC, st.id DESC LIMIT ? OFFSET ?",
        [*parameters, wanted.limit, wanted.offset],
    )


def held_of(db: Database, source_id: str) -> list[dict[str, Value]]:
    """The articles of a source that wait for a person, the most telling first; `news` quotes the first fact of each."""
    return rows(db, _HELD, [source_id])


def get_story(db: Database, named: str) -> dict[str, Value] | None:
    """A story by its id, or an unambiguous beginning of it of at least five characters."""
    row = first(db, "SELECT * FROM story WHERE story_id = ?", [named])
    if row is not None or len(named) < 5:
        return row
    found = rows(
        db, "SELECT * FROM story WHERE story_id >= ? AND story_id < ? LIMIT 2", [named, named + "\x7f"]
    )
    return found[0] if len(found) == 1 else None


def story_articles(db: Database, story_id: str) -> list[dict[str, Value]]:
    """The articles of a story in the order in which they joined, with what each added."""
    return rows(
        db,
        "SELECT a.article_id, a.title, a.url, coalesce(nullif(s.name, ''), a.source_id) AS outlet, a.source_id,"
        " a.language, a.published, a.first_seen_at, a.level, a.score, sa.position, sa.similarity, sa.parts,"
        " sa.changes, sa.publisher, sa.independent, sa.origin FROM story_article AS sa"
        " JOIN article AS a USING (article_id) LEFT JOIN source AS s USING (source_id)"
        " WHERE sa.story_id = ? ORDER BY sa.position",
        [story_id],
    )


def story_facts(db: Database, story_id: str) -> list[dict[str, Value]]:
    """The news findings of all articles of a story and what denies it, in the order of the articles."""
    return rows(
        db,
        "SELECT f.*, a.title, a.url, a.source_id FROM story_article AS sa"
        " JOIN finding AS f ON f.article_id = sa.article_id AND f.current"
        " AND (f.news OR f.status = 'denied')"
        " JOIN article AS a ON a.article_id = sa.article_id WHERE sa.story_id = ? ORDER BY sa.position, f.position",
        [story_id],
    )


def article_versions(db: Database, article_id: str) -> list[Row]:
    """The text versions of an article, oldest first, without their texts."""
    found = rows(
        db,
        "SELECT version, title, fetched_at, extraction, length(text) AS characters, encoding_doubtful,"
        " pruned_at"
        " FROM article_version WHERE article_id = ? ORDER BY version",
        [article_id],
    )
    return list(found)


def all_texts(db: Database, *, since: datetime | None = None, after: int = 0, limit: int = 500) -> list[Row]:
    """Articles with their current text in order of arrival, in slices: for export, backtests and re-judging.

    `pruned` is 1 where the text was there and is gone.
    """
    found = rows(
        db,
        "SELECT a.id, a.article_id, a.url, a.title, v.text, a.language, a.published, a.source_id, a.first_seen_at,"
        " a.level, a.relevant, sa.story_id, coalesce(s.tier, 'tech') AS tier,"
        " v.text = '' AND a.characters > 0 AS pruned"
        " FROM article AS a JOIN article_version AS v USING (article_id, version)"
        " LEFT JOIN story_article AS sa USING (article_id) LEFT JOIN source AS s USING (source_id)"
        " WHERE a.id > ?1 AND (?2 IS NULL OR a.first_seen_at >= ?2) ORDER BY a.id LIMIT ?3",
        [after, time_text(since) if since else None, limit],
    )
    return list(found)


def count_texts(db: Database, *, since: datetime | None = None) -> int:
    """How many articles `all_texts` gives."""
    row = first(
        db,
        "SELECT count(*) AS n FROM article WHERE ?1 IS NULL OR first_seen_at >= ?1",
        [time_text(since) if since else None],
    )
    return int(str(row["n"])) if row else 0


def rule_hits(db: Database, *, since: datetime | None = None) -> dict[str, tuple[int, int]]:
    """Current findings of each rule, and how many of them are the news of their article."""
    found = rows(
        db,
        "SELECT f.rule, count(*) AS n, sum(f.news) AS news FROM finding AS f JOIN article AS a USING (article_id)"
        " WHERE f.current AND (?1 IS NULL OR a.first_seen_at >= ?1) GROUP BY f.rule",
        [time_text(since) if since else None],
    )
    return {str(row["rule"]): (int(str(row["n"])), int(str(row["news"] or 0))) for row in found}


def trial_hits(db: Database, rule: str, step: str, clause: str, *, limit: int = 50) -> list[dict[str, Value]]:
    """What a rule on trial found, newest first: findings with this step in the trace; `news` 1 with this clause."""
    return rows(
        db,
        "SELECT a.article_id, a.first_seen_at, a.title, a.url, f.quote, max(t.value ->> 'clause' = ?2) AS news"
        " FROM finding AS f JOIN article AS a USING (article_id)"
        " JOIN judgement AS j ON j.judgement_id = f.judgement_id, json_each(j.trace) AS t"
        " WHERE f.rule = ?1 AND f.current AND NOT f.news AND t.value ->> 'step' = ?3"
        " GROUP BY f.id ORDER BY f.id DESC LIMIT ?4",
        [rule, clause, step, limit],
    )


def _article_conditions(wanted: Filter) -> tuple[list[str], list[Value]]:
    conditions: list[str] = []
    values: list[Value] = []
    if wanted.text.strip():
        query = match_query(wanted.text)
        conditions.append(_HOLDS_WORDS if query else "0")
        values += [query] if query else []
    for column, value in (("a.source_id", wanted.source), ("a.language", wanted.language)):
        if value:
            conditions.append(f"{column} = ?")
            values.append(value)
    if wanted.relevant is not None:
        conditions.append("a.relevant" if wanted.relevant else "NOT coalesce(a.relevant, 0)")
    if wanted.since is not None:
        conditions.append("a.first_seen_at >= ?")
        values.append(time_text(wanted.since))
    if wanted.until is not None:
        conditions.append("a.first_seen_at < ?")
        values.append(time_text(wanted.until))
    return conditions, values


def fact_conditions(wanted: FactTerms) -> tuple[list[str], list[Value]]:
    """Conditions on a finding `f`, and their values."""
    conditions: list[str] = []
    values: list[Value] = []
    for column, value in (
        ("f.event", wanted.event),
        ("f.status", wanted.status),
        ("f.direction", wanted.direction),
    ):
        if value:
            conditions.append(f"{column} = ?")
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
    return conditions, values
