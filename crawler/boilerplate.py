"""Texts of one source's articles in, the paragraphs that recur and a text without them out. Pure.

A paragraph that stands in a fifth of a source's articles, and in three at least, is not text of any of them: the
outlet's self-portrait, a call to subscribe, a legal notice. Only hashes are kept, so that the result can be stored.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

MIN_ARTICLES = 3
MIN_SHARE = 0.2
MAX_REMOVED = 1 / 3  # of a text; more is a reprint, not a frame
_SHORTEST = 12  # characters; shorter lines (names, datelines) recur without being boilerplate


def paragraph_key(paragraph: str) -> str:
    """Hash of a paragraph, the same for other capitals, digits and white space ("14 comments", "15 comments")."""
    form = " ".join("".join("0" if char.isdigit() else char for char in paragraph.casefold()).split())
    return hashlib.blake2b(form.encode("utf-8", "replace"), digest_size=8).hexdigest()


def paragraph_keys(text: str) -> frozenset[str]:
    """Keys of the paragraphs of one text, very short ones left out."""
    return frozenset(paragraph_key(line) for line in text.split("\n") if len(line) >= _SHORTEST)


def recurring_paragraphs(texts: Iterable[str]) -> frozenset[str]:
    """Keys of the paragraphs that recur over the articles of one source; each text counts a paragraph once."""
    counts: Counter[str] = Counter()
    articles = 0
    for text in set(texts):
        articles += 1
        counts.update(paragraph_keys(text))
    least = max(MIN_ARTICLES, MIN_SHARE * articles)
    return frozenset(key for key, count in counts.items() if count >= least)


def without_recurring(text: str, recurring: frozenset[str]) -> str:
    """The text without recurring paragraphs; unchanged where more than MAX_REMOVED of it would go."""
    if not recurring:
        return text
    kept = [
        line for line in text.split("\n") if len(line) < _SHORTEST or paragraph_key(line) not in recurring
    ]
    shorter = "\n".join(kept)
    return shorter if len(shorter) >= len(text) * (1 - MAX_REMOVED) else text
