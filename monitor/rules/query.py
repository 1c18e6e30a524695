"""A query as text in, a `Query` out that says of an article and its findings whether it holds, and why not. Pure.

The language is described in docs/query-language.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from monitor.model import ArticleText, Finding
from monitor.rules.query_fields import KnowledgeLookup, Novelty
from monitor.rules.query_nodes import (
    And,
    Braces,
    Context,
    Near,
    Node,
    Not,
    Or,
    WatchNode,
    any_finding,
    first_failure,
)
from monitor.rules.query_parser import QueryError, QueryParser
from monitor.rules.query_text import pages_of

__all__ = ["KnowledgeLookup", "Novelty", "Query", "QueryError", "QuerySubject", "parse_query"]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySubject:
    """What a query is asked about.

    `novelty` is what the article is to its story, None before that is known: then `is:` neither helps nor harms.
    `watches` are the queries that `watch:` may name.
    """

    article: ArticleText
    findings: tuple[Finding, ...]
    lookup: KnowledgeLookup
    novelty: Novelty | None = None
    watches: Mapping[str, Query] = field(default_factory=dict)


class Asking(Protocol):
    """Who asks queries, such as a watch: with what knowledge, and which queries `watch:` may name."""

    @property
    def knowledge(self) -> KnowledgeLookup: ...
    @property
    def queries(self) -> Mapping[str, Query]: ...


def subject_for(
    asking: Asking, article: ArticleText, findings: tuple[Finding, ...], novelty: Novelty | None = None
) -> QuerySubject:
    """What the queries of `asking` are asked about."""
    return QuerySubject(
        article=article,
        findings=findings,
        lookup=asking.knowledge,
        novelty=novelty,
        watches=asking.queries,
    )


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read. `str` gives it back in one canonical form, which reads as the same query."""

    root: Node

    def matches(self, subject: QuerySubject) -> bool:
        """Whether the query holds: for the text, and for one finding that meets all finding fields."""
        return any_finding(self.root, context_of(subject))

    def why_not(self, subject: QuerySubject) -> str:
        """The first clause that fails, in words; "" where the query holds."""
        return first_failure(self.root, context_of(subject))

    @property
    def references(self) -> frozenset[str]:
        """Names of the watches that the query includes."""
        return frozenset(node.name for node in _walk(self.root) if isinstance(node, WatchNode))

    def __str__(self) -> str:
        return str(self.root)

    def __reduce__(self) -> tuple[Callable[[str], Query], tuple[str]]:
        """Goes to another process as its text: conditions are functions."""
        return parse_query, (str(self),)


def parse_query(text: str) -> Query:
    """Read a query. Raises QueryError, which names the column and the remedy."""
    return Query(QueryParser(text).read())


def context_of(subject: QuerySubject) -> Context:
    """The subject as the parts of a query are asked about it."""
    return Context(
        findings=subject.findings,
        lookup=subject.lookup,
        pages=pages_of(subject.article),
        article=subject.article,
        novelty=None if subject.novelty is None else subject.novelty.value,
        watches=subject.watches,
    )


def _walk(node: Node) -> list[Node]:
    if isinstance(node, And | Or):
        return [node, *(below for part in node.parts for below in _walk(part))]
    if isinstance(node, Not | Braces):
        return [node, *_walk(node.inner)]
    if isinstance(node, Near):
        return [node]
    return [node]
