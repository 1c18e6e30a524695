"""A filter of the ledger in, its totals out: made from the log, kept for the next to ask, made anew beside requests."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.ledgertotals import Division, Totals, totals_of
from monitor.listing import stopped_stories
from monitor.review import ledgerqueries
from monitor.review.ledgerqueries import LedgerFilter

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.review.site import LogAccess

logger = logging.getLogger(__name__)
_KEPT_TOTALS = 32
#: Seconds that totals hold while articles are being judged: making them costs 2 us for each fact of the log.
_TOTALS_HOLD = 10.0
#: Seconds after which old totals are no longer shown at all.
_TOTALS_AGE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    stamp: tuple[int, int]
    made_at: float  # monotonic
    totals: Totals


class TotalsCache:
    """The totals of the last filters. Old ones are shown once more while new ones are made: nobody waits for them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[LedgerFilter, Division], _Kept] = OrderedDict()
        self._refreshing: set[asyncio.Future[Totals]] = set()

    async def totals(
        self, log: LogAccess, wanted: LedgerFilter, division: Division = Division.DIRECTION
    ) -> Totals:
        """The totals of what is wanted: at most ten minutes old, and made anew for the next one to ask."""
        kept = self._kept.get((wanted, division))
        age = time.monotonic() - kept.made_at if kept else _TOTALS_AGE
        if kept is None or age >= _TOTALS_AGE:
            return await self.make(log, wanted, division)
        if age >= _TOTALS_HOLD and kept.stamp != await log.read(ledgerqueries.ledger_stamp):
            self.refresh(log, wanted, division)
        return kept.totals

    async def make(
        self, log: LogAccess, wanted: LedgerFilter, division: Division = Division.DIRECTION
    ) -> Totals:
        """Make the totals anew and keep them."""
        now = time.monotonic()

        def question(db: Database) -> tuple[tuple[int, int], Totals]:
            groups = ledgerqueries.ledger_groups(db, wanted)
            return ledgerqueries.ledger_stamp(db), totals_of(groups, stopped_stories(db), division)

        stamp, made = await log.read(question)
        self._kept[wanted, division] = _Kept(stamp=stamp, made_at=now, totals=made)
        self._kept.move_to_end((wanted, division))
        while len(self._kept) > _KEPT_TOTALS:
            self._kept.popitem(last=False)
        return made

    def refresh(self, log: LogAccess, wanted: LedgerFilter, division: Division = Division.DIRECTION) -> None:
        """Make the totals anew beside the request that showed the old ones."""
        making = asyncio.ensure_future(self.make(log, wanted, division))
        self._refreshing.add(making)
        making.add_done_callback(self._refreshed)

    def _refreshed(self, made: asyncio.Future[Totals]) -> None:
        self._refreshing.discard(made)
        if not made.cancelled() and made.exception() is not None:
            logger.warning("totals of the ledger not made anew", exc_info=made.exception())
