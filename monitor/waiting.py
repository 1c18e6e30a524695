"""What a cooldown held back in; its alert out, once the cooldown has ended and no further article came. A shell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.model import Channel
from monitor.alerting import LinkMaker, Names, no_links
from monitor.articlelog import get_article
from monitor.database import writing
from monitor.judgementlog import cooled_articles, current_judgement, store_decision
from monitor.model import Decision, Level, StoryChange
from monitor.storylog import (
    membership,
    muted_until,
    note_told,
    told,
    waiting_watches,
)
from monitor.telling import Desk, Watch, tell
from monitor.triage import verdict_of

if TYPE_CHECKING:
    from sqlite_utils import Database


def release_waiting(
    db: Database,
    watches: Sequence[Watch],
    channels: Sequence[Channel],
    now: datetime,
    *,
    names: Names,
    links: LinkMaker = no_links,
) -> tuple[str, ...]:
    """Tell every watch what its cooldown held back and is over; the ids of the alerts.

    A muted story goes on waiting. What waits for a watch that is gone is left as it is.
    """
    desk = Desk(watches=watches, channels=channels, names=names, links=links, now=now)
    by_name = {watch.name: watch for watch in watches}
    released = []
    for story_id, name in waiting_watches(db):
        watch = by_name.get(name)
        if watch is None:
            continue
        with writing(db):
            alert_id = _release(db, story_id, watch, desk)
        if alert_id:
            released.append(alert_id)
    return tuple(released)


def _release(db: Database, story_id: str, watch: Watch, desk: Desk) -> str:
    """The alert for one watch, or "" where nothing is to be told now. Reads again: another article may have told it."""
    memory = told(db, story_id).get(watch.name)
    if memory is None or not memory.waiting or desk.now - memory.told_at < watch.cooldown:
        return ""
    until = muted_until(db, story_id)
    if until is not None and desk.now < until:
        return ""
    verdict = verdict_of(memory.waiting, watch)
    leading = [change for change in memory.waiting if verdict_of([change], watch) is verdict]
    source = _source_of(db, story_id, watch.name, leading)
    if verdict is None or source is None:
        return ""
    if watch.shadow:
        note_told(db, story_id, watch.name, desk.now, silently=True)
        return ""
    article_id, level = source
    article, stored = get_article(db, article_id), current_judgement(db, article_id)
    if article is None or stored is None:
        return ""
    decision = Decision(
        watch=watch.name,
        verdict=verdict,
        level=level,
        changes=memory.waiting,
        note=f"held back by the cooldown since {memory.told_at:%Y-%m-%d %H:%M}Z",
    )
    alert_id = tell(db, story_id, decision, article, stored.judgement, desk, told_before=memory.told)
    store_decision(
        db,
        decision,
        article_id=article_id,
        version=article.version,
        judgement_id=stored.judgement_id,
        story_id=story_id,
        alert_id=alert_id,
        now=desk.now,
    )
    return alert_id


def _source_of(
    db: Database, story_id: str, watch: str, changes: Sequence[StoryChange]
) -> tuple[str, Level] | None:
    """The newest article that brought one of the changes, with its level; else the newest that had to wait."""
    cooled = cooled_articles(db, story_id, watch)
    for article_id, level in cooled:
        member = membership(db, article_id)
        if member is not None and set(member.changes) & set(changes):
            return article_id, level
    return cooled[0] if cooled else None
