"""One outlet and its articles → every page it serves, by path: articles, indexes, robots.txt. Pure but for templates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from monitor.demo.content import ROOT, DemoArticle, DemoOutlet, dated, paragraphs

_TEASERS = 4  # links to other articles of the outlet beside each article
_PAYWALLED_BLOCKS = 1  # what a reader without a subscription gets
_PRINTED = {"de": "%d.%m.%Y, %H:%M", "en": "%d %b %Y, %H:%M", "fr": "%d/%m/%Y à %H:%M"}
_PRINTED_CJK = {
    "ja": "{0.year}年{0.month}月{0.day}日 {0:%H:%M}",
    "zh-Hans": "{0:%Y-%m-%d %H:%M}",
    "zh-Hant": "{0:%Y/%m/%d %H:%M}",
}
_INDEX_TEMPLATE = {"rss": "rss.xml", "rss-full-text": "rss.xml", "rdf": "rdf.xml", "atom": "atom.xml"}
_CONTENT_TYPE = {
    "rss": "application/rss+xml",
    "rss-full-text": "application/rss+xml",
    "rdf": "application/rdf+xml",
    "atom": "application/atom+xml",
}
#: The same at every outlet; only one of them has something there.
_ROBOTS = "User-agent: *\nDisallow: /anzeigen/\nDisallow: /kommentar\nAllow: /\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is answered for one path."""

    body: bytes
    content_type: str
    last_modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """An outlet at its address: `base` is "http://host:port", `start` the time at which the newsstand opened."""

    outlet: DemoOutlet
    base: str
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article as the templates need it. Dates are ISO 8601 in the outlet's time zone, `printed` is for people."""

    article: DemoArticle
    path: str
    canonical: str
    feed_url: str
    amp_url: str
    guid: str
    title: str
    summary: str
    author: str
    section: str
    blocks: tuple[tuple[str, str], ...]  # ("paragraph" or "heading", text)
    published: str
    published_rfc: str
    printed: str
    modified: str
    changed_at: datetime
    paywall: bool
    consent: bool
    json_ld: dict[str, object]


def article_path(article: DemoArticle, outlet: DemoOutlet, start: datetime) -> str:
    """Path of the page of `article`, which some outlets make from its date."""
    if article.path is not None:
        return article.path
    local = article.published(start).astimezone(outlet.zone)
    return local.strftime(outlet.article_path).format(slug=article.slug)


def site(stand: Stand, articles: Sequence[DemoArticle], originals: dict[str, str]) -> dict[str, Page]:
    """All pages of the outlet of `stand` that carries `articles`, by path.

    `originals` gives the address of every article of the newsstand, for syndicated copies.
    """
    views = sorted((_view(stand, item, originals) for item in articles), key=_listed, reverse=True)
    pages = {"/robots.txt": _page(_ROBOTS, "text/plain", stand.start)}
    for view in views:
        pages.update(_article_pages(stand, view, views))
    pages.update(_indexes(stand, views))
    return pages


def _view(stand: Stand, article: DemoArticle, originals: dict[str, str]) -> ArticleView:
    outlet, start = stand.outlet, stand.start
    published, modified = article.published(start), article.modified(start)
    local = published.astimezone(outlet.zone).replace(microsecond=0)
    path = article_path(article, outlet, start)
    url = stand.base + path
    texts = paragraphs(article, outlet, start)
    blocks = tuple(
        ("heading", text.removeprefix("## ")) if text.startswith("## ") else ("paragraph", text)
        for text in texts
    )
    title, summary = (dated(text, article, outlet, start) for text in (article.title, article.summary))
    changed = "" if modified is None else modified.astimezone(outlet.zone).isoformat(timespec="seconds")
    return ArticleView(
        article=article,
        path=path,
        canonical=originals[article.copy_of] if article.copy_of else url,
        feed_url=f"{url}?utm_source=feed&utm_medium=rss" if "utm" in outlet.variants else url,
        amp_url=f"{url}amp/" if "amp" in outlet.variants else "",
        guid=f"tag:{outlet.outlet_id}.example,2026:{article.slug}",
        title=title,
        summary=summary,
        author=article.author,
        section=article.section,
        blocks=blocks[:_PAYWALLED_BLOCKS] if article.paywall else blocks,
        published=local.isoformat(),
        published_rfc=format_datetime(local),
        printed=_printed(local, outlet.language),
        modified=changed,
        changed_at=modified or published,
        paywall=article.paywall,
        consent=article.consent,
        json_ld=_json_ld(outlet, article, title, url, (local.isoformat(), changed), texts),
    )


