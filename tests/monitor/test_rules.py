"""Rules are data with examples: what is wrong is refused by name, the rest goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.detect import Detector
from monitor.model import ArticleText
from monitor.rules.examples import check_entities, failures, load_checked_rules
from monitor.rules.loader import load_rules
from monitor.rules.model import RuleStatus
from tests.monitor.detecting import detector, knowledge

RULE = """kind: rule
id: {id}
title: Own rule
status: {status}
type: datacenter
languages: [de]
when:
  action: {{terms: {{de: ["stock* .. auf"]}}, status: announced, direction: expansion}}
  object: {{terms: {{de: ["*serverkapazität*"]}}}}
roles: {{actor: {{required: true}}, amount: {{class: [money, power]}}}}
score: 40
tests:
- {{lang: de, text: "Hetzner stockt seine Serverkapazität in Finnland auf.", expect: [{{type: datacenter, actor: hetzner, place: FI}}]}}
- {{lang: de, text: "{negative}", expect: none}}
"""


@pytest.mark.parametrize("rule", detector().rules.rules, ids=lambda rule: rule.id)
def test_examples_of_the_shipped_rules_hold(rule) -> None:  # type: ignore[no-untyped-def]
    assert failures(detector(), rule) == []


def test_no_shipped_rule_is_refused() -> None:
    assert detector().rules.problems == ()


def test_every_shipped_rule_is_stable_and_has_a_positive_and_a_negative_example() -> None:
    for rule in detector().rules.rules:
        assert rule.status is RuleStatus.STABLE, rule.id
        assert any(test.expect for test in rule.tests), rule.id
        assert any(not test.expect for test in rule.tests), rule.id


def test_a_local_rule_with_inline_terms_runs(tmp_path: Path) -> None:
    text = RULE.format(id="own-de", status="stable", negative="Hetzner stockt seine Belegschaft auf.")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")

    rules = load_checked_rules([tmp_path], knowledge=knowledge())

    assert "own-de" in {rule.id for rule in rules.rules}
    found = Detector(knowledge(), rules).judge(
        ArticleText(
            article_id="x", title="", text="IONOS stockt die Serverkapazität in Berlin auf.", language="de"
        )
    )
    assert any(finding.rule == "own-de" for finding in found.findings)


def test_a_local_rule_without_a_status_alerts(tmp_path: Path) -> None:
    text = RULE.format(id="own-de", status="stable", negative="Hetzner stockt seine Belegschaft auf.")
    (tmp_path / "own.yaml").write_text(text.replace("status: stable\n", ""), encoding="utf-8")

    rules = load_checked_rules([tmp_path], knowledge=knowledge())

    (own,) = [rule for rule in rules.rules if rule.id == "own-de"]
    assert own.status is RuleStatus.TEST


def test_a_rule_whose_example_fails_is_refused_by_name_and_the_others_go_on(tmp_path: Path) -> None:
    text = RULE.format(
        id="own-bad", status="experimental", negative="Hetzner stockt die Serverkapazität auf."
    )
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")

    rules = load_checked_rules([tmp_path], knowledge=knowledge())

    assert [problem.rule for problem in rules.problems] == ["own-bad"]
    assert "own-bad" not in {rule.id for rule in rules.rules}
    assert "dc-build" in {rule.id for rule in rules.rules}


def test_a_local_rule_replaces_a_shipped_one_by_its_id(tmp_path: Path) -> None:
    text = "kind: rule\nid: dc-build\ntitle: Off\nstatus: deprecated\ntype: datacenter\nscore: 1\nwhen: {action: [open], object: [datacenter]}\n"
    (tmp_path / "off.yaml").write_text(text, encoding="utf-8")

    assert "dc-build" not in {rule.id for rule in load_rules([tmp_path], knowledge=knowledge()).rules}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("score: 400", "score"),
        ("score: 40\nwhen: {action: [fly], object: [datacenter]}", "when.action"),
        ("score: 40\nneed: [luck]", "need"),
        ("score: 40\ntype: party", "type"),
        ("score: 40\ncolor: red", "color"),
        ("score: 40\nunless: {context: [weather]}", "unless.context"),
        ("score: 40\nstatus: stable", "tests"),
    ],
)
def test_a_wrong_key_is_named_with_its_remedy(tmp_path: Path, change: str, named: str) -> None:
    lines = {"type": "type: datacenter", "when": "when: {action: [open], object: [datacenter]}"}
    lines = {key: line for key, line in lines.items() if f"\n{key}:" not in f"\n{change}"}
    (tmp_path / "own.yaml").write_text(
        "\n".join(["kind: rule", "id: own", *lines.values(), change]), encoding="utf-8"
    )

    problems = load_rules([tmp_path], knowledge=knowledge()).problems

    assert any(problem.problem.place.endswith(f"own.{named}") for problem in problems), problems
    assert all(problem.problem.remedy for problem in problems)


def test_a_rule_that_cannot_be_read_is_reported_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("kind: rule\nid: [", encoding="utf-8")

    problems = load_rules([tmp_path], knowledge=knowledge()).problems

    assert problems[0].rule == "broken.yaml"


def test_examples_of_a_local_entity_are_checked(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        'kind: entity\nid: hetzner\nname: Hetzner\ntests:\n- {lang: en, text: "Hetzner grows.", expect: [aws]}\n',
        encoding="utf-8",
    )

    problems = check_entities([tmp_path], detector())

    assert "expected ['aws'], found ['hetzner']" in problems[0].message


def test_an_adjustment_adds_named_points_where_its_query_holds(tmp_path: Path) -> None:
    text = RULE.format(id="own-de", status="test", negative="Hetzner stockt seine Belegschaft auf.").replace(
        "score: 40", 'score: 40\nadjust: [{if: "place:FI", add: 7, why: finland}]'
    )
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    own = Detector(knowledge(), load_rules([tmp_path], knowledge=knowledge()))

    there = own.judge(
        ArticleText(
            article_id="x", title="", text="IONOS stockt die Serverkapazität in Finnland auf.", language="de"
        )
    )
    elsewhere = own.judge(
        ArticleText(
            article_id="x", title="", text="IONOS stockt die Serverkapazität in Spanien auf.", language="de"
        )
    )

    names = [
        [part.name for one in judged.findings if one.rule == "own-de" for part in one.explain]
        for judged in (there, elsewhere)
    ]
    assert "finland" in names[0]
    assert "finland" not in names[1]


def test_a_wrong_query_in_an_adjustment_is_named(tmp_path: Path) -> None:
    text = RULE.format(id="own-de", status="test", negative="x").replace(
        "score: 40", 'score: 40\nadjust: [{if: "place:(", add: 7}]'
    )
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")

    assert load_rules([tmp_path], knowledge=knowledge()).problems[0].problem.place.endswith("adjust.if")
