"""Our pages inside Datasette: the routes, the filters of the templates, and which site they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from datasette import hookimpl

from monitor.database import time_text
from monitor.review import articles, stories
from monitor.review.pages import clock_time, host, link, moment, visible

if TYPE_CHECKING:
    from datasette.app import Datasette
    from jinja2 import Environment

    from monitor.review.site import Site

_STORY = r"(?P<story_id>s[0-9a-z]{4,40})"
_ARTICLE = r"(?P<article_id>a[0-9a-z]{4,40})"

#: Path patterns of our pages; everything else is Datasette's.
ROUTES: tuple[tuple[str, Callable[..., object]], ...] = (
    (r"^/$", stories.today),
    (r"^/today$", stories.today),
    (rf"^/story/{_STORY}$", stories.story),
    (rf"^/article/{_ARTICLE}$", articles.article),
    (rf"^/article/{_ARTICLE}/version/(?P<version>\d{{1,6}})$", articles.version),
    (r"^/search$", articles.search),
    (r"^/why$", articles.why_page),
)


def attach(datasette: Datasette, site: Site) -> None:
    """Tell the pages of this Datasette which site they belong to."""
    datasette._cspwatch = site


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Path patterns of our pages."""
    return list(ROUTES)


@hookimpl  # type: ignore[untyped-decorator]
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters of our templates; every text that any template shows is made visible first, Datasette's too."""
    env.finalize = visible
    env.filters |= {
        "clock": clock_time,
        "web": link,
        "host": host,
        "iso": lambda value: time_text(at) if (at := moment(value)) else "",
    }
