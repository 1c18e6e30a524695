"""The words of a page in, "could it hold a finding" out, without extraction: for archives, where most pages hold none.

What a rule needs stands near each other: its action and its object, and a provider in the same sentence, in one
shortly before it, or in the headline; in a digest each item has a headline of its own. A page whose words nowhere come
together so holds no finding. The test is looser than the rules (any language that the page may be in, longer
distances, no conditions), never tighter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from itertools import islice

from crawler.pagetext import PageText
from monitor.knowledge.model import Knowledge, languages_of
from monitor.language import base_language
from monitor.mentions.amounts import AmountReader
from monitor.mentions.lead import SHORTEST, SHORTEST_DENSE
from monitor.mentions.lexicon import Entry, Hit, Kind, SharedLexicon
from monitor.mentions.scan import LONGEST_BODY
from monitor.news.items import DIGEST, could_be_digest
from monitor.pagewords import SLACK, Needs, PageWords
from monitor.rules.model import EventRule
from monitor.rules.quantities import is_substantial
from monitor.text import fold, is_dense

#: Between the parts of a term in two parts (80 in a text), and what a page may say in between.
GAP_REACH = 80 + SLACK
_LEAST = 20
_MAX_TEXT = 20 * LONGEST_BODY
_HAN = re.compile("[\u4e00-\u9fff]")
_HAN_OR_KANA = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_THAI = re.compile("[\u0e00-\u0e7f]")


class PageScreen:
    """Screens pages for one state of knowledge and rules. Keeps compiled lexicons, nothing of the pages."""

    def __init__(self, knowledge: Knowledge, rules: Sequence[EventRule]) -> None:
        self._knowledge = knowledge
        self._needs = tuple(dict.fromkeys(Needs.of(rule) for rule in rules))
        self._own = {name: terms for rule in rules for name, terms in rule.own_terms().items()}
        self._amounts = AmountReader(knowledge.units)
        self._lexicons: dict[tuple[str, ...], SharedLexicon] = {}

    def may_hold(self, page: PageText, *, language: str | None = None) -> bool:
        """False: no rule finds anything on this page. `language` is what is known of its outlet."""
        return any(self._holds_in(page, lexicon) for lexicon in self._lexicons_for(page, language))

    @cached_property
    def _alphabetic(self) -> tuple[str, ...]:
        return tuple(one for one in languages_of(self._knowledge) if not is_dense(one))

    def _lexicons_for(self, page: PageText, language: str | None) -> list[SharedLexicon]:
        """The declared language where it is the one that will be read in; else all. And those of the scripts seen."""
        sample = page.titles + page.text[:_MAX_TEXT]
        declared = {base_language(tag) for tag in ((language,) if language else page.languages)}
        sure = bool(declared) and not declared & {"zh", "ja", "ko", "th"}
        groups: list[tuple[str, ...]] = [tuple(sorted(declared)) if sure else self._alphabetic]
        groups += [
            (tag,)
            for tag, script in (("zh", _HAN), ("ja", _HAN_OR_KANA), ("ko", _HANGUL), ("th", _THAI))
            if (sure or tag not in self._alphabetic) and _is_written_in(script, sample)
        ]
        return [self._lexicon(group) for group in groups]

    def _lexicon(self, languages: tuple[str, ...]) -> SharedLexicon:
        if languages not in self._lexicons:
            own = [term for terms in self._own.items() for term in _own_terms(terms, languages)]
            self._lexicons[languages] = SharedLexicon(self._knowledge, languages, dict(own))
        return self._lexicons[languages]

    def _holds_in(self, page: PageText, lexicon: SharedLexicon) -> bool:
        title = fold(page.titles, script=lexicon.script, joined=lexicon.joined)
        body = fold(page.text[:_MAX_TEXT], script=lexicon.script, joined=lexicon.joined)
        folded, cased = f"{title.folded}\n{body.folded}", f"{title.cased}\n{body.cased}"
        names, _ = lexicon.gate.find(folded, cased)
        if not names:
            return False
        found, parts = lexicon.rest.find(folded, cased)
        found += _terms_of(parts)
        genres = {hit.value for hit in found if hit.kind is Kind.GENRE and hit.start <= len(title.folded)}
        dense = any(is_dense(one) or one in ("ko", "th") for one in lexicon.languages)
        words = PageWords(
            folded,
            len(title.folded) + 1,
            found,
            shortest=SHORTEST_DENSE if dense else SHORTEST,
            is_digest=could_be_digest(page.titles, page.text[:_MAX_TEXT], says_so=DIGEST in genres),
            amounts_in=partial(self._has_amount, cased, lexicon.languages),
        )
        sure = {hit.value for hit in names if hit.ambiguous < 0}  # then its ambiguous names count as well
        actors = [hit for hit in names if hit.value in sure or self._counts(hit, words)]
        words.take_actors(actors, self._knowledge)
        return bool(actors) and any(words.satisfy(needs) for needs in self._needs)

    def _has_amount(
        self, cased: str, languages: Sequence[str], start: int, end: int, kinds: frozenset[str]
    ) -> bool:
        """Is an amount of these kinds written there? Where the language is not known: there may be."""
        if len(languages) > 1:
            return True
        found = self._amounts.read(cased, languages[0], start, end)
        sure = languages[0] != "zh"  # whose 元 may be of several currencies
        return any(one.kind in kinds and (not sure or is_substantial(one, self._knowledge)) for one in found)

    def _counts(self, hit: Hit, words: PageWords) -> bool:
        """An ambiguous name counts only in a context that it needs."""
        alias = self._knowledge.entities[hit.value].ambiguous[hit.ambiguous]
        return any(words.context_near(hit, need, anywhere=alias.within == "article") for need in alias.needs)


def _terms_of(parts: Sequence[tuple[int, int, int, Entry]]) -> list[Hit]:
    """Terms in two parts ("puts ... into operation") whose parts may stand in one sentence."""
    seconds: dict[int, list[int]] = {}
    for start, _end, gap, _entry in parts:
        if gap % 2:
            seconds.setdefault(gap // 2, []).append(start)
    return [
        Hit(start, end, entry.kind, entry.value)
        for start, end, gap, entry in parts
        if not gap % 2 and any(start < other <= end + GAP_REACH for other in seconds.get(gap // 2, ()))
    ]


def _is_written_in(script: re.Pattern[str], sample: str) -> bool:
    """More than a name in a list of languages: an article has at least so many characters of its script."""
    return len(list(islice(script.finditer(sample), _LEAST))) == _LEAST


def _own_terms(
    named: tuple[str, Mapping[str, tuple[str, ...]]], languages: Sequence[str]
) -> list[tuple[str, tuple[str, ...]]]:
    name, terms = named
    return [(name, tuple(term for key in ("any", *languages) for term in terms.get(key, ())))]
