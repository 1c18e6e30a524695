"""An `EvaluationResult` in, one HTML page with plots out: no script, nothing loaded from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from monitor.evaluation.figures import Bin, Figure, Share
from monitor.evaluation.measure import Decisions, EvaluationResult, Judged, Stories, reason_of
from monitor.evaluation.named import shares

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5d6878;--line:#d9dee6;--mark:#2b5fb0}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b6;--line:#37414f;--mark:#86b1f2}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.25rem .5rem;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}.soft,figcaption{color:var(--soft)}
.tiles{display:flex;flex-wrap:wrap;gap:1rem}
.tiles div{border:1px solid var(--line);border-radius:.5rem;padding:.6rem 1rem}
.tiles b{font-size:1.6rem;display:block}figure{margin:1rem 0}svg{max-width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:currentColor}details{margin:.5rem 0}blockquote{margin:.2rem 0 .2rem 1rem}
"""


def render_html(result: EvaluationResult) -> str:
    """The whole page."""
    body = [
        "<h1>How well articles are judged</h1>",
        _summary(result),
        _tiles(result),
        _decision_section("By language", result.by_language, plot=True),
        _decision_section("By file", result.by_file),
        _decision_section("By kind of article", result.by_kind),
        _fact_section(result),
        _error_counts(result),
        _calibration_section(result),
        _rule_section(result),
        _error_list("Missed", [one for one in result.errors if one.label.relevant]),
        _error_list("False alarms", [one for one in result.errors if not one.label.relevant]),
        _error_list("Held for relevant, without label", result.flagged),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Evaluation {escape(result.digest)}</title><style>{_STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _summary(result: EvaluationResult) -> str:
    held_out = result.held_out
    apart = (
        ""
        if held_out is None
        else f" Held out, nobody tunes on it: F1 {percent(held_out.figure.f1)} of {held_out.articles}."
    )
    return (
        f'<p class="soft">Rule set {escape(result.digest)}. {result.overall.articles} firm articles, '
        f"{result.with_borderline.articles} with the borderline ones. Intervals: 95 %, bootstrap.{apart}</p>"
    )


def percent(value: float | None) -> str:
    """ "91.4", or a dash."""
    return "–" if value is None else f"{100 * value:.1f}"


def _tiles(result: EvaluationResult) -> str:
    shown: list[tuple[str, float | None]] = [
        ("article F1", result.overall.figure.f1),
        ("precision", result.overall.figure.precision),
        ("recall", result.overall.figure.recall),
        ("fact F1", result.facts.facts.f1),
        ("actor", result.facts.actor.f1),
        ("place", result.facts.place.f1),
        ("amount", result.facts.amount.f1),
        ("status, coarse", result.facts.status_coarse.value),
    ]
    if result.stories is not None:
        shown.append(("story pairs F1", result.stories.pairs.f1))
    tiles = "".join(f"<div><b>{percent(value)}</b>{name}</div>" for name, value in shown)
    return f'<div class="tiles">{tiles}</div>'


def _decision_section(title: str, groups: Mapping[str, Decisions], *, plot: bool = False) -> str:
    if len(groups) < 2:
        return ""
    rows = [
        [
            escape(name),
            str(one.articles),
            *(percent(value) for value in (one.figure.precision, one.figure.recall, one.figure.f1)),
            "" if one.interval is None else f"{percent(one.interval[0])} – {percent(one.interval[1])}",
            str(one.false_alarms),
            str(one.missed),
        ]
        for name, one in groups.items()
    ]
    heads = ["", "articles", "precision", "recall", "F1", "95 %", "false alarms", "missed"]
    return f"<h2>{title}</h2>" + (_interval_plot(groups) if plot else "") + _table(heads, rows)


def _fact_section(result: EvaluationResult) -> str:
    facts = result.facts
    parts = []
    if facts.facts.wanted:
        figures: list[tuple[str, Figure]] = [
            ("type and actor", facts.facts),
            ("type, actor and place", facts.with_place),
            ("actor", facts.actor),
            ("place", facts.place),
            ("amount", facts.amount),
            ("time (year)", facts.time),
        ]
        rows = [
            [name, str(one.wanted), percent(one.precision), percent(one.recall), percent(one.f1)]
            for name, one in figures
        ]
        single: list[tuple[str, Share]] = [
            ("status, strict", facts.status),
            ("status, coarse", facts.status_coarse),
            ("direction", facts.direction),
        ]
        rows += [[name, str(one.total), "", "", percent(one.value)] for name, one in single]
        parts += [
            "<h2>Facts and slots</h2>",
            _table(["", "labelled", "precision", "recall", "F1 or share"], rows),
            _counts("status", facts.statuses),
            _counts("type", facts.types),
        ]
    named = [
        [name, str(one.total), percent(one.value)] for name, one in shares(result.named).items() if one.total
    ]
    if named:
        parts += ["<h2>Values of short labels, found at least</h2>", _table(["", "labelled", "share"], named)]
    return "".join(parts) + _story_section(result.stories)


def _story_section(stories: Stories | None) -> str:
    if stories is None:
        return ""
    put = f"{stories.articles} articles of {stories.wanted} stories, put into {stories.found}."
    rows = [
        [name, *map(percent, (one.precision, one.recall, one.f1))]
        for name, one in (("pairs", stories.pairs), ("B-cubed", stories.b_cubed))
    ]
    return f"<h2>Stories</h2><p>{put}</p>" + _table(["", "precision", "recall", "F1"], rows)


def _counts(name: str, counted: Mapping[tuple[str, str], int]) -> str:
    found = sorted({one for _, one in counted})
    rows = [
        [labelled, *(str(counted.get((labelled, one), "")) for one in found)]
        for labelled in sorted({one for one, _ in counted})
    ]
    return f"<p>Labelled {name} (rows) and {name} found (columns):</p>" + _table(["", *found], rows)


def _error_counts(result: EvaluationResult) -> str:
    missed = [[escape(name), str(count)] for name, count in result.missed_because.items()]
    types = [[name, str(one.right), str(one.total)] for name, one in result.missed_types.items()]
    alarms = [
        [escape(name), str(one.right), str(one.total)] for name, one in result.alarms_by_category.items()
    ]
    none = [[escape(name), str(one.right), str(one.total)] for name, one in result.unlabelled.items()]
    return "".join(
        f"<h2>{title}</h2>{_table(heads, rows)}"
        for title, heads, rows in (
            ("Missed, by the step that ended it", ["", "articles"], missed),
            ("Missed, by labelled type", ["", "missed", "relevant articles"], types),
            ("False alarms, by kind of negative", ["", "false alarms", "negatives"], alarms),
            ("Without label", ["file", "held for relevant", "articles"], none),
        )
        if rows
    )


def _calibration_section(result: EvaluationResult) -> str:
    rows = [
        [f"from {score}", percent(one.precision), percent(one.recall), percent(one.f1)]
        for score, one in result.thresholds.items()
    ]
    return (
        "<h2>Score and precision</h2>"
        + _calibration_plot(result.bins)
        + _table(["only scores", "precision", "recall", "F1"], rows)
    )


def _rule_section(result: EvaluationResult) -> str:
    rows = [
        [
            escape(name),
            str(one.coverage.right),
            percent(one.coverage.value),
            percent(one.overlap.value),
            f"{percent(one.articles.value)} of {one.articles.total}",
            "–" if one.facts is None else f"{percent(one.facts.value)} of {one.facts.total}",
        ]
        for name, one in result.rules.items()
    ]
    heads = ["rule", "articles", "coverage", "overlap", "article precision", "fact precision"]
    return f"<h2>Rules</h2>{_table(heads, rows)}" if rows else ""


def _error_list(title: str, errors: Sequence[Judged]) -> str:
    if not errors:
        return ""
    return f"<h2>{title} ({len(errors)})</h2>" + "".join(_error(one) for one in errors)


def _error(one: Judged) -> str:
    label, judgement = one.label, one.judgement
    why = f"score {judgement.score}" if judgement.relevant else reason_of(judgement)
    notes = [label.language, label.category, "borderline" if label.borderline else "", why]
    quotes = "".join(
        f"<blockquote>{escape(fact.rule)}: {escape(fact.evidence.quote)}</blockquote>"
        for fact in judgement.findings
        if fact.news
    )
    parts = ", ".join(f"{part.name} {part.points:+d}" for part in judgement.news)
    return (
        f"<details><summary>{escape(label.article.title or label.article.text[:80])} "
        f'<span class="soft">{escape(", ".join(filter(None, notes)))}</span></summary>'
        f'<p class="soft">{escape(label.origin)}, {escape(label.article.article_id)}</p>'
        f"{quotes}<p>{escape(parts)}</p></details>"
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Cells are HTML; the first column is text, the others are figures."""
    head = "".join(f"<th{' class=n' if index else ''}>{name}</th>" for index, name in enumerate(heads))
    lines = "".join(
        "<tr>"
        + "".join(f"<td{' class=n' if index else ''}>{cell}</td>" for index, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _interval_plot(groups: Mapping[str, Decisions]) -> str:
    """F1 of each group with its interval."""
    left, width, step = 90, 480, 22
    lines = []
    for index, (name, one) in enumerate(groups.items()):
        y = 18 + index * step
        f1 = one.figure.f1
        lines.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        if one.interval is not None:
            low, high = (left + width * end for end in one.interval)
            lines.append(
                f'<line x1="{low:.0f}" x2="{high:.0f}" y1="{y}" y2="{y}" stroke="var(--soft)" stroke-width="2"/>'
            )
        if f1 is not None:
            lines.append(
                f'<circle cx="{left + width * f1:.0f}" cy="{y}" r="5" fill="var(--mark)">'
                f"<title>{escape(name)}: F1 {percent(f1)}, {one.articles} articles</title></circle>"
            )
    height = 18 + len(groups) * step + 22
    ticks = "".join(
        f'<line x1="{left + width * part / 4:.0f}" x2="{left + width * part / 4:.0f}" y1="6" y2="{height - 22}" '
        f'stroke="var(--line)"/><text x="{left + width * part / 4:.0f}" y="{height - 6}" '
        f'text-anchor="middle">{25 * part}</text>'
        for part in range(5)
    )
    return (
        f'<figure><svg viewBox="0 0 {left + width + 30} {height}" width="{left + width + 30}" role="img" '
        f'aria-label="F1 by language">{ticks}{"".join(lines)}</svg><figcaption>F1 by language, in per cent.'
        "</figcaption></figure>"
    )


def _calibration_plot(bins: Sequence[Bin]) -> str:
    """For each range of scores the share of relevant articles, with the number of articles below."""
    if not bins:
        return ""
    left, height, bar = 40, 200, 42
    bars = []
    for index, one in enumerate(bins):
        value = one.share.value or 0.0
        x = left + index * bar
        top = 14 + height * (1 - value)
        name = f"{one.low}+" if one.low >= 100 else str(one.low)
        bars.append(
            f'<rect x="{x + 4}" y="{top:.0f}" width="{bar - 8}" height="{height * value:.0f}" fill="var(--mark)">'
            f"<title>score {name}: {one.share.right} of {one.share.total} relevant</title></rect>"
            f'<text x="{x + bar / 2}" y="{height + 30}" text-anchor="middle">{name}</text>'
            f'<text x="{x + bar / 2}" y="{height + 46}" text-anchor="middle" opacity=".6">{one.share.total}</text>'
        )
    scale = "".join(
        f'<text x="{left - 6}" y="{18 + height * (1 - part / 2):.0f}" text-anchor="end">{50 * part}</text>'
        f'<line x1="{left}" x2="{left + bar * len(bins)}" y1="{14 + height * (1 - part / 2):.0f}" '
        f'y2="{14 + height * (1 - part / 2):.0f}" stroke="var(--line)"/>'
        for part in range(3)
    )
    width = left + bar * len(bins) + 10
    return (
        f'<figure><svg viewBox="0 0 {width} {height + 54}" width="{width}" role="img" '
        f'aria-label="Share of relevant articles by score">{scale}{"".join(bars)}</svg>'
        "<figcaption>Relevant articles in per cent, by score; below, the number of articles.</figcaption></figure>"
    )
