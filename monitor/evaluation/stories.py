"""Labelled articles in; how well stories and their developments are found, out: `python -m monitor.evaluation.stories`.

Grouping is measured twice: with the facts of the labels (the matching alone) and with those that were detected.
Developments are measured inside the labelled stories: is a change told, and is a repeat not told?
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.developments import changes
from monitor.evaluation.clusters import Agreement, b_cubed, pairwise
from monitor.judging import article_of
from monitor.model import ArticleText, ChangeKind, EventType, Judgement, Status, StoryFeatures
from monitor.similarity import STOPPED
from monitor.stories import CLASSES, features_of, group_stories
from monitor.storystate import STOPS, StoryReport, StoryState, advanced

if TYPE_CHECKING:
    from monitor.detect import Detector
    from monitor.knowledge.model import Knowledge

#: What a label says of an article that tells nothing new.
_NOTHING_NEW = frozenset({"first", "repeat"})
_SILENT = frozenset({ChangeKind.NEW_STORY, ChangeKind.REPEAT, ChangeKind.PUBLISHER})
_WEAK = ("vendor", "group", "investor")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEvent:
    """One event as labelled; see tests/eval/README.md."""

    type: EventType
    status: Status
    direction: str
    actors: tuple[str, ...]
    places: tuple[str, ...]
    amounts: tuple[tuple[Decimal, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledArticle:
    """A relevant article with its story. `development` is first, repeat, or what changed."""

    article: ArticleText
    story: str
    development: str
    events: tuple[LabelledEvent, ...]
    held_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Developments:
    """Follow-ups in labelled stories: developments told and missed, repeats told and left in silence."""

    told: int
    missed: int
    repeats_told: int
    silent: int


def read_labelled(paths: Iterable[Path]) -> list[LabelledArticle]:
    """The relevant articles of `*.jsonl` files that belong to a story, in the order of the files."""
    found = []
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            for line in file.read_text(encoding="utf-8").splitlines():
                value = json.loads(line)
                if value.get("relevant") and value.get("story"):
                    found.append(_labelled(value, held_out=file.name.startswith("heldout")))
    return found


def label_features(labelled: LabelledArticle, knowledge: Knowledge) -> StoryFeatures:
    """What matching would know of an article if detection were perfect."""
    events = labelled.events
    actors = {actor for event in events for actor in event.actors}
    weak = {actor for actor in actors if knowledge.kind_of(actor) in _WEAK}
    places = [place for event in events for place in event.places]
    amounts = [amount for event in events for amount in event.amounts]
    rates = knowledge.rates
    return StoryFeatures(
        families=frozenset(knowledge.family_of(actor) for actor in (actors - weak or actors)),
        countries=frozenset(
            place if place.startswith("bloc:") else place.partition(":")[0]
            for place in places
            if not place.startswith("region:")
        ),
        hubs=frozenset(place for place in places if ":" in place and place.partition(":")[0].isupper()),
        classes=frozenset(CLASSES[event.type] for event in events),
        directions=frozenset(
            STOPPED if event.status in (*STOPS, Status.DENIED) else event.direction for event in events
        ),
        money_usd=tuple(sorted({value * rates[unit] for value, unit in amounts if unit in rates})),
        power_mw=tuple(sorted({value for value, unit in amounts if unit == "MW"})),
        accelerators=tuple(sorted({value for value, unit in amounts if unit == "ACCEL"})),
        title=labelled.article.title,
        language=(labelled.article.language or "").split("-")[0],
        published=_moment(labelled.article),
    )


def grouping(
    features: Mapping[str, StoryFeatures], stories: Mapping[str, str]
) -> tuple[Agreement, Agreement]:
    """Pairwise and B-cubed agreement of the stories that matching makes with the labelled ones."""
    found = group_stories(list(features.items()))
    return pairwise(found, stories), b_cubed(found, stories)


def developments(
    labelled: Sequence[LabelledArticle], judgements: Mapping[str, Judgement], knowledge: Knowledge
) -> Developments:
    """Whether each further report of a labelled story is told where something changed, and only there."""
    by_story: dict[str, list[LabelledArticle]] = defaultdict(list)
    for one in labelled:
        by_story[one.story].append(one)
    counts: dict[tuple[bool, bool], int] = defaultdict(int)
    for reports in by_story.values():
        state = StoryState()
        for one in sorted(reports, key=_order):
            report = _report(one, judgements[one.article.article_id], knowledge)
            told = any(change.kind not in _SILENT for change in changes(state, report, knowledge))
            if state.articles:
                counts[one.development not in _NOTHING_NEW, told] += 1
            state = advanced(state, report, knowledge)
    return Developments(
        told=counts[True, True],
        missed=counts[True, False],
        repeats_told=counts[False, True],
        silent=counts[False, False],
    )


def report_lines(labelled: Sequence[LabelledArticle], detector: Detector) -> list[str]:
    """All figures as a table in Markdown."""
    judgements = {one.article.article_id: detector.judge(one.article) for one in labelled}
    knowledge = detector.knowledge
    lines = [
        "| articles | facts | articles in stories | pairs | pairwise P / R / F1 | B-cubed P / R / F1 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, chosen in (
        ("own", [one for one in labelled if not one.held_out]),
        ("own and held out", list(labelled)),
    ):
        stories = {one.article.article_id: one.story for one in chosen}
        by_label = {one.article.article_id: label_features(one, knowledge) for one in chosen}
        by_detection = {
            one.article.article_id: features_of(
                judgements[one.article.article_id], one.article, knowledge, published=_moment(one.article)
            )
            for one in chosen
            if judgements[one.article.article_id].relevant
        }
        for facts, features in (("labels", by_label), ("detected", by_detection)):
            pairs, cubed = grouping(features, stories)
            lines.append(
                f"| {name} | {facts} | {cubed.count} | {pairs.count} | {_figures(pairs)} | {_figures(cubed)} |"
            )
    found = developments(labelled, judgements, knowledge)
    lines += [
        "",
        f"Developments told: {found.told} of {found.told + found.missed}. "
        f"Repeats told as new: {found.repeats_told} of {found.repeats_told + found.silent}.",
    ]
    return lines


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures for the given files or folders."""
    from monitor.detect import Detector
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.loader import load_rules

    if not arguments:
        raise SystemExit("usage: python -m monitor.evaluation.stories FILE_OR_FOLDER ...")
    knowledge = load_knowledge()
    detector = Detector(knowledge, load_rules(knowledge=knowledge))
    print("\n".join(report_lines(read_labelled(map(Path, arguments)), detector)))


