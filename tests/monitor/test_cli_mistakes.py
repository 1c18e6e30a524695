"""Ordinary mistakes at the command line, through the real process: a sentence, an exit code, never a traceback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.database import open_database, writing
from monitor.sourcelog import store_sources
from tests.fakes import NOW, make_source
from tests.monitor.test_cli import PLAIN, cspwatch
from tests.outlet import Outlet, Page
from tests.outlet_pages import rss

LATIN = b'{"id": "latin", "title": "caf\xe9", "text": "x"}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a configuration without outlets, and an empty log."""
    (tmp_path / "cspwatch.toml").write_text("[crawl]\ncatalogue = false\n[review]\nenabled = false\n")
    assert cspwatch("run", "--once", folder=tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ("show", "nosuch"),
        ("show", "https://outlet.example/never-seen"),
        ("alerts", "preview", "nosuch"),
        ("alerts", "preview", "#A1B2C3D4"),
        ("alerts", "retry", "99"),
        ("alerts", "silence", "provider"),
        ("alerts", "silence", "provider=nosuch"),
        ("alerts", "silence", "provider=aws", "--until", "soon"),
        ("alerts", "silence", "provider=aws", "--until", "2020-01-01"),
        ("alerts", "silence", "--end", "4"),
        ("alerts", "test", "nosuch"),
    ],
    ids=" ".join,
)
def test_a_name_that_does_not_exist_is_said_in_one_sentence(folder: Path, command: tuple[str, ...]) -> None:
    result = cspwatch(*command, folder=folder)

    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("cspwatch: ")


@pytest.mark.parametrize(
    ("matchers", "says"),
    [
        ("provider=Alibaba-Cloud", "no alert has this provider; did you mean alibaba_cloud"),
        (
            "provider=aws,gooogle_cloud",
            "provider=gooogle_cloud: no alert has this provider; did you mean google_cloud",
        ),
        ("country!=Germany", "country=Germany: no alert has this country; did you mean DE?"),
        ("place=MY:Jahore", "did you mean MY:Johor"),
        ("watch=expansoin", "no alert has this watch"),
        ("direction=up", "known are contraction, expansion, neutral"),
        ("event=region severity=severe", "severity=severe"),
    ],
)
def test_a_silence_on_what_no_alert_can_have_is_refused_with_the_nearest_names(
    folder: Path, matchers: str, says: str
) -> None:
    refused = cspwatch("alerts", "silence", matchers, folder=folder)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert says in refused.stderr


def test_a_silence_takes_what_alerts_can_have_and_says_how_many_it_matches(folder: Path) -> None:
    matchers = (
        "provider=*_cloud,aws country!=CN,HK place=MY:*,bloc:* event=region,datacenter language=zh-Hant"
    )
    made = cspwatch("alerts", "silence", matchers, folder=folder)

    assert made.returncode == 0, made.stderr
    assert made.stdout.endswith("Of the alerts of the last 30 days it matches 0.\n")
    assert cspwatch("alerts", "silence", "--end", "1", folder=folder).returncode == 0


def test_a_silence_ends_on_the_day_that_is_named(folder: Path) -> None:
    made = cspwatch("alerts", "silence", "provider=aws", "--until", "2999-01-01", folder=folder)

    assert made.stdout.startswith("Silence 1 until 2999-01-01 00:00Z.")


def test_a_silence_is_kept_and_ended(folder: Path) -> None:
    made = cspwatch("alerts", "silence", "provider=aws", "--for", "8h", "--comment", "known", folder=folder)
    listed = cspwatch("alerts", "silence", folder=folder)

    assert made.stdout.startswith("Silence 1 until ")
    assert "provider=aws" in listed.stdout
    assert "known" in listed.stdout
    assert json.loads(cspwatch("alerts", "silence", "--json", folder=folder).stdout)["comment"] == "known"
    as_csv = cspwatch("alerts", "silence", "--csv", folder=folder).stdout.splitlines()
    assert as_csv[0] == "id,matchers,until,comment"
    assert as_csv[1].startswith("1,provider=aws,")

    ended = cspwatch("alerts", "silence", "--end", "1", folder=folder)

    assert ended.stdout == "Silence 1 ended.\n"
    assert cspwatch("alerts", "silence", folder=folder).stdout == ""


