"""Numbers and values in, sentences for people out: "2 watches", and sentences yet to be put in a language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol


class Tell(Protocol):
    """Says a sentence in a language, with its values filled in."""

    def __call__(self, sentence: str, *values: object) -> str: ...


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in English with its values, each of which may be one again: `str` says it in English.

    `sentence` holds a place for each value ({0}, {1}); it is the key of the message catalogues, so that a page says
    it in the reader's language.
    """

    sentence: str
    values: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.sentence.format(*self.values)


@dataclass(frozen=True, slots=True)
class Several:
    """Sentences or values in one line, one after the other."""

    parts: tuple[object, ...]
    between: str = ", "

    def __str__(self) -> str:
        return self.between.join(str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Typed:
    """Something to type, among the values of a sentence."""

    text: str

    def __str__(self) -> str:
        return f"`{self.text}`"


def said(sentence: str, *values: object) -> Said:
    """A sentence with its values."""
    return Said(sentence, values)


def several(parts: Iterable[object], between: str = ", ") -> Several:
    """Sentences or values in one line."""
    return Several(tuple(parts), between)


def recognized(text: str, sentences: Iterable[str]) -> Said:
    """`text` as the one of `sentences` that it was made of, with its values; as it is where it was made of none."""
    for sentence in sentences:
        found = _pattern(sentence).fullmatch(text)
        if found:
            return Said(sentence, found.groups())
    return Said("{0}", (text,))


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\d\\\}", "(.+)", re.escape(sentence)), re.DOTALL)


def counted(number: int, noun: str) -> str:
    """`number` and `noun`, which is given in the singular and may follow an adjective: 2, "new article"."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith(("ch", "sh", "s", "x")):
        return f"{number} {noun}es"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"
