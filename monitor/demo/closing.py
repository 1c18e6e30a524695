"""The demo's alerts, as the articles each of them leads to → how they compare with what a reader should learn. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.demo.content import Expectations


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Alerts against events. `missed` events got fewer alerts than they deserve, `repeated` more.

    `false` are the look-alikes that raised an alert, `strange` the addresses that are none of the newsstand's.
    """

    due: int
    alerts: int
    events: int
    told: tuple[str, ...]
    missed: Mapping[str, int]
    repeated: Mapping[str, int]
    false: tuple[str, ...]
    strange: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """True if every event was told as often as it deserves, and nothing else."""
        return not (self.missed or self.repeated or self.false or self.strange)


def compare(
    alerts: Sequence[Sequence[str]], urls: Mapping[str, str], expectations: Expectations
) -> Comparison:
    """Count `alerts` against `expectations`.

    Each alert is given as the addresses of its reports, the leading one first; `urls` are those of
    `Newsstand.urls`. An alert belongs to the event of the first address that is known.
    """
    article_of = {_bare(url): name for name, url in urls.items()}
    event_of = {name: event.event_id for event in expectations.events for name in event.all_articles}
    leads = [_lead(reports, article_of) for reports in alerts]
    counted = Counter(event_of[lead] for lead in leads if lead in event_of)
    due = {event.event_id: event.alerts for event in expectations.events}
    gap = {event_id: number - counted[event_id] for event_id, number in due.items()}
    return Comparison(
        due=sum(due.values()),
        alerts=len(alerts),
        events=sum(number > 0 for number in due.values()),
        told=tuple(event_id for event_id, number in due.items() if number and counted[event_id]),
        missed={event_id: number for event_id, number in gap.items() if number > 0},
        repeated={event_id: -number for event_id, number in gap.items() if number < 0},
        false=tuple(sorted(lead for lead in leads if lead in expectations.look_alikes)),
        strange=tuple(sorted(lead for lead in leads if lead not in urls)),
    )


def _lead(reports: Sequence[str], article_of: Mapping[str, str]) -> str:
    """Id of the first article that is known; the first address where none is, and "" without any."""
    known = (article_of[_bare(url)] for url in reports if _bare(url) in article_of)
    return next(known, reports[0] if reports else "")


def _bare(url: str) -> str:
    return url.partition("?")[0].rstrip("/")
