"""How a fetch can end: every request ends as exactly one Outcome, and each Outcome has a failure weight.

Pure. The weights say how likely a failure heals by itself (the idea is Media Cloud's rss-fetcher:
hard failures count more than soft ones, soft ones more than temporary ones).
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The named end of one request. The same strings are stored and shown."""

    # it worked
    OK = "ok"  # index read, or article read in full
    UNCHANGED = "unchanged"  # 304, or a body with the hash we know
    TEASER = "teaser"  # article page holds only the beginning of the text
    PAYWALL = "paywall"  # page says that it wants a subscription
    CONSENT = "consent-page"  # cookie or consent wall instead of the article
    NOT_ARTICLE = "not-an-article"  # page read, but it is a list, a video page, a soft 404 ...
    DUPLICATE = "duplicate"  # the canonical URL is an article we have
    OPTED_OUT = "opted-out"  # noarchive / TDM reservation: looked at, not kept
    # the outlet asked us not to, or to wait
    ROBOTS_DISALLOWED = "robots-disallowed"
    ROBOTS_UNKNOWN = "robots-unknown"  # robots.txt 5xx or unreachable: treated as "no" (RFC 9309)
    RATE_LIMITED = "rate-limited"  # 429, or 503 with Retry-After
    # it failed
    NOT_FOUND = "not-found"  # 404
    GONE = "gone"  # 410
    FORBIDDEN = "forbidden"  # 401, 403, bot challenge
    SERVER_ERROR = "server-error"  # 5xx
    HTTP_ERROR = "http-error"  # any other status
    DNS_FAILED = "dns-failed"
    UNREACHABLE = "unreachable"  # refused, reset, no route
    TIMED_OUT = "timed-out"
    CUT_OFF = "cut-off"  # body shorter than promised
    TLS_INVALID = "certificate-not-valid"
    TOO_LARGE = "too-large"  # body, or decompressed body, over the limit
    TOO_MANY_REDIRECTS = "too-many-redirects"
    BLOCKED_ADDRESS = "blocked-address"  # private, loopback, link-local or metadata address
    REFUSED_URL = "refused-url"  # scheme, port, credentials or control characters
    CAPTIVE_PORTAL = "captive-portal"  # the network's own login page answered in place of the outlet
    # it came, but could not be read
    NOT_READ_TIME = "not-read-time"  # parser ran over its deadline
    NOT_READ_CRASH = "not-read-crash"  # parser crashed or ran out of memory
    NOT_READ_FORMAT = "not-read-format"  # not the feed, sitemap or page it should be
    EMPTY = "empty"  # parsed, but no entry or no text where there used to be some
    # the crawl process itself ended early
    CRAWL_STOPPED = "crawl-stopped"  # time or memory limit of the crawl process, or a crash of it


#: Weight of one failure in a source's failure score; what is not listed is not a failure of the source (a captive
#: portal is one of our own network).
FAILURE_WEIGHT: dict[Outcome, float] = {
    Outcome.GONE: 1.0,
    Outcome.NOT_READ_FORMAT: 1.0,
    Outcome.REFUSED_URL: 1.0,
    Outcome.BLOCKED_ADDRESS: 1.0,
    Outcome.TOO_MANY_REDIRECTS: 1.0,
    Outcome.HTTP_ERROR: 1.0,
    Outcome.NOT_FOUND: 0.5,
    Outcome.FORBIDDEN: 0.5,
    Outcome.TLS_INVALID: 0.5,
    Outcome.SERVER_ERROR: 0.5,
    Outcome.TOO_LARGE: 0.5,
    Outcome.NOT_READ_TIME: 0.5,
    Outcome.NOT_READ_CRASH: 0.5,
    Outcome.EMPTY: 0.5,
    Outcome.ROBOTS_UNKNOWN: 0.5,
    Outcome.TIMED_OUT: 0.5,
    Outcome.CUT_OFF: 0.25,
    Outcome.UNREACHABLE: 0.25,
    Outcome.DNS_FAILED: 0.25,
    Outcome.RATE_LIMITED: 0.25,
    Outcome.CRAWL_STOPPED: 0.25,
}


def failure_weight(outcome: Outcome) -> float:
    """Weight of `outcome` in the failure score of its source; 0.0 for what is not a failure."""
    return FAILURE_WEIGHT.get(outcome, 0.0)
