"""An article in, a `Judgement` out: findings with evidence, whether they are the news, and the trace of why. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from monitor.knowledge.model import Knowledge
from monitor.language import language_of
from monitor.mentions.amounts import AmountReader
from monitor.mentions.entities import Cast, Mention, resolve
from monitor.mentions.lexicon import Kind, Lexicon
from monitor.mentions.places import Gazetteer
from monitor.mentions.scan import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Reading,
    Sentence,
    open_reading,
    read_terms,
)
from monitor.mentions.times import TimeReader
from monitor.mentions.view import View
from monitor.model import (
    ArticleText,
    Direction,
    EventType,
    Field,
    Finding,
    Judgement,
    Level,
    Status,
    TraceStep,
)
from monitor.news import NewsDecision, decide_news, has_carrier, news_features
from monitor.news.items import digest_items, with_items
from monitor.rules.adjusting import adjusted, compile_adjustments
from monitor.rules.completion import completed, with_agreed_status
from monitor.rules.dominance import without_dominated
from monitor.rules.facts import build_fact
from monitor.rules.matching import INFRASTRUCTURE, match
from monitor.rules.merging import merged
from monitor.rules.model import EventRule, RuleSet
from monitor.rules.quantities import Quantities
from monitor.rules.setting import Fact, Setting

LOOKED_AT = 25  # sentences in which a data center makes "the site" one
SITES = frozenset({"datacenter", "region", "az"})
SALIENCE_REACH = 3  # sentences over which "the company" still means the last one named


class Watch(Protocol):
    """What a watch must offer to be named in a judgement."""

    @property
    def id(self) -> str: ...

    def holds(self, article: ArticleText, findings: Sequence[Finding]) -> bool: ...


class Detector:
    """Judges articles with one state of knowledge, rules and watches.

    Keeps compiled lexicons, nothing of the articles.
    """

    def __init__(self, knowledge: Knowledge, rules: RuleSet, watches: Sequence[Watch] = ()) -> None:
        self.knowledge = knowledge
        self.rules = rules
        self._watches = tuple(watches)
        self._own = {name: terms for rule in rules.rules for name, terms in rule.own_terms().items()}
        self._lexicons: dict[str, Lexicon] = {}
        self._gazetteer = Gazetteer.of(knowledge)
        self._amounts = AmountReader(knowledge.units)
        self._times = TimeReader(knowledge.units)
        self._directions = {name: action.direction for name, action in knowledge.actions.items()}
        self._ordered = sorted(rules.rules, key=lambda rule: rule.id)
        self._by_action = _by_action(self._ordered)
        self._adjustments = compile_adjustments(rules.rules)
        self.digest = hashlib.sha256(f"{knowledge.digest} {rules.digest}".encode()).hexdigest()[:16]

    def with_rules(self, rules: RuleSet) -> Detector:
        """The same with other rules. Word lists (0.1 s a language) are shared where the own ones are the same."""
        other = Detector(self.knowledge, rules, self._watches)
        # All of these compile their patterns when they first meet a language.
        other._gazetteer, other._amounts, other._times = self._gazetteer, self._amounts, self._times
        if other._own == self._own:
            other._lexicons = self._lexicons
        return other

    def judge(self, article: ArticleText) -> Judgement:
        """Deterministic: no clock, no order of articles, nothing outside the article and this detector."""
        bounded = _bounded(article)
        judgement = self._judge(bounded, whole=bounded)
        watches = tuple(watch.id for watch in self._watches if watch.holds(article, judgement.findings))
        return replace(judgement, watches=watches) if watches else judgement

    def _judge(self, article: ArticleText, *, whole: ArticleText | None) -> Judgement:
        """`whole` is what the article is a part of (itself; the digest whose headline it is); None for its items."""
        language = language_of(article)
        lexicon = self._lexicon(language)
        reading = open_reading(article.title, article.text, language=language, lexicon=lexicon)
        if not reading.entity_hits:
            return self._nothing(
                article, language, TraceStep(step="entities", held=False, clause="no provider named")
            )
        read_terms(reading, lexicon, self.knowledge.abbreviations)
        cast = resolve(reading, self.knowledge)
        if not cast.by_sentence:
            return self._nothing(article, language, *_refusals(reading, cast))
        setting = self._setting(article, reading, cast)
        items = digest_items(article, setting) if whole is article else ()
        if items:
            article = replace(article, language=language)
            headline = self._judge(replace(article, text=""), whole=article)
            judged = [(item, self._judge(item.of(article), whole=None)) for item in items]
            return with_items(headline, judged, article)
        facts, failed = self._completed_facts(article, setting)
        decision = decide_news(setting, facts, whole or article)
        return self._judgement(article, reading, cast, facts, decision, failed)

    def clauses(self, article: ArticleText) -> frozenset[str] | None:
        """The clauses of "is it the news?" that hold, for fitting their weights; None where no fact could carry it."""
        article = shape = _bounded(article)
        setting = self._open(article)
        if digest_items(article, setting):
            article = replace(article, text="", language=setting.reading.language)
            setting = self._open(article)
        facts, _ = self._completed_facts(article, setting)
        if not has_carrier(setting, facts, self.knowledge.scoring.thresholds["low"]):
            return None
        return frozenset(name for name, holds in news_features(setting, facts, shape).items() if holds)

    def _open(self, article: ArticleText) -> Setting:
        language = language_of(article)
        lexicon = self._lexicon(language)
        reading = open_reading(article.title, article.text, language=language, lexicon=lexicon)
        read_terms(reading, lexicon, self.knowledge.abbreviations)
        return self._setting(article, reading, resolve(reading, self.knowledge))

    def _completed_facts(self, article: ArticleText, setting: Setting) -> tuple[list[Fact], dict[str, str]]:
        facts, failed = self._facts(setting)
        facts = completed(without_dominated(merged(with_agreed_status(facts), self.knowledge)), setting)
        if self._adjustments:
            facts = adjusted(facts, self._adjustments, article, self.knowledge)
        return facts, failed

    def named(self, article: ArticleText) -> frozenset[str]:
        """Ids of the entities that count in an article (ambiguous names only in their context)."""
        cast = self._open(article).cast
        return frozenset(mention.named for listed in cast.by_sentence.values() for mention in listed)

    def _lexicon(self, language: str) -> Lexicon:
        if language not in self._lexicons:
            own = {
                name: tuple(term for key in ("any", language) for term in terms.get(key, ()))
                for name, terms in self._own.items()
            }
            self._lexicons[language] = Lexicon(self.knowledge, language, own)
        return self._lexicons[language]

    def _setting(self, article: ArticleText, reading: Reading, cast: Cast) -> Setting:
        mentions = [mention for listed in cast.by_sentence.values() for mention in listed]
        title = [mention for mention in mentions if mention.start < reading.body_at]
        return Setting(
            article_id=article.article_id,
            reading=reading,
            cast=cast,
            gazetteer=self._gazetteer,
            knowledge=self.knowledge,
            quantities=Quantities(reading, self._amounts, self._times, article.published),
            published=article.published,
            title_families=frozenset(self.knowledge.family_of(mention.id) for mention in title),
            named=frozenset(mention.id for mention in mentions),
            speaks_of_cloud=any(
                hit.value in INFRASTRUCTURE for sentence in reading.window for hit in sentence.of(Kind.OBJECT)
            ),
            sites_in_article=any(
                hit.value in SITES
                for sentence in reading.sentences[:LOOKED_AT]
                for hit in sentence.of(Kind.OBJECT)
            ),
            families=frozenset(
                self.knowledge.family_of(mention.id) for mention in mentions if not mention.is_product
            ),
        )

    def _facts(self, setting: Setting) -> tuple[list[Fact], dict[str, str]]:
        """Facts of every sentence, then of title and lead together; and per rule the furthest clause that failed."""
        reading = setting.reading
        facts: list[Fact] = []
        failed: dict[str, str] = {}
        last: Mention | None = None
        last_at = -99
        title_actor: Mention | None = None
        for sentence in reading.sentences:
            mentions = setting.cast.of(sentence)
            here = _salient(mentions)
            if here is not None:
                last, last_at = here, sentence.index
                if sentence.field is Field.TITLE:
                    title_actor = here
            if not (
                sentence.of(Kind.ACTION)
                or sentence.of(Kind.OWN)
                or (sentence.field is Field.TITLE and sentence.of(Kind.OBJECT))
            ):
                continue
            salient = self._meant(
                sentence, setting, last=last, distance=sentence.index - last_at, title=title_actor
            )
            if salient is None and not mentions:
                continue
            view = View(reading=reading, cast=setting.cast, gazetteer=self._gazetteer, sentences=(sentence,))
            self._run(view, setting, salient, facts, failed)
        if reading.titles and reading.lead:
            view = View(
                reading=reading, cast=setting.cast, gazetteer=self._gazetteer, sentences=reading.window
            )
            self._run(
                view,
                setting,
                None,
                facts,
                failed,
                known={fact.finding.type for fact in facts if fact.in_window},
            )
        return facts, failed

    def _meant(
        self,
        sentence: Sentence,
        setting: Setting,
        *,
        last: Mention | None,
        distance: int,
        title: Mention | None,
    ) -> Mention | None:
        """Who a sentence without a name is about: "the company" reaches back, the lead continues the headline."""
        if sentence.field is Field.TITLE:
            return None
        if sentence.of(Kind.COREF):
            return last if last is not None and distance <= SALIENCE_REACH else title
        if setting.reading.in_window(sentence.index):
            return last or title
        return last if distance <= 1 and len(setting.families) <= 2 else None

    def _run(
        self,
        view: View,
        setting: Setting,
        salient: Mention | None,
        facts: list[Fact],
        failed: dict[str, str],
        known: frozenset[object] | set[object] = frozenset(),
    ) -> None:
        for rule in self._rules_for(view):
            if rule.type in known:
                continue
            candidate = match(rule, view, self._directions)
            outcome = (
                candidate if isinstance(candidate, str) else build_fact(candidate, setting, salient=salient)
            )
            if isinstance(outcome, Fact):
                facts.append(outcome)
            elif _rank(outcome) >= _rank(failed.get(rule.id, "action")):
                failed[rule.id] = outcome

    def _rules_for(self, view: View) -> list[EventRule]:
        values = view.action_values | view.object_values
        if own := view.of(Kind.OWN):
            values |= {hit.value for hit in own}
        chosen = {index for value in values for index in self._by_action.get(value, ())}
        language = view.reading.language
        rules = [self._ordered[index] for index in sorted(chosen)]
        return [rule for rule in rules if not rule.languages or language in rule.languages]

    def _judgement(
        self,
        article: ArticleText,
        reading: Reading,
        cast: Cast,
        facts: Sequence[Fact],
        decision: NewsDecision,
        failed: Mapping[str, str],
    ) -> Judgement:
        findings = tuple(
            replace(one, news=True) if one.finding_id in decision.central else one
            for one in (fact.finding for fact in facts)
        )
        eligible = [
            one for one in findings if one.status is not Status.DENIED and one.type is not EventType.FOOTPRINT
        ]
        score = max((one.score for one in eligible), default=0)
        alerting = [one for one in eligible if one.news and one.direction is not Direction.NEUTRAL]
        threshold = self.knowledge.scoring.thresholds["low"]
        relevant = decision.holds and any(one.score >= threshold for one in alerting)
        trace = [
            *_refusals(reading, cast),
            *(TraceStep(step=f"rule:{one.rule}", held=True, span=one.evidence.span) for one in findings),
            *(
                TraceStep(step=f"rule:{rule}", held=False, clause=clause)
                for rule, clause in sorted(failed.items())
            ),
            *decision.trace,
        ]
        return Judgement(
            article_id=article.article_id,
            language=reading.language,
            relevant=relevant,
            score=score,
            level=self.level_of(score),
            findings=findings,
            news=decision.parts,
            trace=tuple(trace),
            rule_set=self.digest,
        )

    def level_of(self, score: int) -> Level:
        reached = Level.INFORMATIONAL
        for level in (Level.LOW, Level.MEDIUM, Level.HIGH):
            if score >= self.knowledge.scoring.thresholds[level.value]:
                reached = level
        return reached

    def _nothing(self, article: ArticleText, language: str, *trace: TraceStep) -> Judgement:
        return Judgement(
            article_id=article.article_id,
            language=language,
            relevant=False,
            score=0,
            level=Level.INFORMATIONAL,
            findings=(),
            trace=trace,
            rule_set=self.digest,
        )


def _bounded(article: ArticleText) -> ArticleText:
    """The article as far as it is judged: its first characters keep their offsets."""
    if len(article.title) <= LONGEST_TITLE and len(article.text) <= LONGEST_BODY:
        return article
    return replace(article, title=article.title[:LONGEST_TITLE], text=article.text[:LONGEST_BODY])


_CLAUSE_RANK = {
    "action": 0,
    "object": 1,
    "window": 2,
    "stopped": 3,
    "unless": 3,
    "actor": 4,
    "business": 5,
    "need": 6,
}


@lru_cache(maxsize=256)
def _rank(clause: str) -> int:
    """How far matching came when this clause failed ("need place": 6)."""
    return _CLAUSE_RANK.get(clause.partition(" ")[0], 5)


def _by_action(rules: Sequence[EventRule]) -> Mapping[str, tuple[int, ...]]:
    """Positions of the rules that an action (an object, where a rule has no action) can fire."""
    index: dict[str, list[int]] = {}
    for position, rule in enumerate(rules):
        keys = (*rule.actions, *([rule.own_action.name] if rule.own_action else []))
        for action in keys or rule.objects:
            index.setdefault(action, []).append(position)
    return {action: tuple(listed) for action, listed in index.items()}


def _salient(mentions: Sequence[Mention]) -> Mention | None:
    """Who a sentence is about: the first actor that is neither a product nor a collective, else the first."""
    acting = [one for one in mentions if not one.is_product]
    return next((one for one in acting if one.kind not in ("group", "vendor")), acting[0] if acting else None)


def _refusals(reading: Reading, cast: Cast) -> list[TraceStep]:
    steps = []
    for hit, reason in cast.refused[:8]:
        name = reading.cased[hit.start : hit.end]
        steps.append(
            TraceStep(
                step="entities",
                held=False,
                clause=reason,
                note=f"{name} ({hit.value})",
                span=reading.span(hit.start, hit.end),
            )
        )
    return steps
