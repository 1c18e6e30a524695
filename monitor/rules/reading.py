"""One rule document in, an `EventRule` out; everything wrong with it at once. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from monitor.knowledge.model import Knowledge
from monitor.knowledge.terms import TermError, compile_term
from monitor.model import Direction, EventType, Level, Status
from monitor.rules.model import ActorRole, Adjustment, EventRule, Need, OwnTerms, RuleStatus, RuleTest
from monitor.rules.query import QueryError, parse_query

KEYS = frozenset(
    [
        "kind",
        "id",
        "title",
        "status",
        "level",
        "type",
        "author",
        "date",
        "modified",
        "references",
        "related",
        "falsepositives",
        "tags",
        "tests",
        "languages",
        "when",
        "roles",
        "need",
        "unless",
        "set",
        "score",
        "adjust",
    ]
)
AMOUNT_CLASSES = frozenset(
    ["money", "power", "area", "accel", "count_dc", "count_region", "count_az", "rack"]
)
_Enum = TypeVar("_Enum", bound=StrEnum)


class RuleError(Exception):
    """A rule cannot be used. `found` lists (key, what is wrong, remedy)."""

    def __init__(self, found: list[tuple[str, str, str]]) -> None:
        self.found = found
        super().__init__("; ".join(f"{key}: {message}" for key, message, _ in found))


class _Reader:
    """Collects what is wrong while the parts are read."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document
        self.found: list[tuple[str, str, str]] = []

    def wrong(self, key: str, message: str, remedy: str) -> None:
        self.found.append((key, message, remedy))

    def mapping(self, value: object, key: str) -> Mapping[str, object]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.wrong(key, "is not a mapping", "Write {name: value}")
            return {}
        return value

    def names(self, value: object, key: str, known: frozenset[str] | None = None) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value
        if listed is None:
            return ()
        if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
            self.wrong(key, "is not a list of names", "Write [name, ...]")
            return ()
        for item in listed:
            if known is not None and item not in known:
                self.wrong(key, f"{item!r} is unknown", f"Known: {', '.join(sorted(known))}")
        return tuple(listed)

    def choice(self, value: object, key: str, kind: type[_Enum], default: _Enum) -> _Enum:
        if value is None:
            return default
        try:
            return kind(str(value))
        except ValueError:
            self.wrong(key, f"{value!r} is unknown", f"One of {', '.join(member.value for member in kind)}")
            return default


def event_rule(document: Mapping[str, object], knowledge: Knowledge) -> EventRule:
    """Check and freeze one `kind: rule` document. Raises RuleError with everything that is wrong."""
    reader = _Reader(document)
    _check_keys(reader)
    rule_id = str(document.get("id", "?"))
    when = reader.mapping(document.get("when"), "when")
    roles = reader.mapping(document.get("roles"), "roles")
    unless = reader.mapping(document.get("unless"), "unless")
    fixed = reader.mapping(document.get("set"), "set")
    own_action, actions = _side(reader, when.get("action"), "action", rule_id, frozenset(knowledge.actions))
    own_object, objects = _side(reader, when.get("object"), "object", rule_id, frozenset(knowledge.objects))
    action_fields = when.get("action") if isinstance(when.get("action"), dict) else {}
    assert isinstance(action_fields, dict)
    set_status = fixed.get("status", action_fields.get("status"))
    set_direction = fixed.get("direction", action_fields.get("direction"))
    actor = reader.mapping(roles.get("actor"), "roles.actor")
    place = reader.mapping(roles.get("place"), "roles.place")
    amount = reader.mapping(roles.get("amount"), "roles.amount")
    need_names = reader.names(document.get("need"), "need", frozenset(need.value for need in Need))
    needs = tuple(Need(name) for name in need_names if name in {need.value for need in Need})
    if not objects and not own_object and not needs and place.get("required") != "true":
        reader.wrong("need", "a rule without object needs another condition", "Add need: [place]")
    rule = EventRule(
        id=rule_id,
        title=str(document.get("title", rule_id)),
        revision=hashlib.sha256(repr(sorted(document.items())).encode()).hexdigest()[:8],
        status=reader.choice(document.get("status"), "status", RuleStatus, RuleStatus.TEST),
        level=reader.choice(document.get("level"), "level", Level, Level.LOW),
        type=reader.choice(document.get("type"), "type", EventType, EventType.DATACENTER),
        score=_points(reader, document.get("score"), "score"),
        actions=actions,
        objects=objects,
        languages=frozenset(reader.names(document.get("languages"), "languages")),
        title_only=when.get("window") == "title",
        lead_only=_is_lead_only(reader, when.get("where")),
        reach=_reach(reader, when.get("window")),
        actor=ActorRole.REQUIRED if actor.get("required", "true") == "true" else ActorRole.OPTIONAL,
        actor_kinds=frozenset(reader.names(actor.get("kind"), "roles.actor.kind")),
        place_required=place.get("required") == "true",
        amounts=reader.names(amount.get("class"), "roles.amount.class", AMOUNT_CLASSES),
        need=needs,
        unless_contexts=reader.names(unless.get("context"), "unless.context", frozenset(knowledge.contexts)),
        unless_cues=reader.names(unless.get("cue"), "unless.cue", frozenset(knowledge.cues)),
        unless_terms=_own(reader, unless.get("term"), f"{rule_id}:unless", "unless.term"),
        set_status=reader.choice(set_status, "set.status", Status, Status.ANNOUNCED) if set_status else None,
        set_direction=reader.choice(set_direction, "set.direction", Direction, Direction.EXPANSION)
        if set_direction
        else None,
        own_action=own_action,
        own_object=own_object,
        adjust=_adjustments(reader, document.get("adjust")),
        falsepositives=reader.names(document.get("falsepositives"), "falsepositives"),
        tests=_tests(reader, document.get("tests")),
    )
    _check_examples(reader, rule)
    if reader.found:
        raise RuleError(reader.found)
    return rule


