"""Follow-ups of a story: replies in Slack's thread where a bot posts, a line that names the first alert everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts import queue
from alerts.delivery import deliver_due
from alerts.layouts import LAYOUTS, render
from alerts.model import AlertKind, DeliveryState, SendResult, Severity, short_id_of
from alerts.retry import SendReport
from alerts.services import SlackService
from alerts.transport import ChannelTransport
from tests.alerts.builders import NOW, Clock, ScriptedTransport, alert, channel, opener, put
from tests.sinks import WebSink

BOT = "slack://xoxb-1234-1234-4ddbc191d40ee098cbaae6f3523ada2d/#news/"
FIRST = alert("story-1|new")
LATER = alert(
    "story-1|live",
    kind=AlertKind.DEVELOPMENT,
    changes=("status|announced|live",),
    follows=FIRST.alert_id,
    follows_at=NOW - timedelta(days=2),
)


class _Silent:
    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


def posted(sink: WebSink) -> list[dict[str, object]]:
    return [received.json() for received in sink.received]


def deliver(open_db: Callable[[], Database], sink: WebSink, *alerts: object) -> None:
    own = channel("slack", BOT, layout="slack")
    transport = ChannelTransport(_Silent())  # type: ignore[arg-type]
    for one in alerts:
        put(open_db, [one], [own])  # type: ignore[list-item]
        deliver_due(open_db, transport, [own], Clock())


@pytest.fixture
def open_db(tmp_path: Path) -> Callable[[], Database]:
    return opener(tmp_path / "outbox.db")


def answers(sink: WebSink, monkeypatch: pytest.MonkeyPatch, *found: dict[str, object]) -> None:
    monkeypatch.setattr(SlackService, "api_url", f"http://127.0.0.1:{sink.port}/api/{{}}")
    sink.script = [f"ok:{json.dumps(one)}" for one in found]


def test_follow_up_of_a_bot_replies_in_the_thread_of_its_story_and_is_seen_in_the_channel(
    open_db: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebSink() as sink:
        answers(sink, monkeypatch, *({"ok": True, "ts": f"{n}.1"} for n in range(1, 5)))

        deliver(open_db, sink, FIRST, alert("other|new"), LATER, alert("story-1|more"))

        first, other, later, more = posted(sink)
    assert "thread_ts" not in first
    assert "thread_ts" not in other
    assert (later["thread_ts"], later["reply_broadcast"]) == ("1.1", True)
    assert more["thread_ts"] == "1.1", "the message that began the thread, not the last one in it"
    assert later["channel"] == "#news"


def test_follow_up_is_posted_alone_where_the_thread_is_gone(
    open_db: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebSink() as sink:
        gone = {"ok": False, "error": "thread_not_found"}
        answers(sink, monkeypatch, {"ok": True, "ts": "1.1"}, gone, {"ok": True, "ts": "3.1"})

        deliver(open_db, sink, FIRST, LATER)

        _, tried, again = posted(sink)
    assert tried["thread_ts"] == "1.1"
    assert "thread_ts" not in again
    db = open_db()
    assert {row.state for row in queue.queue(db)} == {DeliveryState.SENT}
    db.close()


def test_thread_that_the_url_names_is_kept(
    open_db: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = channel("slack", BOT.replace("#news", "#news:9.9"), layout="slack")
    with WebSink() as sink:
        answers(sink, monkeypatch, {"ok": True, "ts": "1.1"}, {"ok": True, "ts": "2.1"})
        put(open_db, [FIRST, LATER], [own])

        deliver_due(open_db, ChannelTransport(_Silent()), [own], Clock())  # type: ignore[arg-type]

        assert [one["thread_ts"] for one in posted(sink)] == ["9.9", "9.9"]


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"short"}))
def test_follow_up_names_the_first_alert_and_the_first_names_none(layout: str) -> None:
    own = channel(layout=layout)
    first, later = render(FIRST, own, NOW), render(LATER, own, NOW)

    line = f"Follow-up to #{short_id_of(FIRST.alert_id)} of Nov 22, 2026"
    for shown in (later.text, later.html or line, json.dumps(later.data) if layout == "slack" else line):
        assert line in shown
    assert "Follow-up" not in first.text


def test_follow_up_names_the_first_alert_that_its_channel_got(open_db: Callable[[], Database]) -> None:
    """Another watch or another channel may have had an earlier one, which this reader never saw."""
    silenced = alert("story-1|new|0|quiet", severity=Severity.INFORMATIONAL)
    later = alert("story-1|live|1|other", kind=AlertKind.DEVELOPMENT, changes=("status|announced|live",))
    own, transport = channel(layout="text"), ScriptedTransport(SendReport(result=SendResult.ACCEPTED))

    for one, at in ((silenced, 0), (FIRST, 1), (later, 2)):
        put(open_db, [one], [own], now=NOW + timedelta(minutes=at))
    deliver_due(open_db, transport, [own], Clock(NOW + timedelta(minutes=3)))

    first, second = (message.text for _, message in transport.sent)
    assert "Follow-up" not in first
    assert f"Follow-up to #{short_id_of(FIRST.alert_id)} of Nov 24, 2026" in second
