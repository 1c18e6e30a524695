"""The next unjudged article in; its judgement, story, decisions and alerts stored in one transaction. A shell.

A crash at any point leaves the article unjudged, and the next run does the same again. What cannot be processed is
set aside with its reason (quarantine), and never stops the others.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from alerts.model import Channel
from crawler.agent import program_version
from monitor.alerting import LinkMaker, Names, no_links
from monitor.articlelog import LoggedArticle, next_unjudged
from monitor.articlestates import count_attempt, hold, quarantine
from monitor.articletext import stored_text
from monitor.bursts import without_burst
from monitor.central import leading_findings
from monitor.database import writing
from monitor.developments import changes, origin_of
from monitor.judgementlog import (
    alerted_watches,
    store_decision,
    store_judgement,
)
from monitor.model import ArticleText, Decision, Judgement, Level, StoryChange, Verdict
from monitor.naming import names_of
from monitor.runlog import log_event
from monitor.stories import Families, features_of, place, story_id_of
from monitor.storylog import (
    Membership,
    StoryFace,
    candidates,
    join_story,
    keep_waiting,
    membership,
    muted_until,
    note_told,
    story_state,
    told,
)
from monitor.storystate import LEVELS, StoryReport, StoryState, advanced
from monitor.telling import Desk, Watch, tell
from monitor.triage import Case, decide, is_alert, is_denial, is_topic
from monitor.watches import novelty_of

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

#: An article at which the process died this often is set aside.
MOST_ATTEMPTS = 3


class Judge(Protocol):
    """`monitor.detect.Detector`, or another judge in tests."""

    @property
    def knowledge(self) -> Families: ...

    def judge(self, article: ArticleText) -> Judgement: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What became of one article. `error` is set where it went to quarantine."""

    article_id: str
    story_id: str | None = None
    relevant: bool = False
    decisions: tuple[Decision, ...] = ()
    alert_ids: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setting:
    known: Families
    desk: Desk

    @property
    def now(self) -> datetime:
        return self.desk.now


def process_next(
    db: Database,
    detector: Judge,
    watches: Sequence[Watch],
    channels: Sequence[Channel],
    now: datetime,
    *,
    names: Names | None = None,
    links: LinkMaker = no_links,
) -> Processed | None:
    """Judge the next article of the log and queue its alerts; None where nothing waits.

    Errors of the database (disk full, damaged) are raised: they are not the article's fault.
    """
    article = next_unjudged(db)
    if article is None:
        return None
    with writing(db):
        attempts = count_attempt(db, article.article_id)
    if attempts > MOST_ATTEMPTS:
        return _set_aside(db, article, f"the process ended at this article {attempts - 1} times", now)
    try:
        judgement = detector.judge(stored_text(article))
    except Exception as error:
        logger.exception("article not judged article=%s", article.article_id)
        return _set_aside(db, article, f"{type(error).__name__}: {error}", now)
    desk = Desk(
        watches=watches,
        channels=channels,
        names=names or names_of(detector.knowledge),
        links=links,
        now=now,
    )
    setting = _Setting(known=detector.knowledge, desk=desk)
    with writing(db):
        return _settle(db, article, judgement, setting)


def _settle(db: Database, article: LoggedArticle, judgement: Judgement, setting: _Setting) -> Processed:
    """Store all that follows from a judgement. Inside the caller's transaction."""
    judgement_id = store_judgement(
        db,
        judgement,
        version=article.version,
        code_version=program_version(),
        family_of=setting.known.family_of,
        now=setting.now,
    )
    member = membership(db, article.article_id)
    state = StoryState()
    if member is not None or _makes_story(judgement):
        member, state = _join(db, article, judgement, member, setting)
    case = _case(db, article, judgement, member, state, setting.desk.watches)
    decisions = without_burst(db, article, decide(case, setting.desk.watches, setting.now), setting.now)
    # The most severe first: a channel of several watches is told of an article once.
    alert_ids = [
        alert_id
        for decision in sorted(decisions, key=lambda one: LEVELS.index(one.level), reverse=True)
        if (alert_id := _follow(db, decision, article, judgement, judgement_id, case, member, setting))
    ]
    if article.held and not any(decision.verdict.value.startswith("held:") for decision in decisions):
        hold(db, article.article_id, "")
    return Processed(
        article_id=article.article_id,
        story_id=member.story_id if member else None,
        relevant=judgement.relevant,
        decisions=decisions,
        alert_ids=tuple(alert_ids),
    )


