"""Search sources are asked for what the watches want, over real HTTP."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from monitor.app import App
from monitor.config import load_config
from monitor.database import open_database, rows
from tests.outlet import Outlet


def test_a_search_is_asked_once_for_the_words_of_each_watch(tmp_path: Path) -> None:
    with Outlet() as outlet:
        source = {"id": "hits", "name": "Hits", "kind": "search", "url": outlet.url("/feed?n=2&q={query}")}
        (tmp_path / "sources.yaml").write_text(json.dumps([source]), encoding="utf-8")
        path = tmp_path / "cspwatch.toml"
        path.write_text(
            f"""
            [crawl]
            catalogue = false
            sources = ["sources.yaml"]
            queries = ["cloud region"]
            delay = "0s"
            allow_private = ["{outlet.netloc}"]
            [[watch]]
            name = "chips"
            search = ["liquid cooling", "cloud region"]
            [[watch]]
            name = "johor"
            search = ["柔佛 数据中心"]
            """,
            encoding="utf-8",
        )
        config = load_config(path)
        app = App(config)
        with app.running():
            app.once()
        with closing(open_database(config.database, read_only=True)) as db:
            stored = rows(db, "SELECT count(*) AS n FROM article")

    asked = [parse_qs(urlsplit(seen).query)["q"][0] for seen in outlet.paths() if seen.startswith("/feed")]
    assert asked == ["cloud region", "liquid cooling", "柔佛 数据中心"]
    assert stored == [{"n": 2}]  # a hit of several searches is one article
