"""units.yaml in, one compiled table a language out: what may stand before, in and after an amount. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from monitor.knowledge.terms import expand
from monitor.mentions.numbers import CJK_NUMERALS, NumberFormat
from monitor.text import has_dense_script

_KINDS = {"ACCEL": "accel", "RACK": "rack", "SERVER": "server", "PFLOPS": "flops", "EFLOPS": "flops"}
_COUNTS = {"REGION": "count_region", "AZ": "count_region", "DC": "count_dc"}
_BASE_UNITS = {"power": "MW", "area": "SQM"}
_FALLBACK = {"ms": "id"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a unit word stands for. `weak`: a classifier that counts anything; it needs a word of its kind near."""

    unit: str
    kind: str
    factor: Decimal = Decimal(1)
    weak: bool = False


_BLANKS = " \u00a0-"  # may stand between a term and the number after it


def _any_of(lasts: Iterable[str]) -> str:
    """A character class of what terms may end in; anything where one is open at its end or ends in a blank."""
    letters = frozenset(lasts)
    if letters & {"*", *_BLANKS}:
        return "(?s:.)"
    return f"[{''.join(map(re.escape, sorted(letters)))}]" if letters else "(?!)"


class Words:
    """Terms of a kind, found by their first letter, longest first; `at` gives the payload and the end."""

    def __init__(self, entries: Iterable[tuple[str, object]]) -> None:
        spelled = [(spelling, payload) for term, payload in entries for spelling in expand(term)]
        spelled.sort(key=lambda entry: -len(entry[0].rstrip("*")))
        groups: dict[str, list[tuple[str, object]]] = {}
        for spelling, payload in spelled:
            groups.setdefault(spelling[0].lower(), []).append((spelling, payload))
        self._lasts = re.compile(_any_of(spelling[-1] for spelling, _ in spelled), re.IGNORECASE)
        # A single alternation of 150 units costs 10 us at each position of a text; a letter's share costs 1 us.
        self._groups = {
            first: (
                re.compile("|".join(f"({_regex(spelling)})" for spelling, _ in group), re.IGNORECASE),
                [payload for _, payload in group],
            )
            for first, group in groups.items()
        }
        self.openings: Mapping[str, str] = {
            first: _second_letters(spelling for spelling, _ in group) for first, group in groups.items()
        }
        self._starts = beginnings(self, anywhere="".join(one for one in groups if not one.isalnum()))

    def at(self, text: str, position: int, end: int) -> tuple[object, int] | None:
        """The longest term that begins at `position`."""
        group = self._groups.get(text[position].lower()) if position < end else None
        match = group[0].match(text, position, end) if group is not None else None
        if group is None or match is None or match.lastindex is None:
            return None
        return group[1][match.lastindex - 1], match.end()

    def before(self, text: str, position: int, start: int, reach: int) -> tuple[object, int] | None:
        """The longest term that ends at `position`, blanks aside; the payload and where it begins."""
        low = max(start, position - reach)
        last = position - 1
        while last >= low and text[last] in _BLANKS:
            last -= 1
        if last < low or self._lasts.match(text, last) is None:
            return None
        for opening in self._starts.finditer(text, low, position):
            at = opening.start()
            found = self.at(text, at, position)
            if found is not None and not text[found[1] : position].strip(_BLANKS):
                return found[0], at
        return None


def _second_letters(spellings: Iterable[str]) -> str:
    """A pattern of what may follow the first letter of terms; "" where one of them is open or ends there."""
    letters = {spelling[1:2] for spelling in spellings}
    if any(not one or one in "* " or one.isspace() for one in letters):
        return ""
    return f"(?i:(?=[{_escaped(letters)}]))"


# Capitals that `str.upper` does not give.
_CAPITALS = {"k": "\u212a", "å": "\u212b", "ω": "\u2126", "ß": "\u1e9e", "i\u0307": "\u0130"}


def _both_cases(letters: Iterable[str]) -> str:
    """The inside of a character class: small letters and what becomes one of them by `str.lower`."""
    forms = {(one, form) for one in letters for form in (one, one.upper(), _CAPITALS.get(one, one))}
    return _escaped({form for one, form in forms if len(form) == 1 and form.lower() == one})


def _escaped(letters: Iterable[str]) -> str:
    return "".join(re.escape(one) for one in sorted(letters))


def beginnings(*tables: Words, anywhere: str = "", more: str = "") -> re.Pattern[str]:
    """Where a term of one of the tables may begin, by its first two letters: at a word's first letter, anywhere in a
    dense script. The match is the first letter.

    Letters of `anywhere`, and of `more` (the inside of a character class), may stand in a word as well.
    """
    openings: dict[str, str] = {}
    for table in tables:
        for first, second in table.openings.items():
            known = openings.setdefault(first, second)
            openings[first] = (
                f"(?:{known}|{second})" if known and second and known != second else known and second
            )
    free = {one for one in openings if one in anywhere or has_dense_script(one)}
    dense = _escaped(free) + more
    other = sorted(openings.keys() - free)
    if not (dense or other):
        return re.compile("(?!)")
    # One class at the beginning is what a search goes through fastest.
    seconds = "|".join(f"(?<=[{_both_cases(one)}]){openings[one]}" for one in other)
    at_word = rf"(?<![^\W_](?s:.))(?:{seconds})" if other else "(?!)"
    unbound = f"(?<=[{dense}])|" if dense else ""
    return re.compile(f"[{dense}{_both_cases(other)}](?:{unbound}{at_word})")


