"""The review page in a real browser: what an analyst does, with mouse and keyboard, on a log filled the real way."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from monitor.database import open_database
from monitor.review.server import ReviewServer
from tests.browser.browsing import (
    CHROMIUM,
    PHONE,
    Seen,
    chromium,
    faults,
    tab_to,
    too_wide,
    unseen_focus,
    watched,
)
from tests.browser.newsstand_log import HOSTILE_HOST, HOSTILE_WORD, fill

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: see requirements-dev.lock")
pytest.importorskip(
    "axe_playwright_python", reason="axe-playwright-python is not installed: see requirements-dev.lock"
)

from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]

HUAWEI_TITLE = "华为云沙特利雅得第二可用区正式启用"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A running review page, with the addresses of an article, its story, and the hostile article."""

    origin: str
    browser: Browser
    article: str
    story: str
    hostile: str
    hostile_story: str

    @property
    def pages(self) -> dict[str, str]:
        """Every kind of page by name."""
        return {
            "Today": "/?days=30",
            "Story": self.story,
            "Article": self.article,
            "Ledger": "/ledger?background=1&by=place",
            "Sources": "/sources",
            "Alerts": "/alerts",
            "Rules": "/rules",
            "Rule": "/rules/dc-build",
            "Source": "/sources/rackpost",
            "Precision": "/precision",
            "Search": "/search?q=%E5%8D%8E%E4%B8%BA",
            "Version": f"{self.article}/version/1",
            "Why": "/why?url=https://never.example/seen",
            "Missed": "/missed",
            "Backtest": "/backtest?rule=dc-build",
            "Data": "/cspwatch",
            "Table": "/cspwatch/article?_facet=language&language=en",
            "View": "/cspwatch/ledger",
            "SQL": "/cspwatch?sql=select+title,+url+from+article+where+language+=+:lang&lang=en",
            "Row": "/cspwatch/article/1",
        }


PAGES = (
    "Today",
    "Story",
    "Article",
    "Ledger",
    "Sources",
    "Alerts",
    "Rules",
    "Rule",
    "Source",
    "Precision",
    "Search",
    "Version",
    "Why",
    "Missed",
    "Backtest",
    "Data",
    "Table",
    "View",
    "SQL",
    "Row",
)


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    config = fill(tmp_path_factory.mktemp("review"))
    article, story = _address(config.database, HUAWEI_TITLE)
    hostile, hostile_story = _address(config.database, HOSTILE_WORD)
    server = ReviewServer(config)
    server.start()
    try:
        with chromium() as browser:
            yield Review(
                origin=server.url,
                browser=browser,
                article=article,
                story=story,
                hostile=hostile,
                hostile_story=hostile_story,
            )
    finally:
        server.stop()


def _address(database: Path, title: str) -> tuple[str, str]:
    with closing(open_database(database, read_only=True)) as db:
        article_id, story_id = db.execute(
            "SELECT article_id, story_id FROM article JOIN story_article USING (article_id)"
            " WHERE instr(article.title, ?)",
            [title],
        ).fetchone()
    return f"/article/{article_id}", f"/story/{story_id}"


@pytest.fixture
def visit(review: Review) -> Iterator[tuple[Page, Seen]]:
    """A page on a desktop. Whatever a test does: nothing is logged, nothing asked of others, no dialog opens."""
    with watched(review.browser, review.origin) as (page, seen):
        yield page, seen
        assert seen.errors == []
        assert seen.foreign == []
        assert seen.dialogs == []


