"""A URL or an id in, the whole path of that article through the program as named steps out. Reads only.

Also for a URL that was never seen: then the steps say which source should have had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alerts.queue import deliveries_of, history
from crawler.urls import canonical_url, host_of, url_key
from monitor.articlelog import LoggedArticle, find_article, get_article
from monitor.clausewords import clause_in_words, missing_in_words, score_in_words
from monitor.database import Value, time_text
from monitor.judgementlog import StoredJudgement, current_judgement
from monitor.listing import article_versions, get_story
from monitor.model import Finding, TraceStep, Verdict
from monitor.sourcelog import fetches_of, get_source, sightings, source_for_host
from monitor.storylog import article_of_alert, decisions_of, members, membership
from monitor.verdicts import verdicts_of_article

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Named reasons of triage in words.
REASONS = {
    Verdict.NOT_NEWS.value: "what was found is not the news of the article",
    Verdict.NO_FINDING.value: "no fact was found",
    Verdict.BELOW_LEVEL.value: "its level is below what the watch asks for",
    Verdict.NO_WATCH.value: "it concerns no watch",
    Verdict.DENIED.value: "it is a denial, and nobody was told of what it denies",
    Verdict.REPEAT.value: "it repeats what was told before",
    Verdict.COOLDOWN.value: "the story was told a short time ago; what is new waits",
    Verdict.OLD.value: "it is old news",
    Verdict.NO_DATE.value: "nobody knows when it was published",
    Verdict.BASELINE.value: "it was there at the first crawl of its source",
    Verdict.SILENCED.value: "a silence holds it back",
    Verdict.MUTED.value: "the story is muted",
    Verdict.SHADOW.value: "the watch or rule is on trial and sends nothing",
    Verdict.HELD_FLOOD.value: "its source showed a flood of articles; it waits for a person",
    Verdict.HELD_RULES.value: "rules changed and old articles match; it waits for a person",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyStep:
    """One stage of the path. `held` False: here it ended; None: nothing to say, or not reached."""

    name: str
    held: bool | None
    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyReport:
    """The path of one article. `article_id` None: the log does not hold it."""

    asked: str
    article_id: str | None
    title: str
    url: str
    answer: str  # one sentence: what came of it
    steps: tuple[WhyStep, ...]


def why(db: Database, asked: str) -> WhyReport:
    """Everything the log knows of `asked`: a URL, an article's, story's or alert's id."""
    key, canonical = _identity(asked)
    article = find_article(db, asked, key) or _leading_article(db, asked)
    if article is None:
        return _never_stored(db, asked, key, canonical)
    judged = current_judgement(db, article.article_id)
    decisions = decisions_of(db, article.article_id)
    steps = (
        _discovered(db, article),
        _fetched(db, article),
        _dated(article),
        _extracted(db, article),
        *_judged(article, judged),
        _story(db, article),
        *_triage(decisions, judged),
        *_deliveries(db, decisions),
        *_verdicts(db, article),
    )
    return WhyReport(
        asked=asked,
        article_id=article.article_id,
        title=article.title,
        url=article.url,
        answer=_answer(article, judged, decisions),
        steps=steps,
    )


def render(report: WhyReport) -> str:
    """The report as plain text: one line a step, its details indented."""
    signs = {True: "+", False: "x", None: "-"}
    asked = report.title or report.asked
    lines = [asked, *([report.url] if report.url != asked else []), report.answer, ""]
    for step in report.steps:
        lines.append(f"{signs[step.held]} {step.name}: {step.text}")
        lines += [f"    {detail}" for detail in step.details]
    return "\n".join(line for line in lines if line is not None)


def _identity(asked: str) -> tuple[str, str]:
    """url_key and canonical URL of what looks like a URL; empty for anything else."""
    if "://" not in asked:
        return "", ""
    try:
        return url_key(asked), canonical_url(asked)
    except ValueError:
        return "", ""


def _leading_article(db: Database, asked: str) -> LoggedArticle | None:
    """The article that opened a story, or that caused an alert."""
    story = get_story(db, asked)
    if story is not None:
        return get_article(db, members(db, str(story["story_id"]))[0].article_id)
    article_id = article_of_alert(db, asked)
    return get_article(db, article_id) if article_id else None


