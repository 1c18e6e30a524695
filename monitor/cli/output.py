"""How results are printed: tables and color where a terminal is, plain text in a pipe, JSON lines and CSV on wish."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import click

Row = Mapping[str, object]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def print_json_lines(rows: Iterable[Row]) -> None:
    """One JSON object a line, UTF-8."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=_plain))


def print_json(value: object) -> None:
    """One JSON value, indented."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """CSV with a header. A cell that a spreadsheet would run as a formula gets a leading apostrophe."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])


def print_table(rows: Sequence[Row], columns: Mapping[str, str], *, empty: str) -> None:
    """`columns` maps a key of the rows to its heading. `empty` says what to do where there is nothing to show."""
    if not rows:
        click.echo(empty, err=True)
        return
    if not sys.stdout.isatty():
        click.echo("\t".join(columns.values()))
        for row in rows:
            click.echo("\t".join(_one_line(row.get(key)) for key in columns))
        return
    from rich.console import Console  # 0.1 s to import: only where a terminal is
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False, show_edge=False)
    for key, heading in columns.items():
        table.add_column(heading, overflow="fold", no_wrap=key in {"at", "id", "level", "score", "published"})
    for row in rows:
        table.add_row(*[Text(_one_line(row.get(key)), style=_style(key, row)) for key in columns])
    Console().print(table)


def print_rows(
    rows: Iterable[Row], columns: Mapping[str, str], *, as_json: bool, as_csv: bool, empty: str
) -> None:
    """The rows in the form that was asked for."""
    if as_json:
        print_json_lines(rows)
    elif as_csv:
        print_csv(rows, list(columns))
    else:
        print_table(list(rows), columns, empty=empty)


def time_text(at: datetime) -> str:
    """ISO 8601 in UTC, to the second, with Z."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    return str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = (
        json.dumps(value, ensure_ascii=False, default=_plain)
        if isinstance(value, list | dict)
        else str(value)
    )
    return "'" + text if text.startswith(_FORMULA) and not isinstance(value, int | float) else text


def _one_line(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(_one_line(item) for item in value)
    return "".join(char if char.isprintable() else " " for char in str(value))


def _style(key: str, row: Row) -> str:
    if key == "level":
        return {"high": "bold red", "medium": "yellow", "low": "cyan"}.get(str(row.get("level")), "dim")
    return {"id": "dim", "at": "dim", "published": "dim", "title": "bold"}.get(key, "")
