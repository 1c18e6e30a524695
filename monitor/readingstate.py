"""The latest texts of a source in, whether it is still read well out: teasers only, or texts unlike before. Pure.

A canary for extraction: when an outlet changes its layout, what is read gets much shorter or longer, is dense in links,
turns into the short lines of a menu, or repeats itself from article to article. Each is compared with the source's own
past.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from crawler.items import Completeness

#: So many articles are the latest ones; at least LEAST_LATEST of them must be there to say anything.
LATEST, LEAST_LATEST = 8, 5
#: What came before them, as far as it is looked at, and how much of it makes a habit.
REFERENCE, LEAST_REFERENCE = 40, 15
#: The median text may be so many times shorter, or longer, than nine in ten were before: outlets write in all lengths.
FACTOR = 1.5
#: The share of what stands in links, of menu lines, or of recurring lines, may be so much larger than before.
MORE = 0.35
MENU_LINE = 45  # characters; a longer line is no entry of a menu
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？", "”", '"', ":", "؟", "」", "।")
_CUT = frozenset({Completeness.TEASER, Completeness.PAYWALL, Completeness.CONSENT})


#: The sentences that `reading_of` says, as the pages translate them.
DETAILS = (
    "the last {0} articles are teasers or behind a wall",
    "its texts are {0} characters long, nine in ten were longer than {1} before",
    "its texts are {0} characters long, nine in ten were shorter than {1} before",
    "{0} of its texts are links, it was {1} before",
    "{0} of its texts are short lines, as of menus, it was {1} before",
    "{0} of its texts are lines that recur in others, it was {1} before",
)


class Reading(StrEnum):
    """How reading a source goes."""

    WELL = "well"
    TEASERS = "teasers"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadText:
    """One article as it was read."""

    text: str
    completeness: Completeness
    link_density: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What a source's texts are like: lengths, mean shares of linked text, of menu lines, of lines that recur."""

    length: float  # the median
    short: float  # nine in ten are longer
    long: float  # nine in ten are shorter
    links: float
    menu: float
    recurring: float


def habit_of(articles: Sequence[ReadText]) -> Habit:
    """The habit that some articles show together; there must be one at least."""
    texts = [one.text for one in articles]
    counts = Counter(line for text in texts for line in set(text.split("\n")))
    often = max(len(texts) / 2, 2)
    lengths = sorted(map(len, texts))
    return Habit(
        length=median(lengths),
        short=lengths[len(lengths) // 10],
        long=lengths[-1 - len(lengths) // 10],
        links=fmean(one.link_density for one in articles),
        menu=fmean(_share(text, is_menu_line) for text in texts),
        recurring=fmean(_share(text, lambda line: counts[line] >= often) for text in texts),
    )


def is_menu_line(line: str) -> bool:
    """A short line that is no sentence: what is left of a list of links."""
    return len(line) <= MENU_LINE and not line.rstrip().endswith(_SENTENCE_ENDS)


def reading_of(latest: Sequence[ReadText], before: Habit | None) -> tuple[Reading, str]:
    """How reading goes by the `latest` articles, and a sentence that says what is wrong.

    `before` is what texts were like before them, or before the trouble began; None while too little is known.
    """
    if len(latest) >= LEAST_LATEST and all(one.completeness in _CUT for one in latest):
        return Reading.TEASERS, f"the last {len(latest)} articles are teasers or behind a wall"
    whole = [one for one in latest if one.completeness not in _CUT and one.text]
    if before is None or len(whole) < LEAST_LATEST:
        return Reading.WELL, ""
    now = habit_of(whole)
    for is_off, usual in (
        (now.length * FACTOR < before.short, f"nine in ten were longer than {before.short:.0f} before"),
        (now.length > before.long * FACTOR, f"nine in ten were shorter than {before.long:.0f} before"),
    ):
        if is_off:
            return Reading.DRIFT, f"its texts are {now.length:.0f} characters long, {usual}"
    for name, share, earlier in (
        ("links", now.links, before.links),
        ("short lines, as of menus", now.menu, before.menu),
        ("lines that recur in others", now.recurring, before.recurring),
    ):
        if share > earlier + MORE:
            return Reading.DRIFT, f"{share:.0%} of its texts are {name}, it was {earlier:.0%} before"
    return Reading.WELL, ""


def _share(text: str, counts: Callable[[str], bool]) -> float:
    lines = [line for line in text.split("\n") if line.strip()]
    whole = sum(map(len, lines))
    return sum(len(line) for line in lines if counts(line)) / whole if whole else 0.0
