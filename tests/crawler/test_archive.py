"""WARC files: every page once, in parts or whole; what is broken is named, and reading goes on behind it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from fastwarc.stream_io import ZstdWriter

from crawler.archive import MAX_PAGE, ArchivedPage, BadRecord, archive_files, parts_of, read_part
from tests.warc import Archived, record_of, warc_of

PAGES = [
    Archived(url=f"https://outlet.example/article/{n}", body=b"<p>page %d</p>" % n + b"x" * 400 * n)
    for n in range(1, 30)
]


def read(path: Path, size: int = 1 << 30) -> tuple[list[ArchivedPage], list[BadRecord]]:
    found = [record for part in parts_of(path, size) for record in read_part(part)]
    pages = [record for record in found if isinstance(record, ArchivedPage)]
    return pages, [record for record in found if isinstance(record, BadRecord)]


def file_of(folder: Path, data: bytes, name: str = "news.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def urls(pages: Sequence[ArchivedPage]) -> list[str]:
    return [page.url for page in pages]


@pytest.mark.parametrize("gzipped", [True, False])
@pytest.mark.parametrize("size", [1 << 30, 2_000, 97])
def test_every_page_is_read_once_however_the_file_is_cut_into_parts(
    tmp_path: Path, gzipped: bool, size: int
) -> None:
    name = "news.warc.gz" if gzipped else "news.warc"
    path = file_of(tmp_path, warc_of(PAGES, gzipped=gzipped), name)

    pages, bad = read(path, size)

    assert urls(pages) == [page.url for page in PAGES]
    assert [page.body for page in pages] == [page.body for page in PAGES]
    assert bad == []
    assert pages[0].archived_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert pages[0].http_charset == "utf-8"


def test_zstd_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "news.warc.zst"
    with path.open("wb") as file, ZstdWriter(file) as packed:
        packed.write(warc_of(PAGES, gzipped=False))

    pages, bad = read(path, 500)

    assert urls(pages) == [page.url for page in PAGES]
    assert bad == []
    assert len(parts_of(path, 500)) == 1


def test_only_html_answers_of_the_web_are_pages(tmp_path: Path) -> None:
    others = [
        Archived(url="https://a.example/1", body=b"{}", content_type="application/json"),
        Archived(url="https://a.example/2", body=b"<p>x", status=404),
        Archived(url="dns:a.example", body=b"<p>x"),
        Archived(url="https://a.example/3", body=b"<p>x", is_request=True),
        Archived(url="https://a.example/4", body=b"<p>yes", content_type="application/xhtml+xml"),
    ]

    pages, bad = read(file_of(tmp_path, warc_of(others)))

    assert urls(pages) == ["https://a.example/4"]
    assert bad == []


def test_packed_and_chunked_bodies_are_unpacked(tmp_path: Path) -> None:
    body = b"<p>data center</p>" * 50
    packed = Archived(
        url="https://a.example/1", body=gzip.compress(body), headers={"Content-Encoding": "gzip"}
    )
    chunked = Archived(
        url="https://a.example/2",
        body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
        headers={"Transfer-Encoding": "chunked"},
    )

    pages, _ = read(file_of(tmp_path, warc_of([packed, chunked])))

    assert [page.body for page in pages] == [body, body]


def test_what_a_header_reserves_is_said(tmp_path: Path) -> None:
    pages, _ = read(
        file_of(
            tmp_path,
            warc_of(
                [
                    Archived(url="https://a.example/1", body=b"<p>", headers={"X-Robots-Tag": "noarchive"}),
                    Archived(url="https://a.example/2", body=b"<p>", headers={"TDM-Reservation": "1"}),
                    Archived(url="https://a.example/3", body=b"<p>", headers={"TDM-Reservation": "0"}),
                ]
            ),
        )
    )

    assert [(page.reservation, page.mining) for page in pages] == [
        ("noarchive", None),
        ("", True),
        ("", False),
    ]


def test_garbled_member_is_named_and_all_others_are_read(tmp_path: Path) -> None:
    members = [gzip.compress(record_of(page)) for page in PAGES]
    middle = bytearray(members[10])
    middle[20:60] = bytes(40)
    data = b"".join([*members[:10], bytes(middle), *members[11:]])

    for size in (1 << 30, 1_000):
        pages, bad = read(file_of(tmp_path, data), size)

        assert urls(pages) == [page.url for n, page in enumerate(PAGES) if n != 10]
        assert bad
        assert all("reading goes on at byte" in str(record) for record in bad)


def test_garbage_between_records_costs_no_record(tmp_path: Path) -> None:
    records = [record_of(page) for page in PAGES]
    data = b"".join([*records[:5], b"garbage\r\n\r\nand more\r\n", *records[5:]])

    pages, bad = read(file_of(tmp_path, data, "news.warc"))

    assert urls(pages) == [page.url for page in PAGES]
    assert len(bad) == 1


@pytest.mark.parametrize("gzipped", [True, False])
def test_file_that_is_cut_off_says_so(tmp_path: Path, gzipped: bool) -> None:
    data = warc_of(PAGES, gzipped=gzipped)
    name = "news.warc.gz" if gzipped else "news.warc"

    pages, bad = read(file_of(tmp_path, data[: len(data) * 2 // 3], name))

    assert urls(pages[:10]) == [page.url for page in PAGES[:10]]
    assert [record.message for record in bad] == ["the file is cut off in or after this record"]


@pytest.mark.parametrize(
    "data",
    [b"hello " * 500, gzip.compress(b"hello " * 500, mtime=0), zlib.compress(b"hello")],
    ids=["text", "gzip", "zlib"],
)
def test_file_that_is_no_archive_is_named(tmp_path: Path, data: bytes) -> None:
    pages, bad = read(file_of(tmp_path, data))

    assert pages == []
    assert len(bad) == 1


def test_page_over_the_limit_is_named_and_the_next_one_read(tmp_path: Path) -> None:
    bomb = Archived(
        url="https://a.example/bomb",
        body=gzip.compress(bytes(200 * 1024 * 1024)),
        headers={"Content-Encoding": "gzip"},
    )

    pages, bad = read(file_of(tmp_path, warc_of([bomb, PAGES[0]])))

    assert urls(pages) == [PAGES[0].url]
    assert f"more than {MAX_PAGE} bytes" in bad[0].message


def test_directories_give_their_archives_in_order(tmp_path: Path) -> None:
    for name in ("b.warc.gz", "sub/a.warc", "a.WARC.GZ", "c.warc.zst", "readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()

    found = archive_files([tmp_path, tmp_path / "readme.txt", tmp_path / "b.warc.gz"])

    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "a.WARC.GZ",
        "b.warc.gz",
        "c.warc.zst",
        "sub/a.warc",
        "readme.txt",
    ]
