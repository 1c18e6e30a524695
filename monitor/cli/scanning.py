"""`cspwatch scan`: web archives read offline, through the same extraction and the same judgement as a crawl."""

from __future__ import annotations

import os
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import print_json_lines
from monitor.cli.sources import sources_of
from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.errors import MonitorError
from monitor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils import Database

    from crawler.archive import ArchivePart, BadRecord
    from monitor.scanning import ScanHit, ScanReport

MOST_TOLD = 20  # bad records that are named one by one


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, as `judge` writes it.")
@click.option("--text", is_flag=True, help="With --json: the text of each article, too.")
@click.option("--background", is_flag=True, help="Also articles whose findings are not the news.")
@click.option("--into-log", is_flag=True, help="Store the articles found in the log; they do not alert.")
@click.option("--alert", is_flag=True, help="With --into-log: let them alert like those of a source.")
@click.option(
    "--every-page", is_flag=True, help="Extract every page, also those whose words can make no finding."
)
@click.option(
    "--progress",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Remember in this file what is done; the same command goes on from there.",
)
@click.option("--workers", type=click.IntRange(1, 256), help="Processes (default: one for each processor).")
@click.pass_obj
def scan(
    given: Path | None,
    paths: tuple[Path, ...],
    as_json: bool,
    text: bool,
    background: bool,
    into_log: bool,
    alert: bool,
    every_page: bool,
    progress: Path | None,
    workers: int | None,
) -> None:
    """Find the news in web archives: WARC files (.warc, .warc.gz, .warc.zst) or directories of them.

    Works offline. Every page is extracted and judged as a crawl does it; pages whose words can make no finding are
    passed over after a look. What cannot be read is named, and the scan goes on. With [engine] dask the archives are
    scanned on the cluster, whose workers must see them under the same paths.
    """
    from monitor.scanrun import Progress, hit_to_json, hits_to_show, parts_to_scan, scan_parts, store_hits

    if alert and not into_log:
        raise click.UsageError("--alert goes with --into-log")
    if text and not as_json:
        raise click.UsageError("--text goes with --json")
    config = load_config(find_config(given))
    done = Progress(progress)
    parts, unreadable = parts_to_scan(paths, done)
    if not parts and not unreadable and progress is None:
        raise MonitorError(f"{', '.join(map(str, paths))}: no WARC file there (.warc, .warc.gz, .warc.zst)")
    totals = _Totals(unreadable)
    store = _storing(config) if into_log else None

    def take(part: ArchivePart, report: ScanReport) -> None:
        hits = totals.first_seen(hits_to_show(report, background=background))
        if as_json:
            print_json_lines(hit_to_json(hit, text=text) for hit in hits)
        elif store is None:
            for hit in hits:
                click.echo(_line(hit))
        if store is not None:
            with closing(store()) as db:
                new, changed = store_hits(db, hits, SystemClock().now(), baseline=not alert)
            totals.new, totals.changed = totals.new + new, totals.changed + changed
        sys.stdout.flush()
        done.note(part)
        totals.add(report, len(hits))

    with _bar(parts) as advance:
        for part, report in scan_parts(
            config,
            parts,
            sources_of(config),
            every_page=every_page,
            workers=workers or os.cpu_count() or 1,
        ):
            take(part, report)
            advance(part.end - part.start)
    totals.tell(stored=into_log)
    if totals.bad:
        click.get_current_context().exit(1)


class _Totals:
    """What all parts together held, told at the end on standard error."""

    def __init__(self, unreadable: list[BadRecord]) -> None:
        self.bad = len(unreadable)
        self.new = self.changed = 0
        self._pages = self._passed = self._articles = self._hits = 0
        self._seen: set[int] = set()  # hashes: an archive may hold millions
        for record in unreadable:
            click.echo(str(record), err=True)

    def first_seen(self, hits: tuple[ScanHit, ...]) -> tuple[ScanHit, ...]:
        """Without articles that were archived before with the same text."""
        fresh = {(hit.article.url_key, hit.article.text): hit for hit in reversed(hits)}
        new = [hit for key, hit in fresh.items() if hash(key) not in self._seen]
        self._seen.update(map(hash, fresh))
        return tuple(sorted(new, key=lambda hit: hit.offset))

    def add(self, report: ScanReport, hits: int) -> None:
        self._pages += report.pages
        self._passed += report.passed_over
        self._articles += report.articles
        self._hits += hits
        for record in report.bad:
            self.bad += 1
            if self.bad <= MOST_TOLD:
                click.echo(str(record), err=True)

    def tell(self, *, stored: bool) -> None:
        told = [
            counted(self._pages, "page"),
            f"{self._passed} passed over after a look at their words",
            f"{counted(self._articles, 'article')} read",
            f"{self._hits} found",
        ]
        if stored:
            told.append(f"{self.new} new and {self.changed} changed in the log")
        click.echo(f"{', '.join(told)}.", err=True)
        if self.bad:
            left = f"; the first {MOST_TOLD} are named above" if self.bad > MOST_TOLD else ""
            bad = "1 record or page" if self.bad == 1 else f"{self.bad} records or pages"
            click.echo(f"{bad} could not be read{left}.", err=True)


def _line(hit: ScanHit) -> str:
    from monitor.extracting import iso

    article, judgement = hit.article, hit.judgement
    day = (iso(article.published) or "no date")[:10]
    kinds = ", ".join(dict.fromkeys(finding.type.value for finding in judgement.findings if finding.news))
    title = " ".join(article.title.split())
    return f"{day}\t{judgement.score}\t{kinds or '-'}\t{title}\t{article.url}"


def _storing(config: Config) -> Callable[[], Database]:
    from monitor.database import open_database

    return lambda: open_database(config.database)


@contextmanager
def _bar(parts: list[ArchivePart]) -> Iterator[Callable[[int], None]]:
    """A progress bar by bytes, where a person looks."""
    if not parts or not sys.stderr.isatty():
        yield lambda _size: None
        return
    with click.progressbar(
        length=sum(part.end - part.start for part in parts), label="scanned", file=sys.stderr
    ) as bar:
        yield bar.update
