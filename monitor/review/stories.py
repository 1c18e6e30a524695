"""The pages of stories: Today (what developed, most severe first) and Story (its timeline, facts, outlets)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.database import Value, read_time, time_text
from monitor.model import ChangeKind, Level, StoryChange
from monitor.records import changes_from
from monitor.review import queries
from monitor.review.facts import FactOnPage, SourcedFinding, change_lines, facts_on_page, headline
from monitor.review.pages import Visit, not_found, page, visit
from monitor.verdicts import Target, verdicts_on
from monitor.whywords import origin_in_words
from monitor.wording import said

if TYPE_CHECKING:
    from datasette import Response
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

#: Spans that Today offers, in days, and how they are called.
SPANS = {"1": "24 hours", "3": "3 days", "7": "7 days", "30": "30 days"}
LEVELS = tuple(level.value for level in reversed(Level))
_SEEN_COOKIE = "cspwatch_seen"
#: Requests within this time are one look: what was new stays marked as new.
_ONE_LOOK = timedelta(minutes=30)
_MOST_STORIES = 40
_CARD_FACTS = 4
_CARD_REPORTS = 60
_PAGE_FACTS = 200
_PAGE_REPORTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCard:
    """A story as a list shows it."""

    row: Mapping[str, Value]
    headline: str
    facts: tuple[FactOnPage, ...]
    outlets: tuple[str, ...]
    families: int
    languages: tuple[str, ...]
    changes: tuple[str, ...]  # of the last article that added something
    is_new: bool
    verdict: Mapping[str, Value] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """Rows of several stories, read in one go."""

    stories: list[dict[str, Value]]
    findings: Mapping[str, list[SourcedFinding]]
    reports: Mapping[str, list[dict[str, Value]]]
    verdicts: Mapping[str, Mapping[str, Value]]


async def today(request: Request, datasette: Datasette) -> Response:
    """Stories that developed lately by severity; what is new since the last look is marked."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    days = seen.choice("days", SPANS, "1")
    since = seen.now - timedelta(days=int(days))
    look = _looks(request.cookies.get(_SEEN_COOKIE, ""), seen.now)

    def question(db: Database) -> tuple[_Material, int, bool]:
        found = queries.stories_since(db, since, _MOST_STORIES)
        quiet = not found
        if quiet:
            found = queries.newest_stories(db, 10)
        return _material(db, found), queries.count_stories_since(db, since), quiet

    material, total, quiet = await seen.site.log.read(question)
    cards = [_card(row, material, seen, look[0]) for row in material.stories]
    groups = [(level, [card for card in cards if card.row["level"] == level]) for level in LEVELS]
    response = await page(
        seen,
        "today.html",
        {
            "groups": [(level, found) for level, found in groups if found],
            "days": days,
            "spans": SPANS,
            "total": total,
            "shown": len(cards),
            "quiet": quiet,
            "news": sum(card.is_new for card in cards),
            "last_look": look[0],
        },
    )
    looked = "|".join(time_text(at) if at else "" for at in look)
    response.set_cookie(_SEEN_COOKIE, looked, max_age=90 * 86400, httponly=True)
    return response


def _looks(cookie: str, now: datetime) -> tuple[datetime | None, datetime]:
    """(the look before this one, this one): a look lasts until half an hour after its last request.

    A first look has nothing before it: None, and nothing is new to someone who never looked.
    """
    before, _, last = cookie.partition("|")
    try:
        previous, latest = (read_time(text) if text else None for text in (before, last))
    except ValueError:
        previous = latest = None
    if latest is None or latest > now:
        return None, now
    return (previous, now) if now - latest < _ONE_LOOK else (latest, now)


