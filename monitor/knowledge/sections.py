"""One section of the knowledge files in, its frozen value out; what is wrong goes to `report`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from monitor.errors import Problem
from monitor.knowledge.model import (
    Action,
    AmbiguousAlias,
    Bloc,
    Country,
    Entity,
    Hub,
    Knowledge,
    Places,
    Scoring,
    Terms,
)
from monitor.knowledge.terms import expand
from monitor.model import Direction, Status

Report = Callable[[Problem], None]

LANGUAGES = frozenset(
    {
        *("any", "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "no", "fi", "pl", "cs"),
        *("hu", "ru", "tr", "ar", "th", "vi", "id", "ms", "zh", "zh-Hans", "zh-Hant", "ja", "ko"),
    }
)
KINDS = frozenset(
    {
        *("provider", "parent", "carrier", "colo", "neocloud", "model", "chip", "lab", "vendor"),
        *("investor", "group"),
    }
)
ENTITY_KEYS = frozenset(
    {
        *("id", "kind", "name", "home", "parent", "acts_as", "mixed", "tier", "aliases"),
        *("ambiguous", "notes"),
    }
)
AMBIGUOUS_KEYS = frozenset(
    {
        *("alias", "lang", "needs", "reject", "within", "note"),
    }
)
KNOWN = frozenset(
    {
        *("version", "contexts", "suffixes", "prefixes", "entities", "countries", "blocs", "hubs"),
        *("region_codes", "not_places", "datelines", "objects", "actions", "cues", "coref", "people"),
        *("former", "other_names", "genre", "abbreviations", "scoring", "rates", "rates_date"),
        *("news_weights", "grammar", "names"),
    }
)
_ISO2 = re.compile(r"[A-Z]{2}")
_ENTITY_ID = re.compile(r"[a-z][a-z0-9_]*")


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


def entity_document(document: Mapping[str, object]) -> dict[str, object]:
    """An `kind: entity` document of a local file as an entry of `entities`."""
    entity_raw = {key: value for key, value in document.items() if key in ENTITY_KEYS}
    entity_raw["kind"] = document.get("entity_kind", "provider")
    return entity_raw


def terms(value: object, place: str, report: Report, *, checked: bool = True) -> Terms:
    """Terms per language."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        report(
            Problem(place=place, message="is not a mapping of languages", remedy="Write `en: [term, ...]`")
        )
        return {}
    result: dict[str, tuple[str, ...]] = {}
    for language, listed in value.items():
        if language not in LANGUAGES:
            report(
                Problem(
                    place=f"{place}.{language}",
                    message="is not a known language",
                    remedy="See docs/detection.md",
                )
            )
        elif not isinstance(listed, list):
            report(Problem(place=f"{place}.{language}", message="is not a list", remedy="Write [term, ...]"))
        else:
            result[language] = tuple(cast("list[str]", listed))
            if checked:
                _check_terms(result[language], f"{place}.{language}", report)
    return result


def _check_terms(listed: tuple[str, ...], place: str, report: Report) -> None:
    for term in listed:
        if not isinstance(term, str) or not term.strip("=* ") or term != term.strip():
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} is not usable",
                    remedy="Quote it; no blanks at its ends",
                )
            )
            continue
        if term.count("(") != term.count(")") or term.count("[") != term.count("]") or term.count(" .. ") > 1:
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} has unbalanced brackets or two gaps",
                    remedy="Split it",
                )
            )
            continue
        if any(not spelling.strip("=* ") for spelling in expand(term)):
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} has an empty alternative",
                    remedy="Remove the empty one",
                )
            )


def lexicon(value: object, place: str, report: Report) -> Mapping[str, Terms]:
    """Named lists of terms per language."""
    if not isinstance(value, dict):
        return {}
    return {name: terms(listed, f"{place}.{name}", report) for name, listed in value.items()}


