"""An article in, a `Reading` out: folded text, sentences, and the terms found in each. One pass per automaton. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as fresh
from itertools import pairwise

from monitor.mentions.lead import lead_of
from monitor.mentions.lexicon import Entry, Hit, Kind, Lexicon
from monitor.model import Field, Span
from monitor.text import Folded, fold, is_dense, sentences

LONGEST_TITLE, LONGEST_BODY = 1_000, 60_000  # characters judged; no news is longer, and time stays bounded
MOST_PER_KIND = 24  # terms of one kind that a sentence may hold; more is a list, not a statement


@dataclass(slots=True)
class Sentence:
    """A sentence with what was found in it. Offsets count the folded text."""

    index: int
    start: int
    end: int
    field: Field
    hits: dict[Kind, list[Hit]] = fresh(default_factory=dict)

    def of(self, kind: Kind) -> list[Hit]:
        return self.hits.get(kind, _NOTHING)

    def values(self, kind: Kind) -> set[str]:
        return {hit.value for hit in self.of(kind)}


_NOTHING: list[Hit] = []


@dataclass(slots=True)
class Reading:
    """A scanned article. The folded text is title, newline, body."""

    language: str
    title: Folded
    body: Folded
    folded: str
    cased: str
    body_at: int
    sentences: list[Sentence]
    entity_hits: list[Hit]
    lead: tuple[int, ...] = ()  # indexes of the sentences that form one window with the title
    starts: tuple[int, ...] = ()  # where each sentence begins
    #: The headline: one sentence, or the items that a digest strings together.
    titles: list[Sentence] = fresh(default_factory=list)
    #: Title and lead: headline writers leave out what the first sentences say.
    window: list[Sentence] = fresh(default_factory=list)

    @property
    def dense(self) -> bool:
        return is_dense(self.language)

    def span(self, start: int, end: int) -> Span:
        """Offsets of the folded text as a span of the stored title or text."""
        if start < self.body_at:
            end = min(end, self.body_at - 1)
            return Span(field=Field.TITLE, start=self.title.start(start), end=self.title.end(end))
        at = self.body_at
        return Span(field=Field.TEXT, start=self.body.start(start - at), end=self.body.end(end - at))

    def sentence_at(self, position: int) -> Sentence:
        return self.sentences[max(0, bisect_right(self.starts, position) - 1)]

    def in_window(self, index: int) -> bool:
        """Whether a sentence belongs to title or lead."""
        return self.sentences[index].field is Field.TITLE or index in self.lead


def open_reading(title: str, text: str, *, language: str, lexicon: Lexicon) -> Reading:
    """Fold title and body and look for actors. Without a hit in `entity_hits` nothing more needs to be read."""
    head = fold(title[:LONGEST_TITLE], script=lexicon.script, joined=lexicon.joined)
    body = fold(text[:LONGEST_BODY], script=lexicon.script, joined=lexicon.joined)
    folded = head.folded + "\n" + body.folded
    cased = head.cased + "\n" + body.cased
    found, _ = lexicon.gate.find(folded, cased)
    return Reading(
        language=language,
        title=head,
        body=body,
        folded=folded,
        cased=cased,
        body_at=len(head.folded) + 1,
        sentences=[],
        entity_hits=longest(found),
    )


def read_terms(reading: Reading, lexicon: Lexicon, abbreviations: frozenset[str]) -> None:
    """Split into sentences and sort all terms of the language into them."""
    reading.sentences = _split(reading, abbreviations)
    hits, parts = lexicon.rest.find(reading.folded, reading.cased)
    reading.titles = [one for one in reading.sentences[:MOST_ITEMS] if one.field is Field.TITLE]
    reading.starts = tuple(sentence.start for sentence in reading.sentences)
    starts = reading.starts
    hits += _joined_gaps(parts, reading, starts)
    by_kind: defaultdict[Kind, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_kind[hit.kind].append(hit)
    by_kind[Kind.ACTION] = _without_idioms(by_kind[Kind.ACTION])
    for kind, listed in by_kind.items():
        _file(_per_value(listed) if kind in _OVERLAPPING else longest(listed), kind, reading)
    reading.lead = lead_of(reading)
    reading.window = [*reading.titles, *(reading.sentences[index] for index in reading.lead)]


def _file(hits: Sequence[Hit], kind: Kind, reading: Reading) -> None:
    """Give each sentence its hits of a kind, those in order of position."""
    until = -1  # where the sentence after the last one begins
    for hit in hits:
        start = hit[0]
        if start >= until:
            at = max(0, bisect_right(reading.starts, start) - 1)
            sentence = reading.sentences[at]
            until = reading.starts[at + 1] if at + 1 < len(reading.starts) else len(reading.folded) + 1
            known = sentence.hits.get(kind)
        if sentence.start <= start < sentence.end:
            if known is None:
                known = sentence.hits[kind] = []
            if len(known) < MOST_PER_KIND:
                known.append(hit)


# Kinds whose lists overlap on purpose: "planned" is an action and a cue, "Azure" serves two contexts.
_OVERLAPPING = frozenset({Kind.CUE, Kind.CONTEXT, Kind.GENRE, Kind.OWN})


IDIOMS = frozenset({"idiom", "comment"})  # actions that no rule uses
MOST_ITEMS = 12  # items of a digest's headline that are told apart
_ITEM_MARK = re.compile("[;；｜|丨]")


def _title_items(reading: Reading) -> list[tuple[int, int]]:
    """The headline's span, or the spans of its items where it strings together more than two."""
    end = reading.body_at - 1
    marks = [match.start() for match in _ITEM_MARK.finditer(reading.folded, 0, end)]
    if len(marks) < 2:
        return [(0, end)]
    edges = [-1, *marks[: MOST_ITEMS - 1], end]
    return [(left + 1, right) for left, right in pairwise(edges) if right > left + 1]


