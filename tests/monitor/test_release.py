"""A site moved and all of it looks new: held, told once, and a person chooses what goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from alerts.codec import alert_from_json
from alerts.model import AlertKind
from monitor.cli import cli
from monitor.config import load_config
from monitor.database import open_database, rows, writing
from monitor.notices import tell_operator
from monitor.processing import process_next
from monitor.sourcelog import get_source, store_sources
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    make_article,
    make_source,
    report_of,
)
from tests.intaking import take_in
from tests.monitor.stored import write_config
from tests.noticed import noticed

if TYPE_CHECKING:
    from sqlite_utils import Database

HOUR = timedelta(hours=1)
STALE = "Provider 99 builds a data center, as it said years ago"
NEWS = tuple(f"Provider {number} builds a data center in place {number}" for number in range(12))
FRESH = "Provider 77 builds a data center in a place of its own"
FACTS = {
    name: [Fact(says="builds a data center", actor=f"provider{number}", places=(f"X{number}:Here",))]
    for number, name in enumerate((*NEWS, STALE, FRESH))
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_config(tmp_path)
    return tmp_path


@pytest.fixture
def db(folder: Path) -> Iterator[Database]:
    with closing(open_database(load_config(folder / "cspwatch.toml").database)) as log:
        with writing(log):
            store_sources(log, [make_source()], NOW)
        yield log


def cspwatch(folder: Path, *arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["--config", str(folder / "cspwatch.toml"), *arguments], input=answer)


def judge(db: Database, now=NOW) -> None:
    while process_next(db, FakeDetector(FACTS), (FakeWatch(),), [console()], now):
        pass


def alerts(db: Database) -> list[tuple[AlertKind, str]]:
    found = rows(db, "SELECT payload FROM alert ORDER BY rowid")
    return [
        (alert.kind, noticed(alert))
        for row in found
        if (alert := alert_from_json(str(row["payload"]))) is not None
    ]


def migrate(db: Database, number: int) -> None:
    """`number` articles under new addresses, dated today, 12 of them with news."""
    before = [make_article(f"Article {index} of before", slug=f"old-{index}") for index in range(30)]
    take_in(db, crawl_of("one", report_of(*before)), NOW - HOUR)
    judge(db)
    plain = [f"Item {index} that was there before the move" for index in range(number - len(NEWS) - 1)]
    moved = [make_article(title, slug=f"moved-{index}") for index, title in enumerate((*NEWS, STALE, *plain))]
    take_in(db, crawl_of("two", report_of(*moved)), NOW)
    judge(db)


@pytest.mark.slow
def test_migration_of_500_is_held_and_the_12_that_a_person_chooses_alert(db: Database, folder: Path) -> None:
    migrate(db, 500)
    assert tell_operator(db, [console()], NOW) == 2  # of the first read, and of the flood
    (notice,) = [text for _, text in alerts(db) if "flood" in text]
    assert tell_operator(db, [console()], NOW + HOUR) == 0
    listed = cspwatch(folder, "sources", "release", "example", "--json")
    held = [json.loads(line) for line in listed.stdout.splitlines()]
    chosen = [row["article_id"] for row in held if row["title"] in NEWS]
    before = len(alerts(db))

    released = cspwatch(folder, "sources", "release", "example", *chosen, "--yes")
    judge(db)
    told = alerts(db)[before:]
    take_in(db, crawl_of("three", report_of(make_article(FRESH))), NOW + HOUR)
    judge(db, NOW + HOUR)

    assert notice.startswith(
        "1 source is held back by the flood breaker\nExample: 13 articles would alert and wait"
    )
    assert "`cspwatch sources release example` shows them" in notice
    assert (len(held), len(chosen)) == (13, 12)
    assert {row["news"] for row in held} == {"builds a data center"}
    assert released.stdout.endswith("12 articles of example were released, 1 stays held.\n")
    assert [kind for kind, _ in told] == [AlertKind.NEW_STORY] * 12
    assert len(alerts(db)) == before + 13  # the genuine one of the next poll


def test_without_a_choice_nothing_is_released(db: Database, folder: Path) -> None:
    migrate(db, 40)

    shown = cspwatch(folder, "sources", "release", "example")
    refused = cspwatch(folder, "sources", "release", "example", "--all", answer="n\n")

    assert NEWS[3] in shown.stdout
    assert "13 held. Let some go on" in shown.stderr
    assert refused.exit_code == 1
    assert NEWS[3] in refused.stdout  # shown before it is asked
    assert "Let 13 of 13 go on?" in refused.stderr
    assert rows(db, "SELECT count(*) AS n FROM article WHERE held = 'flood'") == [{"n": 13}]


def test_article_is_chosen_by_its_address_and_the_last_one_frees_the_source(
    db: Database, folder: Path
) -> None:
    migrate(db, 40)

    one = cspwatch(folder, "sources", "release", "example", "https://example.example/moved-0", "--yes")
    record = get_source(db, "example")
    assert record is not None
    assert record.held_since is not None
    rest = cspwatch(folder, "sources", "release", "example", "--all", "--yes")
    record = get_source(db, "example")

    assert one.stdout.endswith("1 article of example was released, 12 stay held.\n")
    assert rest.stdout.endswith("12 articles of example were released.\n")
    assert record is not None
    assert record.held_since is None


def test_name_that_nothing_held_has_releases_nothing(db: Database, folder: Path) -> None:
    migrate(db, 40)

    wrong = cspwatch(folder, "sources", "release", "example", "https://example.example/old-1", "--yes")
    vague = cspwatch(folder, "sources", "release", "example", "a", "--yes")
    both = cspwatch(folder, "sources", "release", "example", "a1", "--all", "--yes")

    assert (wrong.exit_code, vague.exit_code, both.exit_code) == (1, 1, 2)
    assert "nothing held has this id or address" in str(wrong.exception)
    assert "13 held articles have this id or address" in str(vague.exception)
    assert rows(db, "SELECT count(*) AS n FROM article WHERE held = 'flood'") == [{"n": 13}]


def test_flood_without_news_is_told_of_and_can_be_put_away(db: Database, folder: Path) -> None:
    before = [make_article(f"Article {index} of before", slug=f"old-{index}") for index in range(30)]
    take_in(db, crawl_of("one", report_of(*before)), NOW - HOUR)
    moved = [make_article(f"Item {index} of before the move", slug=f"moved-{index}") for index in range(40)]
    take_in(db, crawl_of("two", report_of(*moved)), NOW)
    judge(db)
    tell_operator(db, [console()], NOW)

    away = cspwatch(folder, "sources", "release", "example")
    record = get_source(db, "example")

    assert [text for _, text in alerts(db) if "0 articles would alert and wait" in text]
    assert away.stdout == "Nothing of example would alert. It does not count as held any more.\n"
    assert record is not None
    assert record.held_since is None


def test_old_articles_that_match_changed_rules_are_held_told_once_and_released_by_choice(
    db: Database, folder: Path
) -> None:
    take_in(db, crawl_of("one", report_of(make_article("A first one"))), NOW - HOUR)
    plain = [make_article(f"Nothing of note {index}", slug=f"plain-{index}") for index in range(3)]
    news = [make_article(title, slug=f"news-{index}") for index, title in enumerate(NEWS)]
    take_in(db, crawl_of("two", report_of(*news, *plain)), NOW)
    while process_next(db, FakeDetector({}), (FakeWatch(),), [console()], NOW):  # rules that find nothing
        pass
    tell_operator(db, [console()], NOW)
    before = len(alerts(db))

    again = cspwatch(folder, "rules", "rejudge", "--since", "")
    judge(db)
    tell_operator(db, [console()], NOW + HOUR)
    tell_operator(db, [console()], NOW + 2 * HOUR)
    told = alerts(db)[before:]
    first = rows(db, "SELECT article_id FROM article WHERE held = 'rules-changed' ORDER BY id")
    chosen = [str(row["article_id"]) for row in first[:7]]
    cspwatch(folder, "sources", "release", "example", *chosen, "--yes")
    judge(db)
    tell_operator(db, [console()], NOW + 3 * HOUR)

    assert again.stdout == "16 articles will be judged anew.\n"
    assert [kind for kind, _ in told] == [AlertKind.NOTICE]
    assert told[0][1].startswith("12 old articles match the changed rules and wait\nExample: 12")
    assert len(first) == 12
    assert [kind for kind, _ in alerts(db)[before + 1 :]] == [AlertKind.NEW_STORY] * 7
