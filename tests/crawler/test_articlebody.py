"""What a page shows and its JSON-LD articleBody: the fuller text of the same article comes out, no other."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.extract import extract_page
from crawler.outcomes import Outcome
from crawler.readings import PageReading

TITLE = "Tidewater builds a data center in Sines"
PARAGRAPHS = [
    "Tidewater Cloud will build a data center in the port of Sines, the company said on Tuesday, and has bought land.",
    "The first hall is to open in 2028 and will draw 60 megawatts, all of it from the wind farms off the coast.",
    "The town council approved the plan without a vote against it and expects some ninety lasting jobs from it.",
    "Two more halls may follow, but the company has not applied for their connection to the grid so far.",
]


def read(shown: list[str], body: str, *, free: bool | None = None, after: str = "") -> PageReading:
    node: dict[str, object] = {"@type": "NewsArticle", "headline": TITLE, "articleBody": body}
    if free is not None:
        node["isAccessibleForFree"] = free
    html = f"""<html lang="en"><head><title>{TITLE}</title>
    <script type="application/ld+json">{json.dumps(node)}</script></head>
    <body><main><h1>{TITLE}</h1><div>{"".join(f"<p>{text}</p>" for text in shown)}</div>{after}</main></body></html>"""
    return extract_page(
        html.encode(), "https://news.example/sines", fetched_at=datetime(2026, 3, 20, tzinfo=UTC)
    )


def test_the_rest_that_a_page_shows_after_a_click_comes_from_the_article_body() -> None:
    reading = read(PARAGRAPHS[:2], "\n\n".join(PARAGRAPHS))

    assert (reading.text.split("\n"), reading.extraction) == (PARAGRAPHS, "json-ld")


def test_a_body_on_one_line_gets_the_paragraphs_of_the_page() -> None:
    assert (
        read(PARAGRAPHS[:2], " ".join(PARAGRAPHS[:2]) + "".join(PARAGRAPHS[2:])).text.split("\n")
        == PARAGRAPHS
    )


def test_a_page_that_scripts_draw_is_read_from_its_article_body() -> None:
    reading = read([], "\n".join(PARAGRAPHS))

    assert (reading.outcome, reading.text.split("\n")) == (Outcome.OK, PARAGRAPHS)


@pytest.mark.parametrize("shown", [[], PARAGRAPHS[:2]])
def test_the_body_of_another_article_is_not_taken(shown: list[str]) -> None:
    other = (
        "The harbor festival begins on Friday with a regatta, and the mayor opens it at noon with a speech. "
        * 9
    )

    assert "regatta" not in read(shown, other).text


def test_what_stands_behind_a_paywall_is_not_read_from_the_metadata() -> None:
    declared = read(PARAGRAPHS[:1], "\n".join(PARAGRAPHS), free=False)
    said = read(PARAGRAPHS[:1], "\n".join(PARAGRAPHS), after="<div>Subscribe to continue reading</div>")

    assert PARAGRAPHS[3] not in declared.text + said.text
    assert (declared.outcome, said.outcome) == (Outcome.PAYWALL, Outcome.PAYWALL)


def test_a_summary_is_no_body() -> None:
    assert read(PARAGRAPHS, PARAGRAPHS[0]).text.split("\n") == PARAGRAPHS
