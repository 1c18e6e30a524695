"""Rows of one-line cells in, text set for a terminal's width out: a table where it fits, else two lines, else flowing.

Columns are counted in terminal cells, so a Chinese title takes what it takes. A table whose words would be broken
into syllables is no table: the longest column then moves to a line of its own under its row, wide short columns are
cut with an ellipsis (`--json` and `--csv` have the whole), and where even that does not fit, the values of a row flow
like words, numbers with their heading. A column that is empty in every row is not printed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = 2
SHORT_LIMIT = 28  # a short column is cut here at the latest
SHORT_LEAST = 9  # and never below this
LONG_LEAST = 32  # below this a title or quote reads better on a line of its own
INDENT = 4


class Setting(StrEnum):
    """How rows are set: one line with the long column beside, the long column below, or flowing."""

    BESIDE = "beside"
    BELOW = "below"
    FLOWING = "flowing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which setting fits, the long column if there is one, and the width of each other column in cells."""

    setting: Setting
    long: str | None
    widths: Mapping[str, int]


def plan(
    rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], width: int, *, whole: frozenset[str]
) -> Plan:
    """The best setting of `rows` for a terminal of `width` cells. `columns` maps keys to headings.

    The cells of the keys in `whole` (ids, times) are never cut.
    """
    needed = {
        key: max([cell_len(heading), *(cell_len(row[key]) for row in rows)])
        for key, heading in columns.items()
    }
    longest = max((key for key in needed if key not in whole), key=lambda key: needed[key], default=None)
    long = longest if longest is not None and needed[longest] > SHORT_LIMIT else None
    short = {key: cells for key, cells in needed.items() if key != long}
    widths = {key: cells if key in whole else min(cells, SHORT_LIMIT) for key, cells in short.items()}
    if long is not None:
        beside = width - GAP - min(needed[long], LONG_LEAST)
        if _total(widths) <= beside:
            return Plan(setting=Setting.BESIDE, long=long, widths=widths)
    squeezed = _squeezed(widths, width, whole)
    if _total(squeezed) > width:
        return Plan(setting=Setting.FLOWING, long=long, widths=squeezed)
    return Plan(setting=Setting.BESIDE if long is None else Setting.BELOW, long=long, widths=squeezed)


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * max(len(widths) - 1, 0)


def _squeezed(widths: Mapping[str, int], width: int, whole: frozenset[str]) -> dict[str, int]:
    """`widths` with the widest columns cut cell by cell until the line fits, or none can be cut further."""
    result = dict(widths)
    while _total(result) > width:
        wide = [key for key, cells in result.items() if key not in whole and cells > SHORT_LEAST]
        if not wide:
            break
        result[max(wide, key=lambda key: result[key])] -= 1
    return result


def render_table(
    console: Console,
    rows: Sequence[Mapping[str, str]],
    columns: Mapping[str, str],
    styles: Sequence[Mapping[str, str]],
    *,
    whole: frozenset[str] = frozenset(),
) -> None:
    """Print `rows` as the width of `console` allows; `styles` gives a rich style for cells, row by row."""
    columns = {key: heading for key, heading in columns.items() if any(row[key] for row in rows)}
    chosen = plan(rows, columns, console.width, whole=whole)
    if chosen.setting is Setting.FLOWING:
        _flowing(console, rows, columns, styles, chosen.long)
        return
    order = [key for key in columns if key != chosen.long]
    if chosen.setting is Setting.BESIDE and chosen.long is not None:
        order.append(chosen.long)
    _line(console, dict(columns), chosen, order, dict.fromkeys(columns, "bold"))
    for row, style in zip(rows, styles, strict=True):
        _line(console, row, chosen, order, style)
        if chosen.setting is Setting.BELOW and chosen.long is not None:
            _paragraph(console, row[chosen.long], INDENT, style.get(chosen.long, ""))


def _line(
    console: Console, row: Mapping[str, str], chosen: Plan, order: Sequence[str], style: Mapping[str, str]
) -> None:
    line = Text()
    for key in order:
        if key == chosen.long:
            _long_cell(console, line, row[key], style.get(key, ""))
            return
        width = chosen.widths[key]
        line.append(_fitted(row[key], width), style=style.get(key, ""))
        line.append(" " * GAP)
    line.rstrip()
    console.print(line, no_wrap=True, overflow="ignore", crop=False)


def _long_cell(console: Console, line: Text, value: str, style: str) -> None:
    """The long column is the last one: its words wrap within what is left of the line."""
    start = line.cell_len
    wrapped = Text(value, style=style).wrap(console, max(console.width - start, 1))
    for number, part in enumerate(wrapped or [Text()]):
        lead = line if number == 0 else Text(" " * start)
        part.rstrip()
        console.print(lead + part, no_wrap=True, overflow="ignore", crop=False)


def _paragraph(console: Console, value: str, indent: int, style: str) -> None:
    for part in Text(value, style=style).wrap(console, max(console.width - indent, 1)):
        part.rstrip()
        console.print(Text(" " * indent) + part, no_wrap=True, overflow="ignore", crop=False)


def _flowing(
    console: Console,
    rows: Sequence[Mapping[str, str]],
    columns: Mapping[str, str],
    styles: Sequence[Mapping[str, str]],
    long: str | None,
) -> None:
    for row, style in zip(rows, styles, strict=True):
        told = []
        for key, heading in columns.items():
            if row[key] and key != long:
                label = f"{heading.lower()} " if row[key].isdecimal() else ""
                told.append(Text(label + row[key], style=style.get(key, "")))
        console.print(Text(" · ").join(told), overflow="fold")
        if long is not None:
            _paragraph(console, row[long], INDENT, style.get(long, ""))


def _fitted(value: str, width: int) -> str:
    """`value` in exactly `width` cells, cut with an ellipsis."""
    if cell_len(value) <= width:
        return set_cell_size(value, width)
    return set_cell_size(set_cell_size(value, width - 1).rstrip() + "…", width)
