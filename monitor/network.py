"""Outcomes of polls in, changes of the network's own state out: down, captured by a login page, up again. Pure.

One source that does not answer has a problem; all of them together have ours. The difference matters: while the
network is down no source is at fault, and once it is back none should sit out its back-off.
"""

from __future__ import annotations

from enum import StrEnum

from crawler.outcomes import Outcome

#: So many hosts in a row without an answer from any: the network is down.
SILENT_HOSTS = 5
#: Ends of a request that say that nobody was there.
NO_ANSWER = frozenset({Outcome.DNS_FAILED, Outcome.UNREACHABLE, Outcome.TIMED_OUT})
_SAYS_NOTHING = frozenset({Outcome.CRAWL_STOPPED, Outcome.REFUSED_URL, Outcome.BLOCKED_ADDRESS})


#: Kinds of events in the log that concern all sources: our own network, and the clock of this machine.
NETWORK_EVENTS = ("network-down", "network-captured", "network-up")
NOTED_EVENTS = ("clock", *NETWORK_EVENTS)


class Network(StrEnum):
    """What the polls say about our own network."""

    UP = "up"
    DOWN = "down"
    CAPTURED = "captured"


class NetworkWatch:
    """Tells a change once. Keeps the hosts that were silent since the last answer."""

    def __init__(self, state: Network = Network.UP) -> None:
        """`state`: what was told last, perhaps by a process before this one."""
        self.state = state
        self._silent: set[str] = set()

    def note(self, host: str, outcome: Outcome) -> Network | None:
        """The new state of the network after a poll of `host` ended in `outcome`; None where it is the old one."""
        state = self.state
        if outcome in _SAYS_NOTHING:
            return None
        if outcome is Outcome.CAPTIVE_PORTAL:
            state = Network.CAPTURED
        elif outcome in NO_ANSWER:
            self._silent.add(host)
            if state is Network.UP and len(self._silent) >= SILENT_HOSTS:
                state = Network.DOWN
        else:
            self._silent.clear()
            state = Network.UP
        changed, self.state = state is not self.state, state
        return state if changed else None
