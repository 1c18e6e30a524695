"""The commands as a person or a script uses them: output, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.cli import COMMANDS

ARTICLE = {
    "id": "x1",
    "title": "Oracle opens cloud region in Casablanca",
    "text": "Oracle said on Monday that its first cloud region in Morocco is live. The company invested 140 million dollars.",
    "lang": "en",
    "published": "2026-03-02",
}
PLAIN = {"id": "x2", "title": "Bakery wins prize", "text": "A bakery in Porto won a prize for its bread."}


def cspwatch(*arguments: str, folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`, without any configuration of this machine."""
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        input=given,
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        timeout=120,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "LANG": "C.UTF-8",
        },
    )


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_of_every_command_is_sentences(command: str) -> None:
    from click.testing import CliRunner

    from monitor.cli import cli

    result = CliRunner().invoke(cli, [command, "--help"])

    assert result.exit_code == 0
    first = result.output.split("\n\n")[1].strip()
    assert first[0].isupper()
    assert first.endswith("."), first


def test_init_writes_a_configuration_once_and_check_accepts_it(tmp_path: Path) -> None:
    first = cspwatch("init", folder=tmp_path)
    second = cspwatch("init", folder=tmp_path)
    checked = cspwatch("check", folder=tmp_path)

    assert first.returncode == 0
    assert second.returncode == 1
    assert "exists already" in second.stderr
    assert checked.returncode == 0, checked.stderr
    assert "Everything is in order." in checked.stdout


