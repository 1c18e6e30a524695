"""Paths of a test outlet in, the report of a real crawl out."""

from __future__ import annotations

from datetime import timedelta

from crawler.items import CrawlLimits, CrawlOrder, CrawlReport, SourceOrder, SourceReport, SourceState
from crawler.run import crawl
from crawler.sources import Source, SourceKind
from tests.outlet import Outlet


def limits_for(*outlets: Outlet, **changes: object) -> CrawlLimits:
    """Limits that let a crawl reach these outlets and nothing else that is private."""
    values: dict[str, object] = {
        "wall_time": timedelta(seconds=60),
        "delay": 0.0,
        "timeout": 3.0,
        "workers": 1,
        "allowed_addresses": frozenset(outlet.netloc for outlet in outlets),
    }
    return CrawlLimits(**{**values, **changes})  # type: ignore[arg-type]


def order_of(url: str, kind: SourceKind = SourceKind.FEED, **changes: object) -> SourceOrder:
    """An order for one source; fields of Source and SourceOrder by name."""
    of_order = {name: changes.pop(name) for name in ("state", "conditional", "queries") if name in changes}
    values: dict[str, object] = {
        "source_id": url.partition("://")[2],
        "name": "Test",
        "url": url,
        "kind": kind,
    }
    return SourceOrder(source=Source(**{**values, **changes}), **of_order)  # type: ignore[arg-type]


def run(*orders: SourceOrder, limits: CrawlLimits) -> CrawlReport:
    return crawl(CrawlOrder(order_id="test", sources=orders, limits=limits))


def run_one(order: SourceOrder, *, limits: CrawlLimits) -> SourceReport:
    (report,) = run(order, limits=limits).sources
    return report


def state_after(report: SourceReport) -> SourceState:
    """What a log would remember of a source after this report."""
    pending = {key for key, _ in report.pending}
    known = {
        key for entry in report.entries for key in (entry.url_key, entry.key) if entry.url_key not in pending
    }
    return SourceState(
        etag=report.etag,
        last_modified=report.last_modified,
        body_hash=report.body_hash,
        known_keys=frozenset(known),
        polled_before=True,
        pending=report.pending,
    )
