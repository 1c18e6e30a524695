"""One section of the knowledge files in, its frozen value out; what is wrong goes to `report`. Pure.

Entities stand in monitor/knowledge/entities.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.errors import Problem
from monitor.knowledge.model import Action, Bloc, Country, Hub, Knowledge, Places, Scoring
from monitor.knowledge.values import Report, integers, mapping_of, names_of, rows_of, terms
from monitor.model import Direction, Status

KNOWN = frozenset(
    {
        *("version", "contexts", "suffixes", "prefixes", "entities", "countries", "blocs", "hubs"),
        *("region_codes", "not_places", "datelines", "objects", "actions", "cues", "coref", "people"),
        *("former", "other_names", "genre", "abbreviations", "scoring", "rates", "rates_date"),
        *("news_weights", "grammar", "names"),
    }
)
_ISO2 = re.compile(r"[A-Z]{2}")


def merge(old: object, new: object) -> object:
    """Lists grow, mappings merge key by key, anything else is replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {
            key: merge(old.get(key), new.get(key, old.get(key)))
            for key in [*old, *(k for k in new if k not in old)]
        }
    if isinstance(old, list) and isinstance(new, list) and old is not new:
        return [*old, *new]
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A row of the table of larger towns: how it is written, and the hub that it lies in."""

    spellings: tuple[str, ...]
    inside: str = ""


def places(part: Mapping[str, object], cities: Mapping[str, City], report: Report) -> Places:
    countries = {
        code: Country(
            short=terms(mapping_of(raw).get("short"), f"places.yaml: {code}.short", report),
            adjectives=terms(mapping_of(raw).get("adj"), f"places.yaml: {code}.adj", report),
            risky=names_of(mapping_of(raw).get("risky")),
        )
        for code, raw in mapping_of(part.get("countries")).items()
    }
    blocs = {
        key: Bloc(
            id=key,
            members=frozenset(names_of(mapping_of(raw).get("members"))),
            names=terms(mapping_of(raw).get("names"), f"places.yaml: {key}", report),
        )
        for key, raw in mapping_of(part.get("blocs")).items()
    }
    hubs: dict[str, Hub] = {}
    for raw in rows_of(part.get("hubs")):
        hub_id = str(raw.get("id", ""))
        if not _ISO2.fullmatch(hub_id.partition(":")[0]) or not hub_id.partition(":")[2]:
            report(
                Problem(
                    place=f"places.yaml: hubs.{hub_id}", message="is no hub id", remedy='Write "MY:Johor"'
                )
            )
        names = terms(raw.get("names"), f"places.yaml: {hub_id}", report)
        hubs[hub_id] = Hub(
            id=hub_id,
            names=names,
            ambiguous=raw.get("ambiguous") == "true",
            inside=str(raw.get("in", "")),
        )
    return Places(
        countries=countries,
        blocs=blocs,
        hubs=hubs,
        region_codes={
            provider: {code: str(place) for code, place in mapping_of(codes).items()}
            for provider, codes in mapping_of(part.get("region_codes")).items()
        },
        not_places=terms(part.get("not_places"), "places.yaml: not_places", report),
        cities={key: city.spellings for key, city in cities.items() if key not in hubs},
        cities_inside={key: city.inside for key, city in cities.items() if city.inside in hubs},
        datelines=tuple(
            pattern for listed in mapping_of(part.get("datelines")).values() for pattern in names_of(listed)
        ),
    )


def actions(value: object, report: Report) -> Mapping[str, Action]:
    result = {}
    for name, raw in mapping_of(value).items():
        fields = mapping_of(raw)
        try:
            result[name] = Action(
                name=name,
                status=Status(str(fields.get("status"))),
                direction=Direction(str(fields.get("direction"))),
                terms=terms(fields.get("terms"), f"events.yaml: actions.{name}", report),
            )
        except ValueError as error:
            report(
                Problem(
                    place=f"events.yaml: actions.{name}", message=str(error), remedy="See docs/detection.md"
                )
            )
    return result


def scoring(value: object, report: Report) -> Scoring:
    raw = mapping_of(value)
    return Scoring(
        thresholds=integers(raw.get("threshold"), "scoring.yaml: scoring.threshold", report),
        bonus=integers(raw.get("bonus"), "scoring.yaml: scoring.bonus", report),
        penalty=integers(raw.get("penalty"), "scoring.yaml: scoring.penalty", report),
    )


def check_references(knowledge: Knowledge, report: Report) -> None:
    """Parents, acts_as, contexts and region codes must exist."""
    for entity_id, one in knowledge.entities.items():
        for key, target in (("parent", one.parent), ("acts_as", one.acts_as)):
            if target and target not in knowledge.entities:
                report(
                    Problem(
                        place=f"providers.yaml: {entity_id}.{key}",
                        message=f"{target!r} does not exist",
                        remedy="Add it",
                    )
                )
        for ambiguous in one.ambiguous:
            for context in (*ambiguous.needs, *ambiguous.reject):
                if context not in knowledge.contexts:
                    report(
                        Problem(
                            place=f"providers.yaml: {entity_id}.ambiguous",
                            message=f"context {context!r} does not exist",
                            remedy=f"Known: {', '.join(sorted(knowledge.contexts))}",
                        )
                    )
    for key in knowledge.names:
        if key not in {*knowledge.entities, *knowledge.places.hubs, *knowledge.places.blocs}:
            report(Problem(place=f"names.yaml: {key}", message="does not exist", remedy="Remove it"))
    for hub in knowledge.places.hubs.values():
        if hub.inside and hub.inside not in knowledge.places.hubs:
            report(
                Problem(
                    place=f"places.yaml: {hub.id}.in",
                    message=f"{hub.inside!r} is no hub",
                    remedy="Add it",
                )
            )
    for provider, codes in knowledge.places.region_codes.items():
        for code, place in codes.items():
            if ":" in place and place not in knowledge.places.hubs:
                report(
                    Problem(
                        place=f"places.yaml: region_codes.{provider}.{code}",
                        message=f"{place!r} is no hub",
                        remedy="Add it",
                    )
                )
