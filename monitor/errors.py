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
