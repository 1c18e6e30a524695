"""A value and a JSON Schema in, what does not fit out: the keywords that our schema uses, nothing more."""

from __future__ import annotations

import re

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "null": type(None)}
_KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "const", "pattern", "maxLength",
    "required", "properties", "additionalProperties", "items", "minItems", "maxItems", "anyOf", "oneOf", "allOf",
}  # fmt: skip


def problems_of(value: object, schema: dict[str, object]) -> list[str]:
    """Everything about `value` that `schema` forbids. An unknown keyword is an error, not a pass."""
    return _check(value, schema, schema, "$")


def _check(value: object, schema: dict, root: dict, place: str) -> list[str]:  # type: ignore[type-arg]
    assert not set(schema) - _KNOWN, f"keyword that this check does not know: {set(schema) - _KNOWN}"
    found: list[str] = []
    if "$ref" in schema:
        found += _check(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, place)
    for part in schema.get("allOf", ()):
        found += _check(value, part, root, place)
    for key, wanted in (("anyOf", 1), ("oneOf", 1)):
        if key in schema:
            fits = sum(not _check(value, part, root, place) for part in schema[key])
            if fits < wanted or (key == "oneOf" and fits != 1):
                found.append(f"{place}: fits {fits} of {key}")
    found += _scalar(value, schema, place)
    if isinstance(value, dict):
        found += _object(value, schema, root, place)
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{place}: {len(value)} items")
        for number, part in enumerate(value):
            found += _check(part, schema.get("items", {}), root, f"{place}[{number}]")
    return found


def _scalar(value: object, schema: dict, place: str) -> list[str]:  # type: ignore[type-arg]
    found = []
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(
        isinstance(value, _TYPES[name]) and not (name == "integer" and isinstance(value, bool))
        for name in types
    ):
        found.append(f"{place}: {value!r} is no {types}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place}: {value!r} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place}: {value!r} is not {schema['const']!r}")
    if isinstance(value, str):
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{place}: {value!r} does not match {schema['pattern']}")
        if len(value) > schema.get("maxLength", len(value)):
            found.append(f"{place}: {len(value)} characters")
    return found


def _object(value: dict, schema: dict, root: dict, place: str) -> list[str]:  # type: ignore[type-arg]
    found = [f"{place}: {key} is missing" for key in schema.get("required", ()) if key not in value]
    for key, part in value.items():
        rule = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
        found += _check(part, rule, root, f"{place}.{key}")
    return found
