"""A sentence that tells of several who each do something in; the part of it that tells of one of them out. Pure.

"A builds in Osaka, and B opens a region in Mexico": a part begins with a name behind a comma, and has an action of
its own, as has what stands before it. "A, B and C build" is one part.
"""

from __future__ import annotations

import re

from monitor.mentions.view import View
from monitor.rules.matching import Candidate

_NAMED_ONLY = frozenset({"chip", "model", "vendor"})
#: A comma, then at most a word such as "and" and an article before the name.
_BEGINS = re.compile(r"[,;，；、،。]\s*(?:[^\W\d_]{1,8}\s+){0,2}$|[,;，；、،]\s*$")
_REACH = 24


def part_of(candidate: Candidate) -> tuple[int, int]:
    """Where the part that the candidate's action stands in begins and ends; the whole view if it has one."""
    begin, end = _parts(candidate.view), candidate.view.sentences[-1].end
    low = max((bound for bound in begin if bound <= candidate.action.start), default=begin[0])
    return low, next((bound for bound in begin if bound > low), end)


def is_torn(candidate: Candidate) -> bool:
    """Whether action and object stand in two parts: one builds, another has a data center."""
    if candidate.object is None:
        return False
    low, high = part_of(candidate)
    return not low <= candidate.object.start < high


def _parts(view: View) -> list[int]:
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
