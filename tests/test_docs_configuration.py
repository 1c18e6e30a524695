"""The page on the configuration names every key of the model, with the default that the model has."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from monitor.settings import File

PAGE = Path(__file__).resolve().parent.parent / "docs" / "configuration.md"
_ROW = re.compile(r"^\| `(\w+)` \| (.*?) \| \S", re.MULTILINE)
_SIZES = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1)))


def models() -> dict[str, type[BaseModel]]:
    """Name of a section → its model; what may stand several times by the model of one."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in File.model_fields.items():
        several = field.default if isinstance(field.default, tuple) else (field.default,)
        found[name] = type(several[0])
    return found


def default_of(model: type[BaseModel], key: str) -> str:
    """The default as it would be written in the file; a dash where the key is simply left out."""
    field = model.model_fields[key]
    if field.is_required():
        return "must be given"
    value = field.default
    if value is None or value in ("", ()):
        return "-"
    return f"`{_written(value)}`"


def _written(value: object) -> str:
    if isinstance(value, timedelta):
        for unit, size in _SIZES:
            if value and not value % size:
                return json.dumps(f"{value // size}{unit}")
        return json.dumps(f"{value.seconds}s")
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(str(value) if isinstance(value, Path) else value)


@pytest.mark.parametrize("section", models())
def test_page_names_every_key_with_its_default(section: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    heading = re.search(rf"^## \[+{section}\]+$", text, re.MULTILINE)
    assert heading is not None, f"docs/configuration.md: no heading for [{section}]"
    rows = dict(_ROW.findall(text[heading.end() :].partition("\n## ")[0]))

    model = models()[section]

    assert rows == {key: default_of(model, key) for key in model.model_fields}
