"""Outlets on loopback polled for a simulated day in, what was found and what it cost out.

    python benchmarks/outlets.py [--outlets 60] [--hours 24] [--tick 15] [--full] [--seed 1]

Everything is real but the clock: HTTP, crawl processes, parsers, log. A day passes as fast as the machine polls.
`--full` is 1,000 outlets; ctrl-C ends the day early and reports what passed of it. Each outlet has a rhythm (those
of benchmarks/newsrooms.py) and a manner: 304s, none of that, 429s, slow, broken, down. Printed: articles found and
their delay, whether an outlet was asked more often than it allows, CPU of an unchanged poll, memory.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.newsrooms import always, bursts, clockwork, office, scheduled, weekly
from crawler.items import CrawlLimits, CrawlOrder, CrawlReport
from crawler.polling import MIN_INTERVAL
from crawler.run import crawl
from crawler.sources import Source, SourceKind
from monitor.database import open_database, rows, time_text, writing
from monitor.engine import Engine, OnSource
from monitor.poller import Poller
from monitor.sourcelog import make_due, store_sources
from tests.clocks import HandClock
from tests.many_outlets import MAX_AGE, RETRY_AFTER, Manner, ManyOutlet, ManyOutlets

CRAWLS = 2
#: Real orders hold a dozen; here a day must pass in minutes, and starting a process takes as long as 50 polls.
SOURCES_PER_CRAWL = 200
#: After the day, sources are read at these times once more: an outlet has its bad hours, but not at all of them.
CLOSING = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=5), timedelta(hours=5, minutes=30))
SAMPLE_SECONDS = 2.0  # looking through all processes costs as much as a poll
#: Of what was published before the day, so much is read in the first round; the rest is known from the feed only.
BASELINE = timedelta(hours=3)
PAST_DAYS = 21  # published before the day begins: in the feed, as far as it reaches back
MANNERS = (
    *[Manner.ETAG] * 7,
    *[Manner.HASH] * 3,
    *[Manner.MAX_AGE] * 3,
    *[Manner.FULL_TEXT] * 2,
    Manner.LIMITS,
    Manner.SLOW,
    Manner.DOWN,
    Manner.BROKEN,
    Manner.RESET,
)


def made_outlets(count: int, start: datetime, hours: float, seed: int) -> list[ManyOutlet]:
    """Outlets with a past of PAST_DAYS and a day to come; the same for the same seed."""
    chance = random.Random(seed)
    kinds = (office, clockwork, scheduled, bursts, always, weekly)
    outlets = []
    for number in range(count):
        minutes = kinds[number % len(kinds)](chance, PAST_DAYS + 2)
        monday = start - timedelta(days=PAST_DAYS)
        times = sorted({(monday + timedelta(minutes=at)).replace(microsecond=0) for at in minutes})
        end = start + timedelta(hours=hours)
        outlets.append(
            ManyOutlet(number, chance.choice(MANNERS), tuple(time for time in times if time <= end))
        )
    return outlets


class Bench:
    """A log, a poller and the outlets on one simulated clock."""

    def __init__(
        self, folder: Path, server: ManyOutlets, clock: HandClock, length: timedelta, tick: timedelta
    ) -> None:
        self.clock = clock
        self.server = server
        self.path = folder / "cspwatch.db"
        self.db = open_database(self.path)
        sources = [
            Source(
                source_id=f"o{outlet.number}",
                name=f"Outlet {outlet.number}",
                url=server.url(outlet),
                kind=SourceKind.FEED,
            )
            for outlet in server.outlets.values()
        ]
        with writing(self.db):
            store_sources(self.db, sources, clock.now())
        self.engine = Engine(crawls=CRAWLS, stop=threading.Event(), crawl=allowed_crawl)
        self.per_crawl = SOURCES_PER_CRAWL
        self.newest = length + BASELINE
        self.tick = tick
        self.poller = self.new_poller()

    def new_poller(self) -> Poller:
        limits = CrawlLimits(
            wall_time=timedelta(minutes=3),
            delay=0.0,
            timeout=10.0,
            workers=1,
            max_articles_per_source=60,
            max_entry_age=self.newest,
        )
        return Poller(
            lambda: open_database(self.path),
            self.engine,
            limits=limits,
            clock=self.clock,
            crawls=CRAWLS,
            sources_per_crawl=self.per_crawl,
            tick=self.tick,
        )

    def round(self) -> None:
        """Everything that is due now, as the daemon does it."""
        while self.poller.tick(self.db) or self.poller.busy:
            self.poller.wait(timeout=1)

    def whole_round(self) -> None:
        """Every source at once, as `run --once` does it."""
        with writing(self.db):
            make_due(self.db, self.clock.now())
        while self.poller.poll(self.db) or self.poller.busy:
            self.poller.wait(timeout=1)


def allowed_crawl(
    order: CrawlOrder, on_source: OnSource | None = None, *, stop: threading.Event | None = None
) -> CrawlReport:
    """A crawl that may reach the outlets of its order, which are on loopback."""
    hosts = frozenset(item.source.url.split("/")[2] for item in order.sources)
    return crawl(replace(order, limits=replace(order.limits, allowed_addresses=hosts)), on_source, stop=stop)


def processes() -> Iterator[tuple[int, list[str]]]:
    """All descendants of this process with the fields of their stat."""
    stats = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            stats[int(folder.name)] = text.rpartition(")")[2].split()
    family = {os.getpid()}
    for _ in range(5):
        family |= {pid for pid, fields in stats.items() if int(fields[1]) in family}
    for pid in family - {os.getpid()}:
        if pid in stats:
            yield pid, stats[pid]


class Meter:
    """Samples memory every SAMPLE_SECONDS; CPU is read from what the fork server's children used when they ended."""

    def __init__(self, server: ManyOutlets) -> None:
        self.peaks: dict[str, float] = {"crawl process": 0.0, "worker": 0.0}
        self._server = server
        self._over = threading.Event()
        threading.Thread(target=self._sample, daemon=True).start()

    def cpu(self) -> float:
        own = resource.getrusage(resource.RUSAGE_SELF)
        ticks = sum(sum(int(value) for value in fields[11:15]) for _, fields in processes())
        return own.ru_utime + own.ru_stime - self._server.cpu_seconds + ticks / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        self._over.set()

    def _sample(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE") / 2**20
        while not self._over.wait(SAMPLE_SECONDS):
            parents = {}
            for pid, fields in processes():
                parents[pid] = (int(fields[1]), int(fields[21]) * page)
            for parent, size in list(parents.values()):
                depth = 1
                while parent in parents:
                    parent, depth = parents[parent][0], depth + 1
                if depth >= 2:
                    name = "crawl process" if depth == 2 else "worker"
                    self.peaks[name] = max(self.peaks[name], size)


def delays(bench: Bench, start: datetime, end: datetime) -> tuple[list[tuple[float, bool]], list[str]]:
    """Minutes from publication to the log of the day's articles, whether they came within it; what is missing."""
    seen = {
        str(row["url"]): datetime.fromisoformat(str(row["first_seen_at"]))
        for row in rows(bench.db, "SELECT url, first_seen_at FROM article")
    }
    found, missing = [], []
    for outlet in bench.server.outlets.values():
        for number, published in enumerate(outlet.published):
            if not start < published <= end:
                continue
            url = bench.server.url(outlet, f"/article/{number}")
            if url in seen:
                found.append(((seen[url] - published) / timedelta(minutes=1), seen[url] <= end))
            else:
                missing.append(url)
    return found, missing


def complaints(outlets: list[ManyOutlet], end: datetime) -> Counter[str]:
    """How often an outlet was asked more often than it allows; empty when never."""
    counted: Counter[str] = Counter()
    for outlet in outlets:
        counted["two requests at once"] += outlet.most_in_flight > 1
        of_the_day = [poll for poll in outlet.polls if poll[0] <= end]
        for (earlier, status), (later, _) in pairwise(of_the_day):
            gap = later - earlier
            if status == 0 and not gap:
                continue  # a kept connection was closed under the request: it is sent again on a new one
            counted["sooner than the least interval"] += gap < MIN_INTERVAL
            counted["sooner than Retry-After"] += status == 429 and gap < RETRY_AFTER
            counted["sooner than max-age"] += (
                outlet.manner is Manner.MAX_AGE and status == 200 and gap < MAX_AGE
            )
    return +counted


def outcomes(bench: Bench, end: datetime) -> str:
    """How the polls of the day ended, by the log."""
    counted = rows(
        bench.db,
        "SELECT outcome, count(*) AS polls FROM poll WHERE at <= ? GROUP BY outcome ORDER BY polls DESC",
        [time_text(end)],
    )
    return ", ".join(f"{row['outcome']} {row['polls']}" for row in counted)


def unchanged_cost(bench: Bench, meter: Meter, per_crawl: int, most: int) -> float:
    """CPU milliseconds of a poll that finds nothing, all costs of its order included."""
    bench.per_crawl = per_crawl
    poller = bench.new_poller()
    quiet = [
        o for o in bench.server.outlets.values() if o.manner in (Manner.ETAG, Manner.HASH, Manner.MAX_AGE)
    ]
    chosen = quiet[:most]
    with writing(bench.db):
        bench.db.conn.execute("UPDATE source SET next_due = '9999-01-01T00:00:00Z', conditional = 1")
        for outlet in chosen:
            make_due(bench.db, bench.clock.now(), source_id=f"o{outlet.number}")
    begin = meter.cpu()
    while poller.poll(bench.db) or poller.busy:
        poller.wait(timeout=1)
    return (meter.cpu() - begin) / len(chosen) * 1000


def run(bench: Bench, meter: Meter, start: datetime, length: timedelta, tick: timedelta) -> None:
    began = time.monotonic()
    bench.round()  # the baseline
    baseline_cpu = meter.cpu()
    end = start + length
    try:
        while bench.clock.now() < end:
            bench.clock.move(tick)
            bench.round()
            print(f"{bench.clock.now():%a %H:%M} after {time.monotonic() - began:.0f} s", file=sys.stderr)
    except KeyboardInterrupt:
        end = bench.clock.now() - tick
    used, seconds = meter.cpu() - baseline_cpu, time.monotonic() - began
    for after in CLOSING:  # what came out at the very end gets its poll, too
        bench.clock.move(end + after - bench.clock.now())
        bench.whole_round()
    report(bench, start, end, tick)
    polls = sum(at <= end for outlet in bench.server.outlets.values() for at, _ in outlet.polls)
    print(
        f"took {seconds:.0f} s; CPU {used:.0f} s, {used / polls * 1000:.0f} ms a poll with its share of articles"
    )
    for per_crawl in (12, 100):
        cost = unchanged_cost(bench, meter, per_crawl, most=48 if per_crawl == 12 else 200)
        print(f"CPU of an unchanged poll, orders of {per_crawl}: {cost:.1f} ms")
        bench.clock.move(timedelta(minutes=10))
    for name, peak in meter.peaks.items():
        print(f"largest {name}: {peak:.0f} MiB resident")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"this process, the outlets in it: {own:.0f} MiB resident")


