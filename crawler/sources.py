"""Outlets and their sources: what the catalogue says, read and checked. Pure but for reading the YAML files."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).parent / "catalogue"


class SourceKind(StrEnum):
    """How a source lists its articles."""

    FEED = "feed"  # RSS 0.9x, 1.0, 2.0, Atom, JSON Feed
    SITEMAP = "sitemap"  # news sitemap, sitemap, sitemap index
    LISTING = "listing"  # an HTML page with links to articles
    PAGE = "page"  # the article itself: not in catalogues, for reading one address
    SITE = "site"  # a page to look for sources on: not in catalogues, for `sources add`
    SEARCH = "search"  # a feed that answers a query: url holds {query}


#: The kinds that a catalogue may name; the others are for reading one address.
LISTED_KINDS = (SourceKind.FEED, SourceKind.SITEMAP, SourceKind.LISTING, SourceKind.SEARCH)


class Tier(StrEnum):
    """What kind of publisher an outlet is."""

    PRIMARY = "primary"  # vendor newsroom, public body, filing, newswire
    TRADE = "trade"  # specialist press
    TECH = "tech"  # general technology press
    BUSINESS = "business"  # business and general press, agencies
    AGGREGATOR = "aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One index of one outlet. `family` is the publisher: sister titles and syndicates count once."""

    source_id: str
    name: str
    url: str
    kind: SourceKind
    homepage: str = ""
    language: str | None = None  # BCP 47
    country: str | None = None  # ISO 3166-1 alpha-2 of the publisher
    region: str = ""
    tier: Tier = Tier.TECH
    family: str = ""
    section: str = ""
    full_text_feed: bool | None = None
    paywall: str = "none"  # none, partial, hard
    article_pattern: str | None = None  # regular expression of an article URL
    body_selector: str | None = None  # CSS selector of the article body
    verify_certificate: bool = True  # False: this outlet's own hosts may show any certificate
    enabled: bool = True
    remark: str = ""  # why it is switched off, what an extractor must know


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a sources file, and what to do about it."""

    file: str
    source_id: str  # "entry 3" where it has no usable id
    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.source_id}: {self.key}: {self.message}"


class CatalogueError(Exception):
    """The sources files cannot be used; `problems` holds everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def load_catalogue(user_files: Sequence[Path] = (), *, shipped: bool = True) -> tuple[Source, ...]:
    """The shipped sources with what the user's files add, change (same id) or switch off, in a steady order.

    Without `shipped` only the user's files count. Reads every file before it complains. Raises CatalogueError
    with all problems at once.
    """
    sources: dict[str, Source] = {}
    problems: list[Problem] = []
    for path in (*(sorted(CATALOGUE.glob("*.yaml")) if shipped else ()), *user_files):
        is_shipped = path.parent == CATALOGUE
        seen: set[str] = set()
        for position, entry in enumerate(_entries(path, problems), start=1):
            _take(sources, entry, file=str(path), position=position, seen=seen, problems=problems)
            if is_shipped and (source := sources.get(entry.get("id", ""))) is not None:
                sources[source.source_id] = replace(source, region=path.stem)
    if problems:
        raise CatalogueError(problems)
    return tuple(sources.values())


def _entries(path: Path, problems: list[Problem]) -> list[Mapping[str, str]]:
    import yaml  # 20 ms, which `cspwatch --help` need not pay

    def problem(message: str) -> list[Mapping[str, str]]:
        problems.append(Problem(file=str(path), source_id="file", key="-", message=message))
        return []

    try:
        # The base loader leaves `no` (Norway), `on` and `1.10` as text.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    except OSError as error:
        return problem(f"cannot be read: {error.strerror}; check the path")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return problem(f"is no valid YAML: {' '.join(str(error).split())[:200]}")
    if isinstance(document, Mapping) and set(document) == {"sources"}:
        document = document["sources"]
    if document in (None, ""):
        return []
    if not isinstance(document, list):
        return problem("must be a list of sources, each starting with `- id:`")
    return [entry if isinstance(entry, Mapping) else {} for entry in document]


