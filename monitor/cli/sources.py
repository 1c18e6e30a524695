"""`cspwatch sources`: the catalogue and the user's own sources: listed, tested, added, looked after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from monitor.cli.output import print_rows
from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.errors import MonitorError
from monitor.wording import counted

if TYPE_CHECKING:
    from crawler.sources import Source


_HELD_COLUMNS = {
    "article_id": "ID",
    "published": "PUBLISHED",
    "level": "LEVEL",
    "title": "TITLE",
    "news": "NEWS",
    "url": "URL",
}


_TARGET = click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("sources.yaml"),
    show_default=True,
    help="Sources file to write to, made where there is none; [crawl] sources names it.",
)


@click.group()
def sources() -> None:
    """List, test, add and look after the sources."""


@sources.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that are switched off, with the reason.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def list_(given: Path | None, everything: bool, as_json: bool, as_csv: bool) -> None:
    """List the sources that are watched: the shipped catalogue and your own files."""
    rows: list[dict[str, object]] = [
        {
            "id": source.source_id,
            "on": "yes" if source.enabled else "no",
            "kind": source.kind.value,
            "language": source.language,
            "country": source.country,
            "tier": source.tier.value,
            "family": source.family,
            "url": source.url,
            "remark": source.remark,
        }
        for source in sources_of(load_config(find_config(given)))
        if source.enabled or everything
    ]
    columns = {
        "id": "ID",
        "on": "ON",
        "kind": "KIND",
        "language": "LANG",
        "country": "COUNTRY",
        "tier": "TIER",
        "url": "URL",
    }
    if everything:
        columns["remark"] = "REMARK"
    print_rows(
        rows, columns, as_json=as_json, as_csv=as_csv, empty="No source. Set [crawl] catalogue = true."
    )


@sources.command()
@click.option("--trouble", is_flag=True, help="Only sources in some trouble.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def health(given: Path | None, trouble: bool, as_json: bool, as_csv: bool) -> None:
    """Show how each source does: last outcome, failures, silence, teasers, texts unlike before, moves, what is held.

    BECAUSE OF names what decided the time of the next poll, NOTE what of the last one was left out or repaired.
    """
    from monitor.coverage import health_of
    from monitor.database import open_database
    from monitor.readinglog import reading_troubles
    from monitor.sourcelog import list_sources

    now = SystemClock().now()
    with closing(open_database(load_config(find_config(given)).database, read_only=True)) as db:
        readings = reading_troubles(db)
        rows = [
            health_of(record, now, readings.get(record.source.source_id))
            for record in list_sources(db)
            if record.source.enabled
        ]
    shown = [row for row in rows if row["trouble"]] if trouble else rows
    columns = {
        "id": "ID",
        "outcome": "LAST OUTCOME",
        "polled": "POLLED",
        "new": "LAST NEW",
        "next": "NEXT",
        "because": "BECAUSE OF",
        "trouble": "TROUBLE",
        "note": "NOTE",
    }
    print_rows(
        shown,
        columns,
        as_json=as_json,
        as_csv=as_csv,
        empty="Every source is well." if trouble else "No source.",
    )


@sources.command()
@click.argument("source_id")
@click.argument("articles", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that is held of the source.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--json", "as_json", is_flag=True, help="What is held as JSON, one object a line. Releases nothing."
)
@click.pass_obj
def release(
    given: Path | None, source_id: str, articles: tuple[str, ...], everything: bool, yes: bool, as_json: bool
) -> None:
    """Show which articles of SOURCE_ID the flood breaker keeps from alerting, and let chosen ARTICLES go on.

    ARTICLES are ids (or their beginnings) or addresses. What is released is judged again and may alert; the rest
    stays held. Without ARTICLES and --all nothing is released.
    """
    from monitor.database import open_database
    from monitor.intake import release_flood
    from monitor.listing import held_of
    from monitor.sourcelog import get_source

    if everything and articles:
        raise click.UsageError("Name articles or take --all, not both.")
    with closing(open_database(load_config(find_config(given)).database)) as db:
        record = get_source(db, source_id)
        if record is None:
            raise MonitorError(
                f"there is no source {source_id} in the log. `cspwatch sources health` shows the ids"
            )
        held = held_of(db, source_id)
        if not held and record.held_since is not None:
            release_flood(db, source_id, SystemClock().now())
            click.echo(f"Nothing of {source_id} would alert. It does not count as held any more.")
            return
        if not held:
            raise MonitorError(
                f"nothing of {source_id} is held back. `cspwatch sources health --trouble` shows what is"
            )
        chosen = held if everything or not articles else _chosen(held, articles)
        print_rows(chosen, _HELD_COLUMNS, as_json=as_json, as_csv=False, empty="")
        if as_json:
            return
        if not everything and not articles:
            click.echo(
                f"{len(held)} held. Let some go on: `cspwatch sources release {source_id} ID ...`; all: --all",
                err=True,
            )
            return
        if not yes:
            click.confirm(f"Let {len(chosen)} of {len(held)} go on? They may alert", abort=True, err=True)
        released = release_flood(
            db,
            source_id,
            SystemClock().now(),
            None if everything else [str(row["article_id"]) for row in chosen],
        )
    left = len(held) - released
    told = f"{counted(released, 'article')} of {source_id} {'was' if released == 1 else 'were'} released"
    click.echo(told + (f", {left} stay{'s' if left == 1 else ''} held." if left else "."))


def _chosen(held: Sequence[Mapping[str, object]], named: Sequence[str]) -> list[Mapping[str, object]]:
    """The held articles that are named. Raises MonitorError for a name that none or several of them have."""
    from crawler.urls import url_key

    chosen = {}
    for name in named:
        key = ""
        with suppress(ValueError):
            key = url_key(name)
        found = [row for row in held if name == row["url"] or key == row["url_key"]] or [
            row for row in held if str(row["article_id"]).startswith(name)
        ]
        if len(found) != 1:
            raise MonitorError(
                f"{name}: {'nothing held has' if not found else f'{len(found)} held articles have'} this id or"
                " address. The command without ARTICLES shows what is held"
            )
        chosen[str(found[0]["article_id"])] = found[0]
    return list(chosen.values())


@sources.command(name="test")
@click.argument("ids", nargs=-1, required=True)
@click.option("--articles", default=3, show_default=True, help="Read at most so many articles of each.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def test_(given: Path | None, ids: tuple[str, ...], articles: int, as_json: bool) -> None:
    """Poll the sources IDS once without touching the log, and show what came."""
    from monitor.checklive import ask_sources

    config = load_config(find_config(given))
    known = {source.source_id: source for source in sources_of(config)}
    if unknown := [name for name in ids if name not in known]:
        raise MonitorError(
            f"there is no source {', '.join(unknown)}. `cspwatch sources list --all` shows the ids"
        )
    rows = ask_sources(config, [known[name] for name in ids], articles=articles)
    columns = {
        "id": "ID",
        "outcome": "OUTCOME",
        "entries": "ENTRIES",
        "articles": "ARTICLES",
        "detail": "DETAIL",
    }
    print_rows(rows, columns, as_json=as_json, as_csv=False, empty="")
    if not as_json:
        for row in rows:
            for title in row["titles"] if isinstance(row["titles"], list) else ():
                click.echo(f"  {title}")
    if any(row["outcome"] not in {"ok", "unchanged"} for row in rows):
        click.get_current_context().exit(1)


@sources.command()
@click.argument("url")
@_TARGET
@click.option("--yes", is_flag=True, help="Write the best one without asking.")
@click.pass_obj
def add(given: Path | None, url: str, target: Path, yes: bool) -> None:
    """Look for feeds, news sitemaps and a listing at URL, show them, and write the chosen one to a sources file."""
    from monitor.sourcefiles import addresses_in, append_source, discover_at

    config = load_config(find_config(given))
    found = discover_at(config, url)
    if not found:
        raise MonitorError(f"{url}: no feed, no sitemap and no list of articles was found there")
    for number, source in enumerate(found, 1):
        click.echo(f"{number}. {source.kind.value:8} {source.url}  ({source.name})")
    choice = 1 if yes else click.prompt("Which one (0: none)", type=click.IntRange(0, len(found)), default=1)
    if choice == 0:
        return
    known = {source.source_id: source.url for source in sources_of(_without(config, target))} | addresses_in(
        target
    )
    if same := next((name for name, address in known.items() if address == found[choice - 1].url), None):
        raise MonitorError(f"{found[choice - 1].url}: is listed already, as {same}")
    append_source(target, found[choice - 1], taken=set(known))
    click.echo(f"Wrote {found[choice - 1].url} to {target}.")
    if target.resolve() not in config.crawl.sources:
        click.echo(f'Name the file in the configuration: [crawl] sources = ["{target}"]')


@sources.command(name="import")
@click.argument("file", type=click.File("rb"))
@_TARGET
@click.pass_obj
def import_(given: Path | None, file: BinaryIO, target: Path) -> None:
    """Write the feeds of an OPML FILE to a sources file. Entries that are none are named; the others are written."""
    from crawler.opml import read_opml
    from monitor.sourcefiles import addresses_in, append_source

    try:
        reading = read_opml(file.read())
    except ValueError as error:
        raise MonitorError(f"{file.name}: {error}") from None
    found = reading.sources
    config = load_config(find_config(given))
    watched = sources_of(_without(config, target))
    known = {source.source_id: source.url for source in watched} | addresses_in(target)
    fresh = [source for source in found if source.url not in known.values()]
    for source in fresh:
        known[append_source(target, source, taken=set(known))] = source.url
    already = f" {len(found) - len(fresh)} were listed already." if len(fresh) < len(found) else ""
    unnamed = fresh and target.resolve() not in config.crawl.sources
    named = f' Name it in the configuration: [crawl] sources = ["{target}"]' if unnamed else ""
    click.echo(f"Wrote {len(fresh)} feed{'s' if len(fresh) != 1 else ''} to {target}.{already}{named}")
    for entry, reason in reading.refused:
        click.echo(f"{file.name}: {entry}: {reason}; it was left out", err=True)
    if not found and not reading.refused:
        raise MonitorError(f"{file.name}: names no feed: no outline has an xmlUrl")
    if reading.refused:
        click.get_current_context().exit(1)


@sources.command()
@click.pass_obj
def export(given: Path | None) -> None:
    """Write the feeds that are watched as OPML to standard output."""
    from crawler.opml import opml_from_sources

    enabled = [source for source in sources_of(load_config(find_config(given))) if source.enabled]
    click.echo(opml_from_sources(enabled).decode("utf-8"))


def _without(config: Config, target: Path) -> Config:
    """The configuration without a sources file that is named in it and is to be written now for the first time."""
    if target.exists():
        return config
    others = tuple(path for path in config.crawl.sources if path != target.resolve())
    return replace(config, crawl=config.crawl.model_copy(update={"sources": others}))


def sources_of(config: Config) -> tuple[Source, ...]:
    """The catalogue with the user's files, as the monitor reads it."""
    from monitor.app import App

    return App(config).sources()
