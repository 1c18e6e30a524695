"""Real input through the whole path: pages of real outlets, and real texts through the judge. Skips without the data."""

from __future__ import annotations

import gzip
import json
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.sources import Source, SourceKind
from monitor.app import App
from monitor.config import load_config, parse_config
from monitor.database import open_database
from monitor.judging import JsonJudge

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
PAGES = SHARED / "html-article-extraction-benchmark" / "html-article-extraction-benchmark.tar.gz"
NEWS = SHARED / "news-real"

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@contextmanager
def outlet_of(pages: dict[str, bytes]) -> Iterator[str]:
    """One outlet with a listing page that links to all pages; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            if not name:
                links = "".join(
                    f'<li><a href="/{key}">Article number {key} of the listing</a></li>' for key in pages
                )
                self.answer(f"<html><body><main><ul>{links}</ul></main></body></html>".encode())
            elif name in pages:
                self.answer(pages[name])
            else:
                self.send_error(404)

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def real_pages() -> dict[str, bytes]:
    found = {}
    with tarfile.open(PAGES) as archive:
        for member in archive:
            if member.name.endswith(".html.gz"):
                file = archive.extractfile(member)
                assert file is not None
                found["article-" + Path(member.name).name.removesuffix(".html.gz")] = gzip.decompress(
                    file.read()
                )
    return found


def test_every_real_page_ends_as_an_article_or_a_named_outcome(tmp_path: Path) -> None:
    if not PAGES.exists():
        pytest.skip("the public extraction pages are not beside the checkout")
    pages = real_pages()
    with outlet_of(pages) as address:
        config = parse_config(
            {
                "store": {"path": str(tmp_path)},
                "crawl": {
                    "delay": "0s",
                    "articles_per_poll": 500,
                    "newest": "9000d",
                    "allow_private": [address.removeprefix("http://")],
                },
            },
            tmp_path / "cspwatch.toml",
        )
        source = Source(
            source_id="real",
            name="Real",
            url=f"{address}/",
            kind=SourceKind.LISTING,
            article_pattern=r"/article-[0-9a-f]+",
        )
        app = App(config, sources=[source])
        with app.running():
            summary = app.once()

    with closing(open_database(config.database, read_only=True)) as db:
        fetches = dict(db.execute("SELECT url, outcome FROM fetch WHERE kind = 'article'").fetchall())
        states = Counter(state for (state,) in db.execute("SELECT state FROM article"))
    assert len(pages) == 181
    assert len(fetches) == len(pages)
    assert not set(fetches.values()) & {"not-read-crash", "crawl-stopped"}
    assert summary.judged == sum(states.values()) == states["judged"]


@pytest.mark.parametrize("name", ["labelled", "labelled_pages", "unlabelled", "background"])
def test_every_real_text_is_judged(name: str) -> None:
    path = NEWS / f"{name}.jsonl"
    if not path.exists():
        pytest.skip("the public news texts are not beside the checkout")
    judge = JsonJudge.from_config(load_config(None))

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    results = list(judge.judge(lines))

    assert [result["id"] for result in results] == [line["id"] for line in lines]
