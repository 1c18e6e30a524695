"""The weekly summary: once a week, over all alerts of the channel, with charts of providers and countries."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alerts.charts import weekly_charts
from alerts.delivery import deliver_due
from alerts.layouts import render_digest
from alerts.layouts.tallies import by_country, by_provider
from alerts.layouts.words import words
from alerts.model import Channel, Digest, Message, Place, SendResult
from alerts.retry import SendReport
from tests.alerts.builders import (
    ALIBABA,
    CHILE,
    HUAWEI,
    NOW,
    QUOTE,
    Clock,
    ScriptedTransport,
    alert,
    channel,
    fact,
    opener,
    put,
)

MONDAY_AT_SEVEN = Digest(times=("07:00",), weekdays=frozenset({0}))


def weekly_channel(**changes: object) -> Channel:
    return channel(weekly=MONDAY_AT_SEVEN, timezone="Europe/Berlin", **changes)


def test_summary_comes_once_each_monday_and_tells_of_its_week_only(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = weekly_channel()
    clock = Clock(
        datetime(2026, 10, 21, 12, 0, tzinfo=ZoneInfo("UTC"))
    )  # a Wednesday; clocks change on Sunday
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    deliver_due(open_db, transport, [own], clock)
    put(open_db, [alert("a|1"), alert("b|1", facts=(fact(HUAWEI, CHILE),))], [own], clock())

    for _ in range(14 * 12):
        deliver_due(open_db, transport, [own], clock)
        clock.forward(hours=2)

    titles = [message.title for _, message in transport.sent[2:]]
    assert titles == ["The week to Oct 26, 2026: 2 alerts", "The week to Nov 2, 2026: No alerts"]


def test_summary_missed_by_a_sleep_of_three_weeks_comes_once(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = weekly_channel()
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    deliver_due(open_db, transport, [own], clock)

    clock.forward(days=22)
    deliver_due(open_db, transport, [own], clock)
    deliver_due(open_db, transport, [own], clock)

    assert len(transport.sent) == 1


def test_counts_are_by_provider_and_country_in_the_readers_language() -> None:
    alerts = [alert("a|1"), alert("b|1"), alert("c|1", facts=(fact(HUAWEI, CHILE),)), alert("d|1", facts=())]

    assert by_provider(alerts, words("zh")) == ((2, "阿里云"), (1, "Huawei Cloud"))
    assert by_country(alerts, words("de")) == ((2, "Malaysia"), (1, "Chile"))


def test_an_event_counts_once_however_often_it_was_told() -> None:
    followed = [alert("a|1"), alert("a|2"), alert("a|3", facts=(fact(HUAWEI, CHILE),))]

    assert by_provider(followed, words("en")) == ((1, "Alibaba Cloud"), (1, "Huawei Cloud"))


def test_what_has_no_bar_of_its_own_has_one_together() -> None:
    countries = ("AT", "BE", "CH", "DE", "ES", "FR", "GR", "HU", "IT", "JP")
    alerts = [
        alert(f"{code}{n}|1", facts=(fact(place=Place(id=code, country=code)),))
        for code in countries
        for n in range(1 if code in ("IT", "JP") else 2)
    ]

    bars = by_country(alerts, words("en"))
    assert bars[-1] == (2, "2 more")
    assert (len(bars), sum(count for count, _ in bars)) == (9, len(alerts))


def test_charts_are_drawn_as_images_with_every_name_in_them() -> None:
    pytest.importorskip("leather")
    hostile = alert("x|1", facts=(fact(HUAWEI, CHILE, actors=(ALIBABA,)),))

    charts = weekly_charts([alert("a|1"), hostile], "de")

    assert [chart.name for chart in charts] == ["providers.svg", "countries.svg"]
    for chart, names in zip(charts, (("Alibaba Cloud",), ("Malaysia", "Chile")), strict=True):
        text = "".join(ET.fromstring(chart.content).itertext())
        assert all(name in text for name in names)


def test_no_alerts_no_charts() -> None:
    assert weekly_charts([], "en") == ()


def test_week_longer_than_a_mail_is_still_one_message(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = weekly_channel(per_hour=1000, layout="mail")
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    deliver_due(open_db, transport, [own], clock)
    put(open_db, [alert(f"s{number}|1") for number in range(60)], [own], clock())
    deliver_due(open_db, transport, [own], clock, pace=1000)
    sent = len(transport.sent)

    clock.at += timedelta(days=6)
    deliver_due(open_db, transport, [own], clock)

    assert (sent, len(transport.sent)) == (60, 61)
    assert "60 alerts" in transport.sent[-1][1].title


def a_week(*, layout: str, language: str = "en") -> Message:
    alerts = [alert("a|1"), alert("b|1"), alert("c|1", facts=(fact(HUAWEI, CHILE),))]
    own = weekly_channel(layout=layout, language=language)
    return render_digest(alerts, None, own, NOW, key="mail|weekly|2026-11-23|07:00")


def test_summary_shows_its_counts_in_the_mail_itself_for_clients_that_open_no_attachments() -> None:
    message = a_week(layout="mail", language="de")

    assert message.html is not None
    page = re.sub(r"<[^>]+>", " ", message.html)
    assert re.search(
        r"Ereignisse nach Anbieter\s+Alibaba Cloud\s+&nbsp;\s+2\s+Huawei Cloud\s+&nbsp;\s+1", page
    )
    assert re.search(r"Ereignisse nach Land\s+Malaysia\s+&nbsp;\s+2\s+Chile\s+&nbsp;\s+1", page)
    assert re.findall(
        r'width="(\d+)%" cellpadding="0" cellspacing="0"><tr><td class="bar"', message.html
    ) == [
        "100",
        "50",
        "100",
        "50",
    ]


@pytest.mark.parametrize("layout", ["text", "mail", "webhook"])
def test_summary_counts_in_its_text_too(layout: str) -> None:
    assert "Events by provider\n    2  Alibaba Cloud\n    1  Huawei Cloud\n" in a_week(layout=layout).text


def test_summary_in_slack_has_both_counts_side_by_side() -> None:
    data = a_week(layout="slack").data
    assert data is not None
    fields = [field["text"] for block in data["blocks"] for field in block.get("fields", [])]  # type: ignore[attr-defined]

    assert fields == [
        "*Events by provider*\n2  Alibaba Cloud\n1  Huawei Cloud",
        "*Events by country*\n2  Malaysia\n1  Chile",
    ]


def test_summary_tells_each_alert_in_short() -> None:
    message = a_week(layout="mail")

    assert message.html is not None
    assert QUOTE not in message.text + message.html
    assert "Useful" not in message.text + message.html
    assert message.text.count("Article: ") == 3
