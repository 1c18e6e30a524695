"""A Message in, one send through Apprise's own service classes, a SendReport out. Imports Apprise: only from transport.

Three services are taken one step deeper than Apprise's plain `notify`, because it cannot carry what a layout made:
mail (own text part, threading headers, which stage failed), webhook (own JSON, Retry-After) and Slack (blocks).
"""

from __future__ import annotations

import json
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import replace
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate, parseaddr
from typing import Any  # the base classes are untyped

import requests
from apprise.plugins.custom_json import NotifyJSON
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController
from apprise.plugins.slack import NotifySlack, SlackMode

from alerts.answers import http_report, slack_report, smtp_report
from alerts.layouts.safe import one_line
from alerts.model import Message, SendResult
from alerts.retry import SendReport

_NOT_REACHED = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "Connection refused")


class OwnContent:
    """What the three services share: the message to send instead of Apprise's body, and how it ended."""

    message: Message | None = None
    report: SendReport | None = None


class MailService(OwnContent, NotifyEmail):  # type: ignore[no-untyped-call]  # untyped base
    """Mail with our text and HTML parts, ids and threading, over Apprise's SMTP connection."""

    def send(self, body: str, title: str = "", *args: Any, **kwargs: Any) -> bool:
        """Send `self.message`; `self.report` says how it ended and at which stage."""
        assert self.message is not None
        self.report = self._deliver(self.message)
        return self.report.result is SendResult.ACCEPTED

    def _deliver(self, message: Message) -> SendReport:
        mail = mail_of(message, self)
        recipients = [address for _, address in self.targets] + list(self.cc) + list(self.bcc)
        smtp = AppriseSMTPController(
            host=self.smtp_host,
            port=self.port or 25,  # set by Apprise from the security mode
            secure_mode=str(self.secure_mode),
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=round(self.socket_connect_timeout) or 1,
        )
        try:
            connection = smtp.__enter__()
        except smtplib.SMTPAuthenticationError as error:
            return smtp_report(error.smtp_code, _text(error.smtp_error), stage="login")
        except smtplib.SMTPResponseException as error:
            return smtp_report(error.smtp_code, _text(error.smtp_error), stage="connect")
        except (OSError, smtplib.SMTPException, RuntimeError) as error:
            return _no_session(error)
        try:
            server: smtplib.SMTP = connection._socket  # type: ignore[assignment]  # untyped, set on entering
            assert server.sock is not None
            server.sock.settimeout(
                self.socket_read_timeout
            )  # the answer to DATA may take longer than connecting
            return _hand_over(server, str(self.from_addr[1]), recipients, mail)
        finally:
            connection.__exit__(None, None, None)


