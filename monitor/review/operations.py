"""The pages of the machine: Sources and one source, Alerts with queue and silences, missed articles, the Atom feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from datasette import Response

from alerts.codec import alert_from_json
from alerts.layouts.atom import render_feed
from alerts.layouts.view import change_text, title
from alerts.matchers import matchers_text
from alerts.model import Alert, Delivery, DeliveryState, Silence
from alerts.queue import queue
from alerts.silences import all_silences
from crawler.outcomes import Outcome, failure_weight
from crawler.pollhistory import FAILING_SCORE
from monitor.coverage import COVERED, is_silent, trouble_of
from monitor.database import Value
from monitor.network import NOTED_EVENTS
from monitor.readinglog import ReadingTrouble, reading_troubles
from monitor.review import queries
from monitor.review.actions import SILENCE_SPANS
from monitor.review.charts import trail
from monitor.review.pages import Visit, not_found, page, visit
from monitor.runlog import list_events
from monitor.sourcelog import SourceRecord, get_source, list_sources
from monitor.verdicts import Opinion, Target, list_verdicts
from monitor.wording import said, several

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

SHOWS = {"trouble": "in trouble", "all": "all", "off": "switched off"}
_TRAIL = 24
_LISTED = 100
_FED = 100
_NOTICED_FOR = timedelta(days=7)


async def sources(request: Request, datasette: Datasette) -> Response:
    """Every source: health, rhythm, the last polls, trouble first."""
    seen = visit(request, datasette)
    shows = seen.choice("show", SHOWS, "all")
    wanted = seen.argument("name").strip().casefold()

    def question(
        db: Database,
    ) -> tuple[list[dict[str, object]], dict[str, int], dict[str, int], list[dict[str, Value]]]:
        records = list_sources(db)
        readings = reading_troubles(db)
        listed = [_source(record, seen.now, readings.get(record.source.source_id)) for record in records]
        chosen = sorted(
            (row for row in listed if _is_shown(row, shows, wanted)),
            key=lambda row: (not row["trouble"], row["name"]),
        )
        trails = queries.poll_trail(db, [str(row["id"]) for row in chosen[:_LISTED]], _TRAIL)
        for row in chosen[:_LISTED]:
            states = [_poll_state(poll) for poll in trails[str(row["id"])]]
            row["trail"] = trail(states)
            row["polls"] = len(states)
            row["answered"] = len(states) - states.count("trouble")
        counts = {name: sum(_is_shown(row, name, "") for row in listed) for name in SHOWS}
        events = list_events(db, kinds=NOTED_EVENTS, since=seen.now - _NOTICED_FOR, limit=20)
        return chosen, _coverage(db, records, seen.now), counts, events

    chosen, coverage, counts, events = await seen.site.log.read(question)
    return await page(
        seen,
        "sources.html",
        {
            "rows": chosen[:_LISTED],
            "found": len(chosen),
            "coverage": coverage,
            "shows": SHOWS,
            "show": shows,
            "counts": counts,
            "wanted": seen.argument("name"),
            "events": events,
        },
    )


def _coverage(db: Database, records: list[SourceRecord], now: datetime) -> dict[str, int]:
    """The coverage line of digests, counted."""
    on = [record for record in records if record.source.enabled]
    since = now - COVERED
    return {
        "sources": len(on),
        "checked": sum(record.last_polled_at is not None and record.last_polled_at >= since for record in on),
        "failing": sum(record.failure_score >= FAILING_SCORE for record in on),
        "silent": sum(is_silent(record, now) for record in on),
        "teaser_only": queries.teaser_only_sources(db, since),
    }


def _poll_state(poll: dict[str, Value]) -> str:
    """How a poll looks in the trail: ok (new articles), idle (answered, nothing new), trouble."""
    if poll["new_articles"]:
        return "ok"
    known = {outcome.value: outcome for outcome in Outcome}.get(str(poll["outcome"]))
    return "idle" if known is not None and failure_weight(known) == 0 else "trouble"


def _source(record: SourceRecord, now: datetime, reading: ReadingTrouble | None) -> dict[str, object]:
    source = record.source
    trouble = trouble_of(record, now, reading)
    return {
        "id": source.source_id,
        "name": source.name or source.source_id,
        "kind": source.kind.value,
        "language": source.language,
        "country": source.country,
        "tier": source.tier.value,
        "enabled": source.enabled,
        "remark": source.remark,
        "trouble": several(trouble, "; ") if source.enabled and trouble else None,
        "failing": record.failure_score >= FAILING_SCORE,
        "silent": is_silent(record, now),
        "outcome": record.last_outcome or said("not polled yet"),
        "polled": record.last_polled_at,
        "new": record.last_new_at,
        "due": record.next_due,
        "reason": record.poll_reason,
        "trail": {},
    }


def _is_shown(row: dict[str, object], shows: str, wanted: str) -> bool:
    if wanted and wanted not in f"{row['name']} {row['id']}".casefold():
        return False
    if shows == "off":
        return not row["enabled"]
    return bool(row["enabled"]) and (shows == "all" or bool(row["trouble"]))


async def source(request: Request, datasette: Datasette) -> Response:
    """One source: what it is, its last polls, requests and articles."""
    seen = visit(request, datasette)
    source_id = str(request.url_vars["source_id"])

    def question(db: Database) -> dict[str, object] | None:
        record = get_source(db, source_id)
        if record is None:
            return None
        return {
            "row": _source(record, seen.now, reading_troubles(db).get(source_id)),
            "record": record,
            "polls": queries.poll_trail(db, [source_id], 50)[source_id][::-1],
            "fetches": queries.recent_fetches(db, source_id, 50),
            "articles": queries.articles_of_source(db, source_id, 30),
        }

    answer = await seen.site.log.read(question)
    if answer is None:
        return await not_found(
            seen, said("source {0}", source_id), said("Sources lists them all; imported articles have none")
        )
    return await page(seen, "source.html", answer)


async def alerts(request: Request, datasette: Datasette) -> Response:
    """What was told, what waits, what failed, and what is silenced."""
    seen = visit(request, datasette)

    def question(db: Database) -> dict[str, object]:
        told = [alert_from_json(text) for text in queries.alert_payloads(db, 50)]
        return {
            "told": [_told(alert, seen) for alert in told],
            "verdicts": queries.standing_verdicts(db, Target.ALERT.value, [alert.alert_id for alert in told]),
            "deliveries": [(one, _moves(one)) for one in queue(db, limit=_LISTED)],
            "counts": _by_channel(queries.queue_counts(db)),
            "channels": queries.channel_states(db),
            "silences": [_silence(one, seen.now) for one in all_silences(db)[:50]],
        }

    answer = await seen.site.log.read(question)
    return await page(seen, "alerts.html", {**answer, "spans": SILENCE_SPANS})


def _moves(one: Delivery) -> tuple[str, ...]:
    """What a person can do with a delivery; the log refuses what came too late."""
    return {
        DeliveryState.DEAD: ("retry", "cancel"),
        DeliveryState.PENDING: ("retry", "cancel"),
        DeliveryState.HELD: ("release", "cancel"),
    }.get(one.state, ())


def _told(alert: Alert, seen: Visit) -> dict[str, object]:
    places = {place.id: place for fact in alert.facts for place in fact.places}
    return {
        "alert": alert,
        "title": title(alert, seen.said),
        "changes": [change_text(change, seen.said, places) for change in alert.changes],
    }


def _by_channel(counts: list[dict[str, Value]]) -> dict[str, dict[str, Value]]:
    channels: dict[str, dict[str, Value]] = {}
    for row in counts:
        channels.setdefault(str(row["channel"]), {})[str(row["state"])] = row["n"]
    return channels


def _silence(silence: Silence, now: datetime) -> dict[str, object]:
    return {
        "id": silence.silence_id,
        "matchers": matchers_text(silence.matchers),
        "starts": silence.starts_at,
        "ends": silence.ends_at,
        "comment": silence.comment,
        "active": silence.starts_at <= now < silence.ends_at,
    }


async def missed_page(request: Request, datasette: Datasette) -> Response:
    """The form for an address that should have alerted, and those that were reported."""
    seen = visit(request, datasette)
    found = await seen.site.log.read(lambda db: list_verdicts(db, limit=1000))
    reported = [one for one in found if one.opinion is Opinion.MISSED and one.undone_at is None]
    return await page(seen, "missed.html", {"reported": reported[:50]})


async def feed(request: Request, datasette: Datasette) -> Response:
    """The newest alerts as an Atom feed."""
    seen = visit(request, datasette)
    payloads = await seen.site.log.read(lambda db: queries.alert_payloads(db, _FED))
    base = seen.site.config.review.public_url.rstrip("/") or f"{request.scheme}://{request.host}"
    text = render_feed(
        [alert_from_json(payload) for payload in payloads],
        feed_url=f"{base}/feed.atom",
        page_url=f"{base}/",
        language=seen.said.language,
    )
    return Response(text, content_type="application/atom+xml; charset=utf-8")
