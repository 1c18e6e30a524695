"""Sources found at an address, and sources written to the user's own YAML file."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from crawler.items import CrawlOrder, SourceOrder
from crawler.opml import source_id_of
from crawler.outcomes import Outcome
from crawler.sources import Source, SourceKind
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.config import Config

_WRITTEN = ("name", "url", "kind", "homepage", "language", "country", "article_pattern")


def discover_at(config: Config, url: str) -> list[Source]:
    """What the page at `url` offers, best first. Raises MonitorError where it cannot be fetched."""
    from crawler.run import crawl  # starts the crawl process

    asked = Source(source_id="site", name="site", url=url, kind=SourceKind.SITE)
    order = CrawlOrder(
        order_id=uuid.uuid4().hex[:12], sources=(SourceOrder(source=asked),), limits=config.limits()
    )
    report = crawl(order).sources[0]
    if report.outcome is not Outcome.OK:
        detail = next((outcome.detail for outcome in report.outcomes if outcome.detail), "")
        raise MonitorError(f"{url}: {report.outcome}" + (f": {detail}" if detail else ""))
    return [
        Source(
            source_id="found",
            name=entry.title,
            url=entry.url,
            kind=SourceKind(entry.key),
            homepage=url,
            language=entry.language,
        )
        for entry in report.entries
    ]


def addresses_in(target: Path) -> dict[str, str]:
    """id → address of the sources that `target` lists; empty where there is no such file yet."""
    try:
        entries = yaml.safe_load(target.read_text(encoding="utf-8")) if target.exists() else []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MonitorError(f"{target}: cannot be read: {error}. Mend it, or write to another file") from None
    if not isinstance(entries or [], list):
        raise MonitorError(f"{target}: is no list of sources. Write to another file with --to")
    return {
        str(entry["id"]): str(entry.get("url", ""))
        for entry in entries or []
        if isinstance(entry, dict) and "id" in entry
    }


def append_source(target: Path, source: Source, *, taken: Iterable[str]) -> str:
    """Add `source` to the YAML list in `target`, under an id that nobody has; the id."""
    named = replace(source, source_id=source_id_of(source.name, source.url, taken))
    default = {field.name: field.default for field in fields(Source)}
    entry = {"id": named.source_id}
    for key in _WRITTEN:
        value = getattr(named, key)
        if value and value != default.get(key):
            entry[key] = str(value)
    try:
        with target.open("a", encoding="utf-8") as file:
            file.write(yaml.safe_dump([entry], allow_unicode=True, sort_keys=False))
    except OSError as error:
        raise MonitorError(f"{target}: cannot be written: {error.strerror}") from None
    return named.source_id
