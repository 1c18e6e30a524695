"""What recurs over a source's articles is not text."""

from __future__ import annotations

from crawler.boilerplate import recurring_paragraphs, without_recurring

NOTICE = "About us: News is the magazine for 120 builders of data centers."


def story(number: str) -> str:
    return f"The provider builds site {number} in the north of the country.\n{number} is its name, says the council of the town, which gave the permit last week."


def test_a_paragraph_that_recurs_is_taken_out_and_the_story_stays() -> None:
    names = ["alpha", "beta", "gamma", "delta", "epsilon"]
    texts = [f"{story(name)}\n{NOTICE.replace('120', str(n))}" for n, name in enumerate(names)]

    recurring = recurring_paragraphs(texts)

    assert without_recurring(texts[0], recurring) == story("alpha")


def test_two_articles_teach_nothing() -> None:
    assert recurring_paragraphs([f"{story('alpha')}\n{NOTICE}", f"{story('beta')}\n{NOTICE}"]) == frozenset()


def test_the_same_article_seen_often_is_no_boilerplate() -> None:
    assert recurring_paragraphs([story("alpha")] * 9) == frozenset()


def test_a_text_that_would_lose_most_of_itself_is_left_alone() -> None:
    texts = [f"{NOTICE}\n{name}" for name in ("one", "two", "three")]

    assert without_recurring(texts[0], recurring_paragraphs(texts)) == texts[0]
