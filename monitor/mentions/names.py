"""A language in, the names of countries in it out (from CLDR); a name in, its declined forms and endings out. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from babel import Locale, UnknownLocaleError

from monitor.text import fold

_LOCALES = {"zh": ("zh_Hans", "zh_Hant"), "no": ("nb",)}
_VOWELS = frozenset("аяеёийоуыьэюaeiouyąęó")
_STEMMING = frozenset({"ru", "pl", "cs", "uk"})
_AGGLUTINATING = frozenset({"fi", "tr", "hu"})
# What takes the place of the last vowel of a name, by ending, longest first. After "k" and "g" Polish writes "i".
_DECLENSIONS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "pl": (("ia", ("ii", "ię", "ią")), ("a", ("y", "i", "ie", "ę", "ą")), ("e", ("a", "u", "em"))),
    "cs": (("ia", ("ie", "ii", "ií")), ("a", ("y", "ě", "u", "ou")), ("e", ("u", "em", "i"))),
    "ru": (("ия", ("ии", "ию", "ией")), ("а", ("ы", "и", "е", "у", "ой")), ("я", ("и", "е", "ю", "ей"))),
}
_SHORTEST_DECLINED = 4
# Names that are everyday words, particles or parts of other words in their language.
_UNSAFE: Mapping[str, frozenset[str]] = {
    "ko": frozenset(
        [
            "이란",
            "오만",
            "수단",
            "가나",
            "기니",
            "말리",
            "통가",
            "차드",
            "토고",
            "팔라우",
            "도미니카",
            "모나코",
        ]
    ),
    "ja": frozenset(["マリ", "チャド", "トンガ"]),
    "zh": frozenset(["马里", "多米尼加", "乍得"]),
    "en": frozenset(["Chad", "Jersey", "Guernsey", "Guinea", "Niger", "Mali", "Togo"]),
    "fr": frozenset(["Tchad", "Jersey"]),
    "th": frozenset(["ชาด", "มาลี"]),
    "vi": frozenset(["Áo", "Ý"]),
    "tr": frozenset(["Çad", "Man"]),
    "fi": frozenset(["Iran"]) - frozenset({"Iran"}),
}
# Not countries, or written as a region: left out.
_LEFT_OUT = frozenset(
    [
        "AQ",
        "BV",
        "HM",
        "TF",
        "GS",
        "IO",
        "UM",
        "EU",
        "EZ",
        "UN",
        "XA",
        "XB",
        "ZZ",
        "AC",
        "CP",
        "DG",
        "EA",
        "IC",
        "TA",
        "QO",
        "CQ",
    ]
)


def country_names(language: str) -> Mapping[str, tuple[str, ...]]:
    """ISO code -> terms (term syntax) for every country that CLDR names in `language`; empty where it knows none."""
    names: dict[str, list[str]] = {}
    for locale_name in _LOCALES.get(language, (language,)):
        try:
            territories = Locale.parse(locale_name).territories
        except (UnknownLocaleError, ValueError):
            continue
        for code, name in territories.items():
            if (
                len(code) == 2
                and code.isalpha()
                and code not in _LEFT_OUT
                and name not in _UNSAFE.get(language, ())
            ):
                names.setdefault(code, []).append(_term(_plain(name), language))
    return {code: tuple(dict.fromkeys(listed)) for code, listed in names.items()}


def declined(name: str, language: str) -> tuple[str, ...]:
    """The forms of a name that lose its last vowel ("Google" -> "Googlu" in Czech); none where the language has none.

    Endings that are only added ("Microsoftu") are the suffixes of the language in providers.yaml.
    """
    if len(name.lstrip("=")) < _SHORTEST_DECLINED or not name[-1].isalpha() or "*" in name:
        return ()
    for ending, others in _DECLENSIONS.get(language, ()):
        if name.endswith(ending):
            return tuple(name[: -len(ending)] + other for other in others)
    return ()


def _plain(name: str) -> str:
    """ "Hong Kong SAR China" and "Myanmar (Burma)" as they are written in a text."""
    for mark in (" (", "（", "中国", " SAR"):
        if mark in name and not name.startswith(mark):
            name = name.partition(mark)[0]
    return name.replace("*", "").replace("[", "").replace("|", "").strip()


def _term(name: str, language: str) -> str:
    if language in _STEMMING and len(name) >= 5 and name[-1].lower() in _VOWELS:
        return name[:-1] + "*"
    if language in (_STEMMING | _AGGLUTINATING) and len(name) >= 5:
        return name + "*"
    return name


_SCRIPTS: Mapping[str, re.Pattern[str]] = {
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ja": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")


def is_of_script(name: str, language: str) -> bool:
    """Towns are matched in the script of the language; thousands of others would only slow the automaton."""
    return _SCRIPTS.get(language, _LATIN).match(name) is not None


def name_endings(suffixes: Iterable[str]) -> re.Pattern[str]:
    """What may follow a name: 's, an apostrophe or colon with case letters, or a suffix of the language."""
    listed = "|".join(re.escape(fold(suffix).folded) for suffix in sorted(suffixes, key=len, reverse=True))
    return re.compile(
        rf"(?:{listed}|[':][^\W\d_]{{1,6}})(?![^\W_])" if listed else r"[':][^\W\d_]{1,6}(?![^\W_])"
    )
