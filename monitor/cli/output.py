"""How results are printed: tables and color where a terminal is, plain text in a pipe, JSON lines and CSV on wish."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import click

Row = Mapping[str, object]

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")


def print_json_lines(rows: Iterable[Row]) -> None:
    """One JSON object a line, UTF-8."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=_plain))


def print_json(value: object) -> None:
    """One JSON value, indented."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """CSV with a header. A cell that a spreadsheet would run as a formula gets a leading apostrophe."""
    from monitor.exporting import safe_cell

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([safe_cell(row.get(column)) for column in columns])


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

    from monitor.cli.tables import render_table

    cells = [{key: _terminal_cell(row.get(key)) for key in columns} for row in rows]
    styles = [{key: _style(key, row) for key in columns} for row in rows]
    whole = frozenset(
        key for key in columns if key.endswith("id") or any(_is_time(row.get(key)) for row in rows)
    )
    render_table(Console(), cells, columns, styles, whole=whole)


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


def _one_line(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, list | tuple):
        return ", ".join(_one_line(item) for item in value)
    return "".join(char if char.isprintable() else " " for char in str(value))


def _terminal_cell(value: object) -> str:
    """As in a pipe, but shorter: times to the minute, and no country beside a town of it."""
    if _is_time(value):
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
    if isinstance(value, list | tuple):
        codes = [str(item) for item in value]
        return _one_line([code for code in codes if not any(o.startswith(f"{code}:") for o in codes)])
    return _one_line(value)


def _is_time(value: object) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and _TIME.fullmatch(value) is not None)


def _style(key: str, row: Row) -> str:
    if key == "level":
        return {"high": "bold red", "medium": "yellow", "low": "cyan"}.get(str(row.get("level")), "dim")
    return {"id": "dim", "at": "dim", "published": "dim", "title": "bold"}.get(key, "")