@pytest.mark.parametrize("command", [("judge",), ("extract", "--jsonl"), ("import",)], ids=" ".join)
def test_a_line_that_is_not_utf8_is_named_and_costs_only_itself(
    folder: Path, command: tuple[str, ...]
) -> None:
    good = json.dumps({**PLAIN, "html": "<html><body><p>A bakery in Porto won a prize.</p></body></html>"})
    (folder / "mixed.jsonl").write_bytes(LATIN + b"not json\n" + good.encode() + b"\n")

    result = cspwatch(*command, "mixed.jsonl", folder=folder)

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "not UTF-8" in result.stderr
    assert "not JSON" in result.stderr
    assert (PLAIN["id"] in result.stdout) or ("1 new article" in result.stdout)


def test_importing_feeds_twice_writes_each_once(folder: Path) -> None:
    (folder / "feeds.opml").write_text(
        '<opml version="2.0"><body><outline text="Blatt" type="rss" xmlUrl="https://outlet.example/feed.xml"/>'
        '<outline text="Blatt" type="rss" xmlUrl="https://outlet.example/world.xml"/></body></opml>'
    )
    first = cspwatch("sources", "import", "feeds.opml", folder=folder)
    again = cspwatch("sources", "import", "feeds.opml", folder=folder)

    assert first.stdout.startswith("Wrote 2 feeds to sources.yaml.")
    assert again.stdout == "Wrote 0 feeds to sources.yaml. 2 were listed already.\n"
    config = folder / "cspwatch.toml"
    config.write_text(config.read_text().replace("[crawl]", '[crawl]\nsources = ["sources.yaml"]'))
    assert len(cspwatch("sources", "list", "--json", folder=folder).stdout.splitlines()) == 2


def test_feeds_that_are_none_are_named_and_the_others_written(folder: Path) -> None:
    (folder / "feeds.opml").write_text(
        '<opml version="2.0"><body>\n<outline text="Blatt" type="rss" xmlUrl="https://outlet.example/feed.xml"/>\n'
        '<outline text="Files" type="rss" xmlUrl="file:///etc/passwd"/></body></opml>'
    )
    (folder / "none.opml").write_text('<opml version="2.0"><body><outline text="Folder"/></body></opml>')

    result = cspwatch("sources", "import", "feeds.opml", folder=folder)
    nothing = cspwatch("sources", "import", "none.opml", folder=folder)

    assert result.stdout.startswith("Wrote 1 feed to sources.yaml.")
    assert "feeds.opml: line 3: Files: its address is not on the web (file); it was left out" in result.stderr
    assert result.returncode == 1
    assert (nothing.returncode, "names no feed" in nothing.stderr) == (1, True)


def test_source_that_is_not_there_or_not_held_cannot_be_released(folder: Path) -> None:
    with closing(open_database(load_config(folder / "cspwatch.toml").database)) as db, writing(db):
        store_sources(db, [make_source("alpha")], NOW)

    nosuch = cspwatch("sources", "release", "nosuch", folder=folder)
    well = cspwatch("sources", "release", "alpha", folder=folder)

    assert (nosuch.returncode, well.returncode) == (1, 1)
    assert "there is no source nosuch in the log. `cspwatch sources health` shows the ids" in nosuch.stderr
    assert "nothing of alpha is held back" in well.stderr


def test_added_source_is_named_after_its_feed_where_its_page_says_nothing(folder: Path) -> None:
    with Outlet() as outlet:
        outlet.pages["/"] = Page(
            body=b'<html><head><link rel="alternate" type="application/rss+xml" title="feed" href="/feed?n=2">'
            b"</head><body>Welcome</body></html>"
        )
        config = folder / "cspwatch.toml"
        config.write_text(
            config.read_text().replace(
                "[crawl]", f'[crawl]\ndelay = "0s"\nallow_private = ["{outlet.netloc}"]'
            )
        )
        by_page = cspwatch("sources", "add", outlet.url("/"), "--yes", folder=folder)
        by_feed = cspwatch("sources", "add", outlet.url("/feed?n=3"), "--yes", folder=folder)

    assert by_page.returncode == by_feed.returncode == 0, by_page.stderr + by_feed.stderr
    title = re.search(rb"<title>(.*?)</title>", rss("http://a.example", 1).encode())
    assert title is not None
    for result in (by_page, by_feed):
        assert f"({title[1].decode()})" in result.stdout


