"""What the pages tell to write is taken: configuration, sources, rules, watches, queries and command lines."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from crawler.sources import load_catalogue
from monitor.cli import cli
from monitor.config import parse_config
from monitor.detect import Detector
from monitor.rules.examples import load_checked_rules
from monitor.rules.query import QueryError, parse_query
from monitor.rules.watches import load_watches
from tests.monitor.detecting import knowledge

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_COMMENT = re.compile(r"\s+#\s.*$")


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def block_cases(language: str) -> list[object]:
    return [
        pytest.param(text, id=f"{page.name}-{number}")
        for page in PAGES
        for number, text in enumerate(blocks(page, language))
    ]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml")], ids=lambda page: page.name)
def test_configuration_of_a_page_is_taken(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CSPWATCH_MAIL", "mailtos://user:password@mail.example?to=desk@example.com")
    monkeypatch.setenv("CSPWATCH_TOKEN", "a-token-of-more-than-thirty-two-letters")
    raw = tomllib.loads("\n".join(blocks(page, "toml")))

    config = parse_config(raw, tmp_path / "cspwatch.toml")

    assert [one["name"] for one in raw.get("channel", ())] in ([], [one.name for one in config.channels])
    assert [one["name"] for one in raw.get("watch", ())] in ([], [one.name for one in config.watches])


@pytest.mark.parametrize("text", block_cases("yaml"))
def test_files_of_the_pages_are_taken(text: str, tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    named = set(re.findall(r"^(?:- )?id: (\S+)", text, re.MULTILINE))

    if text.startswith("- "):
        taken = {source.source_id for source in load_catalogue([file])}
    else:
        rules = load_checked_rules([file], knowledge=knowledge())
        watches, problems = load_watches([file], Detector(knowledge(), rules))
        taken = {rule.id for rule in rules.rules} | {watch.id for watch in watches}
        assert not [*rules.problems, *problems]

    assert named
    assert named <= taken


def test_readme_counts_the_sources_that_are_watched() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    watched = [source for source in load_catalogue() if source.enabled]

    told = re.search(r"watches (\d+) sources of (\d+) publishers,.* in (\d+) languages", readme)

    assert told
    assert [int(number) for number in told.groups()] == [
        len(watched),
        len({source.family for source in watched}),
        len({(source.language or "").partition("-")[0] for source in watched} - {""}),
    ]


def query_examples() -> list[str]:
    page = (ROOT / "docs" / "query-language.md").read_text(encoding="utf-8")
    head, _, _ = page.partition("## Errors")
    found = []
    for line in head.splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        column = {2: 0, 3: 1}.get(len(cells))
        found += re.findall(r"`([^`]+)`", cells[column]) if column is not None else []
    queries = [
        line for block in blocks(ROOT / "docs" / "query-language.md", "") for line in block.splitlines()
    ]
    return [*(example for example in found if example != "( )"), *queries[:1]]


def test_examples_of_the_query_page_are_queries() -> None:
    refused = []
    examples = query_examples()
    for example in examples:
        try:
            parse_query(example)
        except QueryError as error:
            refused.append(f"{example}: {error}")

    assert not refused
    assert len(examples) > 50


def command_lines() -> list[str]:
    found = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(cspwatch [^`]+)`", text) if page.name != "commands.md" else []
        found |= {_COMMENT.sub("", line) for line in lines if line.startswith("cspwatch ")}
    return sorted(found)


@pytest.mark.parametrize("line", command_lines())
def test_command_lines_of_the_pages_are_taken(line: str) -> None:
    words = shlex.split(line.replace("…", "x").partition(" < ")[0])[1:]
    context = click.Context(cli, info_name="cspwatch")
    command: click.Command = cli
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name}"
        command = found

    options = command.get_params(click.Context(command, info_name="cspwatch"))
    known = {name for option in options for name in (*option.opts, *option.secondary_opts)}
    asked = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}

    assert asked <= known
