"""A collective noun in a text in ("the cloud provider"), the name of a provider that nobody listed out. Pure.

"Kranichwolke, a cloud provider" and "cloud provider Kranichwolke" name a candidate entity: it acts under an id of
its own ("unlisted:Kranichwolke") until somebody adds it to the knowledge. Alphabetic scripts only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.mentions.lexicon import Hit
from monitor.mentions.scan import Reading

UNLISTED = "unlisted:"
NOUNS = frozenset({"group_csp", "group_dc_operator", "group_provider"})
_NAME = r"[A-ZÀ-ÖØ-ÞŁŚŻČŠŽ][\w&'’-]+(?:[ -][A-Z0-9À-ÖØ-Þ][\w&'’-]*){0,2}"
_AFTER = re.compile(rf"[\s,]{{1,2}}(?:called |named |namens )?({_NAME})")
_BEFORE = re.compile(
    rf"({_NAME}),\s(?:(?:an?|the|ein|eine|der|die|das|un|une|une?|uno|una|um|uma|een|en|ett)\s)?(?:[\w-]+\s){{0,3}}$"
)
_NOT_NAMES = frozenset(
    {
        *(
            "The",
            "A",
            "An",
            "It",
            "In",
            "On",
            "At",
            "And",
            "But",
            "For",
            "Its",
            "This",
            "That",
            "Mit",
            "Het",
            "Een",
        ),
        *(
            "Der",
            "Die",
            "Das",
            "Ein",
            "Eine",
            "Im",
            "Am",
            "Und",
            "Auch",
            "Seit",
            "Nach",
            "Le",
            "La",
            "Les",
            "El",
        ),
        *("Los", "Il", "Lo", "De"),
    }
)


def unlisted_name(hit: Hit, reading: Reading, known: Sequence[Hit]) -> tuple[str, int, int] | None:
    """Name and position of the provider that a collective noun introduces; None where it is known or has no name."""
    if hit.value not in NOUNS:
        return None
    after = _AFTER.match(reading.cased, hit.end)
    if after and _is_name(after, known):
        return after[1], after.start(1), after.end(1)
    low = max(0, hit.start - 90)
    before = _BEFORE.search(reading.cased, low, hit.start)
    if before and _is_name(before, known):
        return before[1], before.start(1), before.end(1)
    return None


def _is_name(match: re.Match[str], known: Sequence[Hit]) -> bool:
    if match[1].split()[0] in _NOT_NAMES or len(match[1]) < 3:
        return False
    return not any(one.start < match.end(1) and match.start(1) < one.end for one in known)
