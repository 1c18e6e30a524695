"""Searching the log: names in every script, and no input that is an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.database import open_database
from monitor.searching import index_text, match_query, title_key

TEXTS = {
    1: "华为在马来西亚部署昇腾芯片",
    2: "阿里云Alibaba Cloud在泰国的数据中心",
    3: "Big data centers in Ohio",
    4: "Der Rechenzentrumsstandort Zürich wächst",
    5: "ศูนย์ข้อมูลแห่งใหม่ในกรุงเทพ",
    6: "네이버클라우드가 데이터센터를 짓는다",
    7: "हिन्दी में समाचार",
    8: "A data-centre in Oslo, and AWS.",
    9: "マイクロソフトが大阪に新リージョン",
    10: "華為雲在馬來西亞的數據中心",
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory):
    log = open_database(Path(tmp_path_factory.mktemp("search")) / "log.db")
    for row, text in TEXTS.items():
        log.execute("INSERT INTO article_fts (rowid, title, text) VALUES (?, '', ?)", [row, index_text(text)])
    yield log
    log.close()


def found(db, typed: str) -> list[int]:
    query = match_query(typed)
    if not query:
        return []
    return [
        row[0]
        for row in db.execute(
            "SELECT rowid FROM article_fts WHERE article_fts MATCH ? ORDER BY rowid", [query]
        )
    ]


@pytest.mark.parametrize(
    ("typed", "rows"),
    [
        ("华为", [1, 10]),
        ("華為", [1, 10]),
        ("華为云", [10]),
        ("馬", [1, 10]),
        ("阿里云", [2]),
        ("昇騰芯片", [1]),
        ("马来西亚", [1, 10]),
        ("云", [2, 10]),
        ("片", [1]),
        ("数据中心", [2, 10]),
        ("云Alibaba", [2]),
        ('"data cent*"', [3, 8]),
        ("data cent*", [3, 8]),
        ("centers", [3]),
        ("zurich", [4]),
        ("ZÜRICH", [4]),
        ("rechenzentrum*", [4]),
        ("ข้อมูล", [5]),
        ("데이터", [6]),
        ("हिन्दी", [7]),
        ("大阪", [9]),
        ("リージョン", [9]),
        ("ＡＷＳ", [8]),
        ("Oslo OR Ohio", [3, 8]),
        ("data -ohio", [8]),
        ("ohio 华为", []),
    ],
)
def test_search_finds_names_in_every_script(db, typed: str, rows: list[int]) -> None:
    assert found(db, typed) == rows


@pytest.mark.parametrize(
    "typed", ['"', "a AND", "NEAR(", "col:zzz", "*", "-", "OR", '" "', "x'y", "(", "^a", "a\0b", "\ud800"]
)
def test_no_input_is_a_syntax_error(db, typed: str) -> None:
    assert set(found(db, typed)) <= TEXTS.keys()


@given(typed=st.text(max_size=40))
def test_any_input_is_a_query_that_runs(db, typed: str) -> None:
    assert set(found(db, typed)) <= TEXTS.keys()


@given(text=st.text(alphabet="云华为阿里数据中心 abcd", min_size=1, max_size=30), data=st.data())
def test_every_piece_of_a_run_is_found_in_it(text: str, data: st.DataObject) -> None:
    from sqlite_utils import Database

    han = "".join(char for char in text if char >= "\u4e00")
    if not han:
        return
    start = data.draw(st.integers(0, len(han) - 1))
    end = data.draw(st.integers(start + 1, len(han)))
    memory = Database(memory=True)
    memory.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
    memory.execute("INSERT INTO t VALUES (?)", [index_text(han)])

    hits = memory.execute("SELECT count(*) FROM t WHERE t MATCH ?", [match_query(han[start:end])]).fetchone()[
        0
    ]

    memory.close()
    assert hits == 1


def test_title_key_ignores_case_width_and_punctuation() -> None:
    assert title_key("AWS opens: “Region”!") == title_key("ａｗｓ OPENS region")
