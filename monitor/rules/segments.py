"""A candidate in; the part of its sentence that tells of it, not of others who do something there, out. Pure."""

from __future__ import annotations

from monitor.rules.matching import Candidate


def part_of(candidate: Candidate) -> tuple[int, int]:
    """Where the part that the candidate's action stands in begins and ends; the whole view if it has one."""
    begin, end = candidate.view.parts, candidate.view.sentences[-1].end
    if len(begin) == 1:
        return begin[0], end
    low = max((bound for bound in begin if bound <= candidate.action.start), default=begin[0])
    return low, next((bound for bound in begin if bound > low), end)


def is_torn(candidate: Candidate) -> bool:
    """Whether action and object stand in two parts: one builds, another has a data center."""
    if candidate.object is None:
        return False
    low, high = part_of(candidate)
    return not low <= candidate.object.start < high
