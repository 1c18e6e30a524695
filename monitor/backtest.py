"""The stored texts and two states of the rules in, the alerts gained and lost with their quotes out. Reads only.

Judging is pure, so the texts are cut into slices and judged on all cores where there are many of them. Alerts are
counted as stories: ten outlets that report one thing are one alert, as in the real run.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.central import leading_findings
from monitor.database import Row, read_time
from monitor.judgementlog import current_judgement
from monitor.listing import all_texts
from monitor.model import ArticleText, Judgement, StoryFeatures
from monitor.shadow import Judge, judge_with
from monitor.stories import features_of, group_stories
from monitor.triage import is_topic, reaches, weight

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.knowledge.model import Knowledge
    from monitor.rules.model import EventRule, RuleSet
    from monitor.rules.watches import DocumentWatch
    from monitor.settings import WatchSection
    from monitor.telling import Watch

#: Texts judged by one task of a worker.
SLICE = 200
#: Below this many texts another process costs more (1 to 4 s of word lists) than it saves (1 to 3 ms a text).
WORTH_A_PROCESS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """One state of what decides. Picklable; a judge is built from it in each worker."""

    knowledge: Knowledge
    rules: RuleSet
    shipped: tuple[EventRule, ...] = ()
    documents: tuple[DocumentWatch, ...] = ()

    def watches(self, sections: Sequence[WatchSection]) -> tuple[Watch, ...]:
        """The watches of the configuration and of this state's files that send something."""
        from monitor.watches import configured

        every: tuple[Watch, ...] = (
            *configured(sections, self.knowledge, self.documents),
            *self.documents,
        )
        return tuple(watch for watch in every if not watch.shadow)

    def judge(self, watches: Sequence[Watch]) -> Judge:
        """The judge of this state."""
        return judge_with(self.knowledge, self.rules, watches, shipped=self.shipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One article that alerts before or after. `quote` is the sentence, `rule` the rule that found it."""

    article_id: str
    title: str
    url: str
    source_id: str
    seen: datetime
    before: bool
    after: bool
    quote: str
    rule: str
    level: str
    features: StoryFeatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One alert that a change adds or takes away: the first of its articles, and how many there are."""

    first: Case
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCount:
    """Alerts of one week, by the first sight of the first article."""

    monday: date
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestReport:
    """What a change of rules would do. `without_text` articles were pruned and could not be judged."""

    articles: int
    without_text: int
    before: int
    after: int
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]
    weeks: tuple[WeekCount, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A text of the log, and the judgement that stands in the log where that is the side to compare with."""

    text: ArticleText
    seen: datetime
    pruned: bool = False
    logged: Judgement | None = None


def backtest(
    db: Database,
    after: RuleState,
    watches: Sequence[WatchSection],
    *,
    before: RuleState | None = None,
    since: datetime | None = None,
    expected: int = 0,
    progress: Callable[[int], None] = lambda _count: None,
) -> BacktestReport:
    """Judge the stored texts first seen since `since` with `after`, beside `before` (None: as they were judged).

    `expected` is how many there are, to decide on the number of processes; `progress` gets the number of texts of
    each slice as it is done. Watches in shadow do not count, as they send nothing.
    """
    cases: list[Case] = []
    articles = without_text = 0
    with _judging(before, after, watches, expected) as judge:
        for read, found in judge(_slices(db, since, logged=before is None)):
            pruned = sum(stored.pruned for stored in read)
            articles += len(read) - pruned
            without_text += pruned
            cases += found
            progress(len(read))
    return report(cases, articles=articles, without_text=without_text)


def report(cases: Sequence[Case], *, articles: int, without_text: int = 0) -> BacktestReport:
    """Group the cases into stories and say which alert only before, only after, and how many a week."""
    keys = group_stories([(case.article_id, case.features) for case in cases])
    stories: dict[str, list[Case]] = {}
    for case in cases:
        stories.setdefault(keys[case.article_id], []).append(case)
    gained: list[Change] = []
    lost: list[Change] = []
    weeks: dict[date, list[int]] = {}
    before = after = 0
    for members in stories.values():
        was, will = (any(case.before for case in members), any(case.after for case in members))
        before, after = before + was, after + will
        day = members[0].seen.date()
        week = weeks.setdefault(day - timedelta(days=day.weekday()), [0, 0])
        week[0] += was
        week[1] += will
        if was != will:
            (gained if will else lost).append(Change(first=members[0], articles=len(members)))
    return BacktestReport(
        articles=articles,
        without_text=without_text,
        before=before,
        after=after,
        gained=tuple(gained),
        lost=tuple(lost),
        weeks=tuple(WeekCount(monday=day, before=n[0], after=n[1]) for day, n in sorted(weeks.items())),
    )


def would_alert(judgement: Judgement, article: ArticleText, watches: Sequence[Watch]) -> bool:
    """Whether the article alone would alert some watch: its story, its age and silences are not asked."""
    if not judgement.relevant and not is_topic(judgement):
        return False
    return any(
        watch.name in judgement.watches
        and reaches(weight(judgement, watch, watch.level(article, judgement.findings)), watch)
        for watch in watches
    )


_Slice = tuple[_Stored, ...]
_Judged = Iterator[tuple[_Slice, list[Case]]]


def _slices(db: Database, since: datetime | None, *, logged: bool) -> Iterator[_Slice]:
    after = 0
    while rows := all_texts(db, since=since, after=after, limit=SLICE):
        after = int(str(rows[-1]["id"]))
        yield tuple(_stored(db, row, logged=logged) for row in rows)


def _stored(db: Database, row: Row, *, logged: bool) -> _Stored:
    published, seen = read_time(row["published"]), read_time(row["first_seen_at"])
    assert seen is not None
    text = ArticleText(
        article_id=str(row["article_id"]),
        title=str(row["title"]),
        text=str(row["text"]),
        language=str(row["language"]) if row["language"] else None,
        published=published.date() if published else None,
        url=str(row["url"]),
        source=str(row["source_id"]),
        tier=str(row["tier"]),
    )
    judged = current_judgement(db, text.article_id) if logged and row["relevant"] else None
    return _Stored(
        text=text, seen=seen, pruned=bool(row["pruned"]), logged=judged.judgement if judged else None
    )


@contextmanager
def _judging(
    before: RuleState | None, after: RuleState, watches: Sequence[WatchSection], expected: int
) -> Iterator[Callable[[Iterable[_Slice]], _Judged]]:
    """A function that judges slices in their order, in this process or on all cores."""
    cores = len(os.sched_getaffinity(0))
    if cores < 2 or expected < WORTH_A_PROCESS:
        pair = _Pair(before, after, watches)
        yield lambda slices: ((read, pair.cases(read)) for read in slices)
        return
    # Not fork: the parent may hold locks of SQLite and of loggers.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        cores, mp_context=context, initializer=_start, initargs=(before, after, watches)
    ) as pool:
        yield lambda slices: _in_order(pool, slices, 2 * cores)


def _in_order(pool: ProcessPoolExecutor, slices: Iterable[_Slice], ahead: int) -> _Judged:
    waiting: deque[tuple[_Slice, Future[list[Case]]]] = deque()
    for read in slices:
        waiting.append((read, pool.submit(_cases, read)))
        if len(waiting) > ahead:
            done, future = waiting.popleft()
            yield done, future.result()
    for done, future in waiting:
        yield done, future.result()


class _Pair:
    """The two judges of one process."""

    def __init__(self, before: RuleState | None, after: RuleState, sections: Sequence[WatchSection]) -> None:
        self._watches_after = after.watches(sections)
        self._watches_before = self._watches_after if before is None else before.watches(sections)
        self._before = None if before is None else before.judge(self._watches_before)
        self._after = after.judge(self._watches_after)
        self._knowledge = after.knowledge

    def _watches(self, after: bool) -> tuple[Watch, ...]:
        return self._watches_after if after else self._watches_before

    def cases(self, read: _Slice) -> list[Case]:
        """The articles that alert on one side at least."""
        return [case for stored in read if not stored.pruned for case in self._case(stored)]

    def _case(self, stored: _Stored) -> Iterator[Case]:
        old = self._before.judge(stored.text) if self._before is not None else stored.logged
        new = self._after.judge(stored.text)
        was = old is not None and would_alert(old, stored.text, self._watches(False))
        will = would_alert(new, stored.text, self._watches(True))
        if not was and not will:
            return
        shown = new if will or old is None else old
        lead = max(leading_findings(shown.findings), key=lambda finding: finding.score, default=None)
        yield Case(
            article_id=stored.text.article_id,
            title=stored.text.title,
            url=stored.text.url,
            source_id=stored.text.source,
            seen=stored.seen,
            before=was,
            after=will,
            quote=lead.evidence.quote if lead else _passage(shown, stored.text, self._watches(will)),
            rule=lead.rule if lead else "",
            level=shown.level.value,
            features=features_of(shown, stored.text, self._knowledge),
        )


def _passage(judgement: Judgement, article: ArticleText, watches: Sequence[Watch]) -> str:
    """The sentence that a watch on words found, where no fact is the news."""
    found = (watch.passage(article) for watch in watches if watch.name in judgement.watches)
    return next((passage.text for passage in found if passage is not None), "")


_pair: _Pair | None = None


def _start(before: RuleState | None, after: RuleState, watches: Sequence[WatchSection]) -> None:
    """Build the judges of a worker, once."""
    global _pair
    _pair = _Pair(before, after, watches)


def _cases(read: _Slice) -> list[Case]:
    assert _pair is not None
    return _pair.cases(read)
