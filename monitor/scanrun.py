"""Web archives in, reports of their parts out in order, from all processors here or from a Dask cluster. A shell.

A worker that dies takes one page with it: the page is named, and the part is read again without it. With a progress
file, the parts that were done are not read again.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from crawler.archive import ArchivePart, BadRecord, archive_files, parts_of
from crawler.sources import Source
from monitor.articlelog import store_article
from monitor.cluster import connect
from monitor.database import writing
from monitor.errors import MonitorError
from monitor.intake import storable
from monitor.scanning import Marks, ScanHit, ScanOrder, ScanReport, host_of, scan_part

if TYPE_CHECKING:
    from sqlite_utils import Database

    from monitor.config import Config

logger = logging.getLogger(__name__)

#: Pages of one part that may end a process before the rest of the part is given up.
MAX_DEATHS = 20
#: Memory of one worker in bytes (address space); a page needs 0.2 GB at most.
MEMORY = 2 << 30


class Pool(Protocol):
    """Where parts are scanned."""

    def submit(self, order: ScanOrder) -> Future[ScanReport]: ...


@dataclass(slots=True)
class _Waiting:
    order: ScanOrder
    future: Future[ScanReport]


class Progress:
    """A file of JSON lines that names the parts that are done; without a path it remembers nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._done = self._read() if path is not None and path.exists() else frozenset[str]()

    def is_done(self, part: ArchivePart) -> bool:
        """True for a part of a file that has not changed its size since."""
        return _key(part) in self._done

    def note(self, part: ArchivePart) -> None:
        """The results of this part are out. Raises MonitorError where that cannot be written."""
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_key(part) + "\n")
        except OSError as error:
            raise MonitorError(f"{self._path}: cannot be written: {error.strerror}") from None

    def _read(self) -> frozenset[str]:
        assert self._path is not None
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MonitorError(f"{self._path}: is no progress file: {error}. Name another one") from None
        return frozenset(lines)


def parts_to_scan(paths: Iterable[Path], progress: Progress) -> tuple[list[ArchivePart], list[BadRecord]]:
    """The parts of all files that are still to be scanned, and the files that cannot be read."""
    parts: list[ArchivePart] = []
    bad: list[BadRecord] = []
    for path in archive_files(paths):
        try:
            parts += parts_of(path.resolve())
        except OSError as error:
            bad.append(BadRecord(path=path, offset=0, message=f"cannot be read: {error.strerror}"))
    return [part for part in parts if not progress.is_done(part)], bad


def scan_parts(
    config: Config,
    parts: Sequence[ArchivePart],
    sources: Iterable[Source],
    *,
    every_page: bool = False,
    workers: int,
) -> Iterator[tuple[ArchivePart, ScanReport]]:
    """Scan the parts, several at once; the reports come in the order of the parts. Never raises for an archive."""
    by_host = sources_by_host(sources)
    # Watches name channels, so these must be there; their addresses are secret, and nothing of them is needed to judge.
    bare = replace(
        config,
        channels=tuple(replace(channel, url="") for channel in config.channels),
        review=config.review.model_copy(update={"token": ""}),
    )
    with tempfile.TemporaryDirectory(prefix="cspwatch-scan-") as folder, _pool(config, workers) as pool:
        waiting: deque[_Waiting] = deque()
        for number, part in enumerate(parts):
            order = ScanOrder(
                part=part, config=bare, sources=by_host, every_page=every_page, mark=Path(folder, str(number))
            )
            waiting.append(_Waiting(order, pool.submit(order)))
            if len(waiting) >= 4 * workers:
                yield _finished(waiting.popleft(), pool)
        while waiting:
            yield _finished(waiting.popleft(), pool)


def sources_by_host(sources: Iterable[Source]) -> dict[str, Source]:
    """The sources that are on, by the hosts of index and homepage; of two at one host the first."""
    found: dict[str, Source] = {}
    for source in sources:
        for host in (host_of(source.homepage), host_of(source.url)):
            if host and source.enabled:
                found.setdefault(host, source)
    return found


