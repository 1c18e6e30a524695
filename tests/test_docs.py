"""The documentation is true: commands, links, configuration keys and the examples in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
COMMAND = re.compile(r"`cspwatch ([a-z]+)")


def test_command_reference_is_current() -> None:
    from monitor.cli.reference import reference

    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

    assert written == reference(), "run: .venv/bin/python -m monitor.cli.reference > docs/commands.md"


def test_short_help_of_each_command_agrees_with_its_own_help() -> None:
    import click

    from monitor.cli import COMMANDS, cli

    context = click.Context(cli)
    for name, (_, _, text) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help, f"{name} has no help"
        assert text.endswith("."), f"{name}: {text!r} is no sentence"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:")) and not (page.parent / target).exists()
    ]

    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_pages_name_exist(page: Path) -> None:
    from monitor.cli import COMMANDS

    unknown = set(COMMAND.findall(page.read_text(encoding="utf-8"))) - set(COMMANDS)

    assert not unknown


def test_template_holds_the_defaults() -> None:
    from monitor.config import load_config

    template = ROOT / "monitor" / "cli" / "template.toml"
    written, default = load_config(template), load_config(None)

    assert written.watches == default.watches
    assert written.crawl == default.crawl
    assert written.engine == default.engine
    assert written.schedule == default.schedule
    assert written.review == default.review
    assert [channel.name for channel in written.channels] == [channel.name for channel in default.channels]


def test_template_names_every_key() -> None:
    from monitor.settings import File

    text = (ROOT / "monitor" / "cli" / "template.toml").read_text(encoding="utf-8")

    for section, info in File.model_fields.items():
        model = getattr(info.annotation, "__args__", (info.annotation,))[0]
        for key in model.model_fields:
            assert re.search(rf"^#? ?{key} = ", text, re.MULTILINE), (
                f"[{section}] {key} is not in the template"
            )


def test_make_targets_that_the_readme_names_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    named = set(re.findall(r"`make ([a-z]+)`", (ROOT / "README.md").read_text(encoding="utf-8")))

    assert named
    assert named <= targets
