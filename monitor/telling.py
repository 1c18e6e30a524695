"""A decision to tell someone in; its alert in the outbox and in the story's memory out. A shell.

Runs inside the caller's transaction: what is decided, told and queued is stored together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alerts.model import Channel, Rhythm
from alerts.outbox import enqueue
from monitor.alerting import LinkMaker, Names, Telling, compose
from monitor.articlelog import LoggedArticle
from monitor.articletext import stored_text
from monitor.model import ArticleText, Decision, Finding, Judgement, Level
from monitor.storylog import note_told, reports_of
from monitor.triage import WatchTerms

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.rules.passages import Passage
    from monitor.rules.query import Novelty

logger = logging.getLogger(__name__)


class Watch(WatchTerms, Protocol):
    """A watch as the whole path sees it: what it asks for, how it weighs, whom it tells and when.

    `monitor.watches.ConfiguredWatch` and `monitor.rules.watches.DocumentWatch` are watches. `level` None: that of the
    judgement.
    """

    @property
    def id(self) -> str: ...
    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def rhythm(self) -> Rhythm | None: ...

    def holds(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> bool: ...

    def level(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> Level | None: ...

    def passage(self, article: ArticleText) -> Passage | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who is told, how things are called, where links lead, and when it is."""

    watches: Sequence[Watch]
    channels: Sequence[Channel]
    names: Names
    links: LinkMaker
    now: datetime


def tell(
    db: Database,
    story_id: str,
    decision: Decision,
    article: LoggedArticle,
    judgement: Judgement,
    desk: Desk,
    *,
    told_before: int,
) -> str:
    """Queue the alert of one watch; its id. `told_before`: how often the watch was told of the story."""
    watch = next(watch for watch in desk.watches if watch.name == decision.watch)
    telling = Telling(
        story_id=story_id,
        sequence=told_before + 1,
        decision=decision,
        article=article,
        judgement=judgement,
        reports=reports_of(db, story_id),
        passage=None if judgement.findings else watch.passage(stored_text(article)),
    )
    alert = compose(telling, desk.now, names=desk.names, links=desk.links)
    channels = [channel for channel in desk.channels if channel.name in watch.channels]
    enqueue(db, alert, channels, desk.now, rhythm=watch.rhythm)
    note_told(db, story_id, decision.watch, desk.now)
    logger.info("alert queued reason=%s article=%s story=%s", decision.verdict, article.article_id, story_id)
    return alert.alert_id
