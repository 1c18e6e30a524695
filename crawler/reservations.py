"""What a page or its headers ask of machines in, whether its text must not be kept out. Pure.

Honored are `noarchive` and `noai` (robots meta tag, X-Robots-Tag) and `tdm-reservation` of the W3C community group's
TDM Reservation Protocol (final report of May 10, 2024), in which a header goes before tdmrep.json, and a meta tag
before both ("Processing priority"). `noindex` is not among them: it speaks of search results, and stands on print and
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


def mining_choice(values: Iterable[str]) -> bool | None:
    """What the values of `tdm-reservation` declare: reserved (1), not reserved (0); None where nothing does.

    Anything but 0 and 1 counts as unset, as the TDM Reservation Protocol says; of both, 1.
    """
    said = {part.strip() for value in values for part in value.split(",")}
    return True if "1" in said else False if "0" in said else None
