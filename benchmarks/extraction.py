"""Compare text extraction on a public page set: F1, precision, recall and pages per CPU second, in one run.

Usage: python benchmarks/extraction.py [FOLDER]
FOLDER holds ground-truth.json and html/ID.html.gz (or the .tar.gz of them) of the article extraction benchmark of
scrapinghub; without it ../shared/data/html-article-extraction-benchmark is looked for. Scores are the benchmark's
own: for each page the shingles of four words that text and truth share, normalized by page, averaged over pages.
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from crawler.extract import extract_page

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "html-article-extraction-benchmark"
SHINGLE = 4
Extract = Callable[[bytes, str], str]


def main() -> int:
    """Print the table. Exit code 2 where there are no pages."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    pages = list(read_pages(folder))
    if not pages:
        print(
            f"no pages in {folder}: name a folder with ground-truth.json and html/*.html.gz", file=sys.stderr
        )
        return 2
    print(f"{len(pages)} pages of {folder}")
    print(f"{'extractor':38} {'F1':>6} {'prec.':>6} {'recall':>6} {'ms CPU':>7} {'pages/CPU s':>11}")
    for name, make in EXTRACTORS.items():
        try:
            extract = make()
        except ImportError as error:
            print(f"{name:38} not installed: {error.name or error}")
            continue
        precision, recall, cpu = measure(extract, pages)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        print(
            f"{name:38} {f1:6.3f} {precision:6.3f} {recall:6.3f} {cpu * 1000:7.1f} {1 / cpu:11.1f}",
            flush=True,
        )
    return 0


def read_pages(folder: Path) -> Iterator[tuple[bytes, str, str]]:
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


def measure(extract: Extract, pages: list[tuple[bytes, str, str]]) -> tuple[float, float, float]:
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
