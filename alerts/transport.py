"""A Message and a Channel in, a SendReport out: the Transport protocol, and the one that sends through Apprise.

No retry happens here: whether and when a message is sent again is the outbox's to decide.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TextIO

from alerts.answers import http_report, log_report
from alerts.model import Channel, Message, SendResult, Severity
from alerts.redact import redact, secrets_of
from alerts.retry import SendReport

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

CONSOLE = "console:"
#: Seconds for a connection and for an answer. Apprise's 4 s turn slow services into unknown ends.
CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 20.0
#: Seconds after which a send is left alone and its end is unknown.
SEND_TIMEOUT = 60.0

_NO_PGP = "no"  # Apprise's word; our mails are built here and would go out unencrypted

_OWN = {"mailto": "mail", "mailtos": "mail", "json": "webhook", "jsons": "webhook", "slack": "slack"}


class Transport(Protocol):
    """Sends one message to one channel, once."""

    def send(self, message: Message, channel: Channel) -> SendReport: ...


class ChannelTransport:
    """Sends to `console:` channels by writing to `console`, to all others through Apprise."""

    def __init__(
        self,
        console: TextIO,
        *,
        connect_timeout: float = CONNECT_TIMEOUT,
        answer_timeout: float = ANSWER_TIMEOUT,
        send_timeout: float = SEND_TIMEOUT,
    ) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._timeouts = (connect_timeout, answer_timeout)
        self._send_timeout = send_timeout

    def send(self, message: Message, channel: Channel) -> SendReport:
        """Send once. Never raises for what a service does, and never names a secret."""
        if channel.url.startswith(CONSOLE):
            return self._write(message)
        report = self._notify(message, channel)
        detail = redact(report.detail, secrets_of([channel.url]))
        return replace(report, detail=detail)

    def _write(self, message: Message) -> SendReport:
        try:
            with self._lock:
                self._console.write(f"{message.title}\n{_indented(message.text)}\n\n")
                self._console.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            return SendReport(result=SendResult.CHANNEL_BROKEN, detail=f"console: {type(error).__name__}")
        return SendReport(result=SendResult.ACCEPTED, detail="written")

    def _notify(self, message: Message, channel: Channel) -> SendReport:
        from apprise import Apprise, AppriseResultStatus, NotifyFormat  # 0.3 s: only where something is sent

        from alerts.listening import listening

        service = _service(channel.url, message, send_timeout=self._send_timeout)
        if service is None:
            detail = "Apprise does not take this URL; `cspwatch check` says why"
            return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
        service.socket_connect_timeout, service.socket_read_timeout = self._timeouts
        own = getattr(service, "message", None) is not None
        sender = Apprise(asset=service.asset)
        sender.add(service)
        with listening() as heard:
            result = sender.notify(
                # Own services send the message itself; Apprise would split a long body into several mails.
                body=message.title if own else message.text or message.title,
                title=message.title,
                notify_type="warning" if message.severity is Severity.HIGH else "info",
                body_format=NotifyFormat.TEXT,
                log_level=logging.DEBUG,
            )
        report: SendReport | None = getattr(service, "report", None)
        if result.status == AppriseResultStatus.SUCCESS:
            return report or SendReport(result=SendResult.ACCEPTED, detail="accepted")
        if result.status == AppriseResultStatus.TIMEOUT:
            return SendReport(result=SendResult.UNKNOWN, detail=f"no end within {self._send_timeout:.0f} s")
        if report:
            return report
        last = heard[-1] if heard else None
        if last is not None and last.status_code >= 300:
            return http_report(last.status_code, last.headers, last.text[:2000])
        return log_report([entry.message for one in result for entry in one.logs()])


def check_url(url: str) -> str | None:
    """What is wrong with a channel's URL, with a remedy and without its secrets; None when it can be used."""
    if url.startswith(CONSOLE):
        return None
    scheme = url.partition("://")[0].strip().lower() if "://" in url else ""
    if not scheme or not scheme.isalnum():
        return "this is no Apprise URL; write service://..., such as mailto:// or json://, or console:"
    service = _service(url, None, send_timeout=SEND_TIMEOUT)
    if service is None:
        return (
            f"Apprise does not take this {scheme}:// URL; compare it with the service's page at"
            " https://appriseit.com/services/"
        )
    if getattr(service, "pgp_mode", _NO_PGP) != _NO_PGP:
        return f"PGP is not supported for {scheme}:// channels; take pgp= and wkd= out of the URL"
    if len(service) > 1:
        return (
            f"this {scheme}:// URL names {len(service)} recipients; give each its own [[channel]], so that one that"
            " fails is tried again alone (mail may name others in cc=)"
        )
    return None


def _service(url: str, message: Message | None, *, send_timeout: float) -> NotifyBase | None:
    """The one service that `url` names, as our own class where a layout made more than text."""
    _keep_logs_inside()
    from apprise import Apprise, AppriseAsset, plugins

    asset = AppriseAsset(
        app_id="cspwatch",
        app_desc="cspwatch",
        async_mode=False,
        http_redirects=False,
        default_service_retry=0,
        storage_mode="memory",
        service_timeout=send_timeout,
        secure_logging=True,
        allow_templates=False,
    )
    service = Apprise.instantiate(url, asset=asset)
    kind = _OWN.get(url.partition(":")[0].strip().lower(), "")
    if service and message and kind and (kind == "mail" or message.data is not None):
        from alerts.services import MailService, SlackService, WebhookService

        own = {"mail": MailService, "webhook": WebhookService, "slack": SlackService}[kind]
        # The parsed parts of the URL, as Apprise hands them to its own class.
        parsed = plugins.url_to_dict(url, secure_logging=True)  # type: ignore[no-untyped-call]  # untyped in Apprise
        service = own(**parsed, asset=asset)
        service.message = message
    if service:
        service.retry = 0
        service.redirects = False
    return service


def _keep_logs_inside() -> None:
    """Keep Apprise's records from every other handler: at DEBUG, which the attempt logs need, they hold URLs."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.splitlines())
