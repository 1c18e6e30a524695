"""An entity as the knowledge files write it in, its frozen value out; what is wrong goes to `report`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from monitor.errors import Problem
from monitor.knowledge.model import AmbiguousAlias, Entity
from monitor.knowledge.values import Report, names_of, rows_of, terms

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
_ISO2 = re.compile(r"[A-Z]{2}")
_ENTITY_ID = re.compile(r"[a-z][a-z0-9_]*")


def entity_document(document: Mapping[str, object]) -> dict[str, object]:
    """An `kind: entity` document of a local file as an entry of `entities`."""
    entity_raw = {key: value for key, value in document.items() if key in ENTITY_KEYS}
    entity_raw["kind"] = document.get("entity_kind", "provider")
    return entity_raw


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
        ambiguous=tuple(
            _ambiguous(one, f"{place}.ambiguous", report) for one in rows_of(raw.get("ambiguous"))
        ),
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
        needs=names_of(raw.get("needs")),
        reject=names_of(raw.get("reject")),
        within=within,
    )
