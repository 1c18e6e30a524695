"""/.well-known/tdmrep.json in, "is the text behind this URL reserved" out (W3C TDM Reservation Protocol). Pure.

The file is a list of {"location": a path pattern as in robots.txt, "tdm-reservation": 0 or 1, "tdm-policy": a URL}.
The longest pattern that matches decides; of two equal ones the one that reserves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from protego import Protego

MAX_RULES = 2_000
_AGENT = "miner"


@dataclass(frozen=True, slots=True)
class MiningRules:
    """What a site reserves. Without arguments: nothing."""

    policies: dict[str, str] = field(default_factory=dict)  # location → where its license is told
    _rules: Protego | None = None

    def reason(self, url: str) -> str | None:
        """Why the text behind `url` must not be kept, with the policy where one is named; None where it may be."""
        if self._rules is None or self._rules.can_fetch(url, _AGENT):
            return None
        policies = sorted(set(self.policies.values()))
        named = f" (policy: {policies[0]})" if len(policies) == 1 else ""
        return f"tdmrep.json of {urlsplit(url).hostname} reserves text and data mining{named}"


def mining_rules(body: bytes) -> MiningRules:
    """Read a tdmrep.json that came. What is none (a page that says "not found" with status 200) reserves nothing."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return MiningRules()
    entries = found if isinstance(found, list) else [found]
    reserved: dict[str, bool] = {}
    policies: dict[str, str] = {}
    for entry in entries[:MAX_RULES]:
        location, value = _rule(entry)
        if location is None:
            continue
        reserved[location] = reserved.get(location, False) or value
        policy = entry.get("tdm-policy")
        if value and isinstance(policy, str) and policy.startswith(("http://", "https://")):
            policies[location] = policy[:500]
    if not any(reserved.values()):
        return MiningRules()
    lines = [f"{'Disallow' if is_reserved else 'Allow'}: {place}" for place, is_reserved in reserved.items()]
    return MiningRules(policies, Protego.parse("\n".join([f"User-agent: {_AGENT}", *lines])))


def _rule(entry: object) -> tuple[str | None, bool]:
    """Location and reservation of one entry; None where it is not a rule."""
    if not isinstance(entry, dict):
        return None, False
    location, value = entry.get("location"), entry.get("tdm-reservation")
    if not isinstance(location, str) or not location.startswith(("/", "*")) or len(location) > 2_000:
        return None, False
    if any(character.isspace() or character == "#" for character in location):
        return None, False  # would read as another line, or a remark
    return location, value in (1, "1") and not isinstance(value, bool)
