"""What recurs in a source's articles is learned at intake, stays learned, and is never most of a text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crawler.items import Article
from monitor.database import rows
from tests.fakes import NOW, crawl_of, dump, make_article, make_source, new_log, report_of
from tests.intaking import take_in

if TYPE_CHECKING:
    from sqlite_utils import Database

NOTICE = (
    "The Example is the newsletter of 12,000 builders of data centers; subscribe for a look into every issue."
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    log = new_log(tmp_path, make_source(), make_source("other"))
    yield log
    log.close()


def story(number: int) -> str:
    return "\n".join(
        f"Paragraph {part} of report {'abcdefghijklmnopqrstuvwxyz'[number]} says what happened in town {'qwertzuiop'[part]} that day."
        for part in range(5)
    )


def reports(*numbers: int, notice: str = NOTICE, source: str = "example") -> list[Article]:
    return [
        make_article(f"Report {number}", f"{story(number)}\n{notice}", source=source) for number in numbers
    ]


def take(db: Database, order: str, *articles: Article, days: int = 0, source: str = "example") -> None:
    take_in(db, crawl_of(order, report_of(*articles, source=source)), NOW + timedelta(days=days))


def texts(db: Database) -> dict[str, str]:
    found = rows(
        db, "SELECT a.title, v.text FROM article a JOIN article_version v USING (article_id, version)"
    )
    return {str(row["title"]): str(row["text"]) for row in found}


def test_a_notice_under_every_article_is_not_stored(db: Database) -> None:
    take(db, "1", *reports(0, 1, 2, 3))

    assert texts(db) == {f"Report {number}": story(number) for number in range(4)}


def test_it_is_learned_over_several_polls_and_stays_learned(db: Database) -> None:
    for number in range(12):
        take(db, str(number), *reports(number), days=number)

    stored = texts(db)

    assert [NOTICE in stored[f"Report {number}"] for number in range(12)] == [True, True] + [False] * 10


def test_other_sources_learn_for_themselves(db: Database) -> None:
    take(db, "1", *reports(0, 1, 2))
    take(db, "2", *reports(3, source="other"), source="other")

    assert NOTICE in texts(db)["Report 3"]


def test_a_report_that_is_most_of_it_recurring_is_stored_whole(db: Database) -> None:
    take(db, "1", *reports(0, 1, 2))
    short = make_article("Short", f"One line of news.\n{NOTICE}")
    take(db, "2", short)

    assert texts(db)["Short"] == short.text


def test_an_article_that_is_read_again_and_again_teaches_nothing(db: Database) -> None:
    for number in range(5):
        edited = make_article(
            "Report", f"{story(0)}\nUpdate {'abcde'[number]} of the day came late.", slug="same"
        )
        take(db, str(number), edited, days=number)

    assert texts(db)["Report"].split("\n")[:5] == story(0).split("\n")
    assert rows(db, "SELECT * FROM recurring") == []


def test_the_same_report_taken_in_twice_changes_nothing(db: Database) -> None:
    take(db, "1", *reports(0, 1, 2))
    before = dump(db)
    take(db, "1", *reports(0, 1, 2), days=1)

    assert dump(db) == before


def test_what_is_not_met_for_half_a_year_is_forgotten(db: Database) -> None:
    take(db, "1", *reports(0, 1, 2))
    take(db, "2", *reports(3, notice="Another end."), days=200)

    assert rows(db, "SELECT * FROM recurring") == []
