"""Files of labelled articles in, `Labelled` articles out: two forms of JSON lines (docs/evaluation.md). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from monitor.errors import MonitorError
from monitor.judging import article_of
from monitor.model import ArticleText, EventType

#: What the short form calls events, as types. A name may stand for several.
_COARSE: Mapping[str, frozenset[str]] = {
    "dc": frozenset({"datacenter", "region"}),
    "capex": frozenset({"investment"}),
    "compute": frozenset({"compute"}),
    "partner": frozenset({"partnership", "contract"}),
    "network": frozenset({"connectivity"}),
    "power": frozenset({"power"}),
    "office": frozenset({"market"}),
    "market-entry": frozenset({"market"}),
    "launch": frozenset({"availability"}),
    "regulation": frozenset({"regulatory"}),
}
_STATUS = {
    "rumour": "rumoured",
    "in talks": "rumoured",
    "under construction": "under_construction",
    "opened": "live",
    "approved": "announced",
}
_WORLD = re.compile(
    r"author\d+|heldout\d*"
)  # names of files by one author, who knew none of the others' events
_TYPES = frozenset(one.value for one in EventType)


class LabelError(MonitorError):
    """Labelled files cannot be read; the message names file, line and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledAmount:
    """A labelled quantity in its base unit."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEvent:
    """A fact that the article states. `types` holds the types that are accepted."""

    types: frozenset[str]
    statuses: tuple[str, ...]  # the first is the best reading
    direction: str
    actors: tuple[str, ...]
    places: tuple[str, ...]
    amounts: tuple[LabelledAmount, ...]
    time: str = ""  # ISO interval: 2028, 2027-Q1, <=2027; "" where nothing is said
    background: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Facts of the short form: names and words instead of ids, those seen in title and lead only."""

    types: frozenset[str]
    actors: tuple[str, ...]
    places: tuple[str, ...]
    amounts: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An article with what a person said of it. `relevant` None: it has no label."""

    article: ArticleText
    language: str
    kind: str  # genre, or where there is none the type of source
    origin: str  # name of the file
    relevant: bool | None
    borderline: bool = False
    category: str = ""  # why it is not relevant
    events: tuple[LabelledEvent, ...] | None = None  # None: the form has no facts by id
    named: Named | None = None
    story: str = ""
    development: str = ""  # what it adds to its story: first, repeat, status, amount ...

    @property
    def world(self) -> str:
        """The set it was written for: "own", "author2", "heldout4". Each invents its own events, so that reports
        of two sets that tell of one town know nothing of each other.
        """
        named = _WORLD.match(self.origin)
        return named[0] if named else "own"

    @property
    def held_out(self) -> bool:
        """Whether its file is one that nobody tunes on."""
        return self.origin.startswith("heldout")


@dataclass(slots=True)
class _Lines:
    problems: list[str] = field(default_factory=list)


def read_labelled(paths: Sequence[Path]) -> list[Labelled]:
    """All articles of the files, and of the *.jsonl in the folders, in order of files and lines.

    Raises LabelError with every line that is wrong, and where an id stands twice or nothing was found.
    """
    lines = _Lines()
    found = [one for file in _files(paths) for one in _articles(file, lines)]
    seen: set[str] = set()
    for one in found:
        if one.article.article_id in seen:
            lines.problems.append(
                f"{one.origin}: the id {one.article.article_id!r} stands twice; make ids unique"
            )
        seen.add(one.article.article_id)
    if lines.problems:
        raise LabelError("\n".join(lines.problems))
    if not found:
        raise LabelError(
            f"{', '.join(map(str, paths))}: no articles; give files or folders with *.jsonl, one article a line"
        )
    return found


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.rglob("*.jsonl"))
        else:
            yield path


def _articles(file: Path, lines: _Lines) -> Iterator[Labelled]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(f"{file}: cannot be read: {error}") from error
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
            if not isinstance(value, dict) or "id" not in value:
                raise ValueError("not a JSON object with an `id`")
            yield _labelled(value, file.stem)
        except (ValueError, TypeError, KeyError, AttributeError, InvalidOperation) as error:
            lines.problems.append(f"{file}:{number}: {error or type(error).__name__}")


def _labelled(value: Mapping[str, object], origin: str) -> Labelled:
    article = article_of(value)
    base = Labelled(
        article=article,
        language=article.language or "?",
        kind=str(value.get("genre") or value.get("source_type") or value.get("text_kind") or ""),
        origin=origin,
        relevant=None,
    )
    if "relevant" in value:
        return replace(
            base,
            relevant=_flag(value, "relevant"),
            borderline=value.get("borderline") is True,
            category=str(value.get("negative_category") or ""),
            events=tuple(_event(event) for event in _list(value, "events")),
            story=str(value.get("story") or ""),
            development=str(value.get("development") or ""),
        )
    if value.get("label") is None:
        return base
    why = str(value.get("why") or "")
    return replace(
        base,
        relevant=_flag(value, "label"),
        borderline=why.startswith("borderline:"),
        category=why.removeprefix("borderline:").partition(":")[0].strip(),
        named=_named(value),
    )


def _flag(value: Mapping[str, object], key: str) -> bool:
    flag = value[key]
    if flag not in (0, 1):
        raise ValueError(f"`{key}` is {flag!r}; write true or false")
    return bool(flag)


def _list(value: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = value.get(key) or []
    if not isinstance(found, list):
        raise ValueError(f"`{key}` is no list")
    return found


def _strings(value: Mapping[str, object], key: str) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(value, key))


def _event(event: Mapping[str, object]) -> LabelledEvent:
    kind = str(event["type"])
    if kind not in _TYPES:
        raise ValueError(f"the event type {kind!r} is not known; known are {', '.join(sorted(_TYPES))}")
    return LabelledEvent(
        types=frozenset({kind}),
        statuses=(str(event["status"]), *_strings(event, "status_alternatives")),
        direction=str(event.get("direction") or ""),
        actors=_strings(event, "actors"),
        places=_strings(event, "places"),
        amounts=tuple(
            LabelledAmount(value=Decimal(str(amount["value"])), unit=str(amount["unit"]))
            for amount in _list(event, "amounts")
        ),
        time=str(event.get("time") or ""),
        background=event.get("background") is True,
    )


def _named(value: Mapping[str, object]) -> Named:
    status = str(value.get("status") or "")
    return Named(
        types=frozenset(kind for name in _strings(value, "events") for kind in _COARSE.get(name, ())),
        actors=_strings(value, "actors"),
        places=_strings(value, "places"),
        amounts=_strings(value, "amounts"),
        status=_STATUS.get(status, status),
    )
