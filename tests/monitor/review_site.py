"""A filled log and a review page on it, over real HTTP on loopback, for the tests of the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import httpx

from monitor.config import Config, load_config
from monitor.model import Direction, EventType, Status
from monitor.processing import process_next
from monitor.review.server import ReviewServer
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    make_article,
    make_source,
    new_log,
    report_of,
)
from tests.intaking import take_in

JOHOR = "Alibaba Cloud plans a data center in Johor"
JOHOR_AGAIN = "Alibaba Cloud will build data center near Johor Bahru"
HUAWEI = "华为云将在沙特利雅得建设第二个数据中心"
CLOSING = "Amazon Web Services schließt sein Rechenzentrumsgebäude in Frankfurt am Main"
OTHER = "Ten recipes for a quiet Sunday"
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><iframe src=//evil.example></iframe>"
    "\u202egnp.cloud {{7*7}} data center in Oslo"
)
FORMULA = '=HYPERLINK("https://evil.example","data center in Turin")'
FACTS = {
    JOHOR: [
        Fact(says="data center in Johor", places=("MY:Johor", "MY"), status=Status.PLANNED, usd="400000000")
    ],
    JOHOR_AGAIN: [Fact(says="build data center near Johor Bahru", places=("MY:Johor",), status=Status.LIVE)],
    HUAWEI: [
        Fact(
            says="沙特利雅得建设第二个数据中心", actor="huawei_cloud", places=("SA",), event=EventType.REGION
        )
    ],
    CLOSING: [
        Fact(
            says="schließt sein Rechenzentrumsgebäude",
            actor="aws",
            places=("DE:Frankfurt", "DE"),
            direction=Direction.CONTRACTION,
            score=60,
        )
    ],
    HOSTILE: [Fact(says=HOSTILE, actor="google_cloud", places=("NO",))],
    FORMULA: [Fact(says=FORMULA, actor="microsoft", places=("IT",))],
}


class HandClock:
    """A clock that tests move."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


def fill(folder: Path) -> None:
    """Two outlets, six articles that alert, one that does not; judged and queued."""
    sources = (make_source(), make_source("zweite", language="de", family="zweite"))
    db = new_log(folder, *sources)
    take_in(db, crawl_of("0", report_of(), report_of(source="zweite")), NOW - timedelta(days=1))
    first = [
        make_article(JOHOR, slug="johor"),
        make_article(HUAWEI, slug="huawei", language="zh"),
        make_article(OTHER, slug="recipes"),
        make_article(HOSTILE, f"{HOSTILE}\n\n[x](javascript:alert(3)) <svg onload=alert(4)>", slug="hostile"),
        make_article(FORMULA, slug="formula"),
    ]
    second = [
        make_article(JOHOR_AGAIN, source="zweite", slug="johor-2"),
        make_article(CLOSING, source="zweite", slug="closing", language="de"),
    ]
    take_in(db, crawl_of("1", report_of(*first)), NOW - timedelta(minutes=50))
    take_in(db, crawl_of("2", report_of(*second, source="zweite")), NOW - timedelta(minutes=20))
    detector = FakeDetector(FACTS, watches=("all", "quiet"))
    while process_next(
        db,
        detector,
        (FakeWatch(), FakeWatch(name="quiet", shadow=True)),
        [console()],
        NOW - timedelta(minutes=10),
    ):
        pass
    db.conn.execute("UPDATE article SET url = 'javascript:alert(5)' WHERE title = ?", [HOSTILE])
    db.conn.commit()
    db.close()


def config_for(folder: Path, review: str = "port = 0", *, more: str = "") -> Config:
    path = folder / "cspwatch.toml"
    path.write_text(f'[store]\npath = "."\n[review]\n{review}\n{more}', encoding="utf-8")
    return load_config(path)


@contextmanager
def served(config: Config, clock: HandClock | None = None) -> Iterator[str]:
    """The page of a configuration; its URL on loopback."""
    server = ReviewServer(config, clock=clock or HandClock())
    port = server._socket.getsockname()[1]
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()


class Browser:
    """A client that keeps cookies and submits forms as a browser does."""

    def __init__(self, url: str, **headers: str) -> None:
        self.client = httpx.Client(
            base_url=url, follow_redirects=True, headers={"accept": "text/html", **headers}, timeout=20
        )

    def close(self) -> None:
        self.client.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def page(self, path: str) -> str:
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text[:300]}"
        return response.text

    def token(self) -> str:
        found = re.search(r'name="csrftoken" value="([^"]+)"', self.page("/missed"))
        assert found
        return found[1]

    def submit(self, path: str, **fields: str) -> httpx.Response:
        return self.client.post(path, data={"csrftoken": self.token(), **fields})

    def find(self, path: str, pattern: str) -> str:
        found = re.search(pattern, self.page(path))
        assert found, f"{pattern} is not on {path}"
        return found[1]


_BLOCKS = frozenset(
    {"p", "li", "td", "th", "dt", "dd", "h1", "h2", "h3", "button", "option", "footer", "strong"}
)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))
        if tag in _BLOCKS:
            self.text += " "

    def handle_data(self, data: str) -> None:
        self.text += data
