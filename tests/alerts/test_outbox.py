"""The outbox: one transaction with the caller's, exactly one claimer, sticky uncertainty, hands of an operator."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from alerts import bundles, outbox, queue
from alerts.codec import alert_from_json, alert_to_json, time_from_text, time_to_text
from alerts.digest import group
from alerts.errors import NotQueuedError
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    Fact,
    Label,
    Links,
    Place,
    Quantity,
    Quote,
    Report,
    SendResult,
    Severity,
)
from alerts.pruning import prunable_deliveries, prune_deliveries
from alerts.retry import WAITS, SendReport, Settlement, settlement
from alerts.schema import migrations
from tests.alerts.builders import NOW, alert, channel, opener, put

LEASE = timedelta(minutes=3)


@pytest.fixture
def open_db(tmp_path: Path) -> Callable[[], Database]:
    return opener(tmp_path / "outbox.db")


def only(db: Database) -> Delivery:
    (found,) = queue.queue(db)
    return found


def test_queued_alert_and_the_callers_change_commit_or_vanish_together(
    open_db: Callable[[], Database],
) -> None:
    db = open_db()
    db.execute("CREATE TABLE finding (id TEXT)")

    def find_and_fail() -> None:
        with outbox.writing(db):
            db.execute("INSERT INTO finding VALUES ('f1')")
            outbox.enqueue(db, alert(), [channel()], NOW)
            raise RuntimeError("killed between both")

    with pytest.raises(RuntimeError):
        find_and_fail()

    assert queue.queue(db) == []
    assert db.execute("SELECT count(*) FROM finding").fetchone()[0] == 0
    assert db.execute("SELECT count(*) FROM alert").fetchone()[0] == 0


def test_alert_queued_twice_has_one_delivery_for_each_channel(open_db: Callable[[], Database]) -> None:
    db = open_db()
    with outbox.writing(db):
        first = outbox.enqueue(db, alert(), [channel("a"), channel("b")], NOW)
        second = outbox.enqueue(db, alert(), [channel("a"), channel("b"), channel("c")], NOW)

    assert (len(first), len(second)) == (2, 1)


def test_tables_are_strict_and_migrations_can_run_again(open_db: Callable[[], Database]) -> None:
    db = open_db()
    migrations.apply(db)

    with pytest.raises(Exception, match="cannot store TEXT"):
        db.execute("INSERT INTO channel_state (channel, failures) VALUES ('mail', 'many')")


def test_many_claimers_at_once_never_get_the_same_delivery(open_db: Callable[[], Database]) -> None:
    own = channel()
    put(open_db, [alert(f"s{n}|new") for n in range(20)], [own])
    taken: list[int] = []
    lock = threading.Lock()

    def work(name: str) -> None:
        db = open_db()
        while (claimed := outbox.claim(db, own.name, NOW, owner=name, lease=LEASE, pace=1000)) is not None:
            with lock:
                taken.append(claimed.delivery.delivery_id)
            report = SendReport(result=SendResult.ACCEPTED)
            settled = settlement(report, tries=1, unanswered=0, queued_at=NOW, now=NOW, chance=0.5)
            outbox.settle(db, claimed, settled, owner=name, finished_at=NOW)
        db.close()

    # A claimer sees nothing while another one sends: order is kept. So each starts again until all is taken.
    while len(taken) < 20:
        threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(taken) == list(range(1, 21))


def test_attempt_is_logged_before_anything_is_sent(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert()], [channel()])
    db = open_db()

    outbox.claim(db, "mail", NOW, owner="me", lease=LEASE)

    (attempt,) = queue.history(open_db(), 1)
    assert (attempt.started_at, attempt.finished_at, attempt.result) == (NOW, None, None)


def test_dead_workers_delivery_is_uncertain_after_its_lease_and_stays_so(
    open_db: Callable[[], Database],
) -> None:
    put(open_db, [alert()], [channel()])
    db = open_db()
    outbox.claim(db, "mail", NOW, owner="dead", lease=LEASE)

    early = outbox.recover(db, NOW + timedelta(minutes=2))
    late = outbox.recover(db, NOW + timedelta(minutes=4))

    assert (early, late) == ((0, ()), (1, ()))
    assert (only(db).state, only(db).uncertain) == (DeliveryState.PENDING, True)
    assert queue.history(db, 1)[0].result is SendResult.UNKNOWN


def test_delivery_that_our_crashes_interrupt_lets_the_others_pass_and_is_given_up_after_three_days(
    open_db: Callable[[], Database],
) -> None:
    """It may be what crashes us. Nothing is given up because a machine had a bad hour."""
    put(open_db, [alert("bad|1"), alert("good|1")], [channel()])
    db = open_db()
    claimed: list[str] = []
    given_up: tuple[Delivery, ...] = ()
    at = NOW
    while not given_up:
        found = outbox.claim(db, "mail", at, owner="dead", lease=LEASE)
        if found is not None:
            claimed.append(found.delivery.alert_id)
        if found is not None and found.delivery.alert_id == "good|1":
            settled = Settlement(result=SendResult.ACCEPTED, state=DeliveryState.SENT, not_before=at)
            outbox.settle(db, found, settled, owner="dead", finished_at=at)
        at += timedelta(minutes=5)
        _, given_up = outbox.recover(db, at)

    assert claimed[:4] == ["bad|1"] * 4
    assert claimed.index("good|1") <= 6
    assert NOW + timedelta(hours=72) <= at <= NOW + timedelta(hours=79)
    assert [row.alert_id for row in given_up] == ["bad|1"]
    assert "check by hand" in given_up[0].last_error
    assert len(claimed) < 30


def test_leases_of_this_machine_end_at_a_restart(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert()], [channel()])
    db = open_db()
    outbox.claim(db, "mail", NOW, owner="host:77", lease=LEASE)

    ended = outbox.end_leases_of(db, "host:", NOW)
    reopened = outbox.recover(db, NOW)

    assert (ended, reopened) == (1, (1, ()))


def test_late_success_is_written_even_when_the_lease_was_lost(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert()], [channel()])
    db = open_db()
    claimed = outbox.claim(db, "mail", NOW, owner="slow", lease=LEASE)
    assert claimed is not None
    later = NOW + timedelta(minutes=5)
    outbox.recover(db, later)

    report = SendReport(result=SendResult.ACCEPTED)
    settled = settlement(report, tries=1, unanswered=0, queued_at=NOW, now=later, chance=0.5)
    written = outbox.settle(db, claimed, settled, owner="slow", finished_at=later)

    assert written
    assert only(db).state is DeliveryState.SENT


def test_late_failure_does_not_disturb_the_new_owner(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert()], [channel()])
    db = open_db()
    claimed = outbox.claim(db, "mail", NOW, owner="slow", lease=LEASE)
    assert claimed is not None
    later = NOW + timedelta(minutes=5)
    outbox.recover(db, later)
    outbox.claim(db, "mail", later, owner="new", lease=LEASE)

    settled = settlement(
        SendReport(result=SendResult.REJECTED), tries=1, unanswered=0, queued_at=NOW, now=later, chance=0.5
    )
    written = outbox.settle(db, claimed, settled, owner="slow", finished_at=later)

    assert not written
    assert only(db).state is DeliveryState.SENDING


@pytest.mark.parametrize("jump", [timedelta(days=3650), timedelta(days=-3650)])
def test_jump_of_the_clock_leaves_no_delivery_waiting_for_ever(
    open_db: Callable[[], Database], jump: timedelta
) -> None:
    put(open_db, [alert()], [channel()], NOW - jump)
    db = open_db()
    outbox.claim(db, "mail", NOW - jump, owner="dead", lease=LEASE)

    outbox.recover(db, NOW)

    assert only(db).not_before <= NOW + timedelta(hours=6)
    assert only(db).state is DeliveryState.PENDING


def test_pace_limits_messages_a_minute(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert(f"s{n}|new") for n in range(4)], [channel()])
    db = open_db()

    for _ in range(2):
        claimed = outbox.claim(db, "mail", NOW, owner="me", lease=LEASE, pace=2)
        assert claimed is not None
        report = SendReport(result=SendResult.ACCEPTED)
        settled = settlement(report, tries=1, unanswered=0, queued_at=NOW, now=NOW, chance=0.5)
        outbox.settle(db, claimed, settled, owner="me", finished_at=NOW)

    assert outbox.claim(db, "mail", NOW + timedelta(seconds=30), owner="me", lease=LEASE, pace=2) is None
    assert outbox.claim(db, "mail", NOW + timedelta(seconds=61), owner="me", lease=LEASE, pace=2) is not None


def test_operator_moves_deliveries_and_is_told_what_cannot_be_moved(open_db: Callable[[], Database]) -> None:
    held = channel(digest=Digest(times=("07:30",)))
    put(open_db, [alert("a|1"), alert("b|1")], [held])
    db = open_db()

    released = queue.release(db, 1, NOW)
    cancelled = queue.cancel(db, 2, NOW)

    assert (released.state, cancelled.state) == (DeliveryState.PENDING, DeliveryState.CANCELLED)
    with pytest.raises(NotQueuedError, match="cancelled"):
        queue.retry(db, 2, NOW)
    with pytest.raises(NotQueuedError, match="no delivery 99"):
        queue.retry(db, 99, NOW)


def test_counts_are_of_alerts_for_each_channel_and_state(open_db: Callable[[], Database]) -> None:
    put(open_db, [alert("a|1"), alert("b|1", severity=Severity.INFORMATIONAL)], [channel("x"), channel("y")])

    assert queue.counts(open_db()) == {
        (name, state): 1 for name in "xy" for state in (DeliveryState.PENDING, DeliveryState.CANCELLED)
    }


def send_all(db: Database, own: Channel, at: datetime) -> None:
    while (claimed := outbox.claim(db, own.name, at, owner="me", lease=LEASE, pace=1000)) is not None:
        settled = settlement(
            SendReport(result=SendResult.ACCEPTED), tries=1, unanswered=0, queued_at=at, now=at, chance=0.5
        )
        outbox.settle(db, claimed, settled, owner="me", finished_at=at)


def test_ended_deliveries_go_after_their_time_and_how_many_they_were_stays(
    open_db: Callable[[], Database],
) -> None:
    own, weekly = channel("x"), channel("y", digest=Digest(times=("07:50",)))
    db, later = open_db(), NOW + timedelta(days=30)
    put(open_db, [alert("a|1"), alert("b|1", severity=Severity.INFORMATIONAL)], [own])
    put(open_db, [alert("c|1"), alert("d|1")], [weekly])
    send_all(db, own, NOW)
    bundles.open_due(db, weekly, NOW + timedelta(minutes=15))
    send_all(db, weekly, NOW + timedelta(minutes=15))
    put(open_db, [alert("e|1")], [own, weekly], later)
    before = queue.counts(db)

    assert prunable_deliveries(db, later) == 4 + 1, "the digest is a delivery too"
    assert prune_deliveries(db, later) == 5
    assert prune_deliveries(db, later) == 0

    assert queue.counts(db) == before
    assert [(row.alert_id, row.state) for row in queue.queue(db)] == [
        ("e|1", DeliveryState.HELD),
        ("e|1", DeliveryState.PENDING),
    ]
    assert outbox.alert_of(db, "c|1").alert_id == "c|1"
    assert db.execute("SELECT count(*) FROM attempt").fetchone()[0] == 0
    assert db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_digest_stays_as_long_as_an_alert_that_it_carries(open_db: Callable[[], Database]) -> None:
    own = channel("y", digest=Digest(times=("07:50",)))
    put(open_db, [alert("c|1"), alert("d|1")], [own])
    db, at = open_db(), NOW + timedelta(minutes=15)
    bundles.open_due(db, own, at)

    assert prune_deliveries(db, NOW + timedelta(days=900)) == 0
    send_all(db, own, at)
    assert prune_deliveries(db, at) == 0
    assert prune_deliveries(db, at + timedelta(seconds=1)) == 3


def test_digest_of_alerts_queued_in_the_caller_shares_its_end_with_them(
    open_db: Callable[[], Database],
) -> None:
    own = channel(digest=Digest(times=("07:50",)))
    put(open_db, [alert("a|1"), alert("b|1")], [own])
    db = open_db()
    then = NOW + timedelta(minutes=15)
    bundles.open_due(db, own, then)
    claimed = outbox.claim(db, "mail", then, owner="me", lease=LEASE)
    assert claimed is not None

    report = SendReport(result=SendResult.ACCEPTED)
    settled = settlement(report, tries=1, unanswered=0, queued_at=then, now=then, chance=0.5)
    outbox.settle(db, claimed, settled, owner="me", finished_at=then)

    assert [one.alert_id for one in claimed.alerts] == ["a|1", "b|1"]
    assert {row.state for row in queue.queue(db)} == {DeliveryState.SENT}
    assert queue.history(db, 1) == queue.history(db, 3)


def test_dead_digest_that_is_retried_carries_its_alerts_again(open_db: Callable[[], Database]) -> None:
    own = channel(digest=Digest(times=("07:50",)))
    put(open_db, [alert("a|1"), alert("b|1")], [own])
    db = open_db()
    then = NOW + timedelta(minutes=15)
    (digest_id,) = bundles.open_due(db, own, then)
    for result in (SendResult.REJECTED, SendResult.ACCEPTED):
        claimed = outbox.claim(db, "mail", then, owner="me", lease=LEASE)
        assert claimed is not None
        assert len(claimed.alerts) == 2
        settled = settlement(
            SendReport(result=result), tries=1, unanswered=0, queued_at=then, now=then, chance=0.5
        )
        outbox.settle(db, claimed, settled, owner="me", finished_at=then)
        if result is SendResult.REJECTED:
            assert {row.state for row in queue.queue(db)} == {DeliveryState.DEAD}
            queue.retry(db, digest_id, then)

    assert {row.state for row in queue.queue(db)} == {DeliveryState.SENT}


@pytest.mark.parametrize("tries", range(1, 9))
def test_waits_grow_as_designed_within_ten_percent(tries: int) -> None:
    for chance in (0.0, 0.5, 0.999):
        settled = settlement(
            SendReport(result=SendResult.REFUSED),
            tries=tries,
            unanswered=0,
            queued_at=NOW,
            now=NOW,
            chance=chance,
        )
        wait = (settled.not_before - NOW) / WAITS[min(tries, 6) - 1]
        assert 0.899 <= wait <= 1.101
        assert settled.not_before - NOW <= timedelta(hours=6)


@pytest.mark.parametrize(("hours", "state"), [(71, DeliveryState.PENDING), (72, DeliveryState.DEAD)])
def test_delivery_is_given_up_after_three_days(hours: int, state: DeliveryState) -> None:
    settled = settlement(
        SendReport(result=SendResult.REFUSED),
        tries=20,
        unanswered=0,
        queued_at=NOW,
        now=NOW + timedelta(hours=hours),
        chance=0.5,
    )

    assert settled.state is state


# What an alert may hold, for the two laws: its text form loses nothing, a digest is a partition.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
LABELS = st.builds(Label, id=st.sampled_from("abc"), names=st.dictionaries(TEXT, TEXT, max_size=2))
PLACES = st.builds(
    Place, id=st.sampled_from(["MY", "MY:Johor", "CL", "bloc:GCC"]), country=st.sampled_from([None, "MY"])
)
QUANTITIES = st.builds(
    Quantity,
    value=st.decimals(allow_nan=False, allow_infinity=False),
    unit=TEXT,
    value_max=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    op=TEXT,
)
FACTS = st.builds(
    Fact,
    event=TEXT,
    status=TEXT,
    direction=TEXT,
    actors=st.lists(LABELS, max_size=2).map(tuple),
    places=st.lists(PLACES, max_size=2).map(tuple),
    amounts=st.lists(QUANTITIES, max_size=2).map(tuple),
    overseas=st.booleans(),
    score=st.integers(0, 100),
)
QUOTES = st.builds(
    Quote,
    text=TEXT,
    language=TEXT,
    url=TEXT,
    outlet=TEXT,
    marks=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=3).map(tuple),
)
REPORTS = st.builds(
    Report,
    outlet=TEXT,
    family=TEXT,
    url=TEXT,
    title=TEXT,
    language=TEXT,
    published=st.none() | TIMES,
    first_seen=TIMES,
    independent=st.booleans(),
)
ALERTS = st.builds(
    Alert,
    alert_id=st.integers(0, 6).map(str),
    thread_id=TEXT,
    kind=st.sampled_from(AlertKind),
    reason=TEXT,
    severity=st.sampled_from(Severity),
    watch=TEXT,
    created_at=TIMES,
    facts=st.lists(FACTS, max_size=2).map(tuple),
    changes=st.lists(TEXT, max_size=2).map(tuple),
    quotes=st.lists(QUOTES, max_size=2).map(tuple),
    reports=st.lists(REPORTS, max_size=2).map(tuple),
    published=st.none() | TIMES,
    links=st.builds(Links, article=TEXT, mute=TEXT),
    headline=TEXT,
    labels=st.dictionaries(TEXT, TEXT, max_size=2),
)


@given(ALERTS)
def test_alert_survives_its_text_form(one: Alert) -> None:
    assert alert_from_json(alert_to_json(one)) == one


def test_field_of_a_later_version_is_ignored() -> None:
    text = alert_to_json(alert()).replace('"reason":', '"from_the_future":[1],"reason":')

    assert alert_from_json(text) == alert()


@given(TIMES, TIMES)
def test_times_compare_as_their_texts_do(first: datetime, second: datetime) -> None:
    assert time_from_text(time_to_text(first)) == first
    assert (time_to_text(first) < time_to_text(second)) == (first < second)


def test_time_of_another_zone_is_stored_in_utc() -> None:
    berlin = datetime(2026, 11, 24, 8, 40, tzinfo=timezone(timedelta(hours=1)))

    assert time_to_text(berlin) == "2026-11-24T07:40:00.000000Z"


@given(st.lists(ALERTS, max_size=8))
def test_digest_is_a_partition_most_severe_first(alerts: list[Alert]) -> None:
    sections = group(alerts)

    ids = [one.alert_id for section in sections for one in section.alerts]
    assert sorted(ids) == sorted({one.alert_id for one in alerts})
    order = list(Severity)
    worst = [max(order.index(one.severity) for one in section.alerts) for section in sections]
    assert worst == sorted(worst, reverse=True)
    for section in sections:
        ranks = [order.index(one.severity) for one in section.alerts]
        assert ranks == sorted(ranks, reverse=True)


def test_money_stays_exact() -> None:
    one = alert(
        facts=(
            Fact(
                event="x",
                status="x",
                direction="x",
                actors=(),
                amounts=(Quantity(value=Decimal("0.1"), unit="USD"),),
            ),
        )
    )

    assert alert_from_json(alert_to_json(one)).facts[0].amounts[0].value == Decimal("0.1")


def test_locked_database_is_waited_for_and_loses_nothing(open_db: Callable[[], Database]) -> None:
    """A writer of another process holds the lock while the sender claims and settles."""
    put(open_db, [alert()], [channel()])
    other = open_db()
    other.conn.execute("BEGIN IMMEDIATE")
    released = threading.Timer(0.3, lambda: None)
    released.start()
    found: list[object] = []

    def work() -> None:
        found.append(outbox.claim(open_db(), "mail", NOW, owner="me", lease=LEASE))

    worker = threading.Thread(target=work)
    worker.start()
    released.join()
    other.conn.execute("COMMIT")
    worker.join()

    assert found
    assert found[0] is not None