def _no_session(error: Exception) -> SendReport:
    """Why no mail could be handed over, where the server did not say it with a code."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        if "STARTTLS" in str(error):
            detail = "the mail server offers no STARTTLS; take mode=ssl (port 465), or mode=insecure"
        else:
            detail = "the mail server takes no login here; take user and password out of the URL, or use TLS (mailtos://)"
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return SendReport(
            result=SendResult.REFUSED, detail="the mail server closed the connection before it took the mail"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the mail server's certificate is not valid: {error.verify_message}"
        return SendReport(result=SendResult.REFUSED, detail=detail)
    if isinstance(error, ssl.SSLError):
        detail = "the mail server speaks no TLS on this port; mode=ssl is for port 465, mode=starttls for 587"
        return SendReport(result=SendResult.REFUSED, detail=detail)
    if isinstance(error, smtplib.SMTPException):  # "No suitable authentication method found"
        detail = "the mail server takes no way to log in that we know"
        return SendReport(result=SendResult.CHANNEL_BROKEN, detail=detail)
    return SendReport(result=SendResult.REFUSED, detail=f"mail server not reached: {_name(error)}")


def _hand_over(server: smtplib.SMTP, sender: str, recipients: list[str], mail: EmailMessage) -> SendReport:
    """MAIL, RCPT, DATA. Unknown only when the connection breaks or falls silent without an answer."""
    try:
        refused = server.sendmail(sender, recipients, mail.as_bytes())
    except smtplib.SMTPSenderRefused as error:
        return smtp_report(error.smtp_code, _text(error.smtp_error), stage="sender")
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return smtp_report(code, _text(text), stage="recipient")
    except smtplib.SMTPDataError as error:
        return smtp_report(error.smtp_code, _text(error.smtp_error), stage="data")
    except smtplib.SMTPResponseException as error:
        return smtp_report(error.smtp_code, _text(error.smtp_error), stage="data")
    except (OSError, smtplib.SMTPException) as error:
        return SendReport(result=SendResult.UNKNOWN, detail=f"no answer from the mail server: {_name(error)}")
    detail = (
        f"accepted, but not for {len(refused)} of {len(recipients)} recipients" if refused else "accepted"
    )
    return SendReport(result=SendResult.ACCEPTED, detail=detail)


class _MailPolicy(EmailPolicy):
    """As `email.policy.SMTP`, with subjects that keep every space.

    The folding of `EmailPolicy` drops the space between two encoded words (CPython issue 92081): "(Toronto)· 8".
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The header as it is sent."""
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        text = one_line(str(value))  # what the title hides in an encoded word of its own was decoded here
        charset = "us-ascii" if text.isascii() and "=?" not in text else "utf-8"
        encoded = Header(text, charset, maxlinelen=75, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {encoded}{self.linesep}".encode("ascii")


_POLICY = _MailPolicy(linesep="\r\n")


def mail_of(message: Message, service: NotifyEmail) -> EmailMessage:
    """`message` as MIME: text and HTML alternatives, attachments, ids. The standard library folds and encodes."""
    sender = str(service.from_addr[1])
    domain = sender.rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = message.title
    mail["From"] = _address(str(service.from_addr[0] or "cspwatch"), sender)
    mail["To"] = [_address(str(name or ""), str(address)) for name, address in service.targets]
    if service.cc:
        mail["Cc"] = [_address("", address) for address in sorted(service.cc)]
    if service.reply_to:
        mail["Reply-To"] = [_address("", address) for address in sorted(service.reply_to)]
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message.message_id}@{domain}>"
    if message.references:
        mail["In-Reply-To"] = f"<{message.references}@{domain}>"
        mail["References"] = f"<{message.references}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    for name, value in {**service.headers, **message.headers}.items():
        if name.lower() not in _OWN_HEADERS and name not in mail:
            mail[name] = value
    mail.set_content(message.text, subtype="plain", charset="utf-8", cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    for attachment in message.attachments:
        main, _, sub = attachment.media_type.partition("/")
        mail.add_attachment(attachment.content, maintype=main, subtype=sub, filename=attachment.name)
    return mail


_OWN_HEADERS = frozenset(
    {"message-id", "subject", "from", "to", "cc", "bcc", "date", "content-type", "idempotency-key"}
)


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=parseaddr(address)[1] or address)


class WebhookService(OwnContent, NotifyJSON):  # type: ignore[no-untyped-call]  # untyped base
    """POST of our own JSON with the address, authentication and headers of Apprise's json:// URL."""

    def send(self, body: str, title: str = "", *args: Any, **kwargs: Any) -> bool:
        """Post `self.message.data`; `self.report` says how it ended."""
        assert self.message is not None
        port = f":{self.port}" if isinstance(self.port, int) else ""
        url = f"{'https' if self.secure else 'http'}://{self.host}{port}{self.fullpath or '/'}"
        self.report, _ = _post(
            url,
            payload={**(self.message.data or {}), **self.payload_extras},
            headers={**self.message.headers, **self.headers},
            service=self,
            auth=(self.user, self.password or "") if self.user else None,
            params=self.params,
            method=str(self.method),
        )
        return self.report.result is SendResult.ACCEPTED


