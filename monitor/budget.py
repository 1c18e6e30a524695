"""A number of requests a day in, a planner that keeps it out: the price of a poll is found anew every day."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from crawler.polling import next_poll, price_for
from monitor.intake import Planner
from monitor.schedulelog import Spending, poll_histories, spending

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

#: What requests cost is taken from this time.
LOOK_BACK = timedelta(days=7)
#: Before there is a day of polls to count: the index, and as much again for articles, robots.txt and the like.
REQUESTS_PER_POLL = 2.0


class Budget:
    """Keeps all sources together within `requests_per_day`; 0 leaves each to the default price."""

    def __init__(self, requests_per_day: int) -> None:
        self._requests = requests_per_day
        self._day: date | None = None
        self._planner: Planner = next_poll

    def planner(self, db: Database, now: datetime) -> Planner:
        """The planner of this day; the first call of a day takes seconds where there is a budget."""
        if self._requests and self._day != now.date():
            self._day = now.date()
            histories = poll_histories(db)
            polls = polls_within(self._requests, spending(db, now - LOOK_BACK, now), len(histories))
            price = price_for(histories, polls, now)
            logger.info("budget requests=%d polls=%d price=%.3f", self._requests, polls, price)
            self._planner = partial(next_poll, price=price)
        return self._planner


def polls_within(requests: int, spent: Spending, sources: int) -> float:
    """Polls a day that `requests` a day allow, articles paid for first; at least one a day for each source. Pure."""
    if spent.days < 1 or not spent.polls:
        return max(requests / REQUESTS_PER_POLL, sources)
    articles = spent.article_requests / spent.days
    per_poll = max(spent.index_requests / spent.polls, 1.0)
    return max((requests - articles) / per_poll, sources)
