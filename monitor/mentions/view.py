"""A sentence (or title and lead as one window) as rules see it: actions, objects, actors and places in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.mentions.entities import Cast, Mention, Place
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.parts import parts_of
from monitor.mentions.places import Gazetteer
from monitor.mentions.scan import Reading, Sentence
from monitor.model import Field

PRODUCT_OBJECTS = {"chip": "compute", "model": "service"}


@dataclass(kw_only=True)
class View:
    """What stands between `start` and `end` of the folded text."""

    reading: Reading
    cast: Cast
    gazetteer: Gazetteer
    sentences: Sequence[Sentence]

    @property
    def first(self) -> Sentence:
        return self.sentences[0]

    @property
    def is_window(self) -> bool:
        """Title and lead together rather than one sentence."""
        return len(self.sentences) > 1

    @property
    def is_title(self) -> bool:
        return not self.is_window and self.first.field is Field.TITLE

    @cached_property
    def mentions(self) -> list[Mention]:
        return [mention for sentence in self.sentences for mention in self.cast.of(sentence)]

    @cached_property
    def places(self) -> list[Place]:
        return [
            place
            for sentence in self.sentences
            for place in self.gazetteer.places(self.reading, sentence, self.cast)
        ]

    @cached_property
    def actions(self) -> list[Hit]:
        kept = self._outside_names(self.of(Kind.ACTION))
        if not kept:
            return kept
        towns = [(hit.start, hit.end) for kind in (Kind.HUB, Kind.COUNTRY) for hit in self.of(kind)]
        return [hit for hit in kept if not any(start <= hit.start < end for start, end in towns)]

    @cached_property
    def objects(self) -> list[Hit]:
        named = self._outside_names(self.of(Kind.OBJECT))
        products = [
            Hit(mention.start, mention.end, Kind.OBJECT, PRODUCT_OBJECTS[mention.kind])
            for mention in self.mentions
            if mention.kind in PRODUCT_OBJECTS
        ]
        return sorted([*named, *products])

    @cached_property
    def action_values(self) -> frozenset[str]:
        return frozenset([hit.value for hit in self.actions])

    @cached_property
    def object_values(self) -> frozenset[str]:
        return frozenset([hit.value for hit in self.objects])

    @cached_property
    def cues(self) -> list[Hit]:
        return self.of(Kind.CUE)

    @cached_property
    def contexts(self) -> list[Hit]:
        return self.of(Kind.CONTEXT)

    @cached_property
    def parts(self) -> list[int]:
        """Where the parts of a sentence begin that tell of somebody of their own."""
        return parts_of(self)

    @cached_property
    def cue_values(self) -> set[str]:
        return {cue.value for cue in self.cues}

    def of(self, kind: Kind) -> list[Hit]:
        if len(self.sentences) == 1:
            return self.first.of(kind)
        return [hit for sentence in self.sentences for hit in sentence.of(kind)]

    def sentence_of(self, position: int) -> Sentence:
        for sentence in self.sentences:
            if sentence.start <= position < sentence.end:
                return sentence
        return self.first

    def _outside_names(self, hits: Sequence[Hit]) -> list[Hit]:
        """Cloud in "Google Cloud" is not an object."""
        if not (hits and self.mentions):
            return list(hits)
        names = [(mention.start, mention.end) for mention in self.mentions]
        return [hit for hit in hits if not any(start <= hit.start and hit.end <= end for start, end in names)]
