"""Bytes in, readings out, each read in a process that can be killed: a hang, a crash or a memory bomb costs one page.

The crawl process holds no parser: extraction and feed parsing run in a Pebble pool of workers with a deadline, a
memory limit and a CPU limit. Every failure comes back as NotRead with a named outcome.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing.connection import wait
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from crawler.outcomes import Outcome
from crawler.readings import FeedReading, ListingReading, NotRead, PageReading, SitemapReading
from crawler.sources import Source

P = ParamSpec("P")
T = TypeVar("T")

MAX_TASKS = 200  # a worker is replaced after so many jobs: what libraries leak is bounded
CPU_GRACE = 5.0  # CPU seconds over the deadline after which the kernel ends a worker that nobody killed
PRELOAD = ["crawler.extract", "crawler.feeds", "crawler.sitemaps", "crawler.listings"]


class Readers:
    """A pool of killable reading processes; a context manager whose methods can be awaited on any asyncio loop.

    `deadline` is in seconds of one job, `memory` the address space of one worker in bytes. Workers are started
    from a fork server that holds no thread and no reactor, so the pool may live inside a Scrapy process.
    """

    def __init__(self, workers: int = 2, deadline: float = 10.0, memory: int = 1 << 30) -> None:
        self._deadline = deadline
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        self._pool = ProcessPool(
            max_workers=workers,
            max_tasks=MAX_TASKS,
            initializer=_prepare_worker,
            initargs=(memory,),
            context=context,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop at once: running jobs are ended, waiting ones cancelled."""
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble annotates only its schedule methods
        self._pool.join()

    async def read_feed(self, body: bytes, url: str, content_type: str | None = None) -> FeedReading:
        """Read a feed of any dialect. Raises NotRead."""
        return await self.run(_read_feed, body, url, content_type)

    async def read_sitemap(self, body: bytes, url: str) -> SitemapReading:
        """Read a sitemap, news sitemap or sitemap index, plain or gzipped. Raises NotRead."""
        return await self.run(_read_sitemap, body, url)

    async def read_listing(self, body: bytes, url: str, source: Source) -> ListingReading:
        """Read the article links of a listing page. Raises NotRead."""
        return await self.run(_read_listing, body, url, source)

    async def read_page(
        self, body: bytes, url: str, http_charset: str | None, source: Source | None, fetched_at: datetime
    ) -> PageReading:
        """Read an article page. Raises NotRead."""
        return await self.run(_read_page, body, url, http_charset, source, fetched_at)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run any importable function as a job of the pool. Raises NotRead for time, crash and memory."""
        job = self._pool.schedule(_job, args=(self._deadline, function, args, kwargs), timeout=self._deadline)
        try:
            result: T = await asyncio.wrap_future(job)
        except TimeoutError:
            raise NotRead(
                Outcome.NOT_READ_TIME, f"reading took longer than {self._deadline:g} s and was stopped"
            ) from None
        except ProcessExpired as error:
            raise NotRead(
                Outcome.NOT_READ_CRASH, f"the reading process ended with exit code {error.exitcode}"
            ) from error
        return result


def _job(
    deadline: float, function: Callable[..., T], args: tuple[object, ...], kwargs: Mapping[str, object]
) -> T:
    """Inside the worker: bound the CPU, translate whatever the parsers raise."""
    _limit_cpu(deadline)
    try:
        return function(*args, **kwargs)
    except NotRead:
        raise
    except MemoryError:
        raise NotRead(Outcome.NOT_READ_CRASH, "reading needed more memory than a worker may have") from None
    except RecursionError:
        raise NotRead(Outcome.NOT_READ_CRASH, "the document is nested too deeply to be read") from None
    except Exception as error:  # a parser's own bug: named, counted, and the next page is read
        raise NotRead(Outcome.NOT_READ_CRASH, f"{type(error).__name__}: {str(error)[:200]}") from None


def _limit_cpu(deadline: float) -> None:
    """Let the kernel end this worker if it burns CPU long after its deadline and nobody is left to kill it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + deadline + CPU_GRACE) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (limit if hard < 0 else min(limit, hard), hard))


def _prepare_worker(memory: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = memory if hard < 0 else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash leaves no article on the disk
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when the crawl process is gone: one that was killed cannot stop its workers."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


# The parsers are imported in the worker, where the fork server has them loaded, not in the crawl process:
# trafilatura alone costs a process 0.6 s and 60 MB.


def _read_feed(body: bytes, url: str, content_type: str | None) -> FeedReading:
    from crawler.feeds import read_feed

    return read_feed(body, url, content_type=content_type)


def _read_sitemap(body: bytes, url: str) -> SitemapReading:
    from crawler.sitemaps import read_sitemap

    return read_sitemap(body, url)


def _read_listing(body: bytes, url: str, source: Source) -> ListingReading:
    from crawler.listings import read_listing

    return read_listing(body, url, source)


def _read_page(
    body: bytes, url: str, http_charset: str | None, source: Source | None, fetched_at: datetime
) -> PageReading:
    from crawler.extract import extract_page

    return extract_page(body, url, http_charset=http_charset, source=source, fetched_at=fetched_at)
