"""The values that cross the alerts' border: Alert in, Delivery and Attempt out. Frozen, free of any database.

An Alert states facts, not text: titles and sentences are composed by the layouts in the reader's language.
Times are aware UTC, money and quantities Decimal.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Severity(StrEnum):
    """Level of an alert, least first; the same words as the levels of detection."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class AlertKind(StrEnum):
    """Why there is an alert at all."""

    NEW_STORY = "new-story"
    DEVELOPMENT = "development"  # a new fact: which one is in `reason` and `new_facts`
    CORROBORATION = "corroboration"  # a second independent publisher
    CORRECTION = "correction"
    NOTICE = "notice"  # to the operator: a source went blind, a channel broke
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A thing with an id and its names. `names` maps a language to a name; "" holds the default name."""

    id: str
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: str) -> str:
        """Name in `language` (BCP 47, falling back to its primary subtag, the default name, the id)."""
        primary = language.split("-")[0]
        return self.names.get(language) or self.names.get(primary) or self.names.get("") or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country ("MY"), a hub inside one ("MY:Johor") or a bloc ("bloc:GCC"). Countries are named by CLDR.

    `regions` are ids of the hubs that it lies in: "DE:Hesse" for "DE:Frankfurt".
    """

    id: str
    country: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount as reported. `unit` is an ISO 4217 code, or MW, ACCEL, REGION, AZ, DC, RACK, SQM ...

    `op` is one of = >= <= ~ ; `value_max` is set for ranges.
    """

    value: Decimal
    unit: str
    value_max: Decimal | None = None
    op: str = "="
    usd: Decimal | None = None
    text: str = ""


_QUANTITY = re.compile(r"(>=|<=|~)?(\d{1,40}(?:\.\d{1,10})?)(?:\.\.(\d{1,40}(?:\.\d{1,10})?))? ([A-Z]{2,8})")


def quantity_text(amount: Quantity) -> str:
    """The amount as a change names it: ">=1900000000 EUR", "10..20 MW"."""
    op = "" if amount.op == "=" else amount.op
    top = "" if amount.value_max is None else f"..{amount.value_max.normalize():f}"
    return f"{op}{amount.value.normalize():f}{top} {amount.unit}"


def quantity_of(text: str) -> Quantity | None:
    """The amount that `quantity_text` wrote; None for any other text."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    return Quantity(
        op=match[1] or "=",
        value=Decimal(match[2]),
        value_max=Decimal(match[3]) if match[3] else None,
        unit=match[4],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One finding as a reader needs it. `event`, `status`, `direction` and `object` are the ids of detection."""

    event: str
    status: str
    direction: str
    actors: tuple[Label, ...]
    object: str | None = None
    places: tuple[Place, ...] = ()
    excluded_places: tuple[Place, ...] = ()
    amounts: tuple[Quantity, ...] = ()
    when: str | None = None  # ISO interval as in detection: 2027, <=2027, 2026-Q3
    overseas: bool = False
    score: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The sentence that says so, in its own language. `marks` are (start, end) of the matched words in `text`."""

    text: str
    language: str
    url: str
    outlet: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One article of the story: who published it and when."""

    outlet: str
    family: str
    url: str
    title: str
    language: str
    published: datetime | None
    first_seen: datetime
    tier: str = "tech"
    independent: bool = True  # False: syndicated copy, sister title, press release


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a reader can go from the alert; empty where there is no review page."""

    article: str = ""
    log: str = ""
    useful: str = ""
    wrong: str = ""
    mute: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A sentence of the catalogues (`notices.KEY`) and what fills it in, in this order.

    `count` chooses the plural form; `values` are shown as they are, `times` in the reader's zone, `words` are keys of
    the catalogues themselves ("outcomes.timed-out").
    """

    key: str
    count: int | None = None
    values: tuple[str, ...] = ()
    times: tuple[datetime, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a notice or a test says: a title and lines, put into the reader's language by the layouts."""

    title: Saying
    lines: tuple[Saying, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What one watch has to tell about one story.

    `alert_id` is deterministic (story, kind, sequence, watch), so that a receiver can drop a repeat. `reason` is
    the named reason of triage; `changes` name what is new as `kind|before|after` with ids ("status|announced|live",
    "place||MY:Johor", "place|DE:Hesse|DE:Frankfurt", "amount||400000000 CNY", "second-publisher||Caixin"), put
    into words by the layouts; other text is shown as it is. `facts` lead with the most important one. `thread_id` is
    the same for all alerts of a story.
    """

    alert_id: str
    thread_id: str
    kind: AlertKind
    reason: str
    severity: Severity
    watch: str
    created_at: datetime
    facts: tuple[Fact, ...] = ()
    changes: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    reports: tuple[Report, ...] = ()  # first publisher first
    published: datetime | None = (
        None  # the first report of a new story; of what follows, the report that brings it
    )
    links: Links = Links()
    follows: str = (
        ""  # alert_id of the story's first alert on the channel; "" for that one itself, and in the log
    )
    follows_at: datetime | None = None
    headline: str = ""  # original headline of the leading article
    notice: Notice | None = None  # what a notice says in place of facts
    labels: Mapping[str, str] = field(default_factory=dict)  # what silences and routes match on


def short_id_of(alert_id: str) -> str:
    """The eight visible characters of an alert's id."""
    return "A" + hashlib.sha256(alert_id.encode()).hexdigest()[:7].upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Times at which a channel gets what has gathered: local times in `timezone` on `weekdays` (0 = Monday)."""

    times: tuple[str, ...]  # "07:30"
    weekdays: frozenset[int] = frozenset(range(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local times between which only alerts of at least `except_severity` go out; None: nothing. May cross midnight."""

    start: str
    end: str
    except_severity: Severity | None = Severity.HIGH


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What a watch asks for its alerts on every channel, in the channel's time zone and beside its own rhythm.

    `digest` takes the place of the channel's; `quiet` holds as the channel's own quiet hours do; above `per_day`
    single alerts in 24 hours (0: no limit) the rest comes in one message. `every_article`: each article is told,
    also where the channel has its story from another watch.
    """

    digest: Digest | None = None
    quiet: QuietHours | None = None
    per_day: int = 0
    every_article: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One place to deliver to: one Apprise URL, one layout, one language, one schedule.

    `url` is secret: it is never logged, stored or shown. `console:` writes to standard output.
    """

    name: str
    url: str = field(repr=False)
    layout: str = "text"  # a folder of alerts/layouts
    language: str = "en"
    timezone: str = "UTC"
    digest: Digest | None = None  # None: at once
    weekly: Digest | None = None  # summary of the last seven days, beside what the channel gets anyway
    quiet: QuietHours | None = None
    min_severity: Severity = Severity.LOW
    per_hour: int = 30  # above this, one message carries the rest
    send_empty_digest: bool = False
    fallback: str | None = None  # channel that is told when this one is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message. `media_type` such as image/svg+xml."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered alert or digest, ready to send. `html` only where the layout made safe HTML itself."""

    message_id: str  # deterministic: Message-ID of a mail, id of a webhook
    title: str
    text: str
    html: str | None = None
    data: Mapping[str, object] | None = None  # webhook JSON
    references: str | None = None  # message_id that stands for the thread
    thread: str = ""  # the service's own name of the message that began the thread, where it gives one
    attachments: tuple[Attachment, ...] = ()  # mail only
    headers: Mapping[str, str] = field(default_factory=dict)  # X-Alert-Id, Idempotency-Key, List-Unsubscribe
    severity: Severity = Severity.INFORMATIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was watched since the last digest, so that "quiet" and "broken" look different.

    `held_back` maps a named reason to the number of alerts that were not sent because of it.
    """

    sources: int
    checked: int
    silent: tuple[str, ...] = ()  # names of sources silent beyond their own rhythm
    teaser_only: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    held_back: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition of a silence: label, `=` or `!=`, and a pattern with `*` and comma-separated choices."""

    label: str
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Alerts whose labels meet every matcher are not delivered from `starts_at` until `ends_at`."""

    silence_id: int
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    comment: str = ""


class DeliveryState(StrEnum):
    """State of one row of the outbox."""

    HELD = "held"  # waits for a digest, quiet hours or a release
    PENDING = "pending"  # due at not_before
    SENDING = "sending"  # claimed, under a lease
    SENT = "sent"
    DEAD = "dead"  # given up; shown, can be retried by hand
    CANCELLED = "cancelled"  # silenced or withdrawn


class SendResult(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # certainly not delivered; try again later
    RATE_LIMITED = "rate-limited"  # certainly not delivered; wait as told
    REJECTED = "rejected"  # permanent for this message
    CHANNEL_BROKEN = (
        "channel-broken"  # permanent for this channel until repaired: wrong password, gone webhook
    )
    UNKNOWN = "unknown"  # no answer: it may have arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send, as recorded."""

    delivery_id: int
    number: int
    started_at: datetime
    finished_at: datetime | None = None
    result: SendResult | None = None
    detail: str = ""  # never holds the channel's URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox: one alert for one channel. `uncertain` is sticky."""

    delivery_id: int
    alert_id: str
    channel: str
    state: DeliveryState
    tries: int
    uncertain: bool
    not_before: datetime
    created_at: datetime
    sent_at: datetime | None = None
    last_result: SendResult | None = None
    last_error: str = ""
    digest_key: str | None = None  # set when a digest carries it
    reason: str = ""  # named reason of the route: at-once, digest, quiet-hours, silenced ...
    severity: Severity = Severity.LOW
    thread_id: str = ""
