"""Publication times in, the delay of each polling policy at the same number of requests out.

    python -m benchmarks.freshness [--sources 18] [--days 28] [--polls 48] [--seed 1] [--plot FILE.svg]

Every policy learns from the first half of the days and is measured on the second. Its one free parameter is
searched so that it spends the same requests; then the delays (publication to the next poll) are compared. The
peers are written down here from their documentation: Miniflux's round robin and entry frequency schedulers
(interval = a week / (entries of the last week x factor), between a minimum and a maximum), and Media Cloud's
rss-fetcher (one interval for all, a shorter one for feeds whose fetches often bring only unseen stories).
The last line says how far there is to go: the least median that rates alone allow, were they known.
Where real articles with a time of day lie in a `shared` folder beside the checkout, outlets with enough of them
are replayed as well, in a table of their own.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import json
import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.newsrooms import DAY, KINDS, names, published, true_rates
from benchmarks.timetable import least_median
from crawler.items import Entry, SourceReport
from crawler.outcomes import Outcome
from crawler.polling import MAX_INTERVAL, MIN_INTERVAL, PollHistory, next_poll

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
INDEX_SIZE = 25  # entries in a feed
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

#: Given a scale, a policy yields the minutes at which it polls one source.
Policy = Callable[["Timeline", float], Iterator[float]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One source: minutes since START at which articles came out, and where measuring begins and ends."""

    name: str
    times: tuple[float, ...]
    measured_from: float
    end: float

    @property
    def kind(self) -> str:
        """The kind of a made-up outlet."""
        return self.name.partition("-")[0]


def timelines(sources: int, days: int, seed: int) -> list[Timeline]:
    """Made-up outlets of the kinds of benchmarks/newsrooms.py, one kind after the other."""
    return [
        Timeline(name, tuple(published(name, days, seed)), days / 2 * DAY, days * DAY)
        for name in names(sources)
    ]


def real_timelines(folder: Path, least: int = 80) -> list[Timeline]:
    """Outlets of which `folder` holds at least so many articles with a time of day, each over its own weeks."""
    found: dict[str, set[datetime]] = {}
    for path in sorted(folder.glob("**/*.jsonl")):
        for line in filter(None, path.read_text(encoding="utf-8").split("\n")):
            article = json.loads(line)
            time = time_of_day(str(article.get("date") or ""))
            if time is not None and (host := urlsplit(str(article.get("url") or "")).hostname):
                found.setdefault(host, set()).add(time)
    lines = []
    for host, times in sorted(found.items()):
        if len(times) < least:
            continue
        first = min(times)
        monday = (first - timedelta(days=first.weekday())).replace(hour=0, minute=0, second=0)
        minutes = tuple(sorted((time - monday) / timedelta(minutes=1) for time in times))
        lines.append(Timeline(host, minutes, (minutes[0] + minutes[-1]) / 2, minutes[-1] + 1))
    return lines


def time_of_day(text: str) -> datetime | None:
    """The time in a date as feeds or pages write it, None where it names a day only."""
    if ":" not in text:
        return None
    try:
        time = (
            parsedate_to_datetime(text)
            if "," in text
            else datetime.fromisoformat("".join(text.rsplit("  ", 1)))
        )
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None


def fixed(line: Timeline, interval: float) -> Iterator[float]:
    """The same interval for every source, each with its own offset. Miniflux's round robin is this as well."""
    time = line.measured_from + random.Random(line.name).uniform(0, interval)
    while time < line.end:
        yield time
        time += interval


def entry_frequency(line: Timeline, scale: float) -> Iterator[float]:
    """Miniflux: a week divided by (entries of the last week x factor), at least 5 minutes, at most a day."""
    time = line.measured_from
    while time < line.end:
        yield time
        weekly_count = bisect.bisect(line.times, time) - bisect.bisect(line.times, time - 7 * DAY)
        interval = DAY if weekly_count == 0 else 7 * DAY / weekly_count * scale
        time += min(max(interval, 5.0), DAY)


def media_cloud(line: Timeline, interval: float) -> Iterator[float]:
    """Media Cloud: one long interval; a sixth of it for a feed whose window (20 stories) overflows in between."""
    time = line.measured_from + random.Random(line.name).uniform(0, interval)
    while time < line.end:
        yield time
        recent = bisect.bisect(line.times, time) - bisect.bisect(line.times, time - 7 * DAY)
        time += interval / 6 if recent / 7 / DAY * interval > 20 else interval


