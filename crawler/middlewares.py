"""Scrapy's side of the border: requests in, responses or one named Outcome out.

`UrlGuard` refuses what must not be asked for, whoever asks; `BoundedHeadersHandler` ends endless headers;
`outcome_of_status` and `outcome_of_failure` give every end of a request its one name.
"""

from __future__ import annotations

from collections.abc import Iterator

from OpenSSL.SSL import Error as TlsError
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
)
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Request, Response
from scrapy.utils._compression import _DecompressionMaxSizeExceeded
from service_identity import CertificateError, VerificationError
from twisted.internet.error import TimeoutError as TxTimeoutError
from twisted.python.failure import Failure
from twisted.web._newclient import BODY, DONE, ParseError

from crawler.guard import AddressBlockedError, refusal
from crawler.outcomes import Outcome

#: Status line and headers together (and what came in the same read). Servers themselves stop at 8-64 kB.
MAX_HEADER_BYTES = 256 * 1024


class RefusedRequestError(IgnoreRequest):
    """A request whose URL must not be asked for; the text says why, without credentials."""


class HeadersTooLargeError(Exception):
    """Status line and headers ran over MAX_HEADER_BYTES."""


class UrlGuard:
    """Refuses requests by the text of their URL. Where the name leads is checked at the connection."""

    def __init__(self, allowed_addresses: tuple[str, ...]) -> None:
        self._allowed_addresses = allowed_addresses

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> UrlGuard:
        return cls(tuple(crawler.settings.getlist("CRAWL_ALLOWED_ADDRESSES")))

    def process_request(self, request: Request) -> None:
        reason = refusal(request.url, self._allowed_addresses)
        if reason is not None:
            raise RefusedRequestError(reason)


class _BoundedHeadersProtocol(_LenientHTTP11ClientProtocol):
    """Counts what comes before a body. Twisted buffers headers without a limit: 20 MB a second were seen."""

    _counted: object = None
    _header_bytes = 0

    def dataReceived(self, bytes: bytes) -> None:  # noqa: N802, A002 - Twisted's names
        parser = self._parser
        if parser is not self._counted:  # another response on a connection that is kept
            self._counted, self._header_bytes = parser, 0
        if parser is not None and parser.state not in (BODY, DONE):
            self._header_bytes += len(bytes)
            if self._header_bytes > MAX_HEADER_BYTES:
                self._end_headers()
                return
        super().dataReceived(bytes)  # type: ignore[no-untyped-call]  # untyped in Twisted

    def _end_headers(self) -> None:
        error = HeadersTooLargeError(f"headers are longer than {MAX_HEADER_BYTES} bytes")
        self._giveUp(Failure(error))  # type: ignore[no-untyped-call]  # untyped in Twisted
        if self.transport is not None:
            self.transport.abortConnection()


class _BoundedHeadersFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: object) -> _BoundedHeadersProtocol:  # noqa: N802 - Twisted's name
        return _BoundedHeadersProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # untyped in Twisted


class BoundedHeadersHandler(HTTP11DownloadHandler):
    """Scrapy's Twisted handler, with an end to headers, and requests for which a certificate need not be valid.

    Bodies are bounded by DOWNLOAD_MAXSIZE already.
    """

    def __init__(self, crawler: Crawler, *, verify: bool = True) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedHeadersFactory
        self._trusting: BoundedHeadersHandler | None = None
        if not verify:
            factory = _ScrapyClientContextFactory(verify_certificates=False)
            self._contextFactory = factory  # type: ignore[assignment]  # Scrapy declares that of its setting

    async def download_request(self, request: Request) -> Response:
        """Download. Connections that were not verified are kept apart: no other request may go over one."""
        if not request.meta.get("any_certificate"):
            return await super().download_request(request)
        if self._trusting is None:
            self._trusting = BoundedHeadersHandler(self._crawler, verify=False)
        return await HTTP11DownloadHandler.download_request(self._trusting, request)

    async def close(self) -> None:
        if self._trusting is not None:
            await self._trusting.close()
        await super().close()


def outcome_of_status(status: int, *, retry_after: bool = False) -> Outcome:
    """The outcome of an answer by its status code; `retry_after` tells whether it named a time to wait."""
    if 200 <= status < 300:
        return Outcome.OK
    if status == 429 or (status == 503 and retry_after):
        return Outcome.RATE_LIMITED
    if status >= 500 and status not in _BY_STATUS:
        return Outcome.SERVER_ERROR
    return _BY_STATUS.get(status, Outcome.HTTP_ERROR)


def outcome_of_failure(error: BaseException) -> tuple[Outcome, str]:
    """The outcome of a request that got no answer, and a sentence that says why."""
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, AddressBlockedError):
            return Outcome.BLOCKED_ADDRESS, str(cause)
        if isinstance(cause, RefusedRequestError):
            return Outcome.REFUSED_URL, str(cause)
        if isinstance(cause, HeadersTooLargeError):
            return Outcome.TOO_LARGE, str(cause)
        if (reason := _certificate_problem(cause)) is not None:
            return Outcome.TLS_INVALID, reason
    for kind, outcome, detail in _BY_EXCEPTION:
        if any(isinstance(cause, kind) for cause in causes):
            return outcome, detail
    return Outcome.UNREACHABLE, _first_line(causes[-1])


_BY_STATUS = {
    304: Outcome.UNCHANGED,
    401: Outcome.FORBIDDEN,
    403: Outcome.FORBIDDEN,
    404: Outcome.NOT_FOUND,
    410: Outcome.GONE,
    451: Outcome.FORBIDDEN,
    511: Outcome.CAPTIVE_PORTAL,  # Network Authentication Required (RFC 6585)
}

#: Tried in this order over an exception and everything that caused it.
_BY_EXCEPTION: tuple[tuple[type[BaseException], Outcome, str], ...] = (
    (DownloadTimeoutError, Outcome.TIMED_OUT, "no whole answer within the time limit"),
    (TxTimeoutError, Outcome.TIMED_OUT, "no connection within the time limit"),
    (CannotResolveHostError, Outcome.DNS_FAILED, "the name of the host could not be resolved"),
    (DownloadConnectionRefusedError, Outcome.UNREACHABLE, "connection refused"),
    (ResponseDataLossError, Outcome.CUT_OFF, "the body is shorter than promised"),
    # Scrapy cancels a download for its size only; its time limit has an exception of its own.
    (DownloadCancelledError, Outcome.TOO_LARGE, "the body is over the size limit"),
    (_DecompressionMaxSizeExceeded, Outcome.TOO_LARGE, "the body is over the size limit once decompressed"),
    (UnicodeError, Outcome.REFUSED_URL, "the name of the host is not valid"),
    (ParseError, Outcome.HTTP_ERROR, "the answer is not HTTP"),
)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """`error` and what led to it: __cause__, and the failures Twisted packs into `reasons`."""
    waiting, seen = [error], set[int]()
    while waiting:
        cause = waiting.pop(0)
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        if cause.__cause__ is not None:
            waiting.append(cause.__cause__)
        reasons = getattr(cause, "reasons", None)
        for reason in reasons if isinstance(reasons, list) else ():
            value = reason.value if isinstance(reason, Failure) else reason
            if isinstance(value, BaseException):
                waiting.append(value)


def _certificate_problem(cause: BaseException) -> str | None:
    if isinstance(cause, (VerificationError, CertificateError)):
        return "the certificate is for another name"
    if isinstance(cause, TlsError) and "certificate verify failed" in repr(cause.args):
        return "the certificate is expired, self-signed or from an unknown authority"
    return None


def _first_line(error: BaseException) -> str:
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
