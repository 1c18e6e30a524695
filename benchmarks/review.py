"""Measure the review page: server time of each page and search on a generated log, and of writes while it is read.

Usage: python benchmarks/review.py [--articles 20000] [--log FOLDER] [--requests 60]
The log is made in FOLDER (kept and used again) or in a temporary one. Times are of whole requests over HTTP on
loopback, one at a time; writes are transactions of the daemon's kind, without and with three readers at work.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from benchmarks.generatedlog import DAYS, NOW, SOURCES, fill
from monitor.config import load_config
from monitor.database import open_database, writing
from monitor.review.server import ReviewServer
from monitor.verdicts import Opinion, Target, record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database


def main() -> None:
    """Print the tables."""
    options = _options()
    with _folder(options.log) as folder:
        if not (folder / "cspwatch.db").exists():
            started = time.perf_counter()
            fill(folder / "cspwatch.db", options.articles)
            print(
                f"log of {options.articles} articles made in {time.perf_counter() - started:.0f} s",
                flush=True,
            )
        size = (folder / "cspwatch.db").stat().st_size / 1e6
        print(f"log: {size:.0f} MB", flush=True)
        config = folder / "cspwatch.toml"
        config.write_text('[store]\npath = "."\n[review]\nport = 0\n', encoding="utf-8")
        server = ReviewServer(load_config(config), clock=FixedClock())
        server.start()
        try:
            measure(server.url, folder / "cspwatch.db", options.requests)
        finally:
            server.stop()


class FixedClock:
    """The time at which the generated log ends."""

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.monotonic()


def measure(url: str, log: Path, requests: int) -> None:
    """Time every page, then writes without and with readers."""
    chance = random.Random(1)
    with closing(open_database(log, read_only=True)) as db:
        stories = [
            str(row[0]) for row in db.execute("SELECT story_id FROM story ORDER BY random() LIMIT 200")
        ]
        articles = [
            str(row[0])
            for row in db.execute("SELECT article_id FROM article WHERE relevant ORDER BY random() LIMIT 200")
        ]
    with httpx.Client(base_url=url, timeout=120, headers={"accept": "text/html"}) as client:
        client.get("/")  # the names are loaded once
        print(f"{'page':34} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms, p95':>12}")
        for name, path in pages(stories, articles, chance):
            measured = [_timed(client, path()) for _ in range(requests)]
            times, cpu = (sorted(column) for column in zip(*measured, strict=True))
            middle, late = len(times) // 2, int(len(times) * 0.95)
            print(f"{name:34} {times[middle]:8.1f} {times[late]:8.1f} {cpu[late]:12.1f}", flush=True)
    writes(url, log, stories)


def pages(
    stories: Sequence[str], articles: Sequence[str], chance: random.Random
) -> Iterator[tuple[str, Callable[[], str]]]:
    """A name for each kind of request, and what makes the next address of it."""

    def day() -> str:  # a filter that was not asked for before: nothing is remembered of it
        return (NOW - timedelta(days=chance.randint(DAYS, 40_000))).date().isoformat()

    yield "Today", lambda: "/"
    yield "Today, 30 days", lambda: "/?days=30"
    yield "Story", lambda: f"/story/{chance.choice(stories)}"
    yield "Article", lambda: f"/article/{chance.choice(articles)}"
    yield "Ledger, totals made anew", lambda: f"/ledger?since={day()}"
    yield "Ledger, totals remembered", lambda: "/ledger"
    yield "Ledger divided by provider", lambda: f"/ledger?by=provider&since={day()}"
    yield "Ledger divided by country", lambda: f"/ledger?by=place&since={day()}"
    yield "Ledger of a provider", lambda: f"/ledger?provider=aws&since={day()}"
    yield "Ledger of a place", lambda: f"/ledger?place=MY&since={day()}"
    yield "Ledger of a kind", lambda: f"/ledger?event=datacenter&since={day()}"
    yield "Ledger of a status", lambda: f"/ledger?status=planned&since={day()}"
    yield "Ledger of a direction", lambda: f"/ledger?direction=expansion&since={day()}"
    yield "Ledger with background", lambda: f"/ledger?background=1&since={day()}"
    yield "Ledger of a rare word", lambda: f"/ledger?q=Johor&since={day()}"
    yield "Ledger of a common word", lambda: f"/ledger?q=harbor&since={day()}"
    yield "Ledger of a common word, divided", lambda: f"/ledger?q=harbor&by=place&since={day()}"
    yield "Ledger, its oldest page", lambda: "/ledger?from=33000"
    yield "Sources", lambda: "/sources"
    yield "Source", lambda: f"/sources/source-{chance.randint(0, SOURCES - 1)}"
    yield "Alerts", lambda: "/alerts"
    yield "Rules", lambda: "/rules"
    yield "Rule", lambda: "/rules/dc-build"
    yield "Precision", lambda: "/precision"
    yield (
        "Why, never seen",
        lambda: f"/why?url=https://outlet-{chance.randint(0, SOURCES - 1)}.example/unseen",
    )
    yield "Missed", lambda: "/missed"
    yield "Atom feed", lambda: "/feed.atom"
    for typed in ("华为", "阿里云", "data cent*", "cloud", "cloud OR market OR price", "Johor", "zzqx", "云"):
        yield f"Search: {typed}", lambda typed=typed: f"/search?q={quote(typed)}"


def writes(url: str, log: Path, stories: Sequence[str]) -> None:
    """How long a transaction takes, alone and while pages are asked for."""
    print(f"{'write':34} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}")
    for name, readers in (("a verdict, nobody reads", 0), ("a verdict, three read pages", 3)):
        stop = threading.Event()
        threads = [threading.Thread(target=_read_on, args=(url, stop), daemon=True) for _ in range(readers)]
        for thread in threads:
            thread.start()
        with closing(open_database(log)) as db:
            times = sorted(_write(db, stories[number % len(stories)]) for number in range(100))
        stop.set()
        for thread in threads:
            thread.join()
        print(f"{name:34} {times[50]:8.1f} {times[95]:8.1f} {times[-1]:8.1f}")


def _write(db: Database, story_id: str) -> float:
    started = time.perf_counter()
    with writing(db):
        record(db, Target.STORY, story_id, Opinion.USEFUL, NOW, author="bench")
    return (time.perf_counter() - started) * 1000


def _read_on(url: str, stop: threading.Event) -> None:
    with httpx.Client(base_url=url, timeout=120) as client:
        while not stop.is_set():
            for path in ("/?days=30", "/ledger", "/search?q=cloud", "/sources"):
                client.get(path)


def _timed(client: httpx.Client, path: str) -> tuple[float, float]:
    """Milliseconds that a request took, and of this process's CPU: what a busy machine does not blur."""
    started, worked = time.perf_counter(), time.process_time()
    response = client.get(path)
    taken = ((time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000)
    if response.status_code != 200:
        raise SystemExit(f"{path}: {response.status_code}")
    return taken


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="cspwatch-bench-") as name:
        yield Path(name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--log", type=Path, default=None, help="folder of the log; made there, or used again")
    return parser.parse_args()


if __name__ == "__main__":
    main()
