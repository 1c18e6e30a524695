"""A URL that no article has in, what the log knows of it as steps for `why` out. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from crawler.urls import host_of
from monitor.database import time_text
from monitor.sourcelog import fetches_of, sightings, source_for_host
from monitor.whywords import WhyReport, WhyStep, request_in_words
from monitor.wording import Typed, said

if TYPE_CHECKING:
    from sqlite_utils import Database


def never_stored(db: Database, asked: str, key: str, canonical: str) -> WhyReport:
    """What the log knows of a URL without an article: seen in an index, asked for, or whose source it is."""
    steps = []
    seen = sightings(db, key) if key else []
    fetched = [row for url in dict.fromkeys((asked, canonical)) if url for row in fetches_of(db, url)]
    for row in seen:
        waits = said("still to be read" if row["state"] == "pending" else "not read")
        text = said("in the index of {0}, first on {1}, {2}", row["source_id"], row["first_seen_at"], waits)
        steps.append(WhyStep(name="discovered", held=True, text=text))
    for row in fetched:
        steps.append(WhyStep(name="fetched", held=row["outcome"] == "ok", text=request_in_words(row)))
    if not steps:
        text = said("no index of a source named this address")
        steps.append(WhyStep(name="discovered", held=False, text=text))
    answer = said("It was seen but is not in the log." if seen or fetched else "It was never seen.")
    return WhyReport(
        asked=asked,
        article_id=None,
        title="",
        url=canonical,
        answer=answer if key else said("Nothing in the log has this id."),
        steps=(*steps, *_sources_of(db, asked)) if key else (),
    )


def _sources_of(db: Database, asked: str) -> Iterable[WhyStep]:
    """Which source should have had it."""
    records = source_for_host(db, host_of(asked))
    for record in records:
        remark = record.source.remark or said("no reason given")
        state = said("on") if record.source.enabled else said("switched off: {0}", remark)
        last = time_text(record.last_success_at) if record.last_success_at else said("never")
        outcome = said("last outcome: {0}", said(record.last_outcome)) if record.last_outcome else None
        yield WhyStep(
            name="source",
            held=record.source.enabled,
            text=said(
                "{0} should have had it; it is {1}, last read {2}", record.source.source_id, state, last
            ),
            details=(outcome,) if outcome else (),
        )
    if not records:
        text = said(
            "no source of the catalogue is at {0}; {1} adds one",
            host_of(asked),
            Typed("cspwatch sources add URL"),
        )
        yield WhyStep(name="source", held=False, text=text)
