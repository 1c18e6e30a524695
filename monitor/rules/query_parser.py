"""The text of a query in, its parts out; the first thing that is wrong is named with its column and the remedy. Pure.

query := or                            and := near { ["AND"] near }
or    := and { ("OR"|"|") and }        near := not { ("NEAR/"n | "ONEAR/"n) not }
not   := { "-" | "!" | "NOT" } atom    atom := "(" or ")" | "{" or "}" | field ":" value
                                               | /regex/[i] | "phrase" | term
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import NoReturn, TypeVar

import regex

from monitor.rules.query_fields import (
    ARTICLE_FIELDS,
    FINDING_FIELDS,
    TEXT_FIELDS,
    check_article_value,
    unknown_field,
)
from monitor.rules.query_nodes import (
    ArticleFieldNode,
    Braces,
    FindingFieldNode,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Term,
    WatchNode,
    conjunction,
    disjunction,
)
from monitor.rules.query_text import check_term

LONGEST, DEEPEST, FARTHEST = 10_000, 50, 200  # characters, levels of brackets, words of a NEAR
_NEAR = re.compile(r"(O?)NEAR(?:/(\d{1,4}))?(?=[\s(]|$)")
_FIELD = re.compile(r"([A-Za-z_]+):")
_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s(){}\"]|$)")
_Value = TypeVar("_Value")
_SMALL = re.compile(r"(?:and|or|not)(?=[\s()]|$)")


class QueryError(ValueError):
    """A query cannot be read. `column` counts characters from 1; the message says what to write instead."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"


