"""Views in, HTML mail with its plain-text part out: inline styles, dark mode, preheader. Templates escape all text."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from alerts.layouts import text as plain
from alerts.layouts.digest_view import DigestView
from alerts.layouts.parts import Parts
from alerts.layouts.view import AlertView
from alerts.layouts.words import words
from alerts.model import Channel

_TEMPLATES = ("mail_base.html", "mail_alert.html", "mail_digest.html", "mail_parts.html")

#: Color of the bar that shows the severity; dark enough on white and light enough on black (contrast >= 3).
_COLORS = {"high": "#c2410c", "medium": "#a16207", "low": "#2f6f9f", "informational": "#6b7280"}


def alert_parts(view: AlertView, channel: Channel) -> Parts:
    """An alert as a mail."""
    said = words(channel.language)
    page = _template("mail_alert.html").render(
        view=view, said=said, lang=said.language, colors=_COLORS, preheader=view.preheader, title=view.title
    )
    lines = [view.title, "", *plain.alert_lines(view, channel.language)]
    return Parts(title=view.title, text="\n".join(lines), html=page)


def digest_parts(view: DigestView, channel: Channel) -> Parts:
    """A digest as a mail."""
    said = words(channel.language)
    preheader = view.coverage[0] if view.coverage else ""
    page = _template("mail_digest.html").render(
        view=view, said=said, lang=said.language, colors=_COLORS, preheader=preheader, title=view.title
    )
    return Parts(
        title=view.title,
        text="\n".join(plain.digest_lines(view, channel.language, all_links=True)),
        html=page,
    )


def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    folder = files("alerts.layouts") / "templates"
    sources = {name: (folder / name).read_text(encoding="utf-8") for name in _TEMPLATES}
    return Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
