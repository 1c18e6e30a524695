"""The facts of an alert in order in, of each what the ones before it did not say out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from alerts.model import Fact, Quantity


def additions(facts: Sequence[Fact]) -> Iterator[tuple[Fact, Fact]]:
    """Each fact after the first that adds something, with what it adds: status "" where that was said before."""
    told = _Told()
    for fact in facts[:1]:
        told.take(fact)
    for fact in facts[1:]:
        news = told.news(fact)
        told.take(fact)
        if news is not None:
            yield fact, news


class _Told:
    """What an alert's facts have said so far."""

    def __init__(self) -> None:
        self._actors: set[str] = set()
        self._events: set[tuple[str, str]] = set()
        self._places: set[str] = set()
        self._amounts: set[tuple[str, Decimal, Decimal | None]] = set()
        self._statuses: set[str] = set()

    def take(self, fact: Fact) -> None:
        """Remember what a fact says; a town says its country too."""
        self._actors |= {actor.id for actor in fact.actors}
        self._events.add((fact.event, fact.direction))
        self._places |= {place.id for place in fact.places}
        self._places |= {place.country for place in fact.places if place.country}
        self._amounts |= {_measure(amount) for amount in fact.amounts}
        self._statuses.add(fact.status)

    def news(self, fact: Fact) -> Fact | None:
        """The fact without what was said before; None where nothing but its status is left, and that was said too."""
        news = replace(
            fact,
            actors=tuple(actor for actor in fact.actors if actor.id not in self._actors),
            places=tuple(place for place in fact.places if place.id not in self._places),
            amounts=tuple(amount for amount in fact.amounts if _measure(amount) not in self._amounts),
            status="" if fact.status in self._statuses else fact.status,
            excluded_places=(),
            overseas=False,
        )
        is_new = (fact.event, fact.direction) not in self._events
        return news if is_new or news.actors or news.places or news.amounts or news.status else None


def _measure(amount: Quantity) -> tuple[str, Decimal, Decimal | None]:
    return amount.unit, amount.value, amount.value_max
