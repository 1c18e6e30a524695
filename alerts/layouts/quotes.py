"""A quoted sentence in, its pieces out: plain and marked words, cleaned and cut. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from alerts.layouts.safe import clean, clip, no_mentions, one_line, web_link
from alerts.model import Quote

QUOTE_LIMIT = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """A quoted sentence in pieces: (text, is it a matched word?). The pieces joined are the quote."""

    pieces: tuple[tuple[str, bool], ...]
    language: str
    outlet: str
    url: str

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)


def quote_view(quote: Quote) -> QuoteView:
    """Cut a quote into plain and marked pieces. Marks out of range or overlapping are left out, text never."""
    pieces: list[tuple[str, bool]] = []
    position = 0
    text = quote.text
    for start, end in sorted(quote.marks):
        if position <= start < end <= min(len(text), QUOTE_LIMIT):
            pieces += [(text[position:start], False), (text[start:end], True)]
            position = end
    pieces.append((clip(text[position:], max(QUOTE_LIMIT - position, 2)), False))
    return QuoteView(
        pieces=tuple((no_mentions(_flat(piece)), marked) for piece, marked in pieces if piece),
        language=quote.language,
        outlet=no_mentions(one_line(quote.outlet, 80)),
        url=web_link(quote.url),
    )


def _flat(piece: str) -> str:
    """One line that keeps the spaces at its ends, which part it from the next piece."""
    return clean("".join(" " if char.isspace() else char for char in piece))
