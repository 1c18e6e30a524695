"""Names and words of the short label form in, how many of them a judgement found out. Pure.

Labels of this form name what title and lead show, so only what was labelled counts: shares, no precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from monitor.evaluation.facts import COARSE, same_amount
from monitor.evaluation.figures import Share
from monitor.evaluation.labels import LabelledAmount, Named
from monitor.knowledge.model import Knowledge
from monitor.mentions.amounts import AmountReader
from monitor.mentions.names import country_names
from monitor.model import EventType, Finding


class NameTable:
    """English names of actors and places as ids. A name that nobody knows resolves to nothing."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._families = knowledge
        self._actors = dict(_actor_names(knowledge))
        self._countries = dict(_country_names(knowledge))
        self._amounts = AmountReader(knowledge.units)

    def family(self, name: str) -> str | None:
        """Family of the actor with this name."""
        found = self._actors.get(name.casefold())
        return self._families.family_of(found) if found else None

    def country(self, name: str) -> str | None:
        """Country of the place with this name; blocs and regions stay what they are."""
        return self._countries.get(name.casefold())

    def amounts(self, written: str) -> list[LabelledAmount]:
        """What "9 billion USD" and "NT$42 billion" stand for; both ends of a range."""
        return [
            LabelledAmount(value=value, unit=one.unit)
            for one in self._amounts.read(written, "en")
            for value in (one.value, one.value_max)
            if value is not None
        ]


def _actor_names(knowledge: Knowledge) -> Iterable[tuple[str, str]]:
    for entity in knowledge.entities.values():
        for names in entity.aliases.values():
            yield from ((name.lstrip("=").casefold(), entity.id) for name in names)
        yield from ((alias.alias.lstrip("=").casefold(), entity.id) for alias in entity.ambiguous)
    for entity in knowledge.entities.values():
        yield entity.name.casefold(), entity.id


def _country_names(knowledge: Knowledge) -> Iterable[tuple[str, str]]:
    places = knowledge.places
    for identity, spellings in places.cities.items():
        yield from ((name.casefold(), identity.partition(":")[0]) for name in spellings)
    for hub in places.hubs.values():
        yield from (
            (name.casefold(), hub.id.partition(":")[0]) for names in hub.names.values() for name in names
        )
    for bloc in places.blocs.values():
        yield from ((name.casefold(), bloc.id) for name in bloc.names.get("en", ()))
    for code, country in places.countries.items():
        yield from ((name.casefold(), code) for name in country.short.get("en", ()))
    for code, names in country_names("en").items():
        yield from ((name.casefold(), code) for name in names)


@dataclass(slots=True, kw_only=True)
class NamedFigures:
    """Shares of labelled values that were found, over relevant articles; `unknown` are names that nobody knows."""

    type: Share = field(default_factory=Share)
    actor: Share = field(default_factory=Share)
    place: Share = field(default_factory=Share)
    amount: Share = field(default_factory=Share)
    status: Share = field(default_factory=Share)
    status_coarse: Share = field(default_factory=Share)
    unknown: list[str] = field(default_factory=list)

    def add(self, named: Named, findings: Iterable[Finding], names: NameTable, knowledge: Knowledge) -> None:
        """Count one article: its news, else (where nothing is news) what it states."""
        stated = [one for one in findings if one.type is not EventType.FOOTPRINT]
        facts = [one for one in stated if one.news] or stated
        self._add_values(named, facts, names, knowledge)
        if named.types:
            self.type += Share(right=any(one.type.value in named.types for one in facts), total=1)
        if named.status in COARSE:
            found = {one.status.value for one in facts}
            self.status += Share(right=named.status in found, total=1)
            wanted = COARSE[named.status]
            self.status_coarse += Share(right=wanted in {COARSE[status] for status in found}, total=1)

    def _add_values(self, named: Named, facts: list[Finding], names: NameTable, knowledge: Knowledge) -> None:
        families = {knowledge.family_of(actor.id) for one in facts for actor in one.actors}
        countries = {place.country or place.id for one in facts for place in one.places} | {
            place.id for one in facts for place in one.places
        }
        amounts = [amount for one in facts for amount in one.amounts]
        for name in named.actors:
            self.actor += self._known(name, names.family(name), families)
        for name in named.places:
            self.place += self._known(name, names.country(name), countries)
        for written in named.amounts:
            readings = names.amounts(written)
            if not readings:
                self.unknown.append(written)
                continue
            right = any(same_amount(reading, one) for reading in readings for one in amounts)
            self.amount += Share(right=right, total=1)

    def _known(self, name: str, identity: str | None, found: set[str]) -> Share:
        if identity is None:
            self.unknown.append(name)
            return Share()
        return Share(right=identity in found, total=1)


def shares(figures: NamedFigures) -> Mapping[str, Share]:
    """By name, for printing."""
    return {
        "type": figures.type,
        "actor": figures.actor,
        "place": figures.place,
        "amount": figures.amount,
        "status": figures.status,
        "status, coarse": figures.status_coarse,
    }
