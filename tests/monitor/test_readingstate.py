"""A canary for extraction: a source whose texts are unlike its own past is named, a source that is as ever is not."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.items import Article, Completeness
from monitor.database import rows
from monitor.notices import tell_operator
from monitor.readinglog import reading_troubles
from monitor.readingstate import DETAILS, Habit, Reading, ReadText, habit_of, reading_of
from monitor.wording import recognized
from tests.fakes import NOW, console, crawl_of, make_article, new_log, report_of
from tests.intaking import take_in
from tests.outlet_pages import paragraphs, title

HOUR = timedelta(hours=1)
MENU = "\n".join(
    f"{place} office" for place in ("Lisbon", "Johor", "Phoenix", "Osaka", "Riyadh", "Warsaw") * 6
)


def text_of(number: int) -> str:
    return "\n".join(paragraphs(number)[: 4 + number % 3])


def full(*texts: str) -> list[ReadText]:
    return [ReadText(text=text, completeness=Completeness.FULL) for text in texts]


BEFORE = habit_of(full(*(text_of(number) for number in range(20))))


@pytest.mark.parametrize(
    ("texts", "reading", "words"),
    [
        ([text_of(number) for number in range(20, 28)], Reading.WELL, ""),
        (
            [text_of(number)[:150] for number in range(20, 28)],
            Reading.DRIFT,
            "150 characters long, nine in ten were longer",
        ),
        ([f"{text_of(number)}\n" * 4 for number in range(20, 28)], Reading.DRIFT, "characters long"),
        ([f"{text_of(n)[:300]}\n{MENU}" for n in range(20, 28)], Reading.DRIFT, "short lines, as of menus"),
        ([text_of(20)] * 8, Reading.DRIFT, "lines that recur in others"),
        ([text_of(20)[:100]] * 4, Reading.WELL, ""),  # too few to say
    ],
)
def test_texts_are_compared_with_the_past_of_their_source(
    texts: list[str], reading: Reading, words: str
) -> None:
    found, detail = reading_of(full(*texts), BEFORE)

    assert found is reading
    assert words in detail
    assert (recognized(detail, DETAILS).sentence in DETAILS) == (reading is not Reading.WELL)


def test_texts_that_are_links_now_are_named() -> None:
    linked = [
        ReadText(text=text_of(number), completeness=Completeness.FULL, link_density=0.6)
        for number in range(20, 28)
    ]

    assert reading_of(linked, BEFORE) == (Reading.DRIFT, "60% of its texts are links, it was 0% before")


def test_outlet_that_writes_in_short_lines_anyway_is_as_ever() -> None:
    lists = [f"{MENU}\nNumber {number} of the list" for number in range(30)]
    habit = habit_of(full(*lists[:20]))

    assert reading_of(full(*lists[20:28]), habit)[0] is Reading.WELL


def test_outlet_that_writes_briefs_and_long_reads_is_as_ever_whichever_come_last() -> None:
    mixed = (text_of(number) if number % 3 else text_of(number)[:200] for number in range(40))
    habit = habit_of(full(*mixed))

    assert reading_of(full(*(text_of(number)[:200] for number in range(40, 48))), habit)[0] is Reading.WELL
    assert reading_of(full(*(text_of(number)[:90] for number in range(40, 48))), habit)[0] is Reading.DRIFT


def test_teasers_are_told_apart_from_short_texts_and_one_whole_article_ends_them() -> None:
    cut = [ReadText(text="So it begins", completeness=Completeness.TEASER)] * 6

    assert reading_of(cut, None) == (Reading.TEASERS, "the last 6 articles are teasers or behind a wall")
    assert reading_of([*cut, *full("a whole text")], None)[0] is Reading.WELL


def test_nothing_is_said_before_there_is_a_habit() -> None:
    assert reading_of(full(*["x"] * 8), None) == (Reading.WELL, "")
    assert isinstance(BEFORE, Habit)


def article(number: int, text: str) -> Article:
    return make_article(title(number), text, slug=str(number), completeness=Completeness.FULL)


def test_layout_that_moves_is_noticed_until_it_is_read_well_again(tmp_path: Path) -> None:
    with closing(new_log(tmp_path)) as db:

        def poll(numbers: range, cut: int | None, hour: int) -> str:
            articles = [article(number, text_of(number)[:cut]) for number in numbers]
            take_in(db, crawl_of(f"poll-{hour}", report_of(*articles)), NOW + hour * HOUR)
            trouble = reading_troubles(db).get("example")
            return trouble.detail if trouble else ""

        before = poll(range(30), None, 0)
        drifted = [poll(range(30 + 8 * step, 38 + 8 * step), 200, 1 + step) for step in range(8)]
        tell_operator(db, [console()], NOW + 9 * HOUR)
        tell_operator(db, [console()], NOW + 10 * HOUR)
        notices = rows(db, "SELECT kind FROM event_log WHERE kind = 'source-drift'")
        mended = poll(range(100, 108), None, 11)

    assert before == ""
    # It stays noticed when most of what is compared with is of after the change.
    assert all("characters long, nine in ten were longer than" in detail for detail in drifted), drifted
    assert len(notices) == 1
    assert mended == ""
