"""Views in, one short text out: for SMS, ntfy and other places that cut. Title and one line."""

from __future__ import annotations

from alerts.layouts.digest_view import DigestView
from alerts.layouts.parts import Parts
from alerts.layouts.safe import clip
from alerts.layouts.view import AlertView
from alerts.layouts.words import words
from alerts.model import Channel

#: Two concatenated SMS in UCS-2 hold 134 characters, three 201: title and text together stay below five.
TITLE_LIMIT = 120
TEXT_LIMIT = 200


def alert_parts(view: AlertView, channel: Channel) -> Parts:
    """The title, what is new, who reports it, one link."""
    said = words(channel.language)
    pieces = [said.text("repeat_short")] if view.repeat else []
    pieces += [*view.changes[:2], view.outlets, view.body.partition("\n")[0]]
    tail = f"#{view.short_id}"
    link = next((url for _, url in view.links if len(url) <= 100), "")
    room = TEXT_LIMIT - len(tail) - len(link) - 2
    text = clip(" · ".join(piece for piece in pieces if piece), room)
    return Parts(
        title=clip(view.title, TITLE_LIMIT), text=" ".join(part for part in (text, link, tail) if part)
    )


def digest_parts(view: DigestView, channel: Channel) -> Parts:
    """The number of alerts and the first titles, as far as they go."""
    lines = [*view.notes, *(clip(entry.title, 90) for entry in view.alerts[:5]), *view.coverage[:1]]
    return Parts(
        title=clip(view.title, TITLE_LIMIT), text=clip("\n".join([*lines, f"#{view.short_id}"]), 600)
    )
