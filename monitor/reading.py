"""One address or HTML file in; the article, what was found in it and why out (`cspwatch read`)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.items import Article, CrawlOrder, SourceOrder
from crawler.outcomes import Outcome
from crawler.sources import Source, SourceKind
from monitor.articletext import article_text
from monitor.errors import MonitorError
from monitor.extracting import Page, extract_pages, iso
from monitor.judge_json import judgement_to_json
from monitor.judging import judge_of
from monitor.model import ArticleText, Finding, Judgement

if TYPE_CHECKING:
    from monitor.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """A page as read and judged. `outcome` says how the reading ended."""

    url: str
    outcome: str
    completeness: str
    article: ArticleText
    published: str | None
    published_from: str | None
    author: str | None
    judgement: Judgement
    explanation: str

    def to_json(self) -> dict[str, object]:
        """Article, findings and trace as one object."""
        return {
            "url": self.url,
            "outcome": self.outcome,
            "title": self.article.title,
            "text": self.article.text,
            "language": self.judgement.language,
            "published": self.published,
            "published_from": self.published_from,
            "author": self.author,
            "completeness": self.completeness,
            **{
                key: value
                for key, value in judgement_to_json(self.judgement, self.article).items()
                if key != "id"
            },
            "explain": [
                {"rule": f.rule, "score": [[part.name, part.points] for part in f.explain]}
                for f in self.judgement.findings
            ],
            "news_sum": [[part.name, part.points] for part in self.judgement.news],
            "trace": [
                {"step": step.step, "held": step.held, "clause": step.clause, "note": step.note}
                for step in self.judgement.trace
            ],
        }


def read_page(config: Config, page: str, *, url: str = "") -> ReadPage:
    """Read an address through the crawler, or a file through the same workers. Raises MonitorError with the reason."""
    if page.startswith(("http://", "https://")):
        return _from_web(config, page)
    return _from_file(config, Path(page), url)


def _from_web(config: Config, url: str) -> ReadPage:
    from crawler.run import crawl  # starts the crawl process

    source = Source(source_id="read", name="read", url=url, kind=SourceKind.PAGE)
    limits = replace(config.limits(), max_articles_per_source=1)
    order = CrawlOrder(order_id=uuid.uuid4().hex[:12], sources=(SourceOrder(source=source),), limits=limits)
    report = crawl(order).sources[0]
    if not report.articles:
        ended = next((o for o in reversed(report.outcomes) if o.outcome is not Outcome.OK), None)
        why = f"{ended.outcome}: {ended.detail}" if ended else str(report.outcome)
        raise MonitorError(f"{url}: could not be read: {why}")
    article = report.articles[0]
    return _judged(config, article_text(article, article.url_key), article, outcome=str(report.outcome))


def _from_file(config: Config, path: Path, url: str) -> ReadPage:
    try:
        html = path.read_bytes()
    except OSError as error:
        raise MonitorError(
            f"{path}: cannot be read: {error.strerror}. Give an address or an HTML file"
        ) from None
    result = next(iter(extract_pages([Page(id=None, url=url, html=html)])))
    reading = result.reading
    if reading is None:
        raise MonitorError(f"{path}: could not be read: {result.error}")
    text = ArticleText(
        article_id=str(path),
        title=reading.title,
        text=reading.text,
        language=reading.language,
        published=reading.published.date() if reading.published else None,
        url=reading.canonical or url,
    )
    judgement, explanation = _judge(config, text)
    return ReadPage(
        url=text.url,
        outcome=str(reading.outcome),
        completeness=str(reading.completeness),
        article=text,
        published=iso(reading.published),
        published_from=str(reading.published_from) if reading.published_from else None,
        author=reading.author,
        judgement=judgement,
        explanation=explanation,
    )


def _judged(config: Config, text: ArticleText, article: Article, *, outcome: str) -> ReadPage:
    judgement, explanation = _judge(config, text)
    return ReadPage(
        url=article.url,
        outcome=outcome,
        completeness=str(article.completeness),
        article=text,
        published=iso(article.published),
        published_from=str(article.published_from) if article.published_from else None,
        author=article.author,
        judgement=judgement,
        explanation=explanation,
    )


def _judge(config: Config, text: ArticleText) -> tuple[Judgement, str]:
    from monitor.explain import explain  # with the detector: only where something is judged

    judgement = judge_of(config)[0].judge(text)
    return judgement, explain(judgement, text)


def render_reading(reading: ReadPage, *, explain: bool) -> str:
    """For a terminal: the head of the article, the facts with their quotes, and the verdict in a sentence."""
    article, judgement = reading.article, reading.judgement
    date = f"{reading.published} (from {reading.published_from})" if reading.published else "unknown"
    about = (
        f"language {judgement.language}, published {date}, author {reading.author or 'unknown'}, "
        f"{reading.completeness}, {len(article.text)} characters"
    )
    lines = [
        article.title,
        reading.url or "(no address)",
        about,
        "",
        _excerpt(article.text),
        "",
        f"{'RELEVANT' if judgement.relevant else 'not relevant'}: score {judgement.score}, level {judgement.level}",
    ]
    lines += [line for finding in judgement.findings for line in _finding_lines(finding)]
    if explain:
        lines += ["", reading.explanation]
    return "\n".join(lines)


def _excerpt(text: str) -> str:
    return text if len(text) <= 600 else text[:600].rstrip() + " ..."


def _finding_lines(finding: Finding) -> Iterator[str]:
    parts = [
        " + ".join(actor.id for actor in finding.actors),
        str(finding.type),
        str(finding.status),
        ", ".join(place.id for place in finding.places),
        ", ".join(f"{amount.op}{amount.value:f} {amount.unit}" for amount in finding.amounts),
        finding.time.iso if finding.time else "",
    ]
    kind = "news" if finding.news else "background"
    yield f"  {kind}: {' · '.join(part for part in parts if part)}   [{finding.rule}, {finding.score}]"
    yield f'    "{finding.evidence.quote}"'
