"""Rules with their examples in, the rules whose examples hold out; a rule that fails one is refused by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from monitor.detect import Detector
from monitor.errors import Problem
from monitor.knowledge.model import Knowledge
from monitor.knowledge.yamltext import read_documents
from monitor.model import Amount, ArticleText, Finding, Judgement
from monitor.rules.loader import load_rules
from monitor.rules.model import EventRule, RuleProblem, RuleSet, RuleTest

_AMOUNT = re.compile(r"(>=|<=|~|=)?\s*([\d.]+)\s*(k|m|bn|tn)?\s*([A-Za-z]+)")
_SCALES = {"k": 3, "m": 6, "bn": 9, "tn": 12}
_UNITS = {
    "gpu": "ACCEL",
    "gpus": "ACCEL",
    "regions": "REGION",
    "region": "REGION",
    "dcs": "DC",
    "zones": "AZ",
    "mw": "MW",
}


def load_checked_rules(
    paths: Sequence[Path] = (), *, knowledge: Knowledge, shipped_too: bool = False
) -> RuleSet:
    """Like `load_rules`, without rules whose examples fail; a shipped rule replaces a refused local one.

    The shipped rules are checked by the project's tests; `shipped_too` runs their examples again.
    """
    loaded = load_rules(paths, knowledge=knowledge)
    shipped = {rule.id: rule for rule in load_rules(knowledge=knowledge).rules}
    wanted = [rule for rule in loaded.rules if shipped_too or shipped.get(rule.id) != rule]
    result = checked(loaded, knowledge, wanted)
    running = {rule.id for rule in result.rules}
    refused = {rule.id for rule in loaded.rules} - running
    back = [rule for name, rule in shipped.items() if name in refused and not shipped_too]
    if not back:
        return result
    return replace(result, rules=tuple(sorted((*result.rules, *back), key=lambda rule: rule.id)))


def checked(rules: RuleSet, knowledge: Knowledge, wanted: Sequence[EventRule]) -> RuleSet:
    """Run the examples of the `wanted` rules among all rules; drop the rules that fail."""
    detector = Detector(knowledge, rules)
    problems = [problem for rule in wanted for problem in failures(detector, rule)]
    refused = {problem.rule for problem in problems}
    kept = tuple(rule for rule in rules.rules if rule.id not in refused)
    return replace(rules, rules=kept, problems=(*rules.problems, *problems))


def failures(detector: Detector, rule: EventRule) -> list[RuleProblem]:
    """What each example of a rule expected and did not get."""
    result = []
    for number, test in enumerate(rule.tests, start=1):
        message = _failure(detector, rule, test)
        if message:
            problem = Problem(
                place=f"{rule.id}: tests[{number}]",
                message=message,
                remedy=f"Change the rule or the example: {test.title or test.text[:60]!r}",
            )
            result.append(RuleProblem(rule=rule.id, problem=problem))
    return result


def _failure(detector: Detector, rule: EventRule, test: RuleTest) -> str:
    judgement = detector.judge(
        ArticleText(
            article_id="example",
            title=test.title,
            text=test.text,
            language=test.language,
            published=test.published,
        )
    )
    if not test.expect and any(finding.rule == rule.id for finding in judgement.findings):
        return "expected nothing and the rule found something"
    for fact in test.expect:
        if not any(fits(finding, fact) for finding in judgement.findings):
            return f"expected {dict(fact)}, found {_found(judgement)}"
    if test.alert is not None and judgement.relevant is not test.alert:
        return f"expected alert: {str(test.alert).lower()}, got the opposite"
    return ""


def _found(judgement: Judgement) -> str:
    return (
        "; ".join(
            f"{one.type.value} {one.status.value} {[a.id for a in one.actors]} {[p.id for p in one.places]}"
            for one in judgement.findings
        )
        or "nothing"
    )


def fits(finding: Finding, fact: Mapping[str, str]) -> bool:
    """Whether a finding has everything that an expected fact names."""
    simple = {
        "type": finding.type.value,
        "status": finding.status.value,
        "direction": finding.direction.value,
        "object": finding.object or "",
        "overseas": str(finding.overseas).lower(),
        "rule": finding.rule,
    }
    for key, wanted in fact.items():
        if key in simple:
            if simple[key] != wanted:
                return False
        elif key == "actor":
            if wanted not in {actor.id for actor in finding.actors}:
                return False
        elif key == "place":
            if wanted not in {place.id for place in finding.places}:
                return False
        elif key == "amount":
            if not any(_is_amount(amount, wanted) for amount in finding.amounts):
                return False
        else:
            return False
    return True


def _is_amount(amount: Amount, wanted: str) -> bool:
    match = _AMOUNT.fullmatch(wanted)
    if match is None:
        return False
    op, number, scale, unit = match.groups()
    value = Decimal(number).scaleb(_SCALES.get(scale or "", 0))
    same_unit = amount.unit == _UNITS.get(unit.lower(), unit)
    return same_unit and abs(amount.value - value) * 1000 <= abs(value) and (op is None or amount.op == op)


def check_entities(paths: Sequence[Path], detector: Detector) -> list[Problem]:
    """Run the examples of `kind: entity` documents: each expects the ids of the entities that count in the text."""
    problems = []
    for path in paths:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        for file in files:
            documents, _ = read_documents(file)
            for document in documents:
                if isinstance(document, dict) and document.get("kind") == "entity":
                    problems += _entity_failures(document, file, detector)
    return problems


def _entity_failures(document: Mapping[str, object], file: Path, detector: Detector) -> list[Problem]:
    tests = document.get("tests")
    problems = []
    for number, test in enumerate(tests if isinstance(tests, list) else [], start=1):
        text = ArticleText(
            article_id="example",
            title="",
            text=str(test.get("text", "")),
            language=str(test.get("lang", "en")),
        )
        expected = set(test.get("expect") or [])
        named = detector.named(text)
        if named != expected:
            problems.append(
                Problem(
                    place=f"{file.name}: {document.get('id')}.tests[{number}]",
                    message=f"expected {sorted(expected)}, found {sorted(named)}",
                    remedy="Change the aliases or the example",
                )
            )
    return problems
