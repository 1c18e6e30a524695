"""Backups, restore, export and import."""

from __future__ import annotations

import csv
import io
import json
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from monitor.articlelog import get_article, store_article
from monitor.backup import BackupError, back_up, keep_backups, last_backup, list_backups, restore
from monitor.database import open_database, rows, writing
from monitor.exporting import safe_cell, write_csv, write_json_lines
from monitor.importing import import_lines
from monitor.runlog import log_event
from tests.fakes import NOW, make_article, new_log


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path / "state")
    with writing(log):
        store_article(log, make_article("华为 in Johor"), NOW)
    yield log
    log.close()


def titles(path: Path) -> list[object]:
    db = open_database(path)
    found = [row["title"] for row in rows(db, "SELECT title FROM article ORDER BY id")]
    db.close()
    return found


def test_backup_taken_while_another_writes_is_whole(db, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        other = open_database(tmp_path / "state" / "cspwatch.db")
        number = 0
        while not stop.is_set():
            with writing(other):
                log_event(other, "test", "x", str(number), NOW)
            number += 1
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = back_up(db, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()

    assert made.size > 0
    assert titles(made.path) == ["华为 in Johor"]
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.db"] or not list(
        tmp_path.glob("*.part")
    )


def test_backup_overwrites_nothing(db, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(BackupError, match="exists already"):
        back_up(db, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_only_the_newest_backups_are_kept(db, tmp_path: Path) -> None:
    for day in range(5):
        keep_backups(db, tmp_path / "backups", 3, NOW + timedelta(days=day))

    names = [path.name for path in list_backups(tmp_path / "backups")]

    assert names == [f"cspwatch-202603{day}T120000Z.db" for day in (16, 17, 18)]
    assert last_backup(tmp_path / "backups") == NOW + timedelta(days=4)


def test_restore_brings_back_the_log_and_sets_the_other_aside(db, tmp_path: Path) -> None:
    path = tmp_path / "state" / "cspwatch.db"
    back_up(db, tmp_path / "copy.db")
    with writing(db):
        store_article(db, make_article("Written later"), NOW)
    db.close()

    done = restore(tmp_path / "copy.db", path, NOW)

    assert titles(path) == ["华为 in Johor"]
    assert done.articles == 1
    assert done.set_aside is not None
    assert titles(done.set_aside) == ["华为 in Johor", "Written later"]


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 9000])
def test_damaged_backup_is_refused_and_the_log_stays(db, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state" / "cspwatch.db"
    (tmp_path / "bad.db").write_bytes(content)

    with pytest.raises(
        BackupError, match=r"not restored: (?!.*\.part).*\. The log was left as it is; try an older backup"
    ):
        restore(tmp_path / "bad.db", path, NOW)

    assert titles(path) == ["华为 in Johor"]
    assert not list((tmp_path / "state").glob("*.part"))


def test_missing_backup_is_named(db, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"nothing\.db: no such file"):
        restore(tmp_path / "nothing.db", tmp_path / "state" / "cspwatch.db", NOW)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM", "'@SUM"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ('plain, "text"', 'plain, "text"'),
        ("two\nlines", "two lines"),
        (-5, -5),
        (None, ""),
        (["=a", "b"], "'=a; b"),
        (datetime(2026, 3, 14, 9, 0, 1, 5, tzinfo=timezone(timedelta(hours=8))), "2026-03-14T01:00:01Z"),
    ],
)
def test_cell_is_no_formula(value: object, cell: object) -> None:
    assert safe_cell(value) == cell


def test_csv_and_json_lines_hold_the_same_rows() -> None:
    records = [
        {"title": "=cmd", "places": '["MY","MY:Johor"]', "score": 5},
        {"title": "x", "places": "[]", "score": None},
    ]
    table, lines = io.StringIO(), io.StringIO()

    assert write_csv(records, table) == write_json_lines(records, lines) == 2

    assert list(csv.reader(io.StringIO(table.getvalue()))) == [
        ["title", "places", "score"],
        ["'=cmd", "MY; MY:Johor", "5"],
        ["x", "", ""],
    ]
    assert json.loads(lines.getvalue().splitlines()[0]) == {
        "title": "=cmd",
        "places": ["MY", "MY:Johor"],
        "score": 5,
    }


LINES = [
    '{"title": "One", "text": "First text.", "url": "https://a.example/1?utm_source=x", "published": "2026-03-01"}',
    "",
    "not json",
    '["a list"]',
    '{"title": "", "text": ""}',
    '{"title": "Two", "text": "Second \\ud83d text.", "id": 7, "lang": "de"}',
    '{"title": "Three", "published": "yesterday"}',
    '{"title": "Four", "url": "ftp://a.example/"}',
]


def test_import_takes_the_good_lines_and_names_the_others(db) -> None:
    done = import_lines(db, LINES, NOW, name="news.jsonl")

    assert (done.read, done.new) == (2, 2)
    assert [problem.place for problem in done.problems] == [
        f"news.jsonl:{number}" for number in (3, 4, 5, 7, 8)
    ]
    stored = rows(
        db,
        "SELECT title, url, url_key, language, published, baseline FROM article WHERE title IN ('One', 'Two') ORDER BY id",
    )
    assert stored[0]["url"] == "https://a.example/1"
    assert stored[0]["published"] == "2026-03-01T00:00:00Z"
    assert (stored[1]["url_key"], stored[1]["language"], stored[1]["baseline"]) == ("import:7", "de", 1)


def test_import_repeated_changes_nothing(db) -> None:
    import_lines(db, LINES, NOW)
    again = import_lines(db, LINES, NOW + timedelta(hours=1))
    assert (again.read, again.new, again.changed) == (2, 0, 0)


def test_imported_article_is_of_the_outlet_of_its_address(db) -> None:
    """Two of one event are two publishers; "first: import" would tell a reader nothing."""
    lines = [
        json.dumps({"url": f"https://{host}/a", "title": "A cloud region opens", "text": "It does."})
        for host in ("www.heise.example", "caixin.example")
    ]
    import_lines(db, lines, NOW)

    found = [
        get_article(db, str(row["article_id"]))
        for row in rows(db, "SELECT article_id FROM article WHERE source_id = 'import'")
    ]

    assert [(one.outlet, one.family) for one in found if one] == [
        ("heise.example", "heise.example"),
        ("caixin.example", "caixin.example"),
    ]
