"""The whole path on the newsstand: real HTTP, Scrapy, trafilatura, SQLite, Apprise, SMTP and webhook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.config import Config, parse_config
from monitor.database import open_database
from monitor.demo.closing import Comparison
from monitor.demo.content import expectations, outlets
from monitor.demo.server import start_newsstand
from monitor.demo.sinks import Sinks, start_sinks
from tests.flow.newsroom import app_on, compared, delivered_alert_ids, make_all_due, queued_alert_ids

pytestmark = pytest.mark.slow


class Day:
    """What a day at the newsstand left: the log, what the receivers got, how the outlets answered."""

    def __init__(self, folder: Path, sinks: Sinks) -> None:
        self.folder = folder
        self.sinks = sinks
        self.baseline_alerts = 0
        self.last_answers: Counter[int] = Counter()
        self.new_in_last_round = -1
        self.comparison: Comparison | None = None


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("day")
    with start_sinks() as sinks, start_newsstand(datetime.now(UTC), phase=0, manners=False) as newsstand:
        day = Day(folder, sinks)
        app = app_on(newsstand, sinks, folder)
        with app.running():
            app.once()
            day.baseline_alerts = app.summary.alerts
            for _ in range(2):
                newsstand.advance()
                make_all_due(app)
                app.once()
            before, asked = app.summary.new_articles, len(newsstand.requests)
            make_all_due(app)
            app.once()
            day.new_in_last_round = app.summary.new_articles - before
            indexes = {(outlet.outlet_id, outlet.index_path) for outlet in outlets()}
            day.last_answers = Counter(
                request.status
                for request in newsstand.requests[asked:]
                if (request.outlet_id, request.path) in indexes
            )
        day.comparison = compared(app.config, newsstand)
        yield day


def test_first_crawl_fills_the_log_and_alerts_nobody(day: Day) -> None:
    with closing(open_database(day.folder / "cspwatch.db", read_only=True)) as db:
        stored = db.execute("SELECT count(*) FROM article WHERE baseline").fetchone()[0]

    assert stored > 0
    assert day.baseline_alerts == 0


def test_every_event_is_told(day: Day) -> None:
    assert day.comparison is not None
    assert day.comparison.missed == {}


def test_every_event_is_told_as_often_as_it_deserves(day: Day) -> None:
    assert day.comparison is not None
    assert day.comparison.repeated == {}
    assert day.comparison.exact


def test_no_look_alike_alerts(day: Day) -> None:
    assert day.comparison is not None
    assert day.comparison.false == ()
    assert day.comparison.strange == ()


def test_every_alert_arrives_once_on_each_channel(day: Day) -> None:
    queued = queued_alert_ids(_config(day))
    delivered = delivered_alert_ids(day.sinks)

    assert sorted(delivered) == sorted(queued)
    assert len(day.sinks.mails) == len(queued)


def test_second_run_on_an_unchanged_newsstand_finds_nothing_and_asks_conditionally(day: Day) -> None:
    assert day.new_in_last_round == 0
    assert day.last_answers[304] > 0
    assert set(day.last_answers) <= {200, 301, 304}


def test_nothing_of_a_page_but_the_article_is_stored(day: Day) -> None:
    leaked = []
    with closing(open_database(day.folder / "cspwatch.db", read_only=True)) as db:
        texts = list(
            db.execute("SELECT source_id, text FROM article JOIN article_version USING (article_id)")
        )
    for outlet in outlets():
        leaked += [
            (outlet.outlet_id, phrase)
            for source, text in texts
            if source == outlet.outlet_id
            for phrase in outlet.boilerplate
            if phrase in text
        ]

    assert leaked == []


def test_the_story_it_began_with_has_its_facts(day: Day) -> None:
    seed = next(event for event in expectations().events if event.event_id == "chinese-clouds-abroad")
    assert seed.all_articles
    with closing(open_database(day.folder / "cspwatch.db", read_only=True)) as db:
        rows = list(
            db.execute(
                "SELECT f.actors, f.places, f.quote, v.title, v.text, f.field, f.start, f.end"
                " FROM finding f JOIN article_version v"
                " ON v.article_id = f.article_id AND v.version = f.version WHERE f.current"
            )
        )
        amounts = {
            (unit, value)
            for unit, value in db.execute(
                "SELECT a.unit, CAST(a.value AS REAL) FROM finding_amount a JOIN finding_actor USING (id)"
                " WHERE actor = 'alibaba_cloud'"
            )
        }

    assert ("CNY", 400_000_000) in amounts
    assert ("REGION", 29) in amounts
    assert any("huawei" in actors and "MY" in places for actors, places, *_ in rows)
    for _, _, quote, title, text, field, start, end in rows:
        assert (title if field == "title" else text)[start:end] == quote


def _config(day: Day) -> Config:
    return parse_config({"store": {"path": str(day.folder)}}, day.folder / "cspwatch.toml")
