"""What a layout makes: title, text, HTML, data; and the form that every layout has. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from alerts.layouts.digest_view import DigestView
from alerts.layouts.view import AlertView
from alerts.model import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The rendered pieces of a message. `data` is the JSON of a webhook or the payload of Slack."""

    title: str
    text: str
    html: str | None = None
    data: Mapping[str, object] | None = None


class Layout(Protocol):
    """A module that lays out views."""

    def alert_parts(self, view: AlertView, channel: Channel) -> Parts: ...

    def digest_parts(self, view: DigestView, channel: Channel) -> Parts: ...
