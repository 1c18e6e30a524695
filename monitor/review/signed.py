"""The pages behind the links in alerts: GET asks, POST does what the link was signed for, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette import Response

from alerts.errors import NotQueuedError
from alerts.layouts.view import title
from alerts.outbox import alert_of
from monitor.review import queries
from monitor.review.actions import MUTED_FOR, mute_in, record_once
from monitor.review.pages import page, visit
from monitor.review.signing import is_signed
from monitor.verdicts import Opinion, Target, UnknownTargetError
from monitor.wording import said

if TYPE_CHECKING:
    from datetime import datetime

    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

    from alerts.layouts.words import Words

ASKS = {
    "useful": "Record that this alert was useful?",
    "wrong": "Record that this alert was wrong?",
    "mute": "Mute this story for 7 days?",
}


async def signed(request: Request, datasette: Datasette) -> Response:
    """Ask, or (POST) act."""
    seen = visit(request, datasette)
    action, target = str(request.url_vars["action"]), str(request.url_vars["target"])
    if not is_signed(seen.site.key, action, target, str(request.url_vars["signature"])):
        return Response.text("This link was not made here, or its key was replaced.\n", status=403)
    named = await seen.site.log.read(lambda db: _named(db, action, target, seen.said))
    if named is None:
        return Response.text("What this link speaks of is no longer in the log.\n", status=404)
    if request.method != "POST":
        return await page(
            seen,
            "signed.html",
            {"ask": ASKS[action], "named": named, "done": False, "asks_reason": action == "wrong"},
        )
    reason = str((await request.post_vars()).get("reason", ""))[:500]
    await seen.site.log.write(lambda db: _act(db, action, target, seen.now, reason))
    return await page(
        seen, "signed.html", {"ask": said("Recorded. Thank you."), "named": named, "done": True}
    )


def _named(db: Database, action: str, target: str, words: Words) -> str | None:
    """What the link speaks of, in words; None where it is gone."""
    if action == "mute":
        row = queries.story_row(db, target)
        return str(row["title"]) if row else None
    try:
        return title(alert_of(db, target), words)
    except (LookupError, NotQueuedError):
        return None


def _act(db: Database, action: str, target: str, now: datetime, reason: str) -> None:
    if action == "mute":
        mute_in(db, target, now, now + MUTED_FOR)
        return
    try:
        record_once(db, Target.ALERT, target, Opinion(action), now, reason=reason, author="link")
    except UnknownTargetError:  # the alert is there, its article was pruned: nothing to count it for
        return
