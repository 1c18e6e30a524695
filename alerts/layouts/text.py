"""Views in, plain text out: for the console, chats and the text part of mails. No formatting marks."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.layouts.digest_view import DigestView
from alerts.layouts.parts import Parts
from alerts.layouts.safe import one_line
from alerts.layouts.view import AlertView
from alerts.layouts.words import words
from alerts.model import Channel


def alert_parts(view: AlertView, channel: Channel) -> Parts:
    """An alert as a few lines of text."""
    return Parts(title=view.title, text="\n".join(alert_lines(view, channel.language)))


def digest_parts(view: DigestView, channel: Channel) -> Parts:
    """A digest as text, section by section."""
    return Parts(title=view.title, text="\n".join(digest_lines(view, channel.language)))


def alert_lines(view: AlertView, language: str) -> Iterator[str]:
    """The lines below the title."""
    said = words(language)
    if view.repeat:
        yield view.repeat
    yield from view.changes
    if view.body:
        yield from view.body.splitlines()
    for fact in view.more_facts:
        yield f"+ {fact}"
    for quote in view.quotes:
        quoted = said.text("quote", quote.text.strip())
        yield said.text("source_of", quoted, quote.outlet or quote.language)
    if view.outlets:
        yield view.outlets
    for label, url in view.links:
        yield said.text("titled", label, url)
    yield " · ".join(foot(view, language))


def foot(view: AlertView, language: str) -> Iterator[str]:
    """What stands below an alert: its id, how severe and how old it is, what it follows, which watch asked."""
    watch = one_line(view.alert.watch, 80)
    said = words(language)
    named = said.text("titled", said.text("labels.watch"), watch) if watch else ""
    parts = (f"#{view.short_id}", view.severity_word, view.age, view.follows, named)
    yield from (part for part in parts if part)


def digest_lines(view: DigestView, language: str, *, all_links: bool = False) -> Iterator[str]:
    """The lines of a digest: notes, sections, coverage. Of the links of an alert the first, or all."""
    if view.day:
        yield view.day
    yield from view.notes
    said = words(language)
    for bars in view.bars:
        yield ""
        yield bars.title
        yield from (f"{count:>5}  {name}" for name, count, _ in bars.rows)
    for section in view.sections:
        yield ""
        yield section.heading
        for entry in section.alerts:
            yield f"- {entry.title} [{' · '.join(part for part in (entry.severity_word, entry.age) if part)}]"
            yield from (f"  {change}" for change in entry.changes)
            if entry.quotes and not view.is_weekly:
                yield f"  {said.text('quote', entry.quotes[0].text.strip())}"
            if entry.outlets:
                yield f"  {entry.outlets}"
            yield from (
                f"  {said.text('titled', label, url)}"
                for label, url in entry.links[: None if all_links and not view.is_weekly else 1]
            )
            yield f"  #{entry.short_id}"
    if view.coverage:
        yield ""
        yield from view.coverage
    yield f"#{view.short_id}"
