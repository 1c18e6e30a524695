"""A URL or an id in, the whole path of that article through the program as named steps out. Reads only.

Also for a URL that was never seen: then the steps say which source should have had it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from alerts.queue import deliveries_of, history
from crawler.urls import canonical_url, url_key
from monitor.articlelog import LoggedArticle, find_article, get_article
from monitor.clausewords import clause_in_words
from monitor.database import Value, time_text
from monitor.judgementlog import StoredJudgement, current_judgement
from monitor.listing import article_versions, get_story
from monitor.model import Verdict
from monitor.sourcelog import fetches_of, get_source, sightings
from monitor.storylog import article_of_alert, decisions_of, members, membership
from monitor.tracewords import line_in_words, trace_lines
from monitor.unstored import never_stored
from monitor.verdicts import verdicts_of_article
from monitor.whywords import (
    WhyReport,
    WhyStep,
    change_in_words,
    finding_in_words,
    note_in_words,
    origin_in_words,
    reason_in_words,
    request_in_words,
    route_in_words,
)
from monitor.wording import Said, Typed, said, several

if TYPE_CHECKING:
    from sqlite_utils import Database

    from alerts.model import Attempt, Delivery


def why(db: Database, asked: str) -> WhyReport:
    """Everything the log knows of `asked`: a URL, an article's, story's or alert's id."""
    key, canonical = _identity(asked)
    article = find_article(db, asked, key) or _leading_article(db, asked)
    if article is None:
        return never_stored(db, asked, key, canonical)
    judged = current_judgement(db, article.article_id)
    decisions = decisions_of(db, article.article_id)
    steps = (
        _discovered(db, article),
        _fetched(db, article),
        _dated(article),
        _extracted(db, article),
        *_judged(article, judged),
        _story(db, article),
        *_triage(db, article, decisions, judged),
        *_deliveries(db, decisions),
        *_verdicts(db, article),
    )
    return WhyReport(
        asked=asked,
        article_id=article.article_id,
        title=article.title,
        url=article.url,
        answer=_answer(db, article, judged, decisions),
        steps=steps,
    )


def render(report: WhyReport) -> str:
    """The report as plain text in English: one line a step, its details indented."""
    signs = {True: "+", False: "x", None: "-"}
    asked = report.title or report.asked
    lines = [asked, *([report.url] if report.url != asked else []), str(report.answer), ""]
    for step in report.steps:
        lines.append(f"{signs[step.held]} {step.name}: {step.text}")
        lines += [f"    {detail}" for detail in step.details]
    return "\n".join(line for line in lines if line is not None)


def as_json(report: WhyReport) -> dict[str, object]:
    """The report for programs, its sentences in English."""
    return {
        "asked": report.asked,
        "article_id": report.article_id,
        "title": report.title,
        "url": report.url,
        "answer": str(report.answer),
        "steps": [
            {
                "name": step.name,
                "held": step.held,
                "text": str(step.text),
                "details": [str(detail) for detail in step.details],
            }
            for step in report.steps
        ],
    }


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


def _discovered(db: Database, article: LoggedArticle) -> WhyStep:
    seen = sightings(db, article.url_key)
    source = get_source(db, article.source_id)
    if source is None:
        return WhyStep(name="discovered", held=True, text=said("imported as {0}", article.source_id))
    details = [said("in the index of {0} since {1}", row["source_id"], row["first_seen_at"]) for row in seen]
    if article.baseline:
        details.append(said("it was there at the first crawl of its source, which never alerts"))
    return WhyStep(
        name="discovered",
        held=True,
        text=said("by {0} on {1}", article.source_id, time_text(article.first_seen_at)),
        details=tuple(details),
    )


def _fetched(db: Database, article: LoggedArticle) -> WhyStep:
    urls = dict.fromkeys((article.fetched_url, article.url))
    found = [row for url in urls for row in fetches_of(db, url, 3)]
    if not found:
        text = said("no request of its own: from the feed, or imported")
        return WhyStep(name="fetched", held=None, text=text)
    return WhyStep(
        name="fetched",
        held=any(row["outcome"] == "ok" for row in found),
        text=request_in_words(found[0]),
        details=tuple(request_in_words(row) for row in found[1:]),
    )


