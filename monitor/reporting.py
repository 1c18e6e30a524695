"""The stories of a period in, one Markdown report by provider and place out, in a reader's language. Reads only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.layouts.view import event_text, fact_line, place_text
from alerts.layouts.words import Words
from alerts.model import Fact, Label, Place
from monitor.alerting import fact_of
from monitor.exporting import unpacked
from monitor.listing import Filter, find_stories, story_articles, story_facts
from monitor.model import Finding
from monitor.records import from_json

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.alerting import Names
    from monitor.wording import Tell

#: Facts and sources of one story; the log has the rest.
MOST_FACTS = 6
MOST_SOURCES = 10
#: What would be formatting, a link or HTML in somebody else's headline.
_SPECIAL = re.compile(r"([\\`*_{}\[\]#+!|<>~&]|(?<=\])\()")
Record = Mapping[str, object]
#: What the report says in sentences of its own, as message catalogues know it.
SENTENCES = (
    "Expansion of cloud service providers, {0} to {1}",
    "No story developed in this time.",
    "{0} in {1}.",
    "1 story",
    "{0} stories",
    "1 article",
    "{0} articles",
    "1 independent publisher",
    "{0} independent publishers",
    "also {0}",
    "Other providers",
    "No place named",
    "Sources: {0}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How the report speaks: words and number forms, sentences, names of providers and places."""

    said: Words
    tell: Tell
    names: Names

    def counted(self, number: object, noun: str, nouns: str) -> str:
        """A number with its noun: the sentence for one, or the one with a place for the number."""
        return self.tell(f"1 {noun}") if str(number) == "1" else self.tell(f"{{0}} {nouns}", str(number))

    def provider(self, item: str) -> str:
        """The usual name of a provider; its id where there is none."""
        return Label(id=item, names=self.names.provider_names(item)).name(self.said.language) if item else ""

    def place(self, item: str) -> str:
        """ "Malaysia (Johor)" for MY:Johor; the id where nothing is known by it."""
        head = item.partition(":")[0]
        known = Place(id=item, country=head if len(head) == 2 else None, names=self.names.place_names(item))
        return place_text(known, self.said) if item else ""


def report(db: Database, since: datetime, until: datetime, speech: Speech) -> str:
    """The report: one section for each provider, one for each place in it, its stories newest first.

    A story of two providers stands with the first and is named with the other.
    """
    tell = speech.tell
    stories: list[Record] = [
        unpacked(row) for row in find_stories(db, Filter(since=since, until=until, limit=-1))
    ]
    title = "# " + tell(
        "Expansion of cloud service providers, {0} to {1}", f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}"
    )
    if not stories:
        return f"{title}\n\n{tell('No story developed in this time.')}\n"
    grouped: dict[str, dict[str, list[Record]]] = {}
    for story in stories:
        provider = speech.provider(_first(story["families"]))
        place = speech.place(_first(story["hubs"]) or _first(story["countries"]))
        grouped.setdefault(provider, {}).setdefault(place, []).append(story)
    articles = sum(int(str(story["articles"])) for story in stories)
    counted = (
        speech.counted(len(stories), "story", "stories"),
        speech.counted(articles, "article", "articles"),
    )
    lines = [title, "", tell("{0} in {1}.", *counted)]
    for provider, places in sorted(grouped.items(), key=_unnamed_last):
        lines += ["", f"## {escaped(provider or tell('Other providers'))}"]
        for place, listed in sorted(places.items(), key=_unnamed_last):
            lines += ["", f"### {escaped(place or tell('No place named'))}"]
            for story in listed:
                lines += ["", *_story_lines(db, story, speech)]
    return "\n".join(lines) + "\n"


def _unnamed_last(item: tuple[str, object]) -> tuple[bool, str]:
    return not item[0], item[0]


def _story_lines(db: Database, story: Record, speech: Speech) -> Iterable[str]:
    story_id, said = str(story["story_id"]), speech.said
    yield f"**{escaped(story['title'])}**"
    yield ""
    others = [speech.provider(item) for item in _listed(story["families"])[1:]]
    told = [
        event_text(
            Fact(event=str(story["event"]), direction=str(story["direction"]), status="", actors=()), said
        ),
        said.text(f"statuses.{story['status']}"),
        said.text(f"severities.{story['level']}"),
        speech.counted(story["articles"], "article", "articles"),
        speech.counted(story["publishers"], "independent publisher", "independent publishers"),
        *([speech.tell("also {0}", said.joined(others))] if others else []),
    ]
    yield f"{escaped(said.joined(told))} (`{story_id}`)"
    yield ""
    for line, quote in _distinct(story_facts(db, story_id), speech).items():
        yield f"- {escaped(line)}"
        yield f"  > {escaped(quote)}"
    yield ""
    sources = said.joined([_source(row) for row in story_articles(db, story_id)[:MOST_SOURCES]])
    yield speech.tell("Sources: {0}", sources)


def _distinct(rows: Iterable[Mapping[str, object]], speech: Speech) -> dict[str, str]:
    """Facts that read differently, the first report of each: line → quote."""
    found: dict[str, str] = {}
    for row in rows:
        finding = from_json(Finding, str(row["data"]))
        line = fact_line(fact_of(finding, speech.names), speech.said)
        if finding.time:
            line = f"{line} · {speech.said.interval(finding.time.iso)}"
        if len(found) < MOST_FACTS:
            found.setdefault(line, finding.evidence.quote)
    return found


def _source(row: Mapping[str, object]) -> str:
    day = str(row["published"] or row["first_seen_at"])[:10]
    url = str(row["url"])
    named = f"{escaped(row['outlet'])} ({day})"
    if not url.startswith(("http://", "https://")):
        return named
    return f"[{named}](<{url.translate({60: '%3C', 62: '%3E', 10: '%0A', 13: '%0D'})}>)"


def escaped(value: object) -> str:
    """Text of strangers as Markdown that shows it and does nothing else: one line, no markup, no HTML."""
    text = "".join(char if char.isprintable() else " " for char in str(value))
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _first(value: object) -> str:
    return next(iter(_listed(value)), "")
