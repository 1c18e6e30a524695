"""`cspwatch init` and `cspwatch check`: write a configuration, and say everything that is wrong with one."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import print_json, print_table
from monitor.config import FILE_NAME, find_config, load_config
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.wording import counted

if TYPE_CHECKING:
    from monitor.checking import CheckReport


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path), default=".")
def init(directory: Path) -> None:
    """Write a commented cspwatch.toml into DIRECTORY (default: here). An existing file is never overwritten."""
    target = directory / FILE_NAME
    directory.mkdir(parents=True, exist_ok=True)
    template = resources.files("monitor.cli").joinpath("template.toml").read_text(encoding="utf-8")
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(template)
    except FileExistsError:
        raise MonitorError(
            f"{target}: exists already and was left as it is. Edit it, or remove it first"
        ) from None
    except OSError as error:
        raise MonitorError(f"{target}: cannot be written: {error.strerror}. Choose another folder") from None
    click.echo(f"Wrote {target}. Next: edit it if you like, then `cspwatch check` and `cspwatch run`.")


@click.command()
@click.option("--live", is_flag=True, help="Also ask every source once; 1 where one cannot be read.")
@click.option(
    "--integrity", is_flag=True, help="Also check every reference and the full-text index of the log."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def check(given: Path | None, live: bool, integrity: bool, as_json: bool) -> None:
    """Check the configuration, the knowledge, the rules with their examples, the sources and the channels.

    All problems are printed at once, each with file, key and remedy. Exit code 2 if there is any, 1 if with --live a
    source could not be read. A warning, as of a channel that nothing is sent to, changes no exit code.
    With --integrity a running monitor waits with its writing while the index is read: 8 s for 200,000 articles.
    """
    from monitor.checking import check_everything  # imports knowledge and rules

    found: list[Problem] = []
    try:
        config = load_config(find_config(given))
    except ConfigError as error:
        if error.usable is None and not as_json:
            raise
        found, config = list(error.problems), error.usable or load_config(None)
    report = check_everything(config, live=live, integrity=integrity, found=found)
    _report(report, as_json=as_json)
    if report.problems or report.unwell:
        click.get_current_context().exit(2 if report.problems else 1)


def _report(report: CheckReport, *, as_json: bool) -> None:
    """Print a check for people, or as JSON."""
    if as_json:
        problems, warnings = (
            [{"place": one.place, "message": one.message, "remedy": one.remedy} for one in listed]
            for listed in (report.problems, report.warnings)
        )
        print_json({"checked": report.lines, "problems": problems, "warnings": warnings, "live": report.live})
        return
    for line in report.lines:
        click.echo(line)
    if report.live:
        columns = {
            "id": "SOURCE",
            "outcome": "OUTCOME",
            "entries": "ENTRIES",
            "articles": "ARTICLES",
            "detail": "DETAIL",
        }
        print_table(report.live, columns, empty="No source is switched on.")
        outcomes = Counter(str(row["outcome"]) for row in report.live)
        told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
        click.echo(f"{len(report.live) - report.unwell} of {len(report.live)} sources were read: {told}")
    for warning in report.warnings:
        click.echo(f"warning: {warning}", err=True)
    for problem in report.problems:
        click.echo(str(problem), err=True)
    if report.problems:
        click.echo(f"{counted(len(report.problems), 'problem')} found.", err=True)
    elif report.unwell:
        click.echo(f"{counted(report.unwell, 'source')} could not be read; the table says why.", err=True)
    elif not report.warnings:
        click.echo("Everything is in order.")
    else:
        click.echo(f"In order but for {counted(len(report.warnings), 'warning')}.")
