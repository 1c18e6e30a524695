"""Matched words in, the words that people see out: a mark never ends inside a word. Pure, for display only."""

from __future__ import annotations

from monitor.text import has_dense_script


def whole_word(text: str, start: int, end: int) -> tuple[int, int]:
    """The offsets of the word or words that `start` to `end` stand in; scripts without word spaces stay as they are."""
    while start > 0 and _continues(text[start - 1], text[start]):
        start -= 1
    while end < len(text) and _continues(text[end - 1], text[end]):
        end += 1
    return start, end


def _continues(first: str, second: str) -> bool:
    return (
        first.isalnum() and second.isalnum() and not has_dense_script(first) and not has_dense_script(second)
    )