def store_hits(db: Database, hits: Sequence[ScanHit], now: datetime, *, baseline: bool) -> tuple[int, int]:
    """Store the articles of hits in one transaction; how many are new and changed. Repeating it changes nothing."""
    new = changed = 0
    with writing(db):
        for hit in hits:
            stored = store_article(db, storable(hit.article), now, baseline=baseline)
            new += stored.is_new
            changed += stored.is_changed
    return new, changed


def _finished(waiting: _Waiting, pool: Pool) -> tuple[ArchivePart, ScanReport]:
    """The report of a part; where its process died, after reading it again without the page at fault."""
    died: list[BadRecord] = []
    order, future = waiting.order, waiting.future
    while True:
        try:
            report = future.result()
            return order.part, replace(report, bad=(*died, *report.bad))
        except Exception as error:
            logger.debug("part failed path=%s start=%d", order.part.path, order.part.start, exc_info=error)
            at = Marks.read(order.mark) if order.mark is not None else None
            if at is None or at in order.left_out or len(died) >= MAX_DEATHS:
                message = f"this part of the file was given up: {type(error).__name__}: {error}"
                bad = BadRecord(path=order.part.path, offset=order.part.start, message=message[:300])
                return order.part, ScanReport(bad=(*died, bad))
            message = "the process that read this page died; it is left out"
            died.append(BadRecord(path=order.part.path, offset=at, message=message))
            order = replace(order, left_out=order.left_out | {at})
            future = pool.submit(order)


@contextmanager
def _pool(config: Config, workers: int) -> Iterator[Pool]:
    if config.engine.dask:
        with _cluster(config.engine.dask) as cluster:
            yield cluster
        return
    from pebble import ProcessPool

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["monitor.scanning"])
    pool = ProcessPool(max_workers=workers, initializer=_limit_memory, initargs=(MEMORY,), context=context)
    try:
        yield _LocalPool(pool.schedule)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # Pebble annotates only its schedule methods
        pool.join()


class _LocalPool:
    """Processes here."""

    def __init__(self, schedule: Callable[..., Future[ScanReport]]) -> None:
        self._schedule = schedule

    def submit(self, order: ScanOrder) -> Future[ScanReport]:
        return self._schedule(scan_part, args=(order,))


class _DaskPool:
    """Workers of a Dask cluster, which must see the archives under the same paths."""

    def __init__(self, submit: Callable[..., Future[ScanReport]]) -> None:
        self._submit = submit

    def submit(self, order: ScanOrder) -> Future[ScanReport]:
        return self._submit(scan_part, replace(order, mark=None), pure=False, retries=2)


@contextmanager
def _cluster(address: str) -> Iterator[Pool]:
    client = connect(address)
    try:
        yield _DaskPool(client.submit)
    finally:
        client.close(timeout=5)


def _limit_memory(size: int) -> None:
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _key(part: ArchivePart) -> str:
    size = part.path.stat().st_size if part.path.exists() else 0
    return json.dumps([str(part.path), size, part.start, part.end], ensure_ascii=False)


def hits_to_show(report: ScanReport, *, background: bool) -> tuple[ScanHit, ...]:
    """The relevant articles and those that a watch wants; with `background` all that have findings."""
    return tuple(hit for hit in report.hits if background or hit.judgement.relevant or hit.judgement.watches)


def hit_to_json(hit: ScanHit, *, text: bool) -> Mapping[str, object]:
    """The object that `cspwatch scan --json` prints: that of `judge`, with what the archive says."""
    from monitor.articletext import article_text
    from monitor.extracting import iso
    from monitor.judge_json import judgement_to_json

    article = hit.article
    values: dict[str, object] = {**judgement_to_json(hit.judgement, article_text(article, article.url_key))}
    values |= {
        "title": article.title,
        "url": article.url,
        "source": article.source_id,
        "published": iso(article.published),
        "archived": iso(article.fetched_at),
        "file": str(hit.path),
        "offset": hit.offset,
    }
    return values | ({"text": article.text} if text else {})
