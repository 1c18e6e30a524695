"""A text in, its MinHash signature and bands out; two texts in, how much of the shorter one the longer holds. Pure.

One-permutation MinHash over shingles of nine code points: no segmentation, so it works for every script. The hash is
CRC-32, mixed: stored signatures must not change with a library's version or with the process (as hash() does).
A shared band makes a candidate; `overlap` of the two texts decides.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from zlib import crc32

SHINGLE = 9
BUCKETS = 96
ROWS_PER_BAND = 4
BANDS = BUCKETS // ROWS_PER_BAND
#: Below this many code points a text says too little to be a copy of another.
SHORTEST = 120
#: Enough to recognize a copy; keeps the cost of a very long page bounded.
LONGEST = 20_000
#: Share of the shorter text that must stand in the longer one for a copy.
COPY_OVERLAP = 0.7
_EMPTY = 0xFFFFFFFF
_BLANK = re.compile(r"[\W_]+")


def signature(text: str) -> bytes | None:
    """The signature of `text`, 96 numbers of 32 bits; None where it is too short to tell."""
    folded = _folded(text)
    if len(folded) < SHORTEST:
        return None
    data = folded.encode("utf-32-le", "replace")
    smallest = [_EMPTY] * BUCKETS
    for start in range(0, len(data) - 4 * SHINGLE + 1, 4):
        # CRC is linear: multiplication by an odd constant spreads it before a bucket is taken.
        value = (crc32(data[start : start + 4 * SHINGLE]) * 0x9E3779B1) & 0xFFFFFFFF
        value ^= value >> 15
        bucket = value % BUCKETS
        if value < smallest[bucket]:
            smallest[bucket] = value
    return struct.pack(f"<{BUCKETS}I", *_filled(smallest))


def bands(packed: bytes) -> tuple[int, ...]:
    """The band numbers of a signature: texts that share one are candidates. Signed 62-bit integers for SQLite."""
    size = 4 * ROWS_PER_BAND
    return tuple(
        index << 40
        | crc32(packed[index * size : (index + 1) * size], index) << 8
        | (packed[index * size] & 0xFF)
        for index in range(BANDS)
    )


def likeness(first: bytes, second: bytes) -> float:
    """Estimated Jaccard similarity of the shingles of two signed texts, 0 to 1."""
    pairs = range(0, 4 * BUCKETS, 4)
    return sum(first[at : at + 4] == second[at : at + 4] for at in pairs) / BUCKETS


def overlap(first: str, second: str) -> float:
    """Share of the shingles of the shorter text that stand in the longer one, 0 to 1."""
    sets = sorted((_shingles(first), _shingles(second)), key=len)
    return len(sets[0] & sets[1]) / len(sets[0]) if sets[0] else 0.0


def _filled(smallest: Sequence[int]) -> list[int]:
    """Empty buckets take the value of the next filled one (rotation), changed by the distance."""
    filled = list(smallest)
    if all(value == _EMPTY for value in smallest):
        return filled
    for index, value in enumerate(smallest):
        distance = 0
        while value == _EMPTY:
            distance += 1
            value = smallest[(index + distance) % BUCKETS]
        filled[index] = (value + distance * 0x85EBCA6B) & 0xFFFFFFFF if distance else value
    return filled


def _shingles(text: str) -> frozenset[str]:
    folded = _folded(text)
    return frozenset(folded[start : start + SHINGLE] for start in range(max(0, len(folded) - SHINGLE + 1)))


def _folded(text: str) -> str:
    return _BLANK.sub(" ", text[:LONGEST]).casefold().strip()
