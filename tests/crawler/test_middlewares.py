"""Every end of a request has one name."""

from __future__ import annotations

import pytest
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from scrapy.http import Request

from crawler.guard import AddressBlockedError
from crawler.middlewares import RefusedRequestError, UrlGuard, outcome_of_failure, outcome_of_status
from crawler.outcomes import Outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (203, Outcome.OK),
        (304, Outcome.UNCHANGED),
        (301, Outcome.HTTP_ERROR),
        (400, Outcome.HTTP_ERROR),
        (401, Outcome.FORBIDDEN),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (521, Outcome.SERVER_ERROR),
    ],
)
def test_status_has_its_outcome(status: int, outcome: Outcome) -> None:
    assert outcome_of_status(status) is outcome


def test_503_that_names_a_time_is_a_request_to_wait() -> None:
    assert outcome_of_status(503, retry_after=True) is Outcome.RATE_LIMITED


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DownloadTimeoutError("x"), Outcome.TIMED_OUT),
        (CannotResolveHostError("x"), Outcome.DNS_FAILED),
        (DownloadConnectionRefusedError("x"), Outcome.UNREACHABLE),
        (DownloadFailedError("x"), Outcome.UNREACHABLE),
        (ResponseDataLossError(), Outcome.CUT_OFF),
        (DownloadCancelledError("x"), Outcome.TOO_LARGE),
        (RefusedRequestError("port 22 refused"), Outcome.REFUSED_URL),
        (AddressBlockedError("10.0.0.1", 80), Outcome.BLOCKED_ADDRESS),
        (RuntimeError("whatever comes"), Outcome.UNREACHABLE),
    ],
)
def test_failure_has_its_outcome_and_says_why(error: Exception, outcome: Outcome) -> None:
    found, detail = outcome_of_failure(error)

    assert found is outcome
    assert detail


def test_cause_behind_a_failure_decides() -> None:
    error = DownloadFailedError("wrapped")
    error.__cause__ = AddressBlockedError("127.0.0.1", 80)

    assert outcome_of_failure(error)[0] is Outcome.BLOCKED_ADDRESS


def test_url_guard_stops_a_request_and_lets_the_next_through() -> None:
    guard = UrlGuard(("127.0.0.1:8000",))

    with pytest.raises(RefusedRequestError, match="port 22"):
        guard.process_request(Request("http://example.org:22/"))
    guard.process_request(Request("http://127.0.0.1:8000/"))
