"""The whole application on the demo newsstand, for flow tests: configuration, runs, and what reached the receivers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from monitor.app import App
from monitor.config import Config
from monitor.database import open_database, writing
from monitor.demo.closing import Comparison, compare
from monitor.demo.content import expectations
from monitor.demo.play import demo_config
from monitor.demo.server import Newsstand
from monitor.demo.sinks import Sinks
from monitor.sourcelog import make_due
from monitor.storylog import leading_urls


def app_on(newsstand: Newsstand, sinks: Sinks, folder: Path) -> App:
    """The application as `cspwatch demo` runs it."""
    return App(demo_config(folder, newsstand, sinks), sources=newsstand.sources)


def make_all_due(app: App) -> None:
    """Let every source be polled at once, as if its time had come."""
    with closing(app.open_db()) as db, writing(db):
        make_due(db, app.clock.now())


def compared(config: Config, newsstand: Newsstand) -> Comparison:
    """The alerts of the log against the events of the newsstand."""
    with closing(open_database(config.database, read_only=True)) as db:
        return compare(leading_urls(db), newsstand.urls, expectations())


def article_urls(config: Config) -> set[str]:
    """Addresses of all stored articles."""
    with closing(open_database(config.database, read_only=True)) as db:
        return {str(row[0]) for row in db.execute("SELECT url FROM article")}


def queued_alert_ids(config: Config) -> set[str]:
    """Ids of all alerts in the outbox."""
    with closing(open_database(config.database, read_only=True)) as db:
        return {
            str(row[0]) for row in db.execute("SELECT DISTINCT alert_id FROM outbox WHERE kind = 'alert'")
        }


def delivered_alert_ids(sinks: Sinks) -> list[str]:
    """Ids of the alerts that the webhook got, in order, repeats included."""
    return [str(found["id"]) for post in sinks.posts for found in _alerts(post.data)]


def _alerts(data: object) -> Sequence[dict[str, object]]:
    assert isinstance(data, dict), json.dumps(data)
    inner = data.get("alerts", [data])
    assert isinstance(inner, list)
    return inner
