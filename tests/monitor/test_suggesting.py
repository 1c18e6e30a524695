"""Suggestions: the small edit of a rule that would have decided as people say; and where missed articles failed."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from monitor.knowledge.loader import load_knowledge
from monitor.model import ArticleText
from monitor.rulefiles import rule_documents
from monitor.rules.loader import load_rules
from monitor.rules.reading import RuleError, event_rule
from monitor.ruletext import document_text, documents
from monitor.settings import WatchSection
from monitor.suggesting import Labeled, Setting, edits, near_misses, suggest
from monitor.watches import configured
from tests.fakes import make_article
from tests.monitor.stored import BUILDING, OPENING, fill_log, run, write_config

#: A rule that takes too much: any opening of anything of a provider, whatever it is for.
GREEDY = """kind: rule
id: own-rent
title: Leases of data centers
status: test
level: medium
type: datacenter
when: {action: [lease], object: [datacenter, office], window: sentence}
roles: {actor: {required: true}, place: {}}
score: 60
tests:
- {lang: en, text: "Hetzner leases a data center in Lahti.", expect: [{type: datacenter, actor: hetzner}]}
"""


@cache
def setting(*paths: Path) -> Setting:
    knowledge = load_knowledge(paths)
    return Setting(
        knowledge=knowledge,
        rules=load_rules(paths, knowledge=knowledge),
        documents={name: document for name, (_, document) in rule_documents(paths).items()},
        watches=configured((WatchSection(name="all"),), knowledge),
    )


def labeled(title: str, text: str, *, wanted: bool) -> Labeled:
    return Labeled(text=ArticleText(article_id=title, title=title, text=text, language="en"), wanted=wanted)


def test_wrong_hits_of_one_object_are_answered_by_dropping_it(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GREEDY, encoding="utf-8")
    said = [
        labeled(
            "Hetzner leases office in Lahti", "Hetzner leases an office in Lahti for its cloud.", wanted=False
        ),
        labeled(
            "Hetzner leases office in Turku", "Hetzner leases an office in Turku for its cloud.", wanted=False
        ),
        labeled("Hetzner leases data center in Lahti", "Hetzner leases a data center in Lahti.", wanted=True),
    ]

    found = suggest(setting(file), said)

    own = next(one for one in found if one.rule == "own-rent")
    assert "office" in own.edit
    assert set(own.corrected) == {said[0].text.title, said[1].text.title}
    assert own.spoilt == ()


def test_suggested_document_is_a_rule_that_loads_and_keeps_its_examples(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(GREEDY, encoding="utf-8")
    said = [
        labeled(
            "Hetzner leases office in Lahti", "Hetzner leases an office in Lahti for its cloud.", wanted=False
        )
    ]

    own = next(one for one in suggest(setting(file), said) if one.rule == "own-rent")
    (written,) = documents(document_text(own.document))

    assert written == own.document
    assert isinstance(written, dict)
    assert len(event_rule(written, setting(file).knowledge).tests) == 1


def test_edit_that_spoils_as_much_as_it_corrects_is_not_proposed() -> None:
    same = "Microsoft plans to build a new data center near Malmö in Sweden."
    said = [
        labeled("Microsoft to build data center near Malmö", same, wanted=False),
        labeled("Microsoft to build a data center near Malmö", same, wanted=True),
    ]

    assert suggest(setting(), said) == []


def test_without_wrong_decisions_nothing_is_proposed() -> None:
    said = [
        labeled(BUILDING.title, BUILDING.text, wanted=True),
        labeled("Bread", "A bakery won a prize.", wanted=False),
    ]

    assert suggest(setting(), said) == []
    assert near_misses(setting(), said) == []


def test_missed_articles_name_the_clause_at_which_they_failed() -> None:
    said = [
        labeled(
            "Acme Cloudworks opens data center", "Acme Cloudworks opened a data center in Lahti.", wanted=True
        ),
        labeled("SAP's new site", "SAP plans to build a new site near Lahti.", wanted=True),
    ]

    found = {(one.rule, one.clause): one for one in near_misses(setting(), said)}

    assert ("entities", "no provider named") in found
    assert found["dc-build-site", "business"].example == "SAP's new site"


def test_every_edit_of_every_shipped_rule_is_another_rule_or_refused() -> None:
    known = setting().knowledge
    for rule_id, document in setting().documents.items():
        before = event_rule(document, known)
        for edit, changed in edits(document, known):
            try:
                assert event_rule(changed, known) != before, f"{rule_id}: {edit} changes nothing"
            except RuleError:
                continue


@pytest.mark.parametrize("rule_id", ["dc-build", "region-open"])
def test_documents_are_written_as_they_were_read(rule_id: str) -> None:
    document = setting().documents[rule_id]

    assert documents(document_text(document)) == [document]


@pytest.mark.slow
def test_command_shows_clauses_near_misses_and_the_backtest_of_its_proposal(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GREEDY, encoding="utf-8")
    path = write_config(tmp_path, '[detect]\nlocal = ["own.yaml"]\n[[watch]]\nname = "all"\n')
    renting = make_article(
        "Hetzner leases office in Lahti", "Hetzner leases an office in Lahti for its cloud.", slug="office"
    )
    fill_log(path, (OPENING, BUILDING, renting))
    run(path, "verdict", renting.url, "wrong")
    run(path, "verdict", BUILDING.url, "useful")
    run(path, "verdict", "missed", "https://elsewhere.example/never-seen")

    told = run(path, "rules", "suggest", "--since", "2026-01-01")
    data = json.loads(run(path, "rules", "suggest", "--since", "2026-01-01", "--json").stdout)

    assert told.exit_code == 0, told.output
    assert "1 wrong and 1 missed" in told.stdout
    assert "https://elsewhere.example/never-seen" in told.stdout
    assert f"- lost: {renting.title}" in told.stdout
    assert data["suggestions"][0]["corrected"] == [renting.title]
    assert [change["first"]["title"] for change in data["backtest"]["lost"]] == [renting.title]


def test_command_without_verdicts_says_how_to_give_them(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    fill_log(path, (OPENING,))

    assert "cspwatch verdict" in run(path, "rules", "suggest").stdout
