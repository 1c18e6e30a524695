"""Groups of facts in, what a ledger adds up to out: facts, stories, money, by country, provider, kind and day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

#: First day, kind, whether one is a pullback, whether one was cancelled or denied, country, provider, story, most US
#: dollars, number of facts: what `listing.GROUPED` gives of one story, kind, country and provider.
Group = tuple[str, str, int, int, str | None, str | None, str, float | None, int]


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
    by_day: Mapping[str, tuple[int, int]]  # stories first told of on that day: expansions, pullbacks


def totals_of(groups: Sequence[Group], stopped: Collection[str] = ()) -> Totals:
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
    days: dict[str, list[int]] = {}
    for story, told in first_day.items():
        days.setdefault(told, [0, 0])[story in pulled] += 1
    return Totals(
        facts=facts,
        stories=len(first_day),
        money_usd=_sum(usd for story, usd in money.items() if story not in ended and story not in pulled),
        stopped_usd=_sum(usd for story, usd in money.items() if story in ended),
        pullback_usd=_sum(usd for story, usd in money.items() if story in pulled and story not in ended),
        by_country=_counted({(group[4], group[6]) for group in groups}),
        by_provider=_counted({(group[5], group[6]) for group in groups}),
        by_event=_counted({(group[1], group[6]) for group in groups}),
        by_day={told: (counts[0], counts[1]) for told, counts in days.items()},
    )


def _sum(values: Iterable[float]) -> Decimal:
    return Decimal(round(sum(values)))


def _counted(pairs: set[tuple[str | None, str]]) -> dict[str, int]:
    """Number of stories by name, most first."""
    counts = Counter(map(itemgetter(0), pairs))
    named = ((name, count) for name, count in counts.items() if name)
    return dict(sorted(named, key=lambda item: (-item[1], item[0])))
