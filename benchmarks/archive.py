"""Scan a web archive with and without the look at each page's words: records per CPU second, and the same findings.

Usage: python benchmarks/archive.py [WARC ...]
Without arguments archives are made of page sets: where a `shared` folder lies beside the checkout, the real pages of
the article extraction benchmark of scrapinghub and news that name no provider, laid out as pages; and the project's
own labelled articles laid out as pages, of which most hold findings. One process, so that CPU seconds are those of the
work.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType

from benchmarks.extraction import DEFAULT, read_pages
from crawler.archive import archive_files, parts_of, read_part
from monitor.config import load_config
from monitor.scanning import Scanner, ScanOrder, ScanReport, scanner_of

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT / "tests" / "eval" / "articles"
BACKGROUND = ROOT.parent / "shared" / "data" / "news-real" / "background.jsonl"
Page = tuple[str, bytes]


def main() -> int:
    """Print a table. Exit code 1 where the two ways find different things."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("archives", nargs="*", type=Path, metavar="WARC")
    asked = parser.parse_args().archives
    config = load_config(None)
    quick, naive = (scanner_of(config, {}, every_page=every) for every in (False, True))
    print(f"{'':34} {'':7} {'passed':>11} {'extract all':>17} {'scan':>10}")
    print(
        f"{'archive':34} {'records':>7} {'over':>11} {'per CPU s':>17} {'per CPU s':>10} {'ratio':>6} found"
    )
    differ = False
    with tempfile.TemporaryDirectory() as folder:
        for name, path in _archives(Path(folder), asked):
            warm_up = _scan(quick, path), _scan(naive, path)  # word lists of a language load when it is met
            if not warm_up[0][0].pages:
                continue
            (report, cpu), (whole, whole_cpu) = _scan(quick, path), _scan(naive, path)
            same = _found(report) == _found(whole)
            differ = differ or not same
            print(
                f"{name:34} {report.pages:7} {report.passed_over / report.pages:11.0%}"
                f" {whole.pages / whole_cpu:17.1f} {report.pages / cpu:10.1f} {whole_cpu / cpu:6.1f}"
                f" {len(_found(report)):6} {'the same' if same else f'DIFFERS: {len(_found(whole))} by extracting all'}"
            )
    return int(differ)


def _archives(folder: Path, asked: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    if asked:
        for path in archive_files(asked):
            yield path.name, path
        return
    for name, pages in (
        ("real pages", ((url, body) for body, url, _ in read_pages(DEFAULT))),
        ("news of no provider, as pages", _laid_out([BACKGROUND] if BACKGROUND.exists() else [])),
        ("labelled articles, as pages", _laid_out(sorted(LABELLED.glob("*.jsonl")))),
    ):
        path = folder / f"{name.replace(' ', '-')}.warc.gz"
        _write(path, pages)
        yield name, path


def _laid_out(files: Sequence[Path]) -> Iterator[Page]:
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
            article = json.loads(line)
            title = html.escape(article.get("title") or "")
            text = "".join(f"<p>{html.escape(part)}</p>" for part in (article.get("text") or "").split("\n"))
            yield (
                f"https://{file.stem}.example/article-{number}",
                (
                    f'<html lang="{article.get("lang", "")}"><head><title>{title}</title></head>'
                    f"<body><article><h1>{title}</h1>{text}</article></body></html>"
                ).encode(),
            )


def _write(path: Path, pages: Iterator[Page]) -> None:
    """Every page as one response record, each in a gzip member of its own."""
    import gzip

    with path.open("wb") as file:
        for url, body in pages:
            record = WarcRecord()
            record.init_headers(WarcRecordType.response)
            record.is_http = True
            record.headers["WARC-Target-URI"] = url
            record.headers["WARC-Date"] = "2026-11-01T00:00:00Z"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
            record.set_bytes_content(head + body)
            stream = BytesIO()
            record.write(stream)
            file.write(gzip.compress(stream.getvalue(), 6))


def _scan(scanner: Scanner, path: Path) -> tuple[ScanReport, float]:
    """The report of a whole file and the CPU seconds it took, reading included."""
    (part,) = parts_of(path, path.stat().st_size + 1)
    order = ScanOrder(part=part, config=load_config(None), sources={})
    started = time.process_time()
    report = scanner.scan(read_part(part), order)
    return report, time.process_time() - started


def _found(report: ScanReport) -> set[tuple[object, ...]]:
    return {
        (hit.offset, finding.rule, finding.evidence.span, finding.news)
        for hit in report.hits
        for finding in hit.judgement.findings
    }


if __name__ == "__main__":
    sys.exit(main())
