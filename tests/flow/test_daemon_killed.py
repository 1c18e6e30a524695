"""The daemon is killed at ten points of its work and started again: no article, no alert is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config import Config, load_config
from monitor.database import open_database, quick_check, writing
from monitor.demo.server import Newsstand, start_newsstand
from monitor.demo.sinks import Sinks, start_sinks
from monitor.sourcelog import make_due
from tests.flow.newsroom import article_urls, compared, queued_alert_ids

pytestmark = pytest.mark.slow

#: Seconds after the start; imports take one, the crawl two, judging and delivery the rest.
KILLED_AFTER = (0.4, 0.8, 1.2, 1.6, 2.0, 2.4, 2.8, 3.3, 3.9, 4.6)


def write_config(folder: Path, newsstand: Newsstand, sinks: Sinks) -> Path:
    """A configuration file as a person would write it, with the newsstand as the user's own sources."""
    sources = [
        {
            "id": source.source_id,
            "name": source.name,
            "url": source.url,
            "kind": source.kind.value,
            "homepage": source.homepage,
            "language": source.language,
            "family": source.family,
            **({"body_selector": source.body_selector} if source.body_selector else {}),
            **({"article_pattern": source.article_pattern} if source.article_pattern else {}),
        }
        for source in newsstand.sources
    ]
    (folder / "sources.yaml").write_text(json.dumps(sources), encoding="utf-8")
    allowed = json.dumps(sorted(newsstand.allowed_addresses))
    path = folder / "cspwatch.toml"
    path.write_text(
        f"""
        [crawl]
        catalogue = false
        sources = ["sources.yaml"]
        delay = "0.02s"
        allow_private = {allowed}
        [[watch]]
        name = "csp-expansion"
        channels = ["hook"]
        [[channel]]
        name = "hook"
        url = "{sinks.json_url}"
        per_hour = 10000
        [schedule]
        tick = "1s"
        messages_per_minute = 10000
        [review]
        enabled = false
        """,
        encoding="utf-8",
    )
    return path


def daemon(config: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "monitor", "--config", str(config), "run", *arguments]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )


def make_all_due(config: Config) -> None:
    with closing(open_database(config.database)) as db, writing(db):
        make_due(db, datetime.now(UTC))


def wait_until_done(config: Config, newsstand: Newsstand, seconds: float) -> None:
    """Until every source was polled, every article judged and nothing is due in the outbox."""
    end = time.monotonic() + seconds
    settled = 0
    while time.monotonic() < end and settled < 3:
        time.sleep(0.5)
        with closing(open_database(config.database, read_only=True)) as db:
            waiting = db.execute("SELECT count(*) FROM article WHERE state = 'new'").fetchone()[0]
            open_rows = db.execute(
                "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
            ).fetchone()[0]
            due = db.execute(
                "SELECT count(*) FROM source WHERE next_due <= ?",
                [datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
            ).fetchone()[0]
        settled = settled + 1 if waiting == open_rows == due == 0 else 0


def test_ten_kills_lose_nothing(tmp_path: Path) -> None:
    with start_sinks() as sinks, start_newsstand(datetime.now(UTC), phase=0, manners=False) as newsstand:
        path = write_config(tmp_path, newsstand, sinks)
        config = load_config(path)
        assert daemon(path, "--once").wait(60) == 0
        newsstand.advance()
        for seconds in KILLED_AFTER:
            make_all_due(config)
            process = daemon(path)
            time.sleep(seconds)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        make_all_due(config)
        process = daemon(path)
        wait_until_done(config, newsstand, 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0

        comparison = compared(config, newsstand)
        posts = Counter(str(post.data["id"]) for post in sinks.posts if isinstance(post.data, dict))
        flagged = Counter(
            str(post.data["id"])
            for post in sinks.posts
            if isinstance(post.data, dict) and post.data.get("possible_repeat")
        )
        with closing(open_database(config.database, read_only=True)) as db:
            sound = quick_check(db)
        served = {url.partition("?")[0] for url in newsstand.urls.values()}
        stored = {url.partition("?")[0] for url in article_urls(config)}

    assert sound == ()
    assert comparison.missed == {} or set(comparison.missed) == _later_only(comparison.missed)
    assert comparison.false == ()
    assert set(posts) == queued_alert_ids(config)
    assert all(count - 1 <= flagged[alert_id] for alert_id, count in posts.items()), (posts, flagged)
    assert len(stored & served) > 50


def _later_only(missed: object) -> set[str]:
    """Events whose further developments are published later in the day are not due yet."""
    from monitor.demo.content import expectations

    assert isinstance(missed, dict)
    alerts = {event.event_id: event.alerts for event in expectations().events}
    return {event_id for event_id, number in missed.items() if number < alerts[event_id]}
