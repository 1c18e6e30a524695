"""An id or address in, the whole story, article or alert out, for `cspwatch show`. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.codec import alert_to_json
from alerts.layouts.view import alert_view
from alerts.model import Channel
from alerts.outbox import alert_of
from alerts.queue import deliveries_of
from crawler.urls import url_key
from monitor.articlelog import find_article
from monitor.errors import MonitorError
from monitor.exporting import unpacked
from monitor.judgementlog import current_judgement
from monitor.listing import get_story, story_articles, story_facts
from monitor.storylog import decisions_of

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Fields that a person has no use for: names in every language, keys of rows, positions in texts, findings as JSON.
_FOR_PROGRAMS = frozenset(
    {
        "names",
        "marks",
        "data",
        "notice",
        "links",
        "id",
        "finding_id",
        "judgement_id",
        "rule_revision",
        "current",
        "version",
        "article_no",
        "told",
    }
    | {"position", "field", "start", "end"}
)
_EMPTY: tuple[object, ...] = (None, "", [], {}, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was found: its kind, its fields, and lists that belong to it."""

    kind: str
    fields: Mapping[str, object]
    lists: Mapping[str, list[dict[str, object]]]

    def to_json(self) -> dict[str, object]:
        """As one object."""
        return {"kind": self.kind, **self.fields, **self.lists}

    def to_rows(self) -> list[dict[str, object]]:
        """Its facts, of an alert its deliveries, without what only programs read in JSON."""
        rows = self.lists.get("fact", self.lists.get("delivery", []))
        return [{key: value for key, value in row.items() if key not in _FOR_PROGRAMS} for row in rows]


def find_shown(db: Database, named: str) -> Shown:
    """A story, an article (id or address) or an alert. Raises MonitorError where nothing is called so."""
    story = get_story(db, named)
    if story is not None:
        story_id = str(story["story_id"])
        return Shown(
            kind="story",
            fields={key: value for key, value in unpacked(story).items() if key not in {"id", "state"}},
            lists={
                "article": [unpacked(row) for row in story_articles(db, story_id)],
                "fact": [unpacked(row) for row in story_facts(db, story_id)],
            },
        )
    key = ""
    with suppress(ValueError):
        key = url_key(named)
    article = find_article(db, named, key)
    if article is not None:
        return _article(db, article.article_id)
    alert = _alert(db, named)
    if alert is None:
        raise MonitorError(
            f"{named}: no story, article or alert is called so. `cspwatch stories` lists the stories"
        )
    return alert


def _article(db: Database, article_id: str) -> Shown:
    article = find_article(db, article_id)
    assert article is not None
    judged = current_judgement(db, article_id)
    findings = judged.judgement.findings if judged else ()
    return Shown(
        kind="article",
        fields={
            "article_id": article.article_id,
            "title": article.title,
            "url": article.url,
            "source": article.source_id,
            "language": article.language,
            "published": article.published,
            "first_seen": article.first_seen_at,
            "version": article.version,
            "relevant": judged.judgement.relevant if judged else None,
            "score": judged.judgement.score if judged else None,
            "text": article.text,
        },
        lists={
            "fact": [
                {
                    "rule": finding.rule,
                    "event": finding.type.value,
                    "status": finding.status.value,
                    "actors": [actor.id for actor in finding.actors],
                    "places": [place.id for place in finding.places],
                    "amounts": [amount.text for amount in finding.amounts],
                    "news": finding.news,
                    "score": finding.score,
                    "sum": [f"{part.name} {part.points:+d}" for part in finding.explain],
                    "quote": finding.evidence.quote,
                }
                for finding in findings
            ],
            "decision": [dict(row) for row in decisions_of(db, article_id)],
        },
    )


def _alert(db: Database, named: str) -> Shown | None:
    try:
        alert = alert_of(db, named)
    except LookupError:
        return None
    view = alert_view(alert, Channel(name="", url="console:"))
    stored: dict[str, object] = json.loads(alert_to_json(alert))
    return Shown(
        kind="alert",
        fields={"title": view.title, "says": [*view.changes, *view.body.splitlines()], **stored},
        lists={
            "delivery": [
                {"channel": d.channel, "state": d.state.value, "tries": d.tries, "uncertain": d.uncertain}
                for d in deliveries_of(db, named)
            ]
        },
    )


def render_shown(shown: Shown) -> str:
    """For a terminal: the fields one a line, then the lists. What only programs need is left to `--json`."""
    coded = {"changes"} if shown.kind == "alert" else set()  # `says` has them in words
    lines = list(_lines({key: value for key, value in shown.fields.items() if key not in coded}, ""))
    for name, rows in shown.lists.items():
        for number, row in enumerate(rows, 1):
            lines += ["", f"{name} {number}", *_lines(row, "  ")]
    return "\n".join(lines)


def _lines(fields: Mapping[str, object], indent: str) -> Iterator[str]:
    """A field a line, the values below each other; lists of records have a line for each record."""
    told = {key: value for key, value in fields.items() if key not in _FOR_PROGRAMS and value not in _EMPTY}
    width = max((len(name) for name in told), default=0)
    for name, value in told.items():
        parts = [_text(value)]
        if isinstance(value, list | tuple) and (
            name == "says" or any(isinstance(item, Mapping) for item in value)
        ):
            parts = [_text(item) for item in value]
        for number, part in enumerate(parts):
            yield f"{indent}{'' if number else name:<{width}}  {part}"


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        if "id" in value:  # a provider or a place
            return str(value["id"])
        told = {key: item for key, item in value.items() if key not in _FOR_PROGRAMS and item not in _EMPTY}
        return " · ".join(f"{key} {_text(item)}" for key, item in told.items())
    return str(value)
