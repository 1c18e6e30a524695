"""The pure parts of the review page: marked evidence, charts, totals, looks."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.database import open_database, writing
from monitor.ledgertotals import totals_of
from monitor.marks import whole_word
from monitor.model import ArticleText, Field, Mark, Span
from monitor.review import plugin
from monitor.review.charts import CENTERS, MAP_SIZE, bubbles
from monitor.review.evidence import KINDS, Piece, paragraphs, pieces, quote_pieces
from monitor.review.ledgerqueries import LedgerFilter
from monitor.review.pages import host, link, visible
from monitor.review.site import LogAccess
from monitor.review.totals import TotalsCache
from tests.fakes import Fact, make_finding
from tests.monitor.review_site import fill

TEXT = "Alibaba Cloud plans a data center in Johor.\nIt costs $400 million."


def finding_with(*marks: tuple[str, int, int], news: bool = True):
    found = make_finding(
        ArticleText(article_id="a1", title="t", text=TEXT), Fact(says=TEXT.split("\n")[0], news=news)
    )
    spans = tuple(
        Mark(kind=kind, span=Span(field=Field.TEXT, start=start, end=end)) for kind, start, end in marks
    )
    return replace(found, marks=spans, actors=(), places=(), amounts=())


@given(
    st.lists(
        st.tuples(st.sampled_from([*KINDS, "unheard-of"]), st.integers(0, 80), st.integers(0, 80)),
        max_size=12,
    )
)
def test_pieces_joined_are_the_text_whatever_is_marked(marks: list[tuple[str, int, int]]) -> None:
    cut = pieces(TEXT, [finding_with(*marks)], Field.TEXT)

    assert "".join(piece.text for piece in cut) == TEXT


@given(
    st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8
    )
)
def test_every_marked_character_is_marked_and_no_other(marks: list[tuple[str, int, int]]) -> None:
    cut = pieces(TEXT, [finding_with(*marks)], Field.TEXT)

    shown = [bool(piece.kind) for piece in cut for _ in piece.text]
    valid = [whole_word(TEXT, start, end) for _, start, end in marks if 0 <= start < end <= len(TEXT)]
    assert shown == [any(start <= place < end for start, end in valid) for place in range(len(TEXT))]


def test_evidence_is_told_apart_from_background_and_from_the_rest() -> None:
    cut = pieces(TEXT, [finding_with(news=False)], Field.TEXT)

    assert [(piece.text, piece.evidence) for piece in cut] == [
        ("Alibaba Cloud plans a data center in Johor.", "background"),
        ("\nIt costs $400 million.", ""),
    ]


def test_quote_holds_the_marks_that_lie_in_it() -> None:
    cut = quote_pieces(finding_with(("actor", 0, 13), ("amount", 53, 65)))

    assert cut[0] == Piece(text="Alibaba Cloud", kind="actor")
    assert not [piece for piece in cut if piece.kind == "amount"]


def test_paragraphs_end_at_line_breaks_and_keep_their_marks() -> None:
    cut = [Piece(text="one\n\ntwo ", kind="actor"), Piece(text="three")]

    assert [[piece.text for piece in paragraph] for paragraph in paragraphs(cut)] == [
        ["one"],
        ["two ", "three"],
    ]


def test_thousands_of_marks_are_cut_in_one_sweep() -> None:
    text = "x" * 20_000
    finding = finding_with(*[("actor", place, place + 3) for place in range(0, 19_990, 2)])

    assert sum(len(piece.text) for piece in pieces(text, [finding] * 5, Field.TEXT)) == len(text)


def test_bubbles_lie_on_the_map_and_grow_with_the_count() -> None:
    made = bubbles({"MY": 9, "DE": 1, "bloc:GCC": 4, "XX": 2})

    assert [(bubble.code, bubble.count) for bubble in made] == [("MY", 9), ("DE", 1)]
    assert made[0].radius > made[1].radius
    assert all(0 <= x <= MAP_SIZE[0] and 0 <= y <= MAP_SIZE[1] for x, y in CENTERS.values())


def test_totals_count_stories_once_and_take_their_largest_sum() -> None:
    day = date(2026, 3, 14)
    later = (day + timedelta(days=1)).isoformat()
    totals = totals_of(
        [
            (day.isoformat(), "datacenter", 0, 0, "MY", "aws", "s1", 100.0, 2),
            (later, "investment", 0, 0, "MY", "aws", "s1", 400.0, 1),
            (later, "datacenter", 1, 0, None, "google", "s2", None, 1),
        ]
    )

    assert (totals.facts, totals.stories, int(totals.money_usd)) == (4, 2, 400)
    assert totals.by_country == {"MY": 1}
    assert totals.by_day == {"2026-03-14": {"expansion": 1}, "2026-03-15": {"contraction": 1}}


def test_what_is_cancelled_denied_or_pulled_back_is_no_part_of_the_sum() -> None:
    day = "2026-03-14"
    totals = totals_of(
        [
            (day, "datacenter", 0, 0, "MY", "aws", "stands", 5.0, 1),
            (day, "datacenter", 0, 0, "NO", "coreweave", "cancelled", 30.0, 1),
            (day, "datacenter", 1, 1, "NO", "coreweave", "cancelled", 20.0, 1),
            (day, "investment", 0, 1, "FR", "mistral", "denied", 100.0, 1),
            (day, "datacenter", 1, 0, "BR", "ibm", "closing", 700.0, 1),
        ]
    )

    assert (int(totals.money_usd), int(totals.stopped_usd), int(totals.pullback_usd)) == (5, 130, 700)


def test_text_that_reorders_or_hides_becomes_visible_one_sign_for_one() -> None:
    shown = visible("a\u202eb\u2066c\x00d\ne")

    assert shown == "a\ufffdb\ufffdc\ufffdd\ne"
    assert visible(7) == 7


def test_only_plain_web_addresses_become_links() -> None:
    assert link("https://a.example/x?y=1") == "https://a.example/x?y=1"
    for address in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        'https://a.example/"onclick=x',
        None,
    ):
        assert link(address) == ""
    assert host("https://user@a.example:1/x") == "a.example"
    assert host("https://[bad") == ""


def colors_of(scheme: str) -> dict[str, str]:
    """The color of each custom property of the style sheet, in the light or the dark scheme."""
    css = (Path(plugin.__file__).parent / "static" / "review.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root\s*\{([^}]*)\}", css)
    values = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", light))
    return (
        values
        if scheme == "light"
        else values | dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6})", dark))
    )


def contrast(one: str, other: str) -> float:
    """Contrast of two colors by WCAG 2.2: (L1 + 0.05) / (L2 + 0.05)."""

    def luminance(color: str) -> float:
        digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_enough_in_both_schemes(scheme: str) -> None:
    colors = colors_of(scheme)
    grounds = ("ground", "sheet", "ev")
    pairs = [(text, ground) for text in ("ink", "soft", "link", "high", "new") for ground in grounds]
    pairs += [(level, f"{level}-ground") for level in ("high", "medium", "low", "none", "new")]
    pairs += [("ink", kind) for kind in KINDS] + [("medium", "ground"), ("ground", "ink")]

    weak = {pair: round(contrast(colors[pair[0]], colors[pair[1]]), 2) for pair in pairs}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_and_charts_stand_out_from_their_ground(scheme: str) -> None:
    colors = colors_of(scheme)

    for shape in ("focus", "bar", "high", "new", "soft", *(f"part-{number}" for number in range(1, 6))):
        for ground in ("ground", "sheet"):
            assert contrast(colors[shape], colors[ground]) >= 3, (shape, ground)


async def _totals_that_grow_old(cache: TotalsCache, log: LogAccess, folder: Path) -> list[int]:
    """How many facts the totals count: at first, after one went, and once they were made anew."""
    wanted = LedgerFilter()
    counted = [(await cache.totals(log, wanted)).facts]
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        db.execute("UPDATE finding SET current = 0 WHERE actor = 'aws'")
        db.execute(
            "INSERT INTO judgement (article_id, version, rule_set, code_version, judged_at, language, relevant,"
            " score, level, watches, news, trace) SELECT article_id, 1, 'new', '', '', '', 0, 0, 'low', '[]',"
            " '[]', '[]' FROM article LIMIT 1"
        )
    counted.append((await cache.totals(log, wanted)).facts)
    await asyncio.gather(*cache._refreshing)
    counted.append((await cache.totals(log, wanted)).facts)
    return counted


def test_old_totals_are_shown_once_more_and_then_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    monkeypatch.setattr("monitor.review.totals._TOTALS_HOLD", 0.0)
    log = LogAccess(tmp_path / "cspwatch.db")
    try:
        first, second, third = asyncio.run(_totals_that_grow_old(TotalsCache(), log, tmp_path))
    finally:
        log.close()

    assert (second, third) == (first, first - 1)


def test_totals_that_are_too_old_are_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    monkeypatch.setattr("monitor.review.totals._TOTALS_AGE", 0.0)
    log = LogAccess(tmp_path / "cspwatch.db")
    try:
        first, second, _ = asyncio.run(_totals_that_grow_old(TotalsCache(), log, tmp_path))
    finally:
        log.close()

    assert second == first - 1
