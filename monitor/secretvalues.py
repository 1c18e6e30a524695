"""A value of the configuration in, the secret that it names out: as written, `env:NAME` or `file:PATH`."""

from __future__ import annotations

import os
from pathlib import Path


def resolve_secret(value: str, base: Path) -> tuple[str, str]:
    """(secret, "") for a plain value, `env:NAME` or `file:PATH`; ("", what is wrong) otherwise."""
    if value.startswith("env:"):
        name = value[4:]
        found = os.environ.get(name)
        if found:
            return found.strip(), ""
        return "", f"the environment variable {name} is not set; set it before the start, or write file:PATH"
    if value.startswith("file:") and not value.startswith("file://"):
        target = base / Path(value[5:]).expanduser()
        try:
            return target.read_text(encoding="utf-8").strip(), ""
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            return "", f"the secret's file {target} cannot be read: {reason}"
    return value, ""
