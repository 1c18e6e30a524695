"""schema.org's articleBody and what the page shows in, the better text of the two out. Pure.

The articleBody is taken where it is the page's own article: the same text with its paragraphs, or a longer one
that begins with or contains what the page shows (a page that shows the rest only to scripts or after a click).
"""

from __future__ import annotations

import re

_SHORTEST = 200  # characters; less is a summary
_SAME = (0.8, 1.5)  # length of the articleBody over that of the shown text: the same text
_SHARE = 0.8  # of the letters shown must stand in a longer articleBody
_LINE = 20  # letters of a line that says which article it belongs to
_RUN_TOGETHER = re.compile(
    r"(?<=[a-zß-ÿ0-9)][.!?])([\"”’»]?)(?=[A-ZÀ-Þ][a-zß-ÿ])|(?<=[。！？])(?=[^」』”）\s])"
)
_MAX_TITLE_WORDS = 40


def longer_body(body: str, shown: str, title: str) -> str:
    """The articleBody, in paragraphs, where it continues the text that the page shows; else "".

    `shown` may be empty (a page that scripts draw): then the articleBody must speak of the title's words.
    """
    if len(body) < _SHORTEST or len(body) <= _SAME[1] * len(shown):
        return ""
    known = [line for line in shown.split("\n") if len(_letters(line)) >= _LINE]
    if known:
        letters = _letters(body)
        inside = sum(len(line) for line in map(_letters, known) if line in letters)
        agrees = inside >= _SHARE * sum(len(_letters(line)) for line in known)
    else:
        agrees = False
    if len(shown) < _SHORTEST:  # nothing, or a notice that stands where scripts would draw the article
        agrees = agrees or _speaks_of(body, title)
    return in_paragraphs(body, known) if agrees else ""


def is_same_text(body: str, shown: str, page_text: str) -> bool:
    """Is the articleBody the text that the page shows, with its paragraphs, and not a stump or another text?"""
    if len(body) < _SHORTEST or (shown and not _SAME[0] <= len(body) / len(shown) <= _SAME[1]):
        return False
    if "\n" not in body and len(body) > 600 and "\n" in shown:
        return False  # paragraphs were run together: sentences would join across them
    on_page = set(re.findall(r"\w+", page_text))
    words = re.findall(r"\w+", body)
    return sum(word in on_page for word in words) >= 0.95 * len(words)


def in_paragraphs(body: str, known: list[str]) -> str:
    """A body that came as one line, broken where the page breaks it and where sentences touch; others as they are."""
    if "\n" in body:
        return body
    pieces: list[str] = []
    rest = body
    for line in known:
        before, found, after = rest.partition(line)
        if found:
            pieces += [before, line]
            rest = after
    pieces.append(rest)
    return "\n".join(
        part.strip()
        for piece in pieces
        for part in _RUN_TOGETHER.sub(r"\1\n", piece).split("\n")
        if part.strip()
    )


def _speaks_of(body: str, title: str) -> bool:
    """At least half of the title's words (pairs of characters where the script has no words) stand in the body."""
    words = [word for word in re.findall(r"\w+", title.casefold()) if len(word) > 3 or not word.isascii()]
    if any(not word.isascii() and len(word) > 6 for word in words):
        whole = "".join(words)
        words = [whole[i : i + 2] for i in range(len(whole) - 1)]
    words = words[:_MAX_TITLE_WORDS]
    text = body.casefold()
    return bool(words) and sum(word in text for word in words) >= len(words) / 2


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
