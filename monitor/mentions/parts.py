"""A sentence that tells of several who each do something in; where its parts begin out. Pure.

"A builds in Osaka, and B opens a region in Mexico": a part begins with a name behind a comma, and has an action of
its own, as has what stands before it. "A, B and C build" is one part.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.mentions.view import View

_NAMED_ONLY = frozenset({"chip", "model", "vendor"})
#: A comma, then at most a word such as "and" and an article before the name.
_BEGINS = re.compile(r"[,;，；、。]\s*(?:[^\W\d_]{1,8}\s+){0,2}$")
_REACH = 24


def parts_of(view: View) -> list[int]:
    """Where the parts of a sentence begin."""
    bounds = [view.sentences[0].start]
    if view.is_window or len(view.mentions) < 2 or len(view.actions) < 2:
        return bounds
    for one in sorted(view.mentions, key=lambda mention: mention.start):
        if one.kind not in _NAMED_ONLY and _begins(view, bounds[-1], one.start):
            bounds.append(one.start)
    if len(bounds) > 1 and not _acts(view, bounds[-1], view.sentences[-1].end):
        bounds.pop()
    return bounds


def _begins(view: View, low: int, at: int) -> bool:
    """Whether a name at `at` begins a part of its own, behind one that begins at `low`."""
    if at <= low or _BEGINS.search(view.reading.folded, max(low, at - _REACH), at) is None:
        return False
    return _acts(view, low, at)


def _acts(view: View, low: int, high: int) -> bool:
    """Whether somebody does something there: a name and an action."""
    return any(low <= one.start < high for one in view.mentions) and any(
        low <= hit.start < high for hit in view.actions
    )