def _take(
    sources: dict[str, Source],
    entry: Mapping[str, object],
    *,
    file: str,
    position: int,
    seen: set[str],
    problems: list[Problem],
) -> None:
    """Add `entry` to `sources`, or what is wrong with it to `problems`."""
    source_id = entry.get("id")
    found: list[Problem] = []

    def complain(key: str, message: str) -> None:
        name = source_id if isinstance(source_id, str) and source_id else f"entry {position}"
        found.append(Problem(file=file, source_id=name, key=key, message=message))

    if not isinstance(source_id, str) or not _ID.fullmatch(source_id):
        complain("id", "must be lower-case letters, digits and hyphens, such as my-outlet")
        source_id = ""
    elif source_id in seen:
        complain("id", "stands twice in this file; remove or rename one")
    seen.add(source_id)
    values = _values(entry, complain)
    known = sources.get(source_id)
    for key in () if known else ("name", "url", "kind"):
        if key not in entry:
            near = difflib.get_close_matches(source_id, sources, n=1, cutoff=0.8)
            hint = f"; or did you mean to change {near[0]}?" if near else ""
            complain(key, f"is missing; a new source needs id, name, url and kind{hint}")
    if not found:
        source = _built(source_id, values, known)
        _check_together(source, complain)
        sources[source_id] = source
    problems += found


def _built(source_id: str, values: dict[str, object], known: Source | None) -> Source:
    if known is not None:
        return replace(known, **values)  # type: ignore[arg-type]  # each value was made for its field
    return Source(source_id=source_id, **values)  # type: ignore[arg-type]  # likewise


def _values(entry: Mapping[str, object], complain: Callable[[str, str], None]) -> dict[str, object]:
    """The fields of Source that `entry` names, read from text."""
    values: dict[str, object] = {}
    for key, text in entry.items():
        if key == "id":
            continue
        if key not in _READERS:
            near = difflib.get_close_matches(str(key), [*_READERS, "id"], n=1)
            complain(str(key), f"is no key of a source{f'; did you mean {near[0]}?' if near else ''}")
        elif not isinstance(text, str):
            complain(key, "must be a single value")
        else:
            try:
                values[key] = _READERS[key](text)
            except ValueError as error:
                complain(key, str(error))
    return values


def _check_together(source: Source, complain: Callable[[str, str], None]) -> None:
    """What no key can say alone."""
    has_query = "{query}" in source.url
    if source.kind is SourceKind.SEARCH and not has_query:
        complain("url", "of a search must hold {query} where the words go")
    if source.kind is not SourceKind.SEARCH and has_query:
        complain("kind", "must be search where url holds {query}")


_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _text(value: str) -> str:
    return value.strip()


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _flag(value: str) -> bool:
    if value.lower() not in _FLAGS:
        raise ValueError("must be true or false")
    return _FLAGS[value.lower()]


def _one_of(words: Iterable[str]) -> Callable[[str], str]:
    allowed = tuple(words)

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {value[:40]!r}")
        return value

    return read


def _kind(value: str) -> SourceKind:
    return SourceKind(_one_of(kind.value for kind in LISTED_KINDS)(value))


def _tier(value: str) -> Tier:
    return Tier(_one_of(Tier)(value))


def _url(value: str) -> str:
    from crawler.guard import refusal, without_credentials  # one rule for what may be asked for

    reason = refusal(value.replace("{query}", "query"), allowed_addresses=_any_port(value))
    if reason is not None:
        raise ValueError(f"cannot be fetched: {reason} ({without_credentials(value)[:100]})")
    return value


def _any_port(value: str) -> tuple[str, ...]:
    """The URL's own host, so that a port is no error here: the crawl asks whether it is allowed."""
    match = re.match(r"https?://(?:[^/@]*@)?(\[[^\]]+\]|[^:/?#]+)", value)
    return (match[1],) if match else ()


def _matching(pattern: re.Pattern[str], example: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"must look like {example}, not {value[:40]!r}")
        return value

    return read


def _expression(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is no valid regular expression: {error}") from error
    return value


@cache
def _selector(value: str) -> str:
    from cssselect import SelectorError, parse  # 10 ms, needed by a handful of sources

    try:
        parse(value)
    except SelectorError as error:
        raise ValueError(f"is no valid CSS selector: {error}") from error
    return value


#: How each key of a sources file is read; the keys are the fields of Source, but for its id.
_READERS: dict[str, Callable[[str], object]] = {
    "name": _name,
    "url": _url,
    "kind": _kind,
    "homepage": _url,
    "language": _matching(_LANGUAGE, "en, zh-CN or zh-Hant"),
    "country": _matching(_COUNTRY, "DE"),
    "region": _text,
    "tier": _tier,
    "family": _text,
    "section": _text,
    "full_text_feed": _flag,
    "paywall": _one_of(("none", "partial", "hard")),
    "article_pattern": _expression,
    "body_selector": _selector,
    "verify_certificate": _flag,
    "enabled": _flag,
    "remark": _text,
}
