"""cspwatch.toml in, a frozen Config out; or a ConfigError with every problem: file, key and remedy."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ValidationError

from alerts.model import Channel, Digest, QuietHours, Severity
from crawler.agent import user_agent
from crawler.items import CrawlLimits
from monitor.configchecks import cross_checks
from monitor.errors import ConfigError, Problem
from monitor.secretvalues import resolve_secret
from monitor.settings import (
    ChannelSection,
    CrawlSection,
    DetectSection,
    EngineSection,
    File,
    ReviewSection,
    ScheduleSection,
    WatchSection,
    weekday_number,
)

FILE_NAME = "cspwatch.toml"

#: pydantic's kind of error → what a person who writes TOML calls it.
_PLAIN_WORDS = {
    "tuple_type": 'write a list, such as ["a", "b"]',
    "list_type": 'write a list, such as ["a", "b"]',
    "frozen_set_type": 'write a list, such as ["a", "b"]',
    "string_type": 'write a text in quotes, such as "a"',
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "path_type": 'write a path in quotes, such as "state"',
    "missing": "is missing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that a person decides. Paths are absolute, secrets are resolved and only in `channels`."""

    path: Path | None
    state_dir: Path
    keep_backups: int
    keep_deliveries: timedelta
    engine: EngineSection
    crawl: CrawlSection
    detect: DetectSection
    watches: tuple[WatchSection, ...]
    channels: tuple[Channel, ...]
    schedule: ScheduleSection
    review: ReviewSection

    @property
    def database(self) -> Path:
        """The log's file."""
        return self.state_dir / "cspwatch.db"

    def limits(self) -> CrawlLimits:
        """Politeness and limits of every crawl process."""
        return CrawlLimits(
            wall_time=self.crawl.crawl_time,
            user_agent=user_agent(self.crawl.contact),
            delay=self.crawl.delay.total_seconds(),
            timeout=self.crawl.timeout.total_seconds(),
            max_articles_per_source=self.crawl.articles_per_poll,
            max_pages_per_source=3 * self.crawl.articles_per_poll,
            max_entry_age=self.crawl.newest,
            allowed_addresses=frozenset(self.crawl.allow_private),
            proxy=self.crawl.proxy or None,
        )


def find_config(given: Path | None) -> Path | None:
    """The file to read: the given one, CSPWATCH_CONFIG, ./cspwatch.toml; None where there is none."""
    if given is not None:
        return given
    if named := os.environ.get("CSPWATCH_CONFIG"):
        return Path(named)
    here = Path(FILE_NAME)
    return here if here.exists() else None


def load_config(path: Path | None) -> Config:
    """Read and check `path` (None: all defaults). Raises ConfigError with every problem that was found."""
    if path is None:
        return _build(None, File(), Path.cwd(), [])
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            [Problem(place=str(path), message="no such file", remedy="Run `cspwatch init` to write one")]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(
            [
                Problem(
                    place=str(path), message=f"not readable as TOML: {error}", remedy="Mend the line it names"
                )
            ]
        ) from error
    return parse_config(raw, path)


def parse_config(raw: Mapping[str, object], path: Path) -> Config:
    """Check the parsed TOML of `path`; relative paths are taken from its folder."""
    try:
        file = File.model_validate(raw)
    except ValidationError as error:
        problems = [_problem(path, item) for item in error.errors()]
        kept = _without_faults(raw, error)
        if kept is None:
            raise ConfigError(problems) from None
        problems += cross_checks(path, kept, channels=_channel_names(raw))
        raise ConfigError(problems, _build(path, kept, path.resolve().parent, [])) from None
    problems = cross_checks(path, file, channels={channel.name for channel in file.channel})
    config = _build(path, file, path.resolve().parent, problems)
    if problems:
        raise ConfigError(problems, config)
    return config


def _channel_names(raw: Mapping[str, object]) -> set[str]:
    """Names of all channels that are written, faulty ones too: a watch may name them."""
    written = raw.get("channel", [{"name": "console"}])
    entries = written if isinstance(written, list) else []
    return {str(entry.get("name")) for entry in entries if isinstance(entry, dict)}


def _without_faults(raw: Mapping[str, object], error: ValidationError) -> File | None:
    """The file without its faulty entries, so that what remains can be checked too; None where that fails."""
    faulty = {
        (str(item["loc"][0]), item["loc"][1] if len(item["loc"]) > 1 else None) for item in error.errors()
    }
    kept: dict[str, object] = {}
    for section, value in raw.items():
        if isinstance(value, list):
            kept[section] = [entry for i, entry in enumerate(value) if (section, i) not in faulty]
        elif isinstance(value, dict):
            kept[section] = {key: entry for key, entry in value.items() if (section, key) not in faulty}
    try:
        return File.model_validate({key: value for key, value in kept.items() if key in File.model_fields})
    except ValidationError:
        return None


