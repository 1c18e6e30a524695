"""Pages in, the bytes of a WARC file out: one record a page, gzipped record by record as archives are."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO

from fastwarc.warc import WarcRecord, WarcRecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What one record holds."""

    url: str
    body: bytes
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    is_request: bool = False


def record_of(page: Archived) -> bytes:
    """One record, not compressed."""
    lines = [f"HTTP/1.1 {page.status} X", f"Content-Type: {page.content_type}"]
    lines += [f"{name}: {value}" for name, value in page.headers.items()]
    record = WarcRecord()
    record.init_headers(WarcRecordType.request if page.is_request else WarcRecordType.response)
    record.is_http = True
    record.headers["WARC-Target-URI"] = page.url
    record.headers["WARC-Date"] = "2026-11-20T08:00:00Z"
    record.set_bytes_content("\r\n".join([*lines, "", ""]).encode() + page.body)
    stream = BytesIO()
    record.write(stream)
    return stream.getvalue()


def warc_of(pages: Iterable[Archived], *, gzipped: bool = True) -> bytes:
    """A whole file."""
    records = map(record_of, pages)
    return b"".join(gzip.compress(record) if gzipped else record for record in records)
