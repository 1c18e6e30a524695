"""Values of monitor.model in, JSON text out, and back without loss. Pure; the storage form of a judgement.

Decimals are texts, times ISO 8601, spans [field, start, end]; keys are the field names of the dataclasses.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

from monitor.model import Finding, ScorePart, StoryChange, StoryFeatures, TraceStep

T = TypeVar("T")


def to_json(value: object) -> str:
    """A dataclass, or a list of them, as compact JSON text; sets are sorted, so equal values give equal texts."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


def plain(value: object) -> object:
    """The value as dictionaries, lists, texts and numbers. Fields that hold their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if not _is_default(field, getattr(value, field.name))
        }
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (frozenset, set)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def from_json(kind: type[T], text: object) -> T:
    """The dataclass `kind` back from the JSON text of `to_json`."""
    return restore(kind, json.loads(str(text)))


def restore(kind: type[T], data: object) -> T:
    """The dataclass `kind` back from what `plain` gave. Unknown keys are ignored: a newer version wrote them."""
    assert isinstance(data, Mapping)
    hints = _hints(cast("Hashable", kind))
    values = {name: _read(hints[name], item) for name, item in data.items() if name in hints}
    return kind(**values)


def findings_from(texts: list[object]) -> tuple[Finding, ...]:
    """Findings back from their stored texts."""
    return tuple(from_json(Finding, text) for text in texts)


def changes_from(text: object) -> tuple[StoryChange, ...]:
    """Story changes back from a stored JSON list."""
    return tuple(restore(StoryChange, item) for item in json.loads(str(text)))


def features_from(text: object) -> StoryFeatures:
    """Story features back from their stored text."""
    return from_json(StoryFeatures, text)


def parts_from(text: object) -> tuple[ScorePart, ...]:
    """Named summands back from a stored JSON list."""
    return tuple(restore(ScorePart, item) for item in json.loads(str(text)))


def trace_from(text: object) -> tuple[TraceStep, ...]:
    """Trace steps back from a stored JSON list."""
    return tuple(restore(TraceStep, item) for item in json.loads(str(text)))


def _is_default(field: dataclasses.Field[object], value: object) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return value == field.default_factory()
    return field.default is not dataclasses.MISSING and value == field.default


@cache
def _hints(kind: Hashable) -> dict[str, object]:
    return dict(get_type_hints(kind))


def _read(hint: object, data: object) -> object:
    """`data` as the type that `hint` names: the closed set of types that our values are made of."""
    origin, arguments = get_origin(hint), get_args(hint)
    if data is None:
        return None
    if origin in (Union, types.UnionType):
        return _read(next(item for item in arguments if item is not type(None)), data)
    if origin in (tuple, frozenset):
        assert isinstance(data, list)
        if origin is tuple and arguments[-1] is not Ellipsis:
            return tuple(_read(item_hint, item) for item_hint, item in zip(arguments, data, strict=True))
        items = [_read(arguments[0], item) for item in data]
        return tuple(items) if origin is tuple else frozenset(items)
    if origin is not None:  # Mapping[str, ...]
        assert isinstance(data, Mapping)
        return {key: _read(arguments[1], item) for key, item in data.items()}
    assert isinstance(hint, type)
    if dataclasses.is_dataclass(hint):
        return restore(hint, data)
    if issubclass(hint, (datetime, date)):
        return hint.fromisoformat(str(data))
    if issubclass(hint, (Decimal, StrEnum)):
        return hint(str(data))
    return data