def _dated(article: LoggedArticle) -> WhyStep:
    if article.published is None:
        text = said("no date on the page or in the index; none was invented")
        return WhyStep(name="dated", held=False, text=text)
    origin = article.published_from or "?"
    return WhyStep(name="dated", held=True, text=said("{0}, from {1}", time_text(article.published), origin))


def _extracted(db: Database, article: LoggedArticle) -> WhyStep:
    versions = article_versions(db, article.article_id)
    details = [
        said("version {0} of {1}: {2}", row["version"], row["fetched_at"], row["title"]) for row in versions
    ]
    if article.copy_of:
        share = round(100 * (article.copy_similarity or 0))
        details.append(said("a copy of {0}: {1} % of the shorter text is the same", article.copy_of, share))
    if article.syndicated_from:
        details.append(said("the page names {0} as its origin", article.syndicated_from))
    size, language = len(article.text), article.language or "?"
    kind = said(article.completeness)
    text = (
        said("{0} text by {1}, {2} characters, language {3}", kind, article.extraction, size, language)
        if article.extraction
        else said("{0} text, {1} characters, language {2}", kind, size, language)
    )
    if versions and versions[-1]["pruned_at"]:
        text = said("its text was pruned on {0}; facts and quotes stay", str(versions[-1]["pruned_at"])[:10])
    return WhyStep(
        name="extracted",
        held=article.completeness in ("full", "feed", "unknown"),
        text=text,
        details=tuple(details if len(versions) > 1 else details[1:]),
    )


def _judged(article: LoggedArticle, judged: StoredJudgement | None) -> Iterable[WhyStep]:
    if article.state == "quarantined":
        yield WhyStep(name="judged", held=False, text=said("set aside: {0}", article.error))
        return
    if judged is None:
        yield WhyStep(name="judged", held=None, text=said("not yet; it waits in the log"))
        return
    judgement = judged.judgement
    found = len(judgement.findings)
    yield WhyStep(
        name="judged",
        held=bool(judgement.findings),
        text=said(
            "{0}, score {1}, level {2}, rule set {3}, version {4} of the text",
            said("1 finding") if found == 1 else said("{0} findings", found),
            judgement.score,
            said(judgement.level.value),
            judgement.rule_set[:12],
            judged.version,
        ),
        details=(
            *(finding_in_words(finding) for finding in judgement.findings),
            *(line_in_words(line) for line in trace_lines(judgement.trace)),
        ),
    )
    total = sum(part.points for part in judgement.news)
    answer = said("the article's news" if judgement.relevant else "not the article's news")
    yield WhyStep(
        name="news",
        held=judgement.relevant,
        text=said("{0}: the sum is {1}, needed is 0", answer, f"{total:+d}") if judgement.news else answer,
        details=tuple(
            said("{0} {1} ({2})", f"{part.points:+d}", clause_in_words(part.name), part.name)
            for part in sorted(judgement.news, key=lambda part: -abs(part.points))
        ),
    )


def _story(db: Database, article: LoggedArticle) -> WhyStep:
    member = membership(db, article.article_id)
    if member is None:
        return WhyStep(name="story", held=None, text=said("none: what it says is nobody's news"))
    added = [change_in_words(change) for change in member.changes]
    parts = several(said("{0} {1}", said(part.name), f"{part.points:+d}") for part in member.parts)
    likeness = said("similarity {0}", f"{member.similarity:.2f}")
    details = [said("{0} ({1})", likeness, parts) if member.parts else likeness]
    if member.origin:
        details.append(said("no independent report: {0}", origin_in_words(member.origin)))
    return WhyStep(
        name="story",
        held=True,
        text=said(
            "{0}, article {1} of it; it added: {2}",
            member.story_id,
            member.position,
            several(added) if added else said("nothing"),
        ),
        details=tuple(details),
    )


