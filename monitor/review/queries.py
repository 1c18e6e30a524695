"""What the pages show, read from the log: rows out. SQL of the review pages stands here; nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from monitor.database import Value, first, marks, rows, time_text
from monitor.model import Finding
from monitor.records import from_json
from monitor.review.facts import SourcedFinding
from monitor.searching import match_query

if TYPE_CHECKING:
    from sqlite_utils import Database

RowOut = dict[str, Value]

OUTLET = "coalesce(nullif(s.name, ''), nullif(a.site_name, ''), a.source_id)"
_STORY = (
    "SELECT story_id, title, title_language, event, direction, status, level, score, articles, publishers,"
    " languages, opened_at, updated_at, developed_at, first_published, muted_until, alerts FROM story"
)
_RANK = "CASE level WHEN 'high' THEN 0 WHEN 'medium' THEN 1 WHEN 'low' THEN 2 ELSE 3 END"


def stories_since(db: Database, since: datetime, limit: int) -> list[RowOut]:
    """Stories that developed since then, most severe first, then newest."""
    return rows(
        db,
        f"{_STORY} WHERE developed_at >= ? ORDER BY {_RANK}, developed_at DESC, id DESC LIMIT ?",
        [time_text(since), limit],
    )


def newest_stories(db: Database, limit: int) -> list[RowOut]:
    """The stories that developed last, for days without any."""
    return rows(db, f"{_STORY} ORDER BY developed_at DESC, id DESC LIMIT ?", [limit])


def count_stories_since(db: Database, since: datetime) -> int:
    """How many stories developed since then."""
    row = first(db, "SELECT count(*) AS n FROM story WHERE developed_at >= ?", [time_text(since)])
    return int(str(row["n"])) if row else 0


def story_row(db: Database, story_id: str) -> RowOut | None:
    """One story."""
    return first(db, f"{_STORY} WHERE story_id = ?", [story_id])


def findings_of_stories(db: Database, story_ids: Sequence[str], each: int) -> dict[str, list[SourcedFinding]]:
    """The best news findings of each story, and what denies it, at most `each`, by story."""
    found = rows(
        db,
        "WITH ranked AS (SELECT sa.story_id, f.id, row_number() OVER ("
        "  PARTITION BY sa.story_id ORDER BY f.status = 'denied' DESC, f.score DESC, f.id) AS place"
        "  FROM story_article AS sa JOIN finding AS f ON f.article_id = sa.article_id AND f.current"
        "  AND (f.news OR f.status = 'denied')"
        f"  WHERE sa.story_id IN ({marks(story_ids)}))"
        f" SELECT r.story_id, f.data, f.article_id, a.url, {OUTLET} AS outlet FROM ranked AS r"
        " JOIN finding AS f ON f.id = r.id JOIN article AS a USING (article_id)"
        " LEFT JOIN source AS s USING (source_id) WHERE r.place <= ? ORDER BY r.story_id, r.place",
        [*story_ids, each],
    )
    result: dict[str, list[SourcedFinding]] = {}
    for row in found:
        result.setdefault(str(row["story_id"]), []).append(_sourced(row, _finding(str(row["data"]))))
    return result


def reports_of_stories(db: Database, story_ids: Sequence[str], each: int) -> dict[str, list[RowOut]]:
    """The articles of each story in the order in which they joined, at most `each`, with outlet and family."""
    found = rows(
        db,
        "SELECT sa.story_id, sa.article_id, sa.position, sa.changes, sa.publisher, sa.independent, sa.origin,"
        " sa.similarity, sa.joined_at, a.title, a.url, a.language, a.published, a.first_seen_at, a.level,"
        f" a.source_id, {OUTLET} AS outlet, coalesce(s.tier, '') AS tier FROM story_article AS sa"
        " JOIN article AS a USING (article_id) LEFT JOIN source AS s USING (source_id)"
        f" WHERE sa.story_id IN ({marks(story_ids)}) AND sa.position <= ? ORDER BY sa.story_id, sa.position",
        [*story_ids, each],
    )
    result: dict[str, list[RowOut]] = {}
    for row in found:
        result.setdefault(str(row["story_id"]), []).append(row)
    return result


def standing_verdicts(db: Database, kind: str, targets: Sequence[str]) -> dict[str, RowOut]:
    """The newest verdict that stands on each of the targets."""
    found = rows(
        db,
        "SELECT verdict_id, target_id, verdict, reason, author, created_at FROM verdict WHERE target_kind = ?"
        f" AND target_id IN ({marks(targets)}) AND undone_at IS NULL ORDER BY verdict_id",
        [kind, *targets],
    )
    return {str(row["target_id"]): row for row in found}


def alerts_of_story(db: Database, story_id: str) -> list[RowOut]:
    """The alerts of a story, oldest first, with how their deliveries stand."""
    return rows(
        db,
        "SELECT a.alert_id, a.severity, a.created_at, (SELECT json_group_array(json_object('channel', o.channel,"
        " 'state', o.state)) FROM outbox AS o WHERE o.alert_id = a.alert_id) AS deliveries"
        " FROM decision AS d JOIN alert AS a USING (alert_id) WHERE d.story_id = ? ORDER BY a.created_at, a.alert_id",
        [story_id],
    )


def article_row(db: Database, article_id: str) -> RowOut | None:
    """All that the log knows of an article, its text left out."""
    return first(
        db,
        f"SELECT a.*, {OUTLET} AS outlet, coalesce(s.family, a.source_id) AS family, s.tier, s.country"
        " FROM article AS a LEFT JOIN source AS s USING (source_id) WHERE a.article_id = ?",
        [article_id],
    )


def judgement_rows(db: Database, article_id: str) -> list[RowOut]:
    """Every judgement of an article, newest first."""
    return rows(
        db,
        "SELECT judgement_id, version, rule_set, code_version, judged_at, relevant, score, level FROM judgement"
        " WHERE article_id = ? ORDER BY judgement_id DESC LIMIT 50",
        [article_id],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """One page of a search; `more` tells whether there is another one."""

    articles: list[RowOut]
    stories: list[RowOut]
    more: bool


def search(db: Database, typed: str, *, limit: int, offset: int = 0) -> SearchPage:
    """Articles that hold what was typed, newest first, and the stories among them.

    Read in the order of the index's rows, from the newest on: a word that half of the log holds costs no more than
    a rare one.
    """
    query = match_query(typed)
    if not query:
        return SearchPage(articles=[], stories=[], more=False)
    found = rows(
        db,
        "SELECT a.id, a.article_id, a.title, a.url, a.language, a.published, a.first_seen_at, a.level, a.relevant,"
        f" {OUTLET} AS outlet, sa.story_id, substr(v.text, 1, 6000) AS text FROM (SELECT rowid FROM article_fts"
        "  WHERE article_fts MATCH ? ORDER BY rowid DESC LIMIT ? OFFSET ?) AS hit"
        " JOIN article AS a ON a.id = hit.rowid JOIN article_version AS v USING (article_id, version)"
        " LEFT JOIN source AS s USING (source_id) LEFT JOIN story_article AS sa USING (article_id) ORDER BY a.id DESC",
        [query, limit + 1, offset],
    )
    shown = found[:limit]
    ids = list(dict.fromkeys(str(row["story_id"]) for row in shown if row["story_id"]))
    stories = rows(db, f"{_STORY} WHERE story_id IN ({marks(ids)}) ORDER BY developed_at DESC LIMIT 10", ids)
    return SearchPage(articles=shown, stories=stories, more=len(found) > limit)


def poll_trail(db: Database, source_ids: Sequence[str], each: int) -> dict[str, list[RowOut]]:
    """The last polls of each source, oldest first: what happened, how much came."""
    result: dict[str, list[RowOut]] = {}
    for (
        source_id
    ) in source_ids:  # the index gives each trail at once; one window over all polls would read them all
        trail = rows(
            db,
            "SELECT at, outcome, detail, entries, new_articles FROM poll WHERE source_id = ? ORDER BY at DESC LIMIT ?",
            [source_id, each],
        )
        result[source_id] = trail[::-1]
    return result


def teaser_only_sources(db: Database, since: datetime) -> int:
    """How many sources gave nothing but teasers and walls since then, of three articles or more.

    INDEXED BY, because left to itself SQLite reads every article in the order of the sources.
    """
    row = first(
        db,
        "SELECT count(*) AS n FROM (SELECT 1 FROM article AS a INDEXED BY article_seen"
        " WHERE a.first_seen_at >= ? GROUP BY a.source_id HAVING count(*) >= 3"
        " AND sum(a.completeness IN ('teaser', 'paywall', 'consent')) = count(*))",
        [time_text(since)],
    )
    return int(str(row["n"])) if row else 0


def recent_fetches(db: Database, source_id: str, limit: int) -> list[RowOut]:
    """The last requests to a source, newest first."""
    return rows(
        db,
        "SELECT at, kind, url, outcome, status, detail, elapsed_ms, size FROM fetch WHERE source_id = ?"
        " ORDER BY at DESC LIMIT ?",
        [source_id, limit],
    )


def articles_of_source(db: Database, source_id: str, limit: int) -> list[RowOut]:
    """The last articles of a source, newest first."""
    return rows(
        db,
        "SELECT article_id, title, language, published, first_seen_at, completeness, level, relevant FROM article"
        " WHERE source_id = ? ORDER BY id DESC LIMIT ?",
        [source_id, limit],
    )


def alert_payloads(db: Database, limit: int) -> list[str]:
    """The newest alerts as their frozen JSON."""
    found = rows(db, "SELECT payload FROM alert ORDER BY rowid DESC LIMIT ?", [limit])
    return [str(row["payload"]) for row in found]


def queue_counts(db: Database) -> list[RowOut]:
    """Deliveries by channel and state."""
    return rows(
        db,
        "SELECT channel, state, count(*) AS n FROM outbox WHERE kind = 'alert' GROUP BY channel, state"
        " ORDER BY channel, state",
    )


def channel_states(db: Database) -> dict[str, RowOut]:
    """What the breaker knows of each channel."""
    return {str(row["channel"]): row for row in rows(db, "SELECT * FROM channel_state")}


def rule_counts(db: Database) -> dict[str, int]:
    """Current findings by rule; out of an index alone."""
    found = rows(db, "SELECT rule, count(*) AS n FROM finding WHERE current GROUP BY rule")
    return {str(row["rule"]): int(str(row["n"])) for row in found}


def watch_decisions(db: Database, since: datetime) -> dict[str, dict[str, int]]:
    """How often each watch decided what since then, by watch and named reason."""
    found = rows(
        db,
        "SELECT watch, verdict, count(*) AS n FROM decision WHERE decided_at >= ? AND watch != ''"
        " GROUP BY watch, verdict ORDER BY watch, n DESC",
        [time_text(since)],
    )
    result: dict[str, dict[str, int]] = {}
    for row in found:
        result.setdefault(str(row["watch"]), {})[str(row["verdict"])] = int(str(row["n"]))
    return result


def shadow_decisions(db: Database, since: datetime, limit: int) -> list[RowOut]:
    """The newest articles that a watch in shadow would have alerted for."""
    return rows(
        db,
        "SELECT d.watch, d.decided_at, d.article_id, d.level, a.title, a.language FROM decision AS d"
        " JOIN article AS a USING (article_id) WHERE d.decided_at >= ? AND d.verdict = 'none:shadow-watch'"
        " ORDER BY d.decided_at DESC, d.decision_id DESC LIMIT ?",
        [time_text(since), limit],
    )


def examples_of_rule(db: Database, rule: str, limit: int) -> list[RowOut]:
    """The newest findings of a rule with their article."""
    return rows(
        db,
        f"SELECT f.quote, f.quote_language, f.score, f.news, f.article_id, a.title, {OUTLET} AS outlet"
        " FROM finding AS f JOIN article AS a USING (article_id) LEFT JOIN source AS s USING (source_id)"
        " WHERE f.rule = ? AND f.current ORDER BY f.id DESC LIMIT ?",
        [rule, limit],
    )


@lru_cache(maxsize=4096)
def _finding(text: str) -> Finding:
    """A finding out of its stored text. Remembered: a list of 40 stories reads 160 of them, 0.3 ms each."""
    return from_json(Finding, text)


def _sourced(row: Mapping[str, Value], finding: Finding) -> SourcedFinding:
    return SourcedFinding(
        finding=finding,
        article_id=str(row["article_id"]),
        outlet=str(row["outlet"]),
        url=str(row["url"]),
    )
