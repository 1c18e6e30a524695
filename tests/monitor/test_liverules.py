"""Rules, watches and entities are edited by hand while the monitor runs: good files count, others are refused."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor.app import App
from monitor.config import load_config
from monitor.daemon import Daemon
from monitor.database import open_database
from monitor.errors import ConfigError
from monitor.liverules import LiveRules
from monitor.localfilelog import LocalFile, kept_files
from monitor.model import ArticleText
from monitor.runlog import list_events
from monitor.service import AppJobLog, daemon_jobs
from monitor.status import read_status, render_status
from monitor.supervision import Supervisor
from tests.fakes import NOW
from tests.monitor.review_site import HandClock

RULE = """\
kind: rule
id: own-{word}
title: A provider {word}s its people
status: test
level: low
type: market
when:
  action: {{terms: {{en: [{word}s]}}}}
  object: {{terms: {{en: [bread]}}}}
roles: {{actor: {{required: true}}}}
score: 60
tests:
- {{lang: en, text: "Hetzner {example} bread in Finland.", expect: [{{type: market, actor: hetzner}}]}}
"""
ENTITY = """\
kind: entity
id: wolkenwerk
name: Wolkenwerk
tier: 2
home: DE
aliases: {{any: [Wolkenwerk]}}
tests:
- {{lang: de, text: "Wolkenwerk baut ein Rechenzentrum.", expect: [{found}]}}
"""
WATCH = """\
kind: watch
id: {name}
title: What happens there
query: "{query}"
severity: [{{else: low}}]
channels: [{channel}]
"""
MOROCCO = WATCH.format(name="morocco", query="place:MA", channel="console")
CONFIG = '[detect]\nlocal = ["local"]\n[[watch]]\nname = "all"\n'


class Folder:
    """A configuration with a folder of local files, whose times move at every write."""

    def __init__(self, path: Path) -> None:
        self.config = path / "cspwatch.toml"
        self.local = path / "local"
        self.local.mkdir()
        self._ticks = 0
        self.configure(CONFIG)
        self.database = load_config(self.config).database

    def configure(self, text: str) -> None:
        self._write(self.config, text)

    def write(self, name: str, text: str) -> None:
        self._write(self.local / name, text)

    def start(self) -> LiveRules:
        """What a monitor that starts now has in force."""
        config = load_config(self.config)
        found = LiveRules(config, lambda: open_database(config.database), HandClock())
        found.start()
        return found

    def kept(self) -> dict[str, LocalFile]:
        """What the log keeps of each file."""
        with closing(open_database(self.database, read_only=True)) as db:
            return {file.path.name: file for file in kept_files(db)}

    def _write(self, file: Path, text: str) -> None:
        """With a time of its own: two writes within one tick of the disk's clock differ too."""
        file.write_text(text, encoding="utf-8")
        self._ticks += 1
        os.utime(file, ns=(self._ticks, self._ticks))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def changed(rules: LiveRules) -> bool:
    """Two looks: a file counts once it was left alone in between."""
    first = rules.look()
    return rules.look() or first


def watches(rules: LiveRules) -> set[str]:
    return {watch.name for watch in rules.now.watches}


def rule_hits(rules: LiveRules, text: str) -> set[str]:
    article = ArticleText(article_id="a1", title="News", text=text, language="en", published=NOW.date())
    return {finding.rule for finding in rules.now.judge.judge(article).findings}


def test_new_watch_counts_without_a_restart(folder: Folder) -> None:
    rules = folder.start()
    folder.write("morocco.yaml", MOROCCO)

    assert changed(rules)

    assert watches(rules) == {"all", "morocco"}
    opening = ArticleText(
        article_id="a1",
        title="Oracle opens cloud region in Casablanca",
        text="Oracle said on Monday that its first cloud region in Morocco is live.",
        language="en",
        published=NOW.date(),
    )
    assert "morocco" in rules.now.judge.judge(opening).watches


def test_nothing_is_loaded_again_while_no_file_changes(folder: Folder) -> None:
    folder.write("morocco.yaml", MOROCCO)
    rules = folder.start()
    before = rules.now

    assert not changed(rules)
    assert rules.now is before


def test_file_that_is_still_being_written_has_time_until_it_rests(folder: Folder) -> None:
    rules = folder.start()
    folder.write("morocco.yaml", MOROCCO[:30])
    assert not rules.look()
    folder.write("morocco.yaml", MOROCCO)
    assert not rules.look()
    assert rules.look()

    assert watches(rules) == {"all", "morocco"}
    assert folder.kept()["morocco.yaml"].problems == ()


