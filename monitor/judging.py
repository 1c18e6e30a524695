"""Articles as JSON in, judgements as JSON out (`cspwatch judge`), with the detector that the configuration asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from monitor.errors import ConfigError
from monitor.judge_json import judgement_to_json
from monitor.model import ArticleText, Judgement

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.detect import Detector, Watch
    from monitor.rules.watches import DocumentWatch
    from monitor.shadow import Judge
    from monitor.stories import Families

JsonObject = Mapping[str, object]


class JsonJudge:
    """Judges JSON objects {id, title, text, url?, lang?, published?, source?, tier?}, in order, one result each."""

    def __init__(self, detector: Judge) -> None:
        self._detector = detector

    @classmethod
    def from_config(cls, config: Config) -> JsonJudge:
        """With the shipped knowledge and rules and what [detect] local adds."""
        return cls(judge_of(config)[0])

    def judge(self, objects: Iterable[JsonObject], *, trace: bool = False) -> Iterator[dict[str, object]]:
        """One result for each object."""
        for value in objects:
            article = article_of(value)
            yield self._result(value, article, self._detector.judge(article), trace=trace)

    def judge_with_stories(
        self, objects: Iterable[JsonObject], *, trace: bool = False
    ) -> Iterator[dict[str, object]]:
        """The same, with `story`: the key of the story that each article belongs to, None where it has none."""
        judged = [(value, article_of(value)) for value in objects]
        judgements = [self._detector.judge(article) for _, article in judged]
        articles = [article for _, article in judged]
        keys = story_keys(zip(articles, judgements, strict=True), self._detector.knowledge)
        for (value, article), judgement in zip(judged, judgements, strict=True):
            result = self._result(value, article, judgement, trace=trace)
            yield result | {"story": keys.get(article.article_id)}

    def _result(
        self, value: JsonObject, article: ArticleText, judgement: Judgement, *, trace: bool
    ) -> dict[str, object]:
        result: dict[str, object] = {**judgement_to_json(judgement, article), "id": value.get("id")}
        if trace:
            result["trace"] = [
                {"step": step.step, "held": step.held, "clause": step.clause, "note": step.note}
                for step in judgement.trace
            ]
        return result


def detector_of(config: Config, *, strict: bool = False) -> Detector:
    """The detector for a configuration.

    A rule that fails its own examples is left out by name, and the others go on; with `strict` it is an error.
    Raises KnowledgeError or ConfigError with every problem found.
    """
    from monitor.detect import Detector  # builds the automata
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.examples import load_checked_rules
    from monitor.watches import configured, documents_of

    knowledge = load_knowledge(config.detect.local)
    rules = load_checked_rules(config.detect.local, knowledge=knowledge)
    if strict and rules.problems:
        raise ConfigError([found.problem for found in rules.problems])
    documents = documents_of(config, knowledge, rules)
    watches: list[Watch] = [*configured(config.watches, knowledge, documents), *documents]
    return Detector(knowledge, rules, watches)


def judge_of(config: Config) -> tuple[Judge, tuple[DocumentWatch, ...]]:
    """What the daemon judges with, and the watches of the local files beside those of the configuration.

    Rules on trial (status experimental) find and log, and never alert.

    Raises KnowledgeError with every problem found.
    """
    from monitor.knowledge.loader import load_knowledge  # builds the automata
    from monitor.rules.examples import load_checked_rules
    from monitor.rules.loader import load_rules
    from monitor.shadow import judge_with
    from monitor.watches import configured, documents_of

    knowledge = load_knowledge(config.detect.local)
    rules = load_checked_rules(config.detect.local, knowledge=knowledge)
    documents = documents_of(config, knowledge, rules)
    watches: list[Watch] = [*configured(config.watches, knowledge, documents), *documents]
    shipped = load_rules(knowledge=knowledge).rules
    return judge_with(knowledge, rules, watches, shipped=shipped), documents


def story_keys(judged: Iterable[tuple[ArticleText, Judgement]], families: Families) -> dict[str, str]:
    """Article id → story key for the relevant articles among `judged`, in their order.

    `families` is the detector's knowledge: AWS and Amazon are one family.
    """
    from monitor.stories import features_of, group_stories

    relevant = [(article, judgement) for article, judgement in judged if judgement.relevant]
    return group_stories(
        [(article.article_id, features_of(judgement, article, families)) for article, judgement in relevant]
    )


def article_of(value: JsonObject) -> ArticleText:
    """What judging needs of a JSON object; what is missing or of the wrong kind counts as empty."""
    title, text = _string(value, "title"), _string(value, "text")
    identity = value.get("id")
    return ArticleText(
        article_id=str(identity)
        if identity is not None
        else hashlib.sha1(f"{title}\n{text}".encode("utf-8", "replace")).hexdigest(),
        title=title,
        text=text,
        language=_string(value, "lang") or None,
        published=parse_day(_string(value, "published") or _string(value, "date")),
        url=_string(value, "url"),
        source=_string(value, "source"),
        tier=_string(value, "tier"),
    )


def problem_of(value: JsonObject) -> str:
    """What was meant otherwise in a JSON object and counts as empty when it is judged; "" where nothing is."""
    for key in ("title", "text", "url", "lang", "published", "date", "source", "tier"):
        found = value.get(key)
        if found is not None and not isinstance(found, str):
            return f"'{key}' is no text (found {json.dumps(found, ensure_ascii=False)[:40]})"
    day = _string(value, "published") or _string(value, "date")
    if day and parse_day(day) is None:
        return f"'published' is no ISO date or time (found {day[:40]!r})"
    return "" if _string(value, "title") or _string(value, "text") else "has neither 'title' nor 'text'"


def _string(value: JsonObject, key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def parse_day(text: str) -> date | None:
    """The UTC day of an ISO date or time; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