def entity(raw: Mapping[str, object], place: str, report: Report) -> Entity | None:
    for key in ("kind", "name", "tier"):
        if key not in raw:
            report(
                Problem(
                    place=f"{place}.{key}",
                    message="is missing",
                    remedy="Every entity has id, kind, name and tier",
                )
            )
            return None
    for key in set(raw) - ENTITY_KEYS:
        report(
            Problem(
                place=f"{place}.{key}",
                message="is not a known key",
                remedy=f"Known: {', '.join(sorted(ENTITY_KEYS))}",
            )
        )
    if not _ENTITY_ID.fullmatch(str(raw.get("id"))):
        report(Problem(place=f"{place}.id", message="is not snake_case", remedy="Use a-z, 0-9 and _"))
    if raw["kind"] not in KINDS:
        report(
            Problem(
                place=f"{place}.kind",
                message=f"{raw['kind']!r} is unknown",
                remedy=f"One of {', '.join(sorted(KINDS))}",
            )
        )
    if raw["tier"] not in ("1", "2", "3"):
        report(Problem(place=f"{place}.tier", message=f"{raw['tier']!r} is unknown", remedy="1, 2 or 3"))
        return None
    home = str(raw.get("home", ""))
    if (home and not _ISO2.fullmatch(home)) or (not home and raw["kind"] != "group"):
        report(
            Problem(
                place=f"{place}.home",
                message=f"{home!r} is no country",
                remedy="ISO 3166 code of the home market",
            )
        )
    return Entity(
        id=str(raw["id"]),
        kind=str(raw["kind"]),
        name=str(raw["name"]),
        home=home,
        parent=str(raw.get("parent", "")),
        acts_as=str(raw.get("acts_as", "")),
        tier=int(str(raw["tier"])),
        mixed=raw.get("mixed") == "true",
        aliases=terms(raw.get("aliases") or {}, f"{place}.aliases", report),
        ambiguous=tuple(_ambiguous(one, f"{place}.ambiguous", report) for one in _rows(raw.get("ambiguous"))),
    )


def _ambiguous(raw: Mapping[str, object], place: str, report: Report) -> AmbiguousAlias:
    for key in set(raw) - AMBIGUOUS_KEYS:
        report(
            Problem(
                place=f"{place}.{key}",
                message="is not a known key",
                remedy="alias, lang, needs, reject, within, note",
            )
        )
    within = str(raw.get("within", "sentence"))
    if within not in ("sentence", "title_lead", "article"):
        report(
            Problem(
                place=f"{place}.within",
                message=f"{within!r} is unknown",
                remedy="sentence, title_lead or article",
            )
        )
    if not raw.get("needs"):
        report(
            Problem(
                place=place,
                message=f"alias {raw.get('alias')!r} needs no context",
                remedy="List it in aliases",
            )
        )
    return AmbiguousAlias(
        alias=str(raw.get("alias", "")),
        language=str(raw.get("lang", "any")),
        needs=_names(raw.get("needs")),
        reject=_names(raw.get("reject")),
        within=within,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """A row of the table of larger towns: how it is written, and the hub that it lies in."""

    spellings: tuple[str, ...]
    inside: str = ""


def places(part: Mapping[str, object], cities: Mapping[str, City], report: Report) -> Places:
    countries = {
        code: Country(
            short=terms(_map(raw).get("short"), f"places.yaml: {code}.short", report),
            adjectives=terms(_map(raw).get("adj"), f"places.yaml: {code}.adj", report),
            risky=_names(_map(raw).get("risky")),
        )
        for code, raw in _map(part.get("countries")).items()
    }
    blocs = {
        key: Bloc(
            id=key,
            members=frozenset(_names(_map(raw).get("members"))),
            names=terms(_map(raw).get("names"), f"places.yaml: {key}", report),
        )
        for key, raw in _map(part.get("blocs")).items()
    }
    hubs: dict[str, Hub] = {}
    for raw in _rows(part.get("hubs")):
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
            provider: {code: str(place) for code, place in _map(codes).items()}
            for provider, codes in _map(part.get("region_codes")).items()
        },
        not_places=terms(part.get("not_places"), "places.yaml: not_places", report),
        cities={key: city.spellings for key, city in cities.items() if key not in hubs},
        cities_inside={key: city.inside for key, city in cities.items() if city.inside in hubs},
        datelines=tuple(
            pattern for listed in _map(part.get("datelines")).values() for pattern in _names(listed)
        ),
    )


def actions(value: object, report: Report) -> Mapping[str, Action]:
    result = {}
    for name, raw in _map(value).items():
        fields = _map(raw)
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
    raw = _map(value)
    return Scoring(
        thresholds=integers(raw.get("threshold"), "scoring.yaml: scoring.threshold", report),
        bonus=integers(raw.get("bonus"), "scoring.yaml: scoring.bonus", report),
        penalty=integers(raw.get("penalty"), "scoring.yaml: scoring.penalty", report),
    )


def integers(value: object, place: str, report: Report) -> Mapping[str, int]:
    result = {}
    for key, text in _map(value).items():
        try:
            result[key] = int(str(text))
        except ValueError:
            report(
                Problem(
                    place=f"{place}.{key}",
                    message=f"{text!r} is no whole number",
                    remedy="Write points, as 8 or -15",
                )
            )
    return result


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


def _map(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _rows(value: object) -> list[Mapping[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
