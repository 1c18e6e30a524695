"""Labelled articles in; how well stories and their developments are found, out: `python -m monitor.evaluation.stories`.

Grouping is measured twice: with the facts of the labels (the matching alone) and with those that were detected.
Developments are measured inside the labelled stories: is a change told, and is a repeat not told?
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.developments import changes
from monitor.evaluation.figures import BCubed, Figure, b_cubed, pairs
from monitor.evaluation.labels import Labelled, read_labelled
from monitor.model import ArticleText, ChangeKind, EventType, Judgement, StoryFeatures
from monitor.similarity import STOPPED
from monitor.stories import CLASSES, features_of, group_stories, regions_of
from monitor.storystate import STOPS, StoryReport, StoryState, advanced

if TYPE_CHECKING:
    from monitor.detect import Detector
    from monitor.knowledge.model import Knowledge

#: What a label says of an article that tells nothing new.
_NOTHING_NEW = frozenset({"first", "repeat"})
_SILENT = frozenset({ChangeKind.NEW_STORY, ChangeKind.REPEAT, ChangeKind.PUBLISHER})
_WEAK = ("vendor", "group", "investor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Developments:
    """Follow-ups in labelled stories: developments told and missed, repeats told and left in silence."""

    told: int
    missed: int
    repeats_told: int
    silent: int


def in_stories(labelled: Iterable[Labelled]) -> list[Labelled]:
    """The articles that belong to a story: relevant, with a key."""
    return [one for one in labelled if one.relevant and one.story]


def label_features(labelled: Labelled, knowledge: Knowledge) -> StoryFeatures:
    """What matching would know of an article if detection were perfect."""
    events = [event for event in labelled.events or () if not event.background]
    actors = {actor for event in events for actor in event.actors}
    weak = {actor for actor in actors if knowledge.kind_of(actor) in _WEAK}
    places = [place for event in events for place in event.places]
    amounts = [amount for event in events for amount in event.amounts]
    rates = knowledge.rates
    hubs = frozenset(place for place in places if ":" in place and place.partition(":")[0].isupper())
    regions = regions_of(hubs, knowledge)
    return StoryFeatures(
        families=frozenset(knowledge.family_of(actor) for actor in (actors - weak or actors)),
        countries=frozenset(
            place if place.startswith("bloc:") else place.partition(":")[0]
            for place in places
            if not place.startswith("region:")
        ),
        hubs=hubs - regions,
        regions=regions,
        classes=frozenset(CLASSES[EventType(kind)] for event in events for kind in event.types),
        directions=frozenset(STOPPED if event.statuses[0] in STOPS else event.direction for event in events),
        money_usd=tuple(sorted({one.value * rates[one.unit] for one in amounts if one.unit in rates})),
        power_mw=tuple(sorted({one.value for one in amounts if one.unit == "MW"})),
        accelerators=tuple(sorted({one.value for one in amounts if one.unit == "ACCEL"})),
        title=labelled.article.title,
        language=(labelled.article.language or "").split("-")[0],
        published=_moment(labelled.article),
    )


def grouping(
    features: Mapping[str, StoryFeatures], stories: Mapping[str, str], worlds: Mapping[str, str] | None = None
) -> tuple[Figure, BCubed | None]:
    """Pairs and B-cubed of the stories that matching makes, against the labelled ones.

    `worlds` names the set of each article: two that were written apart tell of the same towns and know nothing of
    each other, so only reports of one set meet.
    """
    found: dict[str, str] = {}
    for world in sorted({(worlds or {}).get(key, "") for key in features}):
        inside = [(key, one) for key, one in features.items() if (worlds or {}).get(key, "") == world]
        found |= group_stories(inside)
    return pairs(found, stories), b_cubed(found, stories)


def developments(
    labelled: Sequence[Labelled], judgements: Mapping[str, Judgement], knowledge: Knowledge
) -> Developments:
    """Whether each further report of a labelled story is told where something changed, and only there."""
    by_story: dict[str, list[Labelled]] = defaultdict(list)
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


def report_lines(labelled: Sequence[Labelled], detector: Detector) -> list[str]:
    """All figures as a table in Markdown."""
    knowledge = detector.knowledge
    judgements = {one.article.article_id: detector.judge(one.article) for one in labelled}
    lines = [
        "| articles | facts | reports | pairs | pairwise P / R / F1 | B-cubed P / R / F1 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    worlds = {one.article.article_id: one.world for one in labelled}
    own = [one for one in labelled if not one.held_out]
    held_out = [one for one in labelled if one.held_out]
    for name, chosen in (("own", own), ("held out", held_out)):
        for facts, features in (
            ("labels", {one.article.article_id: label_features(one, knowledge) for one in chosen}),
            ("detected", detected_features(chosen, judgements, knowledge)),
        ):
            stories = {one.article.article_id: one.story for one in chosen}
            two, cubed = grouping(features, stories, worlds)
            figures = [_figures(one.precision, one.recall, one.f1) for one in (two, cubed) if one is not None]
            lines.append(
                " | ".join((f"| {name}", facts, str(len(features)), str(two.wanted), *figures)) + " |"
            )
    found = developments(labelled, judgements, knowledge)
    told, repeats = found.told + found.missed, found.repeats_told + found.silent
    lines += ["", f"Developments told: {found.told} of {told}."]
    lines += [f"Repeats told as something new: {found.repeats_told} of {repeats}."]
    return lines


def detected_features(
    labelled: Iterable[Labelled], judgements: Mapping[str, Judgement], knowledge: Knowledge
) -> dict[str, StoryFeatures]:
    """What matching knows of the articles that were found to be relevant."""
    return {
        article.article_id: features_of(
            judgements[article.article_id], article, knowledge, published=_moment(article)
        )
        for article in (one.article for one in labelled)
        if judgements[article.article_id].relevant
    }


def main(arguments: Sequence[str] = ()) -> None:
    """Print the figures for the given files or folders."""
    from monitor.detect import Detector
    from monitor.knowledge.loader import load_knowledge
    from monitor.rules.loader import load_rules

    if not arguments:
        raise SystemExit("usage: python -m monitor.evaluation.stories FILE_OR_FOLDER ...")
    knowledge = load_knowledge()
    detector = Detector(knowledge, load_rules(knowledge=knowledge))
    print("\n".join(report_lines(in_stories(read_labelled([Path(one) for one in arguments])), detector)))


def _order(one: Labelled) -> tuple[str, bool, str]:
    return (str(one.article.published or ""), one.development != "first", one.article.article_id)


def _report(one: Labelled, judgement: Judgement, knowledge: Knowledge) -> StoryReport:
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


def _figures(*figures: float | None) -> str:
    return " / ".join("-" if figure is None else f"{figure:.3f}" for figure in figures)


if __name__ == "__main__":
    main(sys.argv[1:])
