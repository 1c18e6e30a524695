"""The stories of a period in, one Markdown report by provider and place out: facts, quotes, sources. Reads only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from babel import Locale

from monitor.exporting import unpacked
from monitor.listing import Filter, find_stories, story_articles, story_facts
from monitor.wording import counted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.alerting import Names

#: Facts and sources of one story; the log has the rest.
MOST_FACTS = 6
MOST_SOURCES = 10
#: What would be formatting, a link or HTML in somebody else's headline.
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")
Record = Mapping[str, object]


def report(db: Database, since: datetime, until: datetime, names: Names) -> str:
    """The report: one section for each provider, one for each place in it, its stories newest first.

    A story of two providers stands with the first and is named with the other.
    """
    stories: list[Record] = [
        unpacked(row) for row in find_stories(db, Filter(since=since, until=until, limit=-1))
    ]
    title = f"# Expansion of cloud service providers, {since:%Y-%m-%d} to {until:%Y-%m-%d}"
    if not stories:
        return f"{title}\n\nNo story developed in this time.\n"
    grouped: dict[str, dict[str, list[Record]]] = {}
    for story in stories:
        provider = _label(names.provider_names, _first(story["families"])) or "Other"
        place = _place(names, _first(story["hubs"]) or _first(story["countries"])) or "No place named"
        grouped.setdefault(provider, {}).setdefault(place, []).append(story)
    articles = sum(int(str(story["articles"])) for story in stories)
    lines = [title, "", f"{counted(len(stories), 'story')} in {counted(articles, 'article')}."]
    for provider, places in sorted(grouped.items(), key=lambda item: (item[0] == "Other", item[0])):
        lines += ["", f"## {escaped(provider)}"]
        for place, listed in sorted(places.items(), key=lambda item: (item[0] == "No place named", item[0])):
            lines += ["", f"### {escaped(place)}"]
            for story in listed:
                lines += ["", *_story_lines(db, story, names)]
    return "\n".join(lines) + "\n"


def _story_lines(db: Database, story: Record, names: Names) -> Iterable[str]:
    story_id = str(story["story_id"])
    yield f"**{escaped(story['title'])}**"
    yield ""
    publishers, articles = story["publishers"], story["articles"]
    others = [_label(names.provider_names, item) for item in _listed(story["families"])[1:]]
    also = f"; also {escaped(', '.join(others))}" if others else ""
    yield (
        f"{_event(story)}, {_words(story['status'])}, {story['level']};"
        f" {articles} article{'' if articles == 1 else 's'},"
        f" {publishers} independent publisher{'' if publishers == 1 else 's'}{also}; `{story_id}`"
    )
    yield ""
    for fact in _distinct(unpacked(row) for row in story_facts(db, story_id)):
        yield f"- {_fact_line(fact, names)}"
        yield f"  > {escaped(fact['quote'])}"
    yield ""
    yield "Sources: " + ", ".join(_source(row) for row in story_articles(db, story_id)[:MOST_SOURCES])


def _distinct(facts: Iterable[dict[str, object]]) -> Sequence[Record]:
    """The first report of each fact."""
    found: dict[tuple[str, ...], Record] = {}
    for fact in facts:
        key = tuple(str(fact[name]) for name in ("actors", "event", "direction", "status", "places", "time"))
        found.setdefault(key, fact)
    return list(found.values())[:MOST_FACTS]


def _fact_line(fact: Record, names: Names) -> str:
    parts = [
        ", ".join(_label(names.provider_names, item) for item in _listed(fact["actors"])),
        _event(fact),
        _words(fact["status"]),
        ", ".join(_place(names, item) for item in _most_exact(_listed(fact["places"]))),
        ", ".join(_listed(fact["amounts"])),
        str(fact["time"] or ""),
    ]
    return escaped(" · ".join(part for part in parts if part))


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


def _label(names: Callable[[str], Mapping[str, str]], item: str) -> str:
    """The usual name of a provider; its id where there is none."""
    known = names(item) if item else {}
    return known.get("en") or known.get("") or item


def _place(names: Names, item: str) -> str:
    """ "Johor, Malaysia" for MY:Johor; the id where nothing is known by it."""
    country, _, hub = item.partition(":")
    label = _label(names.place_names, item)
    land = Locale("en").territories.get(country, country) if len(country) == 2 else ""
    if not hub:
        return land or label
    return f"{label.partition(':')[2] or label}, {land}" if land else label


def _most_exact(places: Sequence[str]) -> list[str]:
    """The places without a country that stands there with one of its hubs: the hub's name holds it."""
    return [place for place in places if not any(other.startswith(f"{place}:") for other in places)]


def _event(row: Record) -> str:
    """What happens; a pullback says so, since its status may be "announced" too."""
    event = _words(row["event"])
    return f"pullback: {event}" if row["direction"] == "contraction" else event


def _words(value: object) -> str:
    return str(value).replace("_", " ").replace("-", " ")


def _listed(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _first(value: object) -> str:
    return next(iter(_listed(value)), "")
