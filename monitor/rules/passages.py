"""A query or weighted terms and an article in, the sentence that they matched out, with the matched words. Pure.

For articles that a watch on words finds where no fact was read: the quote of such an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.model import ArticleText, Field, Span
from monitor.rules.query import Query, QuerySubject, context_of
from monitor.rules.query_nodes import (
    And,
    Braces,
    Context,
    Near,
    Node,
    Or,
    Pattern,
    Term,
    WatchNode,
    entered,
)
from monitor.rules.query_text import Page, Spans, pages_of, spans_in
from monitor.text import sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A sentence of an article as stored; `marks` are (start, end) of the matched words inside it."""

    span: Span
    text: str
    marks: tuple[tuple[int, int], ...]


def passage_of_query(query: Query, subject: QuerySubject) -> Passage | None:
    """The sentence in which most words of the query stand; None where it asks for no words, or none is there."""
    return _best(subject.article, _marks(query.root, context_of(subject)))


def passage_of_terms(terms: Iterable[str], article: ArticleText) -> Passage | None:
    """The sentence in which most of the terms stand; None where none does."""
    pages = pages_of(article).of("")
    return _best(article, [(page, spans_in(term, page)) for term in terms for page in pages])


_Marks = tuple[Page, Spans]


def _marks(node: Node, context: Context) -> Iterator[_Marks]:
    """Where the words that a query asks for stand; those that it excludes are left out."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from _marks(part, context)
    elif isinstance(node, Braces):
        yield from _marks(node.inner, context)
    elif isinstance(node, Term):
        for page in context.pages.of(node.where):
            yield page, node.spans(context, page)
    elif isinstance(node, Pattern):
        for page in context.pages.of(""):
            yield page, [span for span in node.spans(context, page) if span[0] < span[1]]
    elif isinstance(node, Near):
        for page in context.pages.of(""):
            whole = node.spans(context, page)
            yield page, [span for span in _parts(node, context, page) if _inside(span, whole)]
    elif isinstance(node, WatchNode) and node.name not in context.open_watches:
        query = context.watches.get(node.name)
        if query is not None:
            yield from _marks(query.root, entered(context, node.name))


def _parts(node: Node, context: Context, page: Page) -> Spans:
    """The words of a NEAR, without what stands between them."""
    if isinstance(node, Near):
        return [*_parts(node.first, context, page), *_parts(node.second, context, page)]
    if isinstance(node, Or):
        return [span for part in node.parts for span in _parts(part, context, page)]
    return node.spans(context, page) if isinstance(node, Term | Pattern) else []


def _inside(span: tuple[int, int], whole: Spans) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in whole)


def _best(article: ArticleText, found: Iterable[_Marks]) -> Passage | None:
    """The sentence with most matches, the first of several; one of the text before the title, which is told anyway."""
    stored: dict[Field, set[tuple[int, int]]] = {Field.TEXT: set(), Field.TITLE: set()}
    for page, spans in found:
        stored[page.field].update(page.stored(span) for span in spans)
    for field, marks in stored.items():
        text = article.text if field is Field.TEXT else article.title
        counted = [
            (sum(start <= mark[0] and mark[1] <= end for mark in marks), start, end)
            for start, end in (sentences(text, frozenset()) if marks else ())
        ]
        most = max(counted, key=lambda one: one[0], default=(0, 0, 0))
        if most[0]:
            _, start, end = most
            inner = sorted((a - start, b - start) for a, b in marks if start <= a and b <= end)
            span = Span(field=field, start=start, end=end)
            return Passage(span=span, text=text[start:end], marks=tuple(inner))
    return None
