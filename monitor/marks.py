"""Matched words in, the words that people see out: a mark never ends inside a word. Pure, for display only."""

from __future__ import annotations

from monitor.text import is_wordlike

#: A run of letters that goes on for longer is no word, and its marks stay as they are.
LONGEST_WORD = 64


def whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    """The offsets of the word or words that `start` to `end` stand in; scripts without word spaces stay as they are."""
    first, last = start, end
    low, high = max(0, start - LONGEST_WORD), min(len(text), end + LONGEST_WORD)
    while first > low and is_wordlike(text[first - 1]) and is_wordlike(text[first]):
        first -= 1
    while last < high and is_wordlike(text[last - 1]) and is_wordlike(text[last]):
        last += 1
    return (
        start if first > 0 and first == start - LONGEST_WORD else first,
        end if last < len(text) and last == end + LONGEST_WORD else last,
    )
