"""What a service answered in, how the attempt ended out: HTTP statuses, SMTP codes, Apprise's log lines. Pure.

The line is drawn where it matters: certainly not delivered (refused, rejected, rate-limited, broken) or unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime

from alerts.model import SendResult
from alerts.retry import SendReport

_BROKEN = frozenset({401, 403, 404, 405, 407, 410})
_SMTP_AUTH = frozenset({530, 534, 535, 538})
_LOG_STATUS = re.compile(r"error=(\d{3})\b")
_LOG_SMTP = re.compile(r"\(?\b([245]\d\d)\b, b?['\"]")
_NOT_REACHED = re.compile(
    r"refused|name or service not known|name resolution|no address associated|nodename nor servname"
    r"|network is unreachable|no route to host|connect timeout|certificate",
    re.IGNORECASE,
)
_SLACK_BROKEN = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "ekm_access_denied",
        "restricted_action",
    }
)
_SLACK_TRY_LATER = frozenset({"internal_error", "service_unavailable", "team_added_to_org"})


def http_report(status: int, headers: Mapping[str, str], body: str = "") -> SendReport:
    """How an HTTP answer ends an attempt. 504 is unknown: the server behind the gateway may have taken it."""
    wait = retry_after(headers) or _wait_in(body)
    detail = f"HTTP {status}"
    if 200 <= status < 300:
        return SendReport(result=SendResult.ACCEPTED, detail=detail)
    if 300 <= status < 400:
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=f"{detail}: redirected, and not followed")
    if status == 429:
        return SendReport(result=SendResult.RATE_LIMITED, detail=detail, retry_after=wait)
    if status in _BROKEN:
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=_with_body(detail, body))
    if status == 504:
        return SendReport(
            result=SendResult.UNKNOWN, detail=f"{detail}: the gateway got no answer", retry_after=wait
        )
    if status in (408, 425) or status >= 500:
        return SendReport(result=SendResult.REFUSED, detail=detail, retry_after=wait)
    return SendReport(result=SendResult.REJECTED, detail=_with_body(detail, body))


def slack_report(
    status: int, headers: Mapping[str, str], answer: Mapping[str, object] | None, body: str
) -> SendReport:
    """How Slack's answer ends an attempt: its web API says `ok: false` inside a 200."""
    if status != 200 or answer is None or answer.get("ok"):
        return http_report(status, headers, body)
    error = str(answer.get("error", "unknown error"))[:80]
    detail = f"Slack: {error}"
    if error in ("ratelimited", "rate_limited", "message_limit_exceeded"):
        return SendReport(result=SendResult.RATE_LIMITED, detail=detail, retry_after=retry_after(headers))
    if error in _SLACK_BROKEN:
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
    if error == "fatal_error":  # documented: part of the work may have been done
        return SendReport(result=SendResult.UNKNOWN, detail=detail)
    if error in _SLACK_TRY_LATER:
        return SendReport(result=SendResult.REFUSED, detail=detail)
    return SendReport(result=SendResult.REJECTED, detail=detail)


def smtp_report(code: int, text: str, *, stage: str) -> SendReport:
    """How a refusal by a mail server ends an attempt. `stage` is connect, login, sender, recipient or data."""
    detail = f"SMTP {code} at {stage}: {text}"[:200]
    if code in _SMTP_AUTH:
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
    if code in (421, 450, 451, 452, 454) or 400 <= code < 500:
        return SendReport(result=SendResult.REFUSED, detail=detail)
    if stage in ("login", "recipient", "sender"):
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
    if stage == "connect":
        return SendReport(result=SendResult.REFUSED, detail=detail)
    return SendReport(result=SendResult.REJECTED, detail=detail)


def log_report(messages: Sequence[str]) -> SendReport:
    """How a failure of any other Apprise service ends, by what it logged: status code, refusal, or unknown."""
    text = "\n".join(messages)
    status = _LOG_STATUS.search(text)
    if status:
        return http_report(int(status.group(1)), {})
    code = _LOG_SMTP.search(text)
    if code:
        return smtp_report(int(code.group(1)), "", stage="data")
    if _NOT_REACHED.search(text):
        return SendReport(result=SendResult.REFUSED, detail="not reached")
    return SendReport(result=SendResult.UNKNOWN, detail="no answer that can be read")


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Retry-After as seconds or as a date, the latter against the server's own Date; None when it says nothing."""
    fields = {name.lower(): value for name, value in headers.items()}
    value = fields.get("retry-after", "").strip()
    if value.isdigit():
        return timedelta(seconds=min(int(value), 7 * 86_400))
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(fields["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return max(wait, timedelta(0))


def _wait_in(body: str) -> timedelta | None:
    """Seconds that a JSON answer names: `retry_after` on top (Discord) or in `parameters` (Telegram)."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    parameters = answer.get("parameters")
    inner = parameters.get("retry_after") if isinstance(parameters, dict) else None
    seconds = answer.get("retry_after", inner)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < 7 * 86_400:
        return None
    return timedelta(seconds=seconds)


def _with_body(detail: str, body: str) -> str:
    """The status with what the service said of it, where that is words: no page, no empty JSON."""
    line = " ".join(body.split())[:120]
    says = line.isprintable() and "<" not in line and any(sign.isalnum() for sign in line)
    return f"{detail}: {line}" if says else detail
