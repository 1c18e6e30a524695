"""Verdicts from the terminal: said, listed, taken back; and what precision makes of them."""

from __future__ import annotations

import csv
import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from alerts.model import short_id_of
from monitor.cli.verdicts import trend
from monitor.config import Config
from monitor.database import open_database, writing
from monitor.errors import MonitorError
from monitor.verdicts import Opinion, Target, Week, precision, precision_by_week, record, verdicts_of_article
from tests.fakes import NOW
from tests.monitor.stored import BUILDING, OPENING, fill_log, id_of, run, write_config


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path)


@pytest.fixture
def config(path: Path) -> Config:
    return fill_log(path)


def opinions(config: Config, title: str) -> list[str]:
    with closing(open_database(config.database, read_only=True)) as db:
        return [one.opinion.value for one in verdicts_of_article(db, id_of(config, title))]


def alert_id(config: Config, title: str) -> str:
    with closing(open_database(config.database, read_only=True)) as db:
        row = db.execute(
            "SELECT alert_id FROM decision WHERE article_id = ? AND alert_id IS NOT NULL",
            [id_of(config, title)],
        ).fetchone()
        return str(row[0])


def test_article_is_judged_by_its_address_and_by_the_beginning_of_its_id(path: Path, config: Config) -> None:
    said = run(path, "verdict", OPENING.url, "useful", "--author", "ada")
    again = run(path, "verdict", id_of(config, BUILDING.title)[:8], "wrong", "--reason", "not-the-news")

    assert said.exit_code == again.exit_code == 0, said.output + again.output
    assert opinions(config, OPENING.title) == ["useful"]
    assert opinions(config, BUILDING.title) == ["wrong"]


def test_alert_is_judged_by_the_short_id_that_its_message_shows(path: Path, config: Config) -> None:
    short = short_id_of(alert_id(config, BUILDING.title))

    for form in (f"#{short}", short, f"#{short.lower()}"):
        result = run(path, "verdict", form, "wrong")

        assert result.exit_code == 0, result.output
        assert alert_id(config, BUILDING.title) in result.output
    assert opinions(config, BUILDING.title) == ["wrong"] * 3


def test_verdict_is_taken_back_once_and_the_one_before_counts_again(path: Path, config: Config) -> None:
    run(path, "verdict", OPENING.url, "useful")
    run(path, "verdict", OPENING.url, "wrong")

    undone = run(path, "verdict", "--undo", "2")
    twice = run(path, "verdict", "--undo", "2")

    assert undone.exit_code == 0
    assert opinions(config, OPENING.title) == ["useful"]
    assert isinstance(twice.exception, MonitorError)
    listed = run(path, "verdict").output
    assert "wrong (undone)" in listed


def test_missed_address_is_kept_whether_the_log_holds_it_or_not(path: Path, config: Config) -> None:
    known = run(path, "verdict", "missed", "https://example.example/bakery?utm_source=mail")
    unknown = run(path, "verdict", "missed", "https://elsewhere.example/news")

    assert known.exit_code == unknown.exit_code == 0
    assert opinions(config, "Bakery wins prize") == ["missed"]
    assert "2 missed" in run(path, "precision").stderr


@pytest.mark.parametrize(
    "arguments", [("nothing", "useful"), ("https://example.example/malmo", "great"), ("missed", "no-address")]
)
def test_verdict_that_means_nothing_is_refused_with_the_remedy(
    path: Path, config: Config, arguments: tuple[str, str]
) -> None:
    result = run(path, "verdict", *arguments)

    assert isinstance(result.exception, MonitorError)
    assert "cspwatch" in str(result.exception) or "verdict" in str(result.exception)
    assert "Nobody" in run(path, "verdict").stderr


def test_precision_counts_by_rule_clause_source_language_and_watch(path: Path, config: Config) -> None:
    run(path, "verdict", OPENING.url, "useful")
    run(path, "verdict", BUILDING.url, "wrong")

    by = {
        name: [
            json.loads(line) for line in run(path, "precision", "--by", name, "--json").stdout.splitlines()
        ]
        for name in ("rule", "clause", "source", "language", "watch", "event", "all")
    }

    rules = {row["name"]: row for row in by["rule"]}
    assert rules["region-open"]["right"] == 1
    assert rules["dc-build"]["wrong"] == 1
    for name, value in (("source", "example"), ("language", "en"), ("watch", "all"), ("all", "all")):
        assert [(row["name"], row["right"], row["wrong"]) for row in by[name]] == [(value, 1, 1)]
    clauses = {row["name"]: (row["right"], row["wrong"]) for row in by["clause"]}
    assert any(name.startswith("news:") and counts == (1, 1) for name, counts in clauses.items())
    assert any(name.startswith("dc-build:") and counts == (0, 1) for name, counts in clauses.items())
    assert not any("base:" in name or name == "news:bias" for name in clauses)
    assert 0 < by["all"][0]["lower"] < by["all"][0]["rate"] == 0.5


def test_precision_as_csv_has_a_header_and_as_text_says_what_to_do_without_verdicts(
    path: Path, config: Config
) -> None:
    assert "cspwatch verdict" in run(path, "precision").stderr

    run(path, "verdict", OPENING.url, "useful")

    lines = run(path, "precision", "--csv").stdout.splitlines()
    assert lines[0] == "name,verdicts,right,wrong,rate,lower,trend"
    assert "region-open,1,1,0,1.0,0.207," in lines


def test_weeks_add_up_to_the_whole_and_begin_on_mondays(config: Config) -> None:
    ids = [id_of(config, OPENING.title), id_of(config, BUILDING.title)]
    with closing(open_database(config.database)) as db:
        with writing(db):
            record(db, Target.ARTICLE, ids[0], Opinion.WRONG, NOW - timedelta(days=40))
            record(db, Target.ARTICLE, ids[1], Opinion.USEFUL, NOW)
        weeks = precision_by_week(db, "all")["all"]
        whole = precision(db, "all")[0]

    assert [week.monday.weekday() for week in weeks] == [0, 0]
    assert sum(week.right for week in weeks) == whole.right == 1
    assert sum(week.wrong for week in weeks) == whole.wrong == 1
    assert trend(weeks, NOW) == "0 % -> 100 %"


def test_trend_is_empty_where_one_of_the_two_times_has_no_verdict() -> None:
    assert trend([Week(monday=date(2026, 3, 9), right=3, wrong=1)], NOW) == ""
    assert trend([], NOW) == ""


def test_why_and_show_take_the_short_id_of_an_alert(path: Path, config: Config) -> None:
    short = f"#{short_id_of(alert_id(config, BUILDING.title))}"

    assert BUILDING.title in run(path, "why", short).stdout
    assert alert_id(config, BUILDING.title) in run(path, "show", short).stdout


def test_list_of_verdicts_and_facts_of_an_article_come_out_for_programs(path: Path, config: Config) -> None:
    article = id_of(config, OPENING.title)
    run(path, "verdict", article, "wrong", "--reason", "not-the-news")

    (verdict,) = [json.loads(line) for line in run(path, "verdict", "--json").stdout.splitlines()]
    as_csv = run(path, "verdict", "--csv").stdout.splitlines()
    facts = list(csv.DictReader(run(path, "show", article, "--csv").stdout.splitlines()))

    assert (verdict["verdict"], verdict["of"], verdict["reason"]) == (
        "wrong",
        f"article {article}",
        "not-the-news",
    )
    assert as_csv[0] == "id,at,verdict,of,reason,author"
    assert len(as_csv) == 2
    assert {fact["event"] for fact in facts} >= {"region"}
    assert all(fact["quote"] for fact in facts)
