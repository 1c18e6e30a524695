"""Labelled articles in, weights for "is it the news?" out: logistic regression with signs fixed by meaning.

    python benchmarks/fit_news.py FILE.jsonl ... [--write weights.json]

Lines are `{id, title, text, lang, label}` (label 1 = relevant), optionally `borderline`. Prints precision, recall and
F1 as the mean over five folds (by a hash of the id), then the weights in hundredths of a logit, rounded. A clause may
only speak the way it means: a fact in the headline for, a genre against. The weights go to `news_weights` in
monitor/knowledge/data/scoring.yaml by hand, so that somebody reads them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.detect import Detector
from monitor.knowledge import load_knowledge
from monitor.model import ArticleText
from monitor.rules.loader import load_rules

FOLDS = 5
RIDGE = 1.0
STEPS = 600
RATE = 0.02
AGAINST = frozenset(
    "question_title numbered_title quoted_title exclaiming_title items_title sections bullets code links no_title "  # noqa: SIM905
    "many_providers coref_fact group_fact vendor_fact nominal_fact objectless_fact no_infrastructure availability_fact "
    "deal_fact title_mute title_model title_group title_vendor fact_in_body_only".split()
)
FREE = ("lead_vendor", "lead_group", "lead_model", "lead_stop", "several_types", "title_site")


@dataclass(frozen=True, slots=True)
class Row:
    """An article as the fit sees it; `clauses` None where no fact could carry it."""

    row_id: str
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
    """Projected gradient descent with momentum on the ridge-penalized log loss."""
    usable = [row for row in rows if row.clauses is not None]
    signs = {name: sign_of(name, genres) for name in names}
    bias, weights, speed = 0.0, dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    scale = RATE * 50 / max(1, len(usable))
    for _ in range(STEPS):
        slope_bias, slopes = 0.0, {name: RIDGE * value for name, value in weights.items()}
        for row in usable:
            assert row.clauses is not None
            total = bias + sum(weights[name] for name in row.clauses)
            error = row.weight * (1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - row.label)
            slope_bias += error
            for name in row.clauses:
                slopes[name] += error
        bias -= scale * slope_bias
        for name in names:
            speed[name] = 0.9 * speed[name] + slopes[name]
            moved = weights[name] - scale * 0.3 * speed[name]
            weights[name] = (
                max(0.0, moved) if signs[name] > 0 else min(0.0, moved) if signs[name] < 0 else moved
            )
    return Weights(bias, weights)


def read_rows(paths: Sequence[Path], detector: Detector) -> list[Row]:
    rows = []
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            if "label" not in item or "text" not in item:
                continue
            article = ArticleText(
                article_id=item["id"],
                title=item.get("title") or "",
                text=item["text"],
                language=item.get("lang"),
            )
            borderline = bool(item.get("borderline")) or str(item.get("why", "")).startswith("borderline")
            rows.append(
                Row(item["id"], int(item["label"]), 0.5 if borderline else 1.0, detector.clauses(article))
            )
    return rows


def fold_of(row: Row) -> int:
    return int(hashlib.md5(row.row_id.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def cross_validate(rows: Sequence[Row], names: Sequence[str], genres: frozenset[str]) -> str:
    hits = false = missed = 0
    for fold in range(FOLDS):
        weights = fit([row for row in rows if fold_of(row) != fold], names, genres)
        for row in (row for row in rows if fold_of(row) == fold and row.weight == 1.0):
            said = row.clauses is not None and weights.total(row.clauses) >= 0
            hits += said and row.label == 1
            false += said and row.label == 0
            missed += not said and row.label == 1
    precision, recall = hits / max(1, hits + false), hits / max(1, hits + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"five folds, firm items: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="+", type=Path)
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
