"""A part of a web archive in, the articles in it that are the news out: extracted and judged as a crawl does it.

Runs in the worker processes of `monitor/scanrun.py`, each of which keeps one detector for all its parts. Most pages
are finished after a look at their words (`monitor/prescreen.py`).
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.archive import ArchivedPage, ArchivePart, BadRecord, read_part
from crawler.assembly import article_of_page
from crawler.extract import extract_page
from crawler.items import Article, Entry
from crawler.outcomes import Outcome
from crawler.pagetext import page_text
from crawler.readings import NotRead
from crawler.sources import Source, SourceKind
from crawler.urls import registrable_domain, url_key
from monitor.articletext import article_text
from monitor.model import Judgement
from monitor.prescreen import PageScreen

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.queryscreen import QueryScreen
    from monitor.rules.watches import DocumentWatch
    from monitor.shadow import Judge

logger = logging.getLogger(__name__)

#: CPU seconds for one page, then it is left out by name; and wall-clock seconds, then the kernel ends the process.
PAGE_SECONDS = 10.0
HANG_SECONDS = 60.0
_HAS_ARTICLE = frozenset({Outcome.OK, Outcome.TEASER, Outcome.PAYWALL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOrder:
    """A part to scan. `left_out` are records that ended a process before; `mark` names the file for the one at hand."""

    part: ArchivePart
    config: Config = field(repr=False)
    sources: Mapping[str, Source] = field(repr=False)  # by host
    every_page: bool = False
    left_out: frozenset[int] = frozenset()
    mark: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanHit:
    """An article with findings, or one that a watch wants."""

    article: Article
    judgement: Judgement
    path: Path
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """What a part held. `pages` = `passed_over` + `extracted`; `articles` are those extracted that are ones."""

    pages: int = 0
    passed_over: int = 0  # their words can make no finding, or their headers ask not to keep them
    extracted: int = 0
    articles: int = 0
    hits: tuple[ScanHit, ...] = ()
    bad: tuple[BadRecord, ...] = ()


class Scanner:
    """Judges archived pages with one detector. Without a screen every page is extracted."""

    def __init__(
        self,
        judge: Judge,
        screen: PageScreen | None,
        sources: Mapping[str, Source],
        *,
        words: QueryScreen | None = None,
    ) -> None:
        """`screen` says where a rule may find something, `words` where a watch may hold all the same."""
        self._judge = judge
        self._screen = screen
        self._words = words
        self._sources = sources

    def scan(
        self, records: Iterable[ArchivedPage | BadRecord], order: ScanOrder, marks: Marks | None = None
    ) -> ScanReport:
        """Read all records of a part."""
        pages = passed_over = articles = 0
        hits: list[ScanHit] = []
        bad: list[BadRecord] = []
        path = order.part.path
        for record in records:
            if isinstance(record, BadRecord):
                bad.append(record)
                continue
            pages += 1
            if record.offset in order.left_out or record.reservation or not self._may_hold(record):
                passed_over += 1
                continue
            if marks is not None:
                marks.set(record.offset)
            try:
                with _time_limit():
                    found = self.read(record)
            except Exception as error:  # a parser's own bug as well: named, and the next page is read
                why = str(error) if isinstance(error, NotRead) else f"{type(error).__name__}: {error}"
                bad.append(BadRecord(path=path, offset=record.offset, message=f"{record.url}: {why[:300]}"))
                continue
            if found is None:
                continue
            articles += 1
            article, judgement = found
            if judgement.findings or judgement.watches:
                hits.append(ScanHit(article=article, judgement=judgement, path=path, offset=record.offset))
        return ScanReport(
            pages=pages,
            passed_over=passed_over,
            extracted=pages - passed_over,
            articles=articles,
            hits=tuple(hits),
            bad=tuple(bad),
        )

    def read(self, page: ArchivedPage) -> tuple[Article, Judgement] | None:
        """Extract and judge one page; None where it is no article, or asks not to be kept. Raises NotRead."""
        source = self._source_of(page.url)
        reading = extract_page(
            page.body, page.url, http_charset=page.http_charset, source=source, fetched_at=page.archived_at
        )
        reserved = page.mining if reading.mining_reserved is None else reading.mining_reserved
        if reading.noarchive or reserved or reading.outcome not in _HAS_ARTICLE:
            return None
        entry = Entry(url=page.url, url_key=url_key(page.url), key=page.url)
        article = article_of_page(
            reading, entry, source, asked_url=page.url, url=page.url, at=page.archived_at
        )
        return article, self._judge.judge(article_text(article, article.url_key))

    def _may_hold(self, page: ArchivedPage) -> bool:
        if self._screen is None:
            return True
        known = self._sources.get(host_of(page.url))
        text = page_text(page.body, page.http_charset)
        return self._screen.may_hold(text, language=known.language if known else None) or (
            self._words is not None and self._words.may_hold(text)
        )

    def _source_of(self, url: str) -> Source:
        """The source of the catalogue that is read at this host; else one that stands for the site."""
        host = host_of(url)
        known = self._sources.get(host)
        if known is not None:
            return known
        site = registrable_domain(host)
        return Source(source_id=site, name=site, url=url, kind=SourceKind.PAGE)


def host_of(url: str) -> str:
    """The host of an address without "www."; "" where there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def scan_part(order: ScanOrder) -> ScanReport:
    """Scan one part. What a worker runs; deterministic but for what the time limits end."""
    scanner = _scanner(order)
    if order.mark is None:
        return scanner.scan(read_part(order.part), order)
    with Marks.open(order.mark) as marks:
        return scanner.scan(read_part(order.part), order, marks)


