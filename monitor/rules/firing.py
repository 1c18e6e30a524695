"""An article's setting in, the facts of its sentences and what each rule failed at out. Pure.

Every sentence that names an action is tried with the rules that its words call; headline and lead once more together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from monitor.knowledge.model import Knowledge
from monitor.mentions.entities import Mention
from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Sentence
from monitor.mentions.view import View
from monitor.model import Field
from monitor.rules.facts import build_fact
from monitor.rules.matching import Words, match, missing_word, words_of
from monitor.rules.model import EventRule
from monitor.rules.roles import SUPPLIERS
from monitor.rules.setting import Fact, Setting

MOST_KEPT = 4096  # sets of words whose rules are kept; more would be a text made to fill the memory
SALIENCE_REACH = 3  # sentences over which "the company" still means the last one named


class _Called(NamedTuple):
    """What the words of a view call: rules that have all they need, and those that miss a word."""

    rules: tuple[EventRule, ...]
    missing: tuple[tuple[EventRule, str], ...]  # with the clause that fails: "action" or "object"


class FactFinder:
    """Tries out rules; knows which words call which of them, nothing of the articles."""

    def __init__(self, rules: Sequence[EventRule], knowledge: Knowledge) -> None:
        self._directions = {name: action.direction for name, action in knowledge.actions.items()}
        self._rules = sorted(rules, key=lambda rule: rule.id)
        self._by_word = _by_word(self._rules)
        self._called: dict[Words, _Called] = {}

    def find(self, setting: Setting) -> tuple[list[Fact], dict[str, str]]:
        """Facts of every sentence, then of title and lead together; and per rule the furthest clause that failed."""
        reading = setting.reading
        facts: list[Fact] = []
        failed: dict[str, str] = {}
        last: Mention | None = None
        last_at = -99
        title_actor: Mention | None = None
        buyer: Mention | None = None
        buyer_at = -99
        for sentence in reading.sentences:
            mentions = setting.cast.of(sentence)
            near = buyer if sentence.index - buyer_at <= SALIENCE_REACH else None
            if (bought := _buyer(mentions)) is not None:
                buyer, buyer_at = bought, sentence.index
            here = _salient(mentions) if mentions else None
            if here is not None:
                last, last_at = here, sentence.index
                if sentence.field is Field.TITLE:
                    title_actor = here
            if not (
                sentence.of(Kind.ACTION)
                or sentence.of(Kind.OWN)
                or (sentence.field is Field.TITLE and sentence.of(Kind.OBJECT))
            ):
                continue
            salient = self._meant(
                sentence, setting, last=last, distance=sentence.index - last_at, title=title_actor
            )
            if salient is None and not mentions:
                continue
            self._run(setting.view_of((sentence,)), setting, salient, facts, failed, buyer=near)
        if reading.titles and reading.lead:
            self._run(
                setting.view_of(reading.window),
                setting,
                None,
                facts,
                failed,
                known={fact.finding.type for fact in facts if fact.in_window},
            )
        return facts, failed

    def _meant(
        self,
        sentence: Sentence,
        setting: Setting,
        *,
        last: Mention | None,
        distance: int,
        title: Mention | None,
    ) -> Mention | None:
        """Who a sentence without a name is about: "the company" reaches back, the lead continues the headline."""
        if sentence.field is Field.TITLE:
            return None
        if sentence.of(Kind.COREF):
            return last if last is not None and distance <= SALIENCE_REACH else title
        if setting.reading.in_window(sentence.index):
            return last or title
        return last if distance <= 1 and len(setting.families) <= 2 else None

    def _run(
        self,
        view: View,
        setting: Setting,
        salient: Mention | None,
        facts: list[Fact],
        failed: dict[str, str],
        known: frozenset[object] | set[object] = frozenset(),
        buyer: Mention | None = None,
    ) -> None:
        called = self._called_by(view)
        for rule, clause in called.missing:
            if rule.type not in known:
                _note(failed, rule, clause)
        for rule in called.rules:
            if rule.type in known:
                continue
            candidate = match(rule, view, self._directions)
            outcome = (
                candidate
                if isinstance(candidate, str)
                else build_fact(candidate, setting, salient=salient, buyer=buyer)
            )
            if isinstance(outcome, Fact):
                facts.append(outcome)
            else:
                _note(failed, rule, outcome)

    def _called_by(self, view: View) -> _Called:
        words = words_of(view)
        called = self._called.get(words)
        if called is None:
            if len(self._called) >= MOST_KEPT:
                self._called.clear()
            called = self._called[words] = self._choose(words)
        return called

    def _choose(self, words: Words) -> _Called:
        values = words.actions | words.objects | words.own
        chosen = {index for value in values for index in self._by_word.get(value, ())}
        rules = [self._rules[index] for index in sorted(chosen)]
        tried = [
            (rule, missing_word(rule, words))
            for rule in rules
            if not rule.languages or words.language in rule.languages
        ]
        return _Called(
            rules=tuple(rule for rule, clause in tried if not clause),
            missing=tuple((rule, clause) for rule, clause in tried if clause),
        )


def _note(failed: dict[str, str], rule: EventRule, clause: str) -> None:
    """Keep the furthest clause that a rule failed at, the last one of several as far."""
    if _rank(clause) >= _rank(failed.get(rule.id, "action")):
        failed[rule.id] = clause


_CLAUSE_RANK = {
    "action": 0,
    "object": 1,
    "window": 2,
    "stopped": 3,
    "unless": 3,
    "actor": 4,
    "business": 5,
    "need": 6,
}


@lru_cache(maxsize=256)
def _rank(clause: str) -> int:
    """How far matching came when this clause failed ("need place": 6)."""
    return _CLAUSE_RANK.get(clause.partition(" ")[0], 5)


def _by_word(rules: Sequence[EventRule]) -> Mapping[str, tuple[int, ...]]:
    """Positions of the rules that an action (an object, where a rule has no action) can fire."""
    index: dict[str, list[int]] = {}
    for position, rule in enumerate(rules):
        keys = (*rule.actions, *([rule.own_action.name] if rule.own_action else []))
        for action in keys or rule.objects:
            index.setdefault(action, []).append(position)
    return {action: tuple(listed) for action, listed in index.items()}


def _salient(mentions: Sequence[Mention]) -> Mention | None:
    """Who a sentence is about: the first actor that is neither a product nor a collective, else the first."""
    acting = [one for one in mentions if not one.is_product]
    return next((one for one in acting if one.kind not in ("group", "vendor")), acting[0] if acting else None)


def _buyer(mentions: Sequence[Mention]) -> Mention | None:
    """The first actor that neither supplies chips nor is a product or a collective."""
    kinds = (*SUPPLIERS, "group")
    return next((one for one in mentions if not one.is_product and one.kind not in kinds), None)
