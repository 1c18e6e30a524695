"""YAML text in, plain values out, with every scalar left as text (`no`, `on`, `1.10` stay what was written)."""

from __future__ import annotations

from pathlib import Path

import yaml

from monitor.errors import Problem

Value = str | list["Value"] | dict[str, "Value"]

try:
    from yaml import CSafeLoader as _Base  # five times faster than the pure Python loader
except ImportError:  # pragma: no cover - PyYAML built without libyaml
    from yaml import SafeLoader as _Base  # type: ignore[assignment]  # the same loader in Python


class TextLoader(_Base):
    """Reads no booleans, numbers, dates or tags: Norway (NO) is not False, `1.10` is not 1.1."""


TextLoader.yaml_implicit_resolvers = {}


def _mapping(loader: TextLoader, node: yaml.MappingNode) -> dict[str, object]:
    mapping: dict[str, object] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in mapping:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is written twice", key_node.start_mark
            )
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


TextLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def yaml_files(path: Path) -> list[Path]:
    """The YAML files of a folder by name; of anything else the path itself, also where nothing is there."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
    return [path]


def read_documents(path: Path) -> tuple[list[Value], list[Problem]]:
    """All YAML documents of a file. A file that cannot be read gives a problem that names the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        return [], [
            Problem(place=str(path), message=f"cannot be read: {error.strerror}", remedy="Check the path")
        ]
    except UnicodeDecodeError as error:
        return [], [
            Problem(place=str(path), message=f"cannot be read: {error}", remedy="Save it as UTF-8 text")
        ]
    try:
        # TextLoader is a safe loader: it constructs text, lists and mappings only.
        documents = [document for document in yaml.load_all(text, Loader=TextLoader) if document is not None]
    except yaml.YAMLError as error:
        return [], [
            Problem(
                place=str(path), message=f"is not YAML: {_one_line(error)}", remedy="Quote terms with : * [ {"
            )
        ]
    return documents, []


def _one_line(error: yaml.YAMLError) -> str:
    return " ".join(str(error).split())
