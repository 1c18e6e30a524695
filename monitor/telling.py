"""A decision to tell someone in; its alert in the outbox and in the story's memory out. A shell.

Runs inside the caller's transaction: what is decided, told and queued is stored together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alerts.model import Channel
from alerts.outbox import enqueue
from monitor.alerting import LinkMaker, Names, Telling, compose
from monitor.articlelog import LoggedArticle
from monitor.model import Decision, Judgement
from monitor.storylog import note_told, reports_of
from monitor.triage import WatchTerms

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)


class Watch(WatchTerms, Protocol):
    """A watch with the channels that it tells."""

    @property
    def channels(self) -> Sequence[str]: ...


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
    telling = Telling(
        story_id=story_id,
        sequence=told_before + 1,
        decision=decision,
        article=article,
        judgement=judgement,
        reports=reports_of(db, story_id),
    )
    alert = compose(telling, desk.now, names=desk.names, links=desk.links)
    wanted = next(watch.channels for watch in desk.watches if watch.name == decision.watch)
    enqueue(db, alert, [channel for channel in desk.channels if channel.name in wanted], desk.now)
    note_told(db, story_id, decision.watch, desk.now)
    logger.info("alert queued reason=%s article=%s story=%s", decision.verdict, article.article_id, story_id)
    return alert.alert_id
