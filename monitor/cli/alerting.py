"""`cspwatch alerts`: the outbox and its channels, looked into and moved by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from alerts.model import Channel, Delivery, DeliveryState, Message, SendResult
from monitor.cli.output import print_rows
from monitor.clock import SystemClock
from monitor.config import Config, find_config, load_config
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from sqlite_utils import Database

#: A new silence says how many alerts of this time it would have held back.
_LOOKED_BACK = timedelta(days=30)


@click.group()
def alerts() -> None:
    """Look into the outbox, preview alerts, test channels, retry and silence."""


@alerts.command()
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), help="Only these.")
@click.option("--channel", default="", help="Only this channel.")
@click.option("--limit", default=50, show_default=True, help="At most so many rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def queue(
    given: Path | None, state: str | None, channel: str, limit: int, as_json: bool, as_csv: bool
) -> None:
    """List deliveries, newest first, with their state and what is known of the last attempt."""
    from alerts.queue import queue as deliveries
    from monitor.database import open_database

    config = load_config(find_config(given))
    states = [DeliveryState(state)] if state else []
    with closing(open_database(config.database, read_only=True)) as db:
        found = deliveries(db, states=states, channel=channel, limit=limit)
        if channel and not found and not deliveries(db, channel=channel, limit=1):
            _channel(config, channel)  # one that was removed may still have deliveries
    rows = [
        {
            "id": d.delivery_id,
            "at": d.created_at,
            "channel": d.channel,
            "state": d.state.value + (" (uncertain)" if d.uncertain else ""),
            "tries": d.tries,
            "due": d.not_before,
            "why": d.last_error or d.reason,
            "alert": d.alert_id,
        }
        for d in found
    ]
    columns = {
        name: name.upper() for name in ("id", "at", "channel", "state", "tries", "due", "why", "alert")
    }
    empty = "No delivery is so." if states or channel else "The outbox is empty."
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty=empty)


@alerts.command()
@click.argument("alert_id")
@click.option("--channel", "name", default="", help="As this channel would get it (default: the first one).")
@click.option("--html", is_flag=True, help="The HTML part instead of the text.")
@click.pass_obj
def preview(given: Path | None, alert_id: str, name: str, html: bool) -> None:
    """Show an alert, or a digest by its name in the queue, as a channel would get it, without sending it."""
    from monitor.database import open_database

    config = load_config(find_config(given))
    with closing(open_database(config.database, read_only=True)) as db:
        channel, message = _previewed(db, config, alert_id, name)
    if html and message.html is None:
        raise MonitorError(f"channel {channel.name}: the layout {channel.layout} has no HTML part")
    click.echo(message.html if html else f"{message.title}\n\n{message.text}")


def _previewed(db: Database, config: Config, named: str, channel_name: str) -> tuple[Channel, Message]:
    from alerts.layouts import render, render_digest
    from alerts.outbox import alert_of
    from alerts.rows import digest_alerts, digest_named, following
    from monitor.targets import whole_id

    digest = digest_named(db, named)
    channel = _channel(config, channel_name or (digest.channel if digest else config.channels[0].name))
    if digest is not None:
        carried = digest_alerts(db, digest)
        return channel, render_digest(carried, None, channel, digest.created_at, key=named)
    try:
        alert = following(db, alert_of(db, whole_id(db, named)), channel.name)
    except LookupError:
        raise MonitorError(f"{named}: there is no such alert. `cspwatch alerts queue` lists them") from None
    return channel, render(alert, channel, SystemClock().now())


@alerts.command()
@click.argument("delivery", type=int)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@click.pass_obj
def history(given: Path | None, delivery: int, as_json: bool, as_csv: bool) -> None:
    """List the attempts to send a DELIVERY (its number), first to last, with what the service answered."""
    from alerts.queue import history as attempts
    from monitor.database import open_database

    with closing(open_database(load_config(find_config(given)).database, read_only=True)) as db:
        found = attempts(db, delivery)
    rows = [
        {
            "try": one.number,
            "begun": one.started_at,
            "ended": one.finished_at,
            "result": one.result.value if one.result else "under way",
            "detail": one.detail,
        }
        for one in found
    ]
    columns = {name: name.upper() for name in ("try", "begun", "ended", "result", "detail")}
    empty = f"Delivery {delivery} was not tried."
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty=empty)


@alerts.command()
@click.argument("name")
@click.pass_obj
def test(given: Path | None, name: str) -> None:
    """Send a test message to the channel NAME and say what its service answered."""
    from alerts.delivery import send_test
    from alerts.transport import ChannelTransport

    channel = _channel(load_config(find_config(given)), name)
    report = send_test(ChannelTransport(sys.stdout), channel, SystemClock().now())
    said = "" if report.detail in ("", report.result.value) else f" ({report.detail})"
    click.echo(f"{name}: {report.result.value}{said}", err=True)
    if report.result is not SendResult.ACCEPTED:
        click.get_current_context().exit(1)


@alerts.command()
@click.argument("delivery", type=int)
@click.pass_obj
def retry(given: Path | None, delivery: int) -> None:
    """Let the DELIVERY (its number) be tried again at the next tick, also one that was given up."""
    from alerts.queue import retry as try_again

    _move(given, delivery, try_again, "due now")


@alerts.command()
@click.argument("delivery", type=int)
@click.pass_obj
def release(given: Path | None, delivery: int) -> None:
    """Send a held DELIVERY (its number) at the next tick and alone, not in the digest that it waits for."""
    from alerts.queue import release as let_go

    _move(given, delivery, let_go, "due now")


@alerts.command()
@click.argument("delivery", type=int)
@click.pass_obj
def cancel(given: Path | None, delivery: int) -> None:
    """Withdraw a DELIVERY (its number) that was not sent; the alert stays in the log."""
    from alerts.queue import cancel as withdraw

    _move(given, delivery, withdraw, "it will not be sent")


@alerts.command()
@click.argument("matchers", required=False, default="")
@click.option("--for", "duration", default="1d", show_default=True, help="How long, such as 8h or 3d.")
@click.option("--until", default="", help="Until this day or time instead, such as 2026-12-01, local time.")
@click.option("--comment", default="", help="Why, for the others.")
@click.option("--end", type=int, help="End the silence of this number instead.")
@click.option("--json", "as_json", is_flag=True, help="The list as one JSON object a line.")
@click.option("--csv", "as_csv", is_flag=True, help="The list as CSV with a header.")
@click.pass_obj
def silence(
    given: Path | None,
    matchers: str,
    duration: str,
    until: str,
    comment: str,
    end: int | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Hold back alerts that meet MATCHERS, such as 'provider=aws country=DE', for a time. Without: list them."""
    from alerts.matchers import matchers_text
    from alerts.silences import active_silences, end_silence
    from monitor.database import open_database, writing
    from monitor.settings import parse_duration

    now = SystemClock().now()
    config = load_config(find_config(given))
    with closing(open_database(config.database)) as db:
        try:
            if end is not None:
                with writing(db):
                    ended = end_silence(db, end, now)
                click.echo(f"Silence {ended.silence_id} ended.")
                return
            if matchers:
                ends_at = _end_of(until, config, now) if until else now + parse_duration(duration)
                click.echo(_silenced(db, config, matchers, ends_at, comment))
                return
        except (ValueError, LookupError) as error:
            raise MonitorError(str(error)) from None
        found = active_silences(db, now)
    rows = [
        {
            "id": one.silence_id,
            "matchers": matchers_text(one.matchers),
            "until": one.ends_at,
            "comment": one.comment,
        }
        for one in found
    ]
    columns = {name: name.upper() for name in ("id", "matchers", "until", "comment")}
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty="No silence is active.")


