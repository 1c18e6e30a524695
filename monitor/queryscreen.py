"""The words of a page and the queries of watches in, "could one of them hold" out, without extraction. Pure.

For pages on which no rule finds anything (`monitor/prescreen.py`). A query can then hold by words alone, so the words
that it cannot do without must stand somewhere on the page. Looser than the query (no order, no distance, no word
boundaries, any place on the page), never tighter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from crawler.pagetext import PageText
from monitor.knowledge.terms import compile_term
from monitor.rules.query import Query
from monitor.rules.query_nodes import (
    And,
    Braces,
    FindingFieldNode,
    Near,
    Node,
    Not,
    Or,
    Term,
    WatchNode,
)
from monitor.rules.watch_reading import TopicTerms
from monitor.script import simplified
from monitor.text import fold, has_dense_script


class QueryScreen:
    """Screens pages for some watches. `queries` are those of all watches, for `watch:NAME` inside a query."""

    def __init__(
        self, asked: Sequence[Query], queries: Mapping[str, Query], topics: Sequence[TopicTerms] = ()
    ) -> None:
        self._asked = tuple(asked)
        self._queries = queries
        self._topics = tuple(topics)

    def may_hold(self, page: PageText) -> bool:
        """False: on this page, on which no rule finds anything, none of the watches holds."""
        words = _Words(page)
        return any(self._may(query.root, words, frozenset()) for query in self._asked) or any(
            _may_reach(topic, words) for topic in self._topics
        )

    def _may(self, node: Node, words: _Words, inside: frozenset[str]) -> bool:
        """Whether the node could hold; what is not known (a pattern, a field of the article) could."""
        match node:
            case Term():
                return words.may_hold(node.written)
            case Near():
                return self._may(node.first, words, inside) and self._may(node.second, words, inside)
            case And():
                return all(self._may(part, words, inside) for part in node.parts)
            case Or():
                return any(self._may(part, words, inside) for part in node.parts)
            case Not():
                return not self._must(node.inner, inside)
            case Braces():
                return self._may(node.inner, words, inside)
            case FindingFieldNode():
                return False  # there is no finding
            case WatchNode():
                query = self._entered(node.name, inside)
                return query is not None and self._may(query.root, words, inside | {node.name})
        return True

    def _must(self, node: Node, inside: frozenset[str]) -> bool:
        """Whether the node is sure to hold: only what asks for the absence of findings is."""
        match node:
            case And():
                return all(self._must(part, inside) for part in node.parts)
            case Or():
                return any(self._must(part, inside) for part in node.parts)
            case Not():
                return isinstance(node.inner, FindingFieldNode)
            case Braces():
                return self._must(node.inner, inside)
            case WatchNode():
                query = self._entered(node.name, inside)
                return query is not None and self._must(query.root, inside | {node.name})
        return False

    def _entered(self, name: str, inside: frozenset[str]) -> Query | None:
        return None if name in inside else self._queries.get(name)


class _Words:
    """The folded words of a page, in the script as written and, once a term asks for it, in simplified Chinese."""

    def __init__(self, page: PageText) -> None:
        self._text = f"{page.titles}\n{page.text}"
        self._folded: dict[bool, str] = {}

    def may_hold(self, written: str) -> bool:
        """Whether all words of one spelling of the term stand somewhere."""
        return any(
            all(piece in self._as(chinese) for piece in pieces)
            for chinese in (False, True)
            for pieces in _pieces(written, chinese)
        )

    def _as(self, chinese: bool) -> str:
        if chinese not in self._folded:
            self._folded[chinese] = fold(self._text, script=simplified() if chinese else None).folded
        return self._folded[chinese]


@lru_cache(maxsize=4096)
def _pieces(written: str, chinese: bool) -> tuple[tuple[str, ...], ...]:
    """For each spelling what must stand on the page: words; of scripts without blanks each character, since lines
    may break between them. None for the second script where it changes nothing."""
    compiled = compile_term(written, simplified() if chinese else None)
    if chinese and not any(has_dense_script(part.literal) for parts in compiled for part in parts):
        return ()
    return tuple(
        tuple(
            piece
            for part in parts
            for word in part.literal.split()
            for piece in (tuple(word) if has_dense_script(word) else (word,))
        )
        for parts in compiled
    )


def _may_reach(topic: TopicTerms, words: _Words) -> bool:
    most = sum(
        weight * topic.max_per_term for term, weight in topic.weights if weight > 0 and words.may_hold(term)
    )
    return most >= topic.threshold
