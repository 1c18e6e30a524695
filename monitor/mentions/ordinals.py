"""A thing in a folded text in, which one of its kind it is out: "a fourth data center" is 4, 0 where nothing says so.

Pure. Two sites of one provider in one country are told apart by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

BEFORE, AFTER = 32, 14  # characters between number and thing
BEFORE_DENSE, AFTER_DENSE = 8, 4
_FOLLOWS = frozenset({"id", "ms", "vi", "th", "ar"})  # "pusat data keempat"
_DENSE = frozenset({"zh", "ja"})

# The words of 1 to 6, as regular expressions; digits are read in all languages that write them.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("first", "second", "third", "fourth", "fifth", "sixth"),
    "de": (
        "erste[nrsm]?",
        "zweite[nrsm]?",
        "dritte[nrsm]?",
        "vierte[nrsm]?",
        "fünfte[nrsm]?",
        "sechste[nrsm]?",
    ),
    "fr": ("premi(?:er|ère)", "deuxième|seconde?", "troisième", "quatrième", "cinquième", "sixième"),
    "es": ("primer[ao]?", "segund[ao]", "tercer[ao]?", "cuart[ao]", "quint[ao]", "sext[ao]"),
    "pt": ("primeir[ao]", "segund[ao]", "terceir[ao]", "quart[ao]", "quint[ao]", "sext[ao]"),
    "it": ("prim[ao]", "second[ao]", "terz[ao]", "quart[ao]", "quint[ao]", "sest[ao]"),
    "nl": ("eerste", "tweede", "derde", "vierde", "vijfde", "zesde"),
    "sv": ("första", "andra", "tredje", "fjärde", "femte", "sjätte"),
    "da": ("første", "anden|andet", "tredje", "fjerde", "femte", "sjette"),
    "nb": ("første", "andre", "tredje", "fjerde", "femte", "sjette"),
    "fi": ("ensimmäi\\w*", "toi(?:nen|s\\w*)", "kolma\\w*", "neljä[sn]\\w*", "viide\\w*", "kuude\\w*"),
    "pl": ("pierwsz\\w+", "drug\\w+", "trzeci\\w*", "czwart\\w+", "piąt\\w+", "szóst\\w+"),
    "cs": ("první\\w*", "druh\\w+", "třetí\\w*", "čtvrt\\w+", "pát\\w+", "šest\\w+"),
    "ru": ("перв\\w+", "втор\\w+", "трет\\w+", "четв[её]рт\\w+", "пят\\w+", "шест\\w+"),
    "tr": ("ilk|birinci", "ikinci", "üçüncü", "dördüncü", "beşinci", "altıncı"),
    "id": ("pertama", "kedua", "ketiga", "keempat", "kelima", "keenam"),
    "ms": ("pertama", "kedua", "ketiga", "keempat", "kelima", "keenam"),
    "vi": ("đầu tiên|thứ nhất", "thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu"),
    "th": ("แห่งแรก|แรก", "ที่สอง|ที่ 2", "ที่สาม|ที่ 3", "ที่สี่|ที่ 4", "ที่ห้า|ที่ 5", "ที่หก|ที่ 6"),
    "ar": (
        "الأولى?|أول",
        "الثانية?|ثان\\w*",
        "الثالثة?|ثالث\\w*",
        "الرابعة?|رابع\\w*",
        "الخامسة?",
        "السادسة?",
    ),
    "zh": ("第一|首[座个处家]?", "第二|第2", "第三|第3", "第四|第4", "第五|第5", "第六|第6"),
    "ja": (
        *("第1|1[カか]所目|1棟目|初", "第2|2[カか]所目|2棟目", "第3|3[カか]所目|3棟目"),
        *("第4|4[カか]所目|4棟目", "第5|5[カか]所目|5棟目", "第6|6[カか]所目|6棟目"),
    ),
    "ko": ("제1|첫 번째|첫", "제2|두 번째", "제3|세 번째", "제4|네 번째", "제5|다섯 번째", "제6|여섯 번째"),
}
# One more of the kind.
_ANOTHER: Mapping[str, str] = {
    "en": r"\b(?:another|one more)\b",
    "de": r"\b(?:ein weitere[rs]|eine weitere|noch eine?s?)\b",
    "fr": r"\b(?:une? autre)\b",
    "es": r"\b(?:otr[ao])\b",
    "pt": r"\b(?:outr[ao]|mais uma?)\b",
    "it": r"\b(?:un altro|un'altra)\b",
    "nl": r"\b(?:nog een)\b",
    "zh": r"再(?:增|建|开|设|添|加)[^，。；]{0,4}[一1]",
    "ja": r"もう1|さらに1",
    "ko": r"하나 더|한 곳 더|1곳 더",
}
_JOINT = re.compile(
    r"[,;，；、]|\s(?:and|und|et|y|e|en|og|och|oraz|i|ve|dan|và|и|و)\s|(?:并|並|およ|また|さらに)"
)
_UNBOUND = frozenset({"zh", "ja", "ko", "th"})


def _compiled(language: str, words: tuple[str, ...]) -> re.Pattern[str]:
    edge = ("", "") if language in _UNBOUND else (r"(?<!\w)", r"(?!\w)")
    return re.compile(
        "|".join(f"{edge[0]}(?P<n{number}>{word}){edge[1]}" for number, word in enumerate(words, 1))
    )


_PATTERNS = {language: _compiled(language, words) for language, words in _WORDS.items()}
_FURTHER = {language: re.compile(words) for language, words in _ANOTHER.items()}
_BREAK = re.compile(r"[,;:.!?，；：、。\d]")


def ordinal_beside(folded: str, language: str, start: int, end: int) -> int:
    """1 to 6 where the thing between `start` and `end` is called the first to sixth, else 0."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        return 0
    dense = language in _DENSE
    low = max(0, start - (BEFORE_DENSE if dense else BEFORE))
    found = [
        match
        for match in pattern.finditer(folded, low, start)
        if not _BREAK.search(folded, match.end(), start)
    ]
    if found:
        return _number(found[-1])
    if language in _FOLLOWS:
        match = pattern.search(folded, end, end + AFTER)
        if match is not None and not _BREAK.search(folded, end, match.start()):
            return _number(match)
    return 0


def _number(match: re.Match[str]) -> int:
    return int((match.lastgroup or "n0")[1:])


def further_from(folded: str, language: str, start: int, end: int, ordinal: int) -> int:
    """Where a clause between `start` and `end` begins that counts one more than `ordinal`; -1 without one.

    "opens its third site in Johor, and plans a fourth next year": at the comma.
    """
    marks = [mark.start() for mark in _JOINT.finditer(folded, start, end)]
    if not ordinal or not marks or language not in _PATTERNS:
        return -1
    at = [
        match.start()
        for match in _PATTERNS[language].finditer(folded, start, end)
        if _number(match) > ordinal
    ]
    if language in _FURTHER:
        at += [match.start() for match in _FURTHER[language].finditer(folded, start, end)]
    return max((mark for mark in marks if any(mark < one for one in at)), default=-1) if at else -1
