"""Sources in, one row each out: what a single poll of each gave, without touching the log (`check --live`)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.items import Article, CrawlOrder, SourceOrder, SourceReport
from crawler.run import crawl
from crawler.sources import Source
from monitor.engine import Engine
from monitor.settings import searches
from monitor.sourcelog import host_of

if TYPE_CHECKING:
    from monitor.config import Config


def ask_sources(config: Config, sources: Sequence[Source], *, articles: int = 1) -> list[dict[str, object]]:
    """Poll every source once, reading at most `articles` of it; rows in the order of `sources`."""
    limits = replace(config.limits(), max_articles_per_source=articles)
    engine = Engine(crawls=config.engine.crawls, stop=threading.Event(), crawl=crawl)
    reports: dict[str, SourceReport] = {}
    futures = []
    for group in _groups(sources, config.engine.sources_per_crawl):
        asked = searches(config.crawl, config.watches)
        orders = tuple(SourceOrder(source=source, queries=asked) for source in group)
        order = CrawlOrder(order_id=uuid.uuid4().hex[:12], sources=orders, limits=limits)
        futures.append(engine.submit(order, lambda report: reports.__setitem__(report.source_id, report)))
    for future in futures:
        future.result()
    engine.close(wait=True)
    return [_row(reports[source.source_id]) for source in sources]


def _groups(sources: Sequence[Source], size: int) -> list[list[Source]]:
    """The sources by crawl. All of one host are in one, so that nobody is asked by two at the same time."""
    hosts: dict[str, list[Source]] = {}
    for source in sources:
        hosts.setdefault(host_of(source.url), []).append(source)
    groups: list[list[Source]] = []
    for together in hosts.values():
        if not groups or len(groups[-1]) + len(together) > size:
            groups.append([])
        groups[-1] += together
    return groups


def _named(article: Article) -> str:
    """The day, as far as it is known, and the title."""
    return f"{article.published:%Y-%m-%d}  {article.title}" if article.published else article.title


def _row(report: SourceReport) -> dict[str, object]:
    of_index = (item.detail for item in report.outcomes if item.outcome is report.outcome and item.detail)
    detail = next(of_index, "")
    return {
        "id": report.source_id,
        "outcome": report.outcome.value,
        "entries": len(report.entries),
        "articles": len(report.articles),
        "titles": [_named(article) for article in report.articles],
        "detail": detail,
    }
