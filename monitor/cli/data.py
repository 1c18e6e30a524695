"""`cspwatch import`, `export`, `backup` and `restore`: the log as data, in and out."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

import click

from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.database import Row


@click.command(name="import")
@click.argument("file", type=click.File(encoding="utf-8", errors="surrogatepass"))
@click.option("--alert", is_flag=True, help="Let the articles alert like those of a source.")
@click.pass_obj
def import_(given: Path | None, file: TextIO, alert: bool) -> None:
    """Take the articles of FILE, JSON lines of {url or id, title, text, lang?, published?, source?}, into the log.

    Repeating an import changes nothing. The monitor judges them at its next tick; without a running monitor
    `cspwatch run --once` does.
    """
    from monitor.database import open_database
    from monitor.importing import import_lines

    config = load_config(find_config(given))
    with closing(open_database(config.database)) as db:
        summary = import_lines(db, file, SystemClock().now(), name=file.name, baseline=not alert)
    click.echo(f"{summary.read} lines read: {summary.new} new articles, {summary.changed} changed.")
    for problem in summary.problems:
        click.echo(str(problem), err=True)
    if summary.problems:
        click.get_current_context().exit(1)


@click.command()
@click.argument("what", type=click.Choice(["articles", "stories", "ledger"]), default="ledger")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV instead of JSON lines.")
@click.option("--since", default="", help="Only what was first seen since: 2026-11-01, or 7d.")
@click.pass_obj
def export(given: Path | None, what: str, target: Path | None, as_csv: bool, since: str) -> None:
    """Write the articles, the stories or the ledger as JSON lines or CSV, to standard output or a file."""
    from monitor.exporting import write_csv, write_json_lines

    found = _all_rows(load_config(find_config(given)), what, since)
    write: Callable[[Sequence[Row], TextIO], int] = write_csv if as_csv else write_json_lines
    try:
        with click.open_file(str(target or "-"), "w", encoding="utf-8") as file:
            write(found, cast("TextIO", file))
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
    click.echo(f"Restored {restored.articles} articles from {path}.")
    if restored.set_aside is not None:
        click.echo(f"The log that was there is now {restored.set_aside}.")


def _all_rows(config: Config, what: str, since: str) -> Sequence[Row]:
    from monitor.cli.reviewing import parse_since
    from monitor.database import open_database
    from monitor.listing import Filter, find_articles, find_facts, find_stories

    find = {"articles": find_articles, "stories": find_stories, "ledger": find_facts}[what]
    moment = parse_since(since, SystemClock().now()) if since else None
    with closing(open_database(config.database, read_only=True)) as db:
        return find(db, Filter(since=moment, limit=-1, news=None))
