"""The files of the newsstand → frozen values: outlets, articles, and what a reader should learn from them.

Pure but for reading `newsstand/`. Times are stated in the files as minutes before the start, so that the
newsstand is fresh on every day; `DemoArticle.published` turns them into dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent / "newsstand"

_YEAR = re.compile(r"\{year\+(\d)\}")


class Phase(IntEnum):
    """What lies on the newsstand: last week's articles, today's as well, and then what became of them."""

    BACKLOG = 0
    TODAY = 1
    LATER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What an outlet does to its visitors.

    `slow`: seconds before its index answers. `rate_limit_once`: seconds of Retry-After of the 429 with which it
    meets the first visit to its index in the last phase. `error_once`: slug of the article whose first visit ends in a 500.
    `moved_to`: path to which its index has moved for good.
    """

    slow: float = 0.0
    rate_limit_once: int = 0
    error_once: str = ""
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOutlet:
    """One invented outlet; the fields are explained in `newsstand/outlets.yaml`."""

    outlet_id: str
    name: str
    language: str
    country: str
    region: str
    tier: str
    family: str
    paywall: str
    zone: timezone
    weekdays: tuple[str, ...]
    encoding: str
    declared: str
    meta_charset: str
    dates: str
    index_kind: str
    index_format: str
    index_path: str
    article_path: str
    article_pattern: str | None
    body_selector: str | None
    variants: frozenset[str]
    boilerplate: tuple[str, ...]
    manners: Manners


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoArticle:
    """One article as its author left it: `article_id` is "outlet/slug", `body` is paragraphs and "## " headings."""

    article_id: str
    outlet_id: str
    slug: str
    title: str
    summary: str
    author: str
    section: str
    body: tuple[str, ...]
    age: timedelta
    modified_age: timedelta | None
    phase: Phase
    path: str | None
    copy_of: str | None
    paywall: bool
    consent: bool

    def published(self, start: datetime) -> datetime:
        """When it was published, seen from the start of the newsstand."""
        return start - self.age

    def modified(self, start: datetime) -> datetime | None:
        """When it was changed since, or None."""
        return None if self.modified_age is None else start - self.modified_age


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """A later turn of an event: what changes ("status", "amount"), the articles, whether it deserves an alert."""

    change: str
    status: str
    articles: tuple[str, ...]
    alerts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEvent:
    """One distinct event of the newsstand and the articles that carry it, in their order of publication.

    `fresh` is False for news older than three days, which no alert should bring up.
    """

    event_id: str
    type: str
    direction: str
    status: str
    actors: tuple[str, ...]
    places: tuple[str, ...]
    amounts: tuple[tuple[str, str], ...]  # (value, unit)
    articles: tuple[str, ...]
    developments: tuple[Development, ...]
    fresh: bool

    @property
    def alerts(self) -> int:
        """How many alerts it deserves: one, and one for each real development."""
        return int(self.fresh) + sum(turn.alerts for turn in self.developments)

    @property
    def all_articles(self) -> tuple[str, ...]:
        """Its articles with those of its developments."""
        return self.articles + tuple(name for turn in self.developments for name in turn.articles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """What `newsstand/events.yaml` says: the events, and the look-alikes with the reason why they are none.

    For tests and for the demo's closing summary; nothing that detects may read it.
    """

    events: tuple[DemoEvent, ...]
    look_alikes: Mapping[str, str]


@cache
def outlets() -> tuple[DemoOutlet, ...]:
    """The outlets, in the order of the file."""
    return tuple(_outlet(name, fields) for name, fields in _yaml("outlets.yaml").items())


@cache
def articles() -> tuple[DemoArticle, ...]:
    """All articles of all phases, oldest first."""
    files = sorted((ROOT / "articles").rglob("*.md"))
    return tuple(sorted(map(_article, files), key=lambda article: (-article.age, article.article_id)))


@cache
def expectations() -> Expectations:
    """The distinct events and the look-alikes."""
    fields = _yaml("events.yaml")
    events = tuple(_event(name, event) for name, event in fields["events"].items())
    return Expectations(events=events, look_alikes=dict(fields["look_alikes"]))


def paragraphs(article: DemoArticle, outlet: DemoOutlet, start: datetime) -> tuple[str, ...]:
    """Body of `article` with the dates that its text speaks of: {weekday}, {yesterday}, {day}, {year+1}."""
    return tuple(dated(text, article, outlet, start) for text in article.body)


def dated(text: str, article: DemoArticle, outlet: DemoOutlet, start: datetime) -> str:
    """`text` with its placeholders filled in, in the outlet's time zone and language."""
    local = article.published(start).astimezone(outlet.zone)
    text = text.replace("{weekday}", outlet.weekdays[local.weekday()])
    text = text.replace("{yesterday}", outlet.weekdays[local.weekday() - 1]).replace("{day}", str(local.day))
    return _YEAR.sub(lambda match: str(local.year + int(match[1])), text)


def _yaml(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return loaded


def _outlet(outlet_id: str, fields: dict[str, Any]) -> DemoOutlet:
    index = fields["index"]
    return DemoOutlet(
        outlet_id=outlet_id,
        name=fields["name"],
        language=fields["language"],
        country=fields["country"],
        region=fields["region"],
        tier=fields["tier"],
        family=fields.get("family", outlet_id),
        paywall=fields.get("paywall", "none"),
        zone=_zone(fields["utc_offset"]),
        weekdays=tuple(fields["weekdays"]),
        encoding=fields["encoding"],
        declared=fields["declared"],
        meta_charset=fields["meta_charset"],
        dates=fields["dates"],
        index_kind=index["kind"],
        index_format=index["format"],
        index_path=index["path"],
        article_path=fields["article_path"],
        article_pattern=fields.get("article_pattern"),
        body_selector=fields.get("body_selector"),
        variants=frozenset(fields["variants"]),
        boilerplate=tuple(fields["boilerplate"]),
        manners=Manners(**fields.get("manners", {})),
    )


def _zone(offset: str) -> timezone:
    hours, minutes = offset[1:].split(":")
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-shift if offset.startswith("-") else shift)


def _article(file: Path) -> DemoArticle:
    _, front, body = file.read_text("utf-8").split("---\n", 2)
    fields = yaml.safe_load(front)
    modified = fields.get("modified_minutes_ago")
    return DemoArticle(
        article_id=f"{file.parent.name}/{file.stem}",
        outlet_id=file.parent.name,
        slug=file.stem,
        title=fields["title"],
        summary=fields["summary"],
        author=fields["author"],
        section=fields["section"],
        body=tuple(part.strip() for part in body.strip().split("\n\n")),
        age=timedelta(minutes=fields["minutes_ago"]),
        modified_age=None if modified is None else timedelta(minutes=modified),
        phase=Phase(fields.get("phase", Phase.TODAY)),
        path=fields.get("path"),
        copy_of=fields.get("copy_of"),
        paywall=fields.get("paywall", False),
        consent=fields.get("consent", False),
    )


def _event(event_id: str, fields: dict[str, Any]) -> DemoEvent:
    return DemoEvent(
        event_id=event_id,
        type=fields["type"],
        direction=fields.get("direction", "expansion"),
        status=fields["status"],
        actors=tuple(fields["actors"]),
        places=tuple(fields.get("places", ())),
        amounts=tuple((value, unit) for value, unit in fields.get("amounts", ())),
        articles=tuple(fields["articles"]),
        developments=tuple(_development(turn) for turn in fields.get("developments", ())),
        fresh=fields.get("fresh", True),
    )


def _development(fields: dict[str, Any]) -> Development:
    return Development(
        change=fields["change"],
        status=fields["status"],
        articles=tuple(fields["articles"]),
        alerts=fields["alerts"],
    )
