"""What a notice says and a language in, its title and its lines in that language out. Pure."""

from __future__ import annotations

from alerts.layouts.safe import one_line
from alerts.layouts.words import Words
from alerts.model import Notice, Saying

_LONGEST_VALUE = 300


def notice_title(notice: Notice, said: Words) -> str:
    """The title; times in it would be UTC."""
    return _sentence(notice.title, said, "UTC")


def notice_lines(notice: Notice, said: Words, timezone: str) -> tuple[str, ...]:
    """The lines below the title."""
    return tuple(_sentence(line, said, timezone) for line in notice.lines)


def _sentence(saying: Saying, said: Words, timezone: str) -> str:
    values = [one_line(value, _LONGEST_VALUE) for value in saying.values]
    values += [said.moment(at, timezone) for at in saying.times]
    values += [said.text(word) for word in saying.words]
    if saying.count is None:
        return said.text(f"notices.{saying.key}", *values)
    return said.plural(f"notices.{saying.key}", saying.count, "", *values)
