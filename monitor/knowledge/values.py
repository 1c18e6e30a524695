"""A value of the knowledge files in, the same as terms, numbers or rows out; what is wrong goes to `report`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from monitor.errors import Problem
from monitor.knowledge.model import Terms
from monitor.knowledge.terms import expand

Report = Callable[[Problem], None]
LANGUAGES = frozenset(
    {
        *("any", "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "no", "fi", "pl", "cs"),
        *("hu", "ru", "tr", "ar", "th", "vi", "id", "ms", "zh", "zh-Hans", "zh-Hant", "ja", "ko"),
    }
)


def terms(value: object, place: str, report: Report, *, checked: bool = True) -> Terms:
    """Terms per language."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        report(
            Problem(place=place, message="is not a mapping of languages", remedy="Write `en: [term, ...]`")
        )
        return {}
    result: dict[str, tuple[str, ...]] = {}
    for language, listed in value.items():
        if language not in LANGUAGES:
            report(
                Problem(
                    place=f"{place}.{language}",
                    message="is not a known language",
                    remedy="See docs/detection.md",
                )
            )
        elif not isinstance(listed, list):
            report(Problem(place=f"{place}.{language}", message="is not a list", remedy="Write [term, ...]"))
        else:
            result[language] = tuple(cast("list[str]", listed))
            if checked:
                _check_terms(result[language], f"{place}.{language}", report)
    return result


def _check_terms(listed: tuple[str, ...], place: str, report: Report) -> None:
    for term in listed:
        if not isinstance(term, str) or not term.strip("=* ") or term != term.strip():
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} is not usable",
                    remedy="Quote it; no blanks at its ends",
                )
            )
            continue
        if term.count("(") != term.count(")") or term.count("[") != term.count("]") or term.count(" .. ") > 1:
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} has unbalanced brackets or two gaps",
                    remedy="Split it",
                )
            )
            continue
        if any(not spelling.strip("=* ") for spelling in expand(term)):
            report(
                Problem(
                    place=place,
                    message=f"term {term!r} has an empty alternative",
                    remedy="Remove the empty one",
                )
            )


def lexicon(value: object, place: str, report: Report) -> Mapping[str, Terms]:
    """Named lists of terms per language."""
    if not isinstance(value, dict):
        return {}
    return {name: terms(listed, f"{place}.{name}", report) for name, listed in value.items()}


def integers(value: object, place: str, report: Report) -> Mapping[str, int]:
    result = {}
    for key, text in mapping_of(value).items():
        try:
            result[key] = int(str(text))
        except ValueError:
            report(
                Problem(
                    place=f"{place}.{key}",
                    message=f"{text!r} is no whole number",
                    remedy="Write points, as 8 or -15",
                )
            )
    return result


def mapping_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def rows_of(value: object) -> list[Mapping[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def names_of(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