def _never_stored(db: Database, asked: str, key: str, canonical: str) -> WhyReport:
    """What the log knows of a URL without an article: seen in an index, asked for, or whose source it is."""
    steps = []
    seen = sightings(db, key) if key else []
    fetched = [row for url in dict.fromkeys((asked, canonical)) if url for row in fetches_of(db, url)]
    sources = source_for_host(db, host_of(asked)) if key else []
    for row in seen:
        state = "still to be read" if row["state"] == "pending" else "not read"
        steps.append(
            WhyStep(
                name="discovered",
                held=True,
                text=f"in the index of {row['source_id']}, first on {row['first_seen_at']}, {state}",
            )
        )
    for row in fetched:
        steps.append(WhyStep(name="fetched", held=row["outcome"] == "ok", text=_request_text(row)))
    if not steps:
        steps.append(WhyStep(name="discovered", held=False, text="no index of a source named this URL"))
    for record in sources:
        state = (
            "on" if record.source.enabled else f"switched off: {record.source.remark or 'no reason given'}"
        )
        last = time_text(record.last_success_at) if record.last_success_at else "never"
        steps.append(
            WhyStep(
                name="source",
                held=record.source.enabled,
                text=f"{record.source.source_id} should have had it; it is {state}, last read {last}",
                details=(f"last outcome: {record.last_outcome}",) if record.last_outcome else (),
            )
        )
    if key and not sources:
        steps.append(
            WhyStep(
                name="source",
                held=False,
                text=f"no source of the catalogue is at {host_of(asked)}; `cspwatch sources add` adds one",
            )
        )
    answer = "It was seen but is not in the log." if seen or fetched else "It was never seen."
    if not key:
        answer = "Nothing in the log has this id."
    return WhyReport(
        asked=asked,
        article_id=None,
        title="",
        url=canonical,
        answer=answer,
        steps=tuple(steps if key else ()),
    )


def _discovered(db: Database, article: LoggedArticle) -> WhyStep:
    seen = sightings(db, article.url_key)
    source = get_source(db, article.source_id)
    if source is None:
        return WhyStep(name="discovered", held=True, text=f"imported as {article.source_id}")
    details = [f"in the index of {row['source_id']} since {row['first_seen_at']}" for row in seen]
    if article.baseline:
        details.append("it was there at the first crawl of its source, which never alerts")
    return WhyStep(
        name="discovered",
        held=True,
        text=f"by {article.source_id} on {time_text(article.first_seen_at)}",
        details=tuple(details),
    )


def _fetched(db: Database, article: LoggedArticle) -> WhyStep:
    urls = dict.fromkeys((article.fetched_url, article.url))
    found = [row for url in urls for row in fetches_of(db, url, 3)]
    if not found:
        return WhyStep(name="fetched", held=None, text="no request of its own: from the feed, or imported")
    return WhyStep(
        name="fetched",
        held=any(row["outcome"] == "ok" for row in found),
        text=_request_text(found[0]),
        details=tuple(_request_text(row) for row in found[1:]),
    )


def _request_text(row: Mapping[str, Value]) -> str:
    status = f" ({row['status']})" if row["status"] else ""
    detail = f": {row['detail']}" if row["detail"] else ""
    return f"{row['outcome']}{status} at {row['at']}{detail}"


def _dated(article: LoggedArticle) -> WhyStep:
    if article.published is None:
        return WhyStep(
            name="dated", held=False, text="no date on the page or in the index; none was invented"
        )
    return WhyStep(
        name="dated", held=True, text=f"{time_text(article.published)}, from {article.published_from or '?'}"
    )


def _extracted(db: Database, article: LoggedArticle) -> WhyStep:
    versions = article_versions(db, article.article_id)
    way = f" by {article.extraction}" if article.extraction else ""
    details = [f"version {row['version']} of {row['fetched_at']}: {row['title']}" for row in versions]
    if article.copy_of:
        share = round(100 * (article.copy_similarity or 0))
        details.append(f"a copy of {article.copy_of}: {share} % of the shorter text is the same")
    if article.syndicated_from:
        details.append(f"the page names {article.syndicated_from} as its origin")
    return WhyStep(
        name="extracted",
        held=article.completeness in ("full", "feed", "unknown"),
        text=f"{article.completeness} text{way}, {len(article.text)} characters, language {article.language or '?'}",
        details=tuple(details if len(versions) > 1 else details[1:]),
    )


def _judged(article: LoggedArticle, judged: StoredJudgement | None) -> Iterable[WhyStep]:
    if article.state == "quarantined":
        yield WhyStep(name="judged", held=False, text=f"set aside: {article.error}")
        return
    if judged is None:
        yield WhyStep(name="judged", held=None, text="not yet; it waits in the log")
        return
    judgement = judged.judgement
    yield WhyStep(
        name="judged",
        held=bool(judgement.findings),
        text=f"{len(judgement.findings)} findings, score {judgement.score}, level {judgement.level.value},"
        f" rule set {judgement.rule_set[:12]}, version {judged.version} of the text",
        details=(
            *(_finding_text(finding) for finding in judgement.findings),
            *(_trace_text(step) for step in judgement.trace),
        ),
    )
    total = sum(part.points for part in judgement.news)
    yield WhyStep(
        name="news",
        held=judgement.relevant,
        text=("the article's news" if judgement.relevant else "not the article's news")
        + (f": the sum is {total:+d}, needed is 0" if judgement.news else ""),
        details=tuple(
            f"{part.points:+d} {clause_in_words(part.name)} ({part.name})"
            for part in sorted(judgement.news, key=lambda part: -abs(part.points))
        ),
    )


