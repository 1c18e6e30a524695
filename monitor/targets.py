"""What a person typed or pasted in, the thing of the log it means out: an article, a story or an alert. Reads only."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from alerts.model import short_id_of
from crawler.urls import canonical_url, url_key
from monitor.articlelog import find_article
from monitor.listing import get_story
from monitor.storylog import article_of_alert
from monitor.verdicts import Target, UnknownTargetError, alert_ids

if TYPE_CHECKING:
    from sqlite_utils import Database

#: How alerts show their id: #A1B2C3D4.
_SHORT = re.compile(r"#[Aa][0-9A-Fa-f]{7}|A[0-9A-F]{7}")


def find_target(db: Database, named: str) -> tuple[Target, str]:
    """The kind and the whole id of `named`: an id or its unambiguous beginning, #A1B2C3D4, or an article's address.

    Raises UnknownTargetError.
    """
    named = named.strip()
    if _SHORT.fullmatch(named):
        alert_id = alert_of_short_id(db, named)
        if alert_id is not None:
            return Target.ALERT, alert_id
    story = get_story(db, named)
    if story is not None:
        return Target.STORY, str(story["story_id"])
    key = ""
    with suppress(ValueError):
        key = url_key(named) if "://" in named else ""
    article = find_article(db, named, key)
    if article is not None:
        return Target.ARTICLE, article.article_id
    if article_of_alert(db, named) is not None:
        return Target.ALERT, named
    raise UnknownTargetError(
        f"{named}: no article, story or alert is called so. `cspwatch log` and `cspwatch stories` list the ids;"
        " alerts show theirs as #A1B2C3D4"
    )


def find_missed(db: Database, named: str) -> tuple[Target, str]:
    """What was missed: an article or story of the log, or an address that the log does not hold.

    Raises UnknownTargetError for what is neither in the log nor an address.
    """
    try:
        return find_target(db, named)
    except UnknownTargetError:
        if not named.startswith(("http://", "https://")):
            raise
    try:
        return Target.URL, canonical_url(named)
    except ValueError as error:
        raise UnknownTargetError(f"{named}: is no web address: {error}") from None


def whole_id(db: Database, named: str) -> str:
    """The alert that is meant where `named` is the short id of one; anything else as it is."""
    named = named.strip()
    return (alert_of_short_id(db, named) or named) if _SHORT.fullmatch(named) else named


def alert_of_short_id(db: Database, short_id: str) -> str | None:
    """The id of the newest alert that shows itself as `short_id`, with or without #."""
    wanted = short_id.removeprefix("#").upper()
    return next((alert_id for alert_id in alert_ids(db) if short_id_of(alert_id) == wanted), None)
