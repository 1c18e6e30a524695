"""An article as crawled or as stored in, what judging and watches see of it out. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from monitor.model import ArticleText

if TYPE_CHECKING:
    from monitor.articlelog import LoggedArticle


class ReadArticle(Protocol):
    """`crawler.items.Article` and `monitor.articlelog.LoggedArticle` are such articles."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def language(self) -> str | None: ...
    @property
    def published(self) -> datetime | None: ...
    @property
    def url(self) -> str: ...
    @property
    def source_id(self) -> str: ...


def article_text(article: ReadArticle, article_id: str, *, tier: str = "") -> ArticleText:
    """The text under its id. `tier` is that of its outlet, "" where no outlet is known."""
    return ArticleText(
        article_id=article_id,
        title=article.title,
        text=article.text,
        language=article.language,
        published=article.published.date() if article.published else None,
        url=article.url,
        source=article.source_id,
        tier=tier,
    )


def stored_text(article: LoggedArticle) -> ArticleText:
    """The current text of an article of the log."""
    return article_text(article, article.article_id, tier=article.tier)
