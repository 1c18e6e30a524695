"""Where a fact happens and how old the news is, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from alerts.layouts.view import alert_view, places_text
from alerts.layouts.words import words
from alerts.model import Alert, AlertKind, Channel, Fact, Label, Place, Severity


def fact_at(*places: Place) -> Fact:
    return Fact(
        event="region", status="live", direction="expansion", actors=(Label(id="aws"),), places=places
    )


def test_country_of_a_named_hub_is_not_said_twice() -> None:
    hub = Place(id="PT:Lisbon", country="PT", names={"": "Lisbon"})
    fact = fact_at(Place(id="PT", country="PT"), hub, Place(id="ES", country="ES"))

    assert places_text(fact, words("en")) == "Portugal (Lisbon), Spain"


def test_country_alone_stays() -> None:
    assert places_text(fact_at(Place(id="PT", country="PT")), words("de")) == "Portugal"


def test_age_in_a_digest_counts_until_the_digest() -> None:
    made = datetime(2026, 3, 1, 8, tzinfo=UTC)
    alert = Alert(
        alert_id="a" * 16,
        thread_id="s1",
        kind=AlertKind.NEW_STORY,
        reason="new-story",
        severity=Severity.HIGH,
        watch="all",
        created_at=made,
        published=made - timedelta(hours=1),
        facts=(fact_at(),),
    )
    channel = Channel(name="desk", url="console:")

    assert alert_view(alert, channel).age == "60 min ago"
    assert alert_view(alert, channel, at=made + timedelta(hours=8)).age == "9 hr ago"
