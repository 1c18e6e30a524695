"""Notices and tests speak the language of the channel that they go to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts.codec import alert_from_json, alert_to_json
from alerts.delivery import deliver_due, send_test, trial_alert
from alerts.layouts import languages, render
from alerts.layouts.words import words
from alerts.model import Channel, SendResult, short_id_of
from alerts.outbox import claim, recover
from alerts.retry import SendReport
from tests.alerts.builders import NOW, Clock, ScriptedTransport, alert, channel, opener, put

SAID = {
    "en": (
        ("cspwatch: test of channel desk", "Nothing happened; this channel works."),
        (
            "Channel mail is broken",
            "The channel cannot be used (HTTP 404)",
            "Alerts wait; it is tried every 15 minutes.",
        ),
    ),
    "de": (
        ("cspwatch: Test des Kanals desk", "Es ist nichts passiert; dieser Kanal funktioniert."),
        (
            "Der Kanal mail ist gestört",
            "Der Kanal ist nicht benutzbar (HTTP 404)",
            "Meldungen warten; alle 15 Minuten folgt ein neuer Versuch.",
        ),
    ),
    "zh": (
        ("cspwatch：渠道 desk 测试", "这只是一条测试消息，此渠道工作正常。"),
        ("渠道 mail 出现故障", "渠道无法使用（HTTP 404）", "提醒正在等待，每15分钟重试一次。"),
    ),
    "zh-Hant": (
        ("cspwatch：管道 desk 測試", "這只是一則測試訊息，此管道運作正常。"),
        ("管道 mail 出現故障", "管道無法使用（HTTP 404）", "提醒正在等待，每15分鐘重試一次。"),
    ),
}


@pytest.fixture
def open_db(tmp_path: Path) -> Callable[[], Database]:
    return opener(tmp_path / "outbox.db")


def test_every_language_is_read_here() -> None:
    assert set(SAID) == set(languages())


@pytest.mark.parametrize("language", sorted(SAID))
def test_test_of_a_channel_speaks_its_language(language: str) -> None:
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))

    send_test(transport, channel("desk", language=language), NOW)

    ((_, message),) = transport.sent
    title, line = SAID[language][0]
    assert message.title == title
    assert message.text.splitlines()[0] == line


@pytest.mark.parametrize("language", sorted(SAID))
def test_channel_that_is_told_of_a_broken_one_hears_it_in_its_own_language(
    open_db: Callable[[], Database], language: str
) -> None:
    broken = channel("mail", language="en", fallback="desk")
    desk = channel("desk", language=language)

    class OneIsGone(ScriptedTransport):
        def send(self, message: object, channel: Channel) -> SendReport:
            report = super().send(message, channel)  # type: ignore[arg-type]
            gone = SendReport(result=SendResult.CHANNEL_BROKEN, detail="HTTP 404")
            return gone if channel.name == "mail" else report

    transport = OneIsGone(SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert(f"s{number}|1") for number in range(3)], [broken])
    clock = Clock()
    for _ in range(8):
        deliver_due(open_db, transport, [broken, desk], clock, chance=lambda: 0.0)
        clock.forward(minutes=3)

    (notice,) = (message for name, message in transport.sent if name == "desk")
    title, *lines = SAID[language][1]
    assert notice.title == title
    assert notice.text.splitlines()[:2] == lines


@pytest.mark.parametrize("language", sorted(SAID))
def test_what_may_be_known_of_a_source_is_said_in_every_language(language: str) -> None:
    """Each outcome of a poll has words; an id in English would be a foreign word in a German mail."""
    from crawler.outcomes import Outcome

    said = words(language).messages["outcomes"]
    assert isinstance(said, dict)
    assert {one.value for one in Outcome} - {"opted-out", "duplicate"} <= set(said)


def test_notice_survives_the_outbox() -> None:
    one = trial_alert(channel("desk"), NOW)

    assert alert_from_json(alert_to_json(one)) == one
    assert render(replace(one, notice=None), channel("desk"), NOW).title == "Test"


def test_what_our_crashes_interrupted_until_it_was_given_up_reaches_the_second_channel(
    open_db: Callable[[], Database],
) -> None:
    """It may be what crashes us, or an unlucky one: no alert is lost for it."""
    mail, desk = channel("mail", fallback="desk"), channel("desk")
    put(open_db, [alert("s1|1")], [mail])
    clock = Clock()
    with closing(open_db()) as db:
        for number in range(10):
            claim(db, "mail", clock(), owner=f"dead:{number}", lease=timedelta(minutes=3))
            clock.forward(hours=8)
            if number < 9:
                recover(db, clock())
                clock.forward(hours=7)
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))

    deliver_due(open_db, transport, [mail, desk], clock)

    assert [name for name, _ in transport.sent] == ["desk", "desk"]
    notice, told = (message for _, message in transport.sent)
    assert notice.title == "Delivery 1 to channel mail was given up"
    assert notice.text.startswith(f"#{short_id_of('s1|1')} {alert().headline}\n")
    assert told.title.startswith("Alibaba Cloud")
