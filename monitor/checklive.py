"""Sources in, one row each out: what a single poll of each gave, without touching the log (`check --live`)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.items import CrawlOrder, SourceOrder, SourceReport
from crawler.run import crawl
from crawler.sources import Source
from monitor.engine import Engine

if TYPE_CHECKING:
    from monitor.config import Config


def ask_sources(config: Config, sources: Sequence[Source], *, articles: int = 1) -> list[dict[str, object]]:
    """Poll every source once, reading at most `articles` of it; rows in the order of `sources`."""
    limits = replace(config.limits(), max_articles_per_source=articles)
    size = config.engine.sources_per_crawl
    engine = Engine(crawls=config.engine.crawls, stop=threading.Event(), crawl=crawl)
    reports: dict[str, SourceReport] = {}
    futures = []
    for start in range(0, len(sources), size):
        orders = tuple(
            SourceOrder(source=source, queries=config.crawl.queries)
            for source in sources[start : start + size]
        )
        order = CrawlOrder(order_id=uuid.uuid4().hex[:12], sources=orders, limits=limits)
        futures.append(engine.submit(order, lambda report: reports.__setitem__(report.source_id, report)))
    for future in futures:
        future.result()
    engine.close(wait=True)
    return [_row(reports[source.source_id]) for source in sources]


def _row(report: SourceReport) -> dict[str, object]:
    detail = next((outcome.detail for outcome in report.outcomes if outcome.detail), "")
    return {
        "id": report.source_id,
        "outcome": report.outcome.value,
        "entries": len(report.entries),
        "articles": len(report.articles),
        "detail": detail,
    }
