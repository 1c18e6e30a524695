"""What the pages can change: verdicts, undo, missed articles, muted stories, silences. Every one is a POST form.

The guard has checked Host, Origin and size, Datasette the form token. Each change is one transaction.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from datasette import Response

from alerts.errors import BadMatcherError, NotQueuedError
from alerts.queue import cancel, release, retry, withdraw_story
from alerts.silences import add_silence, end_silence
from crawler.urls import canonical_url
from monitor.naming import KnowledgeNames
from monitor.review.pages import not_found, page, visit
from monitor.silencing import label_values
from monitor.storylog import mute_story
from monitor.verdicts import Opinion, Target, UnknownTargetError, record, undo, verdicts_on
from monitor.wording import recognized, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

    from monitor.review.site import Site

#: Where a form may lead back to; an address of any other form leads to Today.
_BACK = re.compile(r"today|precision|missed|alerts|(?:story/s|article/a)[0-9a-z]{4,40}")
_TARGETS = {"article": Target.ARTICLE, "story": Target.STORY, "alert": Target.ALERT}
_AUTHOR_COOKIE = "cspwatch_author"
#: A mute by its button; any other ends on the day that the reader names.
MUTED_FOR = timedelta(days=7)
_LONGEST_MUTE = timedelta(days=3650)
SILENCES = {"1h": 1 / 24, "8h": 1 / 3, "1d": 1.0, "7d": 7.0, "30d": 30.0}
SILENCE_SPANS = {"1h": "1 hour", "8h": "8 hours", "1d": "1 day", "7d": "7 days", "30d": "30 days"}
#: What can be done with a delivery, as the page and `cspwatch alerts` call it.
MOVES = {"retry": retry, "release": release, "cancel": cancel}
_LONGEST_TEXT = 500
#: What setting a silence and moving a delivery are refused with.
REFUSALS = (
    "{0} is no matcher; write label=value, label!=value or label=a,b*",
    "a silence needs at least one matcher, such as provider=alibaba_cloud",
    "no alert has a label {0}; labels are {1}",
    "no alert has a label {0}; did you mean {1}? labels are {2}",
    "{0}: a choice is empty; matchers stand apart by blanks",
    "{0}: no alert has this {1}; did you mean {2}?",
    "{0}: no alert has this {1}; known are {2}",
    "{0}: no alert has this {1}",
    "delivery {0} is {1}; only a dead or pending delivery can be sent again",
    "delivery {0} is {1}; only a held delivery that no digest carries yet can be released",
    "delivery {0} is {1}; only a delivery that was not sent can be cancelled",
)


async def verdict(request: Request, datasette: Datasette) -> Response:
    """Record what a person says of a story, an article or an alert."""
    seen, form = visit(request, datasette), await _form(request)
    target, opinion = _TARGETS.get(form.get("kind", "")), form.get("verdict", "")
    if target is None or opinion not in list(Opinion):
        return await not_found(seen, said("verdict {0}", opinion), said("Use the buttons of the page"))
    named = form.get("id", "")
    author = author_of(request)
    try:
        await seen.site.log.write(
            lambda db: record_once(
                db, target, named, Opinion(opinion), seen.now, reason=form.get("reason", ""), author=author
            )
        )
    except UnknownTargetError:
        return await not_found(
            seen, said("{0} {1}", said(target.value), named), said("Use the buttons of the page")
        )
    back = form.get("back", "")
    return _to(
        f"/#s-{named}" if back == "today" and target is Target.STORY else _back(back or _own(target, named))
    )


def record_once(
    db: Database,
    target: Target,
    named: str,
    opinion: Opinion,
    now: datetime,
    *,
    reason: str = "",
    author: str = "",
) -> int | None:
    """Record a verdict unless the same person's last one that stands says the same; its number."""
    last = next((one for one in verdicts_on(db, target, named) if one.author == author), None)
    if last is not None and last.opinion is opinion and (not reason or last.reason == reason):
        return None
    return record(db, target, named, opinion, now, reason=reason, author=author)


async def undo_verdict(request: Request, datasette: Datasette) -> Response:
    """Take a verdict back."""
    seen, form = visit(request, datasette), await _form(request)
    number = form.get("verdict_id", "")
    if not number.isdecimal() or len(number) > 15:
        return await not_found(seen, said("verdict {0}", number), said("Use the buttons of the page"))
    await seen.site.log.write(lambda db: undo(db, int(number), seen.now))
    return _to(_back(form.get("back", "")))


async def mute(request: Request, datasette: Datasette) -> Response:
    """Mute a story for a week, or until the day `until` (UTC), and withdraw what waits of it; 0 days: unmute."""
    seen, form = visit(request, datasette), await _form(request)
    story_id, until = form.get("story_id", ""), _mute_end(form, seen.now)
    if not await seen.site.log.write(lambda db: mute_in(db, story_id, seen.now, until)):
        return await not_found(seen, said("story {0}", story_id), said("Search for words of its headline"))
    return _to(_back(f"story/{story_id}"))


