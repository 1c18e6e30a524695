"""A text and the findings in it in, the text in pieces with what each piece is evidence of out. Pure.

The pieces joined are the text, always; a piece never crosses a boundary of a mark.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.marks import whole_word
from monitor.model import Field, Finding, Span

#: Kinds of marks in the order of the legend; where marks overlap, the first of this order is shown.
KINDS = ("actor", "amount", "place", "object", "action", "time", "cue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text. `kind` "" is plain; `evidence` is "news", "background" or "" outside of any evidence."""

    text: str
    kind: str = ""
    evidence: str = ""


def pieces(text: str, findings: Sequence[Finding], field: Field) -> tuple[Piece, ...]:
    """`text` (the title or the text, as `field` says) cut at every mark and at the bounds of every evidence."""
    marks = [
        (_widened(text, span), kind)
        for finding in findings
        for span, kind in _marks(finding)
        if span.field is field and 0 <= span.start < span.end <= len(text)
    ]
    evidence = [
        (finding.evidence.span, "news" if finding.news else "background")
        for finding in findings
        if finding.evidence.span.field is field
    ]
    return tuple(_cut(text, marks, evidence))


def quote_pieces(finding: Finding) -> tuple[Piece, ...]:
    """The quote of a finding with its marks."""
    whole = finding.evidence.span
    marks = [
        (Span(field=whole.field, start=span.start - whole.start, end=span.end - whole.start), kind)
        for span, kind in _marks(finding)
        if span.field is whole.field and whole.start <= span.start < span.end <= whole.end
    ]
    quote = finding.evidence.quote
    return tuple(_cut(quote, [(_widened(quote, span), kind) for span, kind in marks], []))


def _widened(text: str, span: Span) -> Span:
    start, end = whole_word(text, span.start, span.end)
    return Span(field=span.field, start=start, end=end)


def paragraphs(cut: Iterable[Piece]) -> list[list[Piece]]:
    """Pieces by paragraph: a line break ends one. Line breaks themselves are dropped, and empty paragraphs."""
    result: list[list[Piece]] = [[]]
    for piece in cut:
        first, *rest = piece.text.split("\n")
        if first:
            result[-1].append(Piece(text=first, kind=piece.kind, evidence=piece.evidence))
        for line in rest:
            result.append([])
            if line:
                result[-1].append(Piece(text=line, kind=piece.kind, evidence=piece.evidence))
    return [paragraph for paragraph in result if any(piece.text.strip() for piece in paragraph)]


def kinds_in(cut: Iterable[Piece]) -> tuple[str, ...]:
    """The kinds of marks that occur, in the order of the legend."""
    found = {piece.kind for piece in cut}
    return tuple(kind for kind in KINDS if kind in found)


def _marks(finding: Finding) -> Iterator[tuple[Span, str]]:
    """Every span of a finding: its marks, and what was found outside of the evidence."""
    for mark in finding.marks:
        yield mark.span, mark.kind if mark.kind in KINDS else "cue"
    for actor in finding.actors:
        if actor.span:
            yield actor.span, "actor"
    for place in finding.places:
        if place.span:
            yield place.span, "place"
    for amount in finding.amounts:
        yield amount.span, "amount"
    if finding.object_span:
        yield finding.object_span, "object"
    if finding.time:
        yield finding.time.span, "time"


def _cut(text: str, marks: list[tuple[Span, str]], evidence: list[tuple[Span, str]]) -> Iterator[Piece]:
    """One sweep over the bounds: a hostile text with thousands of marks must not cost their square."""
    changes: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for span, kind in (*marks, *evidence):
        changes[min(span.start, len(text))].append((kind, 1))
        changes[min(span.end, len(text))].append((kind, -1))
    changes[0], changes[len(text)] = changes[0], changes[len(text)]
    open_now: Counter[str] = Counter()
    for start, end in pairwise(sorted(changes)):
        for kind, step in changes[start]:
            open_now[kind] += step
        yield Piece(
            text=text[start:end],
            kind=next((kind for kind in KINDS if open_now[kind]), ""),
            evidence=next((kind for kind in ("news", "background") if open_now[kind]), ""),
        )
