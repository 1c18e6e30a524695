"""Articles that people called wrong, right or missed in, edits of rules that would have decided as they do out. Pure.

Every small edit of the rules in question is tried (one more `unless`, one more `need`, one action less ...), and those
that correct wrong decisions without spoiling right ones are proposed. The person decides; nothing is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from monitor.backtest import would_alert
from monitor.detect import Detector
from monitor.model import ArticleText, Judgement
from monitor.rules.examples import failures
from monitor.rules.model import EventRule, Need, RuleSet
from monitor.rules.reading import RuleError, event_rule

if TYPE_CHECKING:
    from monitor.knowledge.model import Knowledge
    from monitor.telling import Watch

#: An edit that spoils a right alert must correct this many wrong ones to be worth a look.
SPOILT_WEIGHS = 3
#: Rules whose edits are tried, those with most wrong decisions first.
MOST_RULES = 4
Document = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labeled:
    """An article that someone judged. `wanted`: it should alert (useful, duplicate, late, missed)."""

    text: ArticleText
    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """How often missed articles failed at the same clause of a rule, with one of their titles."""

    rule: str
    clause: str
    articles: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An edit of one rule in words, the edited document, and the titles of what it corrects and what it spoils."""

    rule: str
    edit: str
    document: Document
    corrected: tuple[str, ...]
    spoilt: tuple[str, ...]

    @property
    def worth(self) -> int:
        """What it corrects, less what it spoils."""
        return len(self.corrected) - SPOILT_WEIGHS * len(self.spoilt)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """A labeled article and what is decided of it now."""

    labeled: Labeled
    judgement: Judgement
    alerts: bool

    @property
    def is_wrong(self) -> bool:
        """Whether people say otherwise."""
        return self.alerts is not self.labeled.wanted

    def may_change(self, rule_id: str) -> bool:
        """Whether an edit of the rule can matter: it hit or came near, or the article was missed."""
        return not self.alerts or any(step.step == f"rule:{rule_id}" for step in self.judgement.trace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What decides now, the rules' documents as written, and the watches that send something."""

    knowledge: Knowledge
    rules: RuleSet
    documents: Mapping[str, Document]
    watches: tuple[Watch, ...]

    def detector(self) -> Detector:
        """The detector that decides now."""
        return Detector(self.knowledge, self.rules, self.watches)


def suggest(
    setting: Setting, labeled: Sequence[Labeled], progress: Callable[[int], None] = lambda _count: None
) -> list[Suggestion]:
    """The best edit of each rule that had a part in wrong decisions, most worth first; none where nothing helps."""
    detector = setting.detector()
    now = _decided(setting, detector, labeled)
    best: list[Suggestion] = []
    for rule_id in _suspects(setting, now):
        found: Suggestion | None = None
        for edit, document in edits(setting.documents[rule_id], setting.knowledge):
            tried = _try(setting, detector, rule_id, edit, document, now)
            if tried is not None and tried.worth > (found.worth if found else 0):
                found = tried
        progress(1)
        if found is not None:
            best.append(found)
    return sorted(best, key=lambda suggestion: (-suggestion.worth, suggestion.rule))


def near_misses(setting: Setting, labeled: Sequence[Labeled]) -> list[NearMiss]:
    """Which clause kept the missed articles from alerting, most articles first: of each rule its furthest one."""
    counted: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    detector = setting.detector()
    for one in labeled:
        judgement = detector.judge(one.text)
        if not one.wanted or would_alert(judgement, one.text, setting.watches):
            continue
        for key in _failures(judgement):
            counted[key] += 1
            examples.setdefault(key, one.text.title)
    return [
        NearMiss(rule=rule, clause=clause, articles=count, example=examples[rule, clause])
        for (rule, clause), count in counted.most_common()
    ]


def edits(document: Document, knowledge: Knowledge) -> Iterator[tuple[str, Document]]:
    """Every small edit of a rule's document, in words and as a document. Not all of them make a valid rule."""
    when, unless = _mapping(document, "when"), _mapping(document, "unless")
    roles = _mapping(document, "roles")
    for key, known in (("context", knowledge.contexts), ("cue", knowledge.cues)):
        yield from _list_edits(document, "unless", unless, key, list(known))
    for key, names in (("action", list(knowledge.actions)), ("object", list(knowledge.objects))):
        if isinstance(when.get(key), list):
            yield from _list_edits(document, "when", when, key, names)
    needs = _names(document.get("need"))
    for need in Need:
        if need.value in needs:
            rest = [name for name in needs if name != need.value]
            yield f"drop need {need.value}", {**document, "need": rest}
        else:
            yield f"add need {need.value}", {**document, "need": [*needs, need.value]}
    for window in ("title", "clause", "sentence"):
        if when.get("window", "sentence") != window:
            yield f"set window {window}", {**document, "when": {**when, "window": window}}
    for role in ("actor", "place"):
        fields = _mapping(roles, role)
        required = fields.get("required", "true" if role == "actor" else "false") == "true"
        changed = {**roles, role: {**fields, "required": str(not required).lower()}}
        yield f"{role} {'no longer required' if required else 'required'}", {**document, "roles": changed}


def _list_edits(
    document: Document, section: str, fields: Document, key: str, known: Sequence[str]
) -> Iterator[tuple[str, Document]]:
    """One name more or less in a list such as unless.context."""
    names = _names(fields.get(key))
    for name in sorted(known):
        rest = [other for other in names if other != name] if name in names else [*names, name]
        word = "drop" if name in names else "add"
        changed = {**fields, key: rest} if rest else {k: v for k, v in fields.items() if k != key}
        if rest or section == "unless":
            yield f"{word} {section} {key} {name}", {**document, section: changed}


def _try(
    setting: Setting,
    detector: Detector,
    rule_id: str,
    edit: str,
    document: Document,
    now: Sequence[_Decided],
) -> Suggestion | None:
    """What an edit would have changed.

    None where it makes no valid rule, breaks an example of it, or spoils more than it corrects. The wrong decisions
    are asked first: most edits change none of them, and the right ones need not be asked.
    """
    try:
        rule = event_rule(document, setting.knowledge)
    except RuleError:
        return None
    other = detector.with_rules(with_rule(setting.rules, rule))
    corrected = tuple(
        one.labeled.text.title
        for one in now
        if one.is_wrong and one.may_change(rule_id) and _alerts(setting, other, one) is one.labeled.wanted
    )
    if not corrected or failures(other, rule):
        return None
    spoilt: list[str] = []
    for one in now:
        if not one.is_wrong and _alerts(setting, other, one) is not one.labeled.wanted:
            spoilt.append(one.labeled.text.title)
            if len(spoilt) * SPOILT_WEIGHS >= len(corrected):
                return None
    return Suggestion(rule=rule_id, edit=edit, document=document, corrected=corrected, spoilt=tuple(spoilt))


def _alerts(setting: Setting, detector: Detector, one: _Decided) -> bool:
    text = one.labeled.text
    return would_alert(detector.judge(text), text, setting.watches)


def with_rule(rules: RuleSet, rule: EventRule) -> RuleSet:
    """The rules with one of them replaced, or added."""
    others = {known.id: known for known in rules.rules} | {rule.id: rule}
    digest = f"{rules.digest}+{rule.id}:{rule.revision}"
    return replace(rules, rules=tuple(known for _, known in sorted(others.items())), digest=digest)


def _decided(setting: Setting, detector: Detector, labeled: Sequence[Labeled]) -> list[_Decided]:
    judged = [(one, detector.judge(one.text)) for one in labeled]
    return [
        _Decided(labeled=one, judgement=judgement, alerts=would_alert(judgement, one.text, setting.watches))
        for one, judgement in judged
    ]


def _suspects(setting: Setting, now: Sequence[_Decided]) -> list[str]:
    """Rules behind wrong alerts, and rules that came near in missed articles; most articles first."""
    counted: Counter[str] = Counter()
    for one in now:
        if one.alerts and one.is_wrong:
            counted.update({finding.rule for finding in one.judgement.findings if finding.news})
        elif one.is_wrong:
            counted.update({rule for rule, clause in _failures(one.judgement) if clause != "action"})
    return [rule for rule, _ in counted.most_common() if rule in setting.documents][:MOST_RULES]


def _failures(judgement: Judgement) -> list[tuple[str, str]]:
    """(rule or step, clause) of what failed in a judgement."""
    return [
        (step.step.removeprefix("rule:"), step.clause)
        for step in judgement.trace
        if not step.held and step.clause
    ]


def _mapping(document: Document, key: str) -> Document:
    value = document.get(key)
    return cast("Document", value) if isinstance(value, dict) else {}


def _names(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, list) else []
