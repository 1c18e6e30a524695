"""The Atom feed of alerts: read back by feed readers, stable ids, hostile text stays text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import timedelta

import feedparser
import pytest

from alerts.layouts.atom import render_feed
from tests.alerts.builders import NOW, alert
from tests.alerts.test_layouts import HOSTILE, hostile_alert

URLS = {"feed_url": "http://127.0.0.1:8642/alerts.atom", "page_url": "http://127.0.0.1:8642/"}


def test_feed_reader_finds_each_alert_once_newest_first() -> None:
    alerts = [alert("a|1"), alert("b|1", created_at=NOW + timedelta(hours=1))]

    feed = feedparser.parse(render_feed(alerts, **URLS, language="de"))

    assert not feed.bozo
    assert feed.feed.title == "cspwatch"
    assert feed.feed.updated == "2026-11-24T08:40:00Z"
    assert len({entry.id for entry in feed.entries}) == 2
    assert feed.entries[0].updated == "2026-11-24T08:40:00Z"
    assert feed.entries[0].title.startswith("Alibaba Cloud · Rechenzentrum")
    assert feed.entries[0].link == "https://caixin.example/a"


def test_ids_stay_when_other_alerts_come() -> None:
    one = feedparser.parse(render_feed([alert("a|1")], **URLS)).entries[0].id
    two = feedparser.parse(render_feed([alert("a|1"), alert("b|1")], **URLS)).entries

    assert one in {entry.id for entry in two}


def test_empty_feed_is_a_feed() -> None:
    assert not feedparser.parse(render_feed([], **URLS)).bozo


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_stays_text(text: str) -> None:
    feed = ET.fromstring(render_feed([hostile_alert(text)], **URLS))

    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = feed.findall(f"{atom}entry")
    assert {child.tag.removeprefix(atom) for child in entry} <= {
        "id", "title", "updated", "published", "link", "category", "summary", "content",
    }  # fmt: skip
    assert all(link.get("href", "").startswith("http") for link in entry.findall(f"{atom}link"))
