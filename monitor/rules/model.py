"""What an event rule is: which action with which object, by whom, when. Frozen values, no matching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from monitor.errors import Problem
from monitor.model import Direction, EventType, Level, Status


class RuleStatus(StrEnum):
    """How far a rule is trusted. Deprecated rules do not run."""

    EXPERIMENTAL = "experimental"
    TEST = "test"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Need(StrEnum):
    """Extra conditions that a candidate must meet."""

    MONEY = "money"
    PLACE = "place"
    MONEY_OR_PLACE = "money_or_place"
    PLACE_OR_COUNT = "place_or_count"
    TWO_PROVIDERS = "two_providers"
    POWER_OR_DC_CONTEXT = "power_or_dc_context"
    DC_CONTEXT = "dc_context"
    DC_IN_ARTICLE = "dc_in_article"
    TWO_IN_SENTENCE = "two_in_sentence"
    PLACE_OR_PARTNER = "place_or_partner"
    COUNT = "count"
    OVERSEAS = "overseas"


class ActorRole(StrEnum):
    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """An example inside a rule. `expect` holds facts; empty means that the rule finds nothing."""

    language: str
    text: str
    title: str = ""
    published: date | None = None
    expect: tuple[Mapping[str, str], ...] = ()
    alert: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """Points added where a query over the finding holds."""

    query: str
    points: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTerms:
    """Vocabulary written inside a local rule."""

    name: str
    terms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRule:
    """action x object x provider, with conditions. Metadata (title, level, notes) never changes matching."""

    id: str
    title: str
    revision: str
    status: RuleStatus
    level: Level
    type: EventType
    score: int
    actions: tuple[str, ...]
    objects: tuple[str, ...]
    languages: frozenset[str] = frozenset()
    title_only: bool = False  # window: title
    lead_only: bool = False  # where: lead; too general to look for further down
    reach: int | None = None  # characters; None = the default of the language
    actor: ActorRole = ActorRole.REQUIRED
    actor_kinds: frozenset[str] = frozenset()
    place_required: bool = False
    amounts: tuple[str, ...] = ()
    need: tuple[Need, ...] = ()
    unless_contexts: tuple[str, ...] = ()
    unless_cues: tuple[str, ...] = ()
    unless_terms: OwnTerms | None = None
    set_status: Status | None = None
    set_direction: Direction | None = None
    own_action: OwnTerms | None = None
    own_object: OwnTerms | None = None
    adjust: tuple[Adjustment, ...] = ()
    falsepositives: tuple[str, ...] = ()
    tests: tuple[RuleTest, ...] = field(default=(), compare=False)

    @property
    def is_background(self) -> bool:
        return self.type is EventType.FOOTPRINT

    @property
    def is_nominal(self) -> bool:
        """No action needed: a headline without a verb."""
        return not self.actions and self.own_action is None

    def own_terms(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Inline vocabulary by name."""
        return {own.name: own.terms for own in (self.own_action, self.own_object, self.unless_terms) if own}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """A rule that was refused, by name; the others go on."""

    rule: str
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules that run, in order of their ids, and those refused. `digest` changes with any of them."""

    rules: tuple[EventRule, ...]
    problems: tuple[RuleProblem, ...]
    digest: str
