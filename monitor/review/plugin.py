"""Our pages inside Datasette: the routes, the filters of the templates, and which site they belong to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from datasette import hookimpl

from monitor.database import time_text
from monitor.review import actions, articles, backtests, ledger, operations, quality, signed, stories
from monitor.review.ledgerqueries import LedgerFilter
from monitor.review.pages import clock_time, frame, host, link, moment, not_found, visible, visit
from monitor.review.wording import code, go, key
from monitor.wording import said

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from jinja2 import Environment

    from monitor.review.site import Site

_STORY = r"(?P<story_id>s[0-9a-z]{4,40})"
_ARTICLE = r"(?P<article_id>a[0-9a-z]{4,40})"


async def _closed(request: Request, datasette: Datasette) -> object:
    """Datasette's pages for its developers: nobody needs them here, and they do not keep to the policy."""
    return await not_found(
        visit(request, datasette), said("{0}", request.path), said("Data leads to the tables")
    )


#: Path patterns of our pages; everything else is Datasette's.
ROUTES: tuple[tuple[str, Callable[..., object]], ...] = (
    (r"^/$", stories.today),
    (r"^/today$", stories.today),
    (rf"^/story/{_STORY}$", stories.story),
    (rf"^/article/{_ARTICLE}$", articles.article),
    (rf"^/article/{_ARTICLE}/version/(?P<version>\d{{1,6}})$", articles.version),
    (r"^/search$", articles.search),
    (r"^/why$", articles.why_page),
    (r"^/ledger$", ledger.ledger),
    (r"^/ledger\.csv$", ledger.ledger_csv),
    (r"^/ledger\.json$", ledger.ledger_json),
    (r"^/sources$", operations.sources),
    (r"^/sources/(?P<source_id>[^/]{1,200})$", operations.source),
    (r"^/alerts$", operations.alerts),
    (r"^/feed\.atom$", operations.feed),
    (r"^/rules$", quality.rules),
    (r"^/rules/(?P<rule_id>[^/]{1,100})$", quality.rule),
    (r"^/backtest$", backtests.form),
    (r"^/backtest/stop$", backtests.stop),
    (r"^/backtest/(?P<name>[0-9a-f]{16})$", backtests.result),
    (r"^/precision$", quality.precision_page),
    (r"^/verdict$", actions.verdict),
    (r"^/undo$", actions.undo_verdict),
    (r"^/mute$", actions.mute),
    (r"^/delivery$", actions.delivery),
    (r"^/missed$", actions.missed),
    (r"^/silence$", actions.silence),
    (r"^/silence/end$", actions.silence_end),
    (r"^/author$", actions.author),
    (r"^/-/(?:patterns|allow-debug|messages|permissions|logout|auth-token)$", _closed),
    (r"^/signed/(?P<action>[a-z]+)/(?P<target>[0-9a-z]{4,64})/(?P<signature>[0-9a-f]{32})$", signed.signed),
)
#: The paths that take a POST; the guard refuses it anywhere else. One with a slash at its end is a beginning.
FORMS = (
    "/verdict",
    "/undo",
    "/mute",
    "/delivery",
    "/missed",
    "/silence",
    "/silence/end",
    "/author",
    "/backtest",
    "/backtest/stop",
    "/signed/",
)
#: What needs no token where one is set: the looks of a page, and links that carry a signature of their own.
OPEN_PATHS = frozenset({"/page/review.css", "/page/review.js", "/page/icon.svg"})
OPEN_PREFIXES = ("/signed/",)


def attach(datasette: Datasette, site: Site) -> None:
    """Tell the pages of this Datasette which site they belong to."""
    datasette._cspwatch = site


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def startup(datasette: Datasette) -> Callable[[], Awaitable[None]]:
    """Add up the whole ledger beside the first requests, so that nobody waits for it."""

    async def warm() -> None:
        site = datasette._cspwatch
        site.totals.refresh(site.log, LedgerFilter())

    return warm


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Path patterns of our pages."""
    return list(ROUTES)


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def extra_template_vars(request: Request | None, datasette: Datasette) -> dict[str, object]:
    """What our frame needs on Datasette's own pages."""
    return frame(visit(request, datasette)) if request is not None else {}


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def prepare_jinja2_environment(env: Environment) -> None:
    """Filters of our templates; every text that any template shows is made visible first, Datasette's too."""
    env.finalize = visible
    env.globals |= {"code": code, "go": go, "key": key}
    env.filters |= {
        "clock": clock_time,
        "web": link,
        "host": host,
        "iso": lambda value: time_text(at) if (at := moment(value)) else "",
    }
