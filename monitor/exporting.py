"""Rows of the log in, JSON lines or CSV out. Pure but for writing to the stream it is given.

CSV cells that a spreadsheet would take for a formula get an apostrophe in front: titles come from strangers.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TextIO

#: Columns that hold JSON text; in JSON lines they come out as lists and objects.
JSON_COLUMNS = frozenset(
    {
        "actors",
        "places",
        "amounts",
        "families",
        "countries",
        "hubs",
        "languages",
        "changes",
        "parts",
        "watches",
    }
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_json_lines(records: Iterable[Mapping[str, object]], stream: TextIO) -> int:
    """One JSON object a line; how many."""
    count = 0
    for record in records:
        stream.write(json.dumps(unpacked(record), ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count


def write_csv(records: Sequence[Mapping[str, object]], stream: TextIO) -> int:
    """CSV with a header (RFC 4180), lists as "a; b"; how many rows."""
    if not records:
        return 0
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(records[0].keys())
    for record in records:
        writer.writerow([safe_cell(value) for value in unpacked(record).values()])
    return len(records)


def unpacked(record: Mapping[str, object]) -> dict[str, object]:
    """The record with its JSON columns read."""
    return {
        name: json.loads(value) if name in JSON_COLUMNS and isinstance(value, str) else value
        for name, value in record.items()
    }


def safe_cell(value: object) -> object:
    """A value as a spreadsheet may have it: no formula, no line breaks, lists joined, times in UTC; numbers stay."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, (list, tuple)):
        value = "; ".join(
            item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in value
        )
    if isinstance(value, (bool, int, float)):
        return value
    text = " ".join(str(value).split("\n")).replace("\r", " ")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text
