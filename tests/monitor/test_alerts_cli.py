"""`cspwatch alerts`: deliveries looked at and moved by hand, channels tried, mistakes named."""

from __future__ import annotations

import io
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result

from alerts import queue
from alerts.bundles import open_due
from alerts.delivery import deliver_due
from alerts.model import Digest
from alerts.outbox import enqueue
from alerts.transport import ChannelTransport
from monitor.config import load_config
from monitor.database import open_database, writing
from tests.alerts.builders import NOW, Clock, alert, channel
from tests.monitor.stored import run, write_config
from tests.sinks import MailSink

TWO_CHANNELS = """
[[channel]]
name = "console"

[[channel]]
name = "desk"
url = "{url}"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A configuration with two channels; its outbox holds a pending and a held delivery of `gone`, which it lacks."""
    path = write_config(tmp_path, TWO_CHANNELS.format(url="console:"))
    with closing(open_database(load_config(path).database)) as db, writing(db):
        enqueue(db, alert("a|1"), [channel("gone")], NOW)
        enqueue(db, alert("b|1"), [channel("gone", digest=Digest(times=("07:30",)))], NOW)
    return path


def states(path: Path) -> list[str]:
    with closing(open_database(load_config(path).database, read_only=True)) as db:
        return [delivery.state.value for delivery in reversed(queue.queue(db))]


def alerts(path: Path, *arguments: str) -> Result:
    return run(path, "alerts", *arguments)


def test_deliveries_are_released_and_cancelled_by_their_number(path: Path) -> None:
    released = alerts(path, "release", "2")
    cancelled = alerts(path, "cancel", "1")

    assert (released.exit_code, released.stdout) == (0, "2: pending, due now.\n")
    assert (cancelled.exit_code, cancelled.stdout) == (0, "1: cancelled, it will not be sent.\n")
    assert states(path) == ["cancelled", "pending"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("release", "1"), "delivery 1 is pending; only a held delivery"),
        (("cancel", "9"), "there is no delivery 9; `cspwatch alerts queue` lists them"),
        (("retry", "2"), "delivery 2 is held; only a dead or pending delivery"),
        (("queue", "--channel", "nosuch"), "there is no channel 'nosuch'. Channels are: console, desk"),
    ],
)
def test_what_cannot_be_done_is_named_and_changes_nothing(
    path: Path, arguments: tuple[str, ...], says: str
) -> None:
    result = alerts(path, *arguments)

    assert result.exit_code == 1
    assert says in str(result.exception)
    assert states(path) == ["pending", "held"]


def test_channel_that_was_removed_still_shows_its_deliveries(path: Path) -> None:
    shown = alerts(path, "queue", "--channel", "gone")
    empty = alerts(path, "queue", "--channel", "desk")

    assert shown.exit_code == 0
    assert len(shown.stdout.splitlines()) == 3
    assert (empty.exit_code, empty.stdout) == (0, "")


def test_test_of_a_channel_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    with MailSink(offers_login=False) as sink:
        url = sink.url(user="reader:opensesame")
        path = write_config(tmp_path, TWO_CHANNELS.format(url=url))

        result = alerts(path, "test", "desk")

    assert result.exit_code == 1
    assert (
        "desk: channel-broken (the mail server takes no login here; take user and password" in result.stderr
    )
    assert "opensesame" not in result.output


def test_attempts_of_a_delivery_are_listed_with_the_answers(tmp_path: Path) -> None:
    with MailSink(["busy", "ok"]) as sink:
        path = write_config(tmp_path, TWO_CHANNELS.format(url=sink.url()))
        channels = load_config(path).channels
        clock = Clock()
        with closing(open_database(load_config(path).database)) as db, writing(db):
            enqueue(db, alert("a|1"), channels[1:], NOW)
        for _ in range(2):
            deliver_due(
                lambda: open_database(load_config(path).database),
                ChannelTransport(io.StringIO()),
                channels,
                clock,
            )
            clock.forward(minutes=5)

    lines = alerts(path, "history", "1").stdout.splitlines()

    assert [line.split()[0] for line in lines] == ["TRY", "1", "2"]
    assert "refused" in lines[1]
    assert "451" in lines[1]
    assert "accepted" in lines[2]
    assert alerts(path, "history", "7").stdout == ""


def test_digest_is_previewed_by_its_name_in_the_queue(path: Path) -> None:
    config = load_config(path)
    gone = channel("gone", digest=Digest(times=("07:30",)))
    with closing(open_database(config.database)) as db:
        open_due(db, gone, NOW + timedelta(days=1))
    name = "gone|2026-11-25|07:30"

    shown = alerts(path, "preview", name, "--channel", "desk")

    assert shown.exit_code == 0, shown.output
    assert shown.stdout.startswith("1 alert: Alibaba Cloud")
    assert "Digest of Nov 25, 2026" in shown.stdout
    assert "no such alert" in str(alerts(path, "preview", "gone|2026-11-26|07:30").exception)
