"""Findings of an article in, those that it presents as its news out: what headline or lead state. Pure.

Background, footprint and what stands further down say much that is true and not the development of a story.
"""

from __future__ import annotations

from collections.abc import Iterable

from monitor.model import EventType, Field, Finding

#: Summands of a score that say where the evidence stands (`monitor.rules.facts`).
_AHEAD = frozenset({"in_title", "in_lead"})


def story_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that make an article's story: its news, else what it says besides standing footprint."""
    listed = tuple(findings)
    news = tuple(finding for finding in listed if finding.news)
    return news or tuple(finding for finding in listed if finding.type is not EventType.FOOTPRINT)


def central_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Of the story's findings those that headline or lead state; a footprint never is the news."""
    moving = [finding for finding in findings if finding.type is not EventType.FOOTPRINT]
    return tuple(finding for finding in story_findings(moving) if stands_ahead(finding))


def leading_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The central findings; where headline and lead state none, all that make the story."""
    listed = tuple(findings)
    return central_findings(listed) or story_findings(listed)


def stands_ahead(finding: Finding) -> bool:
    """Whether headline or lead state the finding."""
    return finding.evidence.span.field is Field.TITLE or any(part.name in _AHEAD for part in finding.explain)
