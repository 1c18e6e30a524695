"""The knowledge of one language in, two automata out: the gate (names of actors) and the rest (all other terms).

A text that names nobody is finished after the gate.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from monitor.knowledge.model import Knowledge, terms_of
from monitor.knowledge.terms import TermPart, compile_term
from monitor.mentions.names import country_names, declined, is_of_script, name_endings
from monitor.text import has_dense_script, is_wordlike


class Kind(IntEnum):
    """What a matched term is."""

    ENTITY = 0
    OBJECT = 1
    ACTION = 2
    CUE = 3
    CONTEXT = 4
    COREF = 5
    COUNTRY = 6
    ADJECTIVE = 7
    BLOC = 8
    HUB = 9
    CODE = 10
    NOT_PLACE = 11
    GENRE = 12
    OWN = 13  # inline terms of local rules
    PEOPLE = 14
    FORMER = 15
    OTHER_NAME = 16


class Entry(NamedTuple):
    """What a literal of the automaton stands for, and what must hold around it."""

    kind: Kind
    value: str
    left: bool  # a word boundary is needed before it
    right: bool
    cased: str | None = None
    verify: re.Pattern[str] | None = None
    gap: int = -1  # 2 * gap term + part, -1 where the term has one part
    ending: int = 0  # ENDING_*: what may follow directly
    ambiguous: int = -1  # index into Entity.ambiguous
    capital: bool = False  # must begin with a capital where the script has them
    kana: bool = False  # katakana neighbours block ("インド" in "ウインドウ")
    beside: str = ""  # what must stand near for `verify` to be tried


class Hit(NamedTuple):
    """A term found: code points `start` to `end` of the folded text."""

    start: int
    end: int
    kind: Kind
    value: str
    ambiguous: int = -1


_Meaning = tuple[Kind, str, int]  # the rest of a hit behind its start and end

# What a letter beside a literal means to its entries: nothing, something to some, the end of all.
_FREE, _MIXED, _CLOSED = 0, 1, 2
ENDING_NONE, ENDING_NAME, ENDING_INFLECTED = 0, 1, 2
INFLECTING = frozenset(["ru", "pl", "cs", "fi", "tr", "hu", "uk"])
_KATAKANA = re.compile("[\u30a0-\u30ff]+")
_HAN = re.compile("[\u4e00-\u9fff]")


class Automaton:
    """Literals with their entries; `find` gives the hits whose conditions hold."""

    def __init__(
        self, entries: Mapping[str, list[Entry]], endings: re.Pattern[str] | None, prefixes: tuple[str, ...]
    ) -> None:
        self.size = len(entries)
        self._endings = endings
        self._prefixes = prefixes
        self._table = [
            (
                _edge([(one.left, one.ending != ENDING_NONE and bool(prefixes)) for one in listed]),
                _edge([(one.right, one.ending != ENDING_NONE and endings is not None) for one in listed]),
                [(one.left, one.right, one.capital, _meaning(one), one) for one in listed],
            )
            for listed in entries.values()
        ]
        self._searcher = (
            AhoCorasick(
                list(entries), matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA
            )
            if entries
            else None
        )

    def find(self, folded: str, cased: str) -> tuple[list[Hit], list[tuple[int, int, int, Entry]]]:
        """Hits in order of position, and the parts of gap terms (start, end, gap, entry)."""
        hits: list[Hit] = []
        parts: list[tuple[int, int, int, Entry]] = []
        if self._searcher is None:
            return hits, parts
        table, size, new = self._table, len(folded), tuple.__new__
        for pattern, start, end in self._searcher.find_matches_as_indexes(folded, overlapping=True):
            left_edge, right_edge, listed = table[pattern]
            before = left_edge and start > 0 and is_wordlike(folded[start - 1])
            if before and left_edge == _CLOSED:
                continue
            after = right_edge and end < size and is_wordlike(folded[end])
            if after and right_edge == _CLOSED:
                continue
            for left, right, capital, meaning, entry in listed:
                if before and left and not self._may_follow_prefix(folded, start, entry):
                    continue
                if after and right and not self._may_end(folded, end, entry):
                    continue
                if capital and cased[start].islower():
                    continue
                if meaning is not None:
                    hits.append(new(Hit, (start, end, *meaning)))
                    continue
                span = _where(entry, folded, cased, start, end)
                if span is None:
                    continue
                if entry.gap >= 0:
                    parts.append((*span, entry.gap, entry))
                else:
                    hits.append(Hit(*span, entry.kind, entry.value, entry.ambiguous))
        return hits, parts

    def _may_end(self, folded: str, end: int, entry: Entry) -> bool:
        """Whether the letters that follow a name are one of its case endings."""
        if entry.ending == ENDING_NONE or self._endings is None:
            return False
        return self._endings.match(folded, end) is not None

    def _may_follow_prefix(self, folded: str, start: int, entry: Entry) -> bool:
        if entry.ending == ENDING_NONE or not self._prefixes:
            return False
        for prefix in self._prefixes:
            begin = start - len(prefix)
            if (
                begin >= 0
                and folded.startswith(prefix, begin)
                and (begin == 0 or not is_wordlike(folded[begin - 1]))
            ):
                return True
        return False


def _edge(entries: Sequence[tuple[bool, bool]]) -> int:
    """What a letter at one side of a literal means: each entry wants a boundary there, or takes an affix for one."""
    if all(bounded and not affixed for bounded, affixed in entries):
        return _CLOSED
    return _MIXED if any(bounded for bounded, _ in entries) else _FREE


def _meaning(entry: Entry) -> _Meaning | None:
    """What a hit says, None where more than word boundaries and a capital decides whether it is one."""
    if entry.cased is not None or entry.kana or entry.verify is not None or entry.gap >= 0:
        return None
    return entry.kind, entry.value, entry.ambiguous


def _where(entry: Entry, folded: str, cased: str, start: int, end: int) -> tuple[int, int] | None:
    """The span of a literal with its wildcards, None where it is not written as the entry asks."""
    if (entry.cased is not None or entry.kana) and not _written_so(entry, cased, start, end):
        return None
    if entry.verify is None:
        return start, end
    if folded.find(entry.beside, max(0, start - _REACH), end + _REACH) < 0:
        return None
    return _verify(entry.verify, folded, start, end)


def _written_so(entry: Entry, cased: str, start: int, end: int) -> bool:
    if entry.cased is not None and cased[start:end] != entry.cased:
        return False
    return not (
        entry.kana
        and (
            (start > 0 and _KATAKANA.match(cased[start - 1]) is not None and cased[start - 1] != "・")
            or (end < len(cased) and _KATAKANA.match(cased[end]) is not None and cased[end] != "・")
        )
    )


_REACH = 48  # characters around an anchor that a term with inner wildcards may span


def _verify(pattern: re.Pattern[str], folded: str, start: int, end: int) -> tuple[int, int] | None:
    low = max(0, start - _REACH)
    for match in pattern.finditer(folded, low, min(len(folded), end + _REACH)):
        if match.start() <= start and match.end() >= end:
            return match.span()
        if match.start() > start:
            return None
    return None


class Lexicon:
    """All terms that serve one language, compiled."""

    def __init__(
        self, knowledge: Knowledge, language: str, own: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        self.language = language
        self.script = knowledge.traditional if language == "zh" else None
        self.joined = language in ("zh", "ja")
        # By the part that they show; none for a part that the knowledge lacks.
        self.small_words = defaultdict(
            frozenset[str],
            {part: frozenset(terms_of(terms, language)) for part, terms in knowledge.grammar.items()},
        )
        self._gaps = 0
        endings = name_endings(terms_of(knowledge.suffixes, language))
        prefixes = tuple(terms_of(knowledge.prefixes, language))
        gate: dict[str, list[Entry]] = {}
        rest: dict[str, list[Entry]] = {}
        self._add_entities(gate, knowledge)
        self._add_terms(rest, knowledge, own or {})
        self._add_places(rest, knowledge)
        self.gate = Automaton(gate, endings, prefixes)
        self.rest = Automaton(rest, endings, prefixes)

    def _add_entities(self, gate: dict[str, list[Entry]], knowledge: Knowledge) -> None:
        for entity in knowledge.entities.values():
            for alias in terms_of(entity.aliases, self.language):
                for form in (alias, *declined(alias, self.language)):
                    self._add(gate, form, Kind.ENTITY, entity.id, name=True)
            for index, ambiguous in enumerate(entity.ambiguous):
                if (
                    ambiguous.language in ("any", self.language)
                    or ambiguous.language.partition("-")[0] == self.language
                ):
                    for form in (ambiguous.alias, *declined(ambiguous.alias, self.language)):
                        self._add(gate, form, Kind.ENTITY, entity.id, name=True, ambiguous=index)

    def _add_terms(
        self, rest: dict[str, list[Entry]], knowledge: Knowledge, own: Mapping[str, tuple[str, ...]]
    ) -> None:
        named = [
            *((Kind.OBJECT, name, terms) for name, terms in knowledge.objects.items()),
            *((Kind.ACTION, name, action.terms) for name, action in knowledge.actions.items()),
            *((Kind.CUE, name, terms) for name, terms in knowledge.cues.items()),
            *((Kind.CONTEXT, name, terms) for name, terms in knowledge.contexts.items()),
            *((Kind.GENRE, name, terms) for name, terms in knowledge.genre.items()),
            (Kind.COREF, "coref", knowledge.coref),
            (Kind.NOT_PLACE, "", knowledge.places.not_places),
            (Kind.PEOPLE, "people", knowledge.people),
            (Kind.FORMER, "former", knowledge.former),
            (Kind.OTHER_NAME, "", knowledge.other_names),
        ]
        for kind, name, terms in named:
            for term in terms_of(terms, self.language):
                self._add(rest, term, kind, name)
        for name, listed in own.items():
            for term in listed:
                self._add(rest, term, Kind.OWN, name)

    def _add_places(self, rest: dict[str, list[Entry]], knowledge: Knowledge) -> None:
        places = knowledge.places
        for code, names in country_names(self.language).items():
            for name in names:
                self._add(rest, name, Kind.COUNTRY, code, name=True, capital=True)
        for code, country in places.countries.items():
            for name in terms_of(country.short, self.language):
                self._add(rest, name, Kind.COUNTRY, code, name=True, capital=True)
            for name in terms_of(country.adjectives, self.language):
                self._add(rest, name, Kind.ADJECTIVE, code)
        for bloc in places.blocs.values():
            for name in terms_of(bloc.names, self.language):
                self._add(rest, name, Kind.BLOC, bloc.id, name=True)
        for hub in places.hubs.values():
            for name in terms_of(hub.names, self.language):
                for form in (name, *declined(name, self.language)):
                    self._add(rest, form, Kind.HUB, hub.id, name=True, capital=True)
        for city, spellings in places.cities.items():
            for name in spellings:
                if is_of_script(name, self.language):
                    for form in (name, *declined(name, self.language)):
                        self._add(rest, form, Kind.HUB, city, name=True, capital=True)
        for provider, codes in places.region_codes.items():
            for code in codes:
                self._add(rest, code, Kind.CODE, f"{provider} {code}")

    def _add(
        self,
        table: dict[str, list[Entry]],
        term: str,
        kind: Kind,
        value: str,
        *,
        name: bool = False,
        ambiguous: int = -1,
        capital: bool = False,
    ) -> None:
        for spelling in compile_term(term, self.script, joined=self.joined):
            gap = -1
            if len(spelling) == 2:
                gap, self._gaps = self._gaps * 2, self._gaps + 1
            for part_index, part in enumerate(spelling):
                entry = _entry(part, kind, value, term, name=name, capital=capital, language=self.language)
                entry = entry._replace(gap=gap + part_index if gap >= 0 else -1, ambiguous=ambiguous)
                listed = table.setdefault(part.literal, [])
                for form in (entry, *_capitalized(entry, self.language)):
                    if form not in listed:
                        listed.append(form)


class SharedLexicon(Lexicon):
    """Names, actions, objects and contexts of several languages at once: to tell which texts hold none of them."""

    def __init__(
        self, knowledge: Knowledge, languages: Sequence[str], own: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """`languages` are of one kind: "zh" and "ja", whose texts are folded in ways of their own, stand alone."""
        self.languages = tuple(languages)
        self.script = knowledge.traditional if "zh" in languages else None
        self.joined = bool({"zh", "ja"} & set(languages))
        self._gaps = 0
        gate: dict[str, list[Entry]] = {}
        rest: dict[str, list[Entry]] = {}
        for self.language in languages:
            self._add_entities(gate, knowledge)
            self._add_terms(rest, knowledge, own or {})
        kept = {
            literal: sought
            for literal, entries in rest.items()
            if (sought := [entry for entry in entries if entry.kind in _SOUGHT])
        }
        suffixes = [suffix for one in languages for suffix in terms_of(knowledge.suffixes, one)]
        prefixes = tuple({prefix: 0 for one in languages for prefix in terms_of(knowledge.prefixes, one)})
        endings = name_endings(dict.fromkeys(suffixes))
        self.gate = Automaton(gate, endings, prefixes)
        self.rest = Automaton(kept, endings, prefixes)


_SOUGHT = frozenset({Kind.ACTION, Kind.OBJECT, Kind.CONTEXT, Kind.OWN, Kind.GENRE})


def _entry(
    part: TermPart, kind: Kind, value: str, term: str, *, name: bool, capital: bool, language: str
) -> Entry:
    literal = part.literal
    cased = part.cased
    if kind is Kind.ENTITY and cased is None and term.isupper() and term.isascii() and len(term) <= 5:
        cased = term
    first_dense, last_dense = has_dense_script(literal[0]), has_dense_script(literal[-1])
    return Entry(
        kind=kind,
        value=value,
        left=not part.left_open and not first_dense and literal[0] != " ",
        right=not part.right_open and not last_dense and literal[-1] != " ",
        cased=cased,
        verify=part.verify,
        beside=part.beside,
        ending=(ENDING_INFLECTED if language in INFLECTING else ENDING_NAME) if name else ENDING_NONE,
        capital=capital and not first_dense,
        kana=name and _KATAKANA.fullmatch(literal) is not None,
    )


_CAPITALIZING = frozenset({"it", "es", "pt", "fr"})  # papers that write Aws, Ibm, Ovh


def _capitalized(entry: Entry, language: str) -> tuple[Entry, ...]:
    """The form of an acronym in papers that capitalize it like a name."""
    if entry.kind is not Kind.ENTITY or not entry.cased or not entry.cased.isupper():
        return ()
    least = (
        3 if language in _CAPITALIZING else 5
    )  # Ionos everywhere, Aws only where acronyms are written like names
    if len(entry.cased) < least:
        return ()
    return (entry._replace(cased=entry.cased.capitalize()),)
