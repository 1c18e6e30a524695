"""A field name and a written value in, a condition on one finding (or on the article) out. Pure.

Values are checked when a query is read: a wrong one is refused with the values that exist.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Protocol

from crawler.sources import Tier
from monitor.knowledge.model import Scoring
from monitor.model import ArticleText, Direction, EventType, Finding, Level, Status
from monitor.rules.query_values import (
    number_holds,
    parse_quantity,
    period_holds,
    period_of,
    quantity_holds,
    split_comparison,
)


class KnowledgeLookup(Protocol):
    """What queries ask of the knowledge; `monitor.knowledge.model.Knowledge` is one."""

    @property
    def rates(self) -> Mapping[str, Decimal]: ...

    @property
    def scoring(self) -> Scoring: ...

    def home_of(self, entity_id: str) -> str: ...

    def tier_of(self, entity_id: str) -> int: ...

    def kind_of(self, entity_id: str) -> str: ...

    def family_of(self, entity_id: str) -> str: ...

    def bloc_members(self, bloc_id: str) -> frozenset[str]: ...

    def regions_of(self, place_id: str) -> frozenset[str]: ...


FindingTest = Callable[[Finding, KnowledgeLookup], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """One value of a finding field, as written, and its test."""

    written: str
    test: FindingTest = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FindingField:
    """How values of a field are read, and what a finding has in it (for explanations)."""

    read: Callable[[str], Condition]
    shown: Callable[[Finding, KnowledgeLookup], Iterable[str]]


class Novelty(StrEnum):
    """What an article is to its story; known only after the story has been found."""

    NEW = "new"
    DEVELOPMENT = "development"
    REPEAT = "repeat"


def one_of(kind: type[StrEnum], written: str) -> str:
    """A member's value, however it was cased. Raises ValueError with the nearest and all values."""
    value = written.strip().lower().replace("-", "_").replace(" ", "_")
    known = [member.value for member in kind]
    if value in known:
        return value
    close = get_close_matches(value, known, 1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    raise ValueError(f"{written!r} is not known; {meant}known are {', '.join(known)}")


def _names(values: Callable[[Finding, KnowledgeLookup], Iterable[str]]) -> FindingField:
    """A field of ids: case aside, `*` for any letters."""

    def read(written: str) -> Condition:
        wanted = written.strip().lower().replace(" ", "_")
        if not wanted:
            raise ValueError("a value is missing")
        return Condition(
            written,
            lambda finding, lookup: any(
                fnmatchcase(value.lower(), wanted) for value in values(finding, lookup)
            ),
        )

    return FindingField(read, values)


def _choices(kind: type[StrEnum], value: Callable[[Finding], str]) -> FindingField:
    def read(written: str) -> Condition:
        wanted = one_of(kind, written)
        return Condition(wanted, lambda finding, lookup: value(finding) == wanted)

    return FindingField(read, lambda finding, lookup: (value(finding),))


def _numbers(values: Callable[[Finding, KnowledgeLookup], Iterable[int]], example: str) -> FindingField:
    def read(written: str) -> Condition:
        op, text = split_comparison(written)
        if not re.fullmatch(r"-?\d{1,9}", text):
            raise ValueError(f"{text!r} is no whole number; write it as {example}")
        wanted = int(text)
        return Condition(
            written,
            lambda finding, lookup: any(number_holds(op, value, wanted) for value in values(finding, lookup)),
        )

    return FindingField(read, lambda finding, lookup: map(str, values(finding, lookup)))


def _actors(finding: Finding, lookup: KnowledgeLookup) -> Iterable[str]:
    return [actor.id for actor in finding.actors]


def _families(finding: Finding, lookup: KnowledgeLookup) -> Iterable[str]:
    return [lookup.family_of(actor.id) for actor in finding.actors]


def _kinds(finding: Finding, lookup: KnowledgeLookup) -> Iterable[str]:
    return [lookup.kind_of(actor.id) for actor in finding.actors]


def _tiers(finding: Finding, lookup: KnowledgeLookup) -> Iterable[int]:
    return [lookup.tier_of(actor.id) for actor in finding.actors]


def _homes(finding: Finding, lookup: KnowledgeLookup) -> Iterable[str]:
    return [home for actor in finding.actors if (home := lookup.home_of(actor.id))]


def _read_home(written: str) -> Condition:
    wanted = written.strip()
    if wanted.startswith("@"):
        return Condition(
            wanted,
            lambda finding, lookup: not lookup.bloc_members(wanted[1:]).isdisjoint(_homes(finding, lookup)),
        )
    if not re.fullmatch("[A-Za-z]{2}", wanted):
        raise ValueError(
            f"{written!r} is no country; write its two letters, such as home:CN, or a bloc: home:@GCC"
        )
    return Condition(wanted.upper(), lambda finding, lookup: wanted.upper() in _homes(finding, lookup))


def _read_place(written: str) -> Condition:
    wanted = written.strip()
    if wanted == "*":
        return Condition(wanted, lambda finding, lookup: bool(finding.places))
    if wanted.startswith("@"):
        return Condition(wanted, lambda finding, lookup: _in_bloc(finding, wanted[1:], lookup))
    if re.fullmatch("[A-Za-z]{2}", wanted):
        code = wanted.upper()
        return Condition(
            code,
            lambda finding, lookup: any(
                place.country == code or place.id == code or place.id.startswith(f"{code}:")
                for place in finding.places
            ),
        )
    if re.fullmatch(r"(?:[A-Za-z]{2}|bloc|region):\S(?:.*\S)?", wanted):
        key = wanted.casefold()
        return Condition(wanted, lambda finding, lookup: _is_at(finding, key, lookup))
    raise ValueError(
        f'{written!r} is no place; write a country (place:MY), a hub (place:"MY:Johor") or a bloc (place:@GCC)'
    )


def _is_at(finding: Finding, wanted: str, lookup: KnowledgeLookup) -> bool:
    """Whether a place of the finding is the wanted one, or a town that lies in it."""
    return any(
        named.casefold() == wanted
        for place in finding.places
        for named in (place.id, *lookup.regions_of(place.id))
    )


def _in_bloc(finding: Finding, bloc: str, lookup: KnowledgeLookup) -> bool:
    members = lookup.bloc_members(bloc)
    named = {f"bloc:{bloc}".casefold(), f"region:{bloc}".casefold(), bloc.casefold()}
    return any(place.country in members or place.id.casefold() in named for place in finding.places)


def _read_yes_no(written: str) -> Condition:
    value = written.strip().lower()
    if value not in ("yes", "no", "true", "false"):
        raise ValueError(f"{written!r} is neither yes nor no")
    wanted = value in ("yes", "true")
    return Condition("yes" if wanted else "no", lambda finding, lookup: finding.overseas is wanted)


def _read_amount(written: str) -> Condition:
    if written.strip() == "*":
        return Condition("*", lambda finding, lookup: bool(finding.amounts))
    wanted = parse_quantity(written)
    return Condition(
        written.strip(),
        lambda finding, lookup: any(
            quantity_holds(wanted, amount, lookup.rates) for amount in finding.amounts
        ),
    )


def _read_time(written: str) -> Condition:
    if written.strip() == "*":
        return Condition("*", lambda finding, lookup: finding.time is not None)
    op, text = split_comparison(written)
    period = period_of(text)
    if period is None or text[0] in "<>":
        raise ValueError(f"{written!r} is no time; write it as time:2026, time:>=2026-Q3, time:<=2027-05")
    return Condition(
        written.strip(),
        lambda finding, lookup: finding.time is not None and period_holds(op, period, finding.time.iso),
    )


_LEVELS = tuple(level.value for level in Level)


def level_of(score: int, scoring: Scoring) -> str:
    """The level that a score reaches by itself."""
    reached = [name for name in _LEVELS[1:] if score >= scoring.thresholds[name]]
    return reached[-1] if reached else _LEVELS[0]


def _read_level(written: str) -> Condition:
    op, text = split_comparison(written)
    wanted = _LEVELS.index(one_of(Level, text))
    return Condition(
        written.strip(),
        lambda finding, lookup: number_holds(
            op, _LEVELS.index(level_of(finding.score, lookup.scoring)), wanted
        ),
    )


FINDING_FIELDS: Mapping[str, FindingField] = {
    "actor": _names(_actors),
    "family": _names(_families),
    "kind": _names(_kinds),
    "tier": _numbers(_tiers, "tier:1 or tier:<=2"),
    "home": FindingField(_read_home, _homes),
    "overseas": FindingField(_read_yes_no, lambda finding, lookup: ("yes" if finding.overseas else "no",)),
    "type": _choices(EventType, lambda finding: finding.type.value),
    "object": _names(lambda finding, lookup: [finding.object] if finding.object else []),
    "place": FindingField(_read_place, lambda finding, lookup: [place.id for place in finding.places]),
    "status": _choices(Status, lambda finding: finding.status.value),
    "direction": _choices(Direction, lambda finding: finding.direction.value),
    "amount": FindingField(_read_amount, lambda finding, lookup: [one.text for one in finding.amounts]),
    "time": FindingField(_read_time, lambda finding, lookup: [finding.time.iso] if finding.time else []),
    "score": _numbers(lambda finding, lookup: (finding.score,), "score:>=60"),
    "level": FindingField(_read_level, lambda finding, lookup: (level_of(finding.score, lookup.scoring),)),
    "rule": _names(lambda finding, lookup: (finding.rule,)),
}
TEXT_FIELDS = ("title", "lead")
ARTICLE_FIELDS = ("lang", "source", "outlet", "is")
FIELDS = (*TEXT_FIELDS, *ARTICLE_FIELDS, *FINDING_FIELDS, "watch")


def check_article_value(name: str, written: str) -> str:
    """The canonical value of lang:, source:, outlet: or is:. Raises ValueError with the remedy."""
    value = written.strip()
    if name == "is":
        return one_of(Novelty, value)
    if name == "outlet":
        return one_of(Tier, value)
    if name == "lang" and not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", value):
        raise ValueError(f"{written!r} is no language; write its code, such as lang:de or lang:zh-Hant")
    if not value:
        raise ValueError("a value is missing")
    return value


def article_holds(name: str, wanted: str, article: ArticleText, language: str) -> bool:
    """Whether lang:, source: or outlet: holds. `lang:zh` covers zh-Hant; `source:` takes `*`."""
    if name == "outlet":
        return article.tier == wanted
    if name == "source":
        return fnmatchcase(article.source.casefold(), wanted.casefold())
    own = (article.language or language).replace("_", "-").casefold()
    code = wanted.replace("_", "-").casefold()
    return own == code or own.startswith(f"{code}-")


def unknown_field(name: str) -> str:
    """What is wrong with a field name, with the nearest known one."""
    close = get_close_matches(name.lower(), FIELDS, 1)
    meant = f"did you mean {close[0]}:? " if close else ""
    return (
        f"there is no field {name}:; {meant}known are {', '.join(FIELDS)}. A word with a colon needs quotes"
    )
