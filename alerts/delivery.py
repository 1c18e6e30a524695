"""What is due in the outbox in, sent messages out: claim, render, send, record. The shell around the pure parts.

One worker for each channel, each with a database connection of its own; within a channel one message after the
other, in order. What a worker did when it is killed is found by the next run: a lease ends, the row is uncertain.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts import breaker, bundles, outbox
from alerts.charts import weekly_charts
from alerts.errors import UnknownLayoutError
from alerts.layouts import render, render_digest
from alerts.layouts.digest_view import WEEKLY
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    Coverage,
    Delivery,
    DeliveryState,
    Message,
    Notice,
    Saying,
    SendResult,
    Severity,
    short_id_of,
)
from alerts.outbox import Claimed
from alerts.retry import SendReport, Settlement, settlement
from alerts.rows import digest_named, first_unanswered, thread_receipt
from alerts.transport import Transport

if TYPE_CHECKING:
    from sqlite_utils import Database

logger = logging.getLogger(__name__)

#: Longer than any send may take; a dead worker's message waits this long before it is sent again.
LEASE = timedelta(minutes=3)
PACE = 10  # messages a minute and channel
_MOST_NAMED = 5  # alerts that the notice of a lost digest names


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One message that was tried in this run."""

    delivery_id: int
    channel: str
    result: SendResult
    state: DeliveryState
    alerts: int  # number of alerts it carries
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySummary:
    """What one run of `deliver_due` did."""

    attempts: tuple[Attempted, ...] = ()
    recovered: int = 0  # deliveries whose lease had ended
    broken: tuple[str, ...] = ()  # channels that are broken at the end of the run
    failed: Mapping[str, str] = field(default_factory=dict)  # channel to what went wrong in our own code

    def count(self, *results: SendResult) -> int:
        """Number of attempts that ended so."""
        return sum(attempt.result in results for attempt in self.attempts)


def process_owner() -> str:
    """Name of this process as an owner of leases: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What all workers of one run share."""

    open_db: Callable[[], Database]
    transport: Transport
    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    coverage: Callable[[], Coverage | None]
    chance: Callable[[], float]
    owner: str
    pace: int
    stopped: threading.Event
    observe: Callable[[str], None]  # called at named points: the crash tests stop the process there


def deliver_due(
    open_db: Callable[[], Database],
    transport: Transport,
    channels: Sequence[Channel],
    now: Callable[[], datetime],
    *,
    coverage: Callable[[], Coverage | None] = lambda: None,
    chance: Callable[[], float] = random.random,
    owner: str = "",
    pace: int = PACE,
    stopped: threading.Event | None = None,
    observe: Callable[[str], None] = lambda point: None,
) -> DeliverySummary:
    """Deliver everything that is due on `channels` and say what happened.

    `open_db` gives a new connection for the calling thread, which is closed here. `now` is the clock, `coverage`
    what a digest says of the sources, `chance` a random source in [0, 1) for the waits. After `stopped` is set no
    new message is begun. Errors of our own are logged, kept in the summary and leave other channels alone.
    """
    run = Run(
        open_db=open_db,
        transport=transport,
        channels={channel.name: channel for channel in channels},
        now=now,
        coverage=coverage,
        chance=chance,
        owner=owner or process_owner(),
        pace=pace,
        stopped=stopped or threading.Event(),
        observe=observe,
    )
    db = open_db()
    try:
        recovered, given_up = outbox.recover(db, now())
        for delivery in given_up:
            _give_up_interrupted(run, db, delivery)
    finally:
        db.close()
    with ThreadPoolExecutor(max_workers=min(8, max(1, len(channels))), thread_name_prefix="deliver") as pool:
        done = list(pool.map(lambda channel: _guarded(run, channel), channels))
    # A channel that broke in this run told another one; that notice goes out now, not at the next tick.
    told = {name for _, notified, _ in done for name in notified}
    done += [_guarded(run, run.channels[name]) for name in sorted(told & run.channels.keys())]
    return _summary(run, done, recovered)


def _give_up_interrupted(run: Run, db: Database, delivery: Delivery) -> None:
    """What our crashes interrupted too often is told, and brought, to the fallback channel."""
    why, channel = delivery.last_error, run.channels.get(delivery.channel)
    logger.error("delivery %d given up: %s channel=%s", delivery.delivery_id, why, delivery.channel)
    if channel is not None:
        is_digest = digest_named(db, delivery.alert_id, delivery.channel) is not None
        carry = outbox.alerts_in(db, delivery, is_digest=is_digest)
        _tell_given_up(run, channel, db, delivery.delivery_id, _because(SendResult.UNKNOWN, why), carry=carry)


