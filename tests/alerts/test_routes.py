"""Routes: every decision has a named reason; what is held comes later, what is withdrawn says why."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import outbox, queue
from alerts.bundles import held_back
from alerts.delivery import deliver_due
from alerts.errors import BadMatcherError
from alerts.matchers import LABELS, matchers_text, matches, parse_matchers
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    DeliveryState,
    Digest,
    Place,
    QuietHours,
    Rhythm,
    SendResult,
    Severity,
    Silence,
)
from alerts.retry import SendReport
from alerts.routes import RecentAlert, RouteReason, decide, labels_of
from alerts.rows import following
from alerts.silences import add_silence, end_silence
from tests.alerts.builders import (
    CHILE,
    HUAWEI,
    NOW,
    Clock,
    ScriptedTransport,
    alert,
    channel,
    fact,
    opener,
    put,
)


def silence(matchers: str) -> Silence:
    return Silence(
        silence_id=1, matchers=parse_matchers(matchers), starts_at=NOW, ends_at=NOW + timedelta(days=1)
    )


def test_alert_goes_out_at_once_where_nothing_speaks_against_it() -> None:
    route = decide(alert(), channel(), NOW)

    assert (route.reason, route.not_before, route.bundle) == (RouteReason.AT_ONCE, NOW, None)


def test_alert_waits_for_the_next_digest_of_its_channel() -> None:
    own = channel(digest=Digest(times=("07:30", "17:00")), timezone="Europe/Berlin")

    route = decide(alert(), own, NOW)

    assert (route.reason, route.bundle) == (RouteReason.DIGEST, "mail|2026-11-24|17:00")
    assert route.not_before == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "reason"),
    [(Severity.LOW, RouteReason.BELOW_SEVERITY), (Severity.MEDIUM, RouteReason.AT_ONCE)],
)
def test_channel_takes_alerts_from_its_severity_on(severity: Severity, reason: RouteReason) -> None:
    assert decide(alert(severity=severity), channel(min_severity=Severity.MEDIUM), NOW).reason is reason


@pytest.mark.parametrize(
    ("severity", "reason"), [(Severity.MEDIUM, RouteReason.QUIET_HOURS), (Severity.HIGH, RouteReason.AT_ONCE)]
)
def test_quiet_hours_hold_what_is_not_severe(severity: Severity, reason: RouteReason) -> None:
    night = channel(quiet=QuietHours(start="22:00", end="09:00"))

    assert decide(alert(severity=severity), night, NOW).reason is reason


@pytest.mark.parametrize(
    ("matchers", "silenced"),
    [
        ("provider=alibaba_cloud", True),
        ("provider=alibaba_cloud country=MY", True),
        ("provider=alibaba_cloud country!=MY", False),
        ("place=MY:*", True),
        ("provider=huawei_cloud,alibaba_*", True),
        ("outlet=caixin", False),
        ("outlet!=caixin", True),
        ("source=heise", True),
    ],
)
def test_silence_matches_on_labels(matchers: str, silenced: bool) -> None:
    route = decide(alert(labels={"source": "heise"}), channel(), NOW, silences=[silence(matchers)])

    assert (route.reason is RouteReason.SILENCED) is silenced


def of_watch(watch: str, article: str = "a1", severity: Severity = Severity.MEDIUM) -> Alert:
    return alert(
        f"story-1|new|{article}|{watch}",
        watch=watch,
        severity=severity,
        labels={"article": article, "watch": watch},
    )


NIGHT = Rhythm(quiet=QuietHours(start="07:00", end="09:00", except_severity=None))
WEEKLY = Rhythm(digest=Digest(times=("07:00",)))
EVERY = Rhythm(every_article=True)


@pytest.mark.parametrize(
    ("first", "second", "states"),
    [
        ((of_watch("all"), None), (of_watch("gulf"), None), ["pending", "cancelled told"]),
        (
            (of_watch("all"), None),
            (of_watch("gulf", severity=Severity.HIGH), None),
            ["cancelled told", "pending"],
        ),
        (
            (of_watch("all", severity=Severity.HIGH), NIGHT),
            (of_watch("gulf"), None),
            ["pending", "cancelled told"],
        ),
        (
            (of_watch("all"), None),
            (of_watch("gulf", severity=Severity.HIGH), NIGHT),
            ["cancelled told", "pending"],
        ),
        ((of_watch("all"), None), (of_watch("gulf"), NIGHT), ["pending", "cancelled told"]),
        ((of_watch("all"), None), (of_watch("gulf"), WEEKLY), ["pending", "held watch-digest"]),
        ((of_watch("all"), WEEKLY), (of_watch("gulf"), None), ["held watch-digest", "pending"]),
    ],
    ids=[
        "as severe",
        "the second more severe",
        "the severe one later",
        "the second severe and later",
        "the second later",
        "the second in a digest of its own",
        "the first in a digest of its own",
    ],
)
def test_article_of_two_watches_goes_to_a_channel_once_as_severe_and_as_soon_as_either_asks(
    tmp_path: Path, first: tuple[Alert, Rhythm], second: tuple[Alert, Rhythm], states: list[str]
) -> None:
    """A digest of a watch of its own stays complete."""
    with closing(opener(tmp_path / "outbox.db")()) as db, outbox.writing(db):
        for one, rhythm in (first, second):
            outbox.enqueue(db, one, [channel()], NOW, rhythm=rhythm)

        found = [*reversed(queue.queue(db))]
    assert [f"{d.state.value} {d.reason}".removesuffix(" at-once") for d in found] == states
    assert all(d.not_before == NOW for d in found if d.state is DeliveryState.PENDING)


def test_what_another_watch_told_a_channel_is_not_held_back_from_it(tmp_path: Path) -> None:
    with closing(opener(tmp_path / "outbox.db")()) as db:
        with outbox.writing(db):
            for one in (of_watch("all"), of_watch("gulf")):
                outbox.enqueue(db, one, [channel()], NOW)
            outbox.enqueue(db, of_watch("low", "a3", Severity.INFORMATIONAL), [channel()], NOW)

        assert held_back(db, channel().name, NOW - timedelta(days=1)) == {"below-severity": 1}


LATER = NOW + timedelta(days=9)


@pytest.mark.parametrize(
    ("later", "rhythm", "sent"),
    [
        (of_watch("gulf", article="a2"), None, False),
        (replace(of_watch("gulf", article="a2"), changes=("second-publisher|Caixin|heise",)), None, False),
        (of_watch("gulf", article="a2", severity=Severity.HIGH), None, True),
        (replace(of_watch("gulf", article="a2"), changes=("status|planned|live",)), None, True),
        (of_watch("gulf", article="a2"), EVERY, True),
        (of_watch("gulf", article="a2"), WEEKLY, True),
    ],
    ids=[
        "nothing new",
        "another outlet",
        "more severe",
        "a development",
        "a watch that is told of every article",
        "a digest of its own",
    ],
)
def test_story_that_a_channel_knows_is_no_new_one_for_another_watch(
    tmp_path: Path, later: Alert, rhythm: Rhythm | None, sent: bool
) -> None:
    with closing(opener(tmp_path / "outbox.db")()) as db, outbox.writing(db):
        outbox.enqueue(db, of_watch("all"), [channel()], NOW)
        outbox.enqueue(db, later, [channel()], LATER, rhythm=rhythm)

        newest = queue.queue(db)[0]
    assert (newest.reason != "told") is sent


LIVE, GREW = "status|announced|live", "amount||180 MW"


@pytest.mark.parametrize(
    ("told", "released", "sent"),
    [
        ((LIVE, GREW), (LIVE,), False),
        ((LIVE,), (LIVE, GREW), True),
        ((), (LIVE,), True),
    ],
    ids=["all of it", "a part of it", "nothing of it"],
)
def test_what_a_cooldown_held_back_is_not_told_where_another_watch_told_it(
    tmp_path: Path, told: tuple[str, ...], released: tuple[str, ...], sent: bool
) -> None:
    later = replace(of_watch("calm", article="a2"), kind=AlertKind.DEVELOPMENT, changes=released)
    with closing(opener(tmp_path / "outbox.db")()) as db, outbox.writing(db):
        outbox.enqueue(db, of_watch("all"), [channel()], NOW)
        if told:
            develops = replace(of_watch("all", article="a2"), kind=AlertKind.DEVELOPMENT, changes=told)
            outbox.enqueue(db, develops, [channel()], NOW + timedelta(hours=1))
        outbox.enqueue(db, later, [channel()], LATER)

        newest = queue.queue(db)[0]
    assert (newest.reason != "told") is sent


def test_alert_that_was_given_up_told_the_channel_nothing(tmp_path: Path) -> None:
    with closing(opener(tmp_path / "outbox.db")()) as db, outbox.writing(db):
        outbox.enqueue(db, of_watch("all"), [channel()], NOW)
        db.execute("UPDATE outbox SET state = 'dead'")
        outbox.enqueue(db, of_watch("gulf", article="a2"), [channel()], LATER)

        newest = queue.queue(db)[0]
        assert (newest.state, newest.reason) == (DeliveryState.PENDING, "at-once")
        assert following(db, outbox.alert_of(db, newest.alert_id), newest.channel).follows == ""


def test_silence_ends_and_does_not_hold_notices() -> None:
    everything = silence("kind=*")

    assert decide(alert(), channel(), everything.ends_at, silences=[everything]).reason is RouteReason.AT_ONCE
    notice = alert(kind=AlertKind.NOTICE, facts=())
    assert decide(notice, channel(), NOW, silences=[everything]).reason is RouteReason.AT_ONCE


@pytest.mark.parametrize("text", ["", "provider", "=x", "provider=", "!=x"])
def test_matcher_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadMatcherError):
        parse_matchers(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("providr=aws", "no alert has a label 'providr'; did you mean provider?"),
        ("provider=aws, country=DE", "provider=aws,: a choice is empty; matchers stand apart by blanks"),
        ("provider=,aws", "a choice is empty"),
    ],
)
def test_silence_that_would_match_nothing_or_anything_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    db = opener(tmp_path / "outbox.db")()

    with pytest.raises(BadMatcherError, match=says):
        add_silence(db, text, NOW, NOW + timedelta(days=1))
    db.close()


def test_every_label_of_an_alert_can_be_silenced() -> None:
    assert set(labels_of(alert())) <= set(LABELS)


def test_matchers_survive_their_text() -> None:
    text = "provider=alibaba_cloud country!=CN,HK place=MY*"

    assert matchers_text(parse_matchers(text)) == text
    assert not matches((), {"a": "b"})


def recent(severity: Severity, *, minutes: int, thread: str = "big", **changes: object) -> RecentAlert:
    big = alert(f"{thread}|new", severity=severity, **changes)
    return RecentAlert(
        alert_id=big.alert_id,
        severity=severity,
        labels=labels_of(big),
        at=NOW - timedelta(minutes=minutes),
        reason=RouteReason.AT_ONCE,
        not_before=NOW - timedelta(minutes=minutes),
        thread_id=thread,
    )


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (recent(Severity.HIGH, minutes=30), RouteReason.INHIBITED),
        (recent(Severity.HIGH, minutes=6 * 60 + 1), RouteReason.AT_ONCE),
        (recent(Severity.MEDIUM, minutes=30), RouteReason.AT_ONCE),
        (recent(Severity.HIGH, minutes=30, thread="story-1"), RouteReason.AT_ONCE),  # its own story's update
        (recent(Severity.HIGH, minutes=30, facts=(fact(HUAWEI),)), RouteReason.AT_ONCE),
        (recent(Severity.HIGH, minutes=30, facts=(fact(place=CHILE),)), RouteReason.AT_ONCE),
    ],
)
def test_big_story_holds_back_small_echoes_about_the_same_provider_and_country(
    other: RecentAlert, reason: RouteReason
) -> None:
    assert decide(alert(severity=Severity.LOW), channel(), NOW, recent=[other]).reason is reason


MALAYSIA = Place(id="MY", country="MY")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"facts": (fact(place=MALAYSIA, amounts=()),)}, RouteReason.INHIBITED),
        ({"facts": (fact(amounts=()),)}, RouteReason.AT_ONCE),
        ({"facts": (fact(place=MALAYSIA),)}, RouteReason.AT_ONCE),
        ({"facts": (fact(place=MALAYSIA, amounts=()),), "severity": Severity.HIGH}, RouteReason.AT_ONCE),
        (
            {"facts": (fact(place=MALAYSIA, amounts=()),), "kind": AlertKind.DEVELOPMENT},
            RouteReason.AT_ONCE,
        ),
    ],
    ids=["vague", "names a town", "names an amount", "as big", "a development"],
)
def test_echo_of_medium_weight_is_held_back_where_it_names_neither_town_nor_amount(
    changes: dict[str, object], reason: RouteReason
) -> None:
    big = recent(Severity.HIGH, minutes=30)
    echo = alert("echo|new", **({"severity": Severity.MEDIUM} | changes))

    assert decide(echo, channel(), NOW, recent=[big]).reason is reason


def test_flood_becomes_single_alerts_up_to_the_rate_and_one_message_with_the_rest(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(per_hour=5)
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    for number in range(40):
        put(open_db, [alert(f"s{number:02}|new")], [own], clock())
        deliver_due(open_db, transport, [own], clock, pace=100)
        clock.forward(seconds=30)

    clock.forward(hours=1)
    deliver_due(open_db, transport, [own], clock, pace=100)
    clock.forward(hours=2)
    deliver_due(open_db, transport, [own], clock, pace=100)

    assert len(transport.sent) == 6
    assert "35" in transport.sent[-1][1].title


def test_night_comes_as_one_message_when_quiet_hours_end(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(quiet=QuietHours(start="22:00", end="09:00"))
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert(f"s{number}|new") for number in range(3)], [own])

    deliver_due(open_db, transport, [own], clock)
    during = len(transport.sent)
    clock.forward(hours=2)
    deliver_due(open_db, transport, [own], clock)

    assert (during, len(transport.sent)) == (0, 1)
    assert transport.sent[0][1].title.startswith("3 alerts")


def test_single_alert_of_a_night_comes_as_itself(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(quiet=QuietHours(start="22:00", end="09:00"))
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert()], [own])

    clock.forward(hours=2)
    deliver_due(open_db, transport, [own], clock)

    message = transport.sent[0][1]
    assert message.title.startswith("Alibaba Cloud")
    assert "· 2 hr ago" in message.text  # what was 28 minutes old when it was found


def test_message_tells_the_age_of_its_news_when_it_goes_out_and_a_repeat_that_of_the_first(
    tmp_path: Path,
) -> None:
    open_db = opener(tmp_path / "outbox.db")
    clock = Clock()
    refused, unknown = (SendReport(result=result) for result in (SendResult.REFUSED, SendResult.UNKNOWN))
    transport = ScriptedTransport(refused, unknown, SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert()], [channel()])

    for _ in range(3):
        deliver_due(open_db, transport, [channel()], clock)
        clock.forward(hours=3)

    ages = [message.text.rpartition("ago")[0].rpartition("· ")[2] for _, message in transport.sent]
    assert ages == ["28 min ", "3 hr ", "3 hr "]
    assert ["repeat" in message.text for _, message in transport.sent] == [False, False, True]


@pytest.mark.parametrize("count", [1, 3])
def test_alerts_that_wait_for_a_digest_go_out_when_the_channel_has_none_any_more(
    tmp_path: Path, count: int
) -> None:
    open_db = opener(tmp_path / "outbox.db")
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert(f"s{n}|new") for n in range(count)], [channel(digest=Digest(times=("17:00",)))])

    deliver_due(open_db, transport, [channel()], clock)
    deliver_due(open_db, transport, [channel()], clock)

    assert len(transport.sent) == 1
    assert transport.sent[0][1].title.startswith("Alibaba Cloud" if count == 1 else "3 alerts")


def test_digest_at_a_new_time_brings_what_waited_for_the_old_one(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    late, soon = (channel(digest=Digest(times=(time,))) for time in ("23:00", "12:00"))
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    put(open_db, [alert("s1|new"), alert("s2|new")], [late])

    deliver_due(open_db, transport, [soon], clock)
    clock.forward(hours=6)
    deliver_due(open_db, transport, [soon], clock)

    assert len(transport.sent) == 1
    assert transport.sent[0][1].title.startswith("2 alerts")


def states(open_db: object, own: Channel) -> list[tuple[DeliveryState, str]]:
    db = open_db()  # type: ignore[operator]
    found = [(row.state, row.reason) for row in queue.queue(db, channel=own.name)]
    db.close()
    return found


def test_muted_story_is_withdrawn_with_its_reason_until_the_mute_ends(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel()
    db = open_db()
    with outbox.writing(db):
        add_silence(db, "story=story-1", NOW, NOW + timedelta(days=3))
    db.close()

    put(open_db, [alert("story-1|dev|1")], [own])
    put(open_db, [alert("story-1|dev|2")], [own], NOW + timedelta(days=3))

    assert states(open_db, own) == [
        (DeliveryState.PENDING, "at-once"),
        (DeliveryState.CANCELLED, "story-muted"),
    ]


def test_ended_silence_lets_alerts_through(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel()
    db = open_db()
    with outbox.writing(db):
        made = add_silence(db, "provider=alibaba_cloud", NOW, NOW + timedelta(days=3), comment="known")
        end_silence(db, made.silence_id, NOW + timedelta(hours=1))
    db.close()

    put(open_db, [alert("a|1")], [own], NOW)
    put(open_db, [alert("b|1")], [own], NOW + timedelta(hours=2))

    assert states(open_db, own) == [(DeliveryState.PENDING, "at-once"), (DeliveryState.CANCELLED, "silenced")]


WEEKLY = Rhythm(digest=Digest(times=("07:00",), weekdays=frozenset({0})))


def queue_for(open_db: object, own: Channel, rhythm: Rhythm, now: datetime, *ids: str) -> None:
    db = open_db()  # type: ignore[operator]
    with outbox.writing(db):
        for name in ids:
            outbox.enqueue(db, alert(name), [own], now, rhythm=rhythm)
    db.close()


@pytest.mark.parametrize("digest", [None, Digest(times=("17:00",))])
def test_digest_of_a_watch_takes_the_place_of_the_channels_rhythm(digest: Digest | None) -> None:
    own = channel(digest=digest, timezone="Europe/Berlin")

    route = decide(alert(), own, NOW, rhythm=WEEKLY)

    assert (route.reason, route.bundle) == (
        RouteReason.WATCH_DIGEST,
        "mail|watch csp-expansion|2026-11-30|07:00",
    )
    assert route.not_before == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)


def test_digest_of_a_watch_comes_once_and_catches_up_what_was_slept_through(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(timezone="Europe/Berlin")
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    queue_for(open_db, own, WEEKLY, clock(), "a|1", "b|1")
    queue_for(open_db, own, WEEKLY, clock.forward(days=7), "c|1")

    clock.forward(days=7)
    deliver_due(open_db, transport, [own], clock)
    deliver_due(open_db, transport, [own], clock)

    ((_, message),) = transport.sent
    assert message.title.startswith("3 alerts")
    assert "Catches up 1 digest missed" in message.text


def test_quiet_hours_of_a_watch_hold_beside_those_of_the_channel() -> None:
    own = channel(quiet=QuietHours(start="07:00", end="08:00", except_severity=None))
    rhythm = Rhythm(quiet=QuietHours(start="22:00", end="09:00"))

    held = decide(alert(), own, NOW, rhythm=rhythm)
    severe = decide(alert(severity=Severity.HIGH), own, NOW, rhythm=rhythm)

    assert (held.reason, f"{held.not_before:%H:%M}") == (RouteReason.QUIET_HOURS, "09:00")
    assert (severe.reason, f"{severe.not_before:%H:%M}") == (RouteReason.QUIET_HOURS, "08:00")


def test_limit_of_a_watch_turns_the_rest_of_its_day_into_one_message(tmp_path: Path) -> None:
    open_db = opener(tmp_path / "outbox.db")
    own = channel(per_hour=2)
    clock = Clock()
    transport = ScriptedTransport(SendReport(result=SendResult.ACCEPTED))
    for number in range(6):
        queue_for(open_db, own, Rhythm(per_day=3), clock(), f"s{number}|new")
        deliver_due(open_db, transport, [own], clock)
        clock.forward(hours=3)
    put(open_db, [alert("other|new", watch="other")], [own], clock())
    deliver_due(open_db, transport, [own], clock)
    single = len(transport.sent)

    clock.forward(hours=7)
    deliver_due(open_db, transport, [own], clock)

    assert single == 4, "three of the watch, and another watch is not concerned"
    assert [message.title.split(":")[0] for _, message in transport.sent[4:]] == ["3 alerts"]
