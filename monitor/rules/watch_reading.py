"""A `kind: watch` document in, its checked fields and everything that is wrong with it out. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from difflib import get_close_matches

from alerts.model import Digest, QuietHours, Rhythm
from monitor.errors import Problem
from monitor.model import ArticleText, Level
from monitor.rules.query import Query, QueryError, parse_query
from monitor.rules.query_text import check_term
from monitor.settings import parse_duration, weekday_number

_ID = re.compile("[a-z0-9][a-z0-9-]*")
_SCHEDULE = re.compile(
    r"instant|digest (?:daily |weekly (mon|tue|wed|thu|fri|sat|sun) )?((?:[01]\d|2[0-3]):[0-5]\d)"
)
_QUIET = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")
_GROUPS = ("story", "none")
_NOTIFY = ("new", "development", "repeat")
_STATUSES = ("experimental", "test", "stable", "deprecated")
#: Keys that describe a watch to people and change nothing.
_METADATA = (
    "kind",
    "id",
    "title",
    "author",
    "date",
    "modified",
    "references",
    "related",
    "falsepositives",
    "tags",
)
_KEYS = (
    *_METADATA,
    "status",
    "level",
    "query",
    "terms",
    "min_score",
    "min_level",
    "severity",
    "group_by",
    "notify_on",
    "channels",
    "schedule",
    "quiet",
    "max_per_day",
    "cooldown",
    "max_age",
    "tests",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something wrong with a key of a document."""

    key: str
    message: str
    remedy: str

    def at(self, file: str, watch: str) -> Problem:
        """The problem with its whole place."""
        return Problem(place=f"{file}: {watch}.{self.key}", message=self.message, remedy=self.remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTerms:
    """Weighted terms: the watch holds from `threshold` points up; no fact is needed."""

    threshold: int
    max_per_term: int
    weights: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchExample:
    """An article with the level that the watch must give it; None: it must not hold."""

    article: ArticleText
    expect: Level | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchFields:
    """A watch as written. A severity without condition is the last one ("else")."""

    id: str
    title: str = ""
    query: Query | None = None
    terms: TopicTerms | None = None
    min_score: int = 0
    min_level: str = Level.LOW.value
    severity: tuple[tuple[Query | None, Level], ...] = ()
    group_by: str = "story"
    notify_on: tuple[str, ...] = ("new", "development")
    channels: tuple[str, ...] = ("console",)
    rhythm: Rhythm = field(default_factory=Rhythm)
    cooldown: timedelta = timedelta(0)
    max_age: timedelta = timedelta(hours=72)
    shadow: bool = False
    retired: bool = False
    tests: tuple[WatchExample, ...] = ()

    def queries(self) -> tuple[Query, ...]:
        """The query and the conditions of the severities."""
        conditions = [condition for condition, _ in self.severity if condition is not None]
        return (*([self.query] if self.query else []), *conditions)


def read_watch(document: Mapping[str, object]) -> tuple[WatchFields | None, list[Found]]:
    """The fields of a document, or None, and all that is wrong with it."""
    reader = _Reader(document)
    fields = reader.fields()
    return (None if reader.found else fields), reader.found


class _Reader:
    """Reads one document and gathers problems."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = document
        self.found: list[Found] = []

    def fields(self) -> WatchFields:
        for key in self._document:
            if key not in _KEYS:
                close = get_close_matches(str(key), _KEYS, 1)
                meant = f"Did you mean {close[0]}? " if close else ""
                self._wrong(str(key), "is no key of a watch", f"{meant}Known are {', '.join(_KEYS)}")
        name = self._text("id")
        if not _ID.fullmatch(name):
            self._wrong("id", f"{name!r} is no id", "Use small letters, digits and hyphens")
        status = self._choice("status", _STATUSES, "stable")
        fields = WatchFields(
            id=name,
            title=self._text("title"),
            query=self._query("query", self._document.get("query")),
            terms=self._terms(),
            min_score=self._number("min_score", 0),
            min_level=self._choice("min_level", tuple(level.value for level in Level), Level.LOW.value),
            severity=self._severity() or self._level(),
            group_by=self._choice("group_by", _GROUPS, "story"),
            notify_on=self._names("notify_on", ("new", "development"), known=_NOTIFY),
            channels=self._names("channels", ("console",)),
            rhythm=replace(self._rhythm(), every_article=self._document.get("group_by") == "none"),
            cooldown=self._duration("cooldown", timedelta(0)),
            max_age=self._duration("max_age", timedelta(hours=72)),
            shadow=status == "experimental",
            retired=status == "deprecated",
            tests=self._tests(),
        )
        if (fields.query is None) == (fields.terms is None) and not self.found:
            self._wrong("query", "a watch has either a query or terms", "Write one of both")
        return fields

    def _wrong(self, key: str, message: str, remedy: str) -> None:
        self.found.append(Found(key=key, message=message, remedy=remedy))

    def _text(self, key: str) -> str:
        value = self._document.get(key, "")
        if isinstance(value, str):
            return value
        self._wrong(key, "is no text", "Write a text, in quotes if it has : or #")
        return ""

    def _number(self, key: str, default: int) -> int:
        written = self._document.get(key)
        return default if written is None else self._whole(key, written)

    def _whole(self, key: str, written: object) -> int:
        if isinstance(written, str) and re.fullmatch(r"-?\d{1,6}", written.strip()):
            return int(written)
        self._wrong(key, f"{written!r} is no whole number", "Write a number, such as 35")
        return 0

    def _choice(self, key: str, known: Sequence[str], default: str) -> str:
        value = self._text(key) or default
        if value in known:
            return value
        self._wrong(key, f"{value!r} is not known", f"Known are {', '.join(known)}")
        return default

    def _rhythm(self) -> Rhythm:
        schedule = self._pattern("schedule", _SCHEDULE, "instant, or digest weekly mon 07:00")
        quiet = self._pattern("quiet", _QUIET, "22:00-07:00")
        digest = None
        if schedule is not None and schedule[2]:
            days = frozenset({weekday_number(schedule[1])} if schedule[1] else range(7))
            digest = Digest(times=(schedule[2],), weekdays=days)
        per_day = self._number("max_per_day", 0)
        if per_day < 0:
            self._wrong("max_per_day", f"{per_day} is no limit", "Write a number, or 0 for none")
        return Rhythm(
            digest=digest,
            quiet=QuietHours(start=quiet[1], end=quiet[2]) if quiet is not None else None,
            per_day=per_day,
        )

    def _pattern(self, key: str, pattern: re.Pattern[str], example: str) -> re.Match[str] | None:
        value = self._text(key)
        match = pattern.fullmatch(value)
        if value and match is None:
            self._wrong(key, f"{value!r} cannot be read", f"Write it as {example}")
        return match

    def _duration(self, key: str, default: timedelta) -> timedelta:
        if self._document.get(key) is None:
            return default
        try:
            return parse_duration(self._document[key])
        except ValueError as error:
            self._wrong(key, str(error), "")
            return default

    def _names(
        self, key: str, default: tuple[str, ...], known: Sequence[str] | None = None
    ) -> tuple[str, ...]:
        written = self._document.get(key)
        if written is None:
            return default
        names = written if isinstance(written, list) else [written]
        for name in names:
            if not isinstance(name, str) or (known is not None and name not in known):
                wanted = f"Known are {', '.join(known)}" if known else "Write a list of names"
                self._wrong(key, f"{name!r} is not known", wanted)
        return tuple(str(name) for name in names)

    def _query(self, key: str, written: object) -> Query | None:
        if written is None:
            return None
        if not isinstance(written, str):
            self._wrong(key, "is no text", "Write the query in single quotes")
            return None
        try:
            return parse_query(written)
        except QueryError as error:
            self._wrong(key, str(error), "")
            return None

    def _mappings(self, key: str, written: object) -> Sequence[Mapping[str, object]]:
        if written is None:
            return []
        rows = written if isinstance(written, list) else [written]
        mappings = [row for row in rows if isinstance(row, dict)]
        if len(mappings) < len(rows):
            self._wrong(key, "is no list of mappings", "Write rows as - {key: value}")
            return []
        return mappings

    def _level(self) -> tuple[tuple[Query | None, Level], ...]:
        """`level: high` says in short that every alert has this level."""
        if self._document.get("level") is None:
            return ()
        return ((None, Level(self._choice("level", tuple(Level), Level.LOW.value))),)

    def _severity(self) -> tuple[tuple[Query | None, Level], ...]:
        rows = self._mappings("severity", self._document.get("severity"))
        if rows and self._document.get("level") is not None:
            self._wrong(
                "level", "stands beside severity", "Remove one of them; severity ends with {else: low}"
            )
        result = []
        for number, row in enumerate(rows, start=1):
            key = f"severity[{number}]"
            if "else" in row and number < len(rows):
                self._wrong(key, "`else` ends the list", "Move it to the end")
            level = row.get("else", row.get("level"))
            if level not in [one.value for one in Level]:
                self._wrong(key, f"the level {level!r} is not known", f"Known are {', '.join(Level)}")
                continue
            result.append((self._query(f"{key}.if", row.get("if")), Level(str(level))))
        return tuple(result)

    def _terms(self) -> TopicTerms | None:
        written = self._document.get("terms")
        if written is None:
            return None
        rows = self._mappings("terms", written)
        if len(rows) != 1:
            return None
        weights: dict[str, int] = {}
        for number, row in enumerate(self._mappings("terms.weights", rows[0].get("weights")), start=1):
            key = f"terms.weights[{number}]"
            weight = self._whole(f"{key}.w", row.get("w"))
            terms = row.get("t")
            for term in terms if isinstance(terms, list) else [terms]:
                self._check_term(key, term)
                weights[str(term)] = weight
        if not weights:
            self._wrong("terms.weights", "is empty", "Write rows as - {t: [term, ...], w: 15}")
        return TopicTerms(
            threshold=self._whole("terms.threshold", rows[0].get("threshold")),
            max_per_term=self._whole("terms.max_per_term", rows[0].get("max_per_term", "2")),
            weights=tuple(weights.items()),
        )

    def _check_term(self, key: str, term: object) -> None:
        try:
            check_term(term)  # type: ignore[arg-type]  # what is no text is refused in words
        except (ValueError, TypeError) as error:
            self._wrong(f"{key}.t", f"{term!r}: {error}", "Write terms as in the knowledge files")

    def _tests(self) -> tuple[WatchExample, ...]:
        result = []
        for number, row in enumerate(self._mappings("tests", self._document.get("tests")), start=1):
            key = f"tests[{number}]"
            expect = row.get("expect")
            if expect != "none" and expect not in [one.value for one in Level]:
                self._wrong(
                    f"{key}.expect", f"{expect!r} is not known", f"Known are none, {', '.join(Level)}"
                )
                continue
            article = ArticleText(
                article_id=f"test-{number}",
                title=str(row.get("title", "")),
                text=str(row.get("text", "")),
                language=str(row["lang"]) if "lang" in row else None,
                published=self._day(f"{key}.date", row.get("date")),
                source=str(row.get("source", "")),
                tier=str(row.get("outlet", "")),
            )
            result.append(
                WatchExample(article=article, expect=None if expect == "none" else Level(str(expect)))
            )
        return tuple(result)

    def _day(self, key: str, written: object) -> date | None:
        if written is None:
            return None
        try:
            return date.fromisoformat(str(written))
        except ValueError:
            self._wrong(key, f"{written!r} is no date", "Write it as 2026-03-14")
            return None
