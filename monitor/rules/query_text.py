"""A term as a person wrote it and a folded article in, where the term stands out. Pure; bounded on any text.

Term syntax is that of the knowledge files (`monitor.knowledge.terms`); title and text are looked through one by one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.knowledge.terms import TermPart, compile_term
from monitor.language import language_of
from monitor.mentions.lead import LEAD_SENTENCES
from monitor.model import ArticleText, Field
from monitor.script import simplified
from monitor.text import Folded, fold, has_dense_script, is_dense, is_wordlike, sentences

Spans = list[tuple[int, int]]

GAP, DENSE_GAP = 80, 24  # characters between the parts of "a .. b"
_REACH = 48  # characters around the anchor of a term with inner wildcards
_LONGEST_WORD = 64  # an open end runs to the end of its word, but no further than this
_MOST_SPELLINGS = 256
_LEAD_SAMPLE = 4 * 1200  # the longest lead that `sentences` can give, with room
_WORD = re.compile(r"[^\W_]+")
_DENSE_RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]+")
_GROUP = re.compile(r"\(([^()]*\|[^()]*)\)|\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A folded stretch of an article: one length in `cased` and `folded`; `field` and `form` lead back to it."""

    field: Field
    form: Folded
    chinese: bool
    dense: bool

    @property
    def cased(self) -> str:
        return self.form.cased

    @property
    def folded(self) -> str:
        return self.form.folded

    def stored(self, span: tuple[int, int]) -> tuple[int, int]:
        """A stretch of the folded text as a stretch of the article's field."""
        return self.form.start(span[0]), self.form.end(span[1])


class Pages:
    """The folded parts of one article, each made when it is first asked for."""

    def __init__(self, article: ArticleText) -> None:
        self.article = article
        self.language = language_of(article)
        self._whole: dict[str, Page] = {}

    @property
    def title(self) -> Page:
        return self._page(Field.TITLE, self.article.title)

    @property
    def text(self) -> Page:
        return self._page(Field.TEXT, self.article.text)

    @property
    def lead(self) -> Page:
        """The first sentences of the text, without the title."""
        if "lead" not in self._whole:
            sample = self.article.text[:_LEAD_SAMPLE]
            spans = sentences(sample, frozenset())[:LEAD_SENTENCES]
            self._whole["lead"] = self._fold(Field.TEXT, sample[: spans[-1][1]] if spans else "")
        return self._whole["lead"]

    def of(self, where: str) -> tuple[Page, ...]:
        """The pages that a field looks through: title, lead, or both title and text for ""."""
        if where == "title":
            return (self.title,)
        return (self.lead,) if where == "lead" else (self.title, self.text)

    def _page(self, name: Field, stored: str) -> Page:
        if name not in self._whole:
            self._whole[name] = self._fold(name, stored)
        return self._whole[name]

    def _fold(self, field: Field, stored: str) -> Page:
        chinese = self.language == "zh"
        form = fold(stored, script=simplified() if chinese else None)
        return Page(field=field, form=form, chinese=chinese, dense=is_dense(self.language))


@lru_cache(maxsize=4)
def pages_of(article: ArticleText) -> Pages:
    """The pages of an article; several watches ask for the same one in a row."""
    return Pages(article)


def check_term(written: str) -> None:
    """Raises ValueError (TermError) where a term cannot be compiled or stands for too many spellings."""
    count = 1
    for group, letters in _GROUP.findall(written):
        count *= group.count("|") + 1 if group else len(letters)
    if count > _MOST_SPELLINGS:
        raise ValueError(
            f"{written!r} stands for {count} spellings; write several terms with OR ({_MOST_SPELLINGS} at most)"
        )
    _compiled(written, False)


@lru_cache(maxsize=4096)
def _compiled(written: str, chinese: bool) -> tuple[tuple[TermPart, ...], ...]:
    return tuple(compile_term(written, simplified() if chinese else None))


def stands_in(written: str, page: Page) -> bool:
    """Whether the term occurs on the page."""
    return any(True for _ in _spans(written, page))


def spans_in(written: str, page: Page) -> Spans:
    """Where the term occurs, in order."""
    return sorted(_spans(written, page))


