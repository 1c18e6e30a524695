"""`cspwatch check`: the shipped catalogue offline, and with --live a table of what every source gave."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

from crawler.sources import load_catalogue
from monitor.checklive import _groups
from tests.fakes import make_source
from tests.monitor.test_cli import cspwatch
from tests.outlet import Outlet

SOURCES = {
    "a-feed": ("/feed?n=3", "feed", "missing", "ok"),
    "b-listing": ("/listing?n=8", "listing", "missing", "ok"),
    "c-sitemap": ("/sitemap/news?n=4", "sitemap", "missing", "ok"),
    "d-gone": ("/status?code=404", "feed", "missing", "not-found"),
    "e-denied": ("/feed?n=2", "feed", "deny", "robots-disallowed"),
    "f-unknown": ("/feed?n=2", "feed", "500", "robots-unknown"),
    "g-page": ("/consent", "feed", "missing", "not-read-format"),
}


def test_every_source_of_the_catalogue_passes_offline(tmp_path: Path) -> None:
    shipped = load_catalogue()

    result = cspwatch("check", "--json", folder=tmp_path)

    report = json.loads(result.stdout)
    assert (result.returncode, report["problems"]) == (0, [])
    on = sum(source.enabled for source in shipped)
    assert any(f"sources: {on} on, {len(shipped) - on} off" in line for line in report["checked"])


def test_live_check_tells_what_each_source_gave(tmp_path: Path) -> None:
    with ExitStack() as stack:
        outlets = {name: stack.enter_context(Outlet()) for name in SOURCES}
        lines = []
        for name, (path, kind, robots, _) in SOURCES.items():
            outlets[name].robots = robots
            lines.append(f"- {{id: {name}, name: {name}, url: '{outlets[name].url(path)}', kind: {kind}}}\n")
        (tmp_path / "own.yaml").write_text("".join(lines))
        private = json.dumps([outlet.netloc for outlet in outlets.values()])
        (tmp_path / "cspwatch.toml").write_text(
            f'[crawl]\ncatalogue = false\nsources = ["own.yaml"]\ndelay = "0s"\nallow_private = {private}\n'
        )

        result = cspwatch("check", "--live", folder=tmp_path)

    table = {fields[0]: fields for line in result.stdout.splitlines() if len(fields := line.split("\t")) == 5}
    assert {name: table[name][1] for name in SOURCES} == {name: end for name, (*_, end) in SOURCES.items()}
    assert table["a-feed"][2:] == ["3", "1", ""]
    assert table["d-gone"][4] == "the server answered 404"
    assert "could not be read: the server answered 500" in table["f-unknown"][4]
    assert "3 of 7 sources were read: 3 ok" in result.stdout
    assert "4 sources could not be read; the table says why." in result.stderr
    assert result.returncode == 1


def test_channel_that_nothing_sends_to_is_warned_of(tmp_path: Path) -> None:
    (tmp_path / "gulf.yaml").write_text(
        "kind: watch\nid: gulf\ntitle: x\nquery: 'home:CN'\nseverity: [{else: high}]\nchannels: [desk]\n",
        encoding="utf-8",
    )
    names = ("console", "desk", "backup", "ops", "forgotten")
    channels = "".join(
        f'[[channel]]\nname = "{name}"\n' + ('fallback = "backup"\n' if name == "desk" else "")
        for name in names
    )
    (tmp_path / "cspwatch.toml").write_text(
        f'{channels}[schedule]\noperator = ["ops"]\n[detect]\nlocal = ["gulf.yaml"]\n', encoding="utf-8"
    )

    result = cspwatch("check", folder=tmp_path)

    warnings = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert "[[channel]] forgotten: nothing is sent to it. Name it in the channels of a watch" in warnings[0]
    assert result.returncode == 0
    assert "In order but for 1 warning." in result.stdout


def test_sources_of_one_host_are_asked_by_one_crawl() -> None:
    sources = [
        make_source(f"s{number}", url=f"https://host{number % 4}.example/{number}") for number in range(14)
    ]

    groups = _groups(sources, 4)

    assert sorted(source.source_id for group in groups for source in group) == sorted(
        source.source_id for source in sources
    )
    hosts = [{source.url.split("/")[2] for source in group} for group in groups]
    assert sum(map(len, hosts)) == len(set().union(*hosts))
