"""The table of Chinese scripts out: traditional to simplified characters, one to one, for `str.translate`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=1)
def simplified() -> Mapping[int, str]:
    """Traditional to simplified (generated with OpenCC's t2s; only pairs of one character each)."""
    table = files("monitor") / "knowledge" / "data" / "traditional.txt"
    source, target = table.read_text(encoding="utf-8").split("\n")[:2]
    return {ord(a): b for a, b in zip(source, target, strict=True)}
