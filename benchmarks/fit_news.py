"""Labelled articles in, weights for "is it the news?" out: logistic regression with signs fixed by meaning.

    python benchmarks/fit_news.py [FILE.jsonl ...] [--write weights.json]   (default: tests/eval/articles, not held out)

Lines are `{id, title, text, lang, label}` (label 1 = relevant; or `relevant`), optionally `borderline`. Prints for each
file precision, recall and F1 over five folds (by a hash of the id), each judged with weights fitted on the other four,
then the weights in hundredths of a logit, rounded. A clause may only speak the way it means: a fact in the headline
for, a genre against. The weights go to `news_weights` in monitor/knowledge/data/scoring.yaml by hand, so that somebody
reads them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.detect import Detector
from monitor.knowledge import load_knowledge
from monitor.model import ArticleText
from monitor.rules.loader import load_rules

FOLDS = 5
RIDGE = 0.7
STEPS = 400
NORM_STEPS = 20
AGAINST = frozenset(
    """
    question_title numbered_title quoted_title exclaiming_title items_title sections bullets code links no_title
    many_providers coref_fact group_fact vendor_fact nominal_fact objectless_fact no_infrastructure availability_fact
    deal_fact title_mute title_model title_group title_vendor title_negated lead_negated fact_in_body_only
    title_object_describes title_object_aside title_actor_aside across_unbacked lead_aside lead_actor_far
    genre_against_loose_fact genre_against_nominal_fact lead_genre_against_loose_fact genre_against_lead_fact
    lead_genre_against_lead_fact several_genres
    """.split()  # noqa: SIM905
)
FREE = ("lead_vendor", "lead_group", "lead_model", "lead_stop", "several_types")


@dataclass(frozen=True, slots=True)
class Row:
    """An article as the fit sees it; `clauses` None where no fact could carry it."""

    row_id: str
    source: str  # the file's name
    label: int
    weight: float
    clauses: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Weights:
    bias: float
    by_clause: dict[str, float]

    def total(self, clauses: frozenset[str]) -> float:
        return self.bias + sum(self.by_clause.get(name, 0.0) for name in clauses)


def sign_of(clause: str, genres: frozenset[str]) -> int:
    """+1 only for, -1 only against, 0 either way."""
    genre = clause.rpartition("_")[0]
    if clause in AGAINST or (genre in genres and clause.endswith(("_title", "_lead"))):
        return -1
    return 0 if clause in FREE else 1


def fit(rows: Sequence[Row], names: Sequence[str], genres: frozenset[str]) -> Weights:
    """Accelerated projected gradient descent (FISTA, Beck and Teboulle 2009) on the ridge-penalized log loss."""
    usable = [(row.clauses, row.label, row.weight) for row in rows if row.clauses is not None]
    signs = {name: sign_of(name, genres) for name in names}
    rate, bias_rate = 1 / (0.25 * _squared_norm([row[0] for row in usable]) + RIDGE), 4 / max(1, len(usable))
    bias, weights = 0.0, dict.fromkeys(names, 0.0)
    ahead_bias, ahead, pace = bias, dict(weights), 1.0
    for _ in range(STEPS):
        slope_bias, slopes = 0.0, {name: RIDGE * value for name, value in ahead.items()}
        for clauses, label, weight in usable:
            total = ahead_bias + sum(ahead[name] for name in clauses)
            error = weight * (1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - label)
            slope_bias += error
            for name in clauses:
                slopes[name] += error
        moved_bias = ahead_bias - bias_rate * slope_bias
        moved = {name: _signed(ahead[name] - rate * slopes[name], signs[name]) for name in names}
        faster = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        push = (pace - 1) / faster
        ahead = {name: moved[name] + push * (moved[name] - weights[name]) for name in names}
        ahead_bias = moved_bias + push * (moved_bias - bias)
        bias, weights, pace = moved_bias, moved, faster
    return Weights(bias, weights)


def _signed(value: float, sign: int) -> float:
    return max(0.0, value) if sign > 0 else min(0.0, value) if sign < 0 else value


def _squared_norm(rows: Sequence[frozenset[str]]) -> float:
    """The largest eigenvalue of the clauses' product matrix, by power iteration."""
    vector = dict.fromkeys((name for row in rows for name in row), 1.0)
    size = 1.0
    for _ in range(NORM_STEPS):
        product = dict.fromkeys(vector, 0.0)
        for row in rows:
            along = sum(vector[name] for name in row)
            for name in row:
                product[name] += along
        size = math.sqrt(sum(value * value for value in product.values())) or 1.0
        vector = {name: value / size for name, value in product.items()}
    return size


def read_rows(paths: Sequence[Path], detector: Detector) -> list[Row]:
    rows = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            label = item.get("label", item.get("relevant"))
            if label is None or "text" not in item:
                continue
            article = ArticleText(
                article_id=item["id"],
                title=item.get("title") or "",
                text=item["text"],
                language=item.get("lang"),
            )
            borderline = bool(item.get("borderline")) or str(item.get("why", "")).startswith("borderline")
            rows.append(
                Row(item["id"], path.stem, int(label), 0.5 if borderline else 1.0, detector.clauses(article))
            )
    return rows


def fold_of(row: Row) -> int:
    return int(hashlib.md5(row.row_id.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def cross_validate(rows: Sequence[Row], names: Sequence[str], genres: frozenset[str]) -> str:
    """Firm items judged with weights fitted on the other folds: a line for each file, then for all."""
    counts: dict[str, Counter[str]] = {}
    for fold in range(FOLDS):
        weights = fit([row for row in rows if fold_of(row) != fold], names, genres)
        for row in (row for row in rows if fold_of(row) == fold and row.weight == 1.0):
            said = row.clauses is not None and weights.total(row.clauses) >= 0
            kind = ("hit" if row.label else "false") if said else "missed" if row.label else "rest"
            for group in (row.source, "all"):
                counts.setdefault(group, Counter())[kind] += 1
    return "\n".join(
        f"{group}: {_figures(counts[group])}" for group in sorted(counts, key=lambda one: one == "all")
    )


def _figures(count: Counter[str]) -> str:
    precision = count["hit"] / max(1, count["hit"] + count["false"])
    recall = count["hit"] / max(1, count["hit"] + count["missed"])
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"n {count.total()}, precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}"


def _own() -> list[Path]:
    """The project's own development articles."""
    folder = Path(__file__).resolve().parents[1] / "tests" / "eval" / "articles"
    return sorted(file for file in folder.glob("*.jsonl") if not file.name.startswith("heldout"))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="*", type=Path, default=_own(), metavar="FILE")
    parser.add_argument("--write", type=Path, help="JSON file for the rounded weights")
    options = parser.parse_args(arguments)
    knowledge = load_knowledge()
    rows = read_rows(options.files, Detector(knowledge, load_rules(knowledge=knowledge)))
    names = sorted({name for row in rows for name in row.clauses or ()})
    genres = frozenset(knowledge.genre)
    sys.stderr.write(
        f"{len(rows)} articles, {sum(row.clauses is not None for row in rows)} with a fact to decide on\n"
    )
    sys.stdout.write(cross_validate(rows, names, genres) + "\n")
    weights = fit(rows, names, genres)
    rounded = {"bias": round(weights.bias * 100)}
    rounded |= {
        name: round(value * 100) for name, value in sorted(weights.by_clause.items()) if abs(value) >= 0.05
    }
    text = json.dumps(rounded, indent=1)
    if options.write:
        options.write.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
