"""`cspwatch log`, `stories`, `show`, `ledger` and `why`: the stored log, looked at from a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from monitor.cli.output import print_csv, print_json, print_rows
from monitor.clock import SystemClock
from monitor.config import find_config, load_config
from monitor.model import Direction, EventType, Status
from monitor.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

    from monitor.ledgertotals import Totals
    from monitor.listing import Filter

EVENTS = tuple(event.value for event in EventType)
STATES = tuple(status.value for status in Status)
DIRECTIONS = tuple(direction.value for direction in Direction)
Function = TypeVar("Function", bound=Callable[..., None])


def filters(function: Function) -> Function:
    """The options that all lists share."""
    for option in reversed(
        (
            click.argument("query", required=False, default=""),
            click.option(
                "--since", default="", help="Only what was first seen since: 2026-11-01, or 7d, 12h."
            ),
            click.option("--source", default="", help="Only articles of this source (its id)."),
            click.option(
                "--provider", default="", help="Only facts about this provider or its group (its id)."
            ),
            click.option("--place", default="", help="Only facts in this place: MY, MY:Johor, bloc:GCC."),
            click.option(
                "--event",
                type=click.Choice(EVENTS),
                metavar="KIND",
                help=f"Only these facts: {', '.join(EVENTS)}.",
            ),
            click.option(
                "--status",
                type=click.Choice(STATES),
                metavar="STATE",
                help=f"Only these: {', '.join(STATES)}.",
            ),
            click.option(
                "--direction",
                type=click.Choice(DIRECTIONS),
                metavar="WAY",
                help=f"Only these: {', '.join(DIRECTIONS)} (contraction: pullbacks).",
            ),
            click.option(
                "--limit",
                default=50,
                type=click.IntRange(min=1),
                show_default=True,
                help="At most so many rows.",
            ),
            click.option("--json", "as_json", is_flag=True, help="One JSON object a line."),
            click.option("--csv", "as_csv", is_flag=True, help="CSV with a header."),
        )
    ):
        function = option(function)
    return function


@click.command()
@filters
@click.option(
    "--relevant/--all", default=False, help="Only articles whose news is an expansion or contraction."
)
@click.pass_obj
def log(
    given: Path | None, /, query: str, relevant: bool, as_json: bool, as_csv: bool, **chosen: str
) -> None:
    """List the stored articles, newest first. QUERY is searched in title and text, in any script."""
    from monitor.listing import find_articles

    wanted = _filter(query, chosen, relevant=relevant or None)
    with _opened(given) as db:
        found = find_articles(db, wanted)
    columns = {
        "first_seen_at": "SEEN",
        "level": "LEVEL",
        "score": "SCORE",
        "outlet": "OUTLET",
        "language": "LANG",
        "title": "TITLE",
        "article_id": "ID",
    }
    print_rows(
        _told(found),
        columns,
        as_json=as_json,
        as_csv=as_csv,
        empty="No article matches. `cspwatch run` fills the log.",
    )


@click.command()
@filters
@click.pass_obj
def stories(given: Path | None, /, query: str, as_json: bool, as_csv: bool, **chosen: str) -> None:
    """List the stories, the one that developed last first."""
    from monitor.listing import find_stories

    wanted = _filter(query, chosen)
    with _opened(given) as db:
        found = find_stories(db, wanted)
    columns = {
        "developed_at": "DEVELOPED",
        "level": "LEVEL",
        "event": "EVENT",
        "direction": "DIRECTION",
        "status": "STATUS",
        "countries": "PLACES",
        "articles": "ARTICLES",
        "publishers": "PUBLISHERS",
        "title": "TITLE",
        "story_id": "ID",
    }
    print_rows(_told(found), columns, as_json=as_json, as_csv=as_csv, empty="No story matches.")


@click.command()
@filters
@click.option("--background", is_flag=True, help="Also facts that are not the news of their article.")
@click.pass_obj
def ledger(
    given: Path | None, /, query: str, background: bool, as_json: bool, as_csv: bool, **chosen: str
) -> None:
    """List the facts of the stored log: provider, place, kind, status, amount, date, source and quote.

    What all of them add up to, also those beyond --limit, is said at the end, apart from what programs read.
    """
    from monitor.listing import fact_totals, find_facts

    wanted = _filter(query, chosen, news=None if background else True)
    with _opened(given) as db:
        found = find_facts(db, wanted)
        totals = fact_totals(db, wanted) if found and not (as_json or as_csv) else None
    columns = {
        "published": "PUBLISHED",
        "provider": "PROVIDER",
        "event": "EVENT",
        "direction": "DIRECTION",
        "status": "STATUS",
        "places": "PLACES",
        "amounts": "AMOUNTS",
        "time": "WHEN",
        "outlet": "OUTLET",
        "quote": "QUOTE",
    }
    print_rows(_told(found), columns, as_json=as_json, as_csv=as_csv, empty="No fact matches.")
    if totals is not None:
        click.echo(f"{totals_in_words(totals)}.", err=True)


def totals_in_words(totals: Totals) -> str:
    """What facts add up to, in one line; money that does not stand is told apart."""
    from alerts.layouts.words import words

    told = [f"{counted(totals.facts, 'fact')} of {counted(totals.stories, 'story')}"]
    money = {
        "named, the largest sum of each story": totals.money_usd,
        "in pullbacks, counted apart": totals.pullback_usd,
        "canceled or denied, counted apart": totals.stopped_usd,
    }
    told += [f"{words('en').money(usd, 'USD')} {meaning}" for meaning, usd in money.items() if usd]
    return "; ".join(told)


@click.command()
@click.argument("named")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
@click.option(
    "--csv", "as_csv", is_flag=True, help="Its facts as CSV with a header; of an alert its deliveries."
)
@click.pass_obj
def show(given: Path | None, named: str, as_json: bool, as_csv: bool) -> None:
    """Show one story, article or alert whole. NAMED is its id, #A1B2C3D4, or an address."""
    from monitor.showing import find_shown, render_shown
    from monitor.targets import whole_id

    with _opened(given) as db:
        found = find_shown(db, whole_id(db, named))
    if as_json:
        print_json(found.to_json())
    elif as_csv:
        rows = found.to_rows()
        print_csv(rows, list(rows[0]) if rows else [])
    else:
        click.echo(render_shown(found))


