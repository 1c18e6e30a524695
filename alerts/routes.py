"""One alert and one channel in, a route with a named reason out: at once, later, in which digest, or not. Pure.

The order of the questions is the order of the reasons: withdrawn before held, held before sent. What is held is
never dropped: it comes in the next message that carries what has gathered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerts.matchers import matches
from alerts.model import Alert, AlertKind, Channel, Rhythm, Severity, Silence, short_id_of
from alerts.schedule import Slot, next_slot, quiet_until, rank

#: A big story holds back small ones about the same provider and country for this long.
INHIBIT_FOR = timedelta(hours=6)
INHIBIT_LABELS = ("provider", "country")
#: How far back a route looks: the limit of a watch is for so long.
DAY = timedelta(days=1)

_TO_THE_OPERATOR = frozenset({AlertKind.NOTICE, AlertKind.TEST})


class RouteReason(StrEnum):
    """Why an alert takes its way through a channel."""

    AT_ONCE = "at-once"
    DIGEST = "digest"
    QUIET_HOURS = "quiet-hours"
    RATE = "rate"
    WATCH_DIGEST = "watch-digest"
    WATCH_RATE = "watch-rate"
    INHIBITED = "inhibited"
    BELOW_SEVERITY = "below-severity"
    SILENCED = "silenced"
    STORY_MUTED = "story-muted"
    TOLD = "told"


#: Reasons that withdraw the delivery.
WITHDRAWN = frozenset(
    {RouteReason.BELOW_SEVERITY, RouteReason.SILENCED, RouteReason.STORY_MUTED, RouteReason.TOLD}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What happens to one alert on one channel. `bundle` is the key of the message that will carry it.

    `moves` are new routes of alerts (by id) that wait on the channel already and tell of the same article.
    """

    reason: RouteReason
    not_before: datetime
    bundle: str | None = None
    note: str = ""
    moves: Mapping[str, Route] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentAlert:
    """An alert that the channel got lately, at once or held, or earlier of the same story: what routes look at."""

    alert_id: str
    severity: Severity
    labels: Mapping[str, str]
    at: datetime
    reason: RouteReason
    not_before: datetime
    thread_id: str = ""
    bundle: str | None = None
    changes: frozenset[str] = frozenset()  # what it told as new; of the same story only


def labels_of(alert: Alert) -> dict[str, str]:
    """Labels that silences and inhibition see: from the leading fact, then the alert's own, which win."""
    labels = {
        "kind": alert.kind.value,
        "severity": alert.severity.value,
        "watch": alert.watch,
        "story": alert.thread_id,
    }
    if alert.facts:
        fact = alert.facts[0]
        labels |= {"event": fact.event, "status": fact.status, "direction": fact.direction}
        if fact.actors:
            labels["provider"] = fact.actors[0].id
        if fact.places:
            labels["place"] = fact.places[0].id
            labels["country"] = fact.places[0].country or fact.places[0].id.split(":")[0]
    return labels | dict(alert.labels)


def decide(
    alert: Alert,
    channel: Channel,
    now: datetime,
    *,
    silences: Sequence[Silence] = (),
    recent: Sequence[RecentAlert] = (),
    rhythm: Rhythm | None = None,
) -> Route:
    """The route of `alert` through `channel`. `recent` holds the channel's alerts of the last day and of the story.

    `rhythm` is what the alert's watch asks for.
    """
    route = _route(alert, channel, now, silences, recent, rhythm)
    if route.reason in WITHDRAWN:
        return route
    story = [other for other in recent if other.thread_id == alert.thread_id]
    for other in story:
        if _tells_the_same(alert, now, other) and not _is_of_own_digest(route, other):
            return _once(alert, route, other, now)
    others = (
        []
        if rhythm and rhythm.every_article
        else [
            other
            for other in story
            if other.labels.get("watch") != alert.watch
            and rank(other.severity) >= rank(alert.severity)
            and not _is_of_own_digest(route, other)
        ]
    )
    knows = _knows(alert, others)
    return _told(knows, now) if knows else route


def _tells_the_same(alert: Alert, now: datetime, other: RecentAlert) -> bool:
    """Whether another watch was told of the same article just now."""
    article = alert.labels.get("article")
    return bool(article) and other.at == now and other.labels.get("article") == article


def _is_of_own_digest(route: Route, other: RecentAlert) -> bool:
    """A digest of a watch of its own stays complete, whatever else the channel gets."""
    return RouteReason.WATCH_DIGEST in (route.reason, other.reason) and route.bundle != other.bundle