def _split(reading: Reading, abbreviations: frozenset[str]) -> list[Sentence]:
    result: list[Sentence] = []
    if reading.body_at > 1:
        for start, end in _title_items(reading):
            result.append(Sentence(index=len(result), start=start, end=end, field=Field.TITLE))
    at = reading.body_at
    for start, end in sentences(reading.body.cased, abbreviations):
        result.append(Sentence(index=len(result), start=start + at, end=end + at, field=Field.TEXT))
    return result or [Sentence(index=0, start=0, end=0, field=Field.TITLE)]


def longest(hits: Sequence[Hit]) -> list[Hit]:
    """Leftmost-longest; several meanings of one span stay."""
    if len(hits) < 2:
        return list(hits)
    kept: list[Hit] = []
    first, end = -1, -1  # of the last one kept
    for hit in sorted(hits):
        start, stop = hit[:2]
        if start == first and stop > end:
            while kept and kept[-1].start == start:  # it was the shorter one
                kept.pop()
        elif start < end and (start != first or stop != end):
            continue
        kept.append(hit)
        first, end = start, stop
    return kept


def _without_idioms(actions: Sequence[Hit]) -> list[Hit]:
    """An idiom takes the verb that it begins or ends with ("cuts 120 jobs", "profit more than doubled")."""
    taken = {hit.start for hit in actions if hit.value in IDIOMS}
    return (
        [hit for hit in actions if hit.value in IDIOMS or hit.start not in taken] if taken else list(actions)
    )


def _per_value(hits: Sequence[Hit]) -> list[Hit]:
    grouped: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        grouped[hit.value].append(hit)
    return sorted(hit for listed in grouped.values() for hit in longest(listed))


def _joined_gaps(
    parts: Sequence[tuple[int, int, int, Entry]], reading: Reading, starts: Sequence[int]
) -> list[Hit]:
    """Gap terms: each second part with the nearest first part before it in the same sentence.

    The hit stands where the first part does (the verb), so that it covers nothing of what lies between.
    """
    reach = 24 if reading.dense else 80
    begun = {part[2] for part in parts if part[2] % 2 == 0}
    parts = [part for part in parts if part[2] % 2 == 0 or part[2] - 1 in begun]
    ended = {part[2] for part in parts if part[2] % 2}
    parts = [part for part in parts if part[2] % 2 or part[2] + 1 in ended]
    firsts: dict[int, list[tuple[int, int]]] = {}
    joined: list[Hit] = []
    for start, end, gap, entry in sorted(parts, key=lambda part: (part[0], part[2])):
        if gap % 2 == 0:
            firsts.setdefault(gap, []).append((start, end))
            continue
        before = firsts.get(gap - 1)
        if not before:
            continue
        first_start, first_end = before[-1]
        if first_end <= start <= first_end + reach and bisect_right(starts, first_start) == bisect_right(
            starts, start
        ):
            joined.append(Hit(first_start, first_end, entry.kind, entry.value, -1))
            if entry.value in IDIOMS:  # "profit .. doubled" takes its verb, wherever it stands
                joined.append(Hit(start, end, entry.kind, entry.value, -1))
    return joined
