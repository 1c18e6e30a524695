"""Views in, the JSON of a webhook out, as webhook.schema.json beside this file describes it.

A program reads the ids and values; a person reads `headline` and `text`, which are in the channel's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from alerts.layouts import text as plain
from alerts.layouts.digest_view import DigestView
from alerts.layouts.parts import Parts
from alerts.layouts.safe import clean, one_line, web_link
from alerts.layouts.view import AlertView
from alerts.model import Alert, Channel, Coverage, Fact, Place, Quantity, Quote, Report

SCHEMA_ID = "cspwatch.alert/1"


def alert_parts(view: AlertView, channel: Channel) -> Parts:
    """An alert as JSON."""
    text = "\n".join(plain.alert_lines(view, channel.language))
    data: dict[str, object] = {
        "schema": SCHEMA_ID,
        "form": "alert",
        "text": text,
        **_alert(view, channel.language),
    }
    data["possible_repeat"] = bool(view.repeat)
    return Parts(title=view.title, text=text, data=data)


def digest_parts(view: DigestView, channel: Channel) -> Parts:
    """A digest as JSON: its alerts in order and the coverage."""
    text = "\n".join(plain.digest_lines(view, channel.language))
    data: dict[str, object] = {
        "schema": SCHEMA_ID,
        "form": "digest",
        "id": view.key,
        "headline": view.title,
        "text": text,
        "language": channel.language,
        "notes": list(view.notes),
        "alerts": [_alert(entry, channel.language) for entry in view.alerts],
        "coverage": _coverage(view.coverage_data) if view.coverage_data else None,
    }
    return Parts(title=view.title, text=text, data=data)


def _alert(view: AlertView, language: str) -> dict[str, object]:
    alert: Alert = view.alert
    return {
        "id": alert.alert_id,
        "short_id": view.short_id,
        "thread_id": alert.thread_id,
        "follows": alert.follows or None,
        "kind": alert.kind.value,
        "reason": alert.reason,
        "severity": alert.severity.value,
        "watch": alert.watch,
        "created_at": _time(alert.created_at),
        "published": _time(alert.published),
        "headline": view.title,
        "language": language,
        "original_headline": one_line(alert.headline, 300),
        "changes": list(view.changes),
        "facts": [_fact(fact) for fact in alert.facts],
        "quotes": [_quote(quote) for quote in alert.quotes],
        "reports": [_report(report) for report in alert.reports],
        "links": {
            key: web_link(getattr(alert.links, key))
            for key in ("article", "log", "useful", "wrong", "mute")
            if web_link(getattr(alert.links, key))
        },
        "labels": dict(alert.labels),
    }


def _fact(fact: Fact) -> dict[str, object]:
    return {
        "event": fact.event,
        "status": fact.status,
        "direction": fact.direction,
        "object": fact.object,
        "actors": [{"id": actor.id, "name": one_line(actor.name("en"), 120)} for actor in fact.actors],
        "places": _places(fact.places),
        "excluded_places": _places(fact.excluded_places),
        "amounts": [_amount(amount) for amount in fact.amounts],
        "when": fact.when,
        "overseas": fact.overseas,
        "score": fact.score,
    }


def _places(places: Sequence[Place]) -> list[Mapping[str, str | None]]:
    return [{"id": place.id, "country": place.country} for place in places]


def _amount(amount: Quantity) -> dict[str, object]:
    """Decimals as text: a JSON number would pass through a float at the reader."""
    return {
        "value": _plain(amount.value),
        "value_max": _plain(amount.value_max) if amount.value_max is not None else None,
        "unit": amount.unit,
        "op": amount.op,
        "usd": _plain(amount.usd) if amount.usd is not None else None,
        "text": one_line(amount.text, 120),
    }


def _plain(value: Decimal) -> str:
    """1900000000, not 1900000000.0 and not 1.9E+9."""
    return f"{value.normalize():f}"


def _quote(quote: Quote) -> dict[str, object]:
    """`text` stays as stored, so that `marks` point at the right code points; JSON escapes its controls."""
    return {
        "text": quote.text if clean(quote.text) == quote.text else clean(quote.text),
        "language": quote.language,
        "url": web_link(quote.url),
        "outlet": one_line(quote.outlet, 80),
        "marks": [list(mark) for mark in quote.marks] if clean(quote.text) == quote.text else [],
    }


def _report(report: Report) -> dict[str, object]:
    return {
        "outlet": one_line(report.outlet, 80),
        "family": report.family,
        "url": web_link(report.url),
        "title": one_line(report.title, 300),
        "language": report.language,
        "published": _time(report.published),
        "first_seen": _time(report.first_seen),
        "tier": report.tier,
        "independent": report.independent,
    }


def _coverage(coverage: Coverage) -> dict[str, object]:
    return {
        "sources": coverage.sources,
        "checked": coverage.checked,
        "silent": list(coverage.silent),
        "teaser_only": list(coverage.teaser_only),
        "failing": list(coverage.failing),
        "held_back": dict(coverage.held_back),
    }


def _time(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds").replace("+00:00", "Z") if value else None
