"""The [[watch]] sections of the configuration as watches that the detector can ask: does this article concern you?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from monitor.model import ArticleText, Direction, EventType, Finding, Status
from monitor.settings import WatchSection

if TYPE_CHECKING:
    from monitor.knowledge.model import Knowledge
    from monitor.rules.query import Query

_NEUTRAL = frozenset({EventType.FOOTPRINT})


class ConfiguredWatch:
    """A watch as a person wrote it. Without a query it takes every expansion and contraction that is the news."""

    def __init__(self, section: WatchSection, knowledge: Knowledge) -> None:
        self.id = section.name
        self._knowledge = knowledge
        self._query: Query | None = None
        if section.query:
            from monitor.rules.query import parse_query  # only where a query is written

            self._query = parse_query(section.query)

    def holds(self, article: ArticleText, findings: Sequence[Finding]) -> bool:
        """Whether the article concerns this watch. Background facts concern nobody."""
        news = [finding for finding in findings if finding.news]
        if self._query is None:
            return any(is_movement(finding) for finding in news)
        from monitor.rules.query import QuerySubject

        return self._query.matches(
            QuerySubject(article=article, findings=tuple(news), lookup=self._knowledge)
        )


def is_movement(finding: Finding) -> bool:
    """Whether the finding is an expansion or a contraction; a denied one too, so that it can correct an alert."""
    if finding.type in _NEUTRAL:
        return False
    return finding.direction is not Direction.NEUTRAL or finding.status is Status.DENIED


def configured(sections: Sequence[WatchSection], knowledge: Knowledge) -> tuple[ConfiguredWatch, ...]:
    """One watch for each section, in their order."""
    return tuple(ConfiguredWatch(section, knowledge) for section in sections)
