"""Where the demo's alerts arrive: a local SMTP receiver and a webhook receiver, which keep what came.

Standard library only, loopback only, free ports. Speaks as much SMTP as a mail client needs to hand over a
message (RFC 5321 without extensions but 8BITMIME and SMTPUTF8); no authentication, no TLS, no relaying.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, TCPServer, ThreadingMixIn

_MAX_LINE = 64 * 1024  # bytes; a client that sends longer lines is cut off
_MAX_MESSAGE = 16 * 1024 * 1024  # bytes
_POLL_SHUTDOWN = 0.05  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One webhook call: its path, headers in lower case, and the JSON it held (None: no JSON)."""

    path: str
    headers: dict[str, str]
    body: bytes
    data: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail as handed over: envelope and message."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Sinks:
    """Running receivers; `mails` and `posts` grow while they run, in the order of arrival."""

    smtp_host: str
    smtp_port: int
    webhook_url: str
    mails: list[Mail] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    @property
    def mail_url(self) -> str:
        """Apprise URL of the mail receiver."""
        return f"mailto://{self.smtp_host}:{self.smtp_port}?from=cspwatch@demo.example&to=desk@demo.example&mode=insecure"

    @property
    def json_url(self) -> str:
        """Apprise URL of the webhook receiver."""
        return self.webhook_url.replace("http://", "json://")


@contextmanager
def start_sinks() -> Iterator[Sinks]:
    """Open both receivers and close them again."""
    mails: list[Mail] = []
    posts: list[Post] = []
    smtp = _SmtpServer(("127.0.0.1", 0), type("Smtp", (_SmtpHandler,), {"mails": mails}))
    web = _WebServer(("127.0.0.1", 0), type("Web", (_WebHandler,), {"posts": posts}))
    with _serving(smtp), _serving(web):
        yield Sinks(
            smtp_host="127.0.0.1",
            smtp_port=smtp.server_address[1],
            webhook_url=f"http://127.0.0.1:{web.server_address[1]}/hook",
            mails=mails,
            posts=posts,
        )


@contextmanager
def _serving(server: TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SHUTDOWN,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _SmtpServer(ThreadingMixIn, TCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True


class _WebServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _SmtpHandler(StreamRequestHandler):
    """One SMTP conversation; a subclass per server carries `mails`."""

    mails: list[Mail]
    timeout = 30  # seconds of silence

    def setup(self) -> None:
        super().setup()
        self.sender = ""
        self.recipients: list[str] = []

    def handle(self) -> None:
        self._say("220 demo.example ready")
        try:
            while (line := self.rfile.readline(_MAX_LINE)).endswith(b"\n"):
                verb, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
                if verb.upper() == "QUIT":
                    self._say("221 bye")
                    return
                self._command(verb.upper(), argument)
        except OSError:
            return  # the client hung up or fell silent: what was accepted stays

    def _command(self, verb: str, argument: str) -> None:
        match verb:
            case "EHLO":
                self._say("250-demo.example", "250-8BITMIME", "250-SMTPUTF8", f"250 SIZE {_MAX_MESSAGE}")
            case "HELO" | "NOOP":
                self._say("250 OK")
            case "RSET":
                self._reset()
                self._say("250 OK")
            case "MAIL":
                self._reset()
                self.sender = _address(argument)
                self._say("250 OK")
            case "RCPT":
                self.recipients.append(_address(argument))
                self._say("250 OK")
            case "DATA" if self.recipients:
                self._data()
            case "DATA":
                self._say("503 no recipients")
            case _:
                self._say("502 not implemented")

    def _data(self) -> None:
        self._say("354 end with a dot")
        lines: list[bytes] = []
        size = 0
        while (line := self.rfile.readline(_MAX_LINE)) != b".\r\n":
            if not line:
                return  # cut off before the dot: not accepted
            size += len(line)
            if size <= _MAX_MESSAGE:
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if size > _MAX_MESSAGE:
            self._say("552 message too large")
            return
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        self.mails.append(Mail(sender=self.sender, recipients=tuple(self.recipients), message=message))
        self._reset()
        self._say("250 accepted")

    def _reset(self) -> None:
        self.sender, self.recipients = "", []

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class _WebHandler(BaseHTTPRequestHandler):
    """Takes every POST; a subclass per server carries `posts`."""

    posts: list[Post]
    timeout = 30

    def do_POST(self) -> None:
        length = min(int(self.headers.get("Content-Length", "0")), _MAX_MESSAGE)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.posts.append(Post(path=self.path, headers=headers, body=body, data=_json(body)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # name of the base class
        """Keep stderr quiet: what came is in `Sinks.posts`."""


def _address(argument: str) -> str:
    """The address in `FROM:<a@b> SIZE=3` or `TO:<a@b>`."""
    return argument.partition("<")[2].partition(">")[0]


def _json(body: bytes) -> object:
    try:
        loaded: object = json.loads(body)
    except ValueError:
        return None
    return loaded
