"""The [[watch]] sections of the configuration in, watches out: asked by detection, weighed by triage, with channels."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from alerts.model import Rhythm
from monitor.errors import ConfigError, Problem
from monitor.model import ArticleText, ChangeKind, Direction, EventType, Finding, Level, Status, StoryChange
from monitor.settings import WatchSection

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.knowledge.model import Knowledge
    from monitor.rules.model import RuleSet
    from monitor.rules.passages import Passage
    from monitor.rules.query import Novelty, Query
    from monitor.rules.watches import DocumentWatch

logger = logging.getLogger(__name__)

_NEUTRAL = frozenset({EventType.FOOTPRINT})


class ConfiguredWatch:
    """A watch as a person wrote it. Without a query it takes every expansion and contraction that is the news."""

    def __init__(
        self, section: WatchSection, knowledge: Knowledge, queries: Mapping[str, Query] | None = None
    ) -> None:
        """`queries` are those of all watches, for `watch:NAME` inside a query."""
        self.id = self.name = section.name
        self.channels: Sequence[str] = section.channels
        self.min_level: str = section.min_level
        self.shadow = section.shadow
        self.cooldown = section.cooldown
        self.max_age = section.max_age
        self.notify_on: Sequence[str] = ("new", "development", *(["repeat"] * section.second_publisher))
        self.every_article = False
        self.rhythm: Rhythm | None = None
        self.knowledge = knowledge
        self.queries: Mapping[str, Query] = queries or {}
        self._query: Query | None = None
        if section.query:
            from monitor.rules.query import parse_query  # only where a query is written

            self._query = parse_query(section.query)

    def holds(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> bool:
        """Whether the article concerns this watch. Background facts concern nobody.

        `novelty` is what the article is to its story, None before that is known.
        """
        news = tuple(finding for finding in findings if finding.news)
        if self._query is None:
            return any(is_movement(finding) for finding in news)
        from monitor.rules.query import subject_for

        return self._query.matches(subject_for(self, article, news, novelty))

    def level(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> Level | None:
        """None: that of the judgement."""
        return None

    def passage(self, article: ArticleText) -> Passage | None:
        """The sentence with most of the words that the query asks for; None where it asks for facts only."""
        if self._query is None:
            return None
        from monitor.rules.passages import passage_of_query
        from monitor.rules.query import subject_for

        return passage_of_query(self._query, subject_for(self, article, ()))


def novelty_of(changes: Sequence[StoryChange]) -> Novelty | None:
    """What an article is to its story, for `is:` in queries; None where it has no story."""
    from monitor.rules.query import Novelty

    kinds = {change.kind for change in changes}
    if not kinds:
        return None
    if ChangeKind.NEW_STORY in kinds:
        return Novelty.NEW
    return Novelty.DEVELOPMENT if kinds - {ChangeKind.REPEAT, ChangeKind.PUBLISHER} else Novelty.REPEAT


def is_movement(finding: Finding) -> bool:
    """Whether the finding is an expansion or a contraction; a denied one too, so that it can correct an alert."""
    if finding.type in _NEUTRAL:
        return False
    return finding.direction is not Direction.NEUTRAL or finding.status is Status.DENIED


def configured(
    sections: Sequence[WatchSection], knowledge: Knowledge, documents: Sequence[DocumentWatch] = ()
) -> tuple[ConfiguredWatch, ...]:
    """One watch for each section, in their order. Their queries may include those of `documents`."""
    from monitor.rules.query import parse_query  # compiles regular expressions on import

    queries = {watch.id: watch.fields.query for watch in documents if watch.fields.query is not None}
    queries |= {section.name: parse_query(section.query) for section in sections if section.query}
    return tuple(ConfiguredWatch(section, knowledge, queries) for section in sections)


def unknown_references(sections: Sequence[WatchSection], documents: Sequence[DocumentWatch]) -> list[Problem]:
    """Watches that a section's query includes and that do not exist: it could never hold.

    A query that cannot be read is named by the configuration itself, and left out here.
    """
    from monitor.rules.query import QueryError, parse_query

    def references(query: str) -> frozenset[str]:
        try:
            return frozenset(parse_query(query).references)
        except QueryError:
            return frozenset()

    known = {section.name for section in sections if section.query}
    known |= {watch.id for watch in documents if watch.fields.query is not None}
    return [
        Problem(
            place=f"[[watch]] {section.name}, query",
            message=f"there is no watch '{name}' with a query",
            remedy=f"Such watches are: {', '.join(sorted(known - {section.name})) or 'none'}",
        )
        for section in sections
        if section.query
        for name in sorted(references(section.query) - known)
    ]


def documents_of(config: Config, knowledge: Knowledge, rules: RuleSet) -> tuple[DocumentWatch, ...]:
    """The watches that [detect] local describes in YAML. One that fails its own examples is left out and logged.

    Raises ConfigError where one names a channel that the configuration does not have.
    """
    found, problems = read_documents_of(config, knowledge, rules)
    for problem in problems:
        logger.warning("watch left out: %s", problem)
    unknown = unknown_channels(config, found)
    if unknown:
        raise ConfigError(unknown)
    return found


def read_documents_of(
    config: Config, knowledge: Knowledge, rules: RuleSet
) -> tuple[tuple[DocumentWatch, ...], tuple[Problem, ...]]:
    """The watches of the local files, and what is wrong with those that are left out."""
    if not config.detect.local:
        return (), ()
    from monitor.detect import Detector
    from monitor.rules.watches import load_watches

    found, problems = load_watches(config.detect.local, Detector(knowledge, rules))
    return tuple(found), tuple(problems)


def unknown_channels(config: Config, watches: Sequence[DocumentWatch]) -> list[Problem]:
    """Channels that watches name and the configuration does not have."""
    names = {channel.name for channel in config.channels}
    return [
        Problem(
            place=f"watch {watch.id}: channels",
            message=f"there is no channel '{name}'",
            remedy=f"Channels are: {', '.join(sorted(names))}",
        )
        for watch in watches
        for name in watch.channels
        if name not in names
    ]


def unused_channels(config: Config, watches: Sequence[DocumentWatch]) -> list[Problem]:
    """Channels that nothing sends to: neither watches nor other channels nor [schedule] name them."""
    named = {name for section in config.watches for name in section.channels}
    named |= {name for watch in watches for name in watch.channels}
    named |= {channel.fallback for channel in config.channels if channel.fallback}
    named |= set(config.schedule.operator)
    return [
        Problem(
            place=f"{config.path or 'built-in defaults'}: [[channel]] {channel.name}",
            message="nothing is sent to it",
            remedy="Name it in the channels of a watch, in [schedule] operator, or as a fallback",
        )
        for channel in config.channels
        if channel.name not in named
    ]
