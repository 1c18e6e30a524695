"""What holds for every labelled article: order, form and what follows it change nothing; no seed does."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import unicodedata
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from monitor.evaluation.labels import read_labelled
from monitor.judge_json import judgement_to_json
from monitor.language import base_language
from monitor.model import ArticleText, Finding
from tests.monitor.detecting import detector

ARTICLES = Path(__file__).resolve().parents[1] / "eval" / "articles"
LANGUAGES = ("ar", "de", "en", "es", "fr", "ja", "ko", "pl", "ru", "th", "tr", "vi", "zh")
ENGLISH = "The museum shows old maps until Sunday, and the garden stays open for children."
PARAGRAPHS = {
    "de": "Das Museum zeigt bis Sonntag alte Karten, und der Garten bleibt für Kinder offen.",
    "es": "El museo muestra mapas antiguos hasta el domingo y el jardín sigue abierto para los niños.",
    "fr": "Le musée montre de vieilles cartes jusqu'à dimanche et le jardin reste ouvert aux enfants.",
    "ja": "博物館は日曜日まで古い地図を展示し、庭は子供に開放されている。",
    "ko": "박물관은 일요일까지 옛 지도를 보여 주고 정원은 아이들에게 열려 있다.",
    "zh": "博物馆周末展出旧地图，花园对孩子们开放。",
}


@cache
def labelled() -> tuple[ArticleText, ...]:
    found = [one.article for one in read_labelled([ARTICLES])]
    return tuple(sorted(found, key=lambda one: (one.language or "", one.article_id)))


def of(language: str) -> list[ArticleText]:
    return [one for one in labelled() if base_language(one.language or "") == language]


def meaning(finding: Finding) -> dict[str, object]:
    """A finding without offsets, its quote and strings composed."""
    return {
        "fact": (finding.finding_id, finding.rule, finding.status, finding.direction, finding.object),
        "actors": [(one.id, one.role) for one in finding.actors],
        "places": [one.id for one in finding.places],
        "amounts": [(one.value, one.value_max, one.unit, one.op) for one in finding.amounts],
        "time": finding.time.iso if finding.time else None,
        "score": (finding.score, finding.news, finding.overseas),
        "quote": unicodedata.normalize("NFC", finding.evidence.quote),
    }


def in_form(article: ArticleText, form: str) -> ArticleText:
    title, text = (unicodedata.normalize(form, part) for part in (article.title, article.text))
    return replace(article, title=title, text=text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_composed_and_decomposed_articles_give_the_same_findings(language: str) -> None:
    for article in of(language):
        composed, decomposed = (detector().judge(in_form(article, form)) for form in ("NFC", "NFD"))

        assert [meaning(one) for one in composed.findings] == [meaning(one) for one in decomposed.findings]
        assert composed.relevant == decomposed.relevant


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_irrelevant_paragraph_at_the_end_does_not_change_relevant(language: str) -> None:
    paragraph = PARAGRAPHS.get(language, ENGLISH)
    for article in of(language):
        if article.text.strip():  # else the paragraph is not at the end: it is the lead
            longer = replace(article, text=f"{article.text}\n\n{paragraph}")

            assert detector().judge(longer).relevant == detector().judge(article).relevant, article.article_id


def test_blanks_between_scripts_are_dropped_in_decomposed_text_too() -> None:
    title, text = "AWS がデータセンターを開設", "AWS は千葉県に 1 億 6,000 万ドルのデータセンターを建設した。"
    source = ArticleText(article_id="b", title=title, text=text, language="ja")

    composed, decomposed = (detector().judge(in_form(source, form)) for form in ("NFC", "NFD"))

    assert composed.findings
    assert [meaning(one) for one in composed.findings] == [meaning(one) for one in decomposed.findings]


def test_judging_does_not_depend_on_what_was_judged_before() -> None:
    articles = list(labelled())[::9]
    first = {one.article_id: detector().judge(one) for one in articles}
    random.Random(3).shuffle(articles)

    assert {one.article_id: detector().judge(one) for one in articles} == first


_JUDGE = "from tests.monitor.test_properties import judged_json; print(judged_json())"


def judged_json() -> str:
    """Some articles as `cspwatch judge` prints them."""
    articles = [*of("en")[::3], *of("zh")[::3]]
    rows = [judgement_to_json(detector().judge(one), one) for one in articles]
    return json.dumps(rows, default=str)


def test_the_seed_of_hashes_changes_nothing() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", _JUDGE],
            capture_output=True,
            text=True,
            check=True,
            cwd=ARTICLES.parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }

    assert len(printed) == 1
    assert len(printed.pop()) > 1_000
