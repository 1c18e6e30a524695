"""Ids of detection in, names in the reader's languages out: providers and hubs, from the knowledge."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.knowledge.model import Knowledge, Terms


#: Languages in which a provider has a name in their own script. In the others its Latin name is used.
_OWN_SCRIPT = frozenset({"zh", "ja", "ko", "ar", "th", "ru"})


class KnownNames:
    """Names as the knowledge files give them; countries are left to CLDR."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._provider = lru_cache(maxsize=4096)(self._read_provider)

    def provider_names(self, entity_id: str) -> Mapping[str, str]:
        """Language to name; "" holds the display name."""
        return self._provider(entity_id)

    def place_names(self, place_id: str) -> Mapping[str, str]:
        """Language to name of a hub or bloc; empty for a country."""
        places = self._knowledge.places
        found = places.hubs.get(place_id) or places.blocs.get(place_id)
        return _first_names(found.names, place_id.partition(":")[2], every=True) if found else {}

    def _read_provider(self, entity_id: str) -> Mapping[str, str]:
        entity = self._knowledge.entities.get(entity_id)
        return _first_names(entity.aliases, entity.name) if entity else {}


def _first_names(names: Terms, default: str, *, every: bool = False) -> Mapping[str, str]:
    """The first name of each language that has a script of its own, or of `every` language; "" is the default."""
    first = {language: listed[0].strip("=*") for language, listed in names.items() if listed and "*" not in listed[0]}
    first.pop("any", None)
    own = {key: name for key, name in first.items() if every or key.partition("-")[0] in _OWN_SCRIPT}
    return {**own, "": default}
