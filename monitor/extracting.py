"""HTML pages in, JSON objects out, through the same killable workers as the crawl (`cspwatch extract`)."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.items import Completeness
from crawler.readings import NotRead, PageReading
from crawler.workers import Readers
from monitor.clock import SystemClock

_COMPLETE = frozenset({Completeness.FULL, Completeness.FEED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page to read. `id` is handed through; the character set stands in `html` itself."""

    id: str | None
    url: str
    html: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedPage:
    """What a page gave, or why it gave nothing."""

    page: Page
    reading: PageReading | None
    error: str | None = None

    def to_json(self) -> dict[str, object]:
        """The object that `cspwatch extract` prints for this page."""
        result: dict[str, object] = {} if self.page.id is None else {"id": self.page.id}
        reading = self.reading
        if reading is None:
            return result | {
                "url": self.page.url,
                "title": "",
                "text": "",
                "language": None,
                "published": None,
                "modified": None,
                "author": None,
                "complete": False,
                "error": self.error,
            }
        return result | {
            "url": reading.canonical or self.page.url,
            "title": reading.title,
            "text": reading.text,
            "language": reading.language,
            "published": iso(reading.published),
            "modified": iso(reading.modified),
            "author": reading.author,
            "complete": reading.completeness in _COMPLETE,
        }


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with Z; None stays None."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def extract_pages(pages: Iterable[Page], *, deadline: float = 10.0) -> Iterator[ExtractedPage]:
    """Read the pages in order, a few at a time; one that hangs or crashes its worker costs only itself."""
    workers = max(1, os.cpu_count() or 1)
    now = SystemClock().now()
    with Readers(workers, deadline) as readers, asyncio.Runner() as runner:
        waiting: deque[asyncio.Task[ExtractedPage]] = deque()
        for page in pages:
            waiting.append(runner.get_loop().create_task(_read(readers, page, now)))
            if len(waiting) >= 4 * workers:
                yield runner.run(_result(waiting.popleft()))
        while waiting:
            yield runner.run(_result(waiting.popleft()))


async def _result(task: asyncio.Task[ExtractedPage]) -> ExtractedPage:
    return await task


async def _read(readers: Readers, page: Page, now: datetime) -> ExtractedPage:
    try:
        reading = await readers.read_page(page.html, page.url, None, None, now)
    except NotRead as error:
        return ExtractedPage(page=page, reading=None, error=f"{error.outcome}: {error.detail}")
    return ExtractedPage(page=page, reading=reading)
