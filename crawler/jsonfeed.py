"""The text of a JSON Feed in, FeedReading out. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping

from crawler.cleaning import clean_line
from crawler.feedentries import FeedItem, complete_texts, entries_of
from crawler.outcomes import Outcome
from crawler.readings import FeedReading, NotRead


def read_json_feed(text: str, url: str, *, limit: int) -> FeedReading:
    """Read at most `limit` items. Raises NotRead for JSON that is broken or no feed."""
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotRead(Outcome.NOT_READ_FORMAT, f"the JSON is broken: {str(error)[:100]}") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise NotRead(Outcome.NOT_READ_FORMAT, "this is JSON, but no JSON Feed: it has no list of items")
    found = [_item(item) for item in items[:limit] if isinstance(item, dict)]
    language = _string(feed, "language") or None
    entries, note = entries_of(found, language=language, base=url)
    if len(items) > limit:
        note = f"first {limit} of {len(items)} items read" + (f"; {note}" if note else "")
    return FeedReading(
        entries=entries,
        language=language,
        title=clean_line(_string(feed, "title"), 500),
        note=note,
        complete_texts=complete_texts(entries),
    )


def _item(item: Mapping[str, object]) -> FeedItem:
    authors = item.get("authors") or [item.get("author")]
    first = authors[0] if isinstance(authors, list) and authors else None
    text = _string(item, "content_html") or html.escape(_string(item, "content_text"), quote=False)
    return FeedItem(
        fields={
            "id": _string(item, "id"),
            "title": html.escape(_string(item, "title"), quote=False),
            "encoded": text,
            "summary": html.escape(_string(item, "summary"), quote=False),
            "published": _string(item, "date_published"),
            "updated": _string(item, "date_modified"),
            "language": _string(item, "language"),
            "author": _string(first, "name") if isinstance(first, dict) else "",
        },
        links=(("rss", _string(item, "url")), ("id", _string(item, "id"))),
    )


def _string(item: Mapping[str, object], name: str) -> str:
    value = item.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
