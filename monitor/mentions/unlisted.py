"""A collective noun in a text in ("the cloud provider"), the name of a provider that nobody listed out. Pure.

"Kranichwolke, a cloud provider" and "cloud provider Kranichwolke" name a candidate entity: it acts under an id of
its own ("unlisted:Kranichwolke") until somebody adds it to the knowledge. Chinese, Japanese and Korean have no
capitals: there a name stands in quotation marks or ends as firms of the trade do ("云", "データ", "클라우드").
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
_QUOTED = re.compile(r"[のは]?\s?[“\"「『‘']([^”\"」』’'\s]{2,14})[”\"」』’']")
_DENSE = {
    "zh": re.compile(
        r"([\u4e00-\u9fff]{1,7}(?:科技|云|数据|网络|信息|智算|集团|通信|互联))(?=[在于将拟宣计新启投与携获完收签，、：（(])"
    ),
    "ja": re.compile(
        r"[の、]([\u30a1-\u30fa\u30fc\u4e00-\u9fffA-Za-z0-9]{1,10}(?:データ|クラウド|DC|テック|ネット|システムズ|コム))(?=[、はがと（(])"
    ),
    "ko": re.compile(
        r"\s?(?:인\s)?([가-힣A-Za-z0-9]{1,8}(?:클라우드|데이터|컴퓨트|컴퓨팅|네트웍스|인프라|테크|AI))(?=[,，은는이가과와])"
    ),
}
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
    if reading.dense or reading.language == "ko":
        patterns = [_QUOTED, *([_DENSE[reading.language]] if reading.language in _DENSE else [])]
        for pattern in patterns:
            found = pattern.match(reading.cased, hit.end)
            if found and _is_name(found, known, shortest=2):
                return found[1], found.start(1), found.end(1)
        return None
    after = _AFTER.match(reading.cased, hit.end)
    if after and _is_name(after, known):
        return after[1], after.start(1), after.end(1)
    low = max(0, hit.start - 90)
    before = _BEFORE.search(reading.cased, low, hit.start)
    if before and _is_name(before, known):
        return before[1], before.start(1), before.end(1)
    return None


def _is_name(match: re.Match[str], known: Sequence[Hit], shortest: int = 3) -> bool:
    if match[1].split()[0] in _NOT_NAMES or len(match[1]) < shortest:
        return False
    return not any(one.start < match.end(1) and match.start(1) < one.end for one in known)
