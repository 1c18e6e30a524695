"""Outlets that hang, drip or choke parsers, and a real daemon: the others are read, the page answers, systemd hears."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.database import open_database, rows
from tests.crawler.memory import MIB, Peaks
from tests.crawler.test_run_faults import HOSTILE_FEEDS
from tests.outlet import Outlet, Page

pytestmark = pytest.mark.slow

GOOD = 10
HANGING = ("/slow/never", "/slow/body", "/slow/headers")
#: Time limit of a request; a page that waits for an outlet would wait as long, which ends the look at it.
TIMEOUT = timedelta(seconds=15)
#: WatchdogSec of deploy/cspwatch.service: without a word for so long, systemd ends the daemon.
WATCHDOG = timedelta(seconds=120)


class Notified:
    """What the daemon tells the service manager, and how often its page answers, while it is watched."""

    def __init__(self, address: str, page: int) -> None:
        self.heard: list[tuple[float, str]] = []
        self.answers = 0
        self._page = page
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(0.2)

    def look(self) -> None:
        with suppress(TimeoutError):
            while True:
                self.heard.append((time.monotonic(), self._socket.recv(1024).decode()))
        connection = http.client.HTTPConnection("127.0.0.1", self._page, timeout=TIMEOUT.total_seconds())
        with closing(connection), suppress(ConnectionRefusedError):  # not there yet
            connection.request("GET", "/sources")
            assert connection.getresponse().status == 200
            self.answers += 1

    def close(self) -> None:
        self._socket.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_config(folder: Path, urls: dict[str, str], page: int) -> Path:
    entries = [{"id": name, "name": name, "url": url, "kind": "feed"} for name, url in urls.items()]
    (folder / "sources.yaml").write_text(json.dumps(entries), encoding="utf-8")
    hosts = json.dumps(sorted({url.split("/")[2] for url in urls.values()}))
    path = folder / "cspwatch.toml"
    path.write_text(
        f"""
        [crawl]
        catalogue = false
        sources = ["sources.yaml"]
        delay = "0s"
        timeout = "{TIMEOUT.total_seconds():.0f}s"
        allow_private = {hosts}
        [engine]
        crawls = 2
        sources_per_crawl = 6
        [[watch]]
        name = "all"
        channels = []
        [schedule]
        tick = "1s"
        [review]
        port = {page}
        """,
        encoding="utf-8",
    )
    return path


@pytest.fixture
def outlets() -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        urls = {}
        for number in range(GOOD):
            urls[f"good-{number}"] = stack.enter_context(Outlet()).url("/feed?n=2")
        for path in HANGING:
            urls[f"hangs{path.replace('/', '-')}"] = stack.enter_context(Outlet()).url(path)
        for name, feed in HOSTILE_FEEDS.items():
            outlet = stack.enter_context(Outlet())
            body = f'<?xml version="1.0"?>{feed}'.encode()
            outlet.pages["/feed"] = Page(body=body, content_type="application/rss+xml")
            urls[f"hostile-{name}"] = outlet.url("/feed")
        outlet = stack.enter_context(Outlet())
        item = f"<item><title>A page that never comes</title><link>{outlet.url('/slow/never')}</link></item>"
        outlet.pages["/feed"] = Page(body=f"<rss version='2.0'><channel>{item}</channel></rss>".encode())
        urls["hangs-article"] = outlet.url("/feed")
        yield urls


def test_what_hangs_or_chokes_stalls_neither_the_other_sources_nor_the_page_nor_the_watchdog(
    outlets: dict[str, str], tmp_path: Path
) -> None:
    page = free_port()
    path = write_config(tmp_path, outlets, page)
    config = load_config(path)
    service = Notified(str(tmp_path / "notify"), page)
    environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}
    with Peaks() as peaks:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "--config", str(path), "run"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            polled: dict[str, str] = {}
            end = time.monotonic() + 120
            while len(polled) < len(outlets) and time.monotonic() < end:
                service.look()
                with suppress(Exception), closing(open_database(config.database, read_only=True)) as db:
                    for row in rows(db, "SELECT source_id, outcome, at FROM poll ORDER BY at DESC"):
                        polled[str(row["source_id"])] = str(row["at"])
            with closing(open_database(config.database, read_only=True)) as db:
                first = rows(db, "SELECT source_id, outcome, min(at) AS at FROM poll GROUP BY source_id")
                articles = rows(db, "SELECT source_id, count(*) AS n FROM article GROUP BY source_id")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            service.close()

    ends = {str(row["source_id"]): (str(row["outcome"]), str(row["at"])) for row in first}
    assert set(ends) == set(outlets)
    stored = {str(row["source_id"]): row["n"] for row in articles}
    assert [stored.get(f"good-{number}") for number in range(GOOD)] == [2] * GOOD
    hanging = {name: ends[name] for name in outlets if name.startswith("hangs-slow")}
    assert {outcome for outcome, _ in hanging.values()} == {"timed-out"}
    assert max(ends[f"good-{number}"][1] for number in range(GOOD)) <= min(at for _, at in hanging.values())
    assert service.answers > 10
    messages = [message for _, message in service.heard]
    assert "READY=1" in messages
    alive = [at for at, message in service.heard if message == "WATCHDOG=1"]
    assert len(alive) >= 2
    gaps = [later - earlier for earlier, later in pairwise(alive)]
    assert max(gaps) < WATCHDOG.total_seconds()
    assert peaks.largest < 700 * MIB, peaks.of_processes
