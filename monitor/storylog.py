"""Stories, what each article added to them, and what was decided, in and out of the log.

All functions that write belong inside `database.writing`; each is repeatable. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.model import Report
from monitor.database import Value, first, insert, marks, read_time, rows, time_text
from monitor.model import (
    ChangeKind,
    Finding,
    ScorePart,
    StoryChange,
    StoryFeatures,
)
from monitor.records import changes_from, features_from, from_json, parts_from, to_json
from monitor.stories import StoryCandidate
from monitor.storystate import StoryState, Told

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A story that nobody reported on for this long is not continued.
CONTINUED_WITHIN = timedelta(days=400)
_MOST_CANDIDATES = 60
_MEMBERS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """How an article belongs to its story, as stored."""

    article_id: str
    story_id: str
    position: int
    version: int
    similarity: float
    parts: tuple[ScorePart, ...]
    changes: tuple[StoryChange, ...]
    features: StoryFeatures
    publisher: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryFace:
    """What a list shows of a story: its leading finding and headline."""

    title: str
    language: str
    event: str = ""
    direction: str = ""
    score: int = 0

    @classmethod
    def of(cls, title: str, language: str, findings: Sequence[Finding]) -> StoryFace:
        """The face that an article gives its story."""
        lead = max(findings, key=lambda finding: finding.score, default=None)
        if lead is None:
            return cls(title=title, language=language)
        return cls(
            title=title,
            language=language,
            event=lead.type.value,
            direction=lead.direction.value,
            score=lead.score,
        )


def candidates(db: Database, features: StoryFeatures, now: datetime) -> list[StoryCandidate]:
    """Stories that may be meant: a family in common, and a country unless one side names none."""
    families = sorted(features.families) or [""]
    places = sorted(features.countries)
    country = f"AND (k.country IN ({marks(places)}) OR k.country = '')" if places else ""
    found = rows(
        db,
        "SELECT DISTINCT s.story_id, s.updated_at FROM story_key AS k JOIN story AS s USING (story_id)"
        f" WHERE k.family IN ({marks(families)}) {country} AND s.updated_at >= ?"
        f" ORDER BY s.updated_at DESC, s.story_id LIMIT {_MOST_CANDIDATES}",
        [*families, *places, time_text(now - CONTINUED_WITHIN)],
    )
    return [_candidate(db, str(row["story_id"])) for row in found]


def story_state(db: Database, story_id: str) -> StoryState:
    """What the story knows; an empty state where there is none yet."""
    row = first(db, "SELECT state FROM story WHERE story_id = ?", [story_id])
    return from_json(StoryState, row["state"]) if row else StoryState()


def membership(db: Database, article_id: str) -> Membership | None:
    """The story that an article belongs to, and what it added."""
    row = first(db, "SELECT * FROM story_article WHERE article_id = ?", [article_id])
    return _membership(row) if row else None


def members(db: Database, story_id: str) -> list[Membership]:
    """The articles of a story in the order in which they joined."""
    return [
        _membership(row)
        for row in rows(db, "SELECT * FROM story_article WHERE story_id = ? ORDER BY position", [story_id])
    ]


def reports_of(db: Database, story_id: str) -> tuple[Report, ...]:
    """The articles of a story as its alerts show them, the first publisher first."""
    found = rows(
        db,
        "SELECT a.url, a.title, a.language, a.published, a.first_seen_at, sa.publisher, sa.independent,"
        " coalesce(nullif(s.name, ''), nullif(a.site_name, ''), a.source_id) AS outlet,"
        " coalesce(s.tier, 'tech') AS tier"
        " FROM story_article AS sa JOIN article AS a USING (article_id) LEFT JOIN source AS s USING (source_id)"
        " WHERE sa.story_id = ? ORDER BY coalesce(a.published, a.first_seen_at), sa.position",
        [story_id],
    )
    return tuple(_report(row) for row in found)


def join_story(db: Database, member: Membership, state: StoryState, face: StoryFace, now: datetime) -> None:
    """Store that an article belongs to a story, and what the story knows now; opens the story where it is new."""
    _store_story(db, member, state, face, now)
    insert(
        db,
        "story_article",
        {
            "article_id": member.article_id,
            "story_id": member.story_id,
            "position": member.position,
            "version": member.version,
            "joined_at": time_text(now),
            "published": time_text(member.features.published) if member.features.published else None,
            "similarity": round(member.similarity, 3),
            "parts": to_json(member.parts),
            "changes": to_json(member.changes),
            "features": to_json(member.features),
            "publisher": member.publisher,
            "independent": int(not member.origin),
            "origin": member.origin,
        },
        on_conflict=(
            "ON CONFLICT (article_id) DO UPDATE SET version = excluded.version, changes = excluded.changes,"
            " features = excluded.features"
        ),
    )
    for family in sorted(member.features.families) or [""]:
        for country in sorted(member.features.countries) or [""]:
            insert(
                db,
                "story_key",
                {"family": family, "country": country, "story_id": member.story_id},
                on_conflict="ON CONFLICT DO NOTHING",
            )


def told(db: Database, story_id: str) -> dict[str, Told]:
    """What each watch was told of a story."""
    found = rows(db, "SELECT * FROM story_watch WHERE story_id = ?", [story_id])
    result: dict[str, Told] = {}
    for row in found:
        at = read_time(row["told_at"])
        assert at is not None
        result[str(row["watch"])] = Told(
            told_at=at, told=int(str(row["told"])), waiting=changes_from(row["waiting"])
        )
    return result


def waiting_watches(db: Database) -> list[tuple[str, str]]:
    """Story and watch wherever a cooldown holds something back."""
    found = rows(
        db, "SELECT story_id, watch FROM story_watch WHERE waiting != '[]' ORDER BY told_at, story_id"
    )
    return [(str(row["story_id"]), str(row["watch"])) for row in found]


def note_told(db: Database, story_id: str, watch: str, now: datetime, *, silently: bool = False) -> None:
    """Note that a watch is told of a story now; `silently`: a watch in shadow, which only counts what it would tell."""
    insert(
        db,
        "story_watch",
        {"story_id": story_id, "watch": watch, "told_at": time_text(now), "told": 1, "waiting": "[]"},
        on_conflict=(
            "ON CONFLICT (story_id, watch) DO UPDATE SET told_at = excluded.told_at, told = told + 1,"
            " waiting = '[]'"
        ),
    )
    if not silently:
        db.conn.execute("UPDATE story SET alerts = alerts + 1 WHERE story_id = ?", [story_id])


def keep_waiting(db: Database, story_id: str, watch: str, waiting: Sequence[StoryChange]) -> None:
    """Keep changes that the cooldown held back for the next alert of this story to this watch."""
    db.conn.execute(
        "UPDATE story_watch SET waiting = ? WHERE story_id = ? AND watch = ?",
        [to_json(tuple(waiting)), story_id, watch],
    )


def decisions_of(db: Database, article_id: str) -> list[dict[str, Value]]:
    """What was decided of an article, newest judgement first."""
    return rows(
        db, "SELECT * FROM decision WHERE article_id = ? ORDER BY judgement_id DESC, watch", [article_id]
    )


def article_of_alert(db: Database, alert_id: str) -> str | None:
    """The article that caused an alert."""
    row = first(db, "SELECT article_id FROM decision WHERE alert_id = ? LIMIT 1", [alert_id])
    return str(row["article_id"]) if row else None


def leading_urls(db: Database) -> list[list[str]]:
    """Of every alert, oldest first, the address of the article that raised it."""
    found = rows(
        db,
        "SELECT article.url FROM decision JOIN article USING (article_id)"
        " WHERE alert_id IS NOT NULL ORDER BY decision_id",
    )
    return [[str(row["url"])] for row in found]


def titles_of_stories(db: Database) -> dict[str, str]:
    """Every story with its title."""
    return {str(row["story_id"]): str(row["title"]) for row in rows(db, "SELECT story_id, title FROM story")}


def muted_until(db: Database, story_id: str) -> datetime | None:
    """Until when a person does not want to hear of this story."""
    row = first(db, "SELECT muted_until FROM story WHERE story_id = ?", [story_id])
    return read_time(row["muted_until"]) if row else None


def mute_story(db: Database, story_id: str, until: datetime | None) -> bool:
    """Mute a story until a time, or let it speak again (None); False where there is no such story."""
    changed = db.conn.execute(
        "UPDATE story SET muted_until = ? WHERE story_id = ?",
        [time_text(until) if until else None, story_id],
    ).rowcount
    return bool(changed)


def _store_story(db: Database, member: Membership, state: StoryState, face: StoryFace, now: datetime) -> None:
    text = time_text(now)
    developed = any(change.kind is not ChangeKind.REPEAT for change in member.changes)
    known: dict[str, Value] = {
        "status": state.shown_status,
        "level": state.level.value,
        "families": to_json(state.families),
        "countries": to_json(state.countries),
        "hubs": to_json(state.hubs),
        "state": to_json(state),
        "articles": state.articles,
        "publishers": len(state.publishers),
        "languages": to_json(state.languages),
        "updated_at": text,
        "first_published": time_text(state.first_published) if state.first_published else None,
    }
    opening: Mapping[str, Value] = {
        "story_id": member.story_id,
        "title": face.title,
        "title_language": face.language,
        "event": face.event,
        "direction": face.direction,
        "score": face.score,
        "opened_at": text,
        "developed_at": text,
    }
    updates = ", ".join(f"{name} = excluded.{name}" for name in known)
    insert(
        db,
        "story",
        {**opening, **known},
        on_conflict=(
            f"ON CONFLICT (story_id) DO UPDATE SET {updates}, score = max(score, excluded.score)"
            + (", developed_at = excluded.developed_at" if developed else "")
        ),
    )


def _report(row: Mapping[str, Value]) -> Report:
    first_seen = read_time(row["first_seen_at"])
    assert first_seen is not None
    return Report(
        outlet=str(row["outlet"]),
        family=str(row["publisher"]),
        url=str(row["url"]),
        title=str(row["title"]),
        language=str(row["language"] or ""),
        published=read_time(row["published"]),
        first_seen=first_seen,
        tier=str(row["tier"]),
        independent=bool(row["independent"]),
    )


def _candidate(db: Database, story_id: str) -> StoryCandidate:
    found = rows(
        db,
        "SELECT features FROM story_article WHERE story_id = ?1 AND (position = 1 OR position >"
        " (SELECT max(position) FROM story_article WHERE story_id = ?1) - ?2) ORDER BY position",
        [story_id, _MEMBERS],
    )
    return StoryCandidate(story_id=story_id, members=tuple(features_from(row["features"]) for row in found))


def _membership(row: Mapping[str, Value]) -> Membership:
    return Membership(
        article_id=str(row["article_id"]),
        story_id=str(row["story_id"]),
        position=int(str(row["position"])),
        version=int(str(row["version"])),
        similarity=float(str(row["similarity"])),
        parts=parts_from(row["parts"]),
        changes=changes_from(row["changes"]),
        features=features_from(row["features"]),
        publisher=str(row["publisher"]),
        origin=str(row["origin"]),
    )
