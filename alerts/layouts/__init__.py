"""An alert or a digest, a channel and the time in; the message to send out. One module for each layout.

A layout is a module with `alert_parts(view, channel)` and `digest_parts(view, channel)`; both give `Parts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from alerts.errors import UnknownLayoutError
from alerts.layouts import mail, short, slack, text, webhook
from alerts.layouts.digest_view import digest_view
from alerts.layouts.parts import Layout, Parts
from alerts.layouts.view import AlertView, alert_view
from alerts.layouts.words import languages
from alerts.model import Alert, Attachment, Channel, Coverage, Message, Severity
from alerts.schedule import rank

__all__ = ["LAYOUTS", "default_layout", "languages", "render", "render_digest"]

LAYOUTS: dict[str, Layout] = {"text": text, "mail": mail, "slack": slack, "short": short, "webhook": webhook}

_BY_SCHEME = {
    "mailto": "mail",
    "mailtos": "mail",
    "slack": "slack",
    "json": "webhook",
    "jsons": "webhook",
    "ntfy": "short",
    "ntfys": "short",
    "sns": "short",
    "twilio": "short",
    "vonage": "short",
    "clicksend": "short",
}


def default_layout(url: str) -> str:
    """The layout that fits the service of a channel's URL, where the configuration names none."""
    return _BY_SCHEME.get(url.partition(":")[0].strip().lower(), "text")


def render(alert: Alert, channel: Channel, now: datetime, *, repeat: bool = False) -> Message:
    """`alert` as a message for `channel`, its age at `now`; with `repeat` it says that it may be a repeat.

    Its ids are the same at any `now`. Raises UnknownLayoutError for a layout or a language that is not shipped.
    """
    view = alert_view(alert, channel, repeat=repeat, at=now)
    parts = _layout(channel).alert_parts(view, channel)
    key = f"{alert.alert_id}|{channel.name}"
    return _message(
        key,
        parts,
        headers=_headers(alert.alert_id, key, unsubscribe=dict(_mute_link(view))),
        references=message_id(f"{alert.thread_id}|{channel.name}"),
        severity=alert.severity,
    )


def render_digest(
    alerts: Sequence[Alert],
    coverage: Coverage | None,
    channel: Channel,
    now: datetime,
    *,
    key: str = "",
    caught_up: int = 0,
    repeat: bool = False,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    """One message for all of `alerts`, with its coverage line.

    `key` names the digest (`channel|date|time`), `caught_up` is the number of missed ones that it stands for.
    """
    key = key or f"{channel.name}|{now:%Y-%m-%dT%H:%MZ}"
    view = digest_view(alerts, coverage, channel, now, key=key, caught_up=caught_up, repeat=repeat)
    parts = _layout(channel).digest_parts(view, channel)
    worst = max((alert.severity for alert in alerts), key=rank, default=Severity.INFORMATIONAL)
    return _message(
        key,
        parts,
        headers=_headers(key, key, unsubscribe={}),
        references=None,
        severity=worst,
        attachments=attachments,
    )


def message_id(key: str) -> str:
    """The deterministic id of a message: the same for every try, so that a receiver can drop a repeat."""
    return "cspwatch." + hashlib.sha256(key.encode()).hexdigest()[:32]


def _layout(channel: Channel) -> Layout:
    layout = LAYOUTS.get(channel.layout)
    if layout is None:
        raise UnknownLayoutError(
            f"channel {channel.name}: there is no layout {channel.layout!r}; use one of {', '.join(LAYOUTS)}"
        )
    return layout


def _message(
    key: str,
    parts: Parts,
    *,
    headers: dict[str, str],
    references: str | None,
    severity: Severity,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    return Message(
        message_id=message_id(key),
        title=parts.title,
        text=parts.text,
        html=parts.html,
        data=parts.data,
        references=references,
        attachments=attachments,
        headers=headers,
        severity=severity,
    )


def _headers(alert_id: str, key: str, *, unsubscribe: dict[str, str]) -> dict[str, str]:
    return {
        "X-Alert-Id": hashlib.sha256(alert_id.encode()).hexdigest()[:32]
        if not _plain(alert_id)
        else alert_id,
        "Idempotency-Key": message_id(key),
    } | unsubscribe


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= 120


def _mute_link(view: AlertView) -> list[tuple[str, str]]:
    """RFC 2369: where a reader ends these messages. Here: the page that mutes the story."""
    url = view.alert.links.mute
    safe = [link for _, link in view.links if link == url]
    return [("List-Unsubscribe", f"<{link}>") for link in safe if link.isascii()]