def _knows(alert: Alert, others: Sequence[RecentAlert]) -> RecentAlert | None:
    """The last of `others` (alerts of other watches about the same story) that left nothing new to tell; else None.

    So what the cooldown of one watch held back is not told again where another watch told it when it came. A story
    that another watch opened needs no second opening, nor the word that a second outlet has it.
    """
    told: frozenset[str] = frozenset().union(*(other.changes for other in others))
    added = set(alert.changes)
    if alert.kind is AlertKind.NEW_STORY:
        added = {change for change in added if not change.startswith("second-publisher|")}
        return others[0] if others and not added else _last_of(others, added, told)
    return _last_of(others, added, told) if added else None


def _last_of(
    others: Sequence[RecentAlert], added: AbstractSet[str], told: AbstractSet[str]
) -> RecentAlert | None:
    if not added <= told:
        return None
    return next((other for other in reversed(others) if other.changes & added), None)


def _once(alert: Alert, route: Route, other: RecentAlert, now: datetime) -> Route:
    """Of two alerts about one article a channel gets the more severe one, and that as soon as either would come."""
    sooner = route
    if other.not_before <= route.not_before:
        sooner = Route(reason=other.reason, not_before=other.not_before, bundle=other.bundle)
    if rank(other.severity) >= rank(alert.severity):
        moves = {other.alert_id: route} if sooner is route else {}
        return replace(_told(other, now), moves=moves)
    told = Route(reason=RouteReason.TOLD, not_before=now, note=_told_by(alert.alert_id, alert.watch))
    return replace(sooner, moves={other.alert_id: told})


def _told(other: RecentAlert, now: datetime) -> Route:
    note = _told_by(other.alert_id, other.labels.get("watch", ""))
    return Route(reason=RouteReason.TOLD, not_before=now, note=note)


def _told_by(alert_id: str, watch: str) -> str:
    return f"told by #{short_id_of(alert_id)} of watch {watch}"


def _route(
    alert: Alert,
    channel: Channel,
    now: datetime,
    silences: Sequence[Silence],
    recent: Sequence[RecentAlert],
    rhythm: Rhythm | None,
) -> Route:
    if alert.kind is AlertKind.TEST:
        return Route(reason=RouteReason.AT_ONCE, not_before=now)
    if alert.kind not in _TO_THE_OPERATOR:
        withdrawn = _withdrawn(alert, channel, now, silences)
        if withdrawn:
            return withdrawn
        if rhythm is not None and rhythm.digest is not None:
            return _to_digest(replace(channel, digest=rhythm.digest), now, watch=alert.watch)
        if channel.digest is not None:
            return _to_digest(channel, now)
    return _at_once(alert, channel, now, recent, rhythm or Rhythm())


def _withdrawn(alert: Alert, channel: Channel, now: datetime, silences: Sequence[Silence]) -> Route | None:
    if rank(alert.severity) < rank(channel.min_severity):
        return Route(
            reason=RouteReason.BELOW_SEVERITY,
            not_before=now,
            note=f"{alert.severity.value} is below the channel's {channel.min_severity.value}",
        )
    labels = labels_of(alert)
    for silence in silences:
        if silence.starts_at <= now < silence.ends_at and matches(silence.matchers, labels):
            story = [part.label for part in silence.matchers] == ["story"]
            reason = RouteReason.STORY_MUTED if story else RouteReason.SILENCED
            note = f"silence {silence.silence_id} until {silence.ends_at:%Y-%m-%d %H:%M} UTC"
            return Route(reason=reason, not_before=now, note=note)
    return None


def _to_digest(channel: Channel, now: datetime, *, watch: str = "") -> Route:
    slot = next_slot(channel, now)
    if slot is None:  # a digest without any weekday: nothing would ever be sent
        return Route(reason=RouteReason.AT_ONCE, not_before=now, note="the digest names no day")
    if watch:
        return Route(
            reason=RouteReason.WATCH_DIGEST, not_before=slot.due, bundle=watch_digest_key(slot, watch)
        )
    return Route(reason=RouteReason.DIGEST, not_before=slot.due, bundle=slot.key)


def watch_digest_key(slot: Slot, watch: str) -> str:
    """Name of the digest of one watch on a channel: `channel|watch NAME|2026-11-30|07:00`."""
    return slot.key.replace("|", f"|watch {watch}|", 1)


