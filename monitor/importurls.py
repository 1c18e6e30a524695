"""A list of addresses in, the articles behind them in the log out, read through the crawler with all its manners."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.items import CrawlLimits, CrawlOrder, SourceOrder, SourceReport
from crawler.outcomes import Outcome
from crawler.run import crawl
from crawler.sources import Source, SourceKind
from crawler.urls import canonical_url
from monitor.articlelog import store_article
from monitor.clock import Clock
from monitor.database import writing
from monitor.errors import Problem
from monitor.importing import SOURCE, ImportSummary
from monitor.intake import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Addresses of one crawl: at two seconds between requests to one host they fit its time, even all at one host.
PER_CRAWL = 100


def urls_of(lines: Iterable[str]) -> tuple[str, ...]:
    """The addresses of a list, each once; blank lines and lines that begin with # do not count."""
    texts = (line.strip() for line in lines)
    return tuple(dict.fromkeys(text for text in texts if text and not text.startswith("#")))


def import_urls(
    db: Database,
    limits: CrawlLimits,
    urls: tuple[str, ...],
    clock: Clock,
    *,
    baseline: bool = True,
    progress: Callable[[int], None] = lambda _count: None,
) -> ImportSummary:
    """Fetch and store the articles, as they come; an address that gives none is named and the others go on."""
    new = changed = read = 0
    problems: list[Problem] = []
    limits = replace(limits, max_articles_per_source=1)
    urls = tuple(url for url in urls if _is_address(url, problems))
    for first in range(0, len(urls), PER_CRAWL):
        named = {f"{SOURCE}-{first + n}": url for n, url in enumerate(urls[first : first + PER_CRAWL])}
        orders = tuple(SourceOrder(source=_source(name, url)) for name, url in named.items())

        def take(report: SourceReport, named: dict[str, str] = named) -> None:
            nonlocal new, changed, read
            progress(1)
            if not report.articles:
                problems.append(Problem(place=named[report.source_id], message=_reason(report)))
                return
            article = storable(replace(report.articles[0], source_id=SOURCE))
            with writing(db):
                stored = store_article(db, article, clock.now(), baseline=baseline)
            read, new, changed = read + 1, new + stored.is_new, changed + stored.is_changed

        crawl(CrawlOrder(order_id=uuid.uuid4().hex[:12], sources=orders, limits=limits), take)
    return ImportSummary(read=read, new=new, changed=changed, problems=tuple(problems))


def _is_address(url: str, problems: list[Problem]) -> bool:
    try:
        canonical_url(url)
    except ValueError as error:
        problems.append(Problem(place=url, message=str(error)))
        return False
    return True


def _source(name: str, url: str) -> Source:
    return Source(source_id=name, name=name, url=url, kind=SourceKind.PAGE)


def _reason(report: SourceReport) -> str:
    ended = next((item for item in reversed(report.outcomes) if item.outcome is not Outcome.OK), None)
    return (
        f"could not be read: {ended.outcome}: {ended.detail}"
        if ended
        else f"could not be read: {report.outcome}"
    )
