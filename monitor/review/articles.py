"""The pages of articles: Article (text with its evidence, findings, the whole why), Search, and Why for any address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.articlelog import LoggedArticle, get_article, get_version
from monitor.clausewords import clause_in_words, score_in_words
from monitor.database import Value
from monitor.excerpts import excerpt, marked
from monitor.judgementlog import current_judgement
from monitor.listing import article_versions
from monitor.model import Field, Finding, ScorePart
from monitor.review import queries
from monitor.review.evidence import kinds_in, paragraphs, pieces, quote_pieces
from monitor.review.facts import SourcedFinding, facts_on_page
from monitor.review.pages import Visit, not_found, page, visit
from monitor.review.stories import cards_of
from monitor.storylog import decisions_of, membership
from monitor.tracewords import trace_lines
from monitor.verdicts import verdicts_of_article
from monitor.why import why
from monitor.wording import said

if TYPE_CHECKING:
    from datasette import Response
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

_HITS = 20


async def article(request: Request, datasette: Datasette) -> Response:
    """One article: its text with the evidence marked, and why it did or did not alert."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    article_id = str(request.url_vars["article_id"])
    answer = await seen.site.log.read(lambda db: _article(db, article_id, seen))
    if answer is None:
        return await not_found(
            seen,
            said("article {0}", article_id),
            said("Paste its address below to learn what the log knows of it"),
        )
    return await page(seen, "article.html", answer)


def _article(db: Database, article_id: str, seen: Visit) -> dict[str, object] | None:
    logged = get_article(db, article_id)
    if logged is None:
        return None
    judged = current_judgement(db, article_id)
    findings = judged.judgement.findings if judged and judged.version == logged.version else ()
    title = pieces(logged.title, findings, Field.TITLE)
    text = pieces(logged.text, findings, Field.TEXT)
    report = why(db, article_id)
    return {
        "article": logged,
        "judged": judged,
        "title": title,
        "paragraphs": paragraphs(text),
        "kinds": kinds_in((*title, *text)),
        "findings": [_finding(finding, logged, seen) for finding in findings],
        "news_sum": _sum(judged.judgement.news) if judged else None,
        "trace": trace_lines(judged.judgement.trace) if judged else [],
        "why": report,
        "versions": [dict(row) for row in article_versions(db, article_id)],
        "judgements": queries.judgement_rows(db, article_id),
        "decisions": decisions_of(db, article_id),
        "membership": membership(db, article_id),
        "raw": _raw(queries.article_row(db, article_id)),
        "verdicts": verdicts_of_article(db, article_id),
    }


def _finding(finding: Finding, logged: LoggedArticle, seen: Visit) -> dict[str, object]:
    """A finding with its line, its quote and the named sum of its score."""
    item = SourcedFinding(finding=finding, article_id=logged.article_id, outlet=logged.outlet, url=logged.url)
    return {
        "finding": finding,
        "line": facts_on_page([item], seen.said, seen.site.names)[0].line,
        "quote": quote_pieces(finding),
        "sum": [(score_in_words(part.name), part.points) for part in finding.explain],
    }


def _sum(parts: tuple[ScorePart, ...]) -> dict[str, object]:
    """The named sum behind "is it the news?", strongest first, with what is needed."""
    ordered = sorted(parts, key=lambda part: -abs(part.points))
    return {
        "parts": [(clause_in_words(part.name), part.name, part.points) for part in ordered],
        "total": sum(part.points for part in parts),
        "most": max((abs(part.points) for part in parts), default=1) or 1,
    }


def _raw(row: dict[str, Value] | None) -> list[tuple[str, Value]]:
    return [(name, value) for name, value in (row or {}).items() if value not in (None, "")]


async def version(request: Request, datasette: Datasette) -> Response:
    """The text of one version as it was, without marks: spans belong to the text they were found in."""
    seen = visit(request, datasette)
    article_id, number = str(request.url_vars["article_id"]), int(request.url_vars["version"])
    found = await seen.site.log.read(lambda db: get_version(db, article_id, number))
    if found is None:
        return await not_found(
            seen, said("version {0} of {1}", number, article_id), said("Open the article for its versions")
        )
    title, text = found
    return await page(
        seen,
        "version.html",
        {"article_id": article_id, "number": number, "title": title, "paragraphs": text.split("\n")},
    )


async def search(request: Request, datasette: Datasette) -> Response:
    """Articles and stories that hold what was typed, newest first."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    typed = seen.argument("q").strip()
    start = int(seen.argument("from", "0")) if seen.argument("from", "0").isdecimal() else 0

    def question(db: Database) -> dict[str, object]:
        found = queries.search(db, typed, limit=_HITS, offset=min(start, 100_000))
        return {
            "hits": [
                {
                    **row,
                    "title": marked(str(row["title"] or row["url"]), typed),
                    "excerpt": excerpt(str(row["text"] or ""), typed, 260),
                }
                for row in found.articles
            ],
            "cards": cards_of(db, found.stories, seen) if not start else [],
            "more": found.more,
        }

    answer = await seen.site.log.read(question)
    return await page(seen, "search.html", {**answer, "typed": typed, "next": start + _HITS, "start": start})


async def why_page(request: Request, datasette: Datasette) -> Response:
    """What the log knows of an address, also of one that it never saw."""
    seen = visit(request, datasette)
    asked = seen.argument("url").strip()
    report = await seen.site.log.read(lambda db: why(db, asked)) if asked else None
    return await page(seen, "why.html", {"asked": asked, "why": report})