def ours(line: Timeline, price: float) -> Iterator[float]:
    """cspwatch: `crawler.polling.next_poll`, which is told what each poll found and nothing else."""
    known = [at(time) for time in line.times if time <= line.measured_from]
    history = PollHistory(source_id=line.name, published=tuple(known), last_poll=at(line.measured_from))
    time, before = line.measured_from, line.measured_from
    while time < line.end:
        yield time
        plan = next_poll(history, report_of(line, before, time), at(time), price=price)
        history, before = plan.history, time
        time = (plan.next_due - START) / timedelta(minutes=1)


def report_of(line: Timeline, before: float, time: float) -> SourceReport:
    """What a poll at `time` gives: the index as it is then, or the word that nothing changed since `before`."""
    until = bisect.bisect(line.times, time)
    if bisect.bisect(line.times, before) == until:
        return SourceReport(source_id=line.name, outcome=Outcome.UNCHANGED)
    entries = tuple(
        Entry(url=f"https://x/{time}", url_key=str(time), key=str(time), published=at(time))
        for time in line.times[max(until - INDEX_SIZE, 0) : until]
    )
    return SourceReport(source_id=line.name, outcome=Outcome.OK, entries=entries)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@dataclass(frozen=True, slots=True)
class Result:
    """Delays in minutes of the articles of the measured days, by source, and what they cost."""

    polls_per_day: float
    delays: tuple[tuple[float, ...], ...]

    @property
    def median(self) -> float:
        """Half of all articles were seen sooner."""
        return statistics.median(itertools.chain(*self.delays))

    @property
    def p95(self) -> float:
        """One article in twenty was seen later."""
        return statistics.quantiles(itertools.chain(*self.delays), n=20)[-1]

    @property
    def median_of_sources(self) -> float:
        """The median source's median: every source counts the same, an agency no more than a newsroom."""
        return statistics.median(statistics.median(delays) for delays in self.delays if delays)

    @property
    def p95_of_sources(self) -> float:
        """Of the median source, one article in twenty was seen later."""
        of_each = (
            statistics.quantiles(delays, n=20, method="inclusive")[-1]
            for delays in self.delays
            if len(delays) > 1
        )
        return statistics.median(of_each)

    def of_kind(self, lines: Sequence[Timeline], kind: str) -> list[float]:
        """The delays of the articles of all outlets of a kind, in order."""
        chosen = (delays for line, delays in zip(lines, self.delays, strict=True) if line.kind == kind)
        return sorted(itertools.chain(*chosen))

    @property
    def longest(self) -> float:
        """The article that waited longest."""
        return max(itertools.chain(*self.delays))

    @property
    def longest_of_sources(self) -> float:
        """The longest wait of the median source."""
        return statistics.median(max(delays) for delays in self.delays if delays)

    @property
    def mean(self) -> float:
        return statistics.fmean(itertools.chain(*self.delays))


def measure(policy: Policy, lines: Sequence[Timeline], scale: float) -> Result:
    """Run `policy` over all sources. What is still unseen at the end counts up to the end."""
    delays: list[tuple[float, ...]] = []
    polls = 0
    for line in lines:
        times = [*policy(line, scale), line.end]
        polls += len(times) - 1
        measured = line.times[bisect.bisect(line.times, line.measured_from) :]
        delays.append(
            tuple(times[bisect.bisect_left(times, published)] - published for published in measured)
        )
    days = (lines[0].end - lines[0].measured_from) / DAY
    return Result(polls / days, tuple(delays))


def at_budget(policy: Policy, lines: Sequence[Timeline], polls_per_day: float) -> Result:
    """The policy with the scale at which it spends `polls_per_day`, within one percent where it can."""
    scale, slope = 1.0, -1.0  # slope of the logarithm of the polls over the logarithm of the scale
    result = measure(policy, lines, scale)
    for _ in range(12):
        miss = math.log(result.polls_per_day / polls_per_day)
        if abs(miss) < 0.01:
            break
        step = min(max(-miss / slope, -3.0), 3.0)
        scale *= math.exp(step)
        before, result = result, measure(policy, lines, scale)
        change = math.log(result.polls_per_day / before.polls_per_day)
        slope = min(max(change / step, -2.0), -0.2)
    return result


POLICIES: dict[str, Policy] = {
    "fixed interval, round robin": fixed,
    "Miniflux, entry frequency": entry_frequency,
    "Media Cloud": media_cloud,
    "cspwatch": ours,
}


