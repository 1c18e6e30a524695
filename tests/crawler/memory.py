"""A block of code in, the largest memory of every process that it started out: what the kernel counted, not a guess."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

MIB = 1 << 20


@dataclass(slots=True)
class Peaks:
    """Use as a context manager around a crawl. All in bytes."""

    of_processes: dict[int, int] = field(default_factory=dict)  # pid → largest resident size (VmHWM)
    grown: int = 0  # how much this process, which stands for the daemon, grew meanwhile
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.grown = -_status(os.getpid(), "VmRSS")
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        assert self._thread is not None
        self._thread.join()
        self.grown += _status(os.getpid(), "VmRSS")

    @property
    def largest(self) -> int:
        """The largest process that was seen."""
        return max(self.of_processes.values(), default=0)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            for pid in _descendants(os.getpid()):
                self.of_processes[pid] = max(self.of_processes.get(pid, 0), _status(pid, "VmHWM"))


def _descendants(root: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    found, fresh = set[int](), {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def _status(pid: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