_Done = tuple[list[Attempted], list[str], str]


def _summary(run: Run, done: Sequence[_Done], recovered: int) -> DeliverySummary:
    db = run.open_db()
    try:
        broken = tuple(name for name in run.channels if breaker.channel_state(db, name).broken_since)
    finally:
        db.close()
    failed = {error.partition(": ")[0]: error.partition(": ")[2] for _, _, error in done if error}
    attempts = tuple(attempt for attempted, _, _ in done for attempt in attempted)
    return DeliverySummary(attempts=attempts, recovered=recovered, broken=broken, failed=failed)


def _guarded(run: Run, channel: Channel) -> _Done:
    """One channel's work; an error in it is its own."""
    attempts: list[Attempted] = []
    notified: list[str] = []
    db = run.open_db()
    try:
        _work(run, channel, db, attempts, notified)
    except Exception as error:  # the loop over channels: one that fails must not stop the others
        logger.exception("delivery failed channel=%s", channel.name)
        return attempts, notified, f"{channel.name}: {type(error).__name__}"
    finally:
        db.close()
    return attempts, notified, ""


def _work(run: Run, channel: Channel, db: Database, attempts: list[Attempted], notified: list[str]) -> None:
    bundles.open_due(db, channel, run.now())
    run.observe("in_digest")
    while not run.stopped.is_set():
        state = breaker.channel_state(db, channel.name)
        if not breaker.may_send(state, run.now()):
            return
        probing = state.broken_since is not None
        if probing:
            # A probe is the oldest message, whatever wait it had collected while the channel was down.
            outbox.make_due(db, channel.name, run.now())
        claimed = outbox.claim(db, channel.name, run.now(), owner=run.owner, lease=LEASE, pace=run.pace)
        if claimed is None:
            return
        run.observe("after_claim")
        attempts.append(_one(run, channel, db, claimed, notified))


def _one(run: Run, channel: Channel, db: Database, claimed: Claimed, notified: list[str]) -> Attempted:
    """Render, send and record one claimed delivery."""
    message, report = _send(run, channel, db, claimed)
    run.observe("after_send")
    settled = _settlement(run, claimed, report)
    outbox.settle(db, claimed, settled, owner=run.owner, finished_at=run.now())
    run.observe("after_settle")
    _after(run, channel, db, claimed, settled, notified)
    logger.info(
        "delivery %s result=%s state=%s try=%d uncertain=%s channel=%s",
        claimed.delivery.delivery_id,
        report.result,
        settled.state,
        claimed.delivery.tries,
        claimed.delivery.uncertain,
        channel.name,
    )
    return Attempted(
        delivery_id=claimed.delivery.delivery_id,
        channel=channel.name,
        result=report.result,
        state=settled.state,
        alerts=len(claimed.alerts) if claimed.is_digest else 1,
        title=message.title if message else "",
    )


def _send(run: Run, channel: Channel, db: Database, claimed: Claimed) -> tuple[Message | None, SendReport]:
    try:
        message = _render(run, channel, db, claimed)
    except UnknownLayoutError as error:
        return None, SendReport(result=SendResult.CHANNEL_BROKEN, detail=str(error))
    except Exception as error:  # one alert that cannot be laid out must not stop those behind it
        logger.exception("rendering failed alert=%s channel=%s", claimed.delivery.alert_id, channel.name)
        return None, SendReport(
            result=SendResult.REJECTED, detail=f"cannot be rendered: {type(error).__name__}"
        )
    try:
        return message, run.transport.send(message, channel)
    except Exception as error:  # a transport that raises may have sent: the end is unknown
        logger.error("transport raised %s channel=%s", type(error).__name__, channel.name)
        return message, SendReport(
            result=SendResult.UNKNOWN, detail=f"transport raised {type(error).__name__}"
        )


def _render(run: Run, channel: Channel, db: Database, claimed: Claimed) -> Message:
    repeat = claimed.delivery.uncertain
    if not claimed.is_digest:
        # A repeat says what the first one said; any other message how old its news is now.
        at = first_unanswered(db, claimed.delivery) if repeat else None
        message = render(claimed.alerts[0], channel, at or run.now(), repeat=repeat)
        return replace(message, thread=thread_receipt(db, claimed.delivery))
    key = claimed.idem_key
    coverage = run.coverage()
    if coverage is not None:
        since = claimed.delivery.created_at - timedelta(days=1)
        held = dict(coverage.held_back) | dict(bundles.held_back(db, channel.name, since))
        coverage = Coverage(
            sources=coverage.sources,
            checked=coverage.checked,
            silent=coverage.silent,
            teaser_only=coverage.teaser_only,
            failing=coverage.failing,
            held_back=held,
        )
    weekly = WEEKLY in key and channel.layout == "mail"
    return render_digest(
        claimed.alerts,
        coverage,
        channel,
        claimed.delivery.created_at,
        key=key,
        caught_up=len(bundles.caught_up(db, key)),
        repeat=repeat,
        attachments=weekly_charts(claimed.alerts, channel.language) if weekly else (),
    )


