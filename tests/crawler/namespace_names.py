"""Run inside network and mount namespaces of its own: a DNS server of the test's, public outlets over IPv4 and IPv6.

Reads the path of a resolv.conf to put in place of the system's, prints one JSON object: how each source ended and
what the private listener saw. Called by test_run_names.py as `unshare --net --mount --map-root-user python -m ...`.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

from crawler.items import CrawlLimits, CrawlOrder, SourceOrder
from crawler.run import crawl
from crawler.sources import Source, SourceKind
from tests.crawler.namespace_crawl import PUBLIC, raise_loopback
from tests.outlet import Outlet

PUBLIC_V6 = "2001:4860:4860::8888"
PRIVATE = "127.0.0.1"
NOWHERE = "9.9.9.9"  # public, and no way leads there
A, AAAA = 1, 28
#: Answers by name and type; a name with several lists gives the next one at each question.
ZONE: dict[tuple[str, int], list[list[str]]] = {
    ("good.test", A): [[PUBLIC]],
    ("six.test", AAAA): [[PUBLIC_V6]],
    ("both.test", A): [[PUBLIC]],
    ("both.test", AAAA): [[PUBLIC_V6]],
    ("private.test", A): [[PRIVATE]],
    ("mapped.test", AAAA): [["::ffff:127.0.0.1"]],
    ("local6.test", AAAA): [["::1"]],
    ("mixed.test", A): [[PRIVATE, PUBLIC]],
    ("rebind.test", A): [[PUBLIC], [PRIVATE]],
    ("move.test", A): [[NOWHERE], [PUBLIC]],
}
#: Names for which the server answers SERVFAIL, and names for which it answers nothing at all.
FAILING, SILENT = "dead.test", "silent.test"


class NameServer:
    """Answers A and AAAA questions over UDP from ZONE; what is not there has no such type or name."""

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, int]] = Counter()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(512)
            if (answer := self._answer(question)) is not None:
                self._socket.sendto(answer, peer)

    def _answer(self, question: bytes) -> bytes | None:
        labels, position = [], 12
        while length := question[position]:
            labels.append(question[position + 1 : position + 1 + length].decode("ascii"))
            position += 1 + length
        name, end = ".".join(labels).lower(), position + 5
        (kind,) = struct.unpack("!H", question[position + 1 : position + 3])
        rounds = ZONE.get((name, kind), [])
        addresses = rounds[min(self.asked[name, kind], len(rounds) - 1)] if rounds else []
        self.asked[name, kind] += 1
        if name == SILENT:
            return None
        known = any(zone_name == name for zone_name, _ in ZONE)
        flags = 0x8182 if name == FAILING else 0x8180 if known else 0x8183
        header = question[:2] + struct.pack("!HHHHH", flags, 1, len(addresses), 0, 0)
        records = b""
        for address in addresses:
            packed = socket.inet_pton(socket.AF_INET6 if kind == AAAA else socket.AF_INET, address)
            records += struct.pack("!HHHIH", 0xC00C, kind, 1, 0, len(packed)) + packed
        return header + question[12:end] + records


def main() -> None:
    raise_loopback()
    add_public_v6()
    subprocess.run(["mount", "--bind", sys.argv[1], "/etc/resolv.conf"], check=True)
    names = NameServer()
    with contextlib.ExitStack() as stack:
        public = [stack.enter_context(Outlet(address=address, port=80)) for address in (PUBLIC, PUBLIC_V6)]
        private = [stack.enter_context(Outlet(address=address, port=80)) for address in (PRIVATE, "::1")]
        hosts = [*sorted({name for name, _ in ZONE}), "unknown.test", FAILING, SILENT, f"[{PUBLIC_V6}]"]
        first = ask(hosts)
        # Another crawl: rebind.test now names a private address, move.test one that answers.
        second = ask(["rebind.test", "good.test", "move.test"])
        json.dump(
            {
                "first": first,
                "second": second,
                "private": [seen.path for outlet in private for seen in outlet.seen],
                "private_connections": sum(outlet.connections for outlet in private),
                "public": [len(outlet.paths()) for outlet in public],
                "asked": {f"{name} {kind}": count for (name, kind), count in names.asked.items()},
            },
            sys.stdout,
        )


def ask(hosts: list[str]) -> dict[str, str]:
    orders = tuple(
        SourceOrder(
            source=Source(source_id=host, name=host, url=f"http://{host}/feed?n=1", kind=SourceKind.FEED)
        )
        for host in hosts
    )
    limits = CrawlLimits(wall_time=timedelta(seconds=60), delay=0.0, timeout=8.0, workers=1)
    report = crawl(CrawlOrder(order_id="names", sources=orders, limits=limits))
    return {source.source_id: source.outcome.value for source in report.sources}


def add_public_v6() -> None:
    """Give `lo` a public IPv6 address (SIOCSIFADDR of in6_ifreq: address, prefix length, interface)."""
    control = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    request = struct.pack(
        "16sIi", socket.inet_pton(socket.AF_INET6, PUBLIC_V6), 128, socket.if_nametoindex("lo")
    )
    fcntl.ioctl(control, 0x8916, request)


if __name__ == "__main__":
    main()
