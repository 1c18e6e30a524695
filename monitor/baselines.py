"""First reads of sources in, one notice to the operator about what they put into the log out.

A first read alerts nobody, and may take several polls. Sources that are first read together are told of together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.model import Notice, Saying
from monitor.schedulelog import FirstRead

#: First reads are told of for so long; what is older belongs to a log that nobody was told of at the time.
TOLD_WITHIN = timedelta(days=7)
#: While other sources are still being read for the first time, so long until the complete ones are told of.
PATIENCE = timedelta(hours=1)
#: Kind of event in the log, one for each source that was told of.
FIRST_READ = "source-first-read"


def to_tell(reads: Sequence[FirstRead], told_at: datetime | None, now: datetime) -> list[FirstRead]:
    """Which of the first reads that nobody was told of to tell of now: those that are complete. Pure.

    `told_at` is when others were told of last. While some are under way, or were not asked yet, nothing is told, but
    for PATIENCE at most.
    """
    complete = [read for read in reads if read.is_complete]
    begins = [read.began_at for read in complete if read.began_at is not None]
    if not begins:
        return []
    under_way = any(not read.is_complete and (read.began_at or not read.asked) for read in reads)
    waited = now - max(min(begins), told_at or min(begins))
    return complete if not under_way or waited >= PATIENCE else []


def told_of_first_reads(reads: Sequence[FirstRead], kept_back: int) -> Notice:
    """The notice: what filled the log, and how much of it would have alerted."""
    return Notice(
        title=Saying(key="first-read", count=len(reads)),
        lines=(
            Saying(key="first-articles", count=sum(read.articles for read in reads)),
            Saying(key="first-stories", count=kept_back),
            Saying(key="first-rule"),
            Saying(key="see", values=("cspwatch stories",)),
        ),
    )
