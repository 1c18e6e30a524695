"""Alerts in, how many there are of each provider and country out, in the reader's words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from alerts.layouts.safe import one_line
from alerts.layouts.words import Words
from alerts.model import Alert

_BARS = 8

Bars = tuple[tuple[int, str], ...]


def by_provider(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of alerts, provider), most first: each alert counts once, for the first actor of its leading fact."""
    counted = Counter(
        one_line(alert.facts[0].actors[0].name(said.language), 30)
        for alert in alerts
        if alert.facts and alert.facts[0].actors
    )
    return _most(counted)


def by_country(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of alerts, country), most first: an alert counts once for each country of its leading fact."""
    counted: Counter[str] = Counter()
    for alert in alerts:
        for country in (
            {place.country for place in alert.facts[0].places if place.country} if alert.facts else ()
        ):
            counted[one_line(said.country(country), 30)] += 1
    return _most(counted)


def _most(counted: Counter[str]) -> Bars:
    ranked = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple((count, name) for name, count in ranked[:_BARS])
