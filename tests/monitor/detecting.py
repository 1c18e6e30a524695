"""What the detection tests share: one detector per process and short ways to judge a text."""

from __future__ import annotations

from datetime import date
from functools import cache

from monitor.detect import Detector
from monitor.knowledge import Knowledge, load_knowledge
from monitor.model import ArticleText, Finding, Judgement
from monitor.rules.loader import load_rules


@cache
def knowledge() -> Knowledge:
    return load_knowledge()


@cache
def detector() -> Detector:
    return Detector(knowledge(), load_rules(knowledge=knowledge()))


def article(
    text: str, title: str = "", language: str | None = "en", published: date | None = date(2025, 6, 4)
) -> ArticleText:
    return ArticleText(article_id="a1", title=title, text=text, language=language, published=published)


def judge(
    text: str, title: str = "", language: str | None = "en", published: date | None = date(2025, 6, 4)
) -> Judgement:
    return detector().judge(article(text, title, language, published))


def clauses(title: str, text: str = "", language: str = "en") -> frozenset[str]:
    """The clauses of "is it the news?" that hold."""
    found = detector().clauses(article(text, title=title, language=language))
    assert found is not None, "no fact could carry it"
    return found


def facts(judgement: Judgement) -> list[tuple[str, str, str]]:
    """(type, status, first actor) of every finding."""
    return [
        (one.type.value, one.status.value, one.actors[0].id if one.actors else "")
        for one in judgement.findings
    ]


def best(judgement: Judgement) -> Finding:
    return judgement.findings[0]
