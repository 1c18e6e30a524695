"""The look at a page's words lets every page through that holds a finding, and few that hold none."""

from __future__ import annotations

import html
import json
from functools import cache
from pathlib import Path

import pytest

from crawler.extract import extract_page
from crawler.pagetext import page_text
from monitor.detect import Detector
from monitor.model import ArticleText
from monitor.prescreen import PageScreen
from tests.fakes import NOW
from tests.monitor.detecting import detector, knowledge

ARTICLES = Path(__file__).parents[1] / "eval" / "articles"


@cache
def judges() -> tuple[PageScreen, Detector]:
    return PageScreen(knowledge(), detector().rules.rules), detector()


def page_of(title: str, text: str, *, lang: str, around: str = "") -> bytes:
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n"))
    title = html.escape(title)
    declared = f' lang="{lang}"' if lang else ""
    return (
        f"<html{declared}><head><title>{title} | The Paper</title></head><body>{around}"
        f"<article><h1>{title}</h1>{paragraphs}</article>{around}</body></html>"
    ).encode()


@pytest.mark.parametrize("file", sorted(ARTICLES.glob("*.jsonl")), ids=lambda file: file.stem)
@pytest.mark.parametrize("declares", [True, False])
def test_every_labelled_article_with_findings_passes(file: Path, declares: bool) -> None:
    screen, detector = judges()
    missed = []
    for line in file.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        page = page_of(article["title"], article["text"], lang=article.get("lang", "") if declares else "")
        if screen.may_hold(page_text(page)):
            continue
        reading = extract_page(page, "https://a.example/1", fetched_at=NOW)
        judgement = detector.judge(
            ArticleText(article_id="1", title=reading.title, text=reading.text, language=reading.language)
        )
        if judgement.findings:
            missed.append((article["title"], [finding.rule for finding in judgement.findings]))

    assert missed == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Bakery wins prize", "A bakery in Porto won a prize for its bread. The jury praised the crust."),
        ("Amazon fires rage on", "The Amazon rainforest burns. Fires were seen in Brazil over the weekend."),
        ("Google updates its maps", "The app shows bicycle lanes now. Users had asked for that for years."),
        ("New shop opens in Bremen", "A shop for tea opens in Bremen. The owner expects many guests."),
    ],
)
def test_pages_without_a_fact_are_passed_over(title: str, text: str) -> None:
    share = "<ul><li>Share on Facebook</li><li>Google+</li></ul>"

    assert not judges()[0].may_hold(page_text(page_of(title, text, lang="en", around=share)))


@pytest.mark.parametrize(
    "page",
    [
        b"<html lang=en><title>AWS opens region in Malaysia</title><p>It is the second of its kind.",
        b"<html lang=en><h1>New region</h1><p>The region is open.<p><span class=drop-cap>A</span>WS opened a cloud region in Malaysia.",
        b'<html lang=en><meta property="og:title" content="Oracle opens cloud region in Casablanca"><p>More.',
        "<html><title>阿里云在马来西亚新建数据中心</title><p>消息".encode("gb18030"),
        b'<html><script type="application/ld+json">{"headline": "AWS \\u00f6ffnet Rechenzentrum in Berlin"}</script>',
    ],
)
def test_facts_pass_wherever_and_however_they_are_written(page: bytes) -> None:
    assert judges()[0].may_hold(page_text(page))


def test_language_of_the_outlet_is_believed_over_that_of_the_page() -> None:
    page = page_text(page_of("AWS baut Rechenzentrum in Berlin", "Mehr dazu in Kürze hier.", lang="en"))

    assert judges()[0].may_hold(page, language="de")
    assert judges()[0].may_hold(page_text(page_of("AWS baut Rechenzentrum in Berlin", "Mehr.", lang="")))
