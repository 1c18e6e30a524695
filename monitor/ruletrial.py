"""A rule, a file of rules or a watch put on trial, or its trial ended, by editing the file that people wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from monitor.errors import ConfigError, MonitorError
from monitor.rulefiles import is_shipped, read_text, rule_documents, write_text
from monitor.rules.model import EventRule, RuleStatus
from monitor.ruletext import rule_ids, with_shadow, with_status

if TYPE_CHECKING:
    from monitor.config import Config


def set_trial(config: Config, named: str, *, trial: bool) -> list[str]:
    """Begin or end the trial of `named`; what was changed, a line each.

    Raises MonitorError where nothing is called so, or the thing cannot be edited; ConfigError with the examples that
    fail where a rule is promoted.
    """
    if any(watch.name == named for watch in config.watches):
        return [_set_watch(config, named, shadow=trial)]
    path = Path(named)
    if path.is_file():
        ids = rule_ids(read_text(path))
        if not ids:
            raise MonitorError(f"{path}: holds no rule. Rules are documents with `kind: rule`")
        return _set_rules(config, path, ids, trial=trial)
    known = rule_documents(config.detect.local)
    if named not in known:
        raise MonitorError(
            f"{named}: no rule, watch or file is called so. `cspwatch rules list` lists the rules"
        )
    file = known[named][0]
    if is_shipped(file):
        raise MonitorError(
            f"{named}: is a shipped rule, and those are not edited. Copy it from {file} into a file of"
            " [detect] local: a local rule replaces the shipped one"
        )
    return _set_rules(config, file, (named,), trial=trial)


def _set_watch(config: Config, named: str, *, shadow: bool) -> str:
    if config.path is None:
        raise MonitorError(f"watch {named}: comes from the defaults. `cspwatch init` writes a file to edit")
    write_text(config.path, with_shadow(read_text(config.path), named, shadow=shadow))
    return f"{config.path}: watch {named} has shadow = {str(shadow).lower()}"


def _set_rules(config: Config, file: Path, ids: tuple[str, ...], *, trial: bool) -> list[str]:
    statuses = dict.fromkeys(ids, RuleStatus.EXPERIMENTAL)
    if not trial:
        statuses = {rule.id: _earned(rule) for rule in _passing(config, file, ids)}
    text = read_text(file)
    for rule_id, status in statuses.items():
        text = with_status(text, rule_id, status.value)
    write_text(file, text)
    return [f"{file}: rule {rule_id} has status {status.value}" for rule_id, status in statuses.items()]


def _passing(config: Config, file: Path, ids: tuple[str, ...]) -> list[EventRule]:
    """The rules, if they can be read and their examples pass."""
    from monitor.knowledge.loader import load_knowledge  # builds the automata
    from monitor.rules.examples import load_checked_rules

    paths = (*config.detect.local, file)
    loaded = load_checked_rules(paths, knowledge=load_knowledge(paths))
    problems = [found.problem for found in loaded.problems if found.rule in {*ids, file.name}]
    if problems:
        raise ConfigError(problems)
    return [rule for rule in loaded.rules if rule.id in ids]


def _earned(rule: EventRule) -> RuleStatus:
    """Stable asks for a positive and a negative example."""
    both = any(test.expect for test in rule.tests) and any(not test.expect for test in rule.tests)
    return RuleStatus.STABLE if both else RuleStatus.TEST
