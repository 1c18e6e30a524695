"""Backtests: what a change of rules gains and loses over the stored log, counted as stories."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import backtest as module
from monitor.backtest import RuleState, backtest
from monitor.config import Config
from monitor.database import open_database
from monitor.detect import Detector
from monitor.knowledge.loader import load_knowledge
from monitor.rules.loader import load_rules
from monitor.rules.watches import load_watches
from tests.fakes import NOW, make_article
from tests.monitor.stored import BAKERY, BUILDING, OPENING, fill_log, run, write_config

#: Replaces the shipped rule: a plan is not enough.
STRICT = """kind: rule
id: dc-build
title: Only what is open
status: test
level: medium
type: datacenter
when: {action: [open], object: [datacenter]}
roles: {actor: {required: true}, place: {}}
score: 45
---
kind: rule
id: dc-headline
title: Only what is open
status: test
level: low
type: datacenter
when: {action: [open], object: [datacenter], window: title}
score: 30
"""
#: A second report of the same event.
SECOND = make_article(
    "Microsoft plans data center near Malmö, Sweden",
    "A new data center of Microsoft will be built near Malmö. The company confirmed it on Friday.",
    source="example",
    slug="malmo-2",
    published=NOW - timedelta(minutes=20),
)
#: News of a lower level.
VAGUE = make_article(
    "Vantage data center approved in Nevada",
    "The county approved a data center of Vantage Data Centers in Nevada.",
    slug="nevada",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path)


def state(*paths: Path) -> RuleState:
    knowledge = load_knowledge(paths)
    return RuleState(
        knowledge=knowledge,
        rules=load_rules(paths, knowledge=knowledge),
        shipped=load_rules(knowledge=knowledge).rules,
    )


def strict(folder: Path) -> Path:
    file = folder / "strict.yaml"
    file.write_text(STRICT, encoding="utf-8")
    return file


def without(rule_state: RuleState, *prefixes: str) -> RuleState:
    """The rules but those whose ids begin so."""
    kept = tuple(rule for rule in rule_state.rules.rules if not rule.id.startswith(prefixes))
    return replace(rule_state, rules=replace(rule_state.rules, rules=kept))


def test_same_rules_change_nothing(path: Path) -> None:
    config = fill_log(path)

    with closing(open_database(config.database, read_only=True)) as db:
        report = backtest(db, state(), config.watches, before=state())

    assert (report.articles, report.before, report.after) == (3, 2, 2)
    assert report.gained == report.lost == ()


def test_log_itself_is_the_side_to_compare_with_where_no_other_rules_are_given(path: Path) -> None:
    config = fill_log(path)

    with closing(open_database(config.database, read_only=True)) as db:
        report = backtest(db, without(state(), "dc-"), config.watches)

    assert (report.before, report.after) == (2, 1)
    assert [change.first.title for change in report.lost] == [BUILDING.title]
    assert report.lost[0].first.quote in (BUILDING.title, *BUILDING.text.split(". "))
    assert report.gained == ()


def test_two_reports_of_one_event_are_one_alert(path: Path) -> None:
    config = fill_log(path, (OPENING, BUILDING, SECOND, BAKERY))

    with closing(open_database(config.database, read_only=True)) as db:
        report = backtest(db, state(), config.watches, before=without(state(), "dc-"))

    assert [(change.first.title, change.articles) for change in report.gained] == [(BUILDING.title, 2)]
    assert [(week.before, week.after) for week in report.weeks] == [(1, 2)]
    assert report.weeks[0].monday.weekday() == 0


def test_watch_in_shadow_and_level_below_the_watch_are_no_alerts(path: Path) -> None:
    config = fill_log(path, (OPENING, BUILDING, VAGUE))
    high = [watch.model_copy(update={"min_level": "high"}) for watch in config.watches]
    shadow = [watch.model_copy(update={"shadow": True}) for watch in config.watches]

    with closing(open_database(config.database, read_only=True)) as db:
        every = backtest(db, state(), config.watches, before=state()).after
        few = backtest(db, state(), high, before=state()).after
        none = backtest(db, state(), shadow, before=state()).after

    assert (every, few, none) == (3, 2, 0)


@pytest.mark.slow
def test_worker_processes_give_what_one_process_gives(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = fill_log(path)
    changed = without(state(), "dc-")
    monkeypatch.setattr(module, "SLICE", 1)  # several slices, so that their order could change
    seen: list[int] = []

    with closing(open_database(config.database, read_only=True)) as db:
        alone = backtest(db, changed, config.watches, before=state())
        pooled = backtest(
            db, changed, config.watches, before=state(), expected=module.WORTH_A_PROCESS, progress=seen.append
        )

    assert pooled == alone
    assert sum(seen) == 3


def test_command_compares_a_changed_file_with_the_configured_rules(path: Path, tmp_path: Path) -> None:
    fill_log(path)
    file = strict(tmp_path)

    told = run(path, "rules", "backtest", "--local", str(file), "--since", "2026-01-01")
    data = json.loads(
        run(path, "rules", "backtest", "--local", str(file), "--since", "2026-01-01", "--json").stdout
    )

    assert told.exit_code == 0, told.output
    assert f"- lost: {BUILDING.title}" in told.stdout
    assert "2 stories would alert before, 1 after" in told.stdout
    assert [change["first"]["title"] for change in data["lost"]] == [BUILDING.title]


def test_command_without_a_file_compares_the_files_with_what_ran(path: Path, tmp_path: Path) -> None:
    config: Config = fill_log(path)
    strict(tmp_path)
    path.write_text('[detect]\nlocal = ["strict.yaml"]\n[[watch]]\nname = "all"\n', encoding="utf-8")

    result = run(path, "rules", "backtest", "--since", "2026-01-01")

    assert config.database.exists()
    assert f"- lost: {BUILDING.title}" in result.stdout


def test_articles_seen_before_the_time_are_left_out(path: Path) -> None:
    fill_log(path)

    result = run(path, "rules", "backtest", "--since", "2026-04-01")

    assert result.stdout.startswith("0 articles judged")


#: A watch on words, and one on facts of its own level.
OWN_WATCHES = """kind: watch
id: bread
query: bakery prize
---
kind: watch
id: sweden
query: 'place:SE type:datacenter'
severity: [{if: 'status:live', level: high}, {else: low}]
min_level: high
"""


def with_watches(folder: Path) -> RuleState:
    file = folder / "watches.yaml"
    file.write_text(OWN_WATCHES, encoding="utf-8")
    plain = state()
    found, problems = load_watches([file], Detector(plain.knowledge, plain.rules))
    assert problems == ()
    return replace(plain, documents=found)


def test_watches_of_local_files_count_with_the_level_that_they_give(path: Path, tmp_path: Path) -> None:
    config = fill_log(path)
    silent = [watch.model_copy(update={"shadow": True}) for watch in config.watches]

    with closing(open_database(config.database, read_only=True)) as db:
        report = backtest(db, with_watches(tmp_path), silent, before=state())

    assert [change.first.title for change in report.gained] == [BAKERY.title]
    assert report.gained[0].first.quote == "A bakery in Porto won a prize for its bread."
    assert report.lost == ()


@pytest.mark.slow
def test_watches_of_local_files_go_to_worker_processes(path: Path, tmp_path: Path) -> None:
    config = fill_log(path)

    with closing(open_database(config.database, read_only=True)) as db:
        report = backtest(
            db, with_watches(tmp_path), config.watches, before=state(), expected=module.WORTH_A_PROCESS
        )

    assert [change.first.title for change in report.gained] == [BAKERY.title]


def test_command_reads_changed_watches_and_names_those_left_out(path: Path, tmp_path: Path) -> None:
    fill_log(path)
    file = tmp_path / "watches.yaml"
    file.write_text(OWN_WATCHES + "---\nkind: watch\nid: odd\nquery: 'type:regoin'\n", encoding="utf-8")

    result = run(path, "rules", "backtest", "--local", str(file), "--since", "2026-01-01")

    assert f"+ gained: {BAKERY.title}" in result.stdout
    assert "refused: watches.yaml: odd.query: column 6" in result.stderr
