"""Alerts in, how many events there were of each provider and country out, in the reader's words. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from alerts.layouts.safe import one_line
from alerts.layouts.words import Words
from alerts.model import Alert

_BARS = 8

Bars = tuple[tuple[int, str], ...]


def by_provider(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of events, provider), most first: an event counts for the first actor of the leading fact."""
    named = (
        (one_line(alert.facts[0].actors[0].name(said.language), 30), alert.thread_id)
        for alert in alerts
        if alert.facts and alert.facts[0].actors
    )
    return _most(named, said)


def by_country(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of events, country), most first: an event counts once for each country of the leading fact."""
    named = (
        (one_line(said.country(place.country), 30), alert.thread_id)
        for alert in alerts
        for place in (alert.facts[0].places if alert.facts else ())
        if place.country
    )
    return _most(named, said)


def _most(named: Iterable[tuple[str, str]], said: Words) -> Bars:
    """Names with the number of stories that bear them; below the longest bars one for all that are left."""
    counted = Counter(name for name, _ in set(named))
    ranked = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    shown = ranked if len(ranked) <= _BARS + 1 else ranked[:_BARS]
    rest = ranked[len(shown) :]
    bars = [(count, name) for name, count in shown]
    if rest:
        bars.append((sum(count for _, count in rest), said.text("more", str(len(rest)))))
    return tuple(bars)
