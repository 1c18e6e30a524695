"""What a host answers in, whether it is left alone for the rest of a crawl out. One request at a time to each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from crawler.outcomes import Outcome

#: A host that gives these has more of the same: each further try would cost the whole time limit.
_SILENCE = frozenset({Outcome.TIMED_OUT, Outcome.UNREACHABLE, Outcome.DNS_FAILED})
MAX_SILENCES = 2


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a host is left alone, and for how long it asked us to."""

    outcome: Outcome
    retry_after: timedelta | None


class Host:
    """Politeness towards one host during a crawl."""

    def __init__(self, delay: float) -> None:
        self.lock = asyncio.Lock()
        self.delay = delay
        self.pause: Pause | None = None
        self._failures = 0

    def note(self, outcome: Outcome, retry_after: timedelta | None) -> None:
        """Pause the host after a request to wait, or when it failed to answer twice in a row."""
        self._failures = self._failures + 1 if outcome in _SILENCE else 0
        if outcome is Outcome.RATE_LIMITED:
            self.pause = Pause(outcome, retry_after)
        elif self._failures >= MAX_SILENCES:
            self.pause = Pause(outcome, None)
