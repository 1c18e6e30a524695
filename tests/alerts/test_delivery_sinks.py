"""Delivery to real receivers: what is counted is what the receivers got, not what we believe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from alerts import queue
from alerts.delivery import DeliverySummary, deliver_due, send_test
from alerts.model import Channel, Delivery, DeliveryState, SendResult
from alerts.transport import ChannelTransport
from tests.alerts.builders import NOW, Clock, alert, channel, opener, put
from tests.outlet_tls import write_authority, write_certificate
from tests.sinks import MailSink, WebSink, closed_port


class Bench:
    """An outbox, a clock and a transport with short timeouts."""

    def __init__(self, path: Path) -> None:
        self.open_db = opener(path / "outbox.db")
        self.clock = Clock(NOW)
        self.transport = ChannelTransport(
            _Stream(), connect_timeout=1.0, answer_timeout=0.4, send_timeout=5.0
        )

    def run(self, *channels: Channel) -> DeliverySummary:
        return deliver_due(self.open_db, self.transport, channels, self.clock, chance=lambda: 0.5, pace=1000)

    def rows(self) -> list[Delivery]:
        db: Database = self.open_db()
        found = queue.queue(db)
        db.close()
        return found[::-1]

    def row(self) -> Delivery:
        (found,) = self.rows()
        return found


class _Stream:
    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None: ...


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def web() -> Iterator[WebSink]:
    with WebSink() as sink:
        yield sink


def hook(sink: WebSink, **changes: object) -> Channel:
    return channel("hook", sink.url(), layout="webhook", **changes)


def mail(sink: MailSink, url: str = "", **changes: object) -> Channel:
    return channel("mail", url or sink.url(), layout="mail", **changes)


def test_webhook_that_fails_twice_gets_one_message_and_the_waits_are_those_of_the_design(
    bench: Bench, web: WebSink
) -> None:
    web.script = ["500", "500", "200"]
    put(bench.open_db, [alert()], [hook(web)])

    bench.run(hook(web))
    first = bench.row().not_before - bench.clock()
    bench.clock.forward(seconds=first.total_seconds())
    bench.run(hook(web))
    second = bench.row().not_before - bench.clock()
    bench.clock.forward(seconds=second.total_seconds())
    bench.run(hook(web))

    assert (first.total_seconds(), second.total_seconds()) == (30, 120)
    assert bench.row().state is DeliveryState.SENT
    assert not bench.row().uncertain
    assert len({received.headers["Idempotency-Key"] for received in web.received}) == 1


def test_rate_limited_webhook_is_left_alone_as_long_as_it_says_and_at_least_a_minute(
    bench: Bench, web: WebSink
) -> None:
    web.script = ["429:300", "429:5", "200"]
    put(bench.open_db, [alert()], [hook(web)])

    bench.run(hook(web))
    first = bench.row().not_before - bench.clock()
    bench.clock.forward(seconds=300)
    bench.run(hook(web))
    second = bench.row().not_before - bench.clock()
    bench.clock.forward(seconds=60)
    bench.run(hook(web))

    assert (first.total_seconds(), second.total_seconds()) == (300, 60)
    assert bench.row().state is DeliveryState.SENT


@pytest.mark.parametrize("script", ["reset", "late:0.9"])
def test_answer_that_never_comes_is_unknown_and_the_resend_says_that_it_may_be_a_repeat(
    bench: Bench, web: WebSink, script: str
) -> None:
    web.script = [script, "200"]
    put(bench.open_db, [alert()], [hook(web)])

    summary = bench.run(hook(web))
    bench.clock.forward(minutes=5)
    bench.run(hook(web))

    assert summary.count(SendResult.UNKNOWN) == 1
    first, second = web.received
    assert (first.json()["possible_repeat"], second.json()["possible_repeat"]) == (False, True)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert bench.row().state is DeliveryState.SENT
    assert bench.row().uncertain


def test_uncertainty_outlives_a_certain_refusal(bench: Bench, web: WebSink) -> None:
    web.script = ["reset", "500", "200"]
    put(bench.open_db, [alert()], [hook(web)])

    for _ in range(3):
        bench.run(hook(web))
        bench.clock.forward(hours=1)

    assert [received.json()["possible_repeat"] for received in web.received] == [False, True, True]
    assert bench.row().uncertain


def test_message_without_any_answer_is_sent_three_times_and_then_checked_by_hand(
    bench: Bench, web: WebSink
) -> None:
    web.default = "reset"
    put(bench.open_db, [alert()], [hook(web)])

    for _ in range(6):
        bench.run(hook(web))
        bench.clock.forward(hours=7)

    assert len(web.received) == 3
    assert bench.row().state is DeliveryState.DEAD
    assert "check by hand" in bench.row().last_error


def test_refused_connection_is_certain_and_waits(bench: Bench) -> None:
    nobody = channel("hook", f"json://127.0.0.1:{closed_port()}/x", layout="webhook")
    put(bench.open_db, [alert()], [nobody])

    bench.run(nobody)

    assert bench.row().last_result is SendResult.REFUSED
    assert not bench.row().uncertain


def test_redirect_is_not_followed_with_the_payload(bench: Bench, web: WebSink) -> None:
    with WebSink() as thief:
        web.script = [f"redirect:http://127.0.0.1:{thief.port}/steal"]
        put(bench.open_db, [alert()], [hook(web)])

        bench.run(hook(web))

        assert thief.received == []
    assert bench.row().last_result is SendResult.CHANNEL_BROKEN


def test_rejected_message_is_dead_and_those_behind_it_go_on(bench: Bench, web: WebSink) -> None:
    web.script = ["422", "200"]
    put(bench.open_db, [alert("s1|new"), alert("s2|new")], [hook(web)])

    bench.run(hook(web))

    assert [row.state for row in bench.rows()] == [DeliveryState.DEAD, DeliveryState.SENT]


def test_gone_webhook_is_broken_after_three_failures_and_another_channel_is_told_at_once(
    bench: Bench, web: WebSink
) -> None:
    web.default = "404"
    with WebSink() as other:
        broken = hook(web, fallback="other")
        spare = channel("other", other.url(), layout="webhook")
        put(bench.open_db, [alert(f"s{number}|new") for number in range(3)], [broken])

        for _ in range(40):
            bench.run(broken, spare)
            bench.clock.forward(minutes=3)

        assert [received.json()["kind"] for received in other.received] == ["notice"]
        assert other.received[0].json()["headline"] == "Channel hook is broken"
        assert len(web.received) <= 3 + 2 * 4 + 1  # three failures, then one probe each quarter of an hour


def test_channel_that_was_broken_delivers_everything_after_its_repair(bench: Bench, web: WebSink) -> None:
    web.default = "404"
    put(bench.open_db, [alert(f"s{number}|new") for number in range(4)], [hook(web)])
    for _ in range(20):
        bench.run(hook(web))
        bench.clock.forward(minutes=5)
    web.received.clear()
    web.default = "200"

    bench.clock.forward(minutes=16)
    bench.run(hook(web))

    assert [received.json()["id"] for received in web.received] == [f"s{number}|new" for number in range(4)]
    assert {row.state for row in bench.rows()} == {DeliveryState.SENT}


def test_two_hours_of_outage_deliver_everything_later_in_order_and_once(bench: Bench, web: WebSink) -> None:
    web.default = "503"
    for number in range(12):
        put(bench.open_db, [alert(f"s{number:02}|new")], [hook(web)], bench.clock())
        bench.run(hook(web))
        bench.clock.forward(minutes=10)
    web.received.clear()
    web.default = "200"

    for _ in range(60):
        bench.run(hook(web))
        bench.clock.forward(minutes=10)

    assert [received.json()["id"] for received in web.received] == [
        f"s{number:02}|new" for number in range(12)
    ]


def test_ten_hours_of_outage_end_in_one_digest_and_other_channels_notice_nothing(
    bench: Bench, web: WebSink
) -> None:
    web.default = "503"
    with WebSink() as healthy:
        good = channel("good", healthy.url(), layout="webhook", per_hour=1000)
        bad = hook(web, per_hour=1000)
        for number in range(60):
            put(bench.open_db, [alert(f"s{number:02}|new")], [bad, good], bench.clock())
            bench.run(bad, good)
            bench.clock.forward(minutes=10)
        web.received.clear()
        web.default = "200"
        for _ in range(10):
            bench.run(bad, good)
            bench.clock.forward(minutes=15)

        assert len(healthy.received) == 60
    forms = [received.json()["form"] for received in web.received]
    assert forms.count("digest") == 1
    assert len(forms) <= 11
    digest = next(received.json() for received in web.received if received.json()["form"] == "digest")
    singles = {received.json()["id"] for received in web.received if received.json()["form"] == "alert"}
    carried = {entry["id"] for entry in digest["alerts"]}  # type: ignore[attr-defined,index]
    assert singles | carried == {f"s{number:02}|new" for number in range(60)}
    assert not singles & carried


def test_one_of_three_channels_fails_and_the_others_are_sent_once(bench: Bench, web: WebSink) -> None:
    web.default = "500"
    with WebSink() as one, WebSink() as two:
        channels = [
            hook(web),
            channel("one", one.url(), layout="webhook"),
            channel("two", two.url(), layout="webhook"),
        ]
        put(bench.open_db, [alert()], channels)

        for _ in range(3):
            bench.run(*channels)
            bench.clock.forward(minutes=10)

        assert (len(one.received), len(two.received)) == (1, 1)
    assert [row.state for row in bench.rows()] == [
        DeliveryState.PENDING,
        DeliveryState.SENT,
        DeliveryState.SENT,
    ]


def test_mail_carries_text_html_and_the_ids_that_let_a_reader_thread_and_drop(bench: Bench) -> None:
    with MailSink() as sink:
        put(
            bench.open_db,
            [alert("s1|new|0", thread_id="s1"), alert("s1|dev|1", thread_id="s1")],
            [mail(sink)],
        )

        bench.run(mail(sink))

        first, second = sink.received
    assert first.get_body(("html",)) is not None
    assert "Alibaba Cloud" in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert first["Message-ID"].endswith("@example.org>")
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["X-Alert-Id"] == "s1|new|0"
    assert first["List-Unsubscribe"] == "<http://127.0.0.1:8642/v/1?mute>"


@pytest.mark.parametrize(
    ("script", "result", "received"),
    [
        ("busy", SendResult.REFUSED, 0),
        ("full", SendResult.REFUSED, 0),
        ("reject", SendResult.REJECTED, 0),
        ("refuse", SendResult.CHANNEL_BROKEN, 0),
        ("drop", SendResult.UNKNOWN, 1),
        ("hang:3", SendResult.UNKNOWN, 1),
    ],
)
def test_mail_server_that_refuses_is_told_from_one_that_falls_silent(
    bench: Bench, script: str, result: SendResult, received: int
) -> None:
    with MailSink([script]) as sink:
        put(bench.open_db, [alert()], [mail(sink)])

        bench.run(mail(sink))

        assert bench.row().last_result is result
        assert len(sink.received) == received


def test_repeat_of_an_unanswered_mail_has_the_same_id_and_says_so(bench: Bench) -> None:
    with MailSink(["drop"]) as sink:
        put(bench.open_db, [alert()], [mail(sink)])

        bench.run(mail(sink))
        bench.clock.forward(minutes=5)
        bench.run(mail(sink))

        first, second = sink.received
    assert first["Message-ID"] == second["Message-ID"]
    assert "may be a repeat" in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "may be a repeat" not in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_wrong_mail_password_breaks_the_channel_and_the_right_one_delivers_over_tls(
    bench: Bench, tmp_path: Path
) -> None:
    with MailSink(login=("reader", "opensesame"), tls=write_certificate(tmp_path, "self-signed")) as sink:
        wrong = mail(sink, sink.url("&mode=starttls&verify=no", user="reader:wrongpass", scheme="mailtos"))
        right = mail(sink, sink.url("&mode=starttls&verify=no", user="reader:opensesame", scheme="mailtos"))
        unverified = mail(sink, sink.url("&mode=starttls", user="reader:opensesame", scheme="mailtos"))
        put(bench.open_db, [alert()], [wrong])

        bench.run(wrong)
        refused = bench.row().last_result
        bench.clock.forward(hours=1)
        bench.run(unverified)
        not_trusted = bench.row().last_result
        bench.clock.forward(hours=1)
        bench.run(right)

        assert refused is SendResult.CHANNEL_BROKEN
        assert not_trusted is SendResult.REFUSED
        assert len(sink.received) == 1
    assert bench.row().state is DeliveryState.SENT


@pytest.mark.parametrize("mode", ["starttls", "ssl"])
def test_mail_over_tls_is_verified_against_an_authority_of_ones_own(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    trusted, pem = write_authority(tmp_path)
    with MailSink(login=("reader", "opensesame"), tls=pem, implicit_tls=mode == "ssl") as sink:
        own = mail(sink, sink.url(f"&mode={mode}", user="reader:opensesame", scheme="mailtos"))
        put(bench.open_db, [alert()], [own])

        bench.run(own)
        stranger = bench.row()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        bench.clock.forward(hours=1)
        bench.run(own)

        assert len(sink.received) == 1
    assert stranger.last_result is SendResult.REFUSED
    assert stranger.last_error.startswith(
        "the mail server's certificate is not valid: unable to get local issuer"
    )
    assert (bench.row().state, bench.row().uncertain) == (DeliveryState.SENT, False)


@pytest.mark.parametrize(
    ("options", "user", "result", "says"),
    [
        (
            "",
            "reader:opensesame",
            SendResult.CHANNEL_BROKEN,
            "takes no login here; take user and password out",
        ),
        ("&mode=starttls", "", SendResult.CHANNEL_BROKEN, "offers no STARTTLS; take mode=ssl"),
        ("&mode=ssl", "", SendResult.REFUSED, "speaks no TLS on this port"),
    ],
)
def test_mail_server_that_was_reached_is_told_from_one_that_was_not(
    bench: Bench, options: str, user: str, result: SendResult, says: str
) -> None:
    with MailSink(offers_login=False) as sink:
        scheme = "mailtos" if options else "mailto"
        own = mail(sink, sink.url(options, user=user, scheme=scheme))

        report = send_test(bench.transport, own, NOW)

    assert report.result is result
    assert says in report.detail
    assert "not reached" not in report.detail
    assert "opensesame" not in report.detail


def test_given_up_message_goes_to_the_second_channel(bench: Bench, web: WebSink) -> None:
    web.default = "422"
    with WebSink() as second:
        first = hook(web, fallback="second")
        spare = channel("second", second.url(), layout="webhook")
        put(bench.open_db, [alert("s1|new")], [first])

        bench.run(first, spare)

        assert [received.json()["id"] for received in second.received][1:] == ["s1|new"]
        assert second.received[0].json()["kind"] == "notice"
