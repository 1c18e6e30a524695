"""Web archives scanned: the same findings as by extracting all, crashes and hangs survived, progress kept, the log filled."""

from __future__ import annotations

import json
import os
import pickle
import signal
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import monitor.scanning
from crawler.archive import ArchivedPage, parts_of, read_part
from crawler.items import Completeness
from crawler.sources import SourceKind
from monitor.config import Config, load_config
from monitor.database import open_database, rows
from monitor.errors import ConfigError, Problem
from monitor.scanning import ScanOrder, ScanReport, scan_part, scanner_of
from monitor.scanrun import Progress, parts_to_scan, scan_parts, sources_by_host
from tests.fakes import make_source
from tests.monitor.test_cli import cspwatch
from tests.warc import Archived, warc_of

OPENING = (
    "Oracle opens cloud region in Casablanca",
    (
        "Oracle said on Monday that its first cloud region in Morocco is live. The company invested 140 million dollars."
        " The new region serves banks and ministries, and a second one is to follow next year."
    ),
)
BAKERY = ("Bakery wins prize", "A bakery in Porto won a prize for its bread. The jury praised the crust." * 3)


def archived(url: str, story: tuple[str, str] = BAKERY, *, head: str = "") -> Archived:
    title, text = story
    body = (
        f"<html lang=en><head><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    )
    return Archived(url=url, body=body.encode())


PAGES = [
    archived("https://paper.example/bread"),
    archived("https://paper.example/region", OPENING),
    archived("https://paper.example/kept-back", OPENING, head='<meta name="robots" content="noarchive">'),
    Archived(url="https://paper.example/logo", body=b"", content_type="image/png"),
]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "news.warc.gz"
    path.write_bytes(warc_of(PAGES))
    return path


def config_in(folder: Path) -> Config:
    path = folder / "cspwatch.toml"
    path.write_text('[store]\npath = "state"\n')
    return load_config(path)


def scanned(config: Config, path: Path, **options: object) -> ScanReport:
    (part,) = parts_of(path)
    ((_, report),) = scan_parts(config, [part], (), workers=1, **options)  # type: ignore[arg-type]
    return report


def test_scan_finds_what_extracting_every_page_finds(tmp_path: Path, archive: Path) -> None:
    config = config_in(tmp_path)

    quick, naive = scanned(config, archive), scanned(config, archive, every_page=True)

    assert [hit.article.url for hit in quick.hits] == ["https://paper.example/region"]
    assert quick.hits == naive.hits
    assert (quick.pages, quick.passed_over, quick.articles) == (3, 1, 1)
    assert (naive.passed_over, naive.articles) == (0, 2)
    (hit,) = quick.hits
    assert hit.judgement.relevant
    assert hit.article.source_id == "paper.example"
    assert hit.article.completeness is Completeness.FULL
    assert hit.article.fetched_at == datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "meta", "kept"), [("1", "", False), ("1", "0", True), ("0", "1", False), ("0", "", True)]
)
def test_a_meta_tag_on_text_mining_goes_before_the_header(
    tmp_path: Path, header: str, meta: str, kept: bool
) -> None:
    tag = f'<meta name="tdm-reservation" content="{meta}">' if meta else ""
    page = archived("https://paper.example/region", OPENING, head=tag)
    path = tmp_path / "news.warc"
    path.write_bytes(warc_of([replace(page, headers={"TDM-Reservation": header})]))

    assert bool(scanned(config_in(tmp_path), path).hits) is kept


def test_source_of_the_catalogue_is_recognized_by_its_host(tmp_path: Path, archive: Path) -> None:
    known = make_source("the-paper", url="https://www.paper.example/feed", kind=SourceKind.FEED)
    off = make_source("off", url="https://paper.example/other", enabled=False)
    by_host = sources_by_host([off, known])
    (part,) = parts_of(archive)

    report = scanner_of(config_in(tmp_path), by_host).scan(
        read_part(part), ScanOrder(part=part, config=config_in(tmp_path), sources=by_host)
    )

    assert [hit.article.source_id for hit in report.hits] == ["the-paper"]


