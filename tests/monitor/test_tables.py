"""Tables in a terminal: what is set beside, below and flowing, and that no word is lost or broken."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from monitor.cli.tables import Setting, plan, render_table
from monitor.wording import counted

COLUMNS = {
    "at": "SEEN",
    "outlet": "OUTLET",
    "count": "ARTICLES",
    "title": "TITLE",
    "id": "ID",
    "gone": "GONE",
}
ROWS = [
    {
        "at": "2026-11-24 19:06",
        "outlet": "Nordlicht Wirtschaft",
        "count": "3",
        "title": "Rechenzentrumsbetreiber erweitert Hochverfügbarkeitsstandort in Frankfurt",
        "id": "a600d2dbd50fd47ba",
        "gone": "",
    },
    {
        "at": "2026-11-24 19:01",
        "outlet": "雲端日報",
        "count": "12",
        "title": "華為雲宣布在利雅得啟用第三座資料中心，當地企業可就近使用算力",
        "id": "a57e2f6d08de41f00",
        "gone": "",
    },
]
WHOLE = frozenset({"at", "id"})


def _printed(width: int) -> list[str]:
    out = io.StringIO()
    render_table(Console(file=out, width=width), ROWS, COLUMNS, [{}, {}], whole=WHOLE)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("width", "setting"), [(160, Setting.BESIDE), (80, Setting.BELOW), (40, Setting.FLOWING)]
)
def test_the_setting_follows_the_width(width: int, setting: Setting) -> None:
    shown = {key: heading for key, heading in COLUMNS.items() if key != "gone"}

    assert plan(ROWS, shown, width, whole=WHOLE).setting is setting


@pytest.mark.parametrize("width", [30, 44, 60, 80, 100, 160])
def test_no_line_is_wider_than_the_terminal_and_no_id_or_word_is_broken(width: int) -> None:
    lines = _printed(width)

    assert max(cell_len(line) for line in lines) <= width
    words = {word for line in lines for word in line.split()}
    assert {"a600d2dbd50fd47ba", "a57e2f6d08de41f00", "Frankfurt", "19:06"} <= words
    if width > 44:
        assert "Hochverfügbarkeitsstandort" in words


def test_an_empty_column_is_not_printed_and_flowing_numbers_keep_their_heading() -> None:
    assert not any("GONE" in line for line in _printed(160))
    assert any("articles 12" in line for line in _printed(44))


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (1, "watch", "1 watch"),
        (2, "watch", "2 watches"),
        (0, "story", "0 stories"),
        (3, "new article", "3 new articles"),
        (2, "address", "2 addresses"),
        (2, "day", "2 days"),
    ],
)
def test_numbers_and_nouns_agree(number: int, noun: str, told: str) -> None:
    assert counted(number, noun) == told
