"""What a page or its headers ask of machines in, whether its text must not be kept out. Pure.

Honored are `noarchive` and `noai` (robots meta tag, X-Robots-Tag) and `tdm-reservation: 1` of the W3C community
group's TDM Reservation Protocol. `noindex` is not among them: it speaks of search results, and stands on print and
syndicated pages for other reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

OUR_NAME = "cspwatch"
_RESERVING = frozenset({"noarchive", "noai"})
_NAMED = re.compile(r"^\s*([a-z*][\w.*-]*)\s*:\s*(.*)$", re.IGNORECASE)
_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})


def reserved_by_robots(values: Iterable[str]) -> str | None:
    """The directive (noarchive, noai) that holds for us, or None.

    Each value is one header line or one meta tag; "otherbot: noarchive" binds that bot and those after its name,
    until another name comes, as in X-Robots-Tag.
    """
    for value in values:
        ours = True
        for part in value.split(","):
            named = _NAMED.match(part)
            if named is not None and named[1].lower() not in _WITH_VALUE:
                ours = named[1].lower() in {OUR_NAME, "*"}
                part = named[2]
            directive = part.strip().lower()
            if ours and directive in _RESERVING:
                return directive
    return None


def reserved_for_mining(values: Iterable[str]) -> bool:
    """Does the TDM Reservation Protocol reserve the rights? Only 1 does."""
    return any(part.strip() == "1" for value in values for part in value.split(","))