def _reason(db: Database, article: LoggedArticle, verdict: str) -> Said:
    """A reason of triage; what was imported was never crawled."""
    if verdict == Verdict.BASELINE.value and get_source(db, article.source_id) is None:
        return said("it was imported, and imports alert only with {0}", Typed("--alert"))
    return reason_in_words(verdict)


def _triage(
    db: Database,
    article: LoggedArticle,
    decisions: list[dict[str, Value]],
    judged: StoredJudgement | None,
) -> Iterable[WhyStep]:
    current = [row for row in decisions if judged is None or row["judgement_id"] == judged.judgement_id]
    if not current:
        yield WhyStep(name="triage", held=None, text=said("nothing was decided yet"))
    for row in current:
        verdict = str(row["verdict"])
        told = said("{0} ({1})", _reason(db, article, verdict), verdict)
        if row["watch"]:
            told = said("watch {0}: {1}", row["watch"], told)
        if row["note"]:
            told = said("{0}, {1}", told, note_in_words(str(row["note"])))
        yield WhyStep(
            name="triage",
            held=verdict.startswith("alert:"),
            text=said("{0}; decided {1}", told, row["decided_at"]),
        )


def _deliveries(db: Database, decisions: list[dict[str, Value]]) -> Iterable[WhyStep]:
    for alert_id in dict.fromkeys(str(row["alert_id"]) for row in decisions if row["alert_id"]):
        queued = deliveries_of(db, alert_id)
        if not queued:
            text = said("alert {0}: its watch has no channel, or its deliveries were pruned", alert_id)
            yield WhyStep(name="delivery", held=None, text=text)
        for delivery in queued:
            told = said("alert {0} to {1}: {2}", alert_id, delivery.channel, said(delivery.state.value))
            yield WhyStep(
                name="delivery",
                held=delivery.state.value == "sent",
                text=said("{0}, it may have arrived twice", told) if delivery.uncertain else told,
                details=(
                    *_route(delivery),
                    *(_attempt(attempt) for attempt in history(db, delivery.delivery_id)),
                ),
            )


def _route(delivery: Delivery) -> Iterable[Said]:
    """The channel's own reason; what stands beside it is a note of the route until there was an attempt."""
    note = delivery.last_error if delivery.tries == 0 else ""
    told = route_in_words(delivery.reason, note)
    if told is not None:
        yield told
    elif note:
        yield said("{0}", note)


def _attempt(attempt: Attempt) -> Said:
    result = said(attempt.result.value if attempt.result else "no answer yet")
    told = said("try {0} at {1}: {2}", attempt.number, time_text(attempt.started_at), result)
    result_alone = attempt.detail in ("", attempt.result.value if attempt.result else "")
    return told if result_alone else said("{0}, {1}", told, attempt.detail)


def _verdicts(db: Database, article: LoggedArticle) -> Iterable[WhyStep]:
    for verdict in verdicts_of_article(db, article.article_id):
        told = said("{0} on {1}", said(verdict.opinion.value), time_text(verdict.created_at))
        if verdict.author:
            told = said("{0} by {1}", told, verdict.author)
        reason = verdict.reason or verdict.note
        text = said("{0}: {1}", told, reason) if reason else told
        yield WhyStep(name="verdict", held=None, text=text)


def _answer(
    db: Database, article: LoggedArticle, judged: StoredJudgement | None, decisions: list[dict[str, Value]]
) -> Said:
    """What came of the article, in one sentence."""
    if article.state == "quarantined":
        return said("It was set aside and did not alert: {0}", article.error)
    if any(row["alert_id"] for row in decisions):
        return said("It alerted.")
    if article.held:
        return said(
            "It is held for a person ({0}); {1} lists what is held.",
            article.held,
            Typed("cspwatch sources health"),
        )
    if judged is None:
        return said("It waits to be judged.")
    reasons = [
        _reason(db, article, verdict) for verdict in sorted({str(row["verdict"]) for row in decisions})
    ]
    return said("It did not alert: {0}.", several(reasons) if reasons else said("nothing was decided"))
