"""Compare text extraction on a public page set: F1, precision, recall and pages per CPU second, in one run.

    python benchmarks/extraction.py [FOLDER] [--peers FOLDER ...]

FOLDER holds ground-truth.json and html/ID.html.gz (or the .tar.gz of them) of the article extraction benchmark of
scrapinghub; without it a `shared` folder beside the checkout is looked into. Scores are the benchmark's
own: for each page the shingles of four words that text and truth share, normalized by page, averaged over pages.

Peers that are not installed are named and left out. They need not enter the project's environment: install each in a
folder (`pip install --target peers/newspaper4k newspaper4k`, likewise readability-lxml, resiliparse, news-please and
`fundus "curl_cffi<0.14"`) and name the folders with --peers; they come last on the import path, so that the project's
own versions of what they share are measured. Fundus reads only outlets that it has a hand-written parser for: a second
table compares on those pages, and there cspwatch is also given the catalogue's source of the page. No extractor may
open a connection while it is measured: all are given the page, and a download would count as waiting.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import socket
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from crawler.extract import extract_page
from crawler.sources import Source, load_catalogue

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "html-article-extraction-benchmark"
SHINGLE = 4
SET_OF = datetime(2019, 11, 20, tzinfo=UTC)  # when the pages were taken, for parsers that know redesigns
Extract = Callable[[bytes, str], str]
Page = tuple[bytes, str, str]  # HTML, URL, true text


def main() -> int:
    """Print the tables. Exit code 2 where a named folder holds no pages."""
    options = _options()
    sys.path += options.peers
    pages = list(read_pages(options.folder))
    if not pages:
        told = f"no pages in {options.folder}: name a folder with ground-truth.json and html/*.html.gz"
        print(told, file=sys.stderr)
        return (
            0 if options.folder == DEFAULT else 2
        )  # nothing to measure is no failure where nothing was asked for
    extractors = dict(_installed(EXTRACTORS))
    _forbid_connections()
    print(f"{len(pages)} pages of {options.folder}")
    _table(pages, extractors)
    try:
        fundus = _fundus()
    except ImportError as error:
        print(f"Fundus not installed: {error.name or error}")
        return 0
    known = [page for page in pages if fundus(*page[:2]) is not None]
    print(f"\n{len(known)} pages of outlets that Fundus has a parser for")
    _table(
        known,
        {
            "Fundus": lambda html, url: fundus(html, url) or "",
            "cspwatch with its catalogue": _known(),
            **extractors,
        },
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--peers", nargs="+", default=[], metavar="FOLDER", help="folders of installed peers")
    return parser.parse_args()


def _installed(makers: dict[str, Callable[[], Extract]]) -> Iterator[tuple[str, Extract]]:
    for name, make in makers.items():
        try:
            yield name, make()
        except ImportError as error:
            print(f"{name} not installed: {error.name or error}")


def _forbid_connections() -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("no connections while extraction is measured")

    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, refuse)
    socket.getaddrinfo = refuse


def _table(pages: list[Page], extractors: dict[str, Extract]) -> None:
    print(f"{'extractor':38} {'F1':>6} {'prec.':>6} {'recall':>6} {'ms CPU':>7} {'pages/CPU s':>11}")
    for name, extract in extractors.items():
        precision, recall, cpu = measure(extract, pages)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        print(
            f"{name:38} {f1:6.3f} {precision:6.3f} {recall:6.3f} {cpu * 1000:7.1f} {1 / cpu:11.1f}",
            flush=True,
        )


def read_pages(folder: Path) -> Iterator[Page]:
    """(HTML, URL, true text) of every page; nothing where the folder holds no page set."""
    truth_file = folder / "ground-truth.json"
    archive = next(iter(folder.glob("*.tar.gz")), None)
    if truth_file.exists():
        for page_id, page in json.loads(truth_file.read_text()).items():
            html = gzip.decompress((folder / "html" / f"{page_id}.html.gz").read_bytes())
            yield html, page["url"], page["articleBody"]
    elif archive is not None:
        with tarfile.open(archive) as tar:
            files = {m.name.removeprefix("./"): m for m in tar.getmembers() if m.isfile()}
            truth = json.loads(_content(tar, files["ground-truth.json"]))
            for page_id, page in truth.items():
                html = gzip.decompress(_content(tar, files[f"html/{page_id}.html.gz"]))
                yield html, page["url"], page["articleBody"]


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


def measure(extract: Extract, pages: list[Page]) -> tuple[float, float, float]:
    """Mean precision, mean recall, CPU seconds a page. The first page is read once before, to load what is lazy."""
    _try(extract, *pages[0][:2])
    started = time.process_time()
    texts = [_try(extract, html, url) for html, url, _ in pages]
    cpu = (time.process_time() - started) / len(pages)
    scores = [score(text, truth) for text, (_, _, truth) in zip(texts, pages, strict=True)]
    return sum(p for p, _ in scores) / len(scores), sum(r for _, r in scores) / len(scores), cpu


def _try(extract: Extract, html: bytes, url: str) -> str:
    try:
        return extract(html, url) or ""
    except Exception as error:  # an extractor that fails on a page scores zero there, and is said to
        print(f"  {type(error).__name__} on {url}", file=sys.stderr)
        return ""


def score(text: str, truth: str) -> tuple[float, float]:
    """Precision and recall of one page, by shared shingles."""
    found, wanted = shingles(text), shingles(truth)
    shared = sum((found & wanted).values())
    precision = shared / sum(found.values()) if found else 0.0
    recall = shared / sum(wanted.values()) if wanted else 1.0
    return precision, recall


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Runs of four words; a shorter text is one run."""
    words = "".join(char if char.isalnum() or char == "_" else " " for char in text).split()
    if not words:
        return Counter()
    return Counter(tuple(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1)))


