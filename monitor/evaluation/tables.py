"""An `EvaluationResult` in, its figures as plain JSON values and as text tables out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import click

from monitor.evaluation.figures import Figure, Share
from monitor.evaluation.measure import Decisions, EvaluationResult, Judged, Stories, reason_of
from monitor.evaluation.named import shares

MOST_PAIRS = 12  # lines of types taken for another

JsonObject = dict[str, object]


def to_json(result: EvaluationResult) -> JsonObject:
    """All figures; rates between 0 and 1, None where nothing was counted."""
    return {
        "rule_set": result.digest,
        "articles": {
            "firm": _decisions(result.overall),
            "with_borderline": _decisions(result.with_borderline),
            "held_out": None if result.held_out is None else _decisions(result.held_out),
            "by_language": {name: _decisions(one) for name, one in result.by_language.items()},
            "by_kind": {name: _decisions(one) for name, one in result.by_kind.items()},
            "by_file": {name: _decisions(one) for name, one in result.by_file.items()},
        },
        "errors": {
            "missed_because": dict(result.missed_because),
            "missed_by_type": {name: _share(one) for name, one in result.missed_types.items()},
            "false_alarms_by_category": {
                name: _share(one) for name, one in result.alarms_by_category.items()
            },
            "articles": [error_of(one) for one in result.errors],
        },
        "facts": {
            "type_and_actor": _figure(result.facts.facts),
            "type_actor_and_place": _figure(result.facts.with_place),
            "held_out": None if result.held_out_facts is None else _figure(result.held_out_facts.facts),
        },
        "slots": {
            "actor": _figure(result.facts.actor),
            "place": _figure(result.facts.place),
            "amount": _figure(result.facts.amount),
            "time": _figure(result.facts.time),
            "status": _share(result.facts.status),
            "status_coarse": _share(result.facts.status_coarse),
            "direction": _share(result.facts.direction),
        },
        "types": [
            {"labelled": labelled, "found": found, "count": count}
            for (labelled, found), count in sorted(result.facts.types.items())
        ],
        "statuses": [
            {"labelled": labelled, "found": found, "count": count}
            for (labelled, found), count in sorted(result.facts.statuses.items())
        ],
        "named": {
            **{name: _share(one) for name, one in shares(result.named).items()},
            "unknown": sorted(set(result.named.unknown)),
        },
        "stories": _stories(result.stories),
        "calibration": [{"from": one.low, "below": one.high, **_share(one.share)} for one in result.bins],
        "thresholds": {str(score): _figure(one) for score, one in result.thresholds.items()},
        "rules": {
            name: {
                "coverage": _share(one.coverage),
                "overlap": _share(one.overlap),
                "articles": _share(one.articles),
                "facts": None if one.facts is None else _share(one.facts),
            }
            for name, one in result.rules.items()
        },
        "unlabelled": {name: _share(one) for name, one in result.unlabelled.items()},
    }


def error_of(one: Judged) -> JsonObject:
    """An article that was judged wrongly, with what it takes to see why."""
    judgement = one.judgement
    return {
        "id": one.label.article.article_id,
        "file": one.label.origin,
        "language": one.label.language,
        "title": one.label.article.title,
        "wanted": one.label.relevant,
        "borderline": one.label.borderline,
        "category": one.label.category,
        "score": judgement.score,
        "reason": "" if judgement.relevant else reason_of(judgement),
        "news": {part.name: part.points for part in judgement.news},
        "facts": [
            {"rule": fact.rule, "actors": [actor.id for actor in fact.actors], "quote": fact.evidence.quote}
            for fact in judgement.findings
            if fact.news
        ],
    }


def _figure(one: Figure) -> JsonObject:
    return {
        "precision": _rounded(one.precision),
        "recall": _rounded(one.recall),
        "f1": _rounded(one.f1),
        "hits": one.hits,
        "found": one.found,
        "wanted": one.wanted,
    }


def _decisions(one: Decisions) -> JsonObject:
    interval = None if one.interval is None else [_rounded(end) for end in one.interval]
    return {"articles": one.articles, **_figure(one.figure), "f1_interval": interval}


def _share(one: Share) -> JsonObject:
    return {"value": _rounded(one.value), "right": one.right, "total": one.total}


def _stories(one: Stories | None) -> JsonObject | None:
    if one is None:
        return None
    grouped = {
        "precision": _rounded(one.b_cubed.precision),
        "recall": _rounded(one.b_cubed.recall),
        "f1": _rounded(one.b_cubed.f1),
    }
    return {
        "articles": one.articles,
        "wanted": one.wanted,
        "found": one.found,
        "pairs": _figure(one.pairs),
        "b_cubed": grouped,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def print_result(result: EvaluationResult) -> None:
    """The figures as text on standard output; errors are counted, `--json` and `--html` list them."""
    for line in _lines(result):
        click.echo(line)


def _lines(result: EvaluationResult) -> Iterable[str]:
    yield f"Rule set {result.digest}"
    yield ""
    yield f"{'Articles':<28}{'n':>6}{'P':>8}{'R':>8}{'F1':>8}   95 % of F1     false  missed"
    yield _decision_row("firm", result.overall)
    if result.with_borderline.articles != result.overall.articles:
        yield _decision_row("with borderline", result.with_borderline)
    if result.held_out is not None:
        yield _decision_row("held out", result.held_out)
    for heading, groups in (("file", result.by_file), ("language", result.by_language)):
        if len(groups) > 1:
            yield f"by {heading}"
            yield from (_decision_row(f"  {name}", one) for name, one in groups.items())
    yield ""
    yield from _fact_rows(result)
    yield from _error_rows(result)
    for name, one in result.unlabelled.items():
        yield f"Without label: {name}: {one.right} of {one.total} held for relevant ({_percent(one.value)})"


def _fact_rows(result: EvaluationResult) -> Iterable[str]:
    facts = result.facts
    if facts.facts.wanted:
        yield f"{'Facts and slots':<28}{'n':>6}{'P':>8}{'R':>8}{'F1':>8}"
        for name, figure in (
            ("type + actor", facts.facts),
            ("type + actor + place", facts.with_place),
            ("actor", facts.actor),
            ("place", facts.place),
            ("amount", facts.amount),
            ("time (year)", facts.time),
        ):
            yield f"{name:<28}{figure.wanted:>6}{_rates(figure)}"
        yield f"{'status, strict':<28}{facts.status.total:>6}{_percent(facts.status.value):>24}"
        yield f"{'status, coarse':<28}{facts.status_coarse.total:>6}{_percent(facts.status_coarse.value):>24}"
        yield f"{'direction':<28}{facts.direction.total:>6}{_percent(facts.direction.value):>24}"
        yield ""
        yield from _type_rows(facts.types)
    named = {name: one for name, one in shares(result.named).items() if one.total}
    if named:
        yield "Named in short labels, found at least"
        for name, share in named.items():
            yield f"  {name:<26}{share.total:>6}{_percent(share.value):>24}"
        yield ""
    if (stories := result.stories) is not None:
        yield f"Stories: {stories.articles} articles, {stories.wanted} labelled, {stories.found} found"
        yield f"{'  pairs':<34}{_rates(stories.pairs)}"
        cubed = stories.b_cubed
        yield f"{'  B-cubed':<34}{_percent(cubed.precision):>8}{_percent(cubed.recall):>8}{_percent(cubed.f1):>8}"
        yield ""


def _type_rows(types: Mapping[tuple[str, str], int]) -> Iterable[str]:
    """Types that were taken for another, missed or one too many; the most frequent first."""
    wrong = sorted(((count, pair) for pair, count in types.items() if pair[0] != pair[1]), reverse=True)
    if wrong:
        yield "Types taken for another: labelled > found"
        for count, (labelled, found) in wrong[:MOST_PAIRS]:
            yield f"  {labelled + ' > ' + found:<32}{count:>6}"
        yield ""


def _error_rows(result: EvaluationResult) -> Iterable[str]:
    if result.missed_because:
        yield "Missed: " + ", ".join(f"{name} {count}" for name, count in result.missed_because.items())
    alarms = {name: one for name, one in result.alarms_by_category.items() if one.right}
    if alarms:
        yield "False alarms: " + ", ".join(f"{name} {one.right}/{one.total}" for name, one in alarms.items())
    if result.missed_because or alarms:
        yield ""


def _decision_row(name: str, one: Decisions) -> str:
    interval = "" if one.interval is None else f"{_percent(one.interval[0])} - {_percent(one.interval[1])}"
    return f"{name:<28}{one.articles:>6}{_rates(one.figure)}   {interval:<14}{one.false_alarms:>6}{one.missed:>8}"


def _rates(one: Figure) -> str:
    return "".join(f"{_percent(value):>8}" for value in (one.precision, one.recall, one.f1))


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"
