"""A clock that a test sets: the wall clock may jump or step back, the monotonic one never does."""

from __future__ import annotations

from datetime import datetime, timedelta


class HandClock:
    """Stands still until it is moved. `move` lets time pass, `set_wall` is what NTP, a dead battery or a sleep do."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def move(self, passed: timedelta) -> datetime:
        """Let time pass for both clocks; the new wall time."""
        self._monotonic += passed.total_seconds()
        self._now += passed
        return self._now

    def set_wall(self, now: datetime) -> None:
        """Set the wall clock alone."""
        self._now = now