@click.command()
@click.argument("named")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as one JSON object.")
@click.pass_obj
def why(given: Path | None, named: str, as_json: bool) -> None:
    """Tell the whole path of NAMED, an address or an id: found, fetched, dated, judged, decided, delivered.

    An alert is named by the #A1B2C3D4 that its message shows.

    Also for articles that did not alert, and for addresses that were never seen.
    """
    from monitor.targets import whole_id
    from monitor.why import as_json as as_record
    from monitor.why import render
    from monitor.why import why as explain

    with _opened(given) as db:
        report = explain(db, whole_id(db, named))
    if as_json:
        print_json(as_record(report))
    else:
        click.echo(render(report))


@contextmanager
def _opened(given: Path | None) -> Iterator[Database]:
    from monitor.database import open_database

    config = load_config(find_config(given))
    with closing(open_database(config.database, read_only=True)) as db:
        yield db


def _filter(query: str, chosen: dict[str, str], **more: bool | None) -> Filter:
    from monitor.listing import Filter

    since = parse_since(chosen["since"], SystemClock().now()) if chosen["since"] else None
    return Filter(
        text=query,
        since=since,
        source=chosen["source"],
        provider=chosen["provider"],
        place=chosen["place"],
        event=chosen["event"] or "",
        status=chosen["status"] or "",
        direction=chosen["direction"] or "",
        limit=int(chosen["limit"]),
        **more,  # type: ignore[arg-type]  # relevant and news, both bool | None
    )


def parse_since(text: str, now: datetime) -> datetime:
    """A day, a time, or a duration before `now`. Raises click.UsageError that says how to write it."""
    from monitor.settings import parse_duration

    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError:
        pass
    try:
        return now - parse_duration(text)
    except ValueError:
        raise click.UsageError(
            f"--since {text!r}: write a day (2026-11-01), a time, or a duration (7d, 12h)"
        ) from None


def _told(found: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    from monitor.exporting import unpacked

    return [unpacked(row) for row in found]
