"""What all facts of one article share, and the roles of one of them. Frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from monitor.knowledge.model import Knowledge
from monitor.mentions.entities import Cast, Mention, Place
from monitor.mentions.lexicon import Hit
from monitor.mentions.places import Gazetteer
from monitor.mentions.scan import Reading, Sentence
from monitor.mentions.view import View
from monitor.model import Actor, Field, Finding
from monitor.rules.quantities import Quantities, ReadAmount


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all facts of one article share."""

    article_id: str
    reading: Reading
    cast: Cast
    gazetteer: Gazetteer
    knowledge: Knowledge
    quantities: Quantities
    published: date | None
    title_families: frozenset[str]
    named: frozenset[str]
    families: frozenset[str]  # of all that act in the article
    speaks_of_cloud: bool  # title or lead name infrastructure
    sites_in_article: bool  # a data center or region is named somewhere
    small_words: Mapping[str, frozenset[str]]  # of the language, by the part that they show (grammar.yaml)
    _views: dict[tuple[int, ...], View] = field(default_factory=dict, repr=False, compare=False)

    def view_of(self, sentences: Sequence[Sentence]) -> View:
        """These sentences as one view, made once an article: rules and the news step look at the same ones."""
        key = tuple([sentence.index for sentence in sentences])
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = View(
                reading=self.reading, cast=self.cast, gazetteer=self.gazetteer, sentences=tuple(sentences)
            )
        return view


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Who, where and how much, as one candidate gives it."""

    actors: Sequence[Actor]
    coref: bool  # the actors are not named in the sentence
    families: frozenset[str]
    places: Sequence[Place]
    origin: str  # where the places come from: sentence, title, previous
    amounts: Sequence[ReadAmount]
    excluded: Sequence[str]
    overseas: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A finding with what merging and the news step still need to know."""

    finding: Finding
    sentence: int  # index of the evidence sentence; title = 0
    in_window: bool  # title or lead, or both together
    across: bool  # built from title and lead together
    nominal: bool  # a headline without a verb
    families: frozenset[str]
    action: Hit | None = None  # what the rule met, in the folded text
    thing: Hit | None = None
    subjects: tuple[Mention, ...] = ()  # empty where the actors are not named in the sentence
    ordinal: int = 0  # which one of its kind it is, 0 where nothing says so
    part: tuple[int, int] = (0, 0)  # of its sentence: where what one of several does begins and ends
    further: int = -1  # where its sentence goes over to one more of the kind
    headlined: bool = True  # the headline names one of the families, or none
    earlier: bool = False  # dated long before the article, behind its first sentence

    @property
    def in_headline(self) -> bool:
        """Whether the headline alone tells it."""
        return self.finding.evidence.span.field is Field.TITLE and not self.across