def judged(page: Page) -> tuple[int, int]:
    """Right and all judged articles, as the precision page says."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Precision").click()
    expect(page.get_by_role("heading", name="Precision", level=1)).to_be_visible()
    found = re.search(r"Right in (\d+) of (\d+) judged articles", page.locator("main").inner_text())
    return (int(found[1]), int(found[2])) if found else (0, 0)


def test_story_is_found_by_two_characters_marked_wrong_and_the_verdict_undone(
    review: Review, visit: tuple[Page, Seen]
) -> None:
    page, _ = visit
    page.goto("/")
    before = judged(page)

    page.get_by_label("Search the log").fill("华为")
    page.get_by_role("button", name="Search").click()
    stories = page.get_by_role("region", name="Stories")
    expect(stories.get_by_role("link", name=re.compile("Huawei Cloud.*Riyadh"))).to_be_visible()
    page.get_by_role("region", name="Articles").get_by_role("link", name=HUAWEI_TITLE).click()
    expect(page.locator("h1 mark.k-actor")).to_have_text("华为云")
    expect(page.locator(".text mark.k-place").first).to_have_text("沙特阿拉伯")
    expect(page.locator("blockquote mark.k-actor").first).to_have_text("华为云")

    page.get_by_text("Wrong, and why").click()
    page.get_by_label("Reason").fill("a second zone, no new region")
    page.get_by_role("button", name="Record: wrong").click()
    recorded = page.locator(".recorded").filter(has_text="a second zone")
    expect(recorded).to_contain_text("wrong (article: a second zone, no new region) · page")
    expect(page.get_by_role("button", name="wrong", exact=True)).to_have_attribute("aria-pressed", "true")
    assert faults(page) == []
    assert judged(page) == (before[0], before[1] + 1)
    assert faults(page) == []
    expect(page.get_by_role("row").filter(has_text="a second zone").first).to_contain_text("wrong")
    page.get_by_role("link", name="source", exact=True).click()
    expect(
        page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=re.compile("yunbian|云边")))
    ).to_have_count(1)

    page.goto(review.article)
    recorded.get_by_role("button", name="Undo").click()
    expect(recorded).to_have_count(0)
    assert judged(page) == before
    expect(page.get_by_role("row").filter(has_text="a second zone").first).to_contain_text("undone")


def test_ledger_is_filtered_and_downloaded_as_it_is_shown(visit: tuple[Page, Seen], tmp_path: Path) -> None:
    page, _ = visit
    page.goto("/ledger")
    all_facts = page.locator("table.ledger tbody tr").count()
    page.get_by_label("Provider").select_option(label="Microsoft")
    page.get_by_label("Place").select_option(label="Germany")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Provider")).to_have_value("microsoft")
    shown = page.locator("table.ledger tbody tr")
    quotes = [text.strip() for text in shown.locator("q").all_inner_texts()]

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "ledger.csv")
    rows = list(csv.DictReader((tmp_path / "ledger.csv").open(encoding="utf-8-sig", newline="")))

    assert download.value.suggested_filename == "ledger.csv"
    assert 0 < len(rows) < all_facts
    assert [row["quote"] for row in rows] == quotes
    assert all("microsoft" in row["actors"] and "DE" in row["places"] for row in rows)
    assert all("Microsoft" in cell for cell in shown.locator("[data-name=Who]").all_inner_texts())
    assert all("Germany" in cell for cell in shown.locator("[data-name=Where]").all_inner_texts())


def test_everything_is_reached_and_done_with_the_keyboard(visit: tuple[Page, Seen]) -> None:
    page, _ = visit
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert unseen_focus(page) == ""
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    page.goto("/")
    tab_to(page, "#q")
    page.keyboard.type("阿里")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search", level=1)).to_be_visible()
    tab_to(page, "section[aria-labelledby=stories] h3 a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
    tab_to(page, "button[value=useful]")
    page.keyboard.press("Enter")
    recorded = page.locator(".recorded")
    expect(recorded).to_contain_text("Recorded: useful · page")
    tab_to(page, ".recorded button")
    page.keyboard.press("Space")
    expect(recorded).to_have_count(0)


def test_slash_leads_to_the_search_and_j_and_k_walk_the_stories(visit: tuple[Page, Seen]) -> None:
    page, _ = visit
    page.goto("/?days=30")
    first, second = (page.locator(".card h3 a").nth(number) for number in (0, 1))

    page.keyboard.press("j")
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(second).to_be_focused()
    assert unseen_focus(page) == ""
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search the log")).to_be_focused()
    page.keyboard.type("jk/")

    expect(page.get_by_label("Search the log")).to_have_value("jk/")


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_fits_a_phone_and_keeps_to_itself(
    review: Review, visit: tuple[Page, Seen], name: str
) -> None:
    page, seen = visit
    answer = page.goto(review.pages[name])
    assert answer is not None
    assert answer.ok
    found = [f"light: {fault}" for fault in faults(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in faults(page)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    found += [f"phone: {fault}" for fault in faults(page)]

    assert found == []
    assert too_wide(page) == []
    assert seen.requests >= 3  # page, style and script: the watch works


@pytest.mark.parametrize("language", ["de", "zh"])
@pytest.mark.parametrize("name", ["Today", "Story", "Article", "Ledger", "Alerts", "Rules", "Backtest"])
def test_page_in_another_language_is_accessible_and_fits_a_phone(
    review: Review, visit: tuple[Page, Seen], name: str, language: str
) -> None:
    page, _ = visit
    page.set_viewport_size(PHONE)
    path = review.pages[name]

    page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")

    assert page.locator("html").get_attribute("lang") == language
    assert faults(page) == []
    assert too_wide(page) == []


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_every_page_of_the_navigation_is_in_sight_on_a_phone(visit: tuple[Page, Seen], language: str) -> None:
    page, _ = visit
    page.set_viewport_size(PHONE)
    page.goto(f"/?lang={language}")

    boxes = [link.bounding_box() for link in page.locator("header nav a").all()]

    assert len(boxes) == 7
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in boxes)


@pytest.mark.parametrize(
    ("button", "language", "words"),
    [("Deutsch", "de", ("Riad", "Saudi-Arabien")), ("中文", "zh", ("利雅得", "华为云"))],
)
def test_headlines_speak_the_language_that_was_chosen(
    review: Review, visit: tuple[Page, Seen], button: str, language: str, words: tuple[str, str]
) -> None:
    page, _ = visit
    page.goto(review.story)
    headline = page.locator("h1 bdi")
    expect(headline).to_contain_text("Riyadh")

    page.get_by_role("button", name=button).click()
    expect(headline).to_have_attribute("lang", language)
    for word in words:
        expect(headline).to_contain_text(word)
    page.goto("/?days=30")

    expect(page.locator(f"a[href='{review.story}'] bdi")).to_contain_text(words[0])


def test_hostile_article_neither_runs_nor_loads_anything(review: Review, visit: tuple[Page, Seen]) -> None:
    page, seen = visit
    page.set_viewport_size(PHONE)
    for path in (
        review.hostile,
        f"{review.hostile}/version/1",
        review.hostile_story,
        f"/search?q={HOSTILE_WORD}",
        "/?days=30",
        "/ledger?background=1",
        "/alerts",
        "/sources",
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        page.wait_for_load_state("networkidle" if path == review.hostile else "load")
        assert unquote(page.url) == f"{review.origin}{path}"
        assert page.title() != "ran", path
        made = page.locator(
            "main script, main img, main iframe, main style, main link, main meta, main b, [onerror], "
            "a[href^='javascript:' i], [style]"
        )
        assert made.count() == 0, f"{path}: {made.first.evaluate('element => element.outerHTML')}"
        assert HOSTILE_HOST not in "".join(
            page.eval_on_selector_all("[href], [src]", "all => all.map(e => e.href + ' ' + e.src)")
        )
        assert not re.search("[\u202a-\u202e\u2066-\u2069]", page.locator("main").inner_text()), path
        assert too_wide(page) == [], path
    page.goto(review.hostile)

    expect(page.locator("h1")).to_contain_text("<script>document.title='ran'</script>")
    assert seen.foreign == []


def test_watch_over_a_page_notices_what_it_should(review: Review) -> None:
    with watched(review.browser, review.origin, phone=True) as (page, seen):
        page.set_content(
            f"<img src='https://{HOSTILE_HOST}/pixel.png'><p style='width:900px;color:#bbb;background:#fff'>faint</p>"
            "<script>alert(1); console.error('seen'); missing()</script>"
        )

        assert any(HOSTILE_HOST in url for url in seen.foreign)
        assert seen.dialogs
        assert any("seen" in text for text in seen.errors)
        assert any("missing" in text for text in seen.errors)
        assert too_wide(page)
        assert any("color-contrast" in fault for fault in faults(page))
