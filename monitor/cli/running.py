"""`cspwatch run`, `demo`, `serve` and `status`: the monitor as a process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import print_json
from monitor.config import Config, find_config, load_config
from monitor.errors import ConfigError, Problem
from monitor.wording import counted

if TYPE_CHECKING:
    from monitor.app import RunSummary


@click.command()
@click.option(
    "--once", is_flag=True, help="Poll all that is due, deliver all that is due, print a summary, end."
)
@click.pass_obj
def run(given: Path | None, once: bool) -> None:
    """Watch the sources, judge what they publish, alert, and serve the review page.

    Runs in the foreground until SIGTERM or Ctrl-C. A first crawl of a source fills the log and alerts nobody.
    """
    from monitor.service import run_forever, run_once  # the whole application

    config = _configured(given)
    if once:
        summary = run_once(config, progress=_progress)
        click.echo(summary)
    else:
        run_forever(config, say=lambda text: click.echo(text, err=True))


@click.command()
@click.option(
    "--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the demo's log in this folder."
)
@click.option("--page/--no-page", default=True, help="Open the review page once and take what it shows.")
@click.pass_obj
def demo(given: Path | None, keep: Path | None, page: bool) -> None:
    """Show the whole job on a bundled newsstand: crawl, extract, judge, stories, alerts, mail, webhook, page.

    Everything runs on this machine: invented outlets in six languages on loopback addresses, a mail and a webhook
    receiver. Needs no network and leaves nothing behind, unless --keep names a folder.
    """
    from monitor.demo.play import play  # starts servers

    if play(keep=keep, with_page=page, echo=click.echo) > 0:
        click.get_current_context().exit(1)


@click.command()
@click.pass_obj
def serve(given: Path | None) -> None:
    """Serve the review page on the log, without watching anything."""
    from monitor.review.server import ReviewServer

    config = _configured(given)
    server = ReviewServer(config)
    click.echo(f"Review page: {server.url}  (Ctrl-C ends it)", err=True)
    server.serve()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.pass_obj
def status(given: Path | None, as_json: bool) -> None:
    """Say whether the monitor runs, what it did last, and what is in trouble. Exit code 1 if it does not run."""
    from monitor.status import read_status, render_status

    found = read_status(load_config(find_config(given)))
    if as_json:
        print_json(found.to_json())
    else:
        click.echo(render_status(found))
    if not found.is_running:
        click.get_current_context().exit(1)


def _configured(given: Path | None) -> Config:
    path = find_config(given)
    if path is None:
        raise ConfigError(
            [
                Problem(
                    place="cspwatch.toml", message="no configuration here", remedy="Run `cspwatch init` first"
                )
            ]
        )
    return load_config(path)


def _progress(summary: RunSummary) -> None:
    if sys.stderr.isatty():
        told = (
            counted(summary.polled, "source"),
            counted(summary.new_articles, "new article"),
            f"{summary.judged} judged",
            counted(summary.alerts, "alert"),
        )
        click.echo(f"\r{', '.join(told)} ", nl=False, err=True)