def _json_ld(
    outlet: DemoOutlet,
    article: DemoArticle,
    title: str,
    url: str,
    dates: tuple[str, str],
    texts: Sequence[str],
) -> dict[str, object]:
    news: dict[str, object] = {
        "@type": "NewsArticle",
        "headline": title,
        "mainEntityOfPage": url,
        "datePublished": dates[0],
        "dateModified": dates[1] or dates[0],
        "inLanguage": outlet.language,
        "author": [{"@type": "Person", "name": article.author}],
        "articleSection": article.section,
    }
    if "article-body" in outlet.variants:
        news["articleBody"] = "\n\n".join(text.removeprefix("## ") for text in texts)
    site_node = {"@type": "WebSite", "name": outlet.name, "@id": f"{url}#site"}
    return {"@context": "https://schema.org", "@graph": [site_node, news]}


def _article_pages(stand: Stand, view: ArticleView, views: Sequence[ArticleView]) -> dict[str, Page]:
    outlet = stand.outlet
    teasers = [other for other in views if other is not view][:_TEASERS]
    template = "_consent.html" if view.consent else f"{outlet.outlet_id}.html"
    pages = {view.path: _html(stand, template, view.changed_at, article=view, teasers=teasers, entries=())}
    if view.amp_url:
        pages[f"{view.path}amp/"] = _html(stand, "_amp.html", view.changed_at, article=view)
    return pages


def _indexes(stand: Stand, views: Sequence[ArticleView]) -> dict[str, Page]:
    outlet = stand.outlet
    changed = max(view.changed_at for view in views)
    front = _html(stand, f"{outlet.outlet_id}.html", changed, article=None, teasers=views[:2], entries=views)
    pages = {"/": front}
    path = outlet.manners.moved_to or outlet.index_path
    match outlet.index_format:
        case "html":
            pages[path] = front
        case "json-feed":
            pages[path] = _page(json.dumps(_json_feed(stand, views)), "application/feed+json", changed)
        case "news-sitemap":
            pages.update(_sitemaps(stand, views, changed))
        case form:
            pages[path] = _feed(stand, form, views, changed)
    return pages


def _feed(stand: Stand, form: str, views: Sequence[ArticleView], changed: datetime) -> Page:
    printed = changed.replace(microsecond=0)
    text = _render(
        stand,
        _INDEX_TEMPLATE[form],
        entries=views,
        full_text=form == "rss-full-text",
        changed=printed.isoformat() if form == "atom" else format_datetime(printed),
    )
    encoding = stand.outlet.encoding if form == "rss" else "utf-8"
    return Page(
        body=text.encode(encoding, "xmlcharrefreplace"),
        content_type=_CONTENT_TYPE[form],
        last_modified=changed,
    )


def _sitemaps(stand: Stand, views: Sequence[ArticleView], changed: datetime) -> dict[str, Page]:
    oldest = min(view.changed_at for view in views)
    dates = {"changed": _iso(changed), "oldest": _iso(oldest)}
    return {
        path: _page(_render(stand, name, entries=views, **dates), "application/xml", changed)
        for path, name in (
            (stand.outlet.index_path, "sitemap-index.xml"),
            ("/sitemap-news.xml", "sitemap-news.xml"),
            ("/sitemap-archive.xml", "sitemap-archive.xml"),
        )
    }


def _json_feed(stand: Stand, views: Sequence[ArticleView]) -> dict[str, object]:
    items = [
        {
            "id": view.guid,
            "url": view.feed_url,
            "title": view.title,
            "summary": view.summary,
            "date_published": view.published,
            "date_modified": view.modified or view.published,
            "authors": [{"name": view.author}],
            "tags": [view.section],
            "language": stand.outlet.language,
        }
        for view in views
    ]
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": stand.outlet.name,
        "home_page_url": f"{stand.base}/",
        "feed_url": stand.base + stand.outlet.index_path,
        "items": items,
    }


def _html(stand: Stand, template: str, changed: datetime, **values: object) -> Page:
    outlet = stand.outlet
    text = _render(stand, template, **values)
    charset = f"; charset={outlet.declared}" if outlet.declared else ""
    # what the outlet's charset lacks becomes a character reference, as browsers and old systems do
    body = text.encode(outlet.encoding, "xmlcharrefreplace")
    return Page(body=body, content_type=f"text/html{charset}", last_modified=changed)


def _page(text: str, content_type: str, changed: datetime) -> Page:
    return Page(body=text.encode(), content_type=content_type, last_modified=changed)


def _render(stand: Stand, template: str, **values: object) -> str:
    return _environment().get_template(template).render(outlet=stand.outlet, base=stand.base, **values) + "\n"


@cache
def _environment() -> Environment:
    loader = FileSystemLoader(ROOT / "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)


def _printed(local: datetime, language: str) -> str:
    if language in _PRINTED_CJK:
        return _PRINTED_CJK[language].format(local)
    return local.strftime(_PRINTED[language])


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _listed(view: ArticleView) -> tuple[datetime, str]:
    return view.changed_at, view.path
