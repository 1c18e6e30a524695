"""Knowledge, configuration and log in; the values that the labels of an alert can have, with their names, out.

A silence on a value that no alert can have would hold back nothing and say nothing: it is refused where it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from babel import Locale, localedata

from alerts.model import AlertKind
from alerts.silences import told_watches
from crawler.sources import Tier
from monitor.knowledge.yamltext import read_documents
from monitor.model import Direction, EventType, Level, Status
from monitor.sourcelog import list_sources
from monitor.storylog import titles_of_stories

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.config import Config
    from monitor.knowledge.model import Knowledge


def label_values(db: Database, config: Config, knowledge: Knowledge) -> dict[str, dict[str, str]]:
    """For each label of an alert its values, each with what it is called; articles are left open."""
    countries = {
        code: name for code, name in Locale("en").territories.items() if len(code) == 2 and code.isalpha()
    }
    levels = _as_they_are(Level)
    return {
        "kind": _as_they_are(AlertKind),
        "severity": levels,
        "level": levels,
        "event": _as_they_are(EventType),
        "status": _as_they_are(Status),
        "direction": _as_they_are(Direction),
        "tier": _as_they_are(Tier),
        "provider": {key: entity.name for key, entity in knowledge.entities.items()},
        "country": countries | {key: key.partition(":")[2] for key in knowledge.places.blocs},
        "place": {**countries, **_places(knowledge)},
        "watch": _watches(db, config),
        "source": {record.source.source_id: record.source.name for record in list_sources(db)},
        "publisher": {record.source.family: record.source.family for record in list_sources(db)},
        "story": titles_of_stories(db),
        "language": _as_they_are(tag.replace("_", "-") for tag in localedata.locale_identifiers()),
    }


def _as_they_are(values: Iterable[str]) -> dict[str, str]:
    return {str(value): str(value) for value in values}


def _places(knowledge: Knowledge) -> Mapping[str, str]:
    places = knowledge.places
    known = (*places.hubs, *places.cities, *places.blocs)
    return {place: place.partition(":")[2] for place in known}


def _watches(db: Database, config: Config) -> dict[str, str]:
    """Those of the configuration and of local files, and those that alerted once."""
    names = {section.name for section in config.watches}
    for path in config.detect.local:
        files = sorted(path.glob("*.y*ml")) if path.is_dir() else [path]
        documents = (one for file in files for one in read_documents(file)[0])
        names |= {
            str(one.get("id")) for one in documents if isinstance(one, dict) and one.get("kind") == "watch"
        }
    return _as_they_are(sorted(names | told_watches(db)))