def _mute_end(form: Mapping[str, str], now: datetime) -> datetime | None:
    """When the mute that the form asks for ends; None: at once, also where its day is over or cannot be read."""
    if form.get("days") == str(MUTED_FOR.days):
        return now + MUTED_FOR
    try:
        day = date.fromisoformat(form.get("until", ""))
    except ValueError:
        return None
    end = datetime.combine(day, time(), UTC)
    return end if now < end < now + _LONGEST_MUTE else None


def mute_in(db: Database, story_id: str, now: datetime, until: datetime | None) -> bool:
    """Mute (None: unmute) a story in the caller's transaction; False where there is no such story."""
    known = mute_story(db, story_id, until)
    if known and until is not None:
        withdraw_story(db, story_id, now)
    return known


async def silence(request: Request, datasette: Datasette) -> Response:
    """Silence what the matchers match, for a time."""
    seen, form = visit(request, datasette), await _form(request)
    days = SILENCES.get(form.get("for", ""), 1.0)
    matchers, comment = form.get("matchers", ""), form.get("comment", "")
    known = await _label_values(seen.site)
    until = seen.now + timedelta(days=days)
    try:
        await seen.site.log.write(
            lambda db: add_silence(db, matchers, seen.now, until, comment=comment, known=known)
        )
    except BadMatcherError as error:
        return await page(
            seen, "refused.html", {"message": recognized(str(error), REFUSALS), "back": "/alerts"}, status=400
        )
    return _to("/alerts")


async def _label_values(site: Site) -> Mapping[str, Mapping[str, str]] | None:
    """The values that labels of alerts can have; None where the files in force cannot be read."""
    await site.prepare()
    names = site.names
    if not isinstance(names, KnowledgeNames):
        return None
    return await site.log.read(lambda db: label_values(db, site.config, names.knowledge))


async def silence_end(request: Request, datasette: Datasette) -> Response:
    """End a silence now."""
    seen, form = visit(request, datasette), await _form(request)
    number = form.get("silence_id", "")
    if not number.isdecimal() or len(number) > 15:
        return await not_found(seen, said("silence {0}", number), said("Use the buttons of the page"))
    try:
        await seen.site.log.write(lambda db: end_silence(db, int(number), seen.now))
    except NotQueuedError:
        return await not_found(seen, said("silence {0}", number), said("It is not in force"))
    return _to("/alerts")


async def delivery(request: Request, datasette: Datasette) -> Response:
    """Send a delivery again, send a held one now, or withdraw one that was not sent."""
    seen, form = visit(request, datasette), await _form(request)
    move, number = MOVES.get(form.get("move", "")), form.get("delivery_id", "")
    if move is None or not number.isdecimal() or len(number) > 15:
        return await not_found(seen, said("delivery {0}", number), said("Use the buttons of the page"))
    try:
        await seen.site.log.change(lambda db: move(db, int(number), seen.now))
    except NotQueuedError as error:
        return await page(
            seen,
            "refused.html",
            {"message": recognized(str(error), REFUSALS), "back": "/alerts#queue"},
            status=409,
        )
    return _to(f"/alerts#d-{number}")


async def missed(request: Request, datasette: Datasette) -> Response:
    """GET: the form and what was reported. POST: record that an address should have alerted."""
    from monitor.review.operations import missed_page

    if request.method != "POST":
        return await missed_page(request, datasette)
    seen, form = visit(request, datasette), await _form(request)
    try:
        address = canonical_url(form.get("url", "").strip())
    except ValueError:
        message = said(
            "{0} is no web address. Paste it as the browser shows it, with https://",
            repr(form.get("url", "")),
        )
        return await page(seen, "refused.html", {"message": message, "back": "/missed"}, status=400)
    note, author = form.get("reason", ""), author_of(request)
    await seen.site.log.write(
        lambda db: record_once(db, Target.URL, address, Opinion.MISSED, seen.now, reason=note, author=author)
    )
    return _to("/missed")


async def author(request: Request, datasette: Datasette) -> Response:
    """Remember under which name this browser gives verdicts."""
    form = await _form(request)
    response = _to("/precision")
    response.set_cookie(
        _AUTHOR_COOKIE,
        re.sub(r"[^\w .@-]", "", form.get("author", ""))[:60],
        max_age=365 * 86400,
        httponly=True,
    )
    return response


def author_of(request: Request) -> str:
    """The name this browser gives verdicts under; "page" where none was given."""
    return str(request.cookies.get(_AUTHOR_COOKIE, ""))[:60] or "page"


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form, each cut to a sane length."""
    return {str(name): str(value)[:_LONGEST_TEXT] for name, value in (await request.post_vars()).items()}


def _own(target: Target, named: str) -> str:
    return "alerts" if target is Target.ALERT else f"{target.value}/{named}"


def _back(given: str) -> str:
    """The path to lead to: only pages of ours."""
    return f"/{given}" if _BACK.fullmatch(given) and given != "today" else "/"


def _to(path: str) -> Response:
    return Response.redirect(path, status=303)
