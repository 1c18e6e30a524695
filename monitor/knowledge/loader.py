"""Knowledge files in, a checked `Knowledge` out; every problem at once, each with file, id, key and remedy.

The shipped files lie in `data/`. Local files add terms, or replace an entity by its id (`kind: entity` documents).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from monitor.errors import Problem
from monitor.knowledge import entities, sections, values
from monitor.knowledge.model import Knowledge, KnowledgeError
from monitor.knowledge.yamltext import read_documents, yaml_files
from monitor.script import simplified

DATA = Path(__file__).parent / "data"
SHIPPED = (
    "providers.yaml",
    "places.yaml",
    "names.yaml",
    "events.yaml",
    "units.yaml",
    "genre.yaml",
    "grammar.yaml",
    "scoring.yaml",
)


@dataclass(slots=True)
class _Merged:
    """Top-level sections over all files, with the file each entity came from."""

    sections: dict[str, object] = field(default_factory=dict)
    entities: dict[str, tuple[dict[str, object], str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def load_knowledge(paths: Sequence[Path] = ()) -> Knowledge:
    """Read the shipped knowledge and the local files or directories in `paths` (later ones win).

    Raises KnowledgeError with every problem that was found.
    """
    local = [file for path in paths for file in yaml_files(path)]
    merged = _Merged()
    digest = hashlib.sha256()
    for file in [*(DATA / name for name in SHIPPED), *local]:
        _merge_file(merged, file, shipped=file.parent == DATA)
        digest.update(file.read_bytes() if file.is_file() else b"")
    knowledge = _build(merged, digest.hexdigest()[:16])
    if merged.problems:
        raise KnowledgeError(merged.problems)
    return knowledge


def _merge_file(merged: _Merged, file: Path, *, shipped: bool) -> None:
    documents, problems = read_documents(file)
    merged.problems += problems
    for document in documents:
        if not isinstance(document, dict):
            merged.problems.append(
                Problem(place=str(file), message="a document is not a mapping", remedy="Use `key: value`")
            )
            continue
        kind = document.get("kind")
        if kind in ("rule", "watch"):
            continue  # read by the rule and watch loaders, which share the local directory
        if kind == "entity":
            _take_entity(merged, entities.entity_document(document), str(file))
            continue
        for key, value in document.items():
            _take_section(merged, key, value, file, shipped=shipped)


def _take_section(merged: _Merged, key: str, value: object, file: Path, *, shipped: bool) -> None:
    if key == "entities" and isinstance(value, list):
        for entity in value:
            _take_entity(merged, entity, str(file))
        return
    if key not in sections.KNOWN and not (shipped and file.name == "units.yaml"):
        merged.problems.append(
            Problem(
                place=f"{file.name}: {key}",
                message="is not a section",
                remedy=f"Known: {', '.join(sorted(sections.KNOWN))}",
            )
        )
        return
    if shipped and file.name == "units.yaml":
        units = merged.sections.setdefault("units", {})
        assert isinstance(units, dict)
        units[key] = value
        return
    merged.sections[key] = sections.merge(merged.sections.get(key), value)


def _take_entity(merged: _Merged, entity: object, file: str) -> None:
    if not isinstance(entity, dict) or not isinstance(entity.get("id"), str):
        merged.problems.append(
            Problem(place=file, message="an entity has no id", remedy="Give each entity `id: snake_case`")
        )
        return
    known = merged.entities.get(entity["id"])
    if known and known[1] == file:
        merged.problems.append(
            Problem(
                place=f"{Path(file).name}: {entity['id']}",
                message="is defined twice",
                remedy="Merge both definitions",
            )
        )
    merged.entities[entity["id"]] = (entity, file)


def _build(merged: _Merged, digest: str) -> Knowledge:
    report = merged.problems.append
    part = merged.sections
    known = {
        entity_id: built
        for entity_id, (raw, file) in merged.entities.items()
        if (built := entities.entity(raw, f"{Path(file).name}: {entity_id}", report)) is not None
    }
    contexts = values.lexicon(part.get("contexts"), "providers.yaml: contexts", report)
    places = sections.places(part, _cities(), report)
    knowledge = Knowledge(
        entities=known,
        contexts=contexts,
        suffixes=values.terms(part.get("suffixes"), "providers.yaml: suffixes", report, checked=False),
        prefixes=values.terms(part.get("prefixes"), "providers.yaml: prefixes", report, checked=False),
        places=places,
        objects=values.lexicon(part.get("objects"), "events.yaml: objects", report),
        actions=sections.actions(part.get("actions"), report),
        cues=values.lexicon(part.get("cues"), "events.yaml: cues", report),
        coref=values.terms(part.get("coref"), "events.yaml: coref", report),
        people=values.terms(part.get("people"), "events.yaml: people", report),
        former=values.terms(part.get("former"), "events.yaml: former", report, checked=False),
        other_names=values.terms(part.get("other_names"), "providers.yaml: other_names", report),
        genre=values.lexicon(part.get("genre"), "genre.yaml: genre", report),
        grammar={
            role: values.terms(listed, f"grammar.yaml: grammar.{role}", report, checked=False)
            for role, listed in values.mapping_of(part.get("grammar")).items()
        },
        abbreviations=frozenset(word.lower() for word in _strings(part.get("abbreviations"))),
        scoring=sections.scoring(part.get("scoring"), report),
        units=values.mapping_of(part.get("units")),
        rates=_rates(part.get("rates"), report),
        rates_date=str(part.get("rates_date", "")),
        news_weights=values.integers(part.get("news_weights"), "scoring.yaml: news_weights", report),
        traditional=simplified(),
        names={
            key: {language: str(name) for language, name in values.mapping_of(names).items()}
            for key, names in values.mapping_of(part.get("names")).items()
        },
        digest=digest,
    )
    sections.check_references(knowledge, report)
    return knowledge


def _cities() -> Mapping[str, sections.City]:
    """Larger towns of the world by id, from the shipped table."""
    lines = (DATA / "cities.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return {
        f"{country}:{name}": sections.City(
            spellings=tuple(names.split("|")), inside=f"{country}:{region[0]}" if region else ""
        )
        for country, name, names, *region in rows
    }


def _rates(value: object, report: values.Report) -> Mapping[str, Decimal]:
    rates: dict[str, Decimal] = {}
    for currency, text in values.mapping_of(value).items():
        try:
            rates[currency] = Decimal(str(text))
        except InvalidOperation:
            report(
                Problem(
                    place=f"scoring.yaml: rates.{currency}",
                    message=f"{text!r} is not a number",
                    remedy="US dollars per unit",
                )
            )
    return rates


def _strings(value: object) -> Iterable[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