def deadly(order: ScanOrder) -> ScanReport:
    """Stands for `scan_part`: a page whose text says so ends the process, or never ends."""
    read = monitor.scanning.Scanner.read

    def dying(scanner: monitor.scanning.Scanner, page: ArchivedPage) -> object:
        if b"deadly" in page.body:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"endless" in page.body:
            while True:
                pass
        return read(scanner, page)

    monitor.scanning.Scanner.read = dying  # type: ignore[method-assign,assignment]
    monitor.scanning.PAGE_SECONDS = 3.0
    try:
        return scan_part(order)
    finally:
        monitor.scanning.Scanner.read = read  # type: ignore[method-assign]


@pytest.mark.slow
def test_page_that_kills_or_hangs_its_process_is_named_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "news.warc.gz"
    pages = [
        archived("https://paper.example/a", OPENING),
        archived("https://paper.example/b", (OPENING[0], OPENING[1] + " deadly")),
        archived("https://paper.example/c", (OPENING[0], OPENING[1] + " endless")),
        archived("https://paper.example/d", OPENING),
    ]
    path.write_bytes(warc_of(pages))
    monkeypatch.setattr("monitor.scanrun.scan_part", deadly)

    report = scanned(config_in(tmp_path), path)

    assert [hit.article.url for hit in report.hits] == ["https://paper.example/a", "https://paper.example/d"]
    assert len(report.bad) == 2
    assert "the process that read this page died" in report.bad[0].message
    assert "https://paper.example/c: not-read-time" in report.bad[1].message


@pytest.mark.slow
def test_cluster_finds_what_processes_here_find(tmp_path: Path, archive: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="the optional package 'distributed' is missing")
    config = config_in(tmp_path)
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        engine = config.engine.model_copy(update={"dask": cluster.scheduler_address})
        there = scanned(replace(config, engine=engine), archive)

    here = scanned(config, archive)
    assert there.hits == here.hits != ()
    assert (there.pages, there.bad) == (here.pages, ())


def test_progress_file_spares_the_parts_that_are_done(tmp_path: Path, archive: Path) -> None:
    progress = tmp_path / "done"
    parts, _ = parts_to_scan([archive], Progress(progress))
    Progress(progress).note(parts[0])

    again, _ = parts_to_scan([archive], Progress(progress))
    archive.write_bytes(archive.read_bytes() * 2)
    grown, _ = parts_to_scan([archive], Progress(progress))

    assert len(parts) == 1
    assert again == []
    assert len(grown) == 1


def test_watch_that_asks_for_words_finds_the_same_as_by_extracting_every_page(tmp_path: Path) -> None:
    archive = tmp_path / "news.warc.gz"
    shop = ("New shop opens in Bremen", "A shop for tea opens in Bremen. The owner expects many guests." * 3)
    archive.write_bytes(warc_of([*PAGES, archived("https://paper.example/shop", shop)]))
    path = tmp_path / "cspwatch.toml"
    (tmp_path / "own.yaml").write_text(
        "kind: watch\nid: tea\ntitle: Tea\nterms:\n  threshold: 20\n  max_per_term: 2\n"
        "  weights:\n    - {t: [tea], w: 10}\n"
    )
    path.write_text(
        '[store]\npath = "state"\n[detect]\nlocal = ["own.yaml"]\n'
        '[[watch]]\nname = "bread"\nquery = "bakery AND prize"\nchannels = ["console"]\n'
        '[[watch]]\nname = "coffee"\nquery = "(coffee OR espresso) -watch:bread"\nchannels = ["console"]\n'
        '[[channel]]\nname = "console"\n'
    )
    config = load_config(path)

    quick, naive = scanned(config, archive), scanned(config, archive, every_page=True)

    assert {hit.article.url: hit.judgement.watches for hit in quick.hits} == {
        "https://paper.example/bread": ("bread",),
        "https://paper.example/region": (),
        "https://paper.example/shop": ("tea",),
    }
    assert quick.hits == naive.hits