def test_sources_file_may_be_named_before_it_is_written_and_the_articles_of_a_test_are_shown(
    folder: Path,
) -> None:
    with Outlet() as outlet:
        config = folder / "cspwatch.toml"
        named = f'[crawl]\nsources = ["sources.yaml"]\ndelay = "0s"\nallow_private = ["{outlet.netloc}"]'
        config.write_text(config.read_text().replace("[crawl]", named))

        added = cspwatch("sources", "add", outlet.url("/feed?n=3"), "--yes", folder=folder)
        source = next(iter(cspwatch("sources", "list", "--json", folder=folder).stdout.splitlines()))
        tested = cspwatch("sources", "test", json.loads(source)["id"], folder=folder)
        shown = cspwatch("sources", "test", json.loads(source)["id"], "--json", folder=folder)

    assert (added.returncode, tested.returncode) == (0, 0), added.stderr + tested.stderr
    assert "Name the file" not in added.stdout
    titles = json.loads(shown.stdout)["titles"]
    assert titles
    assert all(f"  {title}\n" in tested.stdout for title in titles)


def test_a_line_that_is_no_address_is_named_and_not_asked_for(folder: Path) -> None:
    (folder / "urls").write_text("not an address\nftp://outlet.example/a\n")

    result = cspwatch("import", "--urls", "urls", folder=folder)

    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "not an address: not an http(s) URL" in result.stderr


def test_extract_leaves_out_an_object_without_html_and_goes_on(folder: Path) -> None:
    page = {"id": "good", "html": "<html><body><p>A bakery in Porto won a prize.</p></body></html>"}
    (folder / "pages.jsonl").write_text(f'{{"id": "none"}}\n{json.dumps(page)}\n')

    result = cspwatch("extract", "--jsonl", "pages.jsonl", folder=folder)

    assert result.returncode == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["good"]
    assert "line 1" in result.stderr


def test_a_store_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cspwatch.toml").write_text('[store]\npath = "taken/state"\n[crawl]\ncatalogue = false\n')
    (tmp_path / "taken").write_text("a file, not a folder")

    for command in (("run", "--once"), ("import", "cspwatch.toml")):
        result = cspwatch(*command, folder=tmp_path)

        assert result.returncode in {1, 2}
        assert "Traceback" not in result.stderr
        assert "taken" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is a device of Linux")
def test_a_full_disk_under_the_output_is_a_sentence(folder: Path) -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "monitor", "sources", "list", "--all", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder.parent,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )

    assert result.returncode == 1
    assert "No space left" in result.stderr
    assert "Traceback" not in result.stderr


def test_results_are_utf8_whatever_the_locale(tmp_path: Path) -> None:
    line = json.dumps({"id": "华为", "title": "華為雲", "text": "x"}, ensure_ascii=False)
    result = subprocess.run(
        [sys.executable, "-m", "monitor", "judge"],
        input=line.encode(),
        capture_output=True,
        cwd=tmp_path,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "latin-1"},
    )

    assert result.returncode == 0
    assert json.loads(result.stdout.decode("utf-8"))["id"] == "华为"


def test_judge_names_fields_of_the_wrong_kind_and_still_answers_every_line(tmp_path: Path) -> None:
    given = '{"id": 1, "title": 5, "text": ["a"]}\n{"id": 2, "title": "Rain", "published": "soon"}\n{"id": 3, "title": "Sun"}\n'

    result = cspwatch("judge", folder=tmp_path, given=given)

    assert result.returncode == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [1, 2, 3]
    assert "line 1: 'title' is no text (found 5)" in result.stderr
    assert "line 2: 'published' is no ISO date or time (found 'soon')" in result.stderr
    assert "line 3" not in result.stderr


def test_a_value_of_the_wrong_kind_is_told_in_the_words_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "cspwatch.toml").write_text(
        '[crawl]\nonly = "de"\ncatalogue = "maybe"\n[schedule]\ntick = "0s"\n[[watch]]\nquery = 3\n'
    )

    result = cspwatch("check", folder=tmp_path)

    assert result.returncode == 2
    told = result.stdout + result.stderr
    assert '[crawl], only: write a list, such as ["a", "b"] (found "de")' in told
    assert '[crawl], catalogue: write true or false (found "maybe")' in told
    assert "[[watch]] number 1, name: is missing" in told
    assert "(found 0s)" in told
    assert "pydantic" not in told