def _end_of(text: str, config: Config, now: datetime) -> datetime:
    """A day or a time of [schedule] timezone. Raises ValueError that says how to write it."""
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--until {text!r}: write a day (2026-12-01) or a time (2026-12-01T18:00)") from None
    end = (end if end.tzinfo else end.replace(tzinfo=ZoneInfo(config.schedule.timezone))).astimezone(UTC)
    if end <= now:
        raise ValueError(f"--until {text!r}: that is over; it is {now:%Y-%m-%d %H:%M} UTC")
    return end


def _silenced(db: Database, config: Config, matchers: str, ends_at: datetime, comment: str) -> str:
    """Make a silence; what it does, in a sentence."""
    from alerts.silences import add_silence, matched
    from monitor.database import writing
    from monitor.knowledge.loader import load_knowledge
    from monitor.silencing import label_values

    now = SystemClock().now()
    known = label_values(db, config, load_knowledge(config.detect.local))
    with writing(db):
        made = add_silence(db, matchers, now, ends_at, comment=comment, known=known)
    number = matched(db, made, now - _LOOKED_BACK)
    return (
        f"Silence {made.silence_id} until {made.ends_at:%Y-%m-%d %H:%M}Z. "
        f"Of the alerts of the last {_LOOKED_BACK.days} days it matches {number}."
    )


def _move(
    given: Path | None, delivery: int, action: Callable[[Database, int, datetime], Delivery], then: str
) -> None:
    from alerts.errors import NotQueuedError
    from monitor.database import open_database

    with closing(open_database(load_config(find_config(given)).database)) as db:
        try:
            moved = action(db, delivery, SystemClock().now())
        except NotQueuedError as error:
            raise MonitorError(str(error)) from None
    click.echo(f"{moved.delivery_id}: {moved.state.value}, {then}.")


def _channel(config: Config, name: str) -> Channel:
    found = next((channel for channel in config.channels if channel.name == name), None)
    if found is None:
        known = ", ".join(channel.name for channel in config.channels)
        raise MonitorError(f"there is no channel '{name}'. Channels are: {known}")
    return found
