"""Views in, Slack Block Kit out, inside its limits: 50 blocks, 3000 characters a text, 150 a header, 10 fields.

All text is escaped; mentions and formatting marks of article text are dead. Links carry our own labels.
"""

from __future__ import annotations

import re

from alerts.layouts import text as plain
from alerts.layouts.digest_view import BarsView, DigestView, SectionView
from alerts.layouts.parts import Parts
from alerts.layouts.quotes import QuoteView
from alerts.layouts.safe import clip, slack_escape
from alerts.layouts.view import AlertView
from alerts.model import Channel

HEADER_LIMIT = 150
TEXT_LIMIT = 3000
FIELD_LIMIT = 2000
BLOCK_LIMIT = 50
_EDGE = "\x01"  # never in cleaned text

Block = dict[str, object]


def alert_parts(view: AlertView, channel: Channel) -> Parts:
    """An alert as blocks: header, facts, what is new, quotes, sources, links."""
    blocks = [_header(view.title)]
    notes = [view.repeat, *view.changes, *view.body.splitlines()[:20]]
    if any(notes):
        blocks.append(_section("\n".join(f"*{slack_escape(note)}*" for note in notes if note)))
    if view.rows:
        blocks.append(_fields(view))
    if view.more_facts:
        blocks.append(_section("\n".join(f"• {slack_escape(fact)}" for fact in view.more_facts)))
    blocks += [_section(_quote(quote)) for quote in view.quotes[:3]]
    links = [f"<{url.replace('&', '&amp;')}|{slack_escape(label)}>" for label, url in view.links]
    if links:
        blocks.append(_section(" · ".join(links)))
    blocks.append(_context(" · ".join(plain.foot(view, channel.language))))
    return _parts(view.title, "\n".join(plain.alert_lines(view, channel.language)), blocks)


def digest_parts(view: DigestView, channel: Channel) -> Parts:
    """A digest as blocks: one for each section; what does not fit is counted."""
    blocks = [_header(view.title), *([_context(view.day)] if view.day else [])]
    if view.notes:
        blocks.append(_section("\n".join(f"*{slack_escape(note)}*" for note in view.notes)))
    if view.bars:
        blocks.append({"type": "section", "fields": [_bars(bars) for bars in view.bars]})
    texts = [text for section in view.sections for text in _section_texts(section, view)]
    room = BLOCK_LIMIT - len(blocks) - 3
    blocks += [_section(text) for text, _ in texts[:room]]
    left_out = sum(alerts for _, alerts in texts[room:])
    if left_out:
        blocks.append(_context(f"+ {left_out}"))
    if view.coverage:
        blocks.append(_context("\n".join(view.coverage)))
    blocks.append(_context(f"#{view.short_id}"))
    return _parts(view.title, "\n".join(plain.digest_lines(view, channel.language)), blocks)


def _parts(title: str, text: str, blocks: list[Block]) -> Parts:
    data = {
        "text": clip(slack_escape(title), TEXT_LIMIT),
        "blocks": blocks[:BLOCK_LIMIT],
        "unfurl_links": False,
    }
    return Parts(title=title, text=text, data=data)


def _section_texts(section: SectionView, view: DigestView) -> list[tuple[str, int]]:
    """The lines of a section in as few texts as hold them, each with its number of alerts; no line is cut."""
    texts = [(f"*{slack_escape(section.heading)}*", 0)]
    for entry in section.alerts:
        line = _digest_line(entry, in_short=view.is_weekly)
        text, alerts = texts[-1]
        if len(text) + len(line) + 1 <= TEXT_LIMIT:
            texts[-1] = (f"{text}\n{line}", alerts + 1)
        else:
            texts.append((line, 1))
    return texts


def _digest_line(entry: AlertView, *, in_short: bool) -> str:
    lines = [f"• {slack_escape(entry.title)}"]
    if entry.changes:
        lines.append(slack_escape(clip("; ".join(entry.changes), 300)))
    links = [f"<{url.replace('&', '&amp;')}|{slack_escape(label)}>" for label, url in entry.links]
    shown = " · ".join(links[:1] if in_short else links)
    while len(shown) > FIELD_LIMIT:  # addresses of more than a thousand characters
        links.pop()
        shown = " · ".join(links)
    return "\n    ".join([*lines, shown] if shown else lines)


def _header(title: str) -> Block:
    # plain_text: only & < > are special to Slack there, and they count escaped.
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": clip(title, HEADER_LIMIT), "emoji": False},
    }


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, TEXT_LIMIT), "verbatim": True}}


def _context(text: str) -> Block:
    return {
        "type": "context",
        "elements": [{"type": "plain_text", "text": clip(text, 2000) or "-", "emoji": False}],
    }


def _fields(view: AlertView) -> Block:
    fields = [
        {
            "type": "mrkdwn",
            "text": _cut(f"*{slack_escape(label)}*\n{slack_escape(value)}", FIELD_LIMIT),
            "verbatim": True,
        }
        for label, value in view.rows[:10]
    ]
    return {"type": "section", "fields": fields}


def _bars(bars: BarsView) -> Block:
    lines = [
        f"*{slack_escape(bars.title)}*",
        *(f"{count}  {slack_escape(name)}" for name, count, _ in bars.rows),
    ]
    return {"type": "mrkdwn", "text": _cut("\n".join(lines), FIELD_LIMIT), "verbatim": True}


def _quote(quote: QuoteView) -> str:
    pieces = (
        f"{_EDGE}*{slack_escape(text.strip())}*{_EDGE}" if marked and text.strip() else slack_escape(text)
        for text, marked in quote.pieces
    )
    # Slack sets bold only between spaces or ASCII punctuation: a space where anything else stands next to the mark.
    body = re.sub(rf"(?<=[^\s!-/:-@\[-`{{-~]){_EDGE}|{_EDGE}(?=[^\s!-/:-@\[-`{{-~])", " ", "".join(pieces))
    body = body.replace(_EDGE, "")
    source = slack_escape(quote.outlet)
    if quote.url:
        source = f"<{quote.url.replace('&', '&amp;')}|{source or quote.language}>"
    return f"> {body.strip()}\n{source}"


def _cut(text: str, limit: int) -> str:
    """Cut escaped text without leaving half an entity or half a link."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    for opening, closing in (("&", ";"), ("<", ">")):
        if cut.rfind(opening) > cut.rfind(closing):
            cut = cut[: cut.rfind(opening)]
    return cut.rstrip() + "…"
