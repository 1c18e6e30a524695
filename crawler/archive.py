"""WARC files in, the pages they hold out, one by one; what cannot be read is named, and reading goes on behind it.

A file is read in parts, so that several processes share a large one: a part begins at the first record at or after
its start, and ends with the last record that begins before its end.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.items import CrawlLimits
from crawler.reservations import mining_choice, reserved_by_robots

SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
#: A part of a file, in bytes as they lie on the disk. Common Crawl's news files of 1 GB make 16 of them.
PART = 64 * 1024 * 1024
MAX_PAGE = CrawlLimits().max_page_bytes
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_RECORD = re.compile(rb"WARC/1\.[01]\r?\n")
_LENGTH = re.compile(rb"\r\nContent-Length:\s*(\d{1,18})\r\n", re.IGNORECASE)
_MAX_HEAD = 64 * 1024
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePart:
    """The records of `path` that begin at byte `start` or later and before `end`."""

    path: Path
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedPage:
    """An HTML page as it was archived; `offset` is where its record begins in the file."""

    url: str
    body: bytes
    http_charset: str | None
    archived_at: datetime
    offset: int
    reservation: str = ""  # why its X-Robots-Tag asks not to keep it
    mining: bool | None = None  # what its TDM-Reservation says; a meta tag of the page goes before it


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecord:
    """What could not be read, and where."""

    path: Path
    offset: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}: byte {self.offset}: {self.message}"


def archive_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those with a suffix of WARC files in the directories named, by path."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.name.lower().endswith(SUFFIXES))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def parts_of(path: Path, size: int = PART) -> list[ArchivePart]:
    """The parts of a file. zstd may need the dictionary at its beginning, so such a file is one part.

    Raises OSError where the file cannot be read.
    """
    length = path.stat().st_size
    with path.open("rb") as file:
        whole = file.read(4) == _ZSTD or path.name.lower().endswith(".zst")
    starts = [0] if whole or length <= size else list(range(0, length, size))
    return [
        ArchivePart(path=path, start=start, end=end)
        for start, end in zip(starts, [*starts[1:], max(length, 1)], strict=True)
    ]


def read_part(part: ArchivePart) -> Iterator[ArchivedPage | BadRecord]:
    """The pages of a part: answers with status 200 that are HTML. Raises OSError only where the file is gone."""
    with part.path.open("rb") as file:
        at: int | None = part.start
        if part.start and (at := next_record(file, part.start)) is None:
            return
        while at is not None and at < part.end:
            at = yield from _read_from(file, at, part)


def _read_from(
    file: BinaryIO, begin: int, part: ArchivePart
) -> Generator[ArchivedPage | BadRecord, None, int | None]:
    """Read from a record on; returns where to go on behind what could not be read, None at the end."""
    file.seek(begin)
    last = begin
    try:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=False):
            last = record.stream_pos  # counted from the beginning of the file
            if last >= part.end:
                return None
            yield from _pages(record, last, part.path)
    except BaseException as error:
        if not _is_of_archive(error):
            raise
        following = next_record(file, last + 1)
        goes_on = "" if following is None else f"; reading goes on at byte {following}"
        message = f"in or after this record: {_first_line(error)}{goes_on}"
        yield BadRecord(path=part.path, offset=last, message=message)
        return following
    if _is_cut_off(file, last):
        yield BadRecord(path=part.path, offset=last, message="the file is cut off in or after this record")
    return None


def _pages(record: WarcRecord, offset: int, path: Path) -> Iterator[ArchivedPage | BadRecord]:
    try:
        page = _page(record, offset)
    except BaseException as error:  # of this record: its HTTP message; the stream itself goes on
        if not _is_of_archive(error):
            raise
        yield BadRecord(path=path, offset=offset, message=f"the record cannot be read: {_first_line(error)}")
        return
    if page is not None:
        yield page


def _page(record: WarcRecord, offset: int) -> ArchivedPage | None:
    """The page of a response record; None for what is none. Raises OSError or ValueError."""
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    if not url.startswith(("http://", "https://")):
        return None
    record.parse_http(auto_decode="all", quirks_mode=True)
    http = record.http_headers
    if http is None or http.status_code != 200:
        return None
    media_type = (http.get("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type not in _HTML:
        return None
    body = record.reader.read(MAX_PAGE + 1)
    if len(body) > MAX_PAGE:
        raise ValueError(f"the page has more than {MAX_PAGE} bytes")
    return ArchivedPage(
        url=url,
        body=body,
        http_charset=record.http_charset,
        archived_at=record.record_date or datetime.fromtimestamp(0, UTC),
        offset=offset,
        reservation=reserved_by_robots([http.get("X-Robots-Tag") or ""]) or "",
        mining=mining_choice([http.get("TDM-Reservation") or ""]),
    )


def next_record(file: BinaryIO, start: int) -> int | None:
    """Where the first record at or after byte `start` begins; None where there is none."""
    file.seek(0)
    is_gzip = file.read(2) == _GZIP
    position = start
    overlap = 16
    while True:
        file.seek(position)
        block = file.read(_BLOCK)
        if not block:
            return None
        for at in _candidates(block, gzip=is_gzip):
            if _begins_record(file, position + at, gzip=is_gzip):
                return position + at
        if len(block) < _BLOCK:
            return None
        position += len(block) - overlap


def _candidates(block: bytes, *, gzip: bool) -> Iterator[int]:
    pattern = re.compile(re.escape(_GZIP + b"\x08")) if gzip else _RECORD
    return (match.start() for match in pattern.finditer(block))


def _begins_record(file: BinaryIO, at: int, *, gzip: bool) -> bool:
    if not gzip:
        file.seek(max(0, at - 1))
        return at == 0 or file.read(1) == b"\n"
    file.seek(at)
    try:
        return _RECORD.match(zlib.decompressobj(31).decompress(file.read(4096), 64)) is not None
    except zlib.error:
        return False


def _is_cut_off(file: BinaryIO, last: int) -> bool:
    """Does the file end inside a record? The iterator takes that for the end without a word."""
    file.seek(last)
    head = file.read(_MAX_HEAD)
    if not head.startswith(_GZIP):
        length = _LENGTH.search(head)
        end = head.find(b"\r\n\r\n")
        size = os.fstat(file.fileno()).st_size
        return _RECORD.match(head) is not None and (
            length is None or end < 0 or last + end + 4 + int(length[1]) > size
        )
    file.seek(last)
    stream, pending = zlib.decompressobj(31), b""
    while True:
        block = pending or file.read(_BLOCK)
        if not block:
            return not stream.eof
        if stream.eof:
            stream = zlib.decompressobj(31)
        try:
            stream.decompress(block)
        except zlib.error:
            return True
        pending = stream.unused_data if stream.eof else b""


def _is_of_archive(error: BaseException) -> bool:
    """Did the bytes of the archive cause it? The library is written in Rust; its panics are no Exception."""
    return isinstance(error, (OSError, ValueError)) or type(error).__name__ == "PanicException"


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