class Marks:
    """A file that says which record is at hand, so that the one that ends the process is known."""

    def __init__(self, file: int) -> None:
        self._file = file

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Marks]:
        file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            yield cls(file)
        finally:
            os.close(file)

    def set(self, offset: int) -> None:
        os.pwrite(self._file, offset.to_bytes(8, "big"), 0)

    @staticmethod
    def read(path: Path) -> int | None:
        """The record that was at hand last; None where there was none."""
        try:
            data = path.read_bytes()
        except OSError:
            return None
        return int.from_bytes(data, "big") if len(data) == 8 else None


_kept: dict[bool, tuple[object, Scanner]] = {}


def _scanner(order: ScanOrder) -> Scanner:
    """The scanner of this process: rules and word lists take a second to load."""
    known = _kept.get(order.every_page)
    if known is not None and known[0] == order.config:
        return known[1]
    scanner = scanner_of(order.config, order.sources, every_page=order.every_page)
    _kept[order.every_page] = (order.config, scanner)
    return scanner


def scanner_of(config: Config, sources: Mapping[str, Source], *, every_page: bool = False) -> Scanner:
    """A scanner with the rules, word lists and watches of a configuration."""
    from monitor.judging import judge_of

    judge, documents = judge_of(config)
    if every_page:
        return Scanner(judge, None, sources)
    return Scanner(judge, _screen_of(config), sources, words=_words_of(config, documents))


def _words_of(config: Config, documents: Sequence[DocumentWatch]) -> QueryScreen:
    """For all watches that may hold where no rule finds anything."""
    from monitor.queryscreen import QueryScreen
    from monitor.rules.query import parse_query

    own = {watch.name: parse_query(watch.query) for watch in config.watches if watch.query}
    described = {watch.id: watch.fields.query for watch in documents if watch.fields.query is not None}
    topics = [watch.fields.terms for watch in documents if watch.fields.terms is not None]
    return QueryScreen((*own.values(), *described.values()), {**described, **own}, topics)


def _screen_of(config: Config) -> PageScreen:
    """For all rules that may run: shipped, local, on trial."""
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.loader import load_rules

    knowledge = load_knowledge(config.detect.local)
    rules = (
        *load_rules(config.detect.local, knowledge=knowledge).rules,
        *load_rules(knowledge=knowledge).rules,
    )
    return PageScreen(knowledge, rules)


@contextmanager
def _time_limit() -> Iterator[None]:
    """End a page that takes too long: by an exception where Python runs, by the kernel where it does not.

    Only in a process whose main thread reads; on a cluster the lease of the part is the limit.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _too_long)
    signal.setitimer(signal.ITIMER_PROF, PAGE_SECONDS)
    signal.setitimer(signal.ITIMER_REAL, HANG_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGPROF, before)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise NotRead(Outcome.NOT_READ_TIME, f"reading took longer than {PAGE_SECONDS:g} s of CPU")