def _case(
    db: Database,
    article: LoggedArticle,
    judgement: Judgement,
    member: Membership | None,
    state: StoryState,
    watches: Sequence[Watch],
) -> Case:
    """All that bears on alerting, read from the log. Watches are asked again, now that the story is known."""
    story_id = member.story_id if member else None
    changes = member.changes if member else ()
    levels = _levels(watches, stored_text(article), judgement, changes)
    unknown = {name for name in judgement.watches if name not in {watch.name for watch in watches}}
    concerned = tuple(name for name in judgement.watches if name in levels or name in unknown)
    return Case(
        judgement=replace(judgement, watches=concerned),
        changes=changes,
        levels={name: level for name, level in levels.items() if level is not None},
        first_seen=article.first_seen_at,
        published=article.published,
        in_index=article.in_index,
        baseline=article.baseline,
        held=article.held,
        story_published=state.first_published,
        muted_until=muted_until(db, story_id) if story_id else None,
        told=told(db, story_id) if story_id else {},
        story_level=state.level,
        alerted=alerted_watches(db, article.article_id),
        corrected=alerted_watches(db, article.article_id, Verdict.ALERT_CORRECTION),
    )


def _levels(
    watches: Sequence[Watch], text: ArticleText, judgement: Judgement, changes: Sequence[StoryChange]
) -> dict[str, Level | None]:
    """The watches of a judgement that hold still, with the level that they give the article themselves."""
    novelty = novelty_of(changes)
    return {
        watch.name: watch.level(text, judgement.findings, novelty)
        for watch in watches
        if watch.name in judgement.watches and watch.holds(text, judgement.findings, novelty)
    }


def _follow(
    db: Database,
    decision: Decision,
    article: LoggedArticle,
    judgement: Judgement,
    judgement_id: int,
    case: Case,
    member: Membership | None,
    setting: _Setting,
) -> str | None:
    """Do what a decision asks for, and store it; the id of the alert, where it is one."""
    story_id = member.story_id if member else None
    alert_id = None
    if is_alert(decision) and story_id is not None:
        earlier = case.told.get(decision.watch)
        alert_id = tell(
            db,
            story_id,
            decision,
            article,
            _as_told(judgement),
            setting.desk,
            told_before=earlier.told if earlier else 0,
        )
    elif decision.verdict is Verdict.SHADOW and story_id is not None:
        note_told(db, story_id, decision.watch, setting.now, silently=True)
    elif decision.verdict is Verdict.COOLDOWN and story_id is not None:
        keep_waiting(db, story_id, decision.watch, decision.changes)
    store_decision(
        db,
        decision,
        article_id=article.article_id,
        version=article.version,
        judgement_id=judgement_id,
        story_id=story_id,
        alert_id=alert_id,
        now=setting.now,
    )
    return alert_id


def _makes_story(judgement: Judgement) -> bool:
    """True for what is the news, for what only a topic watch asks for, and for denials of what others reported."""
    return judgement.relevant or is_topic(judgement) or is_denial(judgement.findings)


def _as_told(judgement: Judgement) -> Judgement:
    """A topic is told and grouped by its words alone: the background it mentions is not what it is about."""
    return replace(judgement, findings=()) if is_topic(judgement) else judgement


def _join(
    db: Database, article: LoggedArticle, judgement: Judgement, member: Membership | None, setting: _Setting
) -> tuple[Membership, StoryState]:
    """The article's place in its story, and what the story knows with it."""
    if member is not None and member.version == article.version:
        return member, story_state(db, member.story_id)  # judged again: what it added is settled
    known = setting.known
    judgement = _as_told(judgement)
    features = features_of(judgement, stored_text(article), known, published=article.published)
    if member is None:
        match = place(features, candidates(db, features, setting.now))
        story_id = match.story_id or story_id_of(article.article_id)
        state = story_state(db, story_id)
        member = Membership(
            article_id=article.article_id,
            story_id=story_id,
            position=state.articles + 1,
            version=article.version,
            similarity=match.similarity if match.story_id else 1.0,
            parts=match.parts,
            changes=(),
            features=features,
            publisher=article.family,
            origin=origin_of(
                is_copy=article.copy_of is not None,
                syndicated_from=article.syndicated_from,
                tier=article.tier,
                publisher=article.family,
                known=state.publishers,
            ),
        )
        edited = False
    else:
        state, edited = story_state(db, member.story_id), True
    report = StoryReport(
        findings=judgement.findings,
        families=features.families,
        publisher=member.publisher,
        language=features.language,
        level=judgement.level,
        published=article.published,
        independent=not member.origin,
        edited=edited,
    )
    found: tuple[StoryChange, ...] = changes(state, report, known)
    member = replace(member, version=article.version, changes=found, features=features)
    state = advanced(state, report, known)
    face = StoryFace.of(article.title, judgement.language, leading_findings(judgement.findings))
    join_story(db, member, state, face, setting.now)
    return member, state


def _set_aside(db: Database, article: LoggedArticle, error: str, now: datetime) -> Processed:
    with writing(db):
        quarantine(db, article.article_id, error)
        log_event(db, "quarantined", article.article_id, error, now, {"url": article.url})
    return Processed(article_id=article.article_id, error=error)
