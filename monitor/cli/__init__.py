"""The command line: `main` parses and translates errors into exit codes; each command group has its own file."""

from __future__ import annotations

import importlib
import logging
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from alerts.errors import AlertError
from monitor.errors import ConfigError, MonitorError, trouble_of_machine

logger = logging.getLogger(__name__)

#: command → (module, attribute, what it does). The text stands here so that `--help` imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("monitor.cli.setup", "init", "Write a commented cspwatch.toml."),
    "run": ("monitor.cli.running", "run", "Watch the sources, judge, alert and serve the review page."),
    "demo": ("monitor.cli.running", "demo", "Show the whole job on a bundled newsstand, without a network."),
    "status": ("monitor.cli.running", "status", "Say whether the monitor runs and what it did last."),
    "check": ("monitor.cli.setup", "check", "Check configuration, knowledge, rules and channels."),
    "read": ("monitor.cli.judging", "read", "Read one page: extraction, findings and why."),
    "extract": ("monitor.cli.judging", "extract", "Turn HTML into article text and metadata."),
    "judge": ("monitor.cli.judging", "judge", "Judge articles given as JSON lines."),
    "evaluate": ("monitor.cli.judging", "evaluate", "Measure the judgements against labelled articles."),
    "log": ("monitor.cli.reviewing", "log", "List and search the stored articles."),
    "stories": ("monitor.cli.reviewing", "stories", "List the stories, newest development first."),
    "show": ("monitor.cli.reviewing", "show", "Show one story, article or alert whole."),
    "ledger": ("monitor.cli.reviewing", "ledger", "List all findings as one fact table."),
    "why": ("monitor.cli.reviewing", "why", "Tell the whole path of an article, alerted or not."),
    "verdict": ("monitor.cli.verdicts", "verdict", "Say that an alert was useful, wrong, duplicate or late."),
    "precision": ("monitor.cli.verdicts", "precision", "Tell how often the alerts were right."),
    "rules": ("monitor.cli.rules", "rules", "List, test, backtest, try out and improve the rules."),
    "sources": ("monitor.cli.sources", "sources", "List, test, add and look after the sources."),
    "alerts": ("monitor.cli.alerting", "alerts", "Look into the outbox, preview and test channels."),
    "import": (
        "monitor.cli.data",
        "import_",
        "Take articles from JSON lines or a list of addresses into the log.",
    ),
    "scan": ("monitor.cli.scanning", "scan", "Find the news in web archives (WARC files)."),
    "export": ("monitor.cli.data", "export", "Write the log, the stories, the ledger or a report to a file."),
    "prune": ("monitor.cli.data", "prune", "Take the full texts of old articles out of the log."),
    "backup": ("monitor.cli.data", "backup", "Copy the log while the monitor runs."),
    "restore": ("monitor.cli.data", "restore", "Put a backup in the place of the log."),
    "serve": ("monitor.cli.running", "serve", "Serve the review page alone."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(entry[0]), entry[1])
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path),
    help="Configuration file (default: $CSPWATCH_CONFIG, then ./cspwatch.toml).",
)
@click.option("--verbose", "-v", count=True, help="Log more to standard error; -vv logs decisions.")
@click.version_option(package_name="cspwatch", prog_name="cspwatch")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, verbose: int) -> None:
    """Watch the news for expanding cloud service providers: who, what, where, how much, how certain.

    These options stand before the command: cspwatch -v -c other.toml run.

    Results go to standard output, progress and logs to standard error. Exit codes: 0 done, 1 something failed
    and the output says what, 2 bad usage or configuration.
    """
    from monitor.logs import set_up_logging  # logging.handlers is not needed for --help

    ctx.obj = config
    set_up_logging(verbose)


def main() -> None:
    """Entry point. Known errors become one message and an exit code; anything else is a bug and shows itself."""
    _speak_utf8()
    try:
        code = cli.main(standalone_mode=False)  # what `ctx.exit` was given comes back here
    except click.exceptions.Exit as exit_:
        sys.exit(exit_.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        count = len(error.problems)
        click.echo(f"{count} problem{'s' if count != 1 else ''}; nothing was done.", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        message = _message_of(error)
        if message is None:
            raise
        logger.debug("where it failed", exc_info=True)
        click.echo(f"cspwatch: {message}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _message_of(error: Exception) -> str | None:
    """What to tell people of a failure that is theirs or the machine's to mend; None where it is a bug of ours."""
    if isinstance(error, MonitorError | AlertError):
        return str(error)
    return trouble_of_machine(error)


def _speak_utf8() -> None:
    """Results are UTF-8 whatever the locale; on a terminal that cannot show a character it is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
