"""What `cspwatch status` says of this machine's network and clock."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.articlelog import store_article
from monitor.articlestates import quarantine
from monitor.cli import cli
from monitor.clock import SystemClock
from monitor.config import Config, load_config
from monitor.database import open_database, time_text, writing
from monitor.runlog import log_event
from monitor.sourcelog import store_sources, update_source
from monitor.status import read_status, render_status
from tests.fakes import make_article, make_source

HOUR = timedelta(hours=1)


def log_in(folder: Path) -> Config:
    config = replace(load_config(None), state_dir=folder)
    with closing(open_database(config.database)) as db, writing(db):
        store_sources(db, [make_source("a")], SystemClock().now())
    return config


def test_network_that_is_down_and_a_clock_that_moved_are_shown(tmp_path: Path) -> None:
    config, now = log_in(tmp_path), SystemClock().now()
    with closing(open_database(config.database)) as db, writing(db):
        log_event(db, "clock", "poller", "nothing ran for 8:00:00", now - 2 * HOUR)
        log_event(db, "network-captured", "poller", "log in to it", now - HOUR)
        log_event(db, "clock", "poller", "the clock moved by 10 days", now - 48 * HOUR)

    status = read_status(config)
    told = render_status(status)

    assert "  ! log in to it (since" in told
    assert "nothing ran for 8:00:00" in told
    assert "10 days" not in told
    assert status.to_json()["network"] == status.network != ""


def test_network_that_is_back_is_no_trouble_any_more(tmp_path: Path) -> None:
    config, now = log_in(tmp_path), SystemClock().now()
    with closing(open_database(config.database)) as db, writing(db):
        log_event(db, "network-down", "poller", "no host answers", now - HOUR)
    assert read_status(config).network.startswith("no host answers")

    with closing(open_database(config.database)) as db, writing(db):
        update_source(
            db, "a", {"last_success_at": time_text(now)}
        )  # read after a restart, which noted nothing
    assert read_status(config).network == ""

    with closing(open_database(config.database)) as db, writing(db):
        update_source(db, "a", {"last_success_at": None})
        log_event(db, "network-up", "poller", "the network answers again", now)
    assert read_status(config).network == ""
    assert "the network answers again" in render_status(read_status(config))


def test_proxy_of_the_environment_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    config = log_in(tmp_path)
    assert read_status(config).proxy == ""

    monkeypatch.setenv("http_proxy", "http://me:s3cret@10.0.0.1:3128")
    monkeypatch.setenv("HTTPS_PROXY", "http://10.0.0.1:3128")

    told = render_status(read_status(config))
    assert "  ! http_proxy, https_proxy is set but not used; set [crawl] proxy instead" in told
    assert "s3cret" not in told


def test_articles_that_could_not_be_judged_are_shown_and_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "cspwatch.toml").write_text('[store]\npath = "."\n', encoding="utf-8")
    config = load_config(tmp_path / "cspwatch.toml")
    with closing(open_database(config.database)) as db, writing(db):
        bad = store_article(db, make_article("Bad"), SystemClock().now()).article_id
        quarantine(db, bad, "ValueError")
    shown = render_status(read_status(config))

    again = CliRunner().invoke(cli, ["-c", str(config.path), "rules", "rejudge", "--set-aside"])

    assert "  ! 1 article could not be judged; `cspwatch why` says the reason" in shown
    assert again.output == "1 article will be judged anew.\n"
    status = read_status(config)
    assert (status.set_aside, status.backlog) == (0, 1)
    assert "could not be judged" not in render_status(status)
