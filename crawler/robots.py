"""robots.txt in, "may be fetched" out (RFC 9309). Pure; who fetches it is crawler/spiders/fetching.py.

4xx allows everything, 5xx and silence allow nothing, the first 500 KiB count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from protego import Protego

from crawler.outcomes import Outcome

MAX_ROBOTS_BYTES = 500 * 1024
#: A longer Crawl-delay would spend a whole crawl on one host; such outlets are read with fewer articles.
MAX_CRAWL_DELAY = 30.0
#: protego tries rule after rule; an honest file has some hundred. Past this, 12 s of a blocked loop were seen.
MAX_RULES = 20_000

_PRODUCT = re.compile(r"[A-Za-z_-]+")
_GROUP_LINE = re.compile(r"^\s*user-agent\s*:\s*([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What a host's robots.txt says to us. `outcome` is OK where it could be judged."""

    outcome: Outcome
    crawl_delay: float = 0.0  # seconds
    sitemaps: tuple[str, ...] = ()
    detail: str = ""
    read_at: datetime | None = None
    _rules: Protego | None = None
    _user_agent: str = ""

    @property
    def name(self) -> str:
        """The file, with the time since when its words are known."""
        return f"robots.txt (as of {self.read_at:%Y-%m-%d %H:%M}Z)" if self.read_at else "robots.txt"

    def allows(self, url: str) -> bool:
        """Tell whether `url` may be fetched."""
        if self.outcome is not Outcome.OK:
            return False
        return self._rules is None or bool(self._rules.can_fetch(url, self._user_agent))


def robots_rules(body: bytes, user_agent: str) -> RobotsRules:
    """Read a robots.txt that came. `user_agent` is the header we send; its first word is matched."""
    product = product_token(user_agent)
    text = body[:MAX_ROBOTS_BYTES].decode("utf-8-sig", errors="replace")
    if len(body) > MAX_ROBOTS_BYTES:
        text = text.rpartition("\n")[0]  # a rule cut in half could forbid or allow too much
    lines = _lines_for(text.splitlines(), product)
    rules = Protego.parse("\n".join(lines[:MAX_RULES]))
    delay = rules.crawl_delay(product)
    return RobotsRules(
        Outcome.OK,
        crawl_delay=min(float(delay), MAX_CRAWL_DELAY) if delay else 0.0,
        sitemaps=tuple(_sitemap_lines(text)),
        detail="robots.txt is too large, the first 500 KiB count" if len(body) >= MAX_ROBOTS_BYTES else "",
        _rules=rules,
        _user_agent=product,
    )


def no_robots() -> RobotsRules:
    """4xx: there is no robots.txt, everything is allowed."""
    return RobotsRules(Outcome.OK)


def unknown_robots(outcome: Outcome, detail: str) -> RobotsRules:
    """5xx, unreachable, no end: nothing is allowed until it can be read. `outcome` and `detail` say why."""
    return RobotsRules(outcome, detail=detail)


def product_token(user_agent: str) -> str:
    """The product token of a User-Agent header: "cspwatch" of "cspwatch/0.1 (+https://...)"."""
    match = _PRODUCT.match(user_agent.strip())
    return match[0] if match else user_agent


def _lines_for(lines: list[str], product: str) -> list[str]:
    """The lines of the groups that name us, or else of the groups for everybody.

    protego compiles every rule of every group; a large file has thousands for other crawlers.
    """
    groups: dict[str, list[str]] = {"": []}
    agents: list[str] = []
    in_header = False
    for line in lines:
        match = _GROUP_LINE.match(line)
        if match:
            agents = agents if in_header else []
            agents.append(match[1].strip().lower())
            in_header = True
            continue
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        in_header = False
        for agent in agents:
            groups.setdefault(agent, []).append(line)
    named = [
        agent for agent in groups if agent and agent != "*" and product.lower().startswith(agent.rstrip("*"))
    ]
    chosen = max(named, key=len) if named else "*"
    return [f"User-agent: {product}", *groups.get(chosen, ())]


def _sitemap_lines(text: str) -> list[str]:
    found = (re.match(r"^\s*sitemap\s*:\s*(\S+)", line, re.IGNORECASE) for line in text.splitlines())
    return [match[1] for match in found if match][:50]
