"""`cspwatch verdict` and `precision`: tell the monitor when it was right or wrong, and how often it is."""

from __future__ import annotations

import getpass
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.output import print_rows
from monitor.clock import SystemClock
from monitor.config import find_config, load_config
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from monitor.verdicts import Precision, Target, Week

#: What may be said of an article, a story or an alert; `missed` is said of an address.
_OPINIONS = ("useful", "wrong", "duplicate", "late")
_GROUPINGS = ("rule", "clause", "source", "language", "watch", "event", "all")
#: A trend compares the verdicts of these days with those before.
_RECENT = timedelta(days=28)


@click.command()
@click.argument("named", metavar="[ID]", required=False, default="")
@click.argument(
    "opinion",
    metavar="[OPINION]",
    required=False,
    default="",
    shell_complete=lambda _context, _argument, begun: [said for said in _OPINIONS if said.startswith(begun)],
)
@click.option("--reason", default="", help="Why it is wrong, in a word or two: not-the-news, wrong-place ...")
@click.option("--note", default="", help="Anything else that the others should know.")
@click.option("--author", default="", help="Who says so (default: your user name).")
@click.option("--undo", type=int, help="Take the verdict of this number back.")
@click.option("--json", "as_json", is_flag=True, help="The list as one JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="The list as CSV with a header.")
@click.pass_obj
def verdict(
    given: Path | None,
    named: str,
    opinion: str,
    reason: str,
    note: str,
    author: str,
    undo: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Say of an article, story or alert that it was useful, wrong, duplicate or late.

    ID is an id, its beginning, an address, or the #A1B2C3D4 that alerts show. `cspwatch verdict missed URL` names
    an article that should have alerted. Without arguments the newest verdicts are listed. Nothing is ever deleted:
    --undo marks a verdict, and the newest that was not undone counts.
    """
    from monitor.database import open_database, writing
    from monitor.verdicts import Opinion, record

    database = load_config(find_config(given)).database
    if not named and undo is None:
        with closing(open_database(database, read_only=True)) as db:
            _list(db, as_json=as_json, as_csv=as_csv)
        return
    now = SystemClock().now()
    with closing(open_database(database)) as db:
        if undo is not None:
            _undo(db, undo, now)
            return
        target, target_id, said = _meant(db, named, opinion)
        with writing(db):
            number = record(
                db, target, target_id, Opinion(said), now, reason=reason, note=note, author=author or _user()
            )
    click.echo(
        f"{number}: {target.value} {target_id} is {said}. `cspwatch verdict --undo {number}` takes it back."
    )


@click.command()
@click.option("--by", type=click.Choice(_GROUPINGS), default="rule", show_default=True, help="How to group.")
@click.option("--since", default="", help="Only verdicts since: 2026-11-01, or 90d.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def precision(given: Path | None, by: str, since: str, as_json: bool, as_csv: bool) -> None:
    """Tell how often the alerts were right, by rule, clause, source, language, watch or event.

    Each article counts once, with its newest verdict; duplicates and late ones count as right. LOWER is the lower
    bound of the Wilson interval at 95 %: what is certain with so few verdicts. TREND compares the last 28 days with
    the time before.
    """
    from monitor.cli.reviewing import parse_since
    from monitor.database import open_database
    from monitor.verdicts import missed_urls, precision_by_week, standing_opinions
    from monitor.verdicts import precision as measured

    now = SystemClock().now()
    moment = parse_since(since, now) if since else None
    with closing(open_database(load_config(find_config(given)).database, read_only=True)) as db:
        found, weeks = measured(db, by, since=moment), precision_by_week(db, by, since=moment)
        missed = len(missed_urls(db)) + sum(said == "missed" for said in standing_opinions(db).values())
    rows = [_row(one, weeks.get(one.name, ()), now, whole=as_json) for one in found]
    columns = {
        "name": by.upper(),
        "verdicts": "VERDICTS",
        "right": "RIGHT",
        "wrong": "WRONG",
        "rate": "RATE",
        "lower": "LOWER",
        "trend": "TREND",
    }
    print_rows(
        rows,
        columns,
        as_json=as_json,
        as_csv=as_csv,
        empty="Nobody has said anything yet: `cspwatch verdict ID useful` or `wrong`.",
    )
    if missed:
        click.echo(
            f"{missed} missed articles were reported; `cspwatch rules suggest` looks into them.", err=True
        )


def _meant(db: Database, named: str, opinion: str) -> tuple[Target, str, str]:
    """Target, id and opinion of `verdict ID OPINION` or `verdict missed URL`."""
    from monitor.targets import find_missed, find_target

    if named == "missed" and opinion:
        return *find_missed(db, opinion), "missed"
    if opinion not in _OPINIONS:
        said = f"{opinion!r} is no verdict" if opinion else "the verdict is missing"
        raise MonitorError(
            f"{said}: write `cspwatch verdict ID {'|'.join(_OPINIONS)}`, or `verdict missed URL`"
        )
    return *find_target(db, named), opinion


def _undo(db: Database, number: int, now: datetime) -> None:
    from monitor.database import writing
    from monitor.verdicts import undo as take_back

    with writing(db):
        done = take_back(db, number, now)
    if not done:
        raise MonitorError(
            f"{number}: there is no such verdict, or it was undone before. `cspwatch verdict` lists them"
        )
    click.echo(f"{number}: taken back.")


def _list(db: Database, *, as_json: bool, as_csv: bool) -> None:
    from monitor.verdicts import list_verdicts

    rows = [
        {
            "id": one.verdict_id,
            "at": one.created_at,
            "verdict": one.opinion.value + (" (undone)" if one.undone_at else ""),
            "of": f"{one.target.value} {one.target_id}",
            "reason": one.reason or one.note,
            "author": one.author,
        }
        for one in list_verdicts(db)
    ]
    columns = {name: name.upper() for name in ("id", "at", "verdict", "of", "reason", "author")}
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty="Nobody has said anything yet.")


def _row(one: Precision, weeks: Sequence[Week], now: datetime, *, whole: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "name": one.name,
        "verdicts": one.right + one.wrong,
        "right": one.right,
        "wrong": one.wrong,
        "rate": round(one.rate, 3),
        "lower": round(one.lower, 3),
        "trend": trend(weeks, now),
    }
    if whole:
        row["weeks"] = [{"monday": w.monday.isoformat(), "right": w.right, "wrong": w.wrong} for w in weeks]
    return row


def trend(weeks: Sequence[Week], now: datetime) -> str:
    """ "75 % -> 90 %": the rate before the last 28 days and in them; empty where one of the two has no verdict."""
    edge = (now - _RECENT).date()
    sums = []
    for part in ([w for w in weeks if w.monday < edge], [w for w in weeks if w.monday >= edge]):
        right, wrong = sum(w.right for w in part), sum(w.wrong for w in part)
        if not right + wrong:
            return ""
        sums.append(f"{100 * right / (right + wrong):.0f} %")
    return " -> ".join(sums)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without an entry in /etc/passwd
        return ""
