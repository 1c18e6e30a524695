"""The daemon on local outlets in, its memory and its CPU an hour out.

    python benchmarks/daemon.py [--sources 200] [--minutes 2]

Starts `cspwatch run` as a user does, on outlets that publish nothing new, waits until every source was read once,
then measures for some minutes what watching costs while nothing happens: the daemon, its crawl processes, all
together. An hour is what those minutes cost, scaled.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.database import open_database, rows
from tests.many_outlets import Manner, ManyOutlet, ManyOutlets

CONFIG = """
[store]
path = "state"
[crawl]
catalogue = false
sources = ["outlets.yaml"]
delay = "0s"
newest = "1s"
allow_private = [{hosts}]
[review]
enabled = false
"""


def quiet_outlets(count: int) -> list[ManyOutlet]:
    """Outlets whose last articles came out hours ago, one an hour before that."""
    now = datetime.now(UTC).replace(microsecond=0)
    manners = (Manner.ETAG, Manner.HASH, Manner.MAX_AGE)
    return [
        ManyOutlet(
            number,
            manners[number % len(manners)],
            tuple(now - timedelta(hours=6 + back, minutes=number % 60) for back in range(200, 0, -1)),
        )
        for number in range(count)
    ]


def start_daemon(folder: Path, server: ManyOutlets) -> subprocess.Popen[bytes]:
    hosts = [server.url(outlet).split("/")[2] for outlet in server.outlets.values()]
    (folder / "cspwatch.toml").write_text(
        CONFIG.format(hosts=", ".join(f'"{host}"' for host in hosts)), encoding="utf-8"
    )
    (folder / "outlets.yaml").write_text(
        "".join(
            f"- {{id: o{outlet.number}, name: Outlet {outlet.number}, url: '{server.url(outlet)}', kind: feed}}\n"
            for outlet in server.outlets.values()
        ),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "monitor", "--config", str(folder / "cspwatch.toml"), "run"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def polled(folder: Path) -> tuple[int, int]:
    """Sources that were read, and polls."""
    db = open_database(folder / "state" / "cspwatch.db", read_only=True)
    try:
        row = rows(db, "SELECT count(DISTINCT source_id) AS sources, count(*) AS polls FROM poll")[0]
    finally:
        db.close()
    return int(str(row["sources"])), int(str(row["polls"]))


def family(pid: int) -> Iterator[tuple[int, float, float]]:
    """Depth, CPU seconds (children that ended included) and resident MiB of a process and its descendants."""
    stats = {}
    for folder in Path("/proc").iterdir():
        try:
            stats[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
    page, tick = os.sysconf("SC_PAGE_SIZE") / 2**20, os.sysconf("SC_CLK_TCK")
    waiting = [(pid, 0)]
    while waiting:
        parent, depth = waiting.pop()
        if parent in stats:
            fields = stats[parent]
            yield depth, sum(map(int, fields[11:15])) / tick, int(fields[21]) * page
        waiting += [(child, depth + 1) for child, fields in stats.items() if int(fields[1]) == parent]


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and CPU of the daemon while nothing happens.")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=2.0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        ManyOutlets(quiet_outlets(options.sources), lambda: datetime.now(UTC)) as server,
    ):
        folder = Path(name)
        daemon = start_daemon(folder, server)
        try:
            measure(daemon, folder, options.sources, options.minutes)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)


def measure(daemon: subprocess.Popen[bytes], folder: Path, sources: int, minutes: float) -> None:
    began = time.monotonic()
    while not (folder / "state" / "cspwatch.db").exists() or polled(folder)[0] < sources:
        if daemon.poll() is not None:
            raise SystemExit("the daemon ended by itself; see what it said above")
        time.sleep(1)
    first_round, first_cpu = time.monotonic() - began, sum(cpu for _, cpu, _ in family(daemon.pid))
    print(f"{sources} sources; first round after {first_round:.0f} s, {first_cpu:.0f} s CPU with the start")
    names = {0: "daemon", 2: "crawl process", 3: "its workers"}
    peaks = dict.fromkeys(names.values(), 0.0)
    own_before = next(cpu for depth, cpu, _ in family(daemon.pid) if depth == 0)
    polls_before, ends = polled(folder)[1], time.monotonic() + 60 * minutes
    while time.monotonic() < ends:
        for depth, _, size in family(daemon.pid):
            if depth in names:
                peaks[names[depth]] = max(peaks[names[depth]], size)
        time.sleep(0.5)
    hour = 60 / minutes
    own = next(cpu for depth, cpu, _ in family(daemon.pid) if depth == 0) - own_before
    used = sum(cpu for _, cpu, _ in family(daemon.pid)) - first_cpu
    polls = polled(folder)[1] - polls_before
    print(
        f"CPU: {used * hour:.0f} s an hour, {own * hour:.0f} s of it the daemon's own; {polls * hour:.0f} polls an hour"
    )
    print(", ".join(f"{part} {peak:.0f} MiB" for part, peak in peaks.items()) + " (largest seen, resident)")


if __name__ == "__main__":
    main()
