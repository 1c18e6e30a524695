"""The public evaluation texts beside the checkout: nothing fails, quotes hold, background stays quiet."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monitor.model import ArticleText, Field
from tests.monitor.detecting import detector

REAL = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "news-real"
MOST_FLAGGED = 0.002

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason="no shared folder beside the checkout"),
]


def articles(name: str) -> list[ArticleText]:
    rows = [json.loads(line) for line in (REAL / name).read_text(encoding="utf-8").splitlines()]
    return [
        ArticleText(
            article_id=row["id"],
            title=row.get("title") or "",
            text=row.get("text") or "",
            language=row["lang"],
        )
        for row in rows
    ]


@pytest.mark.parametrize("name", ["labelled.jsonl", "labelled_pages.jsonl"])
def test_real_texts_are_judged_and_every_quote_is_its_span(name: str) -> None:
    for article in articles(name):
        for finding in detector().judge(article).findings:
            stored = article.title if finding.evidence.span.field is Field.TITLE else article.text
            assert stored[finding.evidence.span.start : finding.evidence.span.end] == finding.evidence.quote


def test_texts_that_name_no_provider_are_hardly_ever_flagged() -> None:
    background = articles("background.jsonl")

    flagged = [article.article_id for article in background if detector().judge(article).relevant]

    assert len(flagged) <= MOST_FLAGGED * len(background), flagged
