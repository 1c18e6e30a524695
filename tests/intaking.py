"""A whole crawl report in, stored source by source as the poller does it, and summed up for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from crawler.items import CrawlReport
from crawler.polling import next_poll
from monitor.intake import Planner, SourceIntake, take_in_source

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSummary:
    """What taking a crawl report in did, source by source."""

    sources: tuple[SourceIntake, ...] = ()

    @property
    def new_articles(self) -> int:
        return sum(item.new_articles for item in self.sources)

    @property
    def changed_articles(self) -> int:
        return sum(item.changed_articles for item in self.sources)


def take_in(
    db: Database,
    report: CrawlReport,
    now: datetime,
    *,
    planner: Planner = next_poll,
    baseline: bool = True,
) -> IntakeSummary:
    """Store every source of `report`; see take_in_source."""
    return IntakeSummary(
        sources=tuple(
            take_in_source(db, report.order_id, source, now, planner=planner, baseline=baseline)
            for source in report.sources
        )
    )
