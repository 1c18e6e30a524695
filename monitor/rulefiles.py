"""Paths of [detect] local in, the files that hold rules out; which file defines a rule; a file written whole."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.errors import MonitorError
from monitor.knowledge.yamltext import read_documents, yaml_files
from monitor.rules.loader import SHIPPED


def local_files(paths: Sequence[Path]) -> list[Path]:
    """The YAML files in `paths`, files or folders, in the order in which they are read."""
    return [file for path in paths if path.exists() for file in yaml_files(path)]


def rule_documents(paths: Sequence[Path] = ()) -> dict[str, tuple[Path, Mapping[str, object]]]:
    """Every rule, shipped and local, with its file and its document as written; the last definition counts."""
    found: dict[str, tuple[Path, Mapping[str, object]]] = {}
    for file in [*local_files([SHIPPED]), *local_files(paths)]:
        documents, _ = read_documents(file)
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "rule":
                found[str(document.get("id"))] = (file, document)
    return found


def is_shipped(file: Path) -> bool:
    """Whether the file came with the program: those are not edited."""
    return file.parent == SHIPPED


def read_text(file: Path) -> str:
    """The file's text. Raises MonitorError with the reason."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise MonitorError(f"{file}: cannot be read: {reason}") from None


def write_text(file: Path, text: str) -> None:
    """Replace the file in one step: a crash leaves the old or the new one. Raises MonitorError with the reason."""
    new = file.with_name(file.name + ".new")
    try:
        new.write_text(text, encoding="utf-8")
        if file.exists():
            new.chmod(file.stat().st_mode)
        os.replace(new, file)
    except OSError as error:
        raise MonitorError(f"{file}: cannot be written: {error.strerror}") from None
