"""Alert in, JSON text out, and back: the form in which an alert waits in the outbox. Pure.

The form follows the dataclasses of `alerts.model`: a field added there with a default reads old rows.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache

from alerts.model import Alert


def alert_to_json(alert: Alert) -> str:
    """`alert` as one line of JSON: times ISO 8601 with `Z`, decimals as text, fields at their default left out."""
    return json.dumps(_plain(alert), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def alert_from_json(text: str) -> Alert:
    """The alert that `alert_to_json` wrote. Fields unknown to this version are ignored."""
    value = _build(Alert, json.loads(text))
    assert isinstance(value, Alert)
    return value


def time_to_text(value: datetime) -> str:
    """UTC time as text of fixed width, so that comparing texts compares times."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_from_text(text: str) -> datetime:
    """The aware UTC time that `time_to_text` wrote."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        entries = [(entry, getattr(value, entry.name)) for entry in dataclasses.fields(value)]
        return {entry.name: _plain(part) for entry, part in entries if not _is_default(entry, part)}
    if isinstance(value, datetime):
        return time_to_text(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return value


def _is_default(entry: dataclasses.Field[object], part: object) -> bool:
    if entry.default_factory is not dataclasses.MISSING:
        return part == entry.default_factory()
    return entry.default is not dataclasses.MISSING and part == entry.default


@cache
def _hints(kind: type) -> dict[str, object]:
    return typing.get_type_hints(kind)


def _build(kind: object, value: object) -> object:
    """`value` of JSON as the type that a dataclass field names."""
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        inner = next(arg for arg in typing.get_args(kind) if arg is not type(None))
        return None if value is None else _build(inner, value)
    if origin is tuple:
        assert isinstance(value, list)
        return tuple(_build(part_kind, part) for part_kind, part in _tuple_parts(kind, value))
    if origin is not None or not isinstance(kind, type):
        return value
    if dataclasses.is_dataclass(kind):
        assert isinstance(value, dict)
        hints = _hints(kind)
        return kind(**{name: _build(hints[name], part) for name, part in value.items() if name in hints})
    return _scalar(kind, value)


def _tuple_parts(kind: object, value: list[object]) -> list[tuple[object, object]]:
    args = typing.get_args(kind)
    if len(args) == 2 and args[1] is Ellipsis:
        return [(args[0], part) for part in value]
    return list(zip(args, value, strict=True))


def _scalar(kind: type, value: object) -> object:
    if kind is datetime:
        return time_from_text(str(value))
    if kind is Decimal:
        return Decimal(str(value))
    if issubclass(kind, StrEnum):
        return kind(str(value))
    return value