async def story(request: Request, datasette: Datasette) -> Response:
    """One story: facts with their quotes, the timeline with what each article added, outlets and families."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    story_id = str(request.url_vars["story_id"])

    def question(db: Database) -> dict[str, object] | None:
        row = queries.story_row(db, story_id)
        if row is None:
            return None
        material = _material(db, [row], facts=_PAGE_FACTS, reports=_PAGE_REPORTS)
        return {
            "material": material,
            "alerts": [
                {**row, "deliveries": json.loads(str(row["deliveries"]))}
                for row in queries.alerts_of_story(db, story_id)
            ],
            "verdicts": verdicts_on(db, Target.STORY, story_id),
        }

    answer = await seen.site.log.read(question)
    if answer is None:
        return await not_found(
            seen, said("story {0}", story_id), said("Search for words of its headline, or look at Today")
        )
    material = answer.pop("material")
    assert isinstance(material, _Material)
    card = _card(material.stories[0], material, seen, every=True)
    muted = read_time(card.row["muted_until"])
    return await page(
        seen,
        "story.html",
        {
            **answer,
            "card": card,
            "timeline": _timeline(material, story_id, seen),
            "families": _families(material.reports.get(story_id, [])),
            "muted": muted if muted and muted > seen.now else None,
            "tomorrow": (seen.now + timedelta(days=1)).date().isoformat(),
        },
    )


def cards_of(db: Database, stories: Sequence[dict[str, Value]], seen: Visit) -> list[StoryCard]:
    """The cards of some stories, for lists on other pages. Called in a thread of the log."""
    material = _material(db, list(stories))
    return [_card(row, material, seen) for row in material.stories]


def _material(
    db: Database, stories: list[dict[str, Value]], *, facts: int = _CARD_FACTS, reports: int = _CARD_REPORTS
) -> _Material:
    ids = [str(row["story_id"]) for row in stories]
    return _Material(
        stories=stories,
        findings=queries.findings_of_stories(db, ids, facts),
        reports=queries.reports_of_stories(db, ids, reports),
        verdicts=queries.standing_verdicts(db, Target.STORY.value, ids),
    )


def _card(
    row: dict[str, Value],
    material: _Material,
    seen: Visit,
    last_look: datetime | None = None,
    *,
    every: bool = False,
) -> StoryCard:
    story_id = str(row["story_id"])
    findings = material.findings.get(story_id, [])
    facts = facts_on_page(findings, seen.said, seen.site.names, status=str(row["status"]))
    reports = material.reports.get(story_id, [])
    developed = read_time(row["developed_at"])
    changes = next((text for text in reversed(_changes(reports, findings, seen)) if text), ())
    return StoryCard(
        row=row,
        headline=headline(facts, str(row["title"])),
        facts=facts if every else facts[:_CARD_FACTS],
        outlets=tuple(dict.fromkeys(str(report["outlet"]) for report in reports)),
        families=len({report["publisher"] for report in reports if report["independent"]}),
        languages=tuple(json.loads(str(row["languages"]))),
        changes=changes,
        is_new=developed is not None and last_look is not None and developed > last_look,
        verdict=material.verdicts.get(story_id),
    )


def _changes(
    reports: list[dict[str, Value]], findings: list[SourcedFinding], seen: Visit
) -> list[tuple[str, ...]]:
    """What each report added, in words."""
    known = [item.finding for item in findings]
    outlets = {str(report["publisher"]): str(report["outlet"]) for report in reports}
    return [
        change_lines(
            [_named(change, outlets) for change in changes_from(report["changes"])],
            known,
            seen.said,
            seen.site.names,
        )
        for report in reports
    ]


def _named(change: StoryChange, outlets: Mapping[str, str]) -> StoryChange:
    """A second publisher by the name of its outlet, as alerts call it."""
    if change.kind is not ChangeKind.PUBLISHER:
        return change
    return replace(change, after=outlets.get(change.after, change.after))


def _timeline(material: _Material, story_id: str, seen: Visit) -> list[dict[str, object]]:
    """The articles in the order in which they joined, with what each added and its own facts."""
    reports = material.reports.get(story_id, [])
    findings = material.findings.get(story_id, [])
    by_article: dict[str, list[SourcedFinding]] = {}
    for item in findings:
        by_article.setdefault(item.article_id, []).append(item)
    return [
        {
            "report": report,
            "origin": origin_in_words(str(report["origin"])),
            "added": added,
            "facts": facts_on_page(by_article.get(str(report["article_id"]), []), seen.said, seen.site.names),
        }
        for report, added in zip(reports, _changes(reports, findings, seen), strict=True)
    ]


def _families(reports: list[dict[str, Value]]) -> list[dict[str, object]]:
    """Publishers with their outlets, the first to report first."""
    families: dict[str, dict[str, object]] = {}
    for report in reports:
        family = families.setdefault(
            str(report["publisher"]), {"name": report["publisher"], "outlets": {}, "independent": False}
        )
        outlets = family["outlets"]
        assert isinstance(outlets, dict)
        outlets[report["outlet"]] = outlets.get(report["outlet"], 0) + 1
        family["independent"] = family["independent"] or bool(report["independent"])
    return list(families.values())
