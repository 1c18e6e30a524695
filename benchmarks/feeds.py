"""Compare feed reading with feedparser and fastfeedparser on the public feed suites: what is found, what it costs.

Usage: python benchmarks/feeds.py [FOLDER]
FOLDER holds feeds (*.xml, also in sub-folders or in .tar.gz files); without it those in a
`shared` folder beside the checkout are looked for. Cost is measured on a feed of 31 entries made here, and on all feeds
of the folder.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from crawler.feeds import read_feed
from crawler.readings import NotRead

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data"
URL = "https://news.example/feed.xml"
TEXT = "The provider opens a region with three zones, and customers asked for it. " * 20
Read = Callable[[bytes], int]


def main() -> int:
    """Print the tables. Exit code 2 where FOLDER holds no feeds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="*.xml and *.tar.gz; default: those in `shared` beside the checkout",
    )
    asked = parser.parse_args().folder
    folder: Path = asked or DEFAULT
    typical = typical_feed()
    readers = {"cspwatch": _ours, "fastfeedparser": _fast, "feedparser": _tolerant}
    print(f"a feed of 31 entries, {len(typical) // 1000} kB: ms CPU")
    for name, make in readers.items():
        print(f"  {name:16} {cost(make(), [typical] * 10) * 1000:8.2f}")
    feeds = list(read_feeds(folder))
    if not feeds:
        print(f"no feeds in {folder}: name a folder with *.xml or *.tar.gz", file=sys.stderr)
        return 2 if asked else 0  # nothing to measure is no failure where nothing was asked for
    print(f"{len(feeds)} feeds of {folder}: ms CPU each, feeds with entries, feeds that raised an error")
    for name, make in readers.items():
        outcomes: Counter[str] = Counter()
        seconds = cost(make(), feeds, outcomes)
        print(f"  {name:16} {seconds * 1000:8.2f} {outcomes['entries']:6} {outcomes['error']:6}", flush=True)
    return 0


def typical_feed() -> bytes:
    """RSS 2.0 with 31 entries, each with a description and a whole text."""
    items = "".join(
        f"<item><title>Title {n}</title><link>https://news.example/{n}</link><guid>{n}</guid>"
        f"<pubDate>Sat, 14 Mar 2026 10:{n:02}:00 GMT</pubDate><description>{TEXT[:150]}</description>"
        f"<content:encoded><![CDATA[<p>{TEXT}</p>]]></content:encoded></item>"
        for n in range(31)
    )
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0"?><rss version="2.0" {space}><channel><title>N</title>{items}</channel></rss>'.encode()


def read_feeds(folder: Path) -> Iterator[bytes]:
    """Bytes of every feed in the folder and in its archives of feeds."""
    for path in sorted(folder.rglob("*.xml")):
        yield path.read_bytes()
    for archive in sorted(folder.rglob("feeds-*.tar.gz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.name.endswith(".xml") else None
                if file is not None:
                    yield file.read()


def cost(read: Read, feeds: list[bytes], outcomes: Counter[str] | None = None) -> float:
    """CPU seconds a feed."""
    counted = Counter[str]() if outcomes is None else outcomes
    read(typical_feed())
    started = time.process_time()
    for feed in feeds:
        try:
            counted["entries" if read(feed) else "none"] += 1
        except Exception:  # every reader refuses by exceptions of its own
            counted["error"] += 1
    return (time.process_time() - started) / len(feeds)


def _ours() -> Read:
    def read(body: bytes) -> int:
        try:
            return len(read_feed(body, URL).entries)
        except NotRead:
            return 0  # refused by name

    return read


def _fast() -> Read:
    parse = importlib.import_module("fastfeedparser").parse
    return lambda body: len(parse(body).entries)


def _tolerant() -> Read:
    feedparser = importlib.import_module("feedparser")
    io = importlib.import_module("io")
    return lambda body: len(feedparser.parse(io.BytesIO(body)).entries)


if __name__ == "__main__":
    sys.exit(main())
