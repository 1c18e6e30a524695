"""`cspwatch rules`: list, test, trial, promotion and examples, on files as people write them."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.database import open_database
from monitor.errors import ConfigError, MonitorError
from monitor.knowledge.loader import load_knowledge
from monitor.model import ArticleText, Judgement
from monitor.rules.examples import load_checked_rules
from monitor.rules.loader import load_rules
from monitor.rules.model import RuleStatus
from monitor.ruletext import documents, flow, rule_text, with_example, with_status
from monitor.shadow import WOULD_BE_NEWS, judge_with
from monitor.storylog import decisions_of
from tests.fakes import make_article
from tests.monitor.stored import BAKERY, BUILDING, OPENING, fill_log, id_of, run, write_config

#: A rule of one's own: a bakery is no provider, so it asks for one.
BREAD = """# our own
kind: rule
id: own-bread
title: A provider feeds its people
status: {status}   # on trial since March
level: low
type: market
when:
  action: {{terms: {{en: [bakes, baked]}}}}
  object: {{terms: {{en: [bread]}}}}
roles: {{actor: {{required: true}}, place: {{required: true}}}}
score: 60
tests:
- {{lang: en, text: "Hetzner bakes bread in Finland.", expect: [{{type: market, actor: hetzner}}]}}
- {{lang: en, text: "Hetzner opens an office in Finland.", expect: none}}
---
kind: rule
id: own-second
title: Another
status: test
level: low
type: market
when: {{action: [enter], object: [office]}}
score: 20
"""
BAKING = make_article(
    "Hetzner bakes bread in Finland",
    "Hetzner bakes bread in Finland. The people of Lahti like it very much, the company said.",
    slug="bread",
)
LOCAL = '[detect]\nlocal = ["own.yaml"]\n\n[[watch]]\nname = "all"   # everything\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path, LOCAL)


def own(path: Path, status: str = "experimental") -> Path:
    file = path.parent / "own.yaml"
    file.write_text(BREAD.format(status=status), encoding="utf-8")
    return file


def listed(path: Path) -> dict[str, dict[str, object]]:
    return {
        row["id"]: row for row in map(json.loads, run(path, "rules", "list", "--json").stdout.splitlines())
    }


def verdicts_of(path: Path, title: str) -> list[object]:
    config = load_config(path)
    with closing(open_database(config.database, read_only=True)) as db:
        return [row["verdict"] for row in decisions_of(db, id_of(config, title))]


def test_list_names_status_examples_hits_and_precision(path: Path) -> None:
    own(path)
    fill_log(path)
    run(path, "verdict", BUILDING.url, "wrong")

    rules = listed(path)

    assert rules["own-bread"]["status"] == "experimental"
    assert rules["own-bread"]["examples"] == 2
    assert rules["dc-build"]["hits"] >= 1  # type: ignore[operator]
    assert rules["dc-build"]["rate"] == 0.0
    assert rules["region-open"]["rate"] is None


def test_rule_on_trial_finds_and_logs_and_alerts_nobody(path: Path) -> None:
    own(path, "experimental")
    fill_log(path, (BAKING, OPENING))

    assert verdicts_of(path, OPENING.title) == ["alert:new-story"]
    assert not any(str(verdict).startswith("alert:") for verdict in verdicts_of(path, BAKING.title))
    rules = listed(path)
    assert rules["own-bread"]["hits"] == 1
    assert rules["own-bread"]["news"] == 0
    assert "rule own-bread on trial held: would be the news" in run(path, "why", BAKING.url).stdout


def test_shipped_rule_stays_on_duty_while_its_local_change_is_on_trial(path: Path) -> None:
    own(path).write_text(
        "kind: rule\nid: dc-build\ntitle: x\nstatus: experimental\nlevel: low\ntype: datacenter\n"
        "when: {action: [close], object: [datacenter]}\nscore: 45\n",
        encoding="utf-8",
    )
    fill_log(path)

    assert verdicts_of(path, BUILDING.title) == ["alert:new-story"]


def test_promotion_and_trial_edit_one_word_and_keep_the_comments(path: Path) -> None:
    file = own(path)
    before = file.read_text(encoding="utf-8")

    promoted = run(path, "rules", "promote", "own-bread")
    after = file.read_text(encoding="utf-8")
    back = run(path, "rules", "shadow", "own-bread")

    assert promoted.exit_code == back.exit_code == 0, promoted.output + back.output
    assert after == before.replace("status: experimental ", "status: stable ")
    assert "# on trial since March" in after
    assert file.read_text(encoding="utf-8") == before


def test_file_is_put_on_trial_whole_and_a_rule_without_examples_is_promoted_to_test(path: Path) -> None:
    file = own(path, "stable")

    run(path, "rules", "shadow", str(file))
    assert file.read_text(encoding="utf-8").count("status: experimental") == 2

    run(path, "rules", "promote", str(file))
    text = file.read_text(encoding="utf-8")
    assert "status: stable" in text
    assert "status: test" in text


def test_rule_whose_example_fails_is_not_promoted_and_the_file_stays(path: Path) -> None:
    file = own(path)
    broken = file.read_text(encoding="utf-8").replace("Hetzner bakes bread", "Hetzner eats bread")
    file.write_text(broken, encoding="utf-8")

    result = run(path, "rules", "promote", "own-bread")

    assert isinstance(result.exception, ConfigError)
    assert "own-bread: tests[1]" in str(result.exception)
    assert file.read_text(encoding="utf-8") == broken


def test_watch_is_put_in_shadow_and_back(path: Path) -> None:
    own(path)

    run(path, "rules", "shadow", "all")
    assert [watch.shadow for watch in load_config(path).watches] == [True]
    assert "everything" in path.read_text(encoding="utf-8")
    assert "watch all: in shadow" in run(path, "rules", "list").stderr

    run(path, "rules", "promote", "all")
    assert [watch.shadow for watch in load_config(path).watches] == [False]


@pytest.mark.parametrize("named", ["dc-build", "nothing-of-the-kind"])
def test_trial_of_a_shipped_or_unknown_rule_says_what_to_do(path: Path, named: str) -> None:
    own(path)

    result = run(path, "rules", "shadow", named)

    assert isinstance(result.exception, MonitorError)
    assert "local" in str(result.exception) or "rules list" in str(result.exception)


def test_examples_of_a_file_are_run_and_the_failing_one_is_named(path: Path) -> None:
    file = own(path)
    good = run(path, "rules", "test", str(file))
    file.write_text(file.read_text(encoding="utf-8").replace("bakes bread", "eats bread"), encoding="utf-8")
    bad = run(path, "rules", "test", str(file))

    assert good.exit_code == 0, good.output
    assert good.stdout.splitlines() == ["+ own-bread: 2 of 2 examples", "+ own-second: 0 of 0 examples"]
    assert bad.exit_code == 1
    assert "own-bread: tests[1]" in bad.stderr
    first = json.loads(run(path, "rules", "test", "--json", str(file)).stdout.splitlines()[0])
    assert (first["id"], first["passed"], first["examples"]) == ("own-bread", 1, 2)
    assert "tests[1]" in first["problems"][0]
    as_csv = run(path, "rules", "test", "--csv", str(file)).stdout.splitlines()
    assert as_csv[0] == "id,passed,examples,problems"
    assert as_csv[2] == "own-second,0,0,"


def test_wrong_alert_becomes_an_example_that_must_miss(path: Path) -> None:
    own(path)
    config = fill_log(path)
    run(path, "verdict", BUILDING.url, "wrong")
    target = path.parent / "mine.yaml"

    result = run(path, "rules", "example", id_of(config, BUILDING.title), "--to", str(target))

    assert result.exit_code == 0, result.output
    assert "It fails, as it should" in result.stdout
    document = documents(target.read_text(encoding="utf-8"))[0]
    assert isinstance(document, dict)
    added = document["tests"][-1]
    assert document["id"] in ("dc-build", "dc-headline")
    assert added["expect"] == "none"
    assert added["text"] in BUILDING.text
    knowledge = load_knowledge([target])
    problems = load_checked_rules([target], knowledge=knowledge).problems
    assert [problem.rule for problem in problems] == [document["id"]]


def test_shipped_rule_stays_while_its_local_change_fails_its_examples(path: Path) -> None:
    own(path)
    config = fill_log(path)
    target = path.parent / "mine.yaml"
    run(path, "rules", "example", id_of(config, BUILDING.title), "--miss", "--to", str(target))
    path.write_text(LOCAL.replace('"own.yaml"', '"own.yaml", "mine.yaml"'), encoding="utf-8")

    result = run(path, "rules", "list", "--json")

    assert {"dc-build", "own-bread"} <= {json.loads(line)["id"] for line in result.stdout.splitlines()}
    assert "refused: dc-build" in result.stderr


def test_useful_alert_becomes_an_example_that_must_hit_and_passes_at_once(path: Path) -> None:
    own(path)
    config = fill_log(path)
    target = path.parent / "mine.yaml"

    first = run(path, "rules", "example", id_of(config, OPENING.title), "--hit", "--to", str(target))
    second = run(path, "rules", "example", OPENING.url, "--hit", "--rule", "region-open", "--to", str(target))

    assert first.exit_code == second.exit_code == 0, first.output + second.output
    assert "It fails" not in first.stdout
    assert run(path, "rules", "test", str(target)).exit_code == 0


def test_example_of_an_article_without_finding_names_the_rules_that_came_near(path: Path) -> None:
    own(path)
    fill_log(path, (BAKERY, OPENING))

    result = run(path, "rules", "example", BAKERY.url, "--hit", "--to", str(path.parent / "mine.yaml"))

    assert isinstance(result.exception, MonitorError)
    assert "--rule" in str(result.exception)
    assert not (path.parent / "mine.yaml").exists()


def test_example_without_a_verdict_asks_for_one(path: Path) -> None:
    own(path)
    fill_log(path)

    result = run(path, "rules", "example", BUILDING.url, "--to", str(path.parent / "mine.yaml"))

    assert isinstance(result.exception, MonitorError)
    assert "--miss" in str(result.exception)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "no",
        "",
        "1.10",
        "a: b # c",
        '"quoted"',
        "back\\slash",
        "line\nbreak",
        "阿里云\u2028",
        "[x] {y}",
        "- a",
    ],
)
def test_every_text_survives_an_example(text: str) -> None:
    changed = with_example(
        BREAD.format(status="test"), "own-second", {"lang": "en", "text": text, "expect": "none"}
    )

    document = documents(changed)[1]

    assert isinstance(document, dict)
    assert document["tests"] == [{"lang": "en", "text": text, "expect": "none"}]
    assert rule_text(changed, "own-bread") == rule_text(BREAD.format(status="test"), "own-bread")


def test_example_joins_those_that_stand_there_in_their_form() -> None:
    indented = "kind: rule\nid: a\ntests:\n  - {lang: en, text: one, expect: none}\n\nscore: 5   # last\n"

    changed = with_example(indented, "a", {"lang": "en", "text": "two", "expect": "none"})

    assert changed.splitlines()[3:5] == [
        "  - {lang: en, text: one, expect: none}",
        "  - {lang: en, text: two, expect: none}",
    ]
    assert changed.endswith("score: 5   # last\n")


def test_status_is_added_where_a_rule_has_none() -> None:
    assert with_status("kind: rule\nid: a\nscore: 5\n", "a", "test").splitlines() == [
        "kind: rule",
        "id: a",
        "status: test",
        "score: 5",
    ]


def test_flow_writes_what_yaml_reads_back() -> None:
    value = {"lang": "de", "expect": [{"place": "MY:Johor", "amount": ">=400mCNY"}], "alert": "false"}

    assert documents(flow(value)) == [value]


def test_judgement_of_rules_on_trial_is_the_live_one_with_background(path: Path) -> None:
    from monitor.judging import article_of, detector_of, judge_of

    own(path)
    config = load_config(path)
    article = article_of(
        {"id": "x", "title": OPENING.title, "text": OPENING.text + " Hetzner bakes bread in Finland."}
    )
    shadowed: Judgement = judge_of(config)[0].judge(article)
    path.write_text('[[watch]]\nname = "all"\n', encoding="utf-8")
    plain = detector_of(load_config(path)).judge(article)

    assert shadowed.relevant == plain.relevant
    assert (shadowed.score, shadowed.watches) == (plain.score, plain.watches)
    assert shadowed.findings[: len(plain.findings)] == plain.findings
    assert [(one.rule, one.news) for one in shadowed.findings[len(plain.findings) :]] == [
        ("own-bread", False)
    ]


def test_rule_on_trial_that_would_alert_says_so_in_the_trace() -> None:
    knowledge = load_knowledge()
    loaded = load_rules(knowledge=knowledge)
    tried = tuple(
        replace(rule, status=RuleStatus.EXPERIMENTAL) if rule.id in ("dc-build", "dc-headline") else rule
        for rule in loaded.rules
    )
    article = ArticleText(article_id="a", title=BUILDING.title, text=BUILDING.text, language="en")

    judgement = judge_with(knowledge, replace(loaded, rules=tried)).judge(article)

    assert not judgement.relevant
    assert not any(finding.news for finding in judgement.findings)
    assert ("shadow:dc-build", WOULD_BE_NEWS) in [(step.step, step.clause) for step in judgement.trace]


def test_backtest_of_a_file_that_is_refused_ends_with_1_and_says_what_did_not_count(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    fill_log(config)
    bad = tmp_path / "bad.yaml"
    bad.write_text("kind: watch\nid: x\nfoo: 1\n", encoding="utf-8")

    result = run(config, "rules", "backtest", "--since", "3650d", "--local", str(bad))

    assert result.exit_code == 1
    assert "refused: bad.yaml: x.foo" in result.output
    assert "What was refused did not count" in result.output