def test_pages_that_no_watch_asks_for_are_passed_over(tmp_path: Path, archive: Path) -> None:
    path = tmp_path / "cspwatch.toml"
    path.write_text(
        '[[watch]]\nname = "coffee"\nquery = "coffee OR espresso"\nchannels = ["console"]\n'
        '[[channel]]\nname = "console"\n'
    )

    report = scanned(load_config(path), archive)

    assert [hit.article.url for hit in report.hits] == ["https://paper.example/region"]
    assert report.passed_over == 1


def test_watch_of_a_local_file_may_name_a_channel_whose_address_does_not_leave_the_process(
    tmp_path: Path, archive: Path
) -> None:
    config = config_in(tmp_path)
    path = tmp_path / "cspwatch.toml"
    (tmp_path / "own.yaml").write_text(
        "kind: watch\nid: bread\ntitle: Bread\nquery: bakery AND prize\nchannels: [desk]\n"
    )
    path.write_text(
        '[detect]\nlocal = ["own.yaml"]\n[[watch]]\nname = "all"\nchannels = ["desk"]\n'
        '[[channel]]\nname = "desk"\nurl = "json://user:secret@127.0.0.1"\n'
    )

    report = scanned(replace(load_config(path), state_dir=config.state_dir), archive)

    assert report.bad == ()
    assert "bread" in {watch for hit in report.hits for watch in hit.judgement.watches}


def test_problems_of_a_configuration_come_whole_from_another_process() -> None:
    error = ConfigError([Problem(place="own.yaml", message="is not YAML", remedy="Quote it")])

    sent = pickle.loads(pickle.dumps(error))

    assert isinstance(sent, ConfigError)
    assert (sent.problems, str(sent)) == (error.problems, "own.yaml: is not YAML. Quote it")


def test_command_prints_json_and_names_what_is_broken(tmp_path: Path, archive: Path) -> None:
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(archive.read_bytes()[:-30])
    config_in(tmp_path)

    result = cspwatch("scan", str(tmp_path), "--json", "--workers", "1", folder=tmp_path)

    (line,) = [json.loads(line) for line in result.stdout.splitlines()]  # the same article twice is one
    assert (line["file"], line["url"], line["relevant"]) == (
        str(broken),
        "https://paper.example/region",
        True,
    )
    assert line["findings"][0]["actors"] == ["oracle"]
    assert f"{broken}: byte" in result.stderr
    assert "6 pages, 2 passed over" in result.stderr
    assert result.returncode == 1


def test_scan_into_the_log_stores_articles_once_and_goes_on_where_it_was(
    tmp_path: Path, archive: Path
) -> None:
    config = config_in(tmp_path)
    arguments = ("scan", str(archive), "--into-log", "--progress", "done", "--workers", "1")

    first, second = (cspwatch(*arguments, folder=tmp_path) for _ in range(2))

    assert first.returncode == second.returncode == 0
    assert "1 new and 0 changed in the log" in first.stderr
    assert "0 pages" in second.stderr
    with closing(open_database(config.database)) as db:
        (article,) = rows(db, "SELECT url, source_id, baseline FROM article")
    assert article == {"url": "https://paper.example/region", "source_id": "paper.example", "baseline": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("scan", "nothing.warc"), 2, "does not exist"),
        (("scan", "."), 1, "no WARC file there"),
        (("scan", ".", "--alert"), 2, "--into-log"),
        (("scan", ".", "--text"), 2, "--json"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    config_in(tmp_path)

    result = cspwatch(*arguments, folder=tmp_path)

    assert (result.returncode, told in result.stderr) == (code, True), result.stderr
