"""What the feedback tests share: a log in a folder with articles judged by the real rules, and the commands on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from click.testing import CliRunner, Result

from crawler.items import Article
from monitor.articlelog import store_article
from monitor.cli import cli
from monitor.config import Config, load_config
from monitor.database import open_database, writing
from monitor.judging import judge_of
from monitor.processing import process_next
from monitor.sourcelog import store_sources
from monitor.watches import configured
from tests.fakes import NOW, make_article, make_source

OPENING = make_article(
    "Oracle opens cloud region in Casablanca",
    "Oracle said on Monday that its first cloud region in Morocco is live. The company invested 140 million dollars.",
    slug="casablanca",
)
BUILDING = make_article(
    "Microsoft to build data center near Malmö",
    "Microsoft plans to build a new data center near Malmö in Sweden. Work starts next year.",
    slug="malmo",
)
BAKERY = make_article(
    "Bakery wins prize",
    "A bakery in Porto won a prize for its bread. The jury liked the crust.",
    slug="bakery",
)


def write_config(folder: Path, text: str = "") -> Path:
    """A configuration whose log is `folder`/state/cspwatch.db."""
    path = folder / "cspwatch.toml"
    path.write_text(text or '[[watch]]\nname = "all"   # everything\n', encoding="utf-8")
    return path


def fill_log(
    path: Path, articles: Sequence[Article] = (OPENING, BUILDING, BAKERY), *, now: datetime = NOW
) -> Config:
    """Store the articles and judge them as the daemon does."""
    config = load_config(path)
    with closing(open_database(config.database)) as db:
        with writing(db):
            store_sources(db, (make_source(),), now)
            for article in articles:
                store_article(db, article, now)
        judge, documents = judge_of(config)
        watches = (*configured(config.watches, judge.knowledge, documents), *documents)
        while process_next(db, judge, watches, config.channels, now):
            pass
    return config


def run(path: Path, *arguments: str) -> Result:
    """A command on this configuration, in this process."""
    return CliRunner().invoke(cli, ["--config", str(path), *arguments])


def id_of(config: Config, title: str) -> str:
    """The id of the article with this headline."""
    with closing(open_database(config.database, read_only=True)) as db:
        return str(db.execute("SELECT article_id FROM article WHERE title = ?", [title]).fetchone()[0])
