"""The parts of a read query: each says whether it holds, and in words why it does not. Pure.

A query is asked once for each finding; every finding field outside of braces looks at that same one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import regex

from monitor.model import ArticleText, Finding
from monitor.rules.query_fields import (
    FINDING_FIELDS,
    Condition,
    KnowledgeLookup,
    article_holds,
)
from monitor.rules.query_text import Page, Pages, Spans, near, spans_in, stands_in

if TYPE_CHECKING:
    from monitor.rules.query import Query

REGEX_SECONDS = 0.2  # a user's pattern may take this long on one part of an article
_PLAIN = re.compile(r"[^\s\"(){}|/\\:!-][^\s\"(){}|\\:]*")
_RESERVED = frozenset({"AND", "OR", "NOT", "and", "or", "not"})
WHERE = {"": "", "title": " in the title", "lead": " in the lead"}


@dataclass(slots=True)
class Context:
    """One subject under question. `memo` keeps what does not depend on the finding."""

    findings: tuple[Finding, ...]
    lookup: KnowledgeLookup
    pages: Pages
    article: ArticleText
    novelty: str | None
    watches: Mapping[str, Query]
    open_watches: frozenset[str] = frozenset()
    memo: dict[int, bool] = field(default_factory=dict)


class Node(Protocol):
    """A part of a query. `asked` is True where holding helps the query, False under a negation."""

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool: ...

    def why_not(self, context: Context, finding: Finding | None) -> str: ...


class TextNode(Node, Protocol):
    """A part that stands somewhere in the text and may stand near another."""

    def spans(self, context: Context, page: Page) -> Spans: ...


def quoted(written: str) -> str:
    """A term or value as it must be written to be read as one."""
    if _PLAIN.fullmatch(written) and written not in _RESERVED:
        return written
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, in the term syntax of the knowledge files."""

    written: str
    where: str = ""

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        key = id(self)
        if key not in context.memo:
            context.memo[key] = any(stands_in(self.written, page) for page in context.pages.of(self.where))
        return context.memo[key]

    def spans(self, context: Context, page: Page) -> Spans:
        return spans_in(self.written, page)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        return f"{self.written!r} does not occur{WHERE[self.where]}"

    def __str__(self) -> str:
        return (f"{self.where}:" if self.where else "") + quoted(self.written)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression over the text as written (NFC). One that takes too long does not hold."""

    source: str
    ignore_case: bool
    compiled: regex.Pattern[str] = field(compare=False, repr=False)

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        key = id(self)
        if key not in context.memo:
            context.memo[key] = self._found(context.pages)
        return context.memo[key]

    def _found(self, pages: Pages) -> bool:
        try:
            return any(
                self.compiled.search(page.cased, timeout=REGEX_SECONDS) is not None for page in pages.of("")
            )
        except TimeoutError:
            return False

    def spans(self, context: Context, page: Page) -> Spans:
        try:
            return [match.span() for match in self.compiled.finditer(page.cased, timeout=REGEX_SECONDS)]
        except TimeoutError:
            return []

    def why_not(self, context: Context, finding: Finding | None) -> str:
        return f"{self} is not found (or takes longer than {REGEX_SECONDS} s)"

    def __str__(self) -> str:
        return "/" + self.source.replace("/", r"\/") + "/" + ("i" if self.ignore_case else "")


@dataclass(frozen=True, slots=True)
class Near:
    """Two parts with at most `words` words between them."""

    first: TextNode
    second: TextNode
    words: int
    ordered: bool

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        key = id(self)
        if key not in context.memo:
            context.memo[key] = any(self.spans(context, page) for page in context.pages.of(""))
        return context.memo[key]

    def spans(self, context: Context, page: Page) -> Spans:
        first = self.first.spans(context, page)
        second = self.second.spans(context, page) if first else []
        return near(first, second, page, self.words, ordered=self.ordered)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        order = " in this order" if self.ordered else ""
        return (
            f"{_inside(self.first)} and {_inside(self.second)} do not stand within {self.words} words{order}"
        )

    def __str__(self) -> str:
        return f"{_inside(self.first)} {'O' if self.ordered else ''}NEAR/{self.words} {_inside(self.second)}"


@dataclass(frozen=True, slots=True)
class ArticleFieldNode:
    """lang:, source:, outlet: or is:. What an article is to its story is unknown at first: then it does no harm."""

    name: str
    values: tuple[str, ...]

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        if self.name == "is":
            return asked if context.novelty is None else context.novelty in self.values
        return any(
            article_holds(self.name, value, context.article, context.pages.language) for value in self.values
        )

    def why_not(self, context: Context, finding: Finding | None) -> str:
        actual = {
            "is": context.novelty or "unknown",
            "source": context.article.source,
            "outlet": context.article.tier,
            "lang": context.article.language or context.pages.language,
        }[self.name]
        return f"{self} does not hold: the article has {actual or 'none'}"

    def __str__(self) -> str:
        return f"{self.name}:{_alternatives(self.values)}"


@dataclass(frozen=True, slots=True)
class FindingFieldNode:
    """A field of a finding with the values of which one must hold."""

    name: str
    values: tuple[Condition, ...]

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        return finding is not None and any(value.test(finding, context.lookup) for value in self.values)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        if finding is None:
            return f"{self} does not hold: nothing was found"
        actual = ", ".join(FINDING_FIELDS[self.name].shown(finding, context.lookup))
        return f"{self} does not hold: the nearest finding ({finding.type.value}) has {actual or 'none'}"

    def __str__(self) -> str:
        return f"{self.name}:{_alternatives([value.written for value in self.values])}"


@dataclass(frozen=True, slots=True)
class WatchNode:
    """Another watch's query, asked of its own finding."""

    name: str

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        query = context.watches.get(self.name)
        if query is None or self.name in context.open_watches:
            return False
        return any_finding(query.root, entered(context, self.name))

    def why_not(self, context: Context, finding: Finding | None) -> str:
        query = context.watches.get(self.name)
        if query is None:
            return f"there is no watch {self.name!r}"
        if self.name in context.open_watches:
            return f"the watch {self.name!r} includes itself"
        return f"watch:{self.name}: {first_failure(query.root, entered(context, self.name))}"

    def __str__(self) -> str:
        return f"watch:{quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class Braces:
    """A finding of its own, bound apart from the one outside; it may be the same one."""

    inner: Node

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        return any(self.inner.holds(context, one, asked) for one in context.findings or (None,))

    def why_not(self, context: Context, finding: Finding | None) -> str:
        return f"no finding for {{}}: {first_failure(self.inner, context)}"

    def __str__(self) -> str:
        return f"{{{self.inner}}}"


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        return not self.inner.holds(context, finding, not asked)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        return f"{self.inner} holds, and the query excludes it"

    def __str__(self) -> str:
        return f"-{_inside(self.inner)}"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]
    quick: tuple[Node, ...] = field(compare=False, repr=False)

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        return all(part.holds(context, finding, asked) for part in self.quick)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        for part in self.parts:
            if not part.holds(context, finding, True):
                return part.why_not(context, finding)
        return ""

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Or) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Or:
    """Alternatives. As a text part it stands wherever one of them stands."""

    parts: tuple[Node, ...]

    def holds(self, context: Context, finding: Finding | None, asked: bool) -> bool:
        return any(part.holds(context, finding, asked) for part in self.parts)

    def spans(self, context: Context, page: Page) -> Spans:
        found: set[tuple[int, int]] = set()
        for part in self.parts:
            if isinstance(part, Term | Pattern | Near | Or):  # the parser lets no other part into a NEAR
                found.update(part.spans(context, page))
        return sorted(found)

    def why_not(self, context: Context, finding: Finding | None) -> str:
        return "none of these holds: " + "; ".join(part.why_not(context, finding) for part in self.parts)

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