def _spans(written: str, page: Page) -> Iterator[tuple[int, int]]:
    for parts in _compiled(written, page.chinese):
        if len(parts) == 1:
            yield from _occurrences(parts[0], page)
        else:
            yield from _with_gap(parts, page)


def _occurrences(part: TermPart, page: Page) -> Iterator[tuple[int, int]]:
    folded, literal = page.folded, part.literal
    left = not part.left_open and not has_dense_script(literal[0]) and literal[0] != " "
    right = not part.right_open and not has_dense_script(literal[-1]) and literal[-1] != " "
    at = folded.find(literal)
    while at >= 0:
        end = at + len(literal)
        span = _whole(part, page, at, end, left=left, right=right)
        if span is not None:
            yield span
        at = folded.find(literal, at + 1)


def _whole(
    part: TermPart, page: Page, start: int, end: int, *, left: bool, right: bool
) -> tuple[int, int] | None:
    """The occurrence with its open ends run out to whole words; None where a condition fails."""
    folded = page.folded
    if left and start > 0 and is_wordlike(folded[start - 1]):
        return None
    if right and end < len(folded) and is_wordlike(folded[end]):
        return None
    if part.cased is not None and page.cased[start:end] != part.cased:
        return None
    if part.verify is not None:
        return _verified(part.verify, folded, start, end)
    return (
        _word_start(folded, start) if part.left_open else start,
        _word_end(folded, end) if part.right_open else end,
    )


def _verified(pattern: re.Pattern[str], folded: str, start: int, end: int) -> tuple[int, int] | None:
    for match in pattern.finditer(folded, max(0, start - _REACH), min(len(folded), end + _REACH)):
        if match.start() <= start and match.end() >= end:
            return match.span()
        if match.start() > start:
            return None
    return None


def _word_start(folded: str, start: int) -> int:
    low = max(0, start - _LONGEST_WORD)
    while start > low and is_wordlike(folded[start - 1]):
        start -= 1
    return start


def _word_end(folded: str, end: int) -> int:
    high = min(len(folded), end + _LONGEST_WORD)
    while end < high and is_wordlike(folded[end]):
        end += 1
    return end


def _with_gap(parts: Sequence[TermPart], page: Page) -> Iterator[tuple[int, int]]:
    seconds = list(_occurrences(parts[1], page))
    starts = [start for start, _ in seconds]
    reach = DENSE_GAP if page.dense else GAP
    for start, end in _occurrences(parts[0], page) if seconds else ():
        index = bisect_left(starts, end)
        if index == len(starts) or starts[index] - end > reach:
            continue
        if len(sentences(page.folded[start : seconds[index][1]], frozenset())) == 1:
            yield start, seconds[index][1]


def near(first: Spans, second: Spans, page: Page, words: int, *, ordered: bool) -> Spans:
    """Pairs with at most `words` words between them, each as the span over both.

    Two CJK or Thai characters count as one word. With `ordered`, the first one stands first.
    """
    if not first or not second:
        return []
    place = _half_words(page.folded, (offset for span in (*first, *second) for offset in span))
    found = _in_order(first, second, place, words)
    return sorted({*found, *([] if ordered else _in_order(second, first, place, words))})


def _in_order(first: Spans, second: Spans, place: Mapping[int, int], words: int) -> Spans:
    """For each span of `first` the next one of `second` that begins after it, if near enough."""
    starts = [start for start, _ in second]
    found = []
    for start, end in first:
        index = bisect_left(starts, end)
        if index < len(starts) and place[starts[index]] - place[end] <= 2 * words + 1:
            found.append((start, second[index][1]))
    return found


def _half_words(folded: str, offsets: Iterable[int]) -> dict[int, int]:
    """For each offset how many half words stand before it: 2 for a word, 1 for a CJK or Thai character."""
    place: dict[int, int] = {}
    count = before = 0
    for offset in sorted(set(offsets)):
        stretch = folded[before:offset]
        dense = sum(len(run) for run in _DENSE_RUN.findall(stretch))
        rest = _DENSE_RUN.sub(" ", stretch) if dense else stretch
        count += dense + 2 * len(_WORD.findall(rest))
        place[offset], before = count, offset
    return place
