"""Compare weights of story matching on the labelled stories: five folds of stories, chosen on four, tried on the fifth.

Usage: python benchmarks/story_weights.py [FILE_OR_FOLDER ...]   (default: tests/eval/articles, without held-out files)
The figure is pairwise F1, the mean of that with the facts of the labels and that with the detected facts.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

from monitor import similarity, stories
from monitor.detect import Detector
from monitor.evaluation.labels import read_labelled
from monitor.evaluation.stories import detected_features, grouping, in_stories, label_features
from monitor.knowledge.loader import load_knowledge
from monitor.model import StoryFeatures
from monitor.rules.loader import load_rules

DEFAULT = Path(__file__).resolve().parents[1] / "tests" / "eval" / "articles"
FOLDS = 5
#: What two reports of one family, country and class have in common without a town.
COMMON = 80
Choice = tuple[int, int, int, int]  # JOIN, other_hub, other_amount, after_weeks
FORMER: Choice = (60, -30, -12, -20)
SHIPPED: Choice = (
    stories.JOIN,
    similarity.WEIGHTS["other_hub"],
    similarity.WEIGHTS["other_amount"],
    similarity.WEIGHTS["after_weeks"],
)


def main() -> None:
    """Print for each fold what would have been chosen, and how it, the shipped and the former weights do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("paths", nargs="*", type=Path, default=[DEFAULT], metavar="FILE_OR_FOLDER")
    paths = parser.parse_args().paths
    knowledge = load_knowledge()
    detector = Detector(knowledge, load_rules(knowledge=knowledge))
    labelled = [one for one in in_stories(read_labelled(paths)) if not one.held_out]
    wanted = {one.article.article_id: one.story for one in labelled}
    worlds = {one.article.article_id: one.world for one in labelled}
    judgements = {one.article.article_id: detector.judge(one.article) for one in labelled}
    sets = [
        {one.article.article_id: label_features(one, knowledge) for one in labelled},
        detected_features(labelled, judgements, knowledge),
    ]
    print("fold  chosen (JOIN, other_hub, other_amount, after_weeks)  F1 of the chosen  shipped  former")
    for fold in range(FOLDS):
        train = [_part(features, wanted, fold, inside=False) for features in sets]
        test = [_part(features, wanted, fold, inside=True) for features in sets]
        chosen = max(choices(), key=lambda choice: (f1(choice, train, wanted, worlds), choice == SHIPPED))
        figures = [f1(choice, test, wanted, worlds) for choice in (chosen, SHIPPED, FORMER)]
        print(f"{fold:4}  {chosen!s:50}  {figures[0]:16.3f}  {figures[1]:7.3f}  {figures[2]:6.3f}")
    both = (f1(choice, sets, wanted, worlds) for choice in (SHIPPED, FORMER))
    print("all   shipped {:.3f}, former {:.3f}".format(*both))


def choices() -> list[Choice]:
    """Weights to try. Two towns of one country always stay apart where nothing else speaks for one story."""
    return [
        choice
        for choice in itertools.product(range(50, 66, 2), (-30, -26, -22), (-12, -9, -6), (-20, -16, -12))
        if COMMON + choice[1] < choice[0]
    ]


def f1(
    choice: Choice,
    sets: Sequence[Mapping[str, StoryFeatures]],
    wanted: Mapping[str, str],
    worlds: Mapping[str, str],
) -> float:
    """Mean pairwise F1 over the sets of features under these weights; only reports of one world meet."""
    join, other_hub, other_amount, after_weeks = choice
    weights = {"other_hub": other_hub, "other_amount": other_amount, "after_weeks": after_weeks}
    with mock.patch.object(stories, "JOIN", join), mock.patch.dict(similarity.WEIGHTS, weights):
        return sum(grouping(features, wanted, worlds)[0].f1 or 0.0 for features in sets) / len(sets)


def _part(
    features: Mapping[str, StoryFeatures], wanted: Mapping[str, str], fold: int, *, inside: bool
) -> dict[str, StoryFeatures]:
    return {key: value for key, value in features.items() if (_fold(wanted[key]) == fold) is inside}


def _fold(story: str) -> int:
    return int(hashlib.sha256(story.encode()).hexdigest(), 16) % FOLDS


if __name__ == "__main__":
    main()
