"""Names found in a reading in, mentions of entities out: ambiguous names only where their context holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.knowledge.model import AmbiguousAlias, Knowledge
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.scan import Reading, Sentence
from monitor.mentions.unlisted import UNLISTED, unlisted_name

UNNAMED = "group_provider"  # "the hosting firm": in a text about a named one it is no other
OF_THE = 4  # characters between a post and the firm it was held at ("ex directora de Oracle")
BEHIND_LEAD = 2  # sentences in which who acts is named at last
NOT_ALONE = frozenset({"model", "chip", "group", "vendor"})  # name nobody who builds
PRODUCTS = frozenset({"model", "chip"})  # never act by themselves: `acts_as` names who is credited


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity at a position. `id` acts; `named` is what the text names (a chip, a model, or the same)."""

    start: int
    end: int
    id: str
    named: str
    kind: str  # of what the text names

    @property
    def is_product(self) -> bool:
        return self.kind in PRODUCTS


@dataclass(frozen=True, slots=True)
class Place:
    """A place at a position: "MY", "MY:Johor", "bloc:GCC", "region:sea"."""

    start: int
    end: int
    id: str
    country: str | None
    excluded: bool = False  # "outside China"


@dataclass(slots=True)
class Cast:
    """All mentions of an article by sentence, and what was refused, with the reason."""

    by_sentence: dict[int, list[Mention]]
    refused: list[tuple[Hit, str]]
    places: dict[int, list[Place]] = field(default_factory=dict)  # filled by the gazetteer
    elsewhere: dict[str, str] | None = None  # so too: towns that are namesakes, with their country

    def of(self, sentence: Sentence) -> Sequence[Mention]:
        return self.by_sentence.get(sentence.index, ())


def resolve(reading: Reading, knowledge: Knowledge) -> Cast:
    """Decide every name of the gate."""
    cast = Cast(by_sentence={}, refused=[])
    backers: list[tuple[Hit, Sentence]] = []
    contexts = _Contexts(reading)
    named = any(
        hit.start < reading.body_at and knowledge.entities[hit.value].kind != "group"
        for hit in reading.entity_hits
    )
    first = {sentence.index for sentence in reading.window}
    sure = {
        hit.value
        for hit in reading.entity_hits
        if hit.ambiguous < 0 and reading.sentence_at(hit.start).index in first
    }
    for hit in _one_per_span(reading.entity_hits):
        sentence = reading.sentence_at(hit.start)
        entity = knowledge.entities[hit.value]
        if hit.ambiguous >= 0:
            alias = entity.ambiguous[hit.ambiguous]
            reason = contexts.refuse(alias, hit, sentence, sure=entity.id in sure)
            if reason:
                cast.refused.append((hit, reason))
                continue
        reason = _not_acting(hit, sentence)
        if reason:
            cast.refused.append((hit, reason))
            continue
        candidate = unlisted_name(hit, reading, reading.entity_hits)
        if candidate is not None:
            name, start, end = candidate
            unlisted = Mention(
                start=start, end=end, id=UNLISTED + name, named=UNLISTED + name, kind="provider"
            )
            cast.by_sentence.setdefault(sentence.index, []).append(unlisted)
            continue
        if entity.id == UNNAMED and hit.start >= reading.body_at and named:
            cast.refused.append((hit, "stands for the provider named in the headline"))
            continue
        # In a headline, the owner stands for a firm that nobody knows; a fund never does.
        if (hit.start >= reading.body_at or entity.kind == "investor") and _is_backer(hit, sentence):
            backers.append((hit, sentence))
        acting = entity.acts_as or entity.id
        cast.by_sentence.setdefault(sentence.index, []).append(
            Mention(start=hit.start, end=hit.end, id=acting, named=entity.id, kind=entity.kind)
        )
    _leave_out(backers, cast, reading)
    return cast