#: Not followed by a letter or digit of an alphabetic script: "MW" ends before a blank and before Hangul.
_WORD_END = r"(?!(?=[^\W_])[\x00-\u0dff\u0e80-\u10ff\u1200-\u2e7f])"


def _regex(term: str) -> str:
    """A term as a pattern: `*` any letters, a space any run of spaces or hyphens, ends at a word's end."""
    pieces = re.findall(r"\*|\s+|[^*\s]+", term)
    body = "".join(r"\w*" if p == "*" else r"[\s\u00a0-]+" if p.isspace() else re.escape(p) for p in pieces)
    last = term[-1]
    open_end = last == "*" or not last.isalnum() or has_dense_script(last)
    return body if open_end else body + _WORD_END


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Everything that reading amounts of one language needs."""

    form: NumberFormat
    words: Words
    magnitudes: Words
    bare: frozenset[str]
    vague: Words
    stop: frozenset[str]
    units: Words
    money_before: Words
    approximate: Words
    ranges: Words
    range_openings: Words
    range_links: Words
    numbers: re.Pattern[str]  # where a number may begin
    chips: re.Pattern[str]


class Tables:
    """One table a language, compiled when it is first needed."""

    def __init__(self, units: Mapping[str, object]) -> None:
        self._units = units
        self._tables: dict[str, Table] = {}

    def of(self, language: str) -> Table:
        """The table of a BCP 47 language."""
        if language not in self._tables:
            self._tables[language] = self._compile(language)
        return self._tables[language]

    def _compile(self, language: str) -> Table:
        primary = language.split("-")[0]
        known = primary in _mapping(self._units.get("magnitudes"))
        keys = [language, primary, _FALLBACK.get(primary, primary if known else "en")]
        magnitudes = self._pick("magnitudes", keys)
        ranges = _strings(_mapping(self._units.get("range")), ["any", *keys])
        symbols, units = self._units_of(keys)
        words = Words((str(w), Decimal(str(v))) for w, v in self._pick("number_words", keys).items())
        bare = _strings(_mapping(self._units.get("bare_magnitudes")), keys)
        return Table(
            form=NumberFormat.of(_mapping(self._pick("number_format", keys)) or None),
            words=words,
            magnitudes=Words((str(w), Decimal(str(v))) for w, v in magnitudes.items()),
            bare=frozenset(word.lower() for word in bare),
            numbers=beginnings(words, Words((word, None) for word in bare), more=rf"\d{CJK_NUMERALS}"),
            vague=Words((w, None) for w in _strings(_mapping(self._units.get("vague")), keys)),
            stop=frozenset(str(w).lower() for w in _strings(_mapping(self._units.get("count_stop")), keys)),
            units=Words(units),
            money_before=Words(symbols),
            approximate=Words(
                (term, operator)
                for operator, lists in _mapping(self._units.get("approx")).items()
                for term in _strings(_mapping(lists), keys)
            ),
            ranges=Words((word, None) for word in ranges if ".." not in word),
            range_openings=Words((word.split(" .. ")[0], None) for word in ranges if " .. " in word),
            range_links=Words((word.split(" .. ")[1], None) for word in ranges if " .. " in word),
            chips=re.compile(
                "|".join(map(re.escape, _strings(_mapping(self._units.get("chip_words")), ["any", *keys])))
                or "(?!)",
                re.IGNORECASE,
            ),
        )

    def _pick(self, section: str, keys: list[str]) -> Mapping[str, object]:
        part = _mapping(self._units.get(section))
        return next((_mapping(part[key]) for key in keys if key in part), {})

    def _units_of(self, keys: list[str]) -> tuple[list[tuple[str, object]], list[tuple[str, object]]]:
        """(what may stand before the number, what may stand after it)."""
        before: list[tuple[str, object]] = []
        after: list[tuple[str, object]] = []
        for code, entry in _mapping(self._units.get("money")).items():
            money = Unit(unit=code, kind="money")
            names = _strings(_mapping(_mapping(entry).get("names")), ["any", *keys])
            signs = [
                str(sign) for part in ("symbols", "codes") for sign in _as_list(_mapping(entry).get(part))
            ]
            before += [(term, money) for term in (*signs, *names)]
            after += [(term, money) for term in (*names, *signs)]
        for section in ("power", "area", "compute"):
            for name, entry in _mapping(self._units.get(section)).items():
                unit = Unit(
                    unit=_BASE_UNITS.get(section, "PFLOPS" if name == "EFLOPS" else name),
                    kind=_KINDS.get(name, section),
                    factor=Decimal(str(_mapping(entry).get("factor", 1))),
                )
                after += [
                    (term, unit) for term in _strings(_mapping(_mapping(entry).get("names")), ["any", *keys])
                ]
        for name, lists in _mapping(self._units.get("counts")).items():
            unit = Unit(unit=name, kind=_COUNTS.get(name, f"count_{name.lower()}"))
            after += [(term, unit) for term in _strings(_mapping(lists), ["any", *keys])]
        return before, self._weakened(after, keys)

    def _weakened(self, after: list[tuple[str, object]], keys: list[str]) -> list[tuple[str, object]]:
        weak = frozenset(_strings(_mapping(self._units.get("classifiers")), keys))
        return [
            (term, Unit(unit=unit.unit, kind=unit.kind, factor=unit.factor, weak=True))
            if isinstance(unit, Unit) and term in weak
            else (term, unit)
            for term, unit in after
        ]


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _strings(lists: Mapping[str, object], keys: Iterable[str]) -> list[str]:
    return [str(term) for key in dict.fromkeys(keys) for term in _as_list(lists.get(key))]