def test_wrong_configuration_is_refused_whole_and_nothing_starts(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(
        "kind: rule\nid: own\ntitle: x\ntype: datacenter\nstatus: stable\nwhen: {action: [open], object: [datacenter]}\n"
        "roles: {actor: {required: true}}\nscore: 45\ntests:\n"
        '- {lang: en, text: "A bakery opened.", expect: [{type: datacenter, actor: aws}]}\n'
        '- {lang: en, text: "A bakery closed.", expect: none}\n',
        encoding="utf-8",
    )
    (tmp_path / "cspwatch.toml").write_text(
        """
        [crawl]
        dely = "2s"
        timeout = "soon"
        [detect]
        local = ["rules"]
        [[channel]]
        name = "console"
        url = "nosuch://x"
        [[channel]]
        name = "mail"
        url = "env:CSPWATCH_NOT_SET"
        """,
        encoding="utf-8",
    )

    result = cspwatch("run", folder=tmp_path)

    assert result.returncode == 2
    for part in ("dely", "timeout", "[[channel]] console, url", "CSPWATCH_NOT_SET", "nothing was done"):
        assert part in result.stderr
    assert not (tmp_path / "state").exists()


def test_rule_whose_example_fails_is_named_by_check(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "kind: rule\nid: own-rule\ntitle: x\ntype: datacenter\nstatus: stable\nlevel: low\n"
        "when: {action: [open], object: [datacenter]}\nroles: {actor: {required: true}}\nscore: 45\ntests:\n"
        '- {lang: en, date: 2025-01-01, text: "A bakery opened.", expect: [{type: datacenter, actor: aws}]}\n'
        '- {lang: en, date: 2025-01-01, text: "A bakery closed.", expect: none}\n',
        encoding="utf-8",
    )
    (tmp_path / "cspwatch.toml").write_text('[detect]\nlocal = ["own.yaml"]\n', encoding="utf-8")

    result = cspwatch("check", folder=tmp_path)

    assert result.returncode == 2
    assert "own-rule" in result.stderr


def test_judge_answers_line_by_line_in_the_documented_form(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps(value) for value in (ARTICLE, PLAIN)) + "\nnot json\n"

    result = cspwatch("judge", folder=tmp_path, given=lines)

    oracle, bakery = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 1
    assert "line 3: not JSON" in result.stderr
    assert oracle["id"] == "x1"
    assert oracle["relevant"] is True
    assert oracle["watches"] == ["csp-expansion"]
    assert {"MA"} <= {place for finding in oracle["findings"] for place in finding["places"]}
    for finding in oracle["findings"]:
        assert finding["quote"] == str(ARTICLE[finding["field"]])[finding["start"] : finding["end"]]
    assert bakery["relevant"] is False
    assert bakery["findings"] == []


def test_judge_adds_stories_in_input_order(tmp_path: Path) -> None:
    german = {
        "id": "x3",
        "title": "Oracle eröffnet Cloud-Region in Casablanca",
        "text": "Oracle hat seine erste Cloud-Region in Marokko in Betrieb genommen.",
        "lang": "de",
        "published": "2026-03-02",
    }
    lines = "\n".join(json.dumps(value) for value in (ARTICLE, PLAIN, german))

    result = cspwatch("judge", "--stories", folder=tmp_path, given=lines)

    first, second, third = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0
    assert first["story"] == third["story"] is not None
    assert second["story"] is None


def test_extract_reads_json_lines_and_keeps_their_order(tmp_path: Path) -> None:
    page = (
        "<html lang='en'><head><title>T</title><meta property='article:published_time' content='2026-03-02T10:00:00Z'>"
        "</head><body><nav>Home About</nav><article><h1>Title {n}</h1>"
        + "".join(
            f"<p>Paragraph {i} says something long enough to be kept as text of article {{n}}.</p>"
            for i in range(8)
        )
        + "</article></body></html>"
    )
    lines = "\n".join(json.dumps({"id": n, "html": page.replace("{n}", str(n))}) for n in range(3))

    result = cspwatch("extract", "--jsonl", folder=tmp_path, given=lines)

    read = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 0, result.stderr
    assert [one["id"] for one in read] == ["0", "1", "2"]
    assert all(f"article {n}" in one["text"] for n, one in enumerate(read))
    assert read[0]["published"] == "2026-03-02T10:00:00Z"
    assert "Home About" not in read[0]["text"]


def test_read_explains_a_file(tmp_path: Path) -> None:
    text = "".join(f"<p>{sentence}.</p>" for sentence in str(ARTICLE["text"]).split(". "))
    (tmp_path / "page.html").write_text(
        f"<html lang='en'><body><article><h1>{ARTICLE['title']}</h1>{text * 2}</article></body></html>",
        encoding="utf-8",
    )

    result = cspwatch("read", "page.html", "--explain", folder=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "RELEVANT" in result.stdout
    assert "oracle" in result.stdout


def test_commands_on_a_missing_log_say_what_to_do(tmp_path: Path) -> None:
    for command in (["log"], ["stories"], ["ledger"], ["status"], ["backup", "copy.db"]):
        result = cspwatch(*command, folder=tmp_path)

        assert result.returncode == 1
        assert "cspwatch run" in result.stderr
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.parametrize(
    "arguments",
    [["log", "--since", "yesterdayish"], ["log", "--event", "picnic"], ["stories", "--limit", "0"]],
)
def test_bad_usage_is_told_apart_from_failure(tmp_path: Path, arguments: list[str]) -> None:
    result = cspwatch(*arguments, folder=tmp_path)

    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_run_without_a_network_says_so_and_points_to_the_demo(tmp_path: Path) -> None:
    sources = [
        {"id": f"s{port}", "name": f"S{port}", "url": f"http://127.0.0.1:{port}/feed", "kind": "feed"}
        for port in (9, 13)
    ]
    (tmp_path / "mine.yaml").write_text(json.dumps(sources), encoding="utf-8")
    (tmp_path / "cspwatch.toml").write_text(
        '[crawl]\ncatalogue = false\nsources = ["mine.yaml"]\nallow_private = ["127.0.0.1:9", "127.0.0.1:13"]\n',
        encoding="utf-8",
    )

    result = cspwatch("run", "--once", folder=tmp_path)

    assert result.returncode == 0, result.stderr
    assert "2 of 2 sources could not be reached" in result.stdout
    assert "unreachable" in result.stdout
    assert "cspwatch demo" in result.stdout
    status = cspwatch("status", folder=tmp_path)
    assert "0 of 2 checked" in status.stdout
    assert "2 failing" in status.stdout


def test_run_without_a_configuration_points_to_init(tmp_path: Path) -> None:
    result = cspwatch("run", folder=tmp_path)

    assert result.returncode == 2
    assert "cspwatch init" in result.stderr


def test_watch_of_a_local_file_is_asked_beside_those_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "gulf.yaml").write_text(
        "kind: watch\nid: gulf\ntitle: Chinese clouds in the Gulf\nquery: 'home:CN place:@GCC -status:denied'\n"
        "severity: [{else: high}]\nchannels: [console]\ntests:\n"
        '- {lang: en, date: 2025-03-01, title: "Tencent Cloud opens data center in Riyadh", '
        'text: "The site in Saudi Arabia is live.", expect: high}\n'
        '- {lang: en, date: 2025-03-01, title: "Oracle opens data center in Riyadh", text: "It is live.", expect: none}\n',
        encoding="utf-8",
    )
    (tmp_path / "cspwatch.toml").write_text('[detect]\nlocal = ["gulf.yaml"]\n', encoding="utf-8")
    article = {
        "id": 1,
        "title": "Huawei Cloud to build data center in Kuwait",
        "text": "Huawei Cloud said it will build a data center in Kuwait.",
        "lang": "en",
        "published": "2025-03-01",
    }

    checked = cspwatch("check", folder=tmp_path)
    judged = cspwatch("judge", folder=tmp_path, given=json.dumps(article))

    assert "watches in local files: gulf" in checked.stdout
    assert json.loads(judged.stdout)["watches"] == ["csp-expansion", "gulf"]


def test_watch_that_names_an_unknown_channel_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gulf.yaml").write_text(
        "kind: watch\nid: gulf\ntitle: x\nquery: 'home:CN'\nseverity: [{else: high}]\nchannels: [nobody]\n",
        encoding="utf-8",
    )
    (tmp_path / "cspwatch.toml").write_text('[detect]\nlocal = ["gulf.yaml"]\n', encoding="utf-8")

    result = cspwatch("check", folder=tmp_path)

    assert result.returncode == 2
    assert "nobody" in result.stderr
