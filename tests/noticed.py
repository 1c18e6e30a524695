"""What a notice says, as its reader gets it."""

from __future__ import annotations

from alerts.layouts.notices import notice_lines, notice_title
from alerts.layouts.words import words
from alerts.model import Alert


def noticed(alert: Alert, language: str = "en") -> str:
    """Title and lines of a notice, one below the other; "" for an alert that is none."""
    if alert.notice is None:
        return ""
    said = words(language)
    return "\n".join([notice_title(alert.notice, said), *notice_lines(alert.notice, said, "UTC")])
