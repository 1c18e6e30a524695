"""Views in, plain text out: for the console, chats and the text part of mails. No formatting marks."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.layouts.digest_view import DigestView
from alerts.layouts.parts import Parts
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
        yield f"{said.text('quote', quote.text.strip())} ({quote.outlet or quote.language})"
    if view.outlets:
        yield f"{view.outlets}{f' · {view.age}' if view.age else ''}"
    for label, url in view.links:
        yield f"{label}: {url}"
    yield " · ".join(part for part in (f"#{view.short_id}", view.severity_word, view.follows) if part)


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
            yield f"- {entry.title} [{entry.severity_word}]"
            yield from (f"  {change}" for change in entry.changes)
            if entry.quotes and not view.is_weekly:
                yield f"  {said.text('quote', entry.quotes[0].text.strip())}"
            if entry.outlets:
                yield f"  {entry.outlets}{f' · {entry.age}' if entry.age else ''}"
            yield from (
                f"  {label}: {url}"
                for label, url in entry.links[: None if all_links and not view.is_weekly else 1]
            )
            yield f"  #{entry.short_id}"
    if view.coverage:
        yield ""
        yield from view.coverage
    yield f"#{view.short_id}"
