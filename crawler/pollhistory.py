"""Reports of polls in, what they taught about a source out: its times, failures, silence, lag. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import quantiles

from crawler.items import SourceReport
from crawler.outcomes import Outcome, failure_weight
from crawler.rhythm import articles_per_day

FAILING_SCORE = 3.0
KEPT_TIMES = 600
KEPT_DAYS = 60
MIN_TIMES_FOR_SILENCE = 5
SILENCE_EXPECTED = 6.0  # articles that should have come: by chance once in 400 times
MIN_SILENCE = timedelta(hours=12)
#: An entry that is older than this when it first shows was dated back: that says nothing about caches.
MAX_LAG = timedelta(minutes=30)
LAG_FADES = (
    0.95  # with every article that does not speak for the lag, or a cache would be believed in for ever
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollHistory:
    """What polling a source has taught; stored as JSON between polls."""

    source_id: str
    published: tuple[datetime, ...] = ()  # distinct times of entries, oldest first
    failure_score: float = 0.0
    failing_since: datetime | None = None
    last_poll: datetime | None = None
    last_read: datetime | None = None  # the index was read in full
    update_period: timedelta | None = None
    lag: timedelta = timedelta(0)  # how long after its date an entry shows in the index
    index_size: int = 0  # entries the index holds, where older ones drop out of it; 0: none was seen to

    @property
    def is_failing(self) -> bool:
        """Tell whether the source counts as failing."""
        return self.failure_score >= FAILING_SCORE


def learn(history: PollHistory, report: SourceReport, now: datetime) -> PollHistory:
    """`history` after `report`: times of publication, failure score."""
    now = now.replace(microsecond=0)  # as stored
    weight = failure_weight(report.outcome)
    score = history.failure_score + weight
    if report.outcome is Outcome.OK:
        score = 0.0  # the index was read; a 304 leaves the score, for it proves nothing about the body
    return replace(
        history,
        published=_published(history, report, now),
        failure_score=round(score, 3),
        failing_since=(history.failing_since or now) if score else None,
        last_poll=now,
        last_read=now if report.outcome is Outcome.OK else history.last_read,
        update_period=report.update_period or history.update_period,
        lag=_lag(history, report, now),
        index_size=_index_size(history, report),
    )


def _lag(history: PollHistory, report: SourceReport, now: datetime) -> timedelta:
    """How long entries take to show, by those that are new.

    An entry that is older than the last poll was not there yet at that poll; what shows now takes no longer than
    now. Between the two nothing is known, and the lag fades.
    """
    lag, last = history.lag, history.last_poll
    if last is None or history.failure_score or not history.published:
        return lag
    known = set(history.published)
    times = {
        entry.published.replace(microsecond=0) for entry in report.entries if entry.published is not None
    }
    for time in sorted(times - known):
        least, most = last - time, now - time
        if not timedelta(0) <= most or least > MAX_LAG:
            continue
        if lag < least:
            lag += (least - lag) / 2
        else:
            lag = min(lag * LAG_FADES, most)
    return timedelta(seconds=round(lag.total_seconds()))


def _index_size(history: PollHistory, report: SourceReport) -> int:
    """Entries an index holds from which older ones drop out; 0 where it holds all that is known."""
    times = [entry.published for entry in report.entries if entry.published is not None]
    if report.outcome is not Outcome.OK or not times or not history.published:
        return history.index_size
    return len(report.entries) if min(times).replace(microsecond=0) > history.published[0] else 0


def _published(history: PollHistory, report: SourceReport, now: datetime) -> tuple[datetime, ...]:
    """Distinct times of articles with those of `report`, oldest first, old ones and future ones left out."""
    new = {entry.published.replace(microsecond=0) for entry in report.entries if entry.published is not None}
    if history.last_poll is not None and any(article.published is None for article in report.articles):
        between = history.last_poll + (now - history.last_poll) / 2
        new.add(between.replace(microsecond=0))
    new.difference_update(history.published)
    oldest = now - timedelta(days=KEPT_DAYS)
    if not new and (len(history.published) < 2 or history.published[0] > oldest):
        return history.published
    times = sorted(time for time in {*history.published, *new} if time <= now)
    kept = [time for time in times if time > oldest][-KEPT_TIMES:]
    return tuple(kept or times[-1:])  # the last sign of life stays, however old


def silent_beyond_rhythm(history: PollHistory, now: datetime) -> timedelta | None:
    """How long the source has been silent, if that is longer than its rhythm explains; else None."""
    limit = silent_after(history)
    if limit is None or now < limit:
        return None
    return now - history.published[-1]


def silent_after(history: PollHistory) -> datetime | None:
    """When silence since the last entry is beyond the source's rhythm; None while too little is known.

    Both must be exceeded: what its longest gaps were, and a number of articles that should have come.
    """
    times = history.published
    if len(times) < MIN_TIMES_FOR_SILENCE:
        return None
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    usual_longest = quantiles(gaps, n=20, method="inclusive")[-1]
    longest = max(timedelta(seconds=max(2 * usual_longest, 1.25 * max(gaps))), MIN_SILENCE)
    last = times[-1]
    expected = timedelta(days=SILENCE_EXPECTED / max(articles_per_day(times, last), 0.01))
    return last + max(longest, min(expected, timedelta(days=60)))


def history_to_json(history: PollHistory) -> str:
    """`history` as JSON, times in seconds since 1970."""
    values = {
        "published": [int(time.timestamp()) for time in history.published],
        "failure_score": history.failure_score,
        "failing_since": _seconds(history.failing_since),
        "last_poll": _seconds(history.last_poll),
        "last_read": _seconds(history.last_read),
        "update_period": history.update_period.total_seconds() if history.update_period else None,
        "lag": int(history.lag.total_seconds()),
        "index_size": history.index_size,
    }
    return json.dumps(values, separators=(",", ":"))


def history_from_json(source_id: str, text: str | None) -> PollHistory:
    """The history that `history_to_json` wrote; an empty one for None. Raises ValueError for anything else."""
    if not text:
        return PollHistory(source_id=source_id)
    values = json.loads(text)
    period = values.get("update_period")
    return PollHistory(
        source_id=source_id,
        published=tuple(datetime.fromtimestamp(seconds, UTC) for seconds in values["published"]),
        failure_score=float(values["failure_score"]),
        failing_since=_time(values["failing_since"]),
        last_poll=_time(values["last_poll"]),
        last_read=_time(values["last_read"]),
        update_period=timedelta(seconds=period) if period else None,
        lag=timedelta(seconds=values["lag"]),
        index_size=values["index_size"],
    )


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
