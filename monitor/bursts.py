"""The decisions of one article in; the same, or held while its source alerts as never before, out. A shell.

A broken feed or a page that changed its form must not become fifty alerts. Runs inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.articlelog import LoggedArticle
from monitor.articlestates import hold
from monitor.judgementlog import alerting_articles, busiest_arrival, was_held
from monitor.model import Decision, Verdict
from monitor.runlog import log_event
from monitor.triage import is_alert

if TYPE_CHECKING:
    from sqlite_utils import Database

#: More alerting articles than this in one poll, and three times what the source ever had: held for a person.
BURST = 5
BURST_FACTOR = 3
BURST_MEMORY = timedelta(days=30)


def without_burst(
    db: Database, article: LoggedArticle, decisions: tuple[Decision, ...], now: datetime
) -> tuple[Decision, ...]:
    """Hold what would alert while its source alerts as never before: a broken feed, a changed page."""
    if not article.in_index or not any(is_alert(decision) for decision in decisions):
        return decisions
    if was_held(db, article.article_id):
        return decisions  # a person let it go on
    so_far = alerting_articles(db, article.source_id, article.first_seen_at)
    if so_far < BURST:
        return decisions
    since = now - BURST_MEMORY
    if so_far < BURST_FACTOR * busiest_arrival(db, article.source_id, since, article.first_seen_at):
        return decisions
    hold(db, article.article_id, "flood")
    note = f"{so_far} articles of this poll alerted already, more than ever before"
    log_event(db, "flood-held", article.source_id, note, now)
    return tuple(
        replace(decision, verdict=Verdict.HELD_FLOOD, note=note) if is_alert(decision) else decision
        for decision in decisions
    )
