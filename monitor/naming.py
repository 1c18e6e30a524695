"""Knowledge in, names of providers and places by language out, for alerts and pages. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from monitor.alerting import Names, NoNames
from monitor.knowledge.model import Knowledge, Terms

#: Signs of the term syntax: a term that holds one is a pattern, not a name.
_PATTERN = re.compile(r"[*\[\]()|=]|\.\.")

_HAN = re.compile(r"[\u3400-\u9fff·]+")

#: Languages that write providers in their own script; in the others the Latin name is the one people know.
_OWN_SCRIPT = frozenset({"ar", "ja", "ko", "ru", "th", "zh"})


class KnowledgeNames:
    """The names that the knowledge files give."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._traditional: dict[str, str] = {}
        for full, simple in knowledge.traditional.items():
            if not _is_in_big5(simple):
                self._traditional.setdefault(simple, chr(full))

    def provider_names(self, entity_id: str) -> Mapping[str, str]:
        """Names of a provider; "" is the one it is usually called by."""
        entity = self.knowledge.entities.get(entity_id)
        if entity is None:
            return {}
        named = _names(entity.aliases).items()
        own = {language: name for language, name in named if language.partition("-")[0] in _OWN_SCRIPT}
        own |= self.knowledge.names.get(entity_id, {})
        return self._with_traditional(own) | {"": entity.name}

    def place_names(self, place_id: str) -> Mapping[str, str]:
        """Names of a hub, a town or a bloc; countries have theirs from CLDR, by their code."""
        places, own = self.knowledge.places, dict(self.knowledge.names.get(place_id, {}))
        hub, spellings = places.hubs.get(place_id), places.cities.get(place_id)
        if hub is not None:
            return self._with_traditional(_names(hub.names) | own) | {"": place_id.partition(":")[2]}
        if spellings is not None:
            return self._with_traditional(self._in_han(spellings) | own) | {"": place_id.partition(":")[2]}
        bloc = places.blocs.get(place_id)
        return self._with_traditional(_names(bloc.names) | own) if bloc else own

    def _with_traditional(self, names: Mapping[str, str]) -> dict[str, str]:
        """Names with the traditional form of the Chinese one, where only the simplified is known.

        A character that Big5 has is traditional too, and stays.
        """
        simple = names.get("zh", "")
        if not simple or "zh-Hant" in names:
            return dict(names)
        return {**names, "zh-Hant": "".join(self._traditional.get(char, char) for char in simple)}

    def _in_han(self, spellings: Sequence[str]) -> dict[str, str]:
        """How a town is written in Chinese: the first simplified spelling, and the first traditional one."""
        han = [name for name in spellings if _HAN.fullmatch(name)]
        simple = [name for name in han if name.translate(self.knowledge.traditional) == name]
        found = {"zh": simple[0]} if simple else {"zh": han[0]} if han else {}
        full = [name for name in han if name not in simple]
        return found | ({"zh-Hant": full[0]} if full else {})

    def regions_of(self, place_id: str) -> frozenset[str]:
        """Ids of the hubs that a place lies in."""
        return self.knowledge.regions_of(place_id)


def _is_in_big5(char: str) -> bool:
    try:
        char.encode("big5")
    except UnicodeEncodeError:
        return False
    return True


def names_of(knowledge: object) -> Names:
    """The names that `knowledge` offers; ids where it is no Knowledge."""
    return KnowledgeNames(knowledge) if isinstance(knowledge, Knowledge) else NoNames()


def _names(terms: Terms) -> dict[str, str]:
    """The first term of each language that is a plain name. zh-Hans also serves "zh"."""
    found: dict[str, str] = {}
    for language, spellings in terms.items():
        name = next((spelling for spelling in spellings if not _PATTERN.search(spelling)), None)
        if name is not None:
            found["" if language == "any" else language] = name
    if "zh-Hans" in found:
        found.setdefault("zh", found["zh-Hans"])
    return found
