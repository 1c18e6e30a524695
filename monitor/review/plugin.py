"""Our pages inside Datasette: routes, templates and what they need of the configuration."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from datasette import Response, hookimpl

from monitor.database import open_database
from monitor.review.queries import today_stories

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

    from monitor.config import Config


def attach(datasette: Datasette, config: Config) -> None:
    """Tell the pages of this Datasette which configuration they belong to."""
    datasette._cspwatch = config


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def register_routes() -> list[tuple[str, Callable[..., object]]]:
    """Path patterns of our pages."""
    return [(r"^/$", today), (r"^/today$", today)]


async def today(request: Request, datasette: Datasette) -> Response:
    """Stories of the last days, most severe and newest first, with their facts and evidence."""
    config: Config = datasette._cspwatch
    with closing(open_database(config.database, read_only=True)) as db:
        stories = today_stories(db)
    html = await datasette.render_template("cspwatch/today.html", {"stories": stories}, request=request)
    return Response.html(html)