def _leave_out(backers: Sequence[tuple[Hit, Sentence]], cast: Cast, reading: Reading) -> None:
    """Who only owns or pays a firm ("Blackstone-backed") acts where the first sentences name nobody else."""
    at = {hit.start for hit, _ in backers}
    names = {hit.value for hit, _ in backers}
    first = max(reading.lead, default=0) + BEHIND_LEAD
    if not any(
        mention.start not in at and mention.named not in names and mention.kind not in NOT_ALONE
        for index, listed in cast.by_sentence.items()
        if index <= first
        for mention in listed
    ):
        return
    for hit, sentence in backers:
        kept = [one for one in cast.by_sentence[sentence.index] if one.start != hit.start]
        cast.refused.append((hit, "owns or pays who acts"))
        if kept:
            cast.by_sentence[sentence.index] = kept
        else:
            del cast.by_sentence[sentence.index]


def _is_backer(hit: Hit, sentence: Sentence) -> bool:
    return any(
        (cue.value == "backed_by" and 0 <= hit.start - cue.end <= 1)
        or (cue.value == "backs" and -1 <= cue.start - hit.end <= 1)
        for cue in sentence.of(Kind.CUE)
    )


def _one_per_span(hits: Sequence[Hit]) -> list[Hit]:
    """A name that is sure in one entity and ambiguous in another is the sure one."""
    best: dict[tuple[int, int], Hit] = {}
    for hit in hits:
        known = best.get((hit.start, hit.end))
        if known is None or (known.ambiguous >= 0 > hit.ambiguous):
            best[(hit.start, hit.end)] = hit
    return sorted(best.values())


def _not_acting(hit: Hit, sentence: Sentence) -> str:
    """Why a name does not stand for the provider: part of a product's name, its staff, a former affiliation."""
    for kind in (Kind.NOT_PLACE, Kind.OTHER_NAME):
        for other in sentence.of(kind):
            if other.start <= hit.start and hit.end < other.end:
                return "part of another name"
    if any(0 <= one.start - hit.end <= 3 for one in sentence.of(Kind.PEOPLE)):
        return "its people, not the provider"
    for former in sentence.of(Kind.FORMER):
        posts = [former, *(one for one in sentence.of(Kind.PEOPLE) if 0 <= one.start - former.end <= 1)]
        if any(0 <= hit.start - one.end <= (1 if one is former else OF_THE) for one in posts):
            return "a former affiliation"
    return ""


class _Contexts:
    """Which contexts stand in a sentence, in title and lead, in the article."""

    def __init__(self, reading: Reading) -> None:
        self._window = {sentence.index for sentence in reading.window}
        self._sentences: Mapping[int, list[Hit]] = {
            sentence.index: sentence.hits[Kind.CONTEXT]
            for sentence in reading.sentences
            if Kind.CONTEXT in sentence.hits
        }

    def refuse(self, alias: AmbiguousAlias, hit: Hit, sentence: Sentence, *, sure: bool) -> str:
        """The reason why an ambiguous name does not count, "" if it does; `sure`: headline or lead name its owner
        in other words too ("the owner of Facebook")."""
        here = self._sentences.get(sentence.index, [])
        for context in alias.reject:
            if any(one.value == context for one in here) and not self._outweighed(here, context, alias.needs):
                return f"context {context} in the same sentence"
        if sure or self._holds(alias, hit, sentence):
            return ""
        return f"needs context {' or '.join(alias.needs)} in the {alias.within.replace('_', ' and ')}"

    def _outweighed(self, here: Sequence[Hit], context: str, needs: Sequence[str]) -> bool:
        """More words of a needed context than of the rejecting one."""
        wanted = len({one.start for one in here if one.value in needs})
        return wanted > 1 and wanted > len({one.start for one in here if one.value == context})

    def _holds(self, alias: AmbiguousAlias, hit: Hit, sentence: Sentence) -> bool:
        if self._near(alias, hit, [sentence.index]):
            return True
        in_window = sentence.index in self._window
        if alias.within == "article":
            return self._near(alias, hit, list(self._sentences))
        if alias.within == "title_lead" or in_window:
            return self._near(alias, hit, sorted(self._window))
        return False

    def _near(self, alias: AmbiguousAlias, hit: Hit, indexes: Sequence[int]) -> bool:
        return any(
            one.value in alias.needs and not (one.start < hit.end and hit.start < one.end)
            for index in indexes
            for one in self._sentences.get(index, ())
        )
