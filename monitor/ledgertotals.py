"""Groups of facts in, what a ledger adds up to out: facts, stories, money, by country, provider, kind and day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter

from monitor.model import Direction

#: First day, kind, whether one is a pullback, whether one was cancelled or denied, country, provider, story, most US
#: dollars, number of facts: what `listing.GROUPED` gives of one story, kind, country and provider.
Group = tuple[str, str, int, int, str | None, str | None, str, float | None, int]


class Division(StrEnum):
    """What the stories of a day are divided by; each is named as the filter of the ledger that picks a part."""

    DIRECTION = "direction"
    EVENT = "event"
    PROVIDER = "provider"
    PLACE = "place"  # the country


_COLUMN = {Division.EVENT: 1, Division.PLACE: 4, Division.PROVIDER: 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What a ledger adds up to. Stories are counted once, however many outlets report them.

    The money is the largest sum of each story, in US dollars: what stands (`money_usd`), what was cancelled or
    denied, and what pulls back. A story is in one of the three.
    """

    facts: int
    stories: int
    money_usd: Decimal
    stopped_usd: Decimal
    pullback_usd: Decimal
    by_country: Mapping[str, int]
    by_provider: Mapping[str, int]
    by_event: Mapping[str, int]
    by_day: Mapping[str, Mapping[str, int]]  # stories first told of on that day, by what they are divided by


def totals_of(
    groups: Sequence[Group], stopped: Collection[str] = (), division: Division = Division.DIRECTION
) -> Totals:
    """Sum up the groups. `stopped` are stories that were cancelled or denied, also by what is no fact of the ledger."""
    first_day: dict[str, str] = {}
    money: dict[str, float] = {}
    facts = 0
    for day, _, _, _, _, _, story, usd, count in groups:
        facts += count
        if day < first_day.get(story, "~"):
            first_day[story] = day
        if usd is not None and usd > money.get(story, -1.0):
            money[story] = usd
    pulled = {group[6] for group in groups if group[2]}
    ended = {group[6] for group in groups if group[3]}.union(stopped)
    return Totals(
        facts=facts,
        stories=len(first_day),
        money_usd=_sum(usd for story, usd in money.items() if story not in ended and story not in pulled),
        stopped_usd=_sum(usd for story, usd in money.items() if story in ended),
        pullback_usd=_sum(usd for story, usd in money.items() if story in pulled and story not in ended),
        by_country=_counted({(group[4], group[6]) for group in groups}),
        by_provider=_counted({(group[5], group[6]) for group in groups}),
        by_event=_counted({(group[1], group[6]) for group in groups}),
        by_day=_by_day(first_day, _parts(groups, pulled, division)),
    )


def _parts(groups: Sequence[Group], pulled: Collection[str], division: Division) -> Mapping[str, str]:
    """The part that each story belongs to: a pullback or not, else the name that most of its facts have.

    A story is in one part, so that the parts add up to all stories. One without a name is in none.
    """
    if division is Division.DIRECTION:
        ways = (Direction.EXPANSION.value, Direction.CONTRACTION.value)
        return {group[6]: ways[group[6] in pulled] for group in groups}
    column = _COLUMN[division]
    facts: dict[tuple[str, str], int] = {}
    for group in groups:
        name = group[column]
        if name:
            key = (group[6], str(name))
            facts[key] = facts.get(key, 0) + group[8]
    parts: dict[str, str] = {}
    for (story, name), count in facts.items():
        best = parts.setdefault(story, name)
        if best != name and (-count, name) < (-facts[story, best], best):
            parts[story] = name
    return parts


def _by_day(first_day: Mapping[str, str], parts: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Number of stories by the day they were first told of and by part; those in no part under the empty name."""
    days: dict[str, dict[str, int]] = {}
    for story, day in first_day.items():
        part = parts.get(story, "")
        counts = days.setdefault(day, {})
        counts[part] = counts.get(part, 0) + 1
    return days


def _sum(values: Iterable[float]) -> Decimal:
    return Decimal(round(sum(values)))


def _counted(pairs: set[tuple[str | None, str]]) -> dict[str, int]:
    """Number of stories by name, most first."""
    counts = Counter(map(itemgetter(0), pairs))
    named = ((name, count) for name, count in counts.items() if name)
    return dict(sorted(named, key=lambda item: (-item[1], item[0])))