def _labelled(value: Mapping[str, object], *, held_out: bool) -> LabelledArticle:
    events = value.get("events")
    assert isinstance(events, list)
    return LabelledArticle(
        article=article_of(value),
        story=str(value["story"]),
        development=str(value.get("development") or "first"),
        events=tuple(_event(event) for event in events if not event.get("background")),
        held_out=held_out,
    )


def _event(value: Mapping[str, object]) -> LabelledEvent:
    actors, places, amounts = value["actors"], value["places"], value["amounts"]
    assert isinstance(actors, list)
    assert isinstance(places, list)
    assert isinstance(amounts, list)
    return LabelledEvent(
        type=EventType(str(value["type"])),
        status=Status(str(value["status"])),
        direction=str(value["direction"]),
        actors=tuple(actors),
        places=tuple(places),
        amounts=tuple(
            (Decimal(str(amount["value"])), str(amount["unit"]))
            for amount in amounts
            if amount.get("value") is not None
        ),
    )


def _order(one: LabelledArticle) -> tuple[str, bool, str]:
    return (str(one.article.published or ""), one.development != "first", one.article.article_id)


def _report(one: LabelledArticle, judgement: Judgement, knowledge: Knowledge) -> StoryReport:
    features = features_of(judgement, one.article, knowledge)
    return StoryReport(
        findings=judgement.findings,
        families=features.families,
        publisher=one.article.article_id,
        language=features.language,
        level=judgement.level,
        published=_moment(one.article),
    )


def _moment(article: ArticleText) -> datetime | None:
    return datetime.combine(article.published, time(), UTC) if article.published else None


def _figures(agreement: Agreement) -> str:
    return f"{agreement.precision:.3f} / {agreement.recall:.3f} / {agreement.f1:.3f}"


if __name__ == "__main__":
    main(sys.argv[1:])