def report(bench: Bench, start: datetime, end: datetime, tick: timedelta) -> None:
    """What was found, how soon, and whether anybody could complain."""
    outlets = list(bench.server.outlets.values())
    polls = [status for outlet in outlets for at, status in outlet.polls if at <= end]
    found, missing = delays(bench, start, end)
    timely = sorted(delay for delay, in_time in found if in_time)
    broken = complaints(outlets, end)
    print(f"{len(outlets)} outlets, {(end - start) / timedelta(hours=1):.1f} simulated hours")
    print(f"polls: {len(polls)} ({len(polls) / len(outlets):.0f} an outlet); answers: {dict(Counter(polls))}")
    print(f"outcomes: {outcomes(bench, end)}")
    print(
        f"requests, robots.txt and pages included, closing rounds too: median outlet"
        f" {statistics.median(outlet.requests for outlet in outlets):.0f}, busiest"
        f" {max(outlet.requests for outlet in outlets)}"
    )
    print(
        f"articles: {len(found) + len(missing)} published, {len(found)} found"
        f" ({len(found) - len(timely)} of them in the closing round), {len(missing)} missing"
    )
    for url in missing[:5]:
        print(f"  missing: {url} ({bench.server.outlets[url.split('/')[2].split(':')[0]].manner})")
    p95 = timely[int(0.95 * len(timely))]
    looks = tick / timedelta(minutes=1)
    print(
        f"delay: median {statistics.median(timely):.1f} min, 95 % within {p95:.0f} min, a look every {looks:.0f} min"
    )
    print(f"asked more often than allowed: {dict(broken) or 'never'}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Poll many local outlets for a simulated day.")
    parser.add_argument("--outlets", type=int, default=60)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument(
        "--tick", type=float, default=15.0, help="simulated minutes from one look to the next"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="1,000 outlets: takes eleven minutes of CPU")
    options = parser.parse_args()
    count = 1000 if options.full else options.outlets
    # The day ends now: crawl processes read the real clock, and refuse dates in the future.
    start = (datetime.now(UTC) - timedelta(hours=options.hours)).replace(second=0, microsecond=0)
    clock = HandClock(start)
    outlets = made_outlets(count, start, options.hours, options.seed)
    with tempfile.TemporaryDirectory() as folder, ManyOutlets(outlets, clock.now) as server:
        tick = timedelta(minutes=options.tick)
        bench = Bench(Path(folder), server, clock, timedelta(hours=options.hours), tick)
        meter = Meter(server)
        with closing(bench.db):
            run(bench, meter, start, timedelta(hours=options.hours), tick)
        meter.end()
        bench.engine.close(wait=True)


if __name__ == "__main__":
    main()
