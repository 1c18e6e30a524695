"""`cspwatch import`, `export`, `backup` and `restore`: the log as data, in and out."""

from __future__ import annotations

import io
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

import click

from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.errors import MonitorError
from monitor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.database import Row


@click.command(name="import")
@click.argument("file", type=click.File("rb"))
@click.option("--urls", is_flag=True, help="FILE lists addresses, one a line; they are fetched as articles.")
@click.option("--alert", is_flag=True, help="Let the articles alert like those of a source.")
@click.pass_obj
def import_(given: Path | None, file: BinaryIO, urls: bool, alert: bool) -> None:
    """Take the articles of FILE, JSON lines of {url or id, title, text, lang?, published?, source?}, into the log.

    With --urls FILE is a list of addresses: each is fetched through the crawler, with all its manners and limits.
    Repeating an import changes nothing. The monitor judges the articles at its next tick; without a running monitor
    `cspwatch run --once` does.
    """
    from monitor.database import open_database
    from monitor.importing import import_lines

    config = load_config(find_config(given))
    if urls:
        _import_urls(config, io.TextIOWrapper(file, encoding="utf-8", errors="replace"), alert=alert)
        return
    with closing(open_database(config.database)) as db:
        summary = import_lines(db, file, SystemClock().now(), name=file.name, baseline=not alert)
    new = counted(summary.new, "new article")
    refused = f"; {len(summary.problems)} refused" if summary.problems else ""
    click.echo(f"{counted(summary.read, 'line')} read: {new}, {summary.changed} changed{refused}.")
    for problem in summary.problems:
        click.echo(str(problem), err=True)
    if summary.problems:
        click.get_current_context().exit(1)


@click.command()
@click.argument("what", type=click.Choice(["articles", "stories", "ledger", "report"]), default="ledger")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of JSON lines.")
@click.option("--markdown", is_flag=True, help="Markdown: the form of a report.")
@click.option("--since", default="", help="Only what was first seen since: 2026-11-01, or 7d (a report: 7d).")
@click.option(
    "--language",
    type=click.Choice(["en", "de", "zh"]),
    default="en",
    show_default=True,
    help="Of a report.",
)
@click.pass_obj
def export(
    given: Path | None,
    what: str,
    target: Path | None,
    as_csv: bool,
    markdown: bool,
    since: str,
    language: str,
) -> None:
    """Write the articles, the stories or the ledger as JSON lines or CSV, to standard output or a file.

    `export report` writes a Markdown report of the stories that developed since: by provider and place, with facts,
    quotes and sources.
    """
    from monitor.exporting import write_csv, write_json_lines

    if what == "report":
        if as_csv:
            raise MonitorError(
                "a report is Markdown: use `export report --markdown`, or `export stories --csv`"
            )
        _write(target, _report(load_config(find_config(given)), since or "7d", language))
        return
    if markdown:
        raise MonitorError(f"{what} are JSON lines or CSV: use `export report --markdown`")
    found = _all_rows(load_config(find_config(given)), what, since)
    write: Callable[[Sequence[Row], TextIO], int] = write_csv if as_csv else write_json_lines
    try:
        with click.open_file(str(target or "-"), "w", encoding="utf-8") as file:
            write(found, cast("TextIO", file))
    except BrokenPipeError:  # `| head` has enough
        raise
    except OSError as error:
        raise MonitorError(f"{target}: cannot be written: {error.strerror}") from None
    click.echo(f"Wrote {len(found)} rows to {target or 'standard output'}.", err=True)


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(given: Path | None, path: Path) -> None:
    """Copy the log to PATH and check the copy. Works while the monitor runs."""
    from monitor.backup import back_up
    from monitor.database import open_database

    config = load_config(find_config(given))
    open_database(config.database, read_only=True).close()  # says so where there is no log
    with closing(open_database(config.database)) as db:
        made = back_up(db, path)
    click.echo(f"Wrote {made.path}: {made.size / 1e6:.1f} MB, checked.")


@click.command()
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(given: Path | None, path: Path) -> None:
    """Put the backup PATH in the place of the log; the log that was there is set aside. The monitor must not run."""
    from monitor.backup import restore as put_back
    from monitor.database import InstanceLock

    config = load_config(find_config(given))
    with InstanceLock(config.state_dir):
        restored = put_back(path, config.database, SystemClock().now())
    click.echo(f"Restored {counted(restored.articles, 'article')} from {path}.")
    if restored.set_aside is not None:
        click.echo(f"The log that was there is now {restored.set_aside}.")


