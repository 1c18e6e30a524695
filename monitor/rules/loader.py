"""Rule files in, a `RuleSet` out.

What cannot be read or fails its own examples is refused by name; the others go on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.errors import Problem
from monitor.knowledge.model import Knowledge
from monitor.knowledge.yamltext import read_documents, yaml_files
from monitor.rules.model import EventRule, RuleProblem, RuleSet, RuleStatus
from monitor.rules.reading import RuleError, event_rule

SHIPPED = Path(__file__).parent / "events"


def load_rules(paths: Sequence[Path] = (), *, knowledge: Knowledge) -> RuleSet:
    """Read the shipped rules, then local files or directories (a rule with a known id replaces it).

    Never raises for a wrong rule: see `RuleSet.problems`. Examples are run by `monitor.rules.examples.checked`.
    """
    rules: dict[str, EventRule] = {}
    problems: list[RuleProblem] = []
    digest = hashlib.sha256()
    for file in [*yaml_files(SHIPPED), *(file for path in paths for file in yaml_files(path))]:
        documents, unreadable = read_documents(file)
        problems += [RuleProblem(rule=file.name, problem=problem) for problem in unreadable]
        digest.update(file.read_bytes() if file.is_file() else b"")
        seen: set[str] = set()
        for document in documents:
            if not isinstance(document, dict) or document.get("kind") != "rule":
                continue
            _take(document, file, knowledge, rules=rules, seen=seen, problems=problems)
    running = tuple(rule for _, rule in sorted(rules.items()) if rule.status is not RuleStatus.DEPRECATED)
    return RuleSet(rules=running, problems=tuple(problems), digest=digest.hexdigest()[:16])


def _take(
    document: Mapping[str, object],
    file: Path,
    knowledge: Knowledge,
    *,
    rules: dict[str, EventRule],
    seen: set[str],
    problems: list[RuleProblem],
) -> None:
    rule_id = str(document.get("id", "?"))
    place = f"{file.name}: {rule_id}"
    if rule_id in seen:
        problem = Problem(place=place, message="is defined twice in this file", remedy="Rename or remove one")
        problems.append(RuleProblem(rule=rule_id, problem=problem))
        return
    seen.add(rule_id)
    try:
        rules[rule_id] = event_rule(document, knowledge)
    except RuleError as error:
        problems += [
            RuleProblem(rule=rule_id, problem=Problem(place=f"{place}.{key}", message=message, remedy=remedy))
            for key, message, remedy in error.found
        ]