def _ours() -> Extract:
    now = datetime.now(UTC)
    return lambda html, url: extract_page(html, url, fetched_at=now).text


def _bare() -> Extract:
    trafilatura = importlib.import_module("trafilatura")

    def extract(html: bytes, url: str) -> str:
        document = trafilatura.bare_extraction(html, url=url, with_metadata=True)
        return document.text if document else ""

    return extract


def _trafilatura() -> Extract:
    trafilatura = importlib.import_module("trafilatura")
    return lambda html, url: trafilatura.extract(html, url=url, include_comments=False)


def _newspaper() -> Extract:
    newspaper = importlib.import_module("newspaper")

    def extract(html: bytes, url: str) -> str:
        article = newspaper.Article(url)
        article.download(input_html=html.decode("utf-8", "replace"))
        article.parse()
        return str(article.text)

    return extract


def _readability() -> Extract:
    readability = importlib.import_module("readability")
    fromstring = importlib.import_module("lxml.html").fromstring
    return lambda html, url: str(
        fromstring(readability.Document(html.decode("utf-8", "replace")).summary()).text_content()
    )


def _resiliparse() -> Extract:
    plain = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    return lambda html, url: str(plain(html.decode("utf-8", "replace"), main_content=True))


def _news_please() -> Extract:
    please = importlib.import_module("newsplease").NewsPlease
    return lambda html, url: str(please.from_html(html.decode("utf-8", "replace"), url=url).maintext or "")


def _known() -> Extract:
    """As a crawl does it: with the catalogue's source of the host, and so with its body selector."""
    now = datetime.now(UTC)
    sources: dict[str, Source] = {}
    for source in load_catalogue():
        host = _host(source.homepage or source.url)
        if host not in sources or source.body_selector:
            sources[host] = source
    return lambda html, url: extract_page(html, url, source=sources.get(_host(url)), fetched_at=now).text


def _fundus() -> Callable[[bytes, str], str | None]:
    """The text by Fundus' parser of the outlet at the time of the pages; None for an outlet that it does not know."""
    publishers = {
        _host(publisher.domain): publisher
        for publisher in importlib.import_module("fundus").PublisherCollection
    }

    def extract(html: bytes, url: str) -> str | None:
        publisher = publishers.get(_host(url))
        if publisher is None:
            return None
        body = publisher.parser(SET_OF).parse(html.decode("utf-8", "replace"), "suppress").get("body")
        return str(body) if body else ""

    return extract


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


EXTRACTORS: dict[str, Callable[[], Extract]] = {
    "cspwatch (text and metadata)": _ours,
    "trafilatura bare_extraction, metadata": _bare,
    "trafilatura extract, no comments": _trafilatura,
    "newspaper4k": _newspaper,
    "readability-lxml": _readability,
    "resiliparse": _resiliparse,
    "news-please": _news_please,
}

if __name__ == "__main__":
    sys.exit(main())
