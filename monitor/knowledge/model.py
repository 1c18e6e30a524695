"""The knowledge as frozen values: entities, places, events. Looked up by id; compiled per language on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from monitor.errors import ConfigError
from monitor.model import Direction, Status

Terms = Mapping[str, tuple[str, ...]]  # language -> terms


class KnowledgeError(ConfigError):
    """Knowledge files are wrong. Holds every problem: file, id, key and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousAlias:
    """An alias that counts only in a context ("Oracle" near "cloud")."""

    alias: str
    language: str
    needs: tuple[str, ...]
    reject: tuple[str, ...] = ()
    within: str = "sentence"  # sentence, title_lead, article


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Who can act: a provider, its parent, a carrier, a lab, a chip family, a group ..."""

    id: str
    kind: str
    name: str
    home: str = ""
    parent: str = ""
    acts_as: str = ""
    tier: int = 3
    mixed: bool = False  # sells much besides cloud
    aliases: Terms = field(default_factory=dict)
    ambiguous: tuple[AmbiguousAlias, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A verb class: what its terms mean for status and direction."""

    name: str
    status: Status
    direction: Direction
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A data-centre town, province or campus: "MY:Johor"."""

    id: str
    names: Terms
    ambiguous: bool = False
    inside: str = ""  # id of the hub that it lies in


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    short: Terms
    adjectives: Terms
    risky: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bloc:
    id: str
    members: frozenset[str]
    names: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    countries: Mapping[str, Country]
    blocs: Mapping[str, Bloc]
    hubs: Mapping[str, Hub]
    region_codes: Mapping[str, Mapping[str, str]]  # provider -> code -> place id
    not_places: Terms
    datelines: tuple[str, ...]
    cities: Mapping[str, tuple[str, ...]]  # larger towns ("DE:Magdeburg") with their spellings in any script
    cities_inside: Mapping[str, str]  # the hub that a larger town lies in


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Every weight of a finding's score, by name."""

    thresholds: Mapping[str, int]
    bonus: Mapping[str, int]
    penalty: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """All that is known before reading. `digest` changes with any byte of the files."""

    entities: Mapping[str, Entity]
    contexts: Mapping[str, Terms]
    suffixes: Terms
    prefixes: Terms
    places: Places
    objects: Mapping[str, Terms]
    actions: Mapping[str, Action]
    cues: Mapping[str, Terms]
    coref: Terms
    people: Terms  # who belongs to a provider without being it
    former: Terms
    other_names: Terms  # products and teams that carry a provider's name
    genre: Mapping[str, Terms]
    grammar: Mapping[str, Terms]  # small words that show a part of speech, by part
    abbreviations: frozenset[str]
    scoring: Scoring
    units: Mapping[str, object]
    rates: Mapping[str, Decimal]
    rates_date: str
    news_weights: Mapping[str, int]
    traditional: Mapping[int, str]
    names: Mapping[
        str, Mapping[str, str]
    ]  # what a provider or a place is called, where no spelling is its name
    digest: str

    def home_of(self, entity_id: str) -> str:
        """ISO 3166 code of the home market, "" where there is none."""
        entity = self.entities.get(entity_id)
        return entity.home if entity else ""

    def tier_of(self, entity_id: str) -> int:
        entity = self.entities.get(entity_id)
        return entity.tier if entity else 3

    def kind_of(self, entity_id: str) -> str:
        entity = self.entities.get(entity_id)
        return entity.kind if entity else ""

    def family_of(self, entity_id: str) -> str:
        """Topmost owner: aws and amazon are one family."""
        entity = self.entities.get(entity_id)
        if entity is None or not entity.parent:
            return entity_id
        seen = set()
        while (entity := self.entities.get(entity_id)) and entity.parent and entity_id not in seen:
            seen.add(entity_id)
            entity_id = entity.parent
        return entity_id

    def regions_of(self, place_id: str) -> frozenset[str]:
        """Ids of the hubs that a place lies in: "DE:Hesse" for "DE:Frankfurt"; not its country."""
        found: set[str] = set()
        while (place_id := self._region_of(place_id)) and place_id not in found:
            found.add(place_id)
        return frozenset(found)

    def _region_of(self, place_id: str) -> str:
        hub = self.places.hubs.get(place_id)
        return hub.inside if hub else self.places.cities_inside.get(place_id, "")

    def bloc_members(self, bloc_id: str) -> frozenset[str]:
        """ISO codes of a bloc; accepts "bloc:GCC", "region:sea", "GCC" and "sea"."""
        blocs = self.places.blocs
        for key in (bloc_id, f"bloc:{bloc_id.upper()}", f"region:{bloc_id.lower()}"):
            if key in blocs:
                return blocs[key].members
        return frozenset()


def terms_of(terms: Terms, language: str) -> Sequence[str]:
    """The lists that serve a language: any + its own (zh also zh-Hans and zh-Hant, ms also id)."""
    base = language.partition("-")[0]
    keys = ["any", base, *_ALSO.get(base, ())]
    return tuple(dict.fromkeys(term for key in keys for term in terms.get(key, ())))


def languages_of(knowledge: Knowledge) -> tuple[str, ...]:
    """The base languages that any list is written for, in order."""
    listed = [
        *(entity.aliases for entity in knowledge.entities.values()),
        *(action.terms for action in knowledge.actions.values()),
        *knowledge.objects.values(),
        *knowledge.contexts.values(),
    ]
    keys = {key.partition("-")[0] for terms in listed for key in terms} - {"any"}
    return tuple(sorted(keys))


_ALSO: Mapping[str, tuple[str, ...]] = {
    "zh": ("zh-Hans", "zh-Hant"),
    "ms": ("id",),
    "id": ("ms",),
    "no": ("nb", "da"),
    "nb": ("no", "da"),
    "da": ("nb",),
}
