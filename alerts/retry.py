"""How a send ended in, what follows out: the state of the delivery and when it is tried again. Pure.

The waits and limits are those of the delivery design: 30 s, 2 min, 8 min, 30 min, 2 h, then every 6 h, up to 72 h;
a service that limits the rate is left alone for as long as it says, at least a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.model import DeliveryState, SendResult

WAITS = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=8),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
GIVE_UP_AFTER = timedelta(hours=72)
RATE_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
#: A message without an answer is sent again this often; every resend may be a repeat and says so.
UNANSWERED_RESENDS = 2
#: Share by which a wait is spread around its length, so that channels of one host do not come back together.
JITTER = 0.1
#: A delivery that a crash of ours interrupted is sent again at once, so often.
AT_ONCE_AFTER_CRASHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """How one attempt ended, as the transport knows it. `detail` holds no secret.

    `receipt` is the service's own name of the message that it took, where it gives one.
    """

    result: SendResult
    detail: str = ""
    retry_after: timedelta | None = None
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the outbox records of an attempt and what state follows."""

    result: SendResult
    state: DeliveryState
    not_before: datetime
    detail: str = ""
    receipt: str = ""


def settlement(
    report: SendReport,
    *,
    tries: int,
    unanswered: int,
    queued_at: datetime,
    now: datetime,
    chance: float,
) -> Settlement:
    """What follows from `report`.

    `tries` counts this attempt, `unanswered` the earlier ones without an answer, `queued_at` is when the delivery
    became due, `chance` is a random number in [0, 1).
    """
    state, detail, wait = DeliveryState.PENDING, report.detail, timedelta(0)
    if report.result is SendResult.ACCEPTED:
        state = DeliveryState.SENT
    elif report.result is SendResult.REJECTED:
        state = DeliveryState.DEAD
    elif report.result is SendResult.UNKNOWN and unanswered >= UNANSWERED_RESENDS:
        state = DeliveryState.DEAD
        detail = f"{report.detail}; sent {unanswered + 1} times without an answer: check by hand"
    elif now - queued_at >= GIVE_UP_AFTER:
        state = DeliveryState.DEAD
        detail = f"{report.detail}; given up after {GIVE_UP_AFTER.total_seconds() / 3600:.0f} hours"
    else:
        wait = next_wait(report, tries=tries, chance=chance)
    return Settlement(
        result=report.result,
        state=state,
        not_before=now + wait,
        detail=detail,
        receipt=report.receipt,
    )


def next_wait(report: SendReport, *, tries: int, chance: float) -> timedelta:
    """How long to wait after failed attempt number `tries`."""
    if report.result is SendResult.RATE_LIMITED:
        return min(max(RATE_WAIT, report.retry_after or RATE_WAIT), LONGEST_WAIT)
    wait = WAITS[min(tries, len(WAITS)) - 1]
    wait *= 1 + JITTER * (2 * chance - 1)
    return min(max(wait, report.retry_after or wait), LONGEST_WAIT)


def interrupted_wait(tries: int) -> timedelta:
    """How long a delivery waits whose attempt number `tries` ended with our own process."""
    return (
        timedelta(0)
        if tries <= AT_ONCE_AFTER_CRASHES
        else WAITS[min(tries - AT_ONCE_AFTER_CRASHES, len(WAITS)) - 1]
    )


def is_given_up(tries: int, age: timedelta) -> bool:
    """Whether a delivery that our crashes interrupt is given up. A jump of the clock alone gives up nothing."""
    return age >= GIVE_UP_AFTER and tries > AT_ONCE_AFTER_CRASHES + len(WAITS)