def _at_once(
    alert: Alert, channel: Channel, now: datetime, recent: Sequence[RecentAlert], rhythm: Rhythm
) -> Route:
    until = _quiet_end(alert, channel, now, rhythm)
    if until is not None:
        return Route(
            reason=RouteReason.QUIET_HOURS,
            not_before=until,
            bundle=f"{channel.name}|quiet|{until:%Y-%m-%dT%H:%MZ}",
        )
    if alert.kind in _TO_THE_OPERATOR:
        return Route(reason=RouteReason.AT_ONCE, not_before=now)
    return (
        _inhibited(alert, channel, now, recent)
        or _over_day(alert, channel, now, recent, rhythm.per_day)
        or _over_rate(channel, now, recent)
        or _now(now)
    )


def _quiet_end(alert: Alert, channel: Channel, now: datetime, rhythm: Rhythm) -> datetime | None:
    """When the quiet hours of channel and watch that hold `alert` are over; None outside of them."""
    ends = [
        quiet_until(quiet, channel.timezone, now)
        for quiet in (channel.quiet, rhythm.quiet)
        if quiet and (quiet.except_severity is None or rank(alert.severity) < rank(quiet.except_severity))
    ]
    return max((end for end in ends if end is not None), default=None)


def _now(now: datetime) -> Route:
    return Route(reason=RouteReason.AT_ONCE, not_before=now)


def _inhibited(alert: Alert, channel: Channel, now: datetime, recent: Sequence[RecentAlert]) -> Route | None:
    """A HIGH alert of the last six hours holds back small ones that share its provider and country."""
    labels = labels_of(alert)
    if not _is_small(alert) or any(name not in labels for name in INHIBIT_LABELS):
        return None
    for other in recent:
        big = other.severity is Severity.HIGH and now - other.at < INHIBIT_FOR
        same = all(other.labels.get(name) == labels[name] for name in INHIBIT_LABELS)
        if big and same and other.thread_id != alert.thread_id:
            until = other.at + INHIBIT_FOR
            return Route(
                reason=RouteReason.INHIBITED,
                not_before=until,
                bundle=f"{channel.name}|echoes|{other.alert_id}",
                note=f"held back by #{short_id_of(other.alert_id)}",
            )
    return None


def _is_small(alert: Alert) -> bool:
    """LOW, or MEDIUM and vague: a new story that names neither a town nor an amount."""
    if rank(alert.severity) <= rank(Severity.LOW):
        return True
    if alert.severity is not Severity.MEDIUM or alert.kind is not AlertKind.NEW_STORY:
        return False
    return not any(fact.amounts or any(":" in place.id for place in fact.places) for fact in alert.facts)


def _over_rate(channel: Channel, now: datetime, recent: Sequence[RecentAlert]) -> Route | None:
    """Above `per_hour` single alerts in sixty minutes, the rest gathers until the window moves on."""
    gathering = [other for other in recent if other.reason is RouteReason.RATE and other.not_before > now]
    if gathering:
        first = gathering[0]
        return Route(reason=RouteReason.RATE, not_before=first.not_before, bundle=first.bundle)
    hour = [
        other.at
        for other in recent
        if other.reason is RouteReason.AT_ONCE and now - other.at < timedelta(hours=1)
    ]
    if len(hour) < channel.per_hour:
        return None
    until = min(hour) + timedelta(hours=1)
    return Route(
        reason=RouteReason.RATE,
        not_before=until,
        bundle=f"{channel.name}|flood|{until:%Y-%m-%dT%H:%M:%SZ}",
        note=f"more than {channel.per_hour} an hour",
    )


def _over_day(
    alert: Alert, channel: Channel, now: datetime, recent: Sequence[RecentAlert], per_day: int
) -> Route | None:
    """Above `per_day` single alerts of the watch in 24 hours, the rest gathers until the window moves on."""
    if not per_day:
        return None
    own = [other for other in recent if other.labels.get("watch") == alert.watch]
    for other in own:
        if other.reason is RouteReason.WATCH_RATE and other.not_before > now:
            return Route(reason=RouteReason.WATCH_RATE, not_before=other.not_before, bundle=other.bundle)
    single = [other.at for other in own if other.reason is RouteReason.AT_ONCE and now - other.at < DAY]
    if len(single) < per_day:
        return None
    until = min(single) + DAY
    return Route(
        reason=RouteReason.WATCH_RATE,
        not_before=until,
        bundle=f"{channel.name}|flood {alert.watch}|{until:%Y-%m-%dT%H:%M:%SZ}",
        note=f"more than {per_day} a day of watch {alert.watch}",
    )
