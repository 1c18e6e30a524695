"""An exception of a request in, the page that answers it out. Takes the place of Datasette's own handler.

Datasette's prints the local variables of every frame to the terminal where `rich` is installed, secrets among them,
and fails itself on an address that it does not know.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from datasette import Response, hookimpl
from datasette.plugins import pm
from datasette.utils.asgi import Base400
from datasette.views.base import DatasetteError

from monitor.review.pages import page, visit
from monitor.review.site import TooSlowError

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

logger = logging.getLogger(__name__)
_REPLACED = "datasette.handle_exception"


def take_over() -> None:
    """Let our handler be the only one; may be called again."""
    if pm.has_plugin(_REPLACED):
        pm.unregister(name=_REPLACED)


@hookimpl  # type: ignore[untyped-decorator]  # Datasette has no types
def handle_exception(
    datasette: Datasette, request: Request, exception: Exception
) -> Callable[[], Awaitable[Response]]:
    """The answer to a request that failed: what is wrong, and what to do; a failure of ours goes to the log."""

    async def answer() -> Response:
        status, message = _told(exception)
        if status == 500:
            logger.error("page failed path=%s", request.path, exc_info=exception)
        if request.path.endswith(".json"):
            return Response.json({"ok": False, "error": message, "status": status}, status=status)
        seen = visit(request, datasette)
        return await page(seen, "failed.html", {"status": status, "message": message}, status=status)

    return answer


def _told(exception: Exception) -> tuple[int, str]:
    if isinstance(exception, DatasetteError):
        return int(exception.status or 500), str(exception.message)
    if isinstance(exception, Base400):
        return int(exception.status), str(exception.args[0] if exception.args else "")
    if isinstance(exception, TooSlowError):
        return 503, str(exception)
    return 500, "This page failed; the output of cspwatch says at what. Reading does not touch the log."