class QueryParser:
    """Reads one query from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        """The whole query. Raises QueryError."""
        if len(self._text) > LONGEST:
            raise QueryError(f"the query has more than {LONGEST} characters; split it in watches", LONGEST)
        self._blanks()
        if self._done():
            raise QueryError("the query is empty; write at least one word or field", 1)
        node = self._or()
        if not self._done():
            self._fail(f"{self._text[self._at]!r} closes nothing; remove it or open it before")
        return node

    def _or(self) -> Node:
        parts = [self._and()]
        while self._take_or():
            parts.append(self._and())
        return disjunction(parts)

    def _take_or(self) -> bool:
        if self._text.startswith("|", self._at):
            self._at += 1
        elif (match := _KEYWORD.match(self._text, self._at)) and match[1] == "OR":
            self._at = match.end()
        else:
            return False
        self._blanks()
        return True

    def _and(self) -> Node:
        parts = [self._near()]
        while not self._ends_conjunction():
            match = _KEYWORD.match(self._text, self._at)
            if match and match[1] == "AND":
                self._at = match.end()
                self._blanks()
            parts.append(self._near())
        return conjunction(parts)

    def _ends_conjunction(self) -> bool:
        if self._done() or self._text[self._at] in ")}|":
            return True
        match = _KEYWORD.match(self._text, self._at)
        return match is not None and match[1] == "OR"

    def _near(self) -> Node:
        begin = self._at
        node = self._not()
        while (match := _NEAR.match(self._text, self._at)) is not None:
            first = self._near_part(node, begin)
            if match[2] is None:
                self._fail(f"{match[0]} needs a number of words, such as {match[0]}/5")
            words = int(match[2])
            if words > FARTHEST:
                self._fail(f"{match[0]} is too far; {FARTHEST} words at most")
            self._at = match.end()
            self._blanks()
            begin = self._at
            second = self._near_part(self._not(), begin)
            node = Near(first, second, words, bool(match[1]))
        return node

    def _near_part(self, node: Node, begin: int) -> Term | Pattern | Near | Or:
        if isinstance(node, Pattern | Near) or (isinstance(node, Term) and not node.where):
            return node
        if isinstance(node, Or) and all(self._near_part(part, begin) for part in node.parts):
            return node
        raise QueryError(
            f"NEAR joins words, phrases, expressions and alternatives of them; {node} is none", begin + 1
        )

    def _not(self) -> Node:
        negations = 0
        while True:
            match = _KEYWORD.match(self._text, self._at)
            if match and match[1] == "NOT":
                self._at = match.end()
                self._blanks()
            elif self._text[self._at : self._at + 1] in ("-", "!"):
                self._at += 1
                if self._text[self._at : self._at + 1].isspace():
                    self._fail("what is excluded must follow the sign without a blank: -word, -(a b)")
            else:
                break
            negations += 1
        node = self._atom()
        if not negations % 2:
            return node
        return node.inner if isinstance(node, Not) else Not(node)

    def _atom(self) -> Node:
        if self._done():
            self._fail("the query ends where a word, a field or a bracket must follow")
        char, begin = self._text[self._at], self._at
        if char in "({":
            return self._bracket(char)
        if char in ")}|":
            self._fail(f"a word, a field or a bracket must stand before {char!r}")
        if (match := _KEYWORD.match(self._text, begin)) or _NEAR.match(self._text, begin):
            word = match[1] if match else "NEAR"
            self._fail(f'{word} needs something on both sides; write "{word}" in quotes for the word')
        if match := _SMALL.match(self._text, begin):
            self._fail(f'write {match[0].upper()} in capitals, or "{match[0]}" in quotes for the word')
        if char == "/":
            return self._expression()
        if char != '"' and (match := _FIELD.match(self._text, begin)):
            return self._field(match)
        return self._term("")

    def _bracket(self, opening: str) -> Node:
        begin, closing = self._at, ")" if opening == "(" else "}"
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(
                f"more than {DEEPEST} brackets inside each other; write watches and join them with watch:"
            )
        self._at += 1
        self._blanks()
        node = self._or()
        if not self._text.startswith(closing, self._at):
            raise QueryError(f"{opening!r} is not closed; write {closing!r} where it ends", begin + 1)
        self._at += 1
        self._depth -= 1
        self._blanks()
        return Braces(node) if opening == "{" else node

    def _expression(self) -> Node:
        begin = self._at
        match = re.compile(r"/((?:[^/\\]|\\.)+)/(i?)(?=[\s()}|]|$)", re.DOTALL).match(self._text, begin)
        if match is None:
            self._fail(r"an expression begins with / and ends with / or /i; write \/ for a slash inside")
        source = match[1].replace(r"\/", "/")
        try:
            compiled = regex.compile(source, regex.IGNORECASE if match[2] else 0)
        except regex.error as error:
            raise QueryError(f"the expression is wrong: {error.msg}", begin + 2 + (error.pos or 0)) from None
        self._at = match.end()
        self._blanks()
        return Pattern(source, bool(match[2]), compiled)

    def _term(self, where: str) -> Term:
        begin = self._at
        written = self._value()
        return self._checked(begin, lambda: self._as_term(written, where))

    @staticmethod
    def _as_term(written: str, where: str) -> Term:
        check_term(written)
        return Term(written, where)

    def _field(self, match: re.Match[str]) -> Node:
        name, begin = match[1].lower(), self._at
        if name not in (*TEXT_FIELDS, *ARTICLE_FIELDS, *FINDING_FIELDS, "watch"):
            self._fail(unknown_field(match[1]))
        self._at = match.end()
        if self._done() or self._text[self._at] in " \t\n)}|":
            raise QueryError(f"{name}: needs a value directly after the colon", begin + 1)
        if name in TEXT_FIELDS:
            terms = self._values(lambda written: self._as_term(written, name))
            return disjunction(terms)
        if name == "watch":
            watches = self._values(WatchNode)
            return disjunction(watches)
        if name in ARTICLE_FIELDS:
            texts = self._values(lambda written: check_article_value(name, written))
            return ArticleFieldNode(name, tuple(texts))
        return FindingFieldNode(name, tuple(self._values(FINDING_FIELDS[name].read)))

    def _values(self, read: Callable[[str], _Value]) -> list[_Value]:
        """One value, or several in parentheses with | or OR between them."""
        if not self._text.startswith("(", self._at):
            begin = self._at
            written = self._value()
            return [self._checked(begin, lambda: read(written))]
        opened = self._at
        self._at += 1
        values: list[_Value] = []
        while True:
            self._blanks()
            begin = self._at
            if self._done():
                raise QueryError("'(' is not closed; write ')' where it ends", opened + 1)
            written = self._value()
            values.append(self._checked(begin, partial(read, written)))
            self._blanks()
            if self._text.startswith(")", self._at):
                self._at += 1
                self._blanks()
                return values
            if not self._take_or():
                self._fail("write | between the values, and ) after the last")

    def _value(self) -> str:
        """A quoted phrase, or a word with the brackets inside it: cent(er|re)*."""
        written = self._quoted() if self._text.startswith('"', self._at) else self._word()
        self._blanks()
        return written

    def _quoted(self) -> str:
        match = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self._text, self._at)
        if match is None:
            self._fail('the quote is not closed; write " where the phrase ends')
        self._at = match.end()
        return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL)

    def _word(self) -> str:
        begin = self._at
        while not self._done():
            char = self._text[self._at]
            if char == "(" and self._at > begin:
                end = self._text.find(")", self._at)
                if end < 0:
                    self._fail("'(' is not closed; write ')' where it ends")
                self._at = end
            elif char.isspace() or char in '(){}|"':
                break
            self._at += 1
        if self._at == begin:
            self._fail(f"a word must stand before {self._text[begin]!r}")
        return self._text[begin : self._at]

    def _checked(self, begin: int, read: Callable[[], _Value]) -> _Value:
        try:
            return read()
        except QueryError:
            raise
        except ValueError as error:
            raise QueryError(str(error), begin + 1) from None

    def _blanks(self) -> None:
        while not self._done() and self._text[self._at].isspace():
            self._at += 1

    def _done(self) -> bool:
        return self._at >= len(self._text)

    def _fail(self, message: str) -> NoReturn:
        raise QueryError(message, self._at + 1)