def _problem(path: Path, item: Mapping[str, object]) -> Problem:
    """One pydantic error as a Problem that names the key the way it is written in the file."""
    location = item["loc"]
    assert isinstance(location, tuple)
    place = f"{path}: {_key_path(location)}"
    message = _PLAIN_WORDS.get(str(item["type"]), str(item["msg"]).removeprefix("Value error, "))
    if item["type"] == "extra_forbidden":
        known = _known_keys(location)
        close = difflib.get_close_matches(str(location[-1]), known, n=1)
        remedy = f"Did you mean '{close[0]}'?" if close else f"Known here: {', '.join(known)}"
        return Problem(place=place, message="unknown key", remedy=remedy)
    shown = "" if "url" in location or "token" in location else f" (found {_as_written(item['input'])})"
    shown = "" if item["type"] == "missing" else shown
    return Problem(place=place, message=message[:1].lower() + message[1:] + shown)


def _as_written(value: object) -> str:
    """A value the way a person writes it in the file."""
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool | list) else repr(value)


def _key_path(location: tuple[object, ...]) -> str:
    """("channel", 1, "quiet") -> "[[channel]] number 2, quiet"."""
    parts = [str(part) for part in location if not (isinstance(part, str) and part.startswith("function-"))]
    if len(location) > 1 and isinstance(location[1], int):
        return ", ".join([f"[[{location[0]}]] number {location[1] + 1}", *parts[2:]])
    return ", ".join([f"[{parts[0]}]", *parts[1:]])


def _known_keys(location: tuple[object, ...]) -> list[str]:
    model: type[BaseModel] = File
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        annotation = model.model_fields[str(part)].annotation
        arguments = getattr(annotation, "__args__", ())
        candidate = arguments[0] if arguments else annotation
        assert isinstance(candidate, type)
        assert issubclass(candidate, BaseModel)
        model = candidate
    return list(model.model_fields)


def _build(path: Path | None, file: File, base: Path, problems: list[Problem]) -> Config:
    token, problem = resolve_secret(file.review.token, base)
    if problem:
        problems.append(Problem(place=f"{path}: [review], token", message=problem))
    proxy, problem = resolve_secret(file.crawl.proxy, base)
    if problem:
        problems.append(Problem(place=f"{path}: [crawl], proxy", message=problem))
    return Config(
        path=path,
        state_dir=(base / file.store.path.expanduser()).resolve(),
        keep_backups=file.store.keep_backups,
        keep_deliveries=file.store.keep_deliveries,
        engine=file.engine,
        crawl=file.crawl.model_copy(update={"sources": _absolute(base, file.crawl.sources), "proxy": proxy}),
        detect=file.detect.model_copy(update={"local": _absolute(base, file.detect.local)}),
        watches=file.watch,
        channels=tuple(_channel(entry, file.schedule, base) for entry in file.channel),
        schedule=file.schedule,
        review=file.review.model_copy(update={"token": token}),
    )


def _absolute(base: Path, paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple((base / path.expanduser()).resolve() for path in paths)


def _channel(entry: ChannelSection, schedule: ScheduleSection, base: Path) -> Channel:
    url, _ = resolve_secret(entry.url, base)
    weekdays = frozenset(weekday_number(day) for day in entry.weekdays)
    quiet = None
    if entry.quiet is not None:
        start, _, end = entry.quiet.partition("-")
        least = None if entry.quiet_except == "never" else Severity(entry.quiet_except)
        quiet = QuietHours(start=start.strip(), end=end.strip(), except_severity=least)
    return Channel(
        name=entry.name,
        url=url,
        layout=entry.layout or _layout_for(url),
        language=entry.language,
        timezone=entry.timezone or schedule.timezone,
        digest=Digest(times=entry.digest, weekdays=weekdays) if entry.digest else None,
        weekly=_weekly(entry.weekly),
        quiet=quiet,
        min_severity=Severity(entry.min_level),
        per_hour=entry.per_hour,
        send_empty_digest=entry.empty_digest,
        fallback=entry.fallback,
    )


def _weekly(text: str | None) -> Digest | None:
    if text is None:
        return None
    day, _, clock = text.partition(" ")
    return Digest(times=(clock.strip(),), weekdays=frozenset({weekday_number(day)}))


def _layout_for(url: str) -> str:
    if url.startswith("console:"):
        return "text"
    from alerts.layouts import default_layout  # Babel and Jinja: only where a message will be rendered anyway

    return default_layout(url)