def conjunction(parts: Sequence[Node]) -> Node:
    """The parts as one, without conjunctions inside; cheap ones are asked first."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat), tuple(sorted(flat, key=_cost)))


def disjunction(parts: Sequence[Node]) -> Node:
    """The parts as alternatives, without alternatives inside."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def _cost(node: Node) -> int:
    inner = node.inner if isinstance(node, Not) else node
    return 0 if isinstance(inner, FindingFieldNode | ArticleFieldNode) else 1


def any_finding(node: Node, context: Context) -> bool:
    """Whether the node holds for some finding; without findings, whether it holds for none."""
    return any(node.holds(context, finding, True) for finding in context.findings or (None,))


def first_failure(node: Node, context: Context) -> str:
    """The first clause that fails on the finding for which most clauses hold; "" where all hold."""
    if any_finding(node, context):
        return ""
    parts = node.parts if isinstance(node, And) else (node,)
    best: Finding | None = None
    most = -1
    for finding in context.findings or (None,):
        count = sum(part.holds(context, finding, True) for part in parts)
        if count > most:
            best, most = finding, count
    return node.why_not(context, best)


def entered(context: Context, watch: str) -> Context:
    """The context inside the query of `watch`, which is not entered again."""
    return Context(
        findings=context.findings,
        lookup=context.lookup,
        pages=context.pages,
        article=context.article,
        novelty=context.novelty,
        watches=context.watches,
        open_watches=context.open_watches | {watch},
    )


def _alternatives(values: Sequence[str]) -> str:
    shown = [quoted(value) for value in values]
    return shown[0] if len(shown) == 1 else f"({'|'.join(shown)})"


def _inside(node: Node | TextNode) -> str:
    return f"({node})" if isinstance(node, And | Or | Near) else str(node)
