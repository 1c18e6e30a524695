"""JSON lines in, articles in the log out; a line that cannot be used is named, and the others go on.

A line is {title, text, url?, id?, language? or lang?, published?, modified?, author?, source?}. Without a url the id,
or the text itself, is the identity. Imported articles do not alert unless that is asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from crawler.cleaning import clean_line, paragraphs
from crawler.items import Article, Completeness, DateOrigin
from crawler.urls import canonical_url, host_of, url_key
from monitor.articlelog import store_article
from monitor.database import writing
from monitor.errors import Problem
from monitor.intake import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Articles of one transaction: one commit an article costs three times as much.
BATCH = 100
SOURCE = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What an import did. `problems` name the lines that were left out."""

    read: int = 0
    new: int = 0
    changed: int = 0
    problems: tuple[Problem, ...] = ()


def import_lines(
    db: Database, lines: Iterable[str | bytes], now: datetime, *, name: str = "input", baseline: bool = True
) -> ImportSummary:
    """Store the articles of JSON lines, in transactions of 100; repeating it changes nothing.

    `baseline` False lets them alert like articles of a source.
    """
    problems: list[Problem] = []
    read = new = changed = 0
    articles = _articles(lines, now, name, problems)
    while batch := list(islice(articles, BATCH)):
        with writing(db):
            for article in batch:
                stored = store_article(db, article, now, baseline=baseline)
                new += stored.is_new
                changed += stored.is_changed
        read += len(batch)
    return ImportSummary(read=read, new=new, changed=changed, problems=tuple(problems))


def _articles(
    lines: Iterable[str | bytes], now: datetime, name: str, problems: list[Problem]
) -> Iterator[Article]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield storable(article_from(_object(line), now))
        except ValueError as error:
            problems.append(Problem(place=f"{name}:{number}", message=str(error)))


def article_from(value: Mapping[str, object], now: datetime) -> Article:
    """The article of one JSON object. Raises ValueError that says what is missing or wrong."""
    title = clean_line(_text(value, "title"))
    text = paragraphs(_text(value, "text"))
    if not title and not text:
        raise ValueError("neither title nor text")
    url = _text(value, "url")
    identity = (
        _text(value, "id") or hashlib.sha256(f"{title}\n{text}".encode("utf-8", "replace")).hexdigest()[:16]
    )
    published = _time(value, "published") or _time(value, "date")
    source = clean_line(_text(value, "source"))
    return Article(
        source_id=source or SOURCE,
        site_name="" if source else host_of(url).removeprefix("www."),
        url=canonical_url(url) if url else f"import:{identity}",
        url_key=url_key(url) if url else f"import:{identity}",
        title=title,
        text=text,
        fetched_url=url or f"import:{identity}",
        fetched_at=now,
        language=_text(value, "language") or _text(value, "lang") or None,
        author=clean_line(_text(value, "author")) or None,
        published=published,
        published_from=DateOrigin.META if published else None,
        modified=_time(value, "modified"),
        completeness=Completeness.FULL if text else Completeness.UNKNOWN,
        extraction="import",
    )


def _object(line: str | bytes) -> Mapping[str, object]:
    try:
        value = json.loads(line.decode("utf-8", "surrogatepass") if isinstance(line, bytes) else line)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: {error.reason} at byte {error.start + 1}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key)
    if found is None:
        return ""
    if isinstance(found, (str, int)) and not isinstance(found, bool):
        return str(found)
    raise ValueError(f"{key} is not text")


def _time(value: Mapping[str, object], key: str) -> datetime | None:
    text = _text(value, key)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{key} {text!r} is no ISO 8601 time") from error
