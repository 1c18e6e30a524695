"""Where a fact happens, in words."""

from __future__ import annotations

from alerts.layouts.view import places_text
from alerts.layouts.words import words
from alerts.model import Fact, Label, Place


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
