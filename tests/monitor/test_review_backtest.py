"""A change is tried on the log from the page: in a process of its own, bounded, and before it counts for anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from monitor.backtestjob import Asked, Backtests, BusyError, JobState
from monitor.config import Config
from monitor.database import open_database
from monitor.liverules import LiveRules
from tests.fakes import make_article
from tests.monitor.review_site import Browser, Elements, HandClock, served
from tests.monitor.stored import fill_log, write_config
from tests.monitor.test_liverules import RULE

#: A topic that one article of the log is about.
BREAD = """\
kind: watch
id: bakeries
title: Bread
terms:
  threshold: 10
  weights:
  - {t: [bakery], w: 10}
severity: [{else: low}]
channels: [console]
"""
#: Takes the place of the watch of the same id: it no longer holds anywhere.
ROAD = BREAD.replace("[bakery]", "[motorway]")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "local").mkdir()
    path = write_config(
        tmp_path,
        '[detect]\nlocal = ["local"]\n[review]\nport = 0\n[[watch]]\nname = "all"\nquery = "place:MA"\n',
    )
    return fill_log(path)


@pytest.fixture
def browser(config: Config) -> Iterator[Browser]:
    with served(config) as url:
        found = Browser(url)
        yield found
        found.close()


def ended(browser: Browser, path: str) -> str:
    """The page of a backtest once it has ended."""
    end = time.monotonic() + 60
    while "data-again" in (html := browser.page(path)):
        assert time.monotonic() < end
        time.sleep(0.1)
    return html


def text_of(html: str) -> str:
    return " ".join(Elements(html).text.split())


def decisions(config: Config) -> int:
    with closing(open_database(config.database, read_only=True)) as db:
        return int(db.execute("SELECT count(*) FROM decision").fetchone()[0])


def test_alerts_that_a_change_adds_are_shown_with_their_sentence(config: Config, browser: Browser) -> None:
    before = decisions(config)

    begun = browser.submit("/backtest", text=BREAD, file="", days="0")
    assert begun.status_code == 200, begun.text[:300]
    shown = text_of(ended(browser, begun.url.path))

    assert "3 articles judged" in shown
    assert "1 alerts now" in shown
    assert "2 with the change" in shown
    assert "Gained 1" in shown
    assert "Bakery wins prize" in shown
    assert "Lost 0" in shown
    assert decisions(config) == before
    assert list((config.detect.local[0]).iterdir()) == []


def test_alerts_that_a_change_of_a_file_takes_away_are_shown(config: Config) -> None:
    file = config.detect.local[0] / "bread.yaml"
    file.write_text(BREAD, encoding="utf-8")
    LiveRules(config, lambda: open_database(config.database), HandClock()).start()
    with served(config) as url:
        browser = Browser(url)
        form = browser.page(f"/backtest?file={file}")
        assert BREAD.strip() in unescape(form)

        begun = browser.submit("/backtest", text=ROAD, file=str(file), days="0")
        html = ended(browser, begun.url.path)
        browser.close()

    shown = text_of(html)
    assert "Gained 0" in shown
    assert "Lost 1" in shown
    assert "Bakery wins prize" in shown
    assert "motorway" in unescape(html), "the form to try again holds what was tried"
    assert file.read_text(encoding="utf-8") == BREAD


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kind: rule\nid: [", "is not YAML"),
        (BREAD.replace("kind: watch", "kind: rule"), "bakeries"),
        (BREAD.replace("console", "pigeon"), "pigeon"),
    ],
    ids=["no YAML", "wrong rule", "unknown channel"],
)
def test_change_that_would_be_refused_is_named_with_its_place(
    browser: Browser, text: str, named: str
) -> None:
    begun = browser.submit("/backtest", text=text, file="", days="30")

    shown = text_of(ended(browser, begun.url.path))

    assert "This would not come in force" in shown
    assert named in shown


@pytest.mark.parametrize("path", ["/backtest", "/backtest/stop"])
def test_backtest_from_another_site_or_without_a_form_token_is_refused(browser: Browser, path: str) -> None:
    fields = {"text": BREAD, "file": "", "days": "7", "name": "0" * 16}
    token = browser.token()

    assert browser.client.post(path, data=fields).status_code == 403
    foreign = {"origin": "https://evil.example"}
    assert browser.client.post(path, data={**fields, "csrftoken": token}, headers=foreign).status_code == 403


def test_nothing_to_try_is_told(browser: Browser) -> None:
    answer = browser.submit("/backtest", text="  ", file="", days="30")

    assert answer.status_code == 409
    assert "There is nothing to try" in answer.text


def test_shipped_rule_can_be_tried_with_a_change(browser: Browser) -> None:
    path = browser.find("/rules/dc-build", r'href="(/backtest\?rule=[^"]+)"')

    assert "id: dc-build" in unescape(browser.page(path))


def test_file_outside_of_the_configuration_is_not_shown(browser: Browser, tmp_path: Path) -> None:
    secret = tmp_path / "cspwatch.toml"

    assert "[[watch]]" not in unescape(browser.page(f"/backtest?file={secret}"))


def asked(config: Config) -> Asked:
    return Asked(config=config, held={}, changed={Path("new.yaml"): BREAD.encode()}, since=None)


def test_one_backtest_runs_at_a_time_and_can_be_stopped(config: Config) -> None:
    backtests = Backtests()
    name = backtests.start(asked(config))
    with pytest.raises(BusyError, match="runs already"):
        backtests.start(asked(config))
    job = backtests.get(name)
    assert job is not None

    job.stop()

    assert job.wait(20)
    assert job.progress.state is JobState.STOPPED
    assert backtests.running() is None


def test_backtest_that_takes_too_long_is_ended(config: Config) -> None:
    backtests = Backtests(longest=0.01)
    job = backtests.get(backtests.start(asked(config)))
    assert job is not None

    assert job.wait(20)
    assert job.progress.state is JobState.TOO_LONG


def test_failure_of_a_backtest_is_told(config: Config, tmp_path: Path) -> None:
    backtests = Backtests()
    gone = replace(asked(config), config=replace(config, state_dir=tmp_path / "nowhere"))
    job = backtests.get(backtests.start(gone))
    assert job is not None

    assert job.wait(60)
    assert job.progress.state is JobState.FAILED
    assert "no log there" in job.progress.error


def test_rule_on_trial_shows_what_it_would_have_found(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    rule = RULE.format(word="welcome", example="welcomes").replace("status: test", "status: experimental")
    (tmp_path / "local" / "own.yaml").write_text(rule, encoding="utf-8")
    path = write_config(tmp_path, '[detect]\nlocal = ["local"]\n[review]\nport = 0\n')
    bread = "Hetzner welcomes bread in Finland"

    with served(fill_log(path, (make_article(bread, f"{bread}."),))) as url, closing(Browser(url)) as opened:
        text = text_of(opened.page("/rules/own-welcome"))

    assert "On trial: what it would have found" in text
    assert text.count(bread) >= 2
    assert "would be the news" in text
