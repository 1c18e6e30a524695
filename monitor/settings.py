"""The sections of cspwatch.toml as pydantic models: names, types, defaults and what each key means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(s|sec|min|m|h|d|w)\s*$")
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_CLOCK = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


def parse_duration(value: object) -> timedelta:
    """A duration as people write it ("30 s", "5 min", "2h", "3d"); ValueError with the remedy otherwise."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            f"{value!r} is not a duration; write a number and a unit, such as '30s', '5min', '2h', '3d'"
        )
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


def _clock_time(value: str) -> str:
    if not _CLOCK.match(value):
        raise ValueError(f"{value!r} is not a time of day; write it as 'HH:MM', such as '07:30'")
    return value


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"{value!r} is not a time zone; write a name such as 'Europe/Berlin' or 'UTC'"
        ) from error
    return value


def _quiet_hours(value: str) -> str:
    start, dash, end = value.partition("-")
    if not dash or not _CLOCK.match(start.strip()) or not _CLOCK.match(end.strip()):
        raise ValueError(f"{value!r} are not quiet hours; write them as 'HH:MM-HH:MM', such as '22:00-07:00'")
    return value


def _weekly_time(value: str) -> str:
    day, _, clock = value.partition(" ")
    if day not in [str(known) for known in _WEEKDAYS] or not _CLOCK.match(clock.strip()):
        raise ValueError(f"{value!r} is no weekly time; write it as 'mon 07:00'")
    return value


def weekday_number(name: str) -> int:
    """Number of a weekday, 0 = Monday."""
    return [str(day) for day in _WEEKDAYS].index(name)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
WeeklyTime = Annotated[str, AfterValidator(_weekly_time)]
QuietTimes = Annotated[str, AfterValidator(_quiet_hours)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LevelName = Literal["informational", "low", "medium", "high"]


class Section(BaseModel):
    """A section of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class StoreSection(Section):
    """[store]: where the log lives."""

    path: Path = Path("state")
    keep_backups: int = Field(7, ge=1, le=365)
    keep_deliveries: Duration = Field(timedelta(days=400), ge=timedelta(days=14))


class EngineSection(Section):
    """[engine]: where crawls run."""

    crawls: int = Field(2, ge=1, le=64, description="crawl processes at the same time")
    sources_per_crawl: int = Field(12, ge=1, le=500)
    dask: str = ""


class CrawlSection(Section):
    """[crawl]: what is asked, how often, how politely."""

    catalogue: bool = True
    sources: tuple[Path, ...] = ()
    only: tuple[str, ...] = ()
    switch_off: tuple[str, ...] = ()
    queries: tuple[str, ...] = ("cloud region", "hyperscale data center")
    contact: str = ""
    delay: Duration = timedelta(seconds=2)
    timeout: Duration = timedelta(seconds=20)
    crawl_time: Duration = timedelta(minutes=5)
    requests_per_day: int = Field(0, ge=0, description="to all outlets together; 0: by rhythm alone")
    articles_per_poll: int = Field(25, ge=1, le=500)
    newest: Duration = timedelta(days=14)
    allow_private: tuple[str, ...] = ()
    proxy: str = Field("", repr=False)


class WatchSection(Section):
    """[[watch]]: which findings matter to whom."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    query: str = ""
    search: tuple[str, ...] = ()
    min_level: LevelName = "low"
    channels: tuple[str, ...] = ("console",)
    shadow: bool = False
    cooldown: Duration = timedelta(0)
    max_age: Duration = timedelta(hours=72)
    second_publisher: bool = False


def searches(crawl: CrawlSection, watches: Iterable[WatchSection]) -> tuple[str, ...]:
    """What search sources are asked for: the words of [crawl], and those of each watch; every one once."""
    asked = (*crawl.queries, *(words for watch in watches for words in watch.search))
    return tuple(dict.fromkeys(words.strip() for words in asked if words.strip()))


class ChannelSection(Section):
    """[[channel]]: where alerts go, in which form, language and rhythm."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    url: str = Field("console:", repr=False)
    layout: str = ""
    language: str = "en"
    timezone: TimeZone | None = None
    digest: tuple[ClockTime, ...] = ()
    weekdays: tuple[Weekday, ...] = _WEEKDAYS
    weekly: WeeklyTime | None = None
    quiet: QuietTimes | None = None
    quiet_except: LevelName | Literal["never"] = "high"
    min_level: LevelName = "low"
    per_hour: int = Field(30, ge=1, le=10_000)
    empty_digest: bool = False
    fallback: str | None = None


class ScheduleSection(Section):
    """[schedule]: the daemon's clock."""

    timezone: TimeZone = "UTC"
    tick: Duration = Field(timedelta(seconds=15), ge=timedelta(seconds=1), le=timedelta(minutes=5))
    messages_per_minute: int = Field(10, ge=1, le=10_000, description="to one channel")
    operator: tuple[str, ...] = ()
    backup: ClockTime | None = "03:30"


class ReviewSection(Section):
    """[review]: the page on the log."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8642, ge=0, le=65535)
    token: str = Field("", repr=False)
    public_url: str = ""


class DetectSection(Section):
    """[detect]: own rules, entities and watches beside the shipped ones."""

    local: tuple[Path, ...] = ()


class File(Section):
    """The whole file."""

    store: StoreSection = StoreSection()
    engine: EngineSection = EngineSection()
    crawl: CrawlSection = CrawlSection()
    detect: DetectSection = DetectSection()
    watch: tuple[WatchSection, ...] = (WatchSection(name="csp-expansion"),)
    channel: tuple[ChannelSection, ...] = (ChannelSection(name="console"),)
    schedule: ScheduleSection = ScheduleSection()
    review: ReviewSection = ReviewSection()
