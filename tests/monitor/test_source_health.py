"""What people read of a source: why it waits, what was left out of its index, what decided its next poll."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner

from crawler.items import FetchKind, FetchOutcome
from crawler.outcomes import Outcome
from monitor.cli import cli
from monitor.config import load_config
from monitor.coverage import health_of
from monitor.database import open_database, writing
from monitor.sourcelog import get_source, store_sources
from tests.fakes import NOW, crawl_of, make_article, make_source, new_log, report_of
from tests.intaking import take_in
from tests.monitor.stored import write_config


def told(report, detail: str):
    """The report with a robots.txt before the request for the index, which ended with this detail."""
    robots = FetchOutcome(
        source_id="example",
        url="https://example.example/robots.txt",
        kind=FetchKind.ROBOTS,
        outcome=report.outcome,
        at=NOW,
        detail="robots.txt is too large, the first 500 KiB count",
    )
    index, *others = report.outcomes
    return replace(report, outcomes=(robots, replace(index, detail=detail), *others))


def health(folder: Path, report):
    with closing(new_log(folder)) as db:
        take_in(db, crawl_of("one", report), NOW)
        record = get_source(db, "example")
        assert record is not None
        return health_of(record, NOW)


def test_source_that_was_asked_to_wait_waits_and_does_not_fail(tmp_path: Path) -> None:
    report = report_of(outcome=Outcome.RATE_LIMITED, retry_after=timedelta(minutes=30))

    row = health(tmp_path, told(report, "the server answered 429"))

    assert (
        row["trouble"] == "waiting until 2026-03-14 12:30Z at the outlet's request: the server answered 429"
    )
    assert row["because"] == "retry-after"


def test_index_that_was_read_in_part_says_so_and_is_no_trouble(tmp_path: Path) -> None:
    row = health(tmp_path, told(report_of(make_article("A")), "first 2000 of 3000 items read"))

    assert (row["note"], row["trouble"]) == ("first 2000 of 3000 items read", "")
    assert row["because"] == "rhythm"


def test_failure_is_told_as_trouble_and_not_as_a_note(tmp_path: Path) -> None:
    row = health(tmp_path, told(report_of(outcome=Outcome.SERVER_ERROR), "the server answered 500"))

    assert row["trouble"] == "failing since 2026-03-14 12:00Z: the server answered 500"
    assert row["note"] == ""


def test_command_shows_what_decided_and_what_was_left_out(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    with closing(open_database(load_config(path).database)) as db:
        with writing(db):
            store_sources(db, [make_source()], NOW)
        take_in(db, crawl_of("one", told(report_of(make_article("A")), "repaired: not well-formed")), NOW)

    result = CliRunner().invoke(cli, ["--config", str(path), "sources", "health", "--json"])

    (row,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (row["because"], row["note"]) == ("rhythm", "repaired: not well-formed")
