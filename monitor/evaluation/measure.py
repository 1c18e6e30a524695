"""Labelled articles and a detector in, an `EvaluationResult` with all figures out.

Every article is judged once, alone; nothing is learned from the labels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from monitor.evaluation.facts import FactFigures
from monitor.evaluation.figures import (
    BCubed,
    Bin,
    Figure,
    Share,
    b_cubed,
    calibration,
    f1_interval,
    of_decisions,
    pairs,
)
from monitor.evaluation.labels import Labelled, read_labelled
from monitor.evaluation.named import NamedFigures, NameTable
from monitor.knowledge.model import Knowledge
from monitor.model import ArticleText, EventType, Finding, Judgement

StoryKeys = Callable[[Iterable[tuple[ArticleText, Judgement]]], Mapping[str, str]]


class EvaluatedDetector(Protocol):
    """What is measured; `monitor.detect.Detector` is one."""

    @property
    def knowledge(self) -> Knowledge: ...

    @property
    def digest(self) -> str: ...

    def judge(self, article: ArticleText) -> Judgement: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A labelled article with its judgement."""

    label: Labelled
    judgement: Judgement

    @property
    def decision(self) -> tuple[bool, bool]:
        """(wanted, found)."""
        return bool(self.label.relevant), self.judgement.relevant


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Precision, recall and F1 of a group of articles. `interval` is the 95 % interval of F1."""

    articles: int
    figure: Figure
    interval: tuple[float, float] | None = None

    @property
    def false_alarms(self) -> int:
        return self.figure.found - self.figure.hits

    @property
    def missed(self) -> int:
        return self.figure.wanted - self.figure.hits


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFigures:
    """One rule: the share of articles it finds something in, how often not alone, and how often rightly.

    `articles` is the precision over articles whose news it carries, `facts` over single facts (None: not labelled).
    """

    coverage: Share
    overlap: Share
    articles: Share
    facts: Share | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stories:
    """Grouping of the relevant articles that were found: `articles` of them in `wanted` stories."""

    articles: int
    wanted: int
    found: int
    pairs: Figure
    b_cubed: BCubed


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """All figures. Groups hold firm articles only; `with_borderline` holds the borderline ones too.

    Where held-out files are given with others, they are counted in `held_out` and `by_file` alone.
    """

    digest: str
    overall: Decisions
    with_borderline: Decisions
    held_out: Decisions | None  # the files named heldout-*; no other figure counts them
    held_out_facts: FactFigures | None
    by_language: Mapping[str, Decisions]
    by_kind: Mapping[str, Decisions]
    by_file: Mapping[str, Decisions]
    missed_because: Mapping[str, int]
    missed_types: Mapping[str, Share]
    alarms_by_category: Mapping[str, Share]
    unlabelled: Mapping[str, Share]
    facts: FactFigures
    named: NamedFigures
    stories: Stories | None
    bins: tuple[Bin, ...]
    thresholds: Mapping[int, Figure]
    rules: Mapping[str, RuleFigures]
    errors: tuple[Judged, ...]
    flagged: tuple[Judged, ...] = field(default=())


def run_evaluation(
    paths: Sequence[Path], detector: EvaluatedDetector, story_keys: StoryKeys | None = None
) -> EvaluationResult:
    """Judge every article of the files and folders and compare with the labels.

    `story_keys` groups judged articles (article id → story key); None leaves stories out.
    Raises LabelError where files cannot be read.
    """
    judged = [Judged(label=label, judgement=detector.judge(label.article)) for label in read_labelled(paths)]
    return result_of(judged, detector, story_keys)


def result_of(
    judged: Sequence[Judged], detector: EvaluatedDetector, story_keys: StoryKeys | None = None
) -> EvaluationResult:
    """The figures of articles that are judged already."""
    everything = [one for one in judged if one.label.relevant is not None]
    apart = [one for one in everything if one.label.held_out]
    labelled = [one for one in everything if not one.label.held_out] or everything
    apart = apart if len(labelled) < len(everything) else []
    firm = _firm(labelled)
    facts, named = _facts(labelled, detector.knowledge)
    return EvaluationResult(
        digest=detector.digest,
        overall=_decisions(firm, interval=True),
        with_borderline=_decisions(labelled, interval=True),
        by_language=_grouped(firm, lambda one: one.label.language),
        by_kind=_grouped(firm, lambda one: one.label.kind or "?"),
        held_out=_decisions(_firm(apart), interval=True) if apart else None,
        held_out_facts=_facts(apart, detector.knowledge)[0] if apart else None,
        by_file=_grouped(_firm(everything), lambda one: one.label.origin),
        missed_because=_missed_because(firm),
        missed_types=_missed_types(firm),
        alarms_by_category=_alarms(firm),
        unlabelled=_unlabelled(judged),
        facts=facts,
        named=named,
        stories=_stories(labelled, story_keys) if story_keys is not None else None,
        bins=calibration([(one.judgement.score, bool(one.label.relevant)) for one in firm]),
        thresholds=_thresholds(firm),
        rules=_rules(firm, facts),
        errors=tuple(one for one in labelled if one.decision[0] != one.decision[1]),
        flagged=tuple(one for one in judged if one.label.relevant is None and one.judgement.relevant),
    )


def _firm(judged: Sequence[Judged]) -> list[Judged]:
    return [one for one in judged if not one.label.borderline]


def _decisions(judged: Sequence[Judged], *, interval: bool = False) -> Decisions:
    decided = [one.decision for one in judged]
    return Decisions(
        articles=len(decided),
        figure=of_decisions(decided),
        interval=f1_interval(decided) if interval else None,
    )


def _grouped(judged: Sequence[Judged], key: Callable[[Judged], str]) -> Mapping[str, Decisions]:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[key(one)].append(one)
    return {name: _decisions(group, interval=True) for name, group in sorted(groups.items())}


def _facts(judged: Sequence[Judged], knowledge: Knowledge) -> tuple[FactFigures, NamedFigures]:
    facts, named = FactFigures(), NamedFigures()
    names = NameTable(knowledge) if any(one.label.named for one in judged) else None
    for one in judged:
        if one.label.events is not None:
            facts.add(one.label.events, one.judgement.findings, knowledge)
        if one.label.named is not None and one.label.relevant and names is not None:
            named.add(one.label.named, one.judgement.findings, names, knowledge)
    return facts, named


def reason_of(judgement: Judgement) -> str:
    """Why an article was not held for relevant, in the order of the steps."""
    stated = [one for one in judgement.findings if one.type is not EventType.FOOTPRINT]
    if not stated:
        refused = any(step.step == "entities" for step in judgement.trace)
        tried = any(step.step.startswith("rule:") for step in judgement.trace)
        return "no provider recognized" if refused and not tried else "no fact found"
    if not any(one.news for one in stated):
        return "a fact, but not the news"
    if all(one.status.value == "denied" for one in stated if one.news):
        return "held for denied"
    return "score below the lowest level, or neutral"


def _missed_because(judged: Sequence[Judged]) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in judged:
        if one.decision == (True, False):
            counts[reason_of(one.judgement)] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _missed_types(judged: Sequence[Judged]) -> Mapping[str, Share]:
    """For each labelled event type, how many of its relevant articles are missed."""
    shares: dict[str, Share] = defaultdict(Share)
    for one in judged:
        if one.label.relevant:
            for kind in sorted(_labelled_types(one.label)):
                shares[kind] += Share(right=not one.judgement.relevant, total=1)
    return dict(sorted(shares.items()))


def _labelled_types(label: Labelled) -> set[str]:
    if label.events is not None:
        return {kind for event in label.events if not event.background for kind in event.types}
    return set(label.named.types) if label.named else set()


def _alarms(judged: Sequence[Judged]) -> Mapping[str, Share]:
    """For each kind of negative, how many are held for relevant."""
    shares: dict[str, Share] = defaultdict(Share)
    for one in judged:
        if not one.label.relevant:
            shares[one.label.category or "?"] += Share(right=one.judgement.relevant, total=1)
    return dict(sorted(shares.items(), key=lambda item: (-item[1].right, item[0])))


def _unlabelled(judged: Sequence[Judged]) -> Mapping[str, Share]:
    shares: dict[str, Share] = defaultdict(Share)
    for one in judged:
        if one.label.relevant is None:
            shares[one.label.origin] += Share(right=one.judgement.relevant, total=1)
    return dict(sorted(shares.items()))


def _stories(judged: Sequence[Judged], story_keys: StoryKeys) -> Stories | None:
    """Only articles that are relevant, were found, and have a story. Reports of one set meet, as in `world`."""
    asked = [one for one in judged if one.label.story and one.decision == (True, True)]
    asked.sort(key=lambda one: (one.label.article.published or date.min, one.label.article.article_id))
    wanted = {one.label.article.article_id: one.label.story for one in asked}
    found = {identity: f"none:{identity}" for identity in wanted}
    for world in {one.label.world for one in asked}:
        keys = story_keys((one.label.article, one.judgement) for one in asked if one.label.world == world)
        found |= {identity: f"{world}:{key}" for identity, key in keys.items() if identity in wanted}
    grouped = b_cubed(found, wanted)
    if grouped is None:
        return None
    return Stories(
        articles=len(wanted),
        wanted=len(set(wanted.values())),
        found=len(set(found.values())),
        pairs=pairs(found, wanted),
        b_cubed=grouped,
    )


def _thresholds(judged: Sequence[Judged]) -> Mapping[int, Figure]:
    """Decisions if only scores from a threshold up counted."""
    return {
        threshold: of_decisions(
            [
                (bool(one.label.relevant), one.judgement.relevant and one.judgement.score >= threshold)
                for one in judged
            ]
        )
        for threshold in range(35, 101, 5)
    }


def _rules(judged: Sequence[Judged], facts: FactFigures) -> Mapping[str, RuleFigures]:
    found: dict[str, list[tuple[Judged, list[Finding]]]] = defaultdict(list)
    for one in judged:
        by_rule: dict[str, list[Finding]] = defaultdict(list)
        for finding in one.judgement.findings:
            by_rule[finding.rule].append(finding)
        for rule, findings in by_rule.items():
            found[rule].append((one, findings))
    return {
        rule: RuleFigures(
            coverage=Share(right=len(hits), total=len(judged)),
            overlap=Share(
                right=sum(len({one.rule for one in hit.judgement.findings}) > 1 for hit, _ in hits),
                total=len(hits),
            ),
            articles=_of_news(hits),
            facts=facts.right_by_rule.get(rule),
        )
        for rule, hits in sorted(found.items())
    }


def _of_news(hits: Sequence[tuple[Judged, list[Finding]]]) -> Share:
    carrying = [one for one, findings in hits if any(finding.news for finding in findings)]
    return Share(right=sum(bool(one.label.relevant) for one in carrying), total=len(carrying))
