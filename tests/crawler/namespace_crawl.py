"""Run inside a network namespace of its own: a public outlet at 8.8.8.8 that points everywhere it must not.

Reads nothing, prints one JSON object: for each hostile address the outcome, and what the private listeners saw.
Called by test_run_addresses.py as `unshare --net --map-root-user python -m tests.crawler.namespace_crawl`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import struct
import sys
from collections.abc import Iterator
from datetime import timedelta

from crawler.items import CrawlLimits, CrawlOrder, SourceOrder
from crawler.run import crawl
from crawler.sources import Source, SourceKind
from tests.outlet import Outlet, Page
from tests.outlet_pages import news_sitemap, rss

PUBLIC = "8.8.8.8"
PRIVATE = ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "100.64.0.1")
#: Addresses of the private listeners in the spellings that have fooled fetchers, and what only parsers confuse.
HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.127.127.127",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "10.0.0.1",
    "10.1",
    "167772161",
    "192.168.1.1",
    "192.168.257",
    "100.64.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "①②⑦.⓪.⓪.①",
    "１２７.0.0.1",
    "127。0。0。1",
    "⑯⑨.254.169.254",
    "ⓛocalhost",
]
URLS = [
    "http://8.8.8.8@127.0.0.1/",
    "http://127.0.0.1\\@8.8.8.8/",
    "http://8.8.8.8\\@127.0.0.1/",
    "http://127.0.0.1#@8.8.8.8/",
    "http://127.0.0.1:80\\@8.8.8.8:80/",
    "http:127.0.0.1/",
    "http:\\\\127.0.0.1/",
    "//127.0.0.1/",
    "http:///127.0.0.1/",
    "http://127.0.0.1%2f@8.8.8.8/",
    "http://user:pw@127.0.0.1/",
    "http://8.8.8.8:22/",
    "http://8.8.8.8:6379/",
    "http://127.0.0.1:6379/",
    "file:///etc/hostname",
    "file://localhost/etc/hostname",
    "FILE:///etc/hostname",
    "data:text/html,hello",
    "ftp://127.0.0.1/",
    "s3://bucket/key",
    "gopher://127.0.0.1/",
    "dict://127.0.0.1:80/x",
    "javascript:alert(1)",
    "jar:http://127.0.0.1!/",
    "http://[::1%25lo]/",
    "http://127.0.0.1%00.example.org/",
    "http://127.0.0.1%09/",
    "http://127.0.0.1%2523/",
    "http://[",
    "http://[::1",
    "https://:80/",
]


def main() -> None:
    raise_loopback()
    with contextlib.ExitStack() as stack:
        public = stack.enter_context(Outlet(address=PUBLIC, port=80))
        private = [stack.enter_context(Outlet(address=address, port=80)) for address in private_addresses()]
        targets = [f"http://{host}/" for host in HOSTS] + list(URLS)
        orders = [order(f"direct {target}", target) for target in targets]
        orders += [
            order(f"redirect {target}", f"http://{PUBLIC}/redirect-{number}")
            for number, target in enumerate(targets)
        ]
        for number, target in enumerate(targets):
            location = target.encode("utf-8", "replace").decode("latin-1")
            public.pages[f"/redirect-{number}"] = Page(status=302, headers={"location": location})
        serve_links(public, targets)
        orders += [
            order("links of a sitemap", f"http://{PUBLIC}/links.xml", SourceKind.SITEMAP),
            order("links of a feed", f"http://{PUBLIC}/links.rss"),
            order("good feed", f"http://{PUBLIC}/feed?n=2"),
            order("good sitemap", f"http://{PUBLIC}/sitemap/news?n=2", SourceKind.SITEMAP),
            order("good redirect", f"http://{PUBLIC}/redirect?to=/feed"),
        ]
        limits = CrawlLimits(
            wall_time=timedelta(seconds=90),
            delay=0.0,
            timeout=5.0,
            workers=1,
            max_articles_per_source=200,
            max_pages_per_source=300,
        )
        report = crawl(CrawlOrder(order_id="hostile", sources=tuple(orders), limits=limits))
        json.dump(
            {
                "note": report.note,
                "outcomes": {source.source_id: source.outcome for source in report.sources},
                "articles": {source.source_id: len(source.articles) for source in report.sources},
                "reached": {outlet.address: [outlet.connections, *outlet.paths()] for outlet in private},
                "text": " ".join(article.text for source in report.sources for article in source.articles),
                "details": [outcome.detail for source in report.sources for outcome in source.outcomes],
            },
            sys.stdout,
        )


def serve_links(public: Outlet, targets: list[str]) -> None:
    base = f"http://{PUBLIC}"
    sitemap = news_sitemap(base, 0, locations=targets)
    public.pages["/links.xml"] = Page(body=sitemap.encode(), content_type="application/xml")
    feed = rss(base, len(targets))
    for number, target in enumerate(targets, start=1):
        escaped = target.replace("&", "&amp;").replace("<", "&lt;")
        feed = feed.replace(f"<link>{base}/article/{number}</link>", f"<link>{escaped}</link>")
    public.pages["/links.rss"] = Page(body=feed.encode(), content_type="application/rss+xml")


def order(name: str, url: str, kind: SourceKind = SourceKind.FEED) -> SourceOrder:
    return SourceOrder(source=Source(source_id=name, name=name, url=url, kind=kind))


def private_addresses() -> Iterator[str]:
    yield from PRIVATE
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        yield "::1"


def raise_loopback() -> None:
    """Switch `lo` on and give it the public and the private addresses, without the `ip` command."""
    control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number, address in enumerate((PUBLIC, *PRIVATE[1:])):
        name = f"lo:{number}".encode()
        for request, value in ((0x8916, address), (0x891C, "255.255.255.255")):  # SIOCSIFADDR, SIOCSIFNETMASK
            packed = struct.pack(
                "16sH2s4s8s", name, socket.AF_INET, b"\0\0", socket.inet_aton(value), b"\0" * 8
            )
            fcntl.ioctl(control, request, packed)
    fcntl.ioctl(
        control, 0x8914, struct.pack("16sH14s", b"lo", 0x1 | 0x40, b"\0" * 14)
    )  # SIOCSIFFLAGS: up, running


if __name__ == "__main__":
    main()
