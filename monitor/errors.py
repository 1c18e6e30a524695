"""The errors of the application: one root, few leaves, each named by what the caller can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monitor.config import Config


class MonitorError(Exception):
    """Something failed and the message says what, where and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in a file that people write: where, what, and the remedy."""

    place: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f". {self.remedy}" if self.remedy else "")


class ConfigError(MonitorError):
    """The configuration cannot be used. Holds every problem that was found, not only the first.

    `usable` is what remains without the faulty entries, so that a check can go on; None where nothing does.
    """

    def __init__(self, problems: Sequence[Problem], usable: Config | None = None) -> None:
        self.problems = tuple(problems)
        self.usable = usable
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        """From one process to another: the problems, without what remains usable, which holds secrets."""
        return type(self), (self.problems,)


def trouble_of_machine(error: BaseException) -> str | None:
    """What the machine refused (disk full, no permission, log locked) and what to do; None for any other error."""
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}. Check that it exists, may be written and has space left"
    module = type(error).__module__  # sqlite3 or pysqlite3: neither is imported for `--help`
    if module.partition(".")[0] in {"sqlite3", "pysqlite3"} and type(error).__name__ == "OperationalError":
        return f"the log cannot be used: {error}. Check the free space and who may write to [store] path"
    return None
