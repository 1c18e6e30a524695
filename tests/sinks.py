"""Real receivers on loopback for alerts: an SMTP server and an HTTP server that answer as a script tells them.

Both bind port 0 and count what they *received*, whatever they answered: a message that was read and not answered
was received.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class MailSink:
    """An SMTP server. Each message takes the next word of `script`; when it is used up, "ok".

    ok, refuse (550 at RCPT), busy (451 after DATA), reject (554 after DATA), drop (stored, then the connection is
    cut without an answer), hang:S (stored, answered after S seconds), full (452 at MAIL).
    """

    def __init__(
        self,
        script: Iterable[str] = (),
        *,
        login: tuple[str, str] | None = None,
        tls: Path | None = None,
        implicit_tls: bool = False,
        offers_login: bool = True,
    ) -> None:
        self.received: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self._script = list(script)
        self._login = login
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
        self._controller = _BoundController(
            self,
            hostname="127.0.0.1",
            authenticator=self._authenticate,
            auth_required=login is not None,
            # Without TLS, a server that wants it for a login offers none.
            auth_require_tls=not offers_login or (context is not None and not implicit_tls),
            tls_context=None if implicit_tls else context,
            ssl_context=context if implicit_tls else None,
            require_starttls=context is not None and not implicit_tls,
            enable_SMTPUTF8=True,
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def url(self, options: str = "", *, user: str = "", scheme: str = "mailto") -> str:
        """Apprise URL of this server; `user` is "name:password"."""
        login = f"{user}@" if user else ""
        return f"{scheme}://{login}localhost:{self.port}/?smtp=127.0.0.1&from=watch@example.org&to=reader@example.org{options}"

    def _next(self) -> str:
        return self._script.pop(0) if self._script else "ok"

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if self._login is None:
            return AuthResult(success=True)
        assert isinstance(data, LoginPassword)
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._script[:1] == ["full"]:
            self._script.pop(0)
            return "452 4.3.1 insufficient system storage"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._script[:1] == ["refuse"]:
            self._script.pop(0)
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        word, _, value = self._next().partition(":")
        if word == "busy":
            return "451 4.3.0 try again later"
        if word == "reject":
            return "554 5.7.1 message rejected"
        content = envelope.content
        assert isinstance(content, bytes)
        self.raw.append(content)
        self.recipients.append(list(envelope.rcpt_tos))
        self.received.append(email.message_from_bytes(content, policy=email.policy.default))
        if word == "drop":
            server.transport.abort()
        if word == "hang":
            await asyncio.sleep(float(value))
        return "250 OK"


class _BoundController(Controller):
    """A controller on a port that the system chose."""

    def __init__(self, handler: object, **options: object) -> None:
        super().__init__(handler, port=0, **options)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def _create_server(self):  # type: ignore[no-untyped-def]
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it arrived."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value


@dataclass(slots=True)
class WebSink:
    """An HTTP server. Each request takes the next word of `script`; when it is used up, `default`.

    200, 500, 404 ... (a status), 429:SECONDS and 503:SECONDS (Retry-After), reset (stored, connection cut), late:S (stored,
    answered 200 after S seconds), redirect:URL, and ok:BODY for a status 200 with that body.
    """

    script: list[str] = field(default_factory=list)
    default: str = "200"
    received: list[Received] = field(default_factory=list)
    keep_refused: bool = True  # False: what was answered with an error does not count as received
    _server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.server_address[1])

    def url(self, path: str = "/hook", options: str = "") -> str:
        """Apprise URL that posts JSON to `path`."""
        return f"json://127.0.0.1:{self.port}{path}{options}"

    def next_word(self) -> str:
        return self.script.pop(0) if self.script else self.default


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that was killed leaves a reset connection: no reason for a traceback."""


def _handler(sink: WebSink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed in the middle: nothing whole arrived
                self.close_connection = True
                return
            word, _, value = sink.next_word().partition(":")
            if sink.keep_refused or word not in ("429", "500", "503"):
                sink.received.append(Received(path=self.path, headers=dict(self.headers), body=body))
            if word == "reset":
                # A linger of zero sends RST in place of a goodbye.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
                self.connection.close()
                self.close_connection = True
                return
            if word == "late":
                time.sleep(float(value))
            self._answer(word, value)

        def _answer(self, word: str, value: str) -> None:
            status = {"late": 200, "redirect": 302, "ok": 200}.get(word) or int(word)
            body = value.encode() if word == "ok" else b"{}"
            try:
                self.send_response(status)
                if word == "redirect":
                    self.send_header("Location", value)
                if word in ("429", "503") and value:
                    self.send_header("Retry-After", value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # the client did not wait for a late answer
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:  # the connection was reset on purpose
                self.connection.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            return

    return Handler


def closed_port() -> int:
    """A port on loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
