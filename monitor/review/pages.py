"""A request in, a finished page out: the reader's language, the frame of every page, headers and cookies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from datasette import Response

from alerts.layouts.safe import web_link
from alerts.layouts.words import Words, words
from monitor.database import Value, read_time
from monitor.review.site import Site
from monitor.review.wording import teller
from monitor.wording import Said

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

#: Languages that headlines can be composed in, by what people call them.
LANGUAGES = {"en": "English", "de": "Deutsch", "zh": "中文"}
_LANGUAGE_COOKIE = "cspwatch_lang"
_YEAR = 365 * 24 * 3600
#: Bidi controls that reorder what follows, and control characters: each becomes one visible sign; offsets stay.
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x061C)
_CONTROLS = (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0))
_HIDDEN = dict.fromkeys((*_BIDI, *_CONTROLS), 0xFFFD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: where it is asked, in which language, when."""

    request: Request
    datasette: Datasette
    site: Site
    said: Words
    now: datetime

    def argument(self, name: str, default: str = "") -> str:
        """A query parameter, cut to a sane length."""
        return str(self.request.args.get(name) or default)[:500]

    def choice(self, name: str, allowed: Mapping[str, object], default: str) -> str:
        """A query parameter out of a closed set; the default for anything else."""
        given = self.argument(name, default)
        return given if given in allowed else default


def visit(request: Request, datasette: Datasette) -> Visit:
    """What is known of a request. The language is the one asked for, else remembered, else the browser's."""
    site: Site = datasette._cspwatch
    asked = _asked_language(request) or request.cookies.get(_LANGUAGE_COOKIE, "")
    language = asked if asked in LANGUAGES else preferred(request.headers.get("accept-language", ""))
    return Visit(request=request, datasette=datasette, site=site, said=words(language), now=site.clock.now())


def _asked_language(request: Request) -> str:
    """The language in the address. With an underscore on Datasette's pages: there `lang` would be a column."""
    asked = str(request.args.get("lang") or request.args.get("_lang") or "")
    return asked if asked in LANGUAGES else ""


def preferred(accepted: str) -> str:
    """The first language of an Accept-Language header that we speak, by its weights; English without one."""
    weighed = []
    for entry in accepted[:500].split(","):
        tag, _, weight = entry.partition(";")
        try:
            weighed.append(
                (float(weight.strip().removeprefix("q=") or 1), tag.strip().lower().partition("-")[0])
            )
        except ValueError:
            continue
    weighed.sort(key=lambda item: -item[0])
    return next((tag for weight, tag in weighed if tag in LANGUAGES and weight > 0), "en")


async def page(seen: Visit, template: str, context: Mapping[str, object], *, status: int = 200) -> Response:
    """The page of a template of ours; remembers the language that was asked for."""
    html = await seen.datasette.render_template(
        f"cspwatch/{template}", {**frame(seen), **context}, request=seen.request
    )
    response = Response.html(html, status=status)
    if _asked_language(seen.request):
        response.set_cookie(_LANGUAGE_COOKIE, seen.said.language, max_age=_YEAR, httponly=True)
    return response


def frame(seen: Visit) -> dict[str, object]:
    """What the frame of every page needs, Datasette's pages included."""
    return {
        "said": seen.said,
        "language": seen.said.language,
        "languages": LANGUAGES,
        "now": seen.now,
        "database_path": f"/{seen.site.config.database.stem}",
        "here": seen.request.path,
        "look": _look(),
        "ago": lambda value: ago(value, seen),
        "_": teller(seen.said.language),
        "keep": [
            (name, value)
            for name, value in parse_qsl(seen.request.query_string)
            if name not in {"lang", "_lang", "token"}
        ],
    }


@cache
def _look() -> str:
    """Names the version of style and script, so that a browser takes the new ones after an update."""
    static = Path(__file__).parent / "static"
    return hashlib.sha256(
        (static / "review.css").read_bytes() + (static / "review.js").read_bytes()
    ).hexdigest()[:8]


async def not_found(seen: Visit, what: Said, remedy: Said) -> Response:
    """A page that says that there is no such thing, and what to do."""
    return await page(seen, "missing.html", {"what": what, "remedy": remedy}, status=404)


def visible(value: object) -> object:
    """Text with what would reorder or hide it made visible, one sign for one; other values as they are."""
    return value.translate(_HIDDEN) if isinstance(value, str) else value


def moment(value: Value | datetime) -> datetime | None:
    """A stored time, or a time, as aware UTC."""
    return value if isinstance(value, datetime) else read_time(value)


def ago(value: Value | datetime, seen: Visit) -> str:
    """How long before now, in the reader's language; a date in the future by its day."""
    at = moment(value)
    if at is None:
        return ""
    if at - seen.now > timedelta(hours=1):
        return seen.said.day(at, "UTC")
    return seen.said.age(seen.now - at)


def clock_time(value: Value | datetime) -> str:
    """A time as the pages write it: 2026-11-24 17:09, UTC."""
    at = moment(value)
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if at else ""


def link(url: object) -> str:
    """The address if it is a plain web link, else nothing."""
    return web_link(str(url or ""))


def host(url: object) -> str:
    """The host that a link leads to, shown beside it."""
    try:
        return urlsplit(str(url or "")).hostname or ""
    except ValueError:
        return ""