@click.command()
@click.option("--older", required=True, help="What is from before this: 365d, or 2025-01-01.")
@click.option("--yes", is_flag=True, help="Do it; without, only what would be done is told.")
@click.pass_obj
def prune(given: Path | None, older: str, yes: bool) -> None:
    """Take the full texts of old articles out of the log; titles, facts, quotes, stories and verdicts stay.

    Deliveries that ended before then go too; the alerts stay, and how many were delivered.
    Without --yes nothing is changed. Works while the monitor runs; the file itself shrinks only where it does not.
    Afterwards the log is checked. A pruned article is never judged again.
    """
    from alerts.pruning import prunable_deliveries, prune_deliveries
    from monitor.cli.reviewing import parse_since
    from monitor.database import AlreadyRunningError, InstanceLock, open_database
    from monitor.pruning import compact, prunable
    from monitor.pruning import prune as take

    config = load_config(find_config(given))
    now = SystemClock().now()
    before = parse_since(older, now)
    with closing(open_database(config.database, read_only=not yes)) as db:
        wanted = prunable(db, before)
        size_of = f"{wanted.characters / 1e6:.1f} M characters"
        deliveries = counted(prunable_deliveries(db, before), "ended delivery")
        what = f"{counted(wanted.articles, 'article')} first seen before {before:%Y-%m-%d}, {size_of}"
        if not yes:
            click.echo(
                f"Would take the texts of {what}, and {deliveries}."
                " Add --yes to do it; `cspwatch backup` first is wise."
            )
            return
        size = config.database.stat().st_size
        with click.progressbar(length=wanted.articles, label="texts taken", file=sys.stderr) as bar:
            done = take(db, before, now, bar.update)
        prune_deliveries(db, before)
        try:
            with InstanceLock(config.state_dir):
                shrunk = compact(db)
        except AlreadyRunningError:
            shrunk = False
    for problem in done.problems:
        click.echo(problem, err=True)
    if done.problems:
        raise MonitorError(f"{config.database}: damaged after pruning. Run `cspwatch restore BACKUP`")
    click.echo(f"Took the texts of {what}, and {deliveries}. The log is sound.")
    if shrunk:
        click.echo(f"The file went from {size / 1e6:.1f} to {config.database.stat().st_size / 1e6:.1f} MB.")
    else:
        click.echo("The log is in use, so the file keeps its size; the freed space is used again.")


def _import_urls(config: Config, file: TextIO, *, alert: bool) -> None:
    from monitor.database import open_database
    from monitor.importurls import import_urls, urls_of

    with closing(open_database(config.database)) as db:
        urls = urls_of(file)
        with click.progressbar(length=len(urls), label="addresses read", file=sys.stderr) as bar:
            summary = import_urls(
                db, config.limits(), urls, SystemClock(), baseline=not alert, progress=bar.update
            )
    new = counted(summary.new, "new article")
    click.echo(f"{counted(summary.read, 'address')} read: {new}, {summary.changed} changed.")
    for problem in summary.problems:
        click.echo(str(problem), err=True)
    if summary.problems:
        click.get_current_context().exit(1)


def _report(config: Config, since: str, language: str) -> str:
    from alerts.layouts.words import words
    from monitor.cli.reviewing import parse_since
    from monitor.database import open_database
    from monitor.knowledge.loader import load_knowledge
    from monitor.naming import KnowledgeNames
    from monitor.reporting import Speech, report
    from monitor.review.wording import plain_teller

    now = SystemClock().now()
    try:
        knowledge = load_knowledge(config.detect.local)
    except MonitorError as error:  # a refused file is no reason to withhold a report: its names are left out
        click.echo(f"{error}\nThe report uses the shipped names.", err=True)
        knowledge = load_knowledge()
    speech = Speech(said=words(language), tell=plain_teller(language), names=KnowledgeNames(knowledge))
    with closing(open_database(config.database, read_only=True)) as db:
        return report(db, parse_since(since, now), now, speech)


def _write(target: Path | None, text: str) -> None:
    try:
        with click.open_file(str(target or "-"), "w", encoding="utf-8") as file:
            file.write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MonitorError(f"{target}: cannot be written: {error.strerror}") from None


def _all_rows(config: Config, what: str, since: str) -> Sequence[Row]:
    from monitor.cli.reviewing import parse_since
    from monitor.database import open_database
    from monitor.listing import Filter, find_articles, find_facts, find_stories

    find = {"articles": find_articles, "stories": find_stories, "ledger": find_facts}[what]
    moment = parse_since(since, SystemClock().now()) if since else None
    with closing(open_database(config.database, read_only=True)) as db:
        return find(db, Filter(since=moment, limit=-1, news=None))
