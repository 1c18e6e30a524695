"""Alerts in, the sections of one digest out: by provider and place, most severe first. Pure; a partition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.model import Alert, Label, Place
from alerts.schedule import rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Alerts about one provider in one place. Both are None for alerts without facts: notices, topics of one watch."""

    provider: Label | None
    place: Place | None
    alerts: tuple[Alert, ...]


def group(alerts: Sequence[Alert]) -> tuple[Section, ...]:
    """Every alert in exactly one section, once per alert_id.

    Sections are ordered by their most severe alert, then size, then age; inside one, most severe first, then oldest.
    """
    unique = {alert.alert_id: alert for alert in alerts}
    groups: dict[tuple[str, str, str], list[Alert]] = {}
    for alert in unique.values():
        provider, place = _provider(alert), _place(alert)
        key = (provider.id if provider else "", _country(place), "" if alert.facts else alert.watch)
        groups.setdefault(key, []).append(alert)
    sections = [
        Section(
            provider=_provider(members[0]),
            place=_shared_place(members),
            alerts=tuple(sorted(members, key=_order)),
        )
        for members in groups.values()
    ]
    return tuple(sorted(sections, key=lambda s: (-_worst(s), -len(s.alerts), _order(s.alerts[0]))))


def _order(alert: Alert) -> tuple[int, float, str]:
    return (-rank(alert.severity), alert.created_at.timestamp(), alert.alert_id)


def _worst(section: Section) -> int:
    return max(rank(alert.severity) for alert in section.alerts)


def _provider(alert: Alert) -> Label | None:
    return alert.facts[0].actors[0] if alert.facts and alert.facts[0].actors else None


def _place(alert: Alert) -> Place | None:
    return alert.facts[0].places[0] if alert.facts and alert.facts[0].places else None


def _country(place: Place | None) -> str:
    return (place.country or place.id) if place else ""


def _shared_place(members: Sequence[Alert]) -> Place | None:
    """The one hub that all members name, else their country."""
    places = {place.id: place for place in map(_place, members) if place}
    first = _place(members[0])
    if first is None or len(places) == 1 or first.country is None:
        return first
    return Place(id=first.country, country=first.country)
