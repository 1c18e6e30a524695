"""The transport: which URL is taken, what every service is sent, and that no secret is ever shown."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlite_utils import Database

from alerts import queue
from alerts.answers import http_report, log_report, retry_after, slack_report, smtp_report
from alerts.delivery import deliver_due, send_test
from alerts.layouts import render
from alerts.listening import listening
from alerts.model import Channel, Quote, SendResult
from alerts.redact import redact, secrets_of
from alerts.transport import ChannelTransport, check_url
from tests.alerts.builders import NOW, alert, channel, opener, put
from tests.alerts.test_layouts import HOSTILE, hostile_alert
from tests.sinks import MailSink, WebSink, closed_port

CANARY = "s3cr3tCanaryValue"


def transport(console: io.StringIO | None = None) -> ChannelTransport:
    return ChannelTransport(console or io.StringIO(), connect_timeout=1.0, answer_timeout=0.5)


@pytest.mark.parametrize(
    "url",
    [
        "console:",
        "mailto://user:pass@example.org",
        "mailtos://u:p@example.org?to=a@example.org&cc=b@example.org",
        "json://127.0.0.1:8080/hook?retry=5",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts",
        "ntfy://ntfy.example/topic",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
    ],
)
def test_urls_of_services_are_taken(url: str) -> None:
    assert check_url(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hello",
        f"nosuch://{CANARY}",
        f"mailto://{CANARY}",
        f"slack://{CANARY}",
        f"mailto://u:{CANARY}@example.org?to=a@b.org,c@d.org",
        f"mailto://u:{CANARY}@example.org?pgp=encrypt",
    ],
)
def test_url_that_cannot_be_used_is_refused_with_a_remedy_and_without_its_secret(url: str) -> None:
    message = check_url(url)

    assert message
    assert CANARY not in message
    assert len(message) > 40


def test_importing_transport_does_not_import_apprise() -> None:
    code = "import sys, alerts.transport, alerts.delivery; print('apprise' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def test_console_channel_writes_title_and_text() -> None:
    console = io.StringIO()

    report = send_test(transport(console), channel("console", "console:"), NOW)

    assert report.result is SendResult.ACCEPTED
    assert console.getvalue().startswith("cspwatch: test of channel console\n  Nothing happened")


def test_closed_console_is_a_broken_channel() -> None:
    console = io.StringIO()
    console.close()

    assert (
        send_test(transport(console), channel("console", "console:"), NOW).result is SendResult.CHANNEL_BROKEN
    )


def test_webhook_keeps_method_headers_login_and_parameters_of_its_url() -> None:
    with WebSink() as sink:
        url = f"json://reader:{CANARY}@127.0.0.1:{sink.port}/hook?+X-Token=abc&-room=7&:team=blue"

        report = send_test(transport(), channel(url=url, layout="webhook"), NOW)

        (received,) = sink.received
    assert report.result is SendResult.ACCEPTED
    assert received.path == "/hook?room=7"
    assert received.headers["X-Token"] == "abc"
    assert received.headers["Authorization"].startswith("Basic ")
    assert received.json()["team"] == "blue"


def test_long_mail_is_one_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    with MailSink() as sink:
        long = alert(quotes=(Quote(text="Many words. " * 20_000, language="en", url="", outlet="heise"),))

        report = transport().send(
            render(long, channel(layout="mail"), NOW), channel(url=sink.url(), layout="mail")
        )

        assert report.result is SendResult.ACCEPTED
        assert len(sink.received) == 1


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_mail_of_hostile_text_has_one_subject_line_and_its_own_recipients_only(text: str) -> None:
    with MailSink() as sink:
        message = render(hostile_alert(text), channel(layout="mail"), NOW)

        report = transport().send(message, channel(url=sink.url(), layout="mail"))

        assert report.result is SendResult.ACCEPTED
        assert sink.recipients == [["reader@example.org"]]
        (mail,) = sink.received
    allowed = {
        "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Alert-Id",
        "List-Unsubscribe", "MIME-Version", "Content-Type", "X-Peer", "X-MailFrom", "X-RcptTo",
    }  # fmt: skip
    assert set(mail.keys()) <= allowed
    assert len(mail["Subject"]) <= 200
    assert mail.get_all("Message-ID") == [mail["Message-ID"]]


@pytest.mark.parametrize(
    "title",
    [
        "OVHcloud · Rechenzentrum · Kanada (Toronto) · 8 Mrd. USD · geplant",
        "阿里云 · 数据中心 · 马来西亚（柔佛） · 超过4亿元人民币 · 已宣布",
        "Übernahme · " * 16 + "Ende",
        "Plain words that are long enough to be folded over several lines of the header of a mail",
    ],
    ids=["german", "chinese", "long", "plain"],
)
def test_subject_of_a_mail_keeps_every_character_and_space(title: str) -> None:
    with MailSink() as sink:
        message = replace(render(alert(), channel(layout="mail"), NOW), title=title)

        transport().send(message, channel(url=sink.url(), layout="mail"))

    assert sink.received[0]["Subject"] == title
    head = sink.raw[0].partition(b"\r\n\r\n")[0]
    assert max(len(line) for line in head.split(b"\r\n")) <= 78 or title.isascii()


def test_encoded_word_in_a_title_adds_no_header() -> None:
    with MailSink() as sink:
        hidden = "=?utf-8?q?A_region=0D=0ABcc:_x@evil.example?= opens"
        message = replace(render(alert(), channel(layout="mail"), NOW), title=hidden)

        transport().send(message, channel(url=sink.url(), layout="mail"))

    (mail,) = sink.received
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("A region")
    assert "\n" not in str(mail["Subject"])


SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("ok:ok", SendResult.ACCEPTED),
        ("404", SendResult.CHANNEL_BROKEN),
        ("403", SendResult.CHANNEL_BROKEN),
        ("400", SendResult.REJECTED),
        ("500", SendResult.REFUSED),
        ("429:120", SendResult.RATE_LIMITED),
        ("reset", SendResult.UNKNOWN),
        ("late:1.5", SendResult.UNKNOWN),
    ],
)
def test_slack_webhook_gets_blocks_and_its_answers_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, answer: str, result: SendResult
) -> None:
    from alerts.services import SlackService

    with WebSink(script=[answer]) as sink:
        monkeypatch.setattr(SlackService, "webhook_url", f"http://127.0.0.1:{sink.port}/services")
        own = channel("slack", SLACK, layout="slack")

        report = transport().send(render(alert(), own, NOW), own)

        (received,) = sink.received
    assert report.result is result
    assert report.retry_after == (timedelta(seconds=120) if result is SendResult.RATE_LIMITED else None)
    assert received.path.startswith("/services/T1JJ3T3L2/")
    assert next(block["type"] for block in received.json()["blocks"]) == "header"  # type: ignore[attr-defined,index]


@pytest.mark.parametrize(
    ("error", "result"),
    [
        ("", SendResult.ACCEPTED),
        ("invalid_auth", SendResult.CHANNEL_BROKEN),
        ("channel_not_found", SendResult.CHANNEL_BROKEN),
        ("ratelimited", SendResult.RATE_LIMITED),
        ("msg_too_long", SendResult.REJECTED),
        ("fatal_error", SendResult.UNKNOWN),
        ("internal_error", SendResult.REFUSED),
    ],
)
def test_slack_api_says_no_inside_a_200(error: str, result: SendResult) -> None:
    answer: dict[str, object] = {"ok": not error, "error": error}

    assert slack_report(200, {}, answer, "").result is result


# Every other service goes through Apprise's own classes; their requests are caught one level below.
OTHER_SERVICES = {
    "discord": "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
    "telegram": "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "mattermost": "mmost://localhost/3ccdd113474722377935511fc85d3dd4",
    "teams": "workflows://host.example:443/643e69f83c8944438d68119179a10a64/sigsigsigsigsigsig/",
    "google chat": "gchat://workspace/key/token",
    "ntfy": "ntfy://ntfy.example/topic",
}


@pytest.mark.parametrize("service", sorted(OTHER_SERVICES))
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_no_service_gets_a_live_mention_or_a_long_title(
    monkeypatch: pytest.MonkeyPatch, service: str, text: str
) -> None:
    posted: list[str] = []

    def catch(self: object, method: str, url: str, **kwargs: object) -> requests.Response:
        data = kwargs.get("data") or kwargs.get("json") or ""
        body = (
            data if isinstance(data, str) else data.decode() if isinstance(data, bytes) else json.dumps(data)
        )
        posted.append(body)
        response = requests.Response()
        response.status_code = 200
        response._content = b'{"ok": true}'
        return response

    monkeypatch.setattr(requests.Session, "request", catch)
    own = channel(url=OTHER_SERVICES[service])

    report = transport().send(render(hostile_alert(text), own, NOW), own)

    assert report.result is SendResult.ACCEPTED
    assert posted
    for body in posted:
        shown = body
        with contextlib.suppress(ValueError):
            shown = json.dumps(json.loads(body), ensure_ascii=False)
        assert not re.search(r"@(everyone|here|channel|all)\b|<[!@#]", shown)


#: Services that are not ours to lay out, on a server of the test.
LOCAL_SERVICES = {
    "ntfy": "ntfy://127.0.0.1:{port}/topic",
    "gotify": "gotify://127.0.0.1:{port}/token",
    "mattermost": "mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4",
    "form": "form://127.0.0.1:{port}/hook",
    "rocket.chat": "rocket://webhooktoken/secret@127.0.0.1:{port}/%23news?mode=webhook",
}


@pytest.mark.parametrize("service", sorted(LOCAL_SERVICES))
@pytest.mark.parametrize(
    ("answer", "result", "wait"),
    [
        ("429:120", SendResult.RATE_LIMITED, timedelta(minutes=2)),
        ("503:600", SendResult.REFUSED, timedelta(minutes=10)),
        ("404", SendResult.CHANNEL_BROKEN, None),
        ("400", SendResult.REJECTED, None),
    ],
)
def test_wait_that_any_service_asks_for_is_honored(
    service: str, answer: str, result: SendResult, wait: timedelta | None
) -> None:
    with WebSink(default=answer) as sink:
        own = channel(url=LOCAL_SERVICES[service].format(port=sink.port))

        report = transport().send(render(alert(), own, NOW), own)

        assert sink.received
    assert (report.result, report.retry_after) == (result, wait)


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ('{"ok": false, "error_code": 429, "parameters": {"retry_after": 35}}', timedelta(seconds=35)),
        (
            '{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}',
            timedelta(seconds=64.57),
        ),
        ('{"retry_after": "soon"}', None),
        ('{"retry_after": true}', None),
        ('{"retry_after": -3}', None),
        ('{"retry_after": 1e300}', None),
        ("[35]", None),
        ("<html>", None),
    ],
)
def test_wait_is_read_from_the_answers_of_telegram_and_discord(body: str, wait: timedelta | None) -> None:
    assert http_report(429, {}, body).retry_after == wait


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("no such hook\n", "HTTP 404: no such hook"),
        ('{"error": "gone"}', 'HTTP 404: {"error": "gone"}'),
        ("{}", "HTTP 404"),
        ("<p>gone</p>", "HTTP 404"),
        ("", "HTTP 404"),
    ],
)
def test_words_of_the_service_stand_beside_the_status(body: str, detail: str) -> None:
    assert http_report(404, {}, body).detail == detail


def test_requests_outside_of_a_send_are_not_listened_to() -> None:
    with WebSink() as sink:
        address = f"http://127.0.0.1:{sink.port}/"
        with listening() as heard:
            requests.post(address, timeout=5)
        requests.post(address, timeout=5)

        assert [response.status_code for response in heard] == [200]


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, SendResult.ACCEPTED), (204, SendResult.ACCEPTED), (302, SendResult.CHANNEL_BROKEN),
        (400, SendResult.REJECTED), (413, SendResult.REJECTED), (401, SendResult.CHANNEL_BROKEN),
        (403, SendResult.CHANNEL_BROKEN), (404, SendResult.CHANNEL_BROKEN), (410, SendResult.CHANNEL_BROKEN),
        (408, SendResult.REFUSED), (429, SendResult.RATE_LIMITED), (500, SendResult.REFUSED),
        (503, SendResult.REFUSED), (504, SendResult.UNKNOWN),
    ],
)  # fmt: skip
def test_statuses_are_told_apart_the_same_in_answers_and_in_apprise_logs(
    status: int, result: SendResult
) -> None:
    assert http_report(status, {}).result is result
    if status >= 300:
        assert log_report([f"Failed to send Ntfy notification: Oops, error={status}."]).result is result


@pytest.mark.parametrize(
    ("logs", "result"),
    [
        (
            ["A Connection error occurred", "Socket Exception: [Errno 111] Connection refused"],
            SendResult.REFUSED,
        ),
        (["A Connection error occurred", "Socket Exception: Read timed out."], SendResult.UNKNOWN),
        (["Socket Exception: (535, b'no')"], SendResult.CHANNEL_BROKEN),
        (["something that nobody knows"], SendResult.UNKNOWN),
        ([], SendResult.UNKNOWN),
    ],
)
def test_logs_without_a_status_are_unknown_unless_nothing_was_reached(
    logs: list[str], result: SendResult
) -> None:
    assert log_report(logs).result is result


@pytest.mark.parametrize(
    ("code", "stage", "result"),
    [
        (535, "login", SendResult.CHANNEL_BROKEN), (454, "login", SendResult.REFUSED),
        (550, "recipient", SendResult.CHANNEL_BROKEN), (450, "recipient", SendResult.REFUSED),
        (554, "data", SendResult.REJECTED), (451, "data", SendResult.REFUSED), (554, "connect", SendResult.REFUSED),
        (530, "sender", SendResult.CHANNEL_BROKEN),
    ],
)  # fmt: skip
def test_mail_codes_are_read_with_their_stage(code: int, stage: str, result: SendResult) -> None:
    assert smtp_report(code, "x", stage=stage).result is result


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "120"}, timedelta(seconds=120)),
        (
            {"retry-after": "Tue, 24 Nov 2026 08:00:00 GMT", "Date": "Tue, 24 Nov 2026 07:50:00 GMT"},
            timedelta(minutes=10),
        ),
        ({"Retry-After": "Tue, 24 Nov 2026 08:00:00 GMT"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], wait: timedelta | None) -> None:
    assert retry_after(headers) == wait


def channels_with_secrets(web: WebSink, mail: MailSink) -> list[Channel]:
    """Each with a canary in another part of its URL, each failing in another way."""
    return [
        channel("password", f"json://user:{CANARY}1@127.0.0.1:{web.port}/x", layout="webhook"),
        channel("path", f"json://127.0.0.1:{web.port}/{CANARY}2/x", layout="webhook"),
        channel(
            "header", f"json://127.0.0.1:{closed_port()}/x?+Authorization=Bearer {CANARY}3", layout="webhook"
        ),
        channel(
            "mail",
            f"mailto://user:{CANARY}4@localhost:{mail.port}/?smtp=127.0.0.1&from=a@example.org&to=b@example.org",
            layout="mail",
        ),
        channel("token", f"tgram://123456789:{CANARY}5_abcdefghijkl/12315544/"),
        channel("bad", f"nosuch://{CANARY}6"),
        channel("text", f"json://127.0.0.1:{web.port}/{CANARY}7/x"),
    ]


def test_no_secret_is_logged_stored_or_reported_at_any_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    caplog.set_level(1)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    monkeypatch.setattr(
        "apprise.plugins.telegram.NotifyTelegram.notify_url", f"http://127.0.0.1:{closed_port()}/bot"
    )
    with WebSink(default="500") as web, MailSink(["drop"]) as mail:
        own = channels_with_secrets(web, mail)
        logging.getLogger().addHandler(handler)
        open_db = opener(tmp_path / "outbox.db")
        put(open_db, [alert()], own)

        try:
            summary = deliver_due(open_db, transport(), own, lambda: NOW)
        finally:
            logging.getLogger().removeHandler(handler)

    assert len(summary.attempts) == len(own)
    db: Database = open_db()
    stored = "\n".join(sqlite3.connect(tmp_path / "outbox.db").iterdump())
    details = [row.last_error for row in queue.queue(db)]
    db.close()
    for shown in (stored, repr(summary), repr(details), repr(own)):
        assert CANARY not in shown
    told = [line for line in log.getvalue().splitlines() if line.startswith(("alerts", "apprise"))]
    assert told
    assert [line for line in told if CANARY in line] == []


@pytest.mark.parametrize(
    ("url", "hidden", "kept"),
    [
        (f"mailto://user:{CANARY}@mail.example.org?to=reader@example.org", CANARY, "reader@example.org"),
        (f"slack://T1JJ3T3L2/A1BRTD4JD/{CANARY}/#a", CANARY, "slack"),
        (f"json://h.example/x?+Authorization=Bearer%20{CANARY}", CANARY, "h.example"),
        ("json://h.example/pa%2Fss%40word", "pa/ss@word", "h.example"),
    ],
)
def test_parts_of_a_url_that_are_secret_are_hidden_and_others_are_not(
    url: str, hidden: str, kept: str
) -> None:
    shown = redact(f"{hidden} and {kept}", secrets_of([url]))

    assert shown == f"**** and {kept}"
