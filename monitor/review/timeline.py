"""Counts by day and name in, stacked bars over time out: the largest names and the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

CHART_SIZE = (1000, 190)
_PLOT_TOP, _PLOT_BOTTOM, _PLOT_LEFT = 12, 162, 34
UNITS = ("day", "week", "month", "year")
_MOST_BARS = 60
#: The fills of segments, so that they are told apart without their colors: lines upon a ground, 8 by 8 units.
PATTERNS: Mapping[str, str] = {
    "expansion": "",
    "contraction": "M-2 2l4-4M0 8l8-8M6 10l4-4",
    "part-1": "",
    "part-2": "M-2 2l4-4M0 8l8-8M6 10l4-4",
    "part-3": "M3 4h2",
    "part-4": "M0 4h8",
    "part-5": "M-2 6l4 4M0 0l8 8M6-2l4 4",
    "others": "M4 0v8",
}
#: Names with a color of their own. More could not be told apart in a bar.
LARGEST = 5
#: The name of all others, and of what has no name.
OTHERS = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One name of the legend with its count over all bars."""

    name: str  # or OTHERS, which comes last
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """The part of a bar that belongs to one series."""

    series: int  # its place in the legend
    name: str
    count: int
    y: float
    height: float
    path: str  # of SVG


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One span of time: its segments from the base line up, in the order of the legend; none of them is empty."""

    label: str
    first: str
    last: str
    x: float
    total: int
    counts: tuple[int, ...]  # in the order of the legend
    segments: tuple[Segment, ...]
    shows_label: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """A chart over time with its legend and its tallest bar."""

    bars: tuple[Bar, ...]
    series: tuple[Series, ...]
    most: int
    unit: str  # day, week, month or year


def bar_chart(counts: Mapping[str, Mapping[str, int]]) -> BarChart:
    """Bars for counts by ISO day and name. Days, weeks, months or years, so that the bars stay few."""
    by_day = {day: named for text, named in counts.items() if (day := _day(text)) is not None}
    if not by_day:
        return BarChart(bars=(), series=(), most=0, unit="day")
    start, end = min(by_day), max(by_day)
    unit = _unit((end - start).days)
    spans = _spans(start, end, unit)
    series = _series(by_day.values())
    own = {one.name for one in series}
    sums: dict[date, Counter[str]] = {first: Counter() for first, _ in spans}
    for day, named in by_day.items():
        total = sums[_begin(day, unit)]
        for name, count in named.items():
            total[name if name in own else OTHERS] += count
    most = max(total.total() for total in sums.values())
    width = (CHART_SIZE[0] - _PLOT_LEFT) / len(spans)
    every = max(1, len(spans) // 12 + (len(spans) % 12 > 0))
    bars = []
    for number, (first, last) in enumerate(spans):
        x = round(_PLOT_LEFT + number * width + width * 0.12, 1)
        wide = round(min(width * 0.76, 40), 1)
        bars.append(
            Bar(
                label=_label(first, unit),
                first=first.isoformat(),
                last=last.isoformat(),
                x=x,
                total=sums[first].total(),
                counts=tuple(sums[first][one.name] for one in series),
                segments=_segments(sums[first], series, most, x, wide),
                shows_label=number % every == 0,
            )
        )
    return BarChart(bars=tuple(bars), series=series, most=most, unit=unit)


def _series(counted: Iterable[Mapping[str, int]]) -> tuple[Series, ...]:
    """The largest names, then all others in one."""
    totals: Counter[str] = Counter()
    for named in counted:
        totals.update(named)
    rest = totals.pop(OTHERS, 0)
    ordered = sorted(totals.items(), key=lambda item: (-item[1], item[0]))
    rest += sum(count for _, count in ordered[LARGEST:])
    largest = tuple(Series(name=name, count=count) for name, count in ordered[:LARGEST] if count)
    return (*largest, Series(name=OTHERS, count=rest)) if rest else largest


def _segments(
    counts: Mapping[str, int], series: Sequence[Series], most: int, x: float, width: float
) -> tuple[Segment, ...]:
    """The parts of one bar at `x`, each upon the one before it."""
    high = (_PLOT_BOTTOM - _PLOT_TOP) / max(most, 1)
    segments = []
    below = 0
    for place, one in enumerate(series):
        count = counts.get(one.name, 0)
        if count:
            below += count
            y, height = round(_PLOT_BOTTOM - below * high, 1), round(count * high, 1)
            segments.append(
                Segment(
                    series=place,
                    name=one.name,
                    count=count,
                    y=y,
                    height=height,
                    path=f"M{x} {y}h{width}v{height}h-{width}z",
                )
            )
    return tuple(segments)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _unit(days: int) -> str:
    for unit, length in (("day", 1), ("week", 7), ("month", 30)):
        if days / length <= _MOST_BARS - 2:
            return unit
    return "year"


def _begin(day: date, unit: str) -> date:
    """The first day of the span that `day` lies in; weeks begin on Monday."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _next(first: date, unit: str) -> date:
    if unit == "year":
        return first.replace(year=first.year + 1) if first.year < date.max.year else date.max
    if unit == "month":
        return (first + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=7 if unit == "week" else 1)


def _spans(start: date, end: date, unit: str) -> list[tuple[date, date]]:
    spans = []
    first = _begin(start, unit)
    while first <= end:
        after = _next(first, unit)
        spans.append((first, after - timedelta(days=1)))
        first = after
    return spans


def _label(first: date, unit: str) -> str:
    return {"year": f"{first:%Y}", "month": f"{first:%Y-%m}"}.get(unit, f"{first:%m-%d}")
