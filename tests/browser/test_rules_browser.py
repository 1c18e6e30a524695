"""The Rules page in a real browser: a change is tried before it counts, a file that fails is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.database import open_database
from monitor.liverules import LiveRules
from monitor.review.server import ReviewServer
from tests.browser.browsing import CHROMIUM, PHONE, Seen, chromium, faults, too_wide, watched
from tests.monitor.review_site import HandClock
from tests.monitor.stored import fill_log, write_config
from tests.monitor.test_review_backtest import BREAD

pytest.importorskip("playwright.sync_api", reason="playwright is not installed: see requirements-dev.lock")
pytest.importorskip(
    "axe_playwright_python", reason="axe-playwright-python is not installed: see requirements-dev.lock"
)

from playwright.sync_api import Browser, Page, expect

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A review page on a small log, with a monitor's files in force."""

    config: Config
    live: LiveRules
    origin: str
    browser: Browser


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rules]:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "local").mkdir()
    path = write_config(
        folder,
        '[detect]\nlocal = ["local"]\n[review]\nport = 0\n[[watch]]\nname = "all"\nquery = "place:MA"\n',
    )
    config = fill_log(path)
    (folder / "local" / "bread.yaml").write_text(BREAD.replace("[bakery]", "[motorway]"), encoding="utf-8")
    live = LiveRules(config, lambda: open_database(config.database), HandClock())
    live.start()
    server = ReviewServer(config, current=lambda: live.config)
    server.start()
    try:
        with chromium() as browser:
            yield Rules(config=config, live=live, origin=server.url, browser=browser)
    finally:
        server.stop()


@pytest.fixture
def visit(rules: Rules) -> Iterator[tuple[Page, Seen]]:
    with watched(rules.browser, rules.origin) as (page, seen):
        yield page, seen
        assert seen.errors == []
        assert seen.foreign == []
        assert seen.dialogs == []


def all_faults(page: Page) -> list[str]:
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    found += faults(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    return found + faults(page) + too_wide(page)


def test_change_of_a_file_is_tried_and_shows_the_alert_it_adds(
    rules: Rules, visit: tuple[Page, Seen]
) -> None:
    page, _ = visit
    page.goto("/rules")
    page.get_by_role("listitem").filter(has_text="bread.yaml").get_by_role(
        "link", name="Try a change"
    ).click()
    editor = page.get_by_label("Documents (YAML)")
    expect(editor).to_have_value(BREAD.replace("[bakery]", "[motorway]"))

    editor.fill(BREAD)
    page.get_by_label("Articles of the last").select_option("all articles")
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_role("heading", name="Gained 1")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="Bakery wins prize")).to_be_visible()
    expect(page.get_by_role("heading", name="Lost 0")).to_be_visible()
    assert all_faults(page) == []
    assert "motorway" in (rules.config.detect.local[0] / "bread.yaml").read_text(encoding="utf-8")


def test_mistake_is_named_before_it_is_saved(visit: tuple[Page, Seen]) -> None:
    page, _ = visit
    page.goto("/backtest")
    page.get_by_label("Documents (YAML)").fill(BREAD.replace("console", "pigeon"))
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_text("there is no channel 'pigeon'")).to_be_visible(timeout=60_000)
    assert all_faults(page) == []


def test_refused_file_stands_on_the_rules_page_with_place_and_remedy(
    rules: Rules, visit: tuple[Page, Seen]
) -> None:
    file: Path = rules.config.detect.local[0] / "bread.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("console", "pigeon"), encoding="utf-8")
    rules.live.look()
    assert rules.live.look()
    page, _ = visit

    page.goto("/rules")

    note = page.locator(".note").filter(has_text="bread.yaml")
    expect(note).to_contain_text("refused")
    expect(note).to_contain_text("its last good version counts")
    expect(note).to_contain_text("there is no channel 'pigeon'")
    expect(note).to_contain_text("Channels are: console")
    assert all_faults(page) == []

    file.write_text(good + "# mended\n", encoding="utf-8")
    rules.live.look()
    assert rules.live.look()
    page.reload()
    expect(page.locator(".note").filter(has_text="refused")).to_have_count(0)

    file.write_text(good, encoding="utf-8")  # the module's other tests read it, in any order
    rules.live.look()
    assert rules.live.look()
