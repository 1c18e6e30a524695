"""Watch documents (`kind: watch`) of the local rule files in, `DocumentWatch` objects out. See docs/query-language.md.

A watch that cannot be read, or that fails one of its own examples, is left out by name; the others go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from alerts.model import Rhythm
from monitor.errors import Problem
from monitor.knowledge.model import Knowledge
from monitor.knowledge.yamltext import read_documents, yaml_files
from monitor.model import ArticleText, Finding, Judgement, Level
from monitor.rules.passages import Passage, passage_of_query, passage_of_terms
from monitor.rules.query import Novelty, Query, subject_for
from monitor.rules.query_text import pages_of, spans_in
from monitor.rules.watch_reading import Found, WatchExample, WatchFields, read_watch

_LEVELS = tuple(Level)


class WatchDetector(Protocol):
    """What runs a watch's examples; `monitor.detect.Detector` is one."""

    @property
    def knowledge(self) -> Knowledge: ...

    def judge(self, article: ArticleText) -> Judgement: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWatch:
    """A watch as a document describes it: asked by the detector, weighed by triage, routed by its channels."""

    fields: WatchFields
    knowledge: Knowledge
    queries: Mapping[str, Query] = field(default_factory=dict, repr=False)  # of all watches, for `watch:`

    @property
    def id(self) -> str:
        return self.fields.id

    @property
    def name(self) -> str:
        return self.fields.id

    @property
    def channels(self) -> tuple[str, ...]:
        return self.fields.channels

    @property
    def min_level(self) -> str:
        return self.fields.min_level

    @property
    def shadow(self) -> bool:
        """An experimental watch decides and logs, and sends nothing."""
        return self.fields.shadow

    @property
    def cooldown(self) -> timedelta:
        return self.fields.cooldown

    @property
    def max_age(self) -> timedelta:
        return self.fields.max_age

    @property
    def notify_on(self) -> tuple[str, ...]:
        """new, development, repeat (a second publisher)."""
        return self.fields.notify_on

    @property
    def every_article(self) -> bool:
        """Whether each article is told for itself, whatever its story has told."""
        return self.fields.group_by == "none"

    @property
    def rhythm(self) -> Rhythm:
        """When its alerts go out, beside the rhythm of their channel."""
        return self.fields.rhythm

    def holds(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> bool:
        """Whether the article concerns this watch. Only what is the news counts, and only from `min_score` up.

        `novelty` is what the article is to its story, None before that is known.
        """
        if self.fields.terms is not None:
            return self.topic_score(article) >= self.fields.terms.threshold
        query = self.fields.query
        return query is not None and query.matches(
            subject_for(self, article, self._counting(findings), novelty)
        )

    def level(
        self, article: ArticleText, findings: Sequence[Finding], novelty: Novelty | None = None
    ) -> Level:
        """The first severity whose condition holds; without one, the level that the best finding reaches."""
        counting = self._counting(findings)
        subject = subject_for(self, article, counting, novelty)
        for condition, level in self.fields.severity:
            if condition is None or condition.matches(subject):
                return level
        best = max((one.score for one in counting), default=0)
        thresholds = self.knowledge.scoring.thresholds
        reached = [level for level in _LEVELS[1:] if best >= thresholds[level.value]]
        return reached[-1] if reached else Level.INFORMATIONAL

    def why_not(self, article: ArticleText, findings: Sequence[Finding]) -> str:
        """The first clause that fails, in words; "" where the watch holds."""
        if self.fields.terms is not None:
            score, threshold = self.topic_score(article), self.fields.terms.threshold
            return "" if score >= threshold else f"the terms weigh {score}, {threshold} are needed"
        query = self.fields.query
        return "" if query is None else query.why_not(subject_for(self, article, self._counting(findings)))

    def passage(self, article: ArticleText) -> Passage | None:
        """The sentence with most of the words that the watch asks for; None where it asks for facts only."""
        topic, query = self.fields.terms, self.fields.query
        if topic is not None:
            return passage_of_terms([term for term, weight in topic.weights if weight > 0], article)
        return None if query is None else passage_of_query(query, subject_for(self, article, ()))

    def topic_score(self, article: ArticleText) -> int:
        """Sum of the weights of all terms found, each counted `max_per_term` times at most."""
        topic = self.fields.terms
        if topic is None:
            return 0
        pages = pages_of(article).of("")
        return sum(
            weight * min(topic.max_per_term, sum(len(set(spans_in(term, page))) for page in pages))
            for term, weight in topic.weights
        )

    def _counting(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        return tuple(one for one in findings if one.news and one.score >= self.fields.min_score)


def load_watches(
    paths: Sequence[Path], detector: WatchDetector
) -> tuple[tuple[DocumentWatch, ...], tuple[Problem, ...]]:
    """The watches of the files and folders, in order of their ids, and what is wrong with those left out.

    A later file replaces a watch of the same id. Never raises for a wrong watch.
    """
    read: dict[str, tuple[WatchFields, str]] = {}
    problems: list[Problem] = []
    for file in (file for path in paths for file in yaml_files(path)):
        documents, _ = read_documents(file)  # what is no YAML is reported by the knowledge and rule loaders
        here: set[str] = set()
        for document in documents:
            if isinstance(document, dict) and document.get("kind") == "watch":
                _take(document, file, read=read, here=here, problems=problems)
    queries = {name: fields.query for name, (fields, _) in read.items() if fields.query is not None}
    watches = []
    for _, (fields, file_name) in sorted(read.items()):
        watch = DocumentWatch(fields=fields, knowledge=detector.knowledge, queries=queries)
        found = [*_reference_problems(fields, queries), *_example_problems(watch, detector)]
        problems += [found_problem.at(file_name, fields.id) for found_problem in found]
        if not found:
            watches.append(watch)
    return tuple(watches), tuple(problems)


def _take(
    document: Mapping[str, object],
    file: Path,
    *,
    read: dict[str, tuple[WatchFields, str]],
    here: set[str],
    problems: list[Problem],
) -> None:
    fields, found = read_watch(document)
    name = str(document.get("id", "?"))
    if name in here:
        found = [
            *found,
            Found(key="id", message="is defined twice in this file", remedy="Rename or remove one"),
        ]
    here.add(name)
    problems += [one.at(file.name, name) for one in found]
    if fields is not None and fields.retired:
        read.pop(fields.id, None)
    elif fields is not None and not found:
        read[fields.id] = (fields, file.name)


def _reference_problems(fields: WatchFields, queries: Mapping[str, Query]) -> list[Found]:
    """Watches that are named and do not exist, and watches that include themselves."""
    wanted = {name for query in fields.queries() for name in query.references}
    found = [
        Found(
            key="query",
            message=f"there is no watch {name!r}",
            remedy=f"Known are {', '.join(sorted(queries))}",
        )
        for name in sorted(wanted - set(queries))
    ]
    reached: set[str] = set()
    front = wanted & set(queries)
    while front:
        reached |= front
        front = {name for one in front for name in queries[one].references if name in queries} - reached
    if fields.id in reached:
        found.append(
            Found(key="query", message="includes itself", remedy="Remove the watch: that leads back")
        )
    return found


def _example_problems(watch: DocumentWatch, detector: WatchDetector) -> list[Found]:
    found = []
    for number, example in enumerate(watch.fields.tests, start=1):
        message = _failure(watch, example, detector)
        if message:
            found.append(
                Found(key=f"tests[{number}]", message=message, remedy="Correct the watch or the example")
            )
    return found


def _failure(watch: DocumentWatch, example: WatchExample, detector: WatchDetector) -> str:
    """What an example expected and did not get; "" where it is as expected."""
    judgement = detector.judge(example.article)
    holds = watch.holds(example.article, judgement.findings)
    if example.expect is None:
        return "holds, and none is expected" if holds else ""
    if not holds:
        return f"does not hold: {watch.why_not(example.article, judgement.findings)}"
    level = watch.level(example.article, judgement.findings)
    return "" if level is example.expect else f"has level {level.value}, expected is {example.expect.value}"