def _check_examples(reader: _Reader, rule: EventRule) -> None:
    positive, negative = any(test.expect for test in rule.tests), any(not test.expect for test in rule.tests)
    if rule.status is RuleStatus.STABLE and not (positive and negative):
        reader.wrong(
            "tests", "a stable rule needs a positive and a negative example", "Add tests, or use status: test"
        )


def _check_keys(reader: _Reader) -> None:
    for key in sorted(set(reader.document) - KEYS):
        reader.wrong(key, "is not a known key", f"Known: {', '.join(sorted(KEYS))}")
    for key in ("id", "type", "when", "score"):
        if key not in reader.document:
            reader.wrong(key, "is missing", "Every rule has id, type, when and score")


def _side(
    reader: _Reader, value: object, side: str, rule_id: str, known: frozenset[str]
) -> tuple[OwnTerms | None, tuple[str, ...]]:
    """`action: [open, build]`, or inline vocabulary: `action: {terms: {de: [...]}, names: [open]}`."""
    if isinstance(value, dict):
        own = _own(reader, value.get("terms"), f"{rule_id}:{side}", f"when.{side}.terms")
        return own, reader.names(value.get("names"), f"when.{side}.names", known)
    return None, reader.names(value, f"when.{side}", known)


def _own(reader: _Reader, value: object, name: str, key: str) -> OwnTerms | None:
    if value is None:
        return None
    listed = reader.mapping(value, key)
    terms = {language: reader.names(items, f"{key}.{language}") for language, items in listed.items()}
    for language, items in terms.items():
        for item in items:
            try:
                compile_term(item)
            except TermError as error:
                reader.wrong(
                    f"{key}.{language}", f"term {item!r}: {error}", "See the term syntax in docs/detection.md"
                )
    return OwnTerms(name=name, terms=terms)


def _points(reader: _Reader, value: object, key: str) -> int:
    try:
        points = int(str(value))
    except ValueError:
        points = 0
    if not 0 < points <= 100:
        reader.wrong(key, f"{value!r} is no score", "Points from 1 to 100")
    return points


def _is_lead_only(reader: _Reader, value: object) -> bool:
    if value not in (None, "lead", "article"):
        reader.wrong("when.where", f"{value!r} is unknown", "lead or article")
    return value == "lead"


def _reach(reader: _Reader, value: object) -> int | None:
    if value in (None, "sentence", "title"):
        return None
    if value == "clause":
        return 60
    if isinstance(value, str) and value.isdigit():
        return int(value) * 6  # words
    reader.wrong("when.window", f"{value!r} is unknown", "sentence, clause, title or a number of words")
    return None


def _adjustments(reader: _Reader, value: object) -> tuple[Adjustment, ...]:
    rows = value if isinstance(value, list) else []
    result = []
    for row in rows:
        fields = reader.mapping(row, "adjust")
        query = str(fields.get("if", ""))
        try:
            parse_query(query)
            points = int(str(fields.get("add")))
        except QueryError as error:
            reader.wrong("adjust.if", str(error), "See docs/query-language.md")
        except ValueError:
            reader.wrong("adjust.add", f"{fields.get('add')!r} is no number", "Points, as 10 or -10")
        else:
            result.append(Adjustment(query=query, points=points, why=str(fields.get("why", "adjusted"))))
    return tuple(result)


def _tests(reader: _Reader, value: object) -> tuple[RuleTest, ...]:
    result = []
    for row in value if isinstance(value, list) else []:
        fields = reader.mapping(row, "tests")
        expect = fields.get("expect", "none")
        facts = [fact for fact in expect if isinstance(fact, dict)] if isinstance(expect, list) else []
        published = fields.get("date")
        alert = fields.get("alert")
        result.append(
            RuleTest(
                language=str(fields.get("lang", "en")),
                title=str(fields.get("title", "")),
                text=str(fields.get("text", "")),
                published=date.fromisoformat(str(published)) if published else None,
                expect=tuple({key: str(item) for key, item in fact.items()} for fact in facts),
                alert=None if alert is None else alert == "true",
            )
        )
    return tuple(result)
