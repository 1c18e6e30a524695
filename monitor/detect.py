"""An article in, a `Judgement` out: findings with evidence, whether they are the news, and the trace of why. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from monitor.knowledge.model import Knowledge
from monitor.language import language_of
from monitor.mentions.amounts import AmountReader
from monitor.mentions.entities import Cast, resolve
from monitor.mentions.lexicon import Kind, Lexicon
from monitor.mentions.places import Gazetteer
from monitor.mentions.scan import (
    LONGEST_BODY,
    LONGEST_TITLE,
    Reading,
    open_reading,
    read_terms,
)
from monitor.mentions.times import TimeReader
from monitor.model import (
    ArticleText,
    Direction,
    EventType,
    Finding,
    Judgement,
    Level,
    Status,
    TraceStep,
)
from monitor.news import NewsDecision, decide_news, has_carrier, news_features
from monitor.news.items import digest_items, with_items
from monitor.rules.adjusting import adjusted, compile_adjustments
from monitor.rules.agreement import with_agreed_status
from monitor.rules.completion import completed
from monitor.rules.firing import FactFinder
from monitor.rules.matching import INFRASTRUCTURE
from monitor.rules.merging import merged
from monitor.rules.model import RuleSet
from monitor.rules.quantities import Quantities
from monitor.rules.redundancy import without_dominated
from monitor.rules.setting import Fact, Setting
from monitor.rules.sites import with_next_sites

LOOKED_AT = 25  # sentences in which a data center makes "the site" one
SITES = frozenset({"datacenter", "region", "az"})


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
        self._finder = FactFinder(rules.rules, knowledge)
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
        setting = self._setting(article, reading, cast, lexicon)
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
        return self._setting(article, reading, resolve(reading, self.knowledge), lexicon)

    def _completed_facts(self, article: ArticleText, setting: Setting) -> tuple[list[Fact], dict[str, str]]:
        facts, failed = self._finder.find(setting)
        told = merged(with_next_sites(with_agreed_status(facts), setting), self.knowledge)
        facts = completed(without_dominated(told), setting)
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

    def _setting(self, article: ArticleText, reading: Reading, cast: Cast, lexicon: Lexicon) -> Setting:
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
            small_words=lexicon.small_words,
        )

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
