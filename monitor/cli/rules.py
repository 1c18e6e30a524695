"""`cspwatch rules`: the rules as data: listed, tested, tried on the stored log, put on trial, improved by verdicts."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import print_json, print_rows
from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from monitor.backtest import BacktestReport, RuleState
    from monitor.knowledge.model import Knowledge
    from monitor.rules.model import RuleSet


@click.group()
def rules() -> None:
    """List and test the rules, try changes on the stored log, put rules on trial, and improve them by verdicts."""


@rules.command(name="list")
@click.option("--since", default="", help="Count hits in articles first seen since: 2026-11-01, or 30d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def list_(given: Path | None, since: str, as_json: bool, as_csv: bool) -> None:
    """List the rules with their status, examples, hits in the log and precision by verdicts.

    A rule with status experimental is on trial: it finds and logs, and never alerts; TRIAL says how often it would
    have been the news. A watch with `shadow = true` decides and logs, and sends nothing; shadowed watches are named
    below the list.
    """
    from monitor.rulereports import list_rules

    config = load_config(find_config(given))
    _, loaded = _loaded(config.detect.local)
    found = list_rules(config, loaded, _since(since))
    columns = ("id", "type", "status", "level", "examples", "hits", "news", "trial", "rate", "lower")
    print_rows(
        found,
        {name: name.upper() for name in columns},
        as_json=as_json,
        as_csv=as_csv,
        empty="There are no rules.",
    )
    _say_problems(loaded)
    for watch in config.watches:
        if watch.shadow:
            click.echo(f"watch {watch.name}: in shadow; it decides and logs, and sends nothing", err=True)


@rules.command(name="test")
@click.argument("files", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def test_(given: Path | None, files: tuple[Path, ...], as_json: bool, as_csv: bool) -> None:
    """Run the examples of the rules in FILES, or of all rules, and name those that fail. Exit code 1 if any does."""
    from monitor.detect import Detector
    from monitor.rulefiles import local_files, rule_documents
    from monitor.rules.examples import check_entities, failures
    from monitor.rules.loader import load_rules

    config = load_config(find_config(given))
    paths = (*config.detect.local, *files)
    knowledge = _knowledge(paths)
    loaded = load_rules(paths, knowledge=knowledge)
    detector = Detector(knowledge, loaded)
    asked = {file.resolve() for file in local_files(files)}
    wanted = {
        name for name, (file, _) in rule_documents(paths).items() if not asked or file.resolve() in asked
    }
    failed = [str(found.problem) for found in loaded.problems]
    rows = []
    for rule in loaded.rules:
        if rule.id in wanted:
            problems = [str(one.problem) for one in failures(detector, rule)]
            failed += problems
            passed = len(rule.tests) - len(problems)
            rows.append({"id": rule.id, "passed": passed, "examples": len(rule.tests), "problems": problems})
    if as_json or as_csv:
        columns = {name: name for name in ("id", "passed", "examples", "problems")}
        print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty="")
    else:
        for row in rows:
            mark = "x" if row["problems"] else "+"
            click.echo(f"{mark} {row['id']}: {row['passed']} of {row['examples']} examples")
    failed += [str(problem) for problem in check_entities(files or config.detect.local, detector)]
    for text in failed:
        click.echo(text, err=True)
    if failed:
        click.get_current_context().exit(1)


@rules.command()
@click.option(
    "--since", default="30d", show_default=True, help="Articles first seen since: 2026-11-01, or 30d."
)
@click.option(
    "--local",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="A file or folder with changed rules or knowledge, read after those of [detect] local. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.pass_obj
def backtest(given: Path | None, since: str, local: tuple[Path, ...], as_json: bool) -> None:
    """Judge the stored articles with changed rules and tell which alerts would be gained and lost, with quotes.

    With --local the changed files are compared with the rules as configured. Without, the rules as they stand in the
    files now are compared with what the log holds, that is with the rules that were running. Nothing is changed.
    """
    import dataclasses

    from monitor.rulereports import render_backtest

    config = load_config(find_config(given))
    before = None
    if local:
        before, _ = _state(config.detect.local)
    after, refused = _state((*config.detect.local, *local))
    _say_problems(after.rules)
    report = _run_backtest(config, before, after, since)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        click.echo(render_backtest(report))
    if refused or after.rules.problems:
        click.echo("What was refused did not count: these are the figures without it.", err=True)
        click.get_current_context().exit(1)


@rules.command()
@click.argument("named")
@click.pass_obj
def shadow(given: Path | None, named: str) -> None:
    """Put a rule, the rules of a FILE, or a watch on trial: it decides and logs, and alerts nobody.

    NAMED is the id of a rule of [detect] local, a file of rules, or the name of a watch. The file is edited in place:
    `status: experimental`, or `shadow = true`. A running monitor takes it within seconds.
    """
    _set_trial(load_config(find_config(given)), named, trial=True)


@rules.command()
@click.argument("named")
@click.pass_obj
def promote(given: Path | None, named: str) -> None:
    """End the trial of a rule, of the rules of a FILE, or of a watch: from now on it alerts.

    A rule's examples must pass. It gets status stable with a positive and a negative example, else status test.
    """
    _set_trial(load_config(find_config(given)), named, trial=False)


@rules.command()
@click.option("--since", default="30d", show_default=True, help="Only articles first seen since then.")
@click.option("--set-aside", is_flag=True, help="Those instead that could not be judged; their news alerts.")
@click.pass_obj
def rejudge(given: Path | None, since: str, set_aside: bool) -> None:
    """Judge old articles anew by the rules as they are now, those in which no news was found.

    A running monitor does so at its next tick, `cspwatch run --once` at once. What matches now alerts nobody: it is
    held, the operator is told how many, and `cspwatch sources release` lets chosen ones go on.

    An article at which judging failed is set aside and counted by `cspwatch status`; --set-aside gives those another
    try, after an update or with other rules.
    """
    from monitor.articlestates import mark_for_rejudging, release_quarantined
    from monitor.database import open_database, writing

    with closing(open_database(load_config(find_config(given)).database)) as db, writing(db):
        count = (
            release_quarantined(db, since=_since(since))
            if set_aside
            else mark_for_rejudging(db, since=_since(since), only_silent=True)
        )
    click.echo(f"{counted(count, 'article')} will be judged anew.")


@rules.command()
@click.option("--since", default="30d", show_default=True, help="Backtest on articles first seen since then.")
@click.option("--no-backtest", is_flag=True, help="Only the suggestions.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.pass_obj
def suggest(given: Path | None, since: str, no_backtest: bool, as_json: bool) -> None:
    """Propose edits of rules from what people said: wrong alerts and missed articles.

    Names the clause behind most wrong alerts and the clauses at which missed articles failed, tries every small edit
    of the rules in question on all articles with a verdict, and shows the best one as text with its backtest.
    """
    import dataclasses

    from monitor.rulereports import feedback, feedback_json, render_feedback
    from monitor.suggesting import MOST_RULES

    config = load_config(find_config(given))
    state, _ = _state(config.detect.local)
    knowledge, loaded, watches = state.knowledge, state.rules, state.watches(config.watches)
    with click.progressbar(length=MOST_RULES, label="rules looked into", file=sys.stderr) as bar:
        found = feedback(config, knowledge, loaded, watches, bar.update)
    report = None
    if found.suggestions and not no_backtest:
        from monitor.rules.reading import event_rule
        from monitor.suggesting import with_rule

        changed = with_rule(loaded, event_rule(found.suggestions[0].document, knowledge))
        report = _run_backtest(config, state, dataclasses.replace(state, rules=changed), since)
    if as_json:
        print_json(feedback_json(found, report))
    else:
        click.echo(render_feedback(found, report))


@rules.command()
@click.argument("article_id")
@click.option("--miss", "kind", flag_value="miss", help="The rule must find nothing there.")
@click.option("--hit", "kind", flag_value="hit", help="The rule must find there what it found.")
@click.option(
    "--background", "kind", flag_value="background", help="It may find the fact, which is not the news."
)
@click.option("--rule", "rule_id", default="", help="Which rule (default: the one that found most).")
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The local rule file.",
)
@click.pass_obj
def example(given: Path | None, article_id: str, kind: str | None, rule_id: str, target: Path) -> None:
    """Turn an article of the log into an example inside a rule of the file given by --to.

    ARTICLE_ID is an id or an address. Without --miss, --hit or --background the verdict decides: a wrong alert must
    miss, a useful or missed one must hit. A rule that the file does not hold is copied into it; a local rule replaces
    the shipped one of its id. The example is as short as it can be: title and quote, where they decide alike.
    """
    from monitor.ruleexample import add_example

    config = load_config(find_config(given))
    added = add_example(config, article_id, kind or "", rule_id, target)
    click.echo(f"{target}: {added.rule} has one more example: {added.text}")
    if added.copied:
        click.echo(f"The rule was copied from {added.copied}; {target} replaces it.")
    if not added.passes:
        click.echo(f"It fails, as it should: edit the rule until `cspwatch rules test {target}` passes.")
    if not added.is_loaded:
        click.echo(
            f"{target} is not in [detect] local of the configuration, so it does not count yet.", err=True
        )


def _set_trial(config: Config, named: str, *, trial: bool) -> None:
    from monitor.ruletrial import set_trial

    for line in set_trial(config, named, trial=trial):
        click.echo(line)
    click.echo("A running monitor takes it within seconds.", err=True)


def _run_backtest(config: Config, before: RuleState | None, after: RuleState, since: str) -> BacktestReport:
    from monitor.backtest import backtest as run
    from monitor.database import open_database
    from monitor.listing import count_texts

    moment = _since(since)
    with closing(open_database(config.database, read_only=True)) as db:
        count = count_texts(db, since=moment)
        with click.progressbar(length=count, label="articles judged", file=sys.stderr) as bar:
            return run(
                db, after, config.watches, before=before, since=moment, expected=count, progress=bar.update
            )


def _since(text: str) -> datetime | None:
    from monitor.cli.reviewing import parse_since

    return parse_since(text, SystemClock().now()) if text else None


def _knowledge(paths: Sequence[Path]) -> Knowledge:
    from monitor.knowledge.loader import load_knowledge

    return load_knowledge(paths)


def _loaded(paths: Sequence[Path]) -> tuple[Knowledge, RuleSet]:
    """The knowledge and the rules, shipped ones and those of the files."""
    from monitor.rules.examples import load_checked_rules

    knowledge = _knowledge(paths)
    return knowledge, load_checked_rules(paths, knowledge=knowledge)


def _state(paths: Sequence[Path]) -> tuple[RuleState, int]:
    """Everything that decides: knowledge, rules, and the watches of the files; how many watches were refused."""
    from monitor.backtest import RuleState
    from monitor.detect import Detector
    from monitor.rules.loader import load_rules
    from monitor.rules.watches import load_watches

    knowledge, rules = _loaded(paths)
    documents, problems = load_watches(paths, Detector(knowledge, rules)) if paths else ((), ())
    for problem in problems:
        click.echo(f"refused: {problem}", err=True)
    shipped = load_rules(knowledge=knowledge).rules
    state = RuleState(knowledge=knowledge, rules=rules, shipped=shipped, documents=documents)
    return state, len(problems)


def _say_problems(loaded: RuleSet) -> None:
    for found in loaded.problems:
        click.echo(f"refused: {found.problem}", err=True)
