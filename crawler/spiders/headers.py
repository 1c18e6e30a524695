"""Headers of an answer in, what they say out: how long to wait, how long it is fresh, its charset. Pure."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

MIN_RETRY_AFTER = timedelta(minutes=1)
MAX_RETRY_AFTER = timedelta(hours=24)


def retry_after_of(value: str, now: datetime) -> timedelta | None:
    """Retry-After in seconds or as an HTTP date, held between 1 minute and 24 hours; None if unreadable."""
    value = value.strip()
    if _is_number(value):
        wait = timedelta(seconds=min(int(value[:10]), 10**7))
    else:
        try:
            until = email.utils.parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, MIN_RETRY_AFTER), MAX_RETRY_AFTER)


def max_age_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer stays fresh by Cache-Control or Expires; None where neither says a positive time."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    for name in ("s-maxage=", "max-age="):
        for directive in directives:
            if directive.startswith(name) and _is_number(digits := directive[len(name) :].strip('" ')):
                seconds = int(digits[:10])
                return timedelta(seconds=min(seconds, 30 * 86400)) if seconds else None
    if "no-cache" in directives or "no-store" in directives:
        return None
    try:
        expires = email.utils.parsedate_to_datetime(headers.get("expires", ""))
    except (ValueError, OverflowError):
        return None
    fresh = (expires if expires.tzinfo else expires.replace(tzinfo=UTC)) - now
    return min(fresh, timedelta(days=30)) if fresh > timedelta(0) else None


def charset_of(headers: Mapping[str, str]) -> str | None:
    """The charset the server names in Content-Type."""
    for part in headers.get("content-type", "").split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip():
            return value.strip().strip("\"'")
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
