"""A watch on words alone, with the real detector: the whole way from an article without a fact to an alert."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.codec import alert_from_json
from alerts.layouts import render
from monitor.database import rows
from monitor.detect import Detector
from monitor.knowledge.loader import load_knowledge
from monitor.model import Verdict
from monitor.processing import process_next
from monitor.rules.loader import load_rules
from monitor.settings import WatchSection
from monitor.watches import configured
from tests.fakes import NOW, console, crawl_of, make_article, make_source, new_log, report_of
from tests.intaking import take_in

WATER = "Farmers in Johor protest against water use"
TEXTS = {
    "nobody is named": "The drought has emptied the wells. Farmers blame data centers for their water use.",
    "a provider in the background": (
        "The drought has emptied the wells. Farmers blame data centers for their water use. "
        "Nothing was decided at the meeting. The next one is in May. Many came, few spoke, and all were angry. "
        "The mayor listened. Google opened a data center in Johor in 2022."
    ),
}


@pytest.fixture(scope="module")
def detector() -> Detector:
    knowledge = load_knowledge()
    return Detector(knowledge, load_rules(knowledge=knowledge), configured(_watches(), knowledge))


def _watches() -> tuple[WatchSection, ...]:
    return (WatchSection(name="water", query="johor water"), WatchSection(name="csp-expansion"))


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_topic_without_a_fact_reaches_who_asks_for_it_and_nobody_else(
    detector: Detector, text: str, tmp_path: Path
) -> None:
    db = new_log(tmp_path, make_source())
    take_in(db, crawl_of("first", report_of()), NOW - timedelta(hours=3))
    take_in(db, crawl_of("second", report_of(make_article(WATER, text))), NOW)

    done = process_next(db, detector, configured(_watches(), detector.knowledge), [console()], NOW)

    assert done is not None
    assert [(decision.watch, decision.verdict) for decision in done.decisions] == [
        ("water", Verdict.ALERT_NEW_STORY)
    ]
    (row,) = rows(db, "SELECT payload FROM alert")
    alert = alert_from_json(str(row["payload"]))
    assert alert.facts == ()
    (quote,) = alert.quotes
    assert quote.text == (WATER if "blame" not in text else "Farmers blame data centers for their water use.")
    assert [quote.text[start:end] for start, end in quote.marks] == ["water"]
    message = render(alert, console(), NOW)
    assert message.title == WATER
    assert quote.text in message.text
    db.close()
