"""The command reference: every command's own help text as one Markdown page (docs/commands.md)."""

from __future__ import annotations

import click

from monitor.cli import COMMANDS, cli

_HEAD = """# Commands

This page is written by `python -m monitor.cli.reference > docs/commands.md`; a test holds that it is current.
"""


def reference() -> str:
    """The whole page."""
    context = click.Context(cli, info_name="cspwatch", max_content_width=100, terminal_width=100)
    parts = [_HEAD, _section(cli, context)]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        parts += _sections(command, name, context)
    return "\n".join(parts)


def _sections(command: click.Command, name: str, parent: click.Context) -> list[str]:
    with click.Context(
        command, info_name=name, parent=parent, max_content_width=100, terminal_width=100
    ) as context:
        sections = [_section(command, context)]
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                sections += [part.replace("## ", "### ", 1) for part in _sections(found, child, context)]
    return sections


def _section(command: click.Command, context: click.Context) -> str:
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"## {context.command_path}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    click.echo(reference(), nl=False)
