"""Alerts in, an Atom feed (RFC 4287) of them out, for the review page. Pure; an XML library escapes all text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from alerts.layouts import mail
from alerts.layouts import text as plain
from alerts.layouts.view import AlertView, alert_view
from alerts.model import Alert, Channel

_NAMESPACE = "http://www.w3.org/2005/Atom"


def render_feed(alerts: Sequence[Alert], *, feed_url: str, page_url: str, language: str = "en") -> str:
    """The feed of `alerts`, newest first, as XML text.

    `feed_url` is where the feed itself stands, `page_url` the page that a reader opens. Entries have ids that never
    change, so a feed reader shows each alert once. `updated` of an empty feed is the epoch: no clock is read.
    """
    newest = sorted(alerts, key=lambda alert: (alert.created_at, alert.alert_id), reverse=True)
    feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": language})
    SubElement(feed, "id").text = _urn(feed_url)
    SubElement(feed, "title").text = "cspwatch"
    SubElement(feed, "updated").text = _time(
        newest[0].created_at if newest else datetime.fromtimestamp(0, UTC)
    )
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": feed_url})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": page_url})
    author = SubElement(feed, "author")
    SubElement(author, "name").text = "cspwatch"
    reader = Channel(name="atom", url="", layout="mail", language=language)
    for alert in newest:
        _entry(feed, alert_view(alert, reader), reader)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode")


def _entry(feed: Element, view: AlertView, reader: Channel) -> None:
    alert = view.alert
    entry = SubElement(feed, "entry")
    SubElement(entry, "id").text = _urn(alert.alert_id)
    SubElement(entry, "title", {"type": "text"}).text = view.title
    SubElement(entry, "updated").text = _time(alert.created_at)
    SubElement(entry, "published").text = _time(alert.created_at)
    for _, url in view.links[:1]:
        SubElement(entry, "link", {"rel": "alternate", "href": url})
    SubElement(entry, "category", {"term": view.severity.value})
    lines = "\n".join(plain.alert_lines(view, reader.language))
    SubElement(entry, "summary", {"type": "text"}).text = lines
    SubElement(entry, "content", {"type": "html"}).text = mail.alert_parts(view, reader).html


def _urn(key: str) -> str:
    """A permanent id (RFC 4122, form of a UUID) out of a key."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