class SlackService(OwnContent, NotifySlack):  # type: ignore[no-untyped-call]  # untyped base
    """Slack with our blocks in place of Apprise's attachment; channel and user stay as Apprise set them."""

    def _send(  # type: ignore[override]  # untyped base
        self, url: str, payload: Mapping[str, object], attach: object = None, **kwargs: Any
    ) -> dict[str, object] | bool:
        if attach or self.message is None or self.message.data is None or "blocks" not in self.message.data:
            sent: dict[str, object] | bool = super()._send(url, payload, attach, **kwargs)  # type: ignore[no-untyped-call]
            return sent
        kept = {key: value for key, value in payload.items() if key in ("channel", "username", "thread_ts")}
        bot = self.mode is SlackMode.BOT
        headers = {"Authorization": f"Bearer {self.access_token}"} if bot else {}
        content = {**kept, **self.message.data}
        if bot and self.message.thread and "thread_ts" not in kept:
            # Broadcast: what is new of a story must be seen by those who did not follow its thread, too.
            reply = {**content, "thread_ts": self.message.thread, "reply_broadcast": True}
            report, answer = _post(url, payload=reply, headers=headers, service=self, slack=True)
            if _has_no_thread(answer):  # the first message was deleted, say: certainly not posted
                report, answer = _post(url, payload=content, headers=headers, service=self, slack=True)
        else:
            report, answer = _post(url, payload=content, headers=headers, service=self, slack=True)
        self.report = replace(report, receipt=str((answer or {}).get("ts") or "")) if bot else report
        return (answer or {"ok": True}) if report.result is SendResult.ACCEPTED else False


def _has_no_thread(answer: Mapping[str, object] | None) -> bool:
    """Whether Slack refused a message because of the thread that it should reply to."""
    error = str((answer or {}).get("error", ""))
    return "thread" in error or error in ("cannot_reply_to_message", "message_not_found")


def _post(
    url: str,
    *,
    payload: Mapping[str, object],
    headers: Mapping[str, str],
    service: NotifyJSON | NotifySlack,
    auth: tuple[str, str] | None = None,
    params: Mapping[str, str] | None = None,
    method: str = "POST",
    slack: bool = False,
) -> tuple[SendReport, dict[str, object] | None]:
    try:
        response = requests.request(
            method,
            url,
            data=json.dumps(payload, ensure_ascii=False).encode(),
            headers={
                "User-Agent": service.app_id,
                "Content-Type": "application/json; charset=utf-8",
                **headers,
            },
            auth=auth,
            params=dict(params or {}),
            verify=service.verify_certificate,
            timeout=service.request_timeout,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        return _no_answer(error), None
    answer = _json_object(response)
    if slack:
        return slack_report(response.status_code, response.headers, answer, response.text[:200]), answer
    return http_report(response.status_code, response.headers, response.text[:200]), answer


def _no_answer(error: requests.RequestException) -> SendReport:
    """Refused when the connection never stood; unknown when it broke or fell silent afterwards."""
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error).upper():
        return SendReport(result=SendResult.REFUSED, detail="the server's certificate is not valid")
    reached = not isinstance(error, requests.ConnectTimeout) and not any(
        part in repr(error) for part in _NOT_REACHED
    )
    if reached:
        return SendReport(result=SendResult.UNKNOWN, detail=f"no answer: {_name(error)}")
    return SendReport(result=SendResult.REFUSED, detail=f"not reached: {_name(error)}")


def _json_object(response: requests.Response) -> dict[str, object] | None:
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _name(error: BaseException) -> str:
    """The kind of an error and its number, never its text: requests puts URLs into it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return "the server's certificate is not valid"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, OSError) and error.strerror and not isinstance(error, requests.RequestException):
        return error.strerror
    return type(error).__name__


def _text(value: bytes | str) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return " ".join(text.split())[:120]