def _finding_text(finding: Finding) -> str:
    who = ", ".join(actor.id for actor in finding.actors) or "?"
    where = ", ".join(place.id for place in finding.places) or "no place"
    amounts = "".join(f", {amount.text}" for amount in finding.amounts)
    kind = "news" if finding.news else "background"
    span = finding.evidence.span
    points = ", ".join(f"{score_in_words(part.name)} {part.points:+d}" for part in finding.explain)
    return (
        f"{kind}: {who}, {finding.type.value}, {finding.status.value}, {where}{amounts}; rule {finding.rule},"
        f" {span.field.value} {span.start}-{span.end}: {finding.evidence.quote!r}; score {finding.score} ({points})"
    )


def _trace_text(step: TraceStep) -> str:
    where = f" at {step.span.field.value} {step.span.start}-{step.span.end}" if step.span else ""
    reason = f": {missing_in_words(step.clause)}" if step.clause else ""
    note = f" ({step.note})" if step.note else ""
    return f"{step.step} {'held' if step.held else 'failed'}{reason}{where}{note}"


def _story(db: Database, article: LoggedArticle) -> WhyStep:
    member = membership(db, article.article_id)
    if member is None:
        return WhyStep(name="story", held=None, text="none: what it says is nobody's news")
    added = ", ".join(
        change.kind.value + (f" {change.before} -> {change.after}" if change.after or change.before else "")
        for change in member.changes
    )
    parts = ", ".join(f"{part.name} {part.points:+d}" for part in member.parts)
    details = [f"similarity {member.similarity:.2f}" + (f" ({parts})" if parts else "")]
    if member.origin:
        details.append(f"no independent report: {member.origin}")
    return WhyStep(
        name="story",
        held=True,
        text=f"{member.story_id}, article {member.position} of it; it added: {added or 'nothing'}",
        details=tuple(details),
    )


def _triage(decisions: list[dict[str, Value]], judged: StoredJudgement | None) -> Iterable[WhyStep]:
    current = [row for row in decisions if judged is None or row["judgement_id"] == judged.judgement_id]
    if not current:
        yield WhyStep(name="triage", held=None, text="nothing was decided yet")
    for row in current:
        watch = f"watch {row['watch']}: " if row["watch"] else ""
        note = f" ({row['note']})" if row["note"] else ""
        yield WhyStep(
            name="triage",
            held=str(row["verdict"]).startswith("alert:"),
            text=f"{watch}{row['verdict']}{note}, decided {row['decided_at']}",
        )


def _deliveries(db: Database, decisions: list[dict[str, Value]]) -> Iterable[WhyStep]:
    for alert_id in dict.fromkeys(str(row["alert_id"]) for row in decisions if row["alert_id"]):
        queued = deliveries_of(db, alert_id)
        if not queued:
            text = f"alert {alert_id}: its watch has no channel, or its deliveries were pruned"
            yield WhyStep(name="delivery", held=None, text=text)
        for delivery in queued:
            uncertain = ", it may have arrived twice" if delivery.uncertain else ""
            yield WhyStep(
                name="delivery",
                held=delivery.state.value == "sent",
                text=f"alert {alert_id} to {delivery.channel}: {delivery.state.value}{uncertain}",
                details=tuple(
                    f"try {attempt.number} at {time_text(attempt.started_at)}:"
                    f" {attempt.result.value if attempt.result else 'no answer yet'} {attempt.detail}".rstrip()
                    for attempt in history(db, delivery.delivery_id)
                ),
            )


def _verdicts(db: Database, article: LoggedArticle) -> Iterable[WhyStep]:
    for verdict in verdicts_of_article(db, article.article_id):
        author = f" by {verdict.author}" if verdict.author else ""
        reason = f": {verdict.reason or verdict.note}" if verdict.reason or verdict.note else ""
        yield WhyStep(
            name="verdict",
            held=None,
            text=f"{verdict.opinion.value}{author} on {time_text(verdict.created_at)}{reason}",
        )


def _answer(article: LoggedArticle, judged: StoredJudgement | None, decisions: list[dict[str, Value]]) -> str:
    """What came of the article, in one sentence."""
    if article.state == "quarantined":
        return f"It was set aside and did not alert: {article.error}"
    if any(row["alert_id"] for row in decisions):
        return "It alerted."
    if article.held:
        return f"It is held for a person ({article.held}); `cspwatch sources health` lists what is held."
    if judged is None:
        return "It waits to be judged."
    reasons = ", ".join(sorted({REASONS.get(str(row["verdict"]), str(row["verdict"])) for row in decisions}))
    return f"It did not alert: {reasons or 'nothing was decided'}."
