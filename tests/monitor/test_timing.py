"""When a fact happens: the date of the opening before that of the works, and this month for what is done."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.model import EventType, Finding
from tests.monitor.detecting import judge

PUBLISHED = date(2026, 5, 20)


def site(text: str, title: str, language: str, kind: EventType = EventType.DATACENTER) -> Finding:
    judgement = judge(text, title=title, language=language, published=PUBLISHED)
    (found,) = [one for one in judgement.findings if one.news and one.type is kind]
    return found


@pytest.mark.parametrize(
    ("language", "title", "kind"),
    [
        ("en", "Equinix opens data center in Nairobi", EventType.DATACENTER),
        ("de", "Exoscale eröffnet Cloud-Region in Warschau", EventType.REGION),
        ("ja", "さくらインターネット、福岡にデータセンターを開設した", EventType.DATACENTER),
        ("es", "Google Cloud inaugura su región en Lima", EventType.REGION),
    ],
)
def test_what_the_headline_tells_as_done_happened_in_the_month_of_the_article(
    language: str, title: str, kind: EventType
) -> None:
    found = site("", title, language, kind)

    assert found.time is not None
    assert found.time.iso == "2026-05"
    assert title[found.time.span.start : found.time.span.end] == found.time.text


def test_what_is_done_and_dated_keeps_its_date() -> None:
    found = site("", "Equinix opened a data center in Nairobi in March 2026", "en")

    assert found.time is not None
    assert found.time.iso == "2026-03"


@pytest.mark.parametrize(
    ("language", "title", "text", "year"),
    [
        (
            "en",
            "Vantage to build data center in Johor",
            "Vantage will break ground in October 2026 and open the data center in 2029.",
            "2029",
        ),
        (
            "de",
            "Hetzner baut Rechenzentrum in Lahti",
            "Baubeginn ist im Herbst 2026. Das Rechenzentrum soll 2028 ans Netz gehen.",
            "2028",
        ),
        (
            "ja",
            "KDDI、札幌にデータセンターを建設へ",
            "2026年秋に着工し、データセンターは2029年に稼働する計画だ。",
            "2029",
        ),
        (
            "fr",
            "OVHcloud construira un centre de données à Turin",
            "Début des travaux en septembre 2026. Le centre de données ouvrira en 2028.",
            "2028",
        ),
    ],
)
def test_the_date_of_the_opening_comes_before_that_of_the_works(
    language: str, title: str, text: str, year: str
) -> None:
    found = site(text, title, language)

    assert found.time is not None
    assert year in found.time.iso


def test_the_date_of_the_works_counts_where_no_other_is_given() -> None:
    found = site("Construction starts in October 2026.", "Vantage to build data center in Johor", "en")

    assert found.time is not None
    assert found.time.iso == "2026-10"