def test_edited_rule_counts_and_a_new_entity_is_named(folder: Folder) -> None:
    folder.write("own.yaml", RULE.format(word="bake", example="bakes"))
    rules = folder.start()
    assert rule_hits(rules, "Hetzner bakes bread in Finland.") == {"own-bake"}

    folder.write("own.yaml", RULE.format(word="slice", example="slices"))
    folder.write("entity.yaml", ENTITY.format(found="wolkenwerk"))
    assert changed(rules)

    assert rule_hits(rules, "Hetzner bakes bread in Finland.") == set()
    assert rule_hits(rules, "Wolkenwerk slices bread in Finland.") == {"own-slice"}
    assert rules.now.names.provider_names("wolkenwerk")[""] == "Wolkenwerk"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("kind: rule\nid: [", "is not YAML"),
        ("colors: [red]", "is not a section"),
        (RULE.format(word="bake", example="eats"), "tests[1]"),
        (ENTITY.format(found="aws"), "expected ['aws']"),
        (WATCH.format(name="x", query="place:(", channel="console"), "query"),
        (WATCH.format(name="x", query="place:MA", channel="pigeon"), "pigeon"),
    ],
    ids=["no YAML", "unknown section", "rule's example", "entity's example", "query", "channel"],
)
def test_file_that_fails_is_refused_by_name_and_its_last_good_version_counts(
    folder: Folder, wrong: str, named: str
) -> None:
    folder.write("own.yaml", RULE.format(word="bake", example="bakes"))
    rules = folder.start()
    folder.write("own.yaml", wrong)
    folder.write("morocco.yaml", MOROCCO)

    assert changed(rules)

    assert rule_hits(rules, "Hetzner bakes bread in Finland.") == {"own-bake"}
    assert watches(rules) == {"all", "morocco"}, "the other file counts"
    refused = folder.kept()["own.yaml"]
    assert named in " ".join(map(str, refused.problems))
    assert "/tmp/cspwatch-" not in " ".join(map(str, refused.problems))
    assert refused.what_counts == "its last good version counts"
    assert folder.kept()["morocco.yaml"].problems == ()


def test_last_good_version_counts_after_a_restart_too(folder: Folder) -> None:
    folder.write("own.yaml", RULE.format(word="bake", example="bakes"))
    folder.start()
    folder.write("own.yaml", "kind: rule\nid: [")

    rules = folder.start()

    assert rule_hits(rules, "Hetzner bakes bread in Finland.") == {"own-bake"}
    assert folder.kept()["own.yaml"].problems


def test_mended_file_counts_again(folder: Folder) -> None:
    folder.write("own.yaml", RULE.format(word="bake", example="bakes"))
    rules = folder.start()
    folder.write("own.yaml", "kind: rule\nid: [")
    assert changed(rules)

    folder.write("own.yaml", RULE.format(word="slice", example="slices"))
    assert changed(rules)

    assert rule_hits(rules, "Hetzner slices bread in Finland.") == {"own-slice"}
    assert folder.kept()["own.yaml"].problems == ()


def test_file_that_needs_another_one_counts_when_that_one_is_there(folder: Folder) -> None:
    needs = RULE.format(word="bake", example="bakes").replace("actor: hetzner", "actor: wolkenwerk")
    rules = folder.start()
    folder.write("a-rule.yaml", needs.replace("Hetzner", "Wolkenwerk"))
    assert changed(rules)
    assert folder.kept()["a-rule.yaml"].problems

    folder.write("b-entity.yaml", ENTITY.format(found="wolkenwerk"))
    folder.write("c-broken.yaml", "[")
    assert changed(rules)

    assert folder.kept()["a-rule.yaml"].problems == ()
    assert folder.kept()["b-entity.yaml"].problems == ()
    assert folder.kept()["c-broken.yaml"].problems
    assert rule_hits(rules, "Wolkenwerk bakes bread.") == {"own-bake"}


def test_removing_a_file_that_others_need_is_refused(folder: Folder) -> None:
    folder.write("a-entity.yaml", ENTITY.format(found="wolkenwerk"))
    folder.write(
        "b-rule.yaml",
        RULE.format(word="bake", example="bakes")
        .replace("Hetzner", "Wolkenwerk")
        .replace("hetzner", "wolkenwerk"),
    )
    rules = folder.start()
    (folder.local / "a-entity.yaml").unlink()

    assert changed(rules)

    assert rule_hits(rules, "Wolkenwerk bakes bread.") == {"own-bake"}
    assert "own-bake" in str(folder.kept()["a-entity.yaml"].problems[0])


def test_removed_file_no_longer_counts(folder: Folder) -> None:
    folder.write("morocco.yaml", MOROCCO)
    rules = folder.start()
    (folder.local / "morocco.yaml").unlink()

    assert changed(rules)

    assert watches(rules) == {"all"}
    assert "morocco.yaml" not in folder.kept()


