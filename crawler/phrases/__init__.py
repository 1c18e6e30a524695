"""What pages say around an article, per language, as data: phrase lists in, compiled patterns out."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml


@lru_cache(maxsize=1)
def phrase_lists() -> dict[str, tuple[str, ...]]:
    """All phrases of each kind (comments, begins, paywall ...), over all languages, without repetition."""
    text = (Path(__file__).parent / "page.yaml").read_text("utf-8")
    kinds = yaml.load(text, yaml.BaseLoader)
    return {
        kind: tuple(dict.fromkeys(phrase for phrases in languages.values() for phrase in phrases))
        for kind, languages in kinds.items()
    }


@lru_cache(maxsize=16)
def pattern(kind: str) -> re.Pattern[str]:
    """One pattern that finds any phrase of a kind, as whole words where the script has words; any case.

    "#" in a phrase is any number.
    """
    return re.compile("|".join(_words(phrase) for phrase in phrase_lists()[kind]), re.IGNORECASE)


def is_one_of(kind: str, text: str) -> bool:
    """Is the text, as a whole and but for case and white space, one of the phrases of this kind?"""
    return " ".join(text.casefold().split()) in _whole(kind)


@lru_cache(maxsize=16)
def _whole(kind: str) -> frozenset[str]:
    return frozenset(phrase.casefold() for phrase in phrase_lists()[kind])


def _words(phrase: str) -> str:
    head = r"(?<!\w)" if phrase[0].isalnum() and phrase[0] < "\u0e00" else ""
    tail = r"(?!\w)" if phrase[-1].isalnum() and phrase[-1] < "\u0e00" else ""
    return head + re.escape(phrase).replace(r"\ ", r"\s+").replace(r"\#", r"\d[\d.,]*") + tail
