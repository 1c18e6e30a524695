"""The words found on a page in, whether what a rule cannot do without stands together out. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from monitor.knowledge.model import Knowledge
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.view import PRODUCT_OBJECTS
from monitor.rules.facts import COUNT_KINDS
from monitor.rules.matching import INFRASTRUCTURE, WINDOW_REACH
from monitor.rules.model import EventRule, Need
from monitor.text import LONGEST_SENTENCE

#: What a page may say between two words that extraction puts side by side (a caption, a label).
SLACK = 80
#: Sentences before an action in which "the company" may be named, and one for sentences that were cut elsewhere.
BEFORE, AFTER = 4, 1
_SENTENCE_END = re.compile(r"\n|[.!?…؟][\"'”’»)\]]*(?=\s)|[。！？]")
_TITLE = 0  # the number of the headline among the sentences


@dataclass(frozen=True, slots=True)
class Needs:
    """What one rule cannot do without."""

    actions: frozenset[str]
    objects: frozenset[str]
    is_nominal: bool
    kinds: frozenset[str]  # of the actor; empty: any
    reach: int
    needs_site: bool  # a data center or its context must be named
    needs_two: bool  # two providers
    amounts: frozenset[str]  # kinds of which one must stand in the sentence; empty: none need

    @classmethod
    def of(cls, rule: EventRule) -> Needs:
        own = [part.name for part in (rule.own_action,) if part]
        return cls(
            actions=frozenset((*rule.actions, *own)),
            objects=frozenset((*rule.objects, *([rule.own_object.name] if rule.own_object else []))),
            is_nominal=rule.is_nominal,
            kinds=rule.actor_kinds,
            reach=(WINDOW_REACH if rule.reach is None else rule.reach) + SLACK,
            needs_site=bool({Need.DC_IN_ARTICLE, Need.DC_CONTEXT} & set(rule.need)),
            amounts=frozenset({"money"})
            if Need.MONEY in rule.need
            else COUNT_KINDS
            if Need.COUNT in rule.need
            else frozenset(),
            needs_two=bool({Need.TWO_PROVIDERS, Need.TWO_IN_SENTENCE} & set(rule.need)),
        )


@dataclass(frozen=True, slots=True)
class _Actor:
    sentence: int
    kinds: frozenset[str]
    is_pure: bool


class PageWords:
    """The hits of one page by sentence; sentence 0 is all that could be the headline."""

    def __init__(
        self,
        folded: str,
        body_at: int,
        found: Sequence[Hit],
        *,
        shortest: int,
        is_digest: bool,
        amounts_in: Callable[[int, int, frozenset[str]], bool],
    ) -> None:
        self._amounts_in = amounts_in
        self._body_at = body_at
        self._starts = _sentence_starts(folded, body_at)
        self._ends = [*self._starts[1:], len(folded)]
        self._shortest = shortest
        # Then any sentence may be the headline of an item, or the one that "the company" reaches back to.
        self._is_digest = is_digest
        self._contexts: dict[str, set[int]] = {}
        self._places: dict[str, list[int]] = {}  # actions, objects and own terms by value
        self._in_title: set[str] = set()
        for hit in found:
            if hit.kind is Kind.CONTEXT:
                self._contexts.setdefault(hit.value, set()).add(self._sentence(hit.start))
            elif hit.kind is not Kind.GENRE:
                self._add(hit.value, hit.start)
        self._actors: list[_Actor] = []
        self._families = 0
        self._speaks_of_cloud = False

    def take_actors(self, actors: Sequence[Hit], knowledge: Knowledge) -> None:
        """A chip or a model that is named is an object, too."""
        for hit in actors:
            entity = knowledge.entities[hit.value]
            credited = knowledge.entities.get(entity.acts_as, entity)
            pure = not credited.mixed or {entity.kind, credited.kind} & {"lab", "neocloud"}
            kinds = frozenset((entity.kind, credited.kind))
            self._actors.append(_Actor(self._sentence(hit.start), kinds, is_pure=bool(pure)))
            if entity.kind in PRODUCT_OBJECTS:
                self._add(PRODUCT_OBJECTS[entity.kind], hit.start)
        self._actors.sort(key=lambda actor: actor.sentence)
        self._families = len({knowledge.family_of(hit.value) for hit in actors})
        self._speaks_of_cloud = not INFRASTRUCTURE.isdisjoint(self._places)
        for places in self._places.values():
            places.sort()

    def context_near(self, hit: Hit, context: str, *, anywhere: bool) -> bool:
        """In the same sentence (or its neighbours: they may be cut elsewhere), or in the headline."""
        sentences = self._contexts.get(context)
        if not sentences:
            return False
        here = self._sentence(hit.start)
        if anywhere or self._is_digest or here == _TITLE or _TITLE in sentences:
            return True
        return any(here + step in sentences for step in (-2, -1, 0, 1, 2))

    def satisfy(self, needs: Needs) -> bool:
        if (needs.needs_site and not self._speaks_of_cloud) or (needs.needs_two and self._families < 2):
            return False
        anyone = [actor for actor in self._actors if not needs.kinds or needs.kinds & actor.kinds]
        # A firm that sells much besides cloud counts only where cloud is spoken of, or the object is of it.
        pure = anyone if self._speaks_of_cloud else [actor for actor in anyone if actor.is_pure]
        told = needs.objects - {"site"}
        if needs.is_nominal:
            headlines = self._places.keys() if self._is_digest else self._in_title
            return bool(anyone) and not needs.objects.isdisjoint(headlines)
        return self._together(needs, told, anyone) or (
            (told != needs.objects or not needs.objects) and self._together(needs, needs.objects - told, pure)
        )

    def _together(self, needs: Needs, objects: frozenset[str], actors: Sequence[_Actor]) -> bool:
        """Action, one of these objects (any, where the rule asks for none) and one of these actors."""
        if not actors or (needs.objects and not objects):
            return False
        places = [actor.sentence for actor in actors]
        if self._by_title(needs, objects, places):
            return True
        for action in needs.actions:
            for at in self._places.get(action, ()):
                if at < self._body_at or not self._near(places, self._sentence(at)):
                    continue
                if needs.objects and not any(self._within(one, at, needs.reach) for one in objects):
                    continue
                if not needs.amounts or self._is_digest or self._amounts_near(at, needs.amounts):
                    return True
        return False

    def _by_title(self, needs: Needs, objects: frozenset[str], actors: Sequence[int]) -> bool:
        """Headline and lead are read together; a lead is no short line."""
        acts, things = needs.actions & self._in_title, objects & self._in_title
        if acts and (things or not needs.objects):
            return _TITLE in actors or self._in_lead(needs, actors)
        others = objects if acts else needs.actions if things else frozenset()
        return any(
            at >= self._body_at and self._near(actors, self._sentence(at))
            for other in others
            for at in self._places.get(other, ())
        )

    def _in_lead(self, needs: Needs, actors: Sequence[int]) -> bool:
        """Could an actor stand in the lead, and the amount that the rule asks for there or in the headline?"""
        leads = [one for one in actors if self._is_prose(one)]
        if not needs.amounts or not leads or self._amounts_in(0, self._body_at, needs.amounts):
            return bool(leads)
        return any(self._amounts_near(self._starts[one - 1], needs.amounts) for one in dict.fromkeys(leads))

    def _near(self, actors: Sequence[int], sentence: int) -> bool:
        if actors[0] == _TITLE or self._is_digest:
            return True
        first = bisect_left(actors, sentence - BEFORE)
        return first < len(actors) and actors[first] <= sentence + AFTER

    def _amounts_near(self, at: int, kinds: frozenset[str]) -> bool:
        """In the sentences that may make up the one the action stands in."""
        here = self._sentence(at) - 1
        first, last = max(0, here - AFTER), min(len(self._ends) - 1, here + AFTER)
        return self._amounts_in(self._starts[first], self._ends[last], kinds)

    def _within(self, value: str, at: int, reach: int) -> bool:
        places = self._places.get(value, ())
        first = bisect_left(places, at - reach)
        return first < len(places) and places[first] <= at + reach

    def _is_prose(self, sentence: int) -> bool:
        return (
            sentence != _TITLE
            and self._ends[sentence - 1] - self._starts[sentence - 1] >= self._shortest - SLACK // 10
        )

    def _sentence(self, at: int) -> int:
        return _TITLE if at < self._body_at else max(1, bisect_right(self._starts, at))

    def _add(self, value: str, at: int) -> None:
        self._places.setdefault(value, []).append(at)
        if at < self._body_at:
            self._in_title.add(value)


def _sentence_starts(folded: str, body_at: int) -> list[int]:
    starts = [body_at]
    for match in _SENTENCE_END.finditer(folded, body_at):
        while match.end() - starts[-1] > LONGEST_SENTENCE:
            starts.append(starts[-1] + LONGEST_SENTENCE)
        starts.append(match.end())
    return starts