def test_file_that_was_never_in_force_and_cannot_be_read_stops_the_first_start(folder: Folder) -> None:
    folder.write("own.yaml", "kind: rule\nid: [")

    with pytest.raises(ConfigError, match=r"own\.yaml: is not YAML"):
        folder.start()


def test_unreadable_file_that_came_while_the_monitor_ran_does_not_stop_a_restart(folder: Folder) -> None:
    rules = folder.start()
    folder.write("own.yaml", "kind: rule\nid: [")
    assert changed(rules)

    assert watches(folder.start()) == {"all"}
    assert folder.kept()["own.yaml"].what_counts == "nothing of it counts"


def test_rules_of_a_new_file_count_without_the_one_that_fails(folder: Folder) -> None:
    folder.write(
        "own.yaml",
        RULE.format(word="bake", example="bakes") + "---\n" + RULE.format(word="slice", example="eats"),
    )

    rules = folder.start()

    assert rule_hits(rules, "Hetzner bakes bread and slices bread.") == {"own-bake"}
    assert "own-slice" in str(folder.kept()["own.yaml"].problems[0])
    assert folder.kept()["own.yaml"].what_counts == "the rest of it counts"


def test_file_that_counts_in_part_stays_refused_while_another_one_changes(folder: Folder) -> None:
    rules = folder.start()
    half = WATCH.format(name="half", query="type:regoin", channel="console")
    folder.write("half.yaml", half)
    assert changed(rules)
    before = folder.kept()["half.yaml"].problems

    folder.write("other.yaml", MOROCCO)
    assert changed(rules)

    assert folder.kept()["half.yaml"].problems == before != ()
    assert not folder.kept()["half.yaml"].good
    assert (folder.kept()["other.yaml"].problems, folder.kept()["other.yaml"].good) == ((), True)


def test_watch_of_the_configuration_counts_without_a_restart(folder: Folder) -> None:
    rules = folder.start()
    folder.configure(CONFIG + '[[watch]]\nname = "gulf"\nquery = "place:@GCC"\n')

    assert changed(rules)

    assert watches(rules) == {"all", "gulf"}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("[[watch]\n", "not readable as TOML"),
        ('[[watch]]\nname = "gulf"\nquery = "place:("\n', "query"),
        (
            '[[watch]]\nname = "gulf"\nchannels = ["mail"]\n[[channel]]\nname = "console"\n[[channel]]\nname = "mail"\n',
            "Restart it",
        ),
    ],
    ids=["no TOML", "query", "new channel"],
)
def test_configuration_that_fails_is_refused_and_what_it_said_before_counts(
    folder: Folder, more: str, named: str
) -> None:
    rules = folder.start()
    folder.configure(CONFIG + more)
    folder.write("morocco.yaml", MOROCCO)

    assert changed(rules)

    assert watches(rules) == {"all", "morocco"}
    assert named in " ".join(map(str, folder.kept()["cspwatch.toml"].problems))
    assert folder.kept()["cspwatch.toml"].what_counts == "what it said before counts"


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end, "it did not happen within 30 s"
        time.sleep(0.05)


@contextmanager
def daemon(folder: Folder) -> Iterator[App]:
    """The daemon with its real jobs, on no source."""

    app = App(load_config(folder.config), sources=())
    with app.running():
        run = app.begin()
        jobs = daemon_jobs(app, poll=app.poll, beat=lambda: app.beat(run))
        running = Daemon(jobs, clock=app.clock, supervisor=Supervisor(""), log=AppJobLog(app))
        thread = threading.Thread(target=running.run, kwargs={"on_stop": app.stop})
        thread.start()
        try:
            yield app
        finally:
            running.stop()
            thread.join(20)


def test_running_daemon_takes_a_good_file_and_refuses_a_bad_one(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.configure(CONFIG + '[schedule]\ntick = "1s"\n')
    with daemon(folder) as app:
        folder.write("morocco.yaml", MOROCCO)
        until(lambda: watches(app.rules) == {"all", "morocco"})
        folder.write("morocco.yaml", MOROCCO.replace("place:MA", "place:("))
        until(lambda: bool(folder.kept()["morocco.yaml"].problems))

        assert watches(app.rules) == {"all", "morocco"}
        status = read_status(app.config)

    text = render_status(status)
    assert "morocco.yaml" in text
    assert "its last good version counts" in text
    assert "Rules of your own: 1 file in force; morocco.yaml since" in text
    assert status.to_json()["files"]
    assert any("morocco.yaml" in record.getMessage() for record in caplog.records)
    with closing(open_database(app.config.database, read_only=True)) as db:
        kinds = [event["kind"] for event in list_events(db) if str(event["kind"]).startswith("file-")]
        assert kinds[:2] == ["file-refused", "file-in-force"]