def _settlement(run: Run, claimed: Claimed, report: SendReport) -> Settlement:
    return settlement(
        report,
        tries=claimed.delivery.tries,
        unanswered=claimed.unanswered,
        queued_at=claimed.queued_at,
        now=run.now(),
        chance=run.chance(),
    )


def _after(
    run: Run, channel: Channel, db: Database, claimed: Claimed, settled: Settlement, notified: list[str]
) -> None:
    """Tell the breaker; when the channel breaks or a message is given up, tell the fallback channel."""
    change = breaker.record(db, channel.name, settled.result, settled.detail, run.now())
    if change is breaker.BreakerChange.CLOSED:
        logger.warning("channel works again channel=%s", channel.name)
        bundles.bundle_waiting(db, channel.name, run.now())
    elif change is breaker.BreakerChange.OPENED:
        logger.error("channel is broken: %s channel=%s", settled.detail, channel.name)
        told = Notice(
            title=Saying(key="channel-broken", values=(channel.name,)),
            lines=(_because(settled.result, settled.detail), Saying(key="channel-waits")),
        )
        notified += _tell_fallback(run, channel, db, told, what="broken")
    if settled.state is DeliveryState.DEAD:
        delivery_id = claimed.delivery.delivery_id
        logger.error("delivery %d given up: %s channel=%s", delivery_id, settled.detail, channel.name)
        notified += _tell_given_up(
            run, channel, db, delivery_id, _because(settled.result, settled.detail), carry=claimed.alerts
        )


def _because(result: SendResult, detail: str) -> Saying:
    return Saying(key="because", values=(detail,), words=(f"results.{result.value}",))


def _named(alert: Alert) -> Saying:
    return Saying(key="named", values=(f"#{short_id_of(alert.alert_id)} {alert.headline}".rstrip(),))


def _tell_given_up(
    run: Run, channel: Channel, db: Database, delivery_id: int, why: Saying, *, carry: Sequence[Alert] = ()
) -> list[str]:
    told = Notice(
        title=Saying(key="given-up", values=(str(delivery_id), channel.name)),
        lines=(
            *(_named(alert) for alert in carry[:_MOST_NAMED]),
            why,
            Saying(key="see", values=("cspwatch alerts queue --state dead",)),
        ),
    )
    return _tell_fallback(run, channel, db, told, what=f"dead-{delivery_id}", carry=carry)


def _tell_fallback(
    run: Run, channel: Channel, db: Database, told: Notice, *, what: str, carry: Sequence[Alert] = ()
) -> list[str]:
    """Queue a notice, and the alerts that were given up, on the fallback channel; names of the channels told."""
    fallback = run.channels.get(channel.fallback or "")
    if fallback is None or fallback.name == channel.name:
        return []
    now = run.now()
    with outbox.writing(db):
        outbox.enqueue(db, notice(f"{channel.name}|{what}|{now:%Y-%m-%dT%H:%M}", told, now), [fallback], now)
        for alert in carry:
            outbox.enqueue(db, alert, [fallback], now)
    return [fallback.name]


def notice(key: str, told: Notice, now: datetime, *, severity: Severity = Severity.HIGH) -> Alert:
    """An alert to the operator. `key` makes it idempotent: the same key is told once on each channel."""
    return Alert(
        alert_id=f"notice|{key}",
        thread_id=f"notice|{key.partition('|')[0]}",
        kind=AlertKind.NOTICE,
        reason="notice",
        severity=severity,
        watch="",
        created_at=now,
        notice=told,
    )


def trial_alert(channel: Channel, now: datetime) -> Alert:
    """What `alerts test CHANNEL` sends: short, harmless, and different each second."""
    return Alert(
        alert_id=f"test|{channel.name}|{now:%Y-%m-%dT%H:%M:%S}",
        thread_id=f"test|{channel.name}",
        kind=AlertKind.TEST,
        reason="test",
        severity=Severity.INFORMATIONAL,
        watch="",
        created_at=now,
        notice=Notice(title=Saying(key="test", values=(channel.name,)), lines=(Saying(key="test-fine"),)),
    )


def send_test(transport: Transport, channel: Channel, now: datetime) -> SendReport:
    """Render and send a test message to `channel` now, past the outbox."""
    return transport.send(render(trial_alert(channel, now), channel, now), channel)
