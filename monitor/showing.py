"""An id or address in, the whole story, article or alert out, for `cspwatch show`. Reads only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.codec import alert_to_json
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was found: its kind, its fields, and lists that belong to it."""

    kind: str
    fields: Mapping[str, object]
    lists: Mapping[str, list[dict[str, object]]]

    def to_json(self) -> dict[str, object]:
        """As one object."""
        return {"kind": self.kind, **self.fields, **self.lists}


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
    return Shown(
        kind="alert",
        fields=json.loads(alert_to_json(alert)),
        lists={
            "delivery": [
                {"channel": d.channel, "state": d.state.value, "tries": d.tries, "uncertain": d.uncertain}
                for d in deliveries_of(db, named)
            ]
        },
    )


def render_shown(shown: Shown) -> str:
    """For a terminal: the fields one a line, then the lists."""
    width = max(len(name) for name in shown.fields)
    lines = [
        f"{name:<{width}}  {_text(value)}"
        for name, value in shown.fields.items()
        if value not in (None, "", [])
    ]
    for name, rows in shown.lists.items():
        for number, row in enumerate(rows, 1):
            lines += ["", f"{name} {number}"]
            lines += [
                f"  {key:<{width}}{_text(value)}" for key, value in row.items() if value not in (None, "", [])
            ]
    return "\n".join(lines)


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return str(value)
