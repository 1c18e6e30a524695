"""Publication times in, the delay of each polling policy at the same number of requests out.

    python -m benchmarks.freshness [--sources 40] [--days 42] [--polls 48] [--seed 1] [--plot FILE.svg]

Every policy learns from the first half of the days and is measured on the second. Its one free parameter is
searched so that it spends the same requests; then the delays (publication to the next poll) are compared. The
peers are written down here from their documentation: Miniflux's round robin and entry frequency schedulers
(interval = a week / (entries of the last week x factor), between a minimum and a maximum), and Media Cloud's
rss-fetcher (one interval for all, a shorter one for feeds whose fetches often bring only unseen stories).
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

from crawler.items import Entry, SourceReport
from crawler.outcomes import Outcome
from crawler.polling import MAX_INTERVAL, MIN_INTERVAL, PollHistory, next_poll

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAY = 1440.0
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


def timelines(sources: int, days: int, seed: int) -> list[Timeline]:
    """Made-up outlets of the kinds that newsrooms are: by office hours, by the clock, in bursts, round the clock."""
    chance = random.Random(seed)
    kinds: tuple[Callable[[random.Random, int], list[float]], ...] = (
        office,
        clockwork,
        bursts,
        always,
        weekly,
    )
    made = []
    for number in range(sources):
        kind = kinds[number % len(kinds)]
        times = tuple(sorted(time for time in kind(chance, days) if 0 <= time < days * DAY))
        made.append(Timeline(f"{kind.__name__}-{number}", times, days / 2 * DAY, days * DAY))
    return made


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


def office(chance: random.Random, days: int) -> list[float]:
    """Trade press: 3 to 30 articles a working day, spread over its office hours; little on weekends."""
    per_day, opens = chance.uniform(3, 30), chance.choice([0, 60, 420, 480, 780, 840])
    times = []
    for day in range(days):
        count = poisson(chance, per_day if day % 7 < 5 else per_day / 12)
        times += [day * DAY + opens + chance.triangular(0, 600, 180) for _ in range(count)]
    return times


def clockwork(chance: random.Random, days: int) -> list[float]:
    """Newsrooms and wires with fixed release times, a few minutes late at most, not every one used."""
    slots = [chance.choice([0, 15, 30]) + 60 * chance.randrange(24) for _ in range(chance.randint(1, 8))]
    times = []
    for day in range(days):
        for slot in slots:
            if chance.random() < (0.8 if day % 7 < 5 else 0.1):
                times.append(day * DAY + slot + chance.expovariate(1 / 1.5))
    return times


def bursts(chance: random.Random, days: int) -> list[float]:
    """Outlets that publish what an editor finished in one go: one to four sittings a day."""
    times = []
    for day in range(days):
        for _ in range(poisson(chance, 2 if day % 7 < 5 else 0.7)):
            sitting = day * DAY + chance.gauss(840, 240)
            times += [sitting + chance.expovariate(1 / 6) for _ in range(chance.randint(1, 6))]
    return times


def always(chance: random.Random, days: int) -> list[float]:
    """Agencies: round the clock, with a soft swing over the day."""
    per_day, shift = chance.uniform(20, 80), chance.uniform(0, DAY)
    times = []
    for day in range(days):
        for _ in range(poisson(chance, per_day)):
            while True:
                minute = chance.uniform(0, DAY)
                if chance.random() < 0.35 + 0.65 * (0.5 + 0.5 * ((minute + shift) % DAY) / DAY):
                    break
            times.append(day * DAY + minute)
    return times


def weekly(chance: random.Random, days: int) -> list[float]:
    """Blogs and vendors: one or two articles a week, on their weekday, at about their hour."""
    weekday, hour = chance.randrange(5), chance.uniform(6, 18) * 60
    times = []
    for day in range(days):
        if day % 7 == weekday and chance.random() < 0.9:
            times.append(day * DAY + chance.gauss(hour, 45))
        if chance.random() < 0.08:
            times.append(day * DAY + chance.uniform(360, 1200))
    return times


def poisson(chance: random.Random, mean: float) -> int:
    """A count with that mean (Knuth's method; means are small)."""
    count, product, limit = 0, chance.random(), 2.718281828 ** -min(mean, 500)
    while product > limit:
        product *= chance.random()
        count += 1
    return count


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
        found = line.times[bisect.bisect(line.times, before) : bisect.bisect(line.times, time)]
        plan = next_poll(history, report_of(line.name, found), at(time), price=price)
        history, before = plan.history, time
        time = (plan.next_due - START) / timedelta(minutes=1)


def report_of(name: str, found: Sequence[float]) -> SourceReport:
    entries = tuple(
        Entry(url=f"https://x/{time}", url_key=str(time), key=str(time), published=at(time)) for time in found
    )
    return SourceReport(source_id=name, outcome=Outcome.OK if entries else Outcome.UNCHANGED, entries=entries)


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
    "fixed interval": fixed,
    "Miniflux, round robin": fixed,
    "Miniflux, entry frequency": entry_frequency,
    "Media Cloud": media_cloud,
    "cspwatch": ours,
}


def chart(results: Mapping[str, Result]) -> str:
    """An SVG of the share of articles seen within so many minutes, one line a policy."""
    width, height, most = 640, 360, 90.0
    colors = ("#999999", "#bbbbbb", "#d95f02", "#7570b3", "#1b9e77")
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
        f"{articles:6} articles, minutes {'polls/day':>11} {'median':>8} {'mean':>8} {'p95':>8} {'median source':>14}"
    )
    results: dict[str, Result] = {}
    for name, policy in POLICIES.items():
        results[name] = result = at_budget(policy, lines, polls * len(lines))
        figures = (
            f"{result.median:8.1f} {result.mean:8.1f} {result.p95:8.1f} {result.median_of_sources:14.1f}"
        )
        print(f"{name:28} {result.polls_per_day:7.0f} {figures}", flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare polling policies at equal request budgets.")
    parser.add_argument("--sources", type=int, default=40)
    parser.add_argument("--days", type=int, default=42)
    parser.add_argument("--polls", type=float, default=48.0, help="requests a day and source, on average")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=SHARED, help="folder with real articles, as JSON lines")
    parser.add_argument("--plot", type=Path, help="write a chart of the delays to this SVG file")
    options = parser.parse_args()
    lines = timelines(options.sources, options.days, options.seed)
    print(f"{options.sources} made-up outlets, {options.days} days, bounds {MIN_INTERVAL} to {MAX_INTERVAL}")
    results = compared(lines, options.polls)
    if real := real_timelines(options.data):
        print(f"real outlets, what is known of their articles: {', '.join(line.name for line in real)}")
        compared(real, options.polls)
    if options.plot:
        options.plot.write_text(chart(results), encoding="utf-8")


if __name__ == "__main__":
    main()
