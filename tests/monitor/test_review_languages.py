"""Every page in every language: a walk over a filled log that asks the catalogues for all that is said."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.database import open_database, writing
from monitor.errors import Problem
from monitor.localfilelog import LocalFile, keep_files
from monitor.review import wording
from monitor.review.pages import LANGUAGES
from monitor.runlog import log_event
from tests.fakes import NOW
from tests.monitor.review_site import Browser, Elements, config_for, fill, served

OTHERS = [language for language in LANGUAGES if language != "en"]
#: Every kind of page, found or not; pages of stories and articles are added.
PAGES = (
    "/",
    "/?days=30",
    "/search",
    "/search?q=zzqx",
    "/why",
    "/why?url=https://example.example/unseen",
    "/why?url=https://elsewhere.test/a",
    "/why?url=https://never.example/seen",
    "/why?url=a0000000",
    "/ledger",
    "/ledger?background=1&direction=contraction",
    "/ledger?q=zzqx",
    "/sources",
    "/sources?show=trouble",
    "/sources/zweite",
    "/sources/example",
    "/alerts",
    "/rules",
    "/rules/dc-build",
    "/rules/no-such-rule",
    "/precision",
    "/precision?by=source&days=30",
    "/missed",
    "/backtest",
    "/backtest/0000",
    "/story/s0000000",
    "/article/a0000000",
    "/nowhere",
    "/cspwatch",
    "/cspwatch/article?_facet=language",
    "/cspwatch/ledger",
    "/cspwatch/article/1",
    "/cspwatch?sql=select+1",
    "/cspwatch?sql=select+nothing",
    "/cspwatch?sql=select+1+where+0",
)


class Watched(dict[str, str]):
    """A catalogue that remembers what it was asked for in vain."""

    def __init__(self, known: dict[str, str]) -> None:
        super().__init__(known)
        self.missing: set[str] = set()

    def get(self, sentence: str, default: str = "") -> str:  # type: ignore[override]  # as the pages ask it
        if sentence not in self and any(char.isalpha() for char in re.sub(r"\{\d\}", "", sentence)):
            self.missing.add(sentence)
        return super().get(sentence, default)


def make_trouble(folder: Path) -> None:
    """A failing and a held source, a broken clock, a file that was refused."""
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        db.execute(
            "UPDATE source SET failure_score = 9, last_outcome = 'timed-out', failing_since = ?, held_since = ?,"
            " held_reason = 'flood', moved_to = 'https://new.example/' WHERE source_id = 'zweite'",
            [NOW.isoformat(), NOW.isoformat()],
        )
        log_event(db, "network-down", "poller", "no source answers", NOW - timedelta(hours=1))
        problem = Problem(place="own.yaml: line 3", message="no such key", remedy="Remove it")
        keep_files(
            db, [LocalFile(path=Path("own.yaml"), content=None, good=False, since=None, problems=(problem,))]
        )


@pytest.fixture(params=OTHERS)
def watched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Watched]:
    """A language and its catalogue, which every page will ask."""
    language = str(request.param)
    catalogue = Watched(dict(wording.catalogue(language)))
    monkeypatch.setattr(wording, "catalogue", lambda _: catalogue)
    return language, catalogue


def test_walk_over_all_pages_meets_nothing_without_a_translation(
    tmp_path: Path, watched: tuple[str, Watched]
) -> None:
    language, catalogue = watched
    fill(tmp_path)
    make_trouble(tmp_path)
    with served(config_for(tmp_path)) as url, closing(Browser(url)) as browser:
        browser.get(f"/?lang={language}")
        browser.submit("/missed", url="https://never.example/seen")
        found = re.findall(r'href="(/story/s\w+)"', browser.page("/"))
        found += re.findall(
            r'href="(/article/a\w+)"', browser.page("/search?q=cloud OR recipes OR AWS OR 华为")
        )
        story = found[0].removeprefix("/story/")
        browser.submit("/verdict", kind="story", id=story, verdict="wrong", reason="x")
        browser.submit("/mute", story_id=story, days="7")
        for path in dict.fromkeys((*found, *PAGES)):
            assert browser.get(path).status_code in {200, 400, 404}, path
        browser.submit("/silence", matchers="nonsense")
        browser.submit("/missed", url="no address")

    assert len(found) > 6
    assert catalogue.missing == set()


def test_article_tells_its_path_in_german_and_in_chinese(tmp_path: Path) -> None:
    fill(tmp_path)
    with served(config_for(tmp_path)) as url, closing(Browser(url)) as browser:
        article = browser.find("/search?q=华为", r'href="(/article/a[0-9a-f]+)"')
        german = Elements(browser.page(f"{article}?lang=de")).text
        chinese = Elements(browser.page(f"{article}?lang=zh")).text

    assert "Er wurde gemeldet." in german
    assert "gemeldet: eine neue Geschichte (alert:new-story); entschieden" in german
    assert "已发出提醒。" in chinese
    assert "提醒：新事件" in chinese
    assert "it alerts" not in german + chinese
