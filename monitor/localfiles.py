"""Paths of [detect] local in, the contents of their files out; contents in, a folder that the loaders can read out.

What is in force is a set of contents, not of paths: while a file holds a mistake, its last good version counts, and a
change can be tried that stands in no file yet.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.errors import Problem
from monitor.rulefiles import local_files

#: File → what it holds, in the order in which the files count; None for a file that is named and not there.
Contents = Mapping[Path, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Copies of contents on the disk: `paths` for the loaders, in their order."""

    folder: Path
    paths: tuple[Path, ...]
    originals: Mapping[str, Path]

    def named(self, problem: Problem) -> Problem:
        """The problem with the names that people know instead of those of the copies."""
        place, message = problem.place, problem.message
        for copy, original in self.originals.items():
            place, message = place.replace(copy, str(original)), message.replace(copy, str(original))
        return replace(problem, place=place, message=message)


def read_contents(paths: Sequence[Path]) -> dict[Path, bytes | None]:
    """What the files and folders hold now."""
    found: dict[Path, bytes | None] = {}
    for path in paths:
        for file in local_files([path]) if path.exists() else [path]:
            try:
                found[file] = file.read_bytes()
            except OSError:
                found[file] = None  # the loaders say why it cannot be read
    return found


def signature(paths: Sequence[Path]) -> tuple[tuple[str, int, int, int], ...]:
    """Changes whenever a file is written, replaced, added or removed; reads no file."""
    found = []
    for file in (file for path in paths for file in local_files([path])):
        try:
            stat = file.stat()
        except OSError:
            continue
        found.append((str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


@contextmanager
def copies(contents: Contents) -> Iterator[Copies]:
    """The contents as files of their names, each in a folder of its own; gone on the way out."""
    with tempfile.TemporaryDirectory(prefix="cspwatch-") as name:
        folder = Path(name)
        originals: dict[str, Path] = {}
        for number, (path, content) in enumerate(contents.items()):
            copy = folder / f"{number:04}" / path.name
            copy.parent.mkdir()
            if content is not None:
                copy.write_bytes(content)
            originals[str(copy)] = path
        yield Copies(folder=folder, paths=tuple(Path(copy) for copy in originals), originals=originals)