#: What is printed for each kind of outlet, from its delays in order.
FIGURES: dict[str, Callable[[list[float]], float]] = {
    "median": statistics.median,
    "mean": statistics.fmean,
    "95 % within": lambda delays: statistics.quantiles(delays, n=20, method="inclusive")[-1],
    "longest": max,
}


def chart(results: Mapping[str, Result]) -> str:
    """An SVG of the share of articles seen within so many minutes, one line a policy."""
    width, height, most = 640, 360, 90.0
    colors = ("#999999", "#d95f02", "#7570b3", "#1b9e77")
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 230} {height + 50}"'
            ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
        )
    ]
    for minutes in range(0, int(most) + 1, 15):
        x = 40 + minutes / most * width
        parts.append(f'<line x1="{x}" y1="10" x2="{x}" y2="{height}" stroke="#eee"/>')
        parts.append(f'<text x="{x}" y="{height + 16}" text-anchor="middle">{minutes}</text>')
    parts.append(
        f'<text x="{width / 2}" y="{height + 36}" text-anchor="middle">minutes after publication</text>'
    )
    for share in (0, 25, 50, 75, 100):
        parts.append(
            f'<text x="34" y="{height - share / 100 * (height - 10) + 4}" text-anchor="end">{share}%</text>'
        )
    for number, (name, result) in enumerate(results.items()):
        delays = sorted(itertools.chain(*result.delays))
        points = []
        for passed in (step / 2 for step in range(int(most) * 2 + 1)):
            seen = bisect.bisect(delays, passed) / len(delays)
            points.append(f"{40 + passed / most * width:.1f},{height - seen * (height - 10):.1f}")
        color, y = colors[number % len(colors)], 30 + 20 * number
        parts.append(f'<polyline fill="none" stroke="{color}" stroke-width="2" points="{" ".join(points)}"/>')
        parts.append(f'<text x="{width + 55}" y="{y}" fill="{color}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def compared(lines: Sequence[Timeline], polls: float) -> dict[str, Result]:
    """Print a table of all policies at `polls` requests a day and source; its rows."""
    articles = sum(len(line.times) - bisect.bisect(line.times, line.measured_from) for line in lines)
    print(
        f"{articles:6} articles, minutes {'polls/day':>11} {'median':>8} {'mean':>8} {'p95':>8}"
        f" {'max':>8} {'median source':>14} {'its p95':>8} {'its max':>8}"
    )
    results: dict[str, Result] = {}
    for name, policy in POLICIES.items():
        results[name] = result = at_budget(policy, lines, polls * len(lines))
        figures = (
            f"{result.median:8.1f} {result.mean:8.1f} {result.p95:8.1f} {result.longest:8.1f}"
            f" {result.median_of_sources:14.1f} {result.p95_of_sources:8.1f} {result.longest_of_sources:8.1f}"
        )
        print(f"{name:28} {result.polls_per_day:7.0f} {figures}", flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare polling policies at equal request budgets.")
    parser.add_argument("--sources", type=int, default=18)
    parser.add_argument("--days", type=int, default=28)
    parser.add_argument("--polls", type=float, default=48.0, help="requests a day and source, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder with real articles, as JSON lines")
    parser.add_argument("--plot", type=Path, help="write a chart of the delays to this SVG file")
    options = parser.parse_args()
    lines = timelines(options.sources, options.days, options.seed)
    print(f"{options.sources} made-up outlets, {options.days} days, bounds {MIN_INTERVAL} to {MAX_INTERVAL}")
    results = compared(lines, options.polls)
    for figure, of in FIGURES.items():
        print(f"{figure + ' by kind of outlet':28} " + " ".join(f"{kind:>10}" for kind in KINDS))
        for name, result in results.items():
            print(f"{name:28} " + " ".join(f"{of(result.of_kind(lines, kind)):10.1f}" for kind in KINDS))
    rates = [true_rates(name, options.days, options.seed) for name in names(options.sources)]
    least = least_median(rates, options.polls * 7 * options.sources)
    print(
        f"least median of a timetable that knows the true rates and minds nothing else: {least:.1f}",
        flush=True,
    )
    if real := real_timelines(options.data):
        print(f"real outlets, what is known of their articles: {', '.join(line.name for line in real)}")
        compared(real, options.polls)
    if options.plot:
        options.plot.write_text(chart(results), encoding="utf-8")


if __name__ == "__main__":
    main()
