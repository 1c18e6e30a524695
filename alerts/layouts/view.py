"""An alert and a language in, every sentence that a layout may show out. Pure; a layout only places them.

All text that comes from articles is cleaned here; escaping for HTML or mrkdwn is the layout's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.layouts.additions import additions
from alerts.layouts.notices import notice_lines, notice_title
from alerts.layouts.quotes import QuoteView, quote_view
from alerts.layouts.safe import clean, clip, no_mentions, one_line, web_link
from alerts.layouts.words import Words, words
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    Fact,
    Label,
    Place,
    Quantity,
    Severity,
    quantity_of,
    short_id_of,
)

_SEPARATOR = " · "
_LONG_LINE = 130
_STOPS = frozenset({"delayed", "cancelled", "denied"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """What a layout shows of one alert, in the reader's language."""

    alert: Alert
    short_id: str  # A1B2C3D4: visible, for `cspwatch why` and to recognise a repeat
    title: str
    kind: str
    severity: Severity
    severity_word: str
    changes: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]  # label and value, the leading fact
    more_facts: tuple[str, ...]
    quotes: tuple[QuoteView, ...]
    headline: str
    outlets: str
    reports: tuple[tuple[str, str, str], ...]  # outlet, title, link
    age: str
    links: tuple[tuple[str, str], ...]  # label, URL
    body: str  # of a notice
    preheader: str
    repeat: str  # the note that this may be a repeat; empty where it is not
    follows: str  # which alert it follows up on; empty for the first one


def alert_view(
    alert: Alert, channel: Channel, *, repeat: bool = False, at: datetime | None = None
) -> AlertView:
    """Compose `alert` for the reader of `channel`; ages count until `at`, or until the alert was made.

    UnknownLayoutError when the language has no catalogue.
    """
    said = words(channel.language)
    short_id = short_id_of(alert.alert_id)
    rows = tuple(_rows(alert, said))
    places = {place.id: place for fact in alert.facts for place in fact.places}
    actors = {actor.id: actor for fact in alert.facts for actor in fact.actors}
    changes = tuple(change_text(change, said, places, actors) for change in alert.changes)
    quotes = tuple(quote_view(quote) for quote in alert.quotes)
    return AlertView(
        alert=alert,
        short_id=short_id,
        title=title(alert, said),
        kind=said.text(f"kinds.{alert.kind.value}"),
        severity=alert.severity,
        severity_word=said.text(f"severities.{alert.severity.value}"),
        changes=changes,
        rows=rows,
        more_facts=tuple(further_lines(alert.facts[:6], said)),
        quotes=quotes,
        headline=no_mentions(one_line(alert.headline, 300)),
        outlets=outlets_line(alert, said),
        reports=tuple(
            (no_mentions(one_line(r.outlet, 80)), no_mentions(one_line(r.title)), web_link(r.url))
            for r in alert.reports[:8]
        ),
        age=age_text(alert, said, at),
        links=tuple(_links(alert, said)),
        body=_body(alert, channel, said),
        preheader=clip(_SEPARATOR.join([*changes, *(quote.text for quote in quotes[:1])]), 140),
        repeat=said.text("repeat", short_id) if repeat else "",
        follows=_follows(alert, channel, said),
    )


def _body(alert: Alert, channel: Channel, said: Words) -> str:
    lines = notice_lines(alert.notice, said, channel.timezone) if alert.notice else ()
    return no_mentions(clip(clean("\n".join(lines)), 6000))


def _follows(alert: Alert, channel: Channel, said: Words) -> str:
    if not alert.follows or alert.follows_at is None:
        return ""
    return said.text("follows", short_id_of(alert.follows), said.day(alert.follows_at, channel.timezone))


def title(alert: Alert, said: Words) -> str:
    """The headline, composed from facts: who · what · where · how much · how certain. One line, at most 200."""
    if not alert.facts:
        line = one_line(notice_title(alert.notice, said) if alert.notice else alert.headline)
        return no_mentions(line or said.text(f"kinds.{alert.kind.value}"))
    line = fact_line(alert.facts[0], said)
    if alert.kind in (AlertKind.NEW_STORY, AlertKind.NOTICE):
        return no_mentions(one_line(line))
    return no_mentions(one_line(said.text("titled", said.text(f"kinds.{alert.kind.value}"), line)))


def fact_line(fact: Fact, said: Words) -> str:
    """One fact in one line. In a long one only the first name, place and amount stand, so that its end is not cut."""
    for most in (3, 1):
        amounts = said.joined([amount_text(amount, said) for amount in fact.amounts[: min(most, 2)]])
        parts = [
            who(fact, said, most),
            event_text(fact, said),
            places_text(fact, said, most),
            amounts,
            said.text(f"statuses.{fact.status}"),
        ]
        line = _SEPARATOR.join(part for part in parts if part)
        if len(line) <= _LONG_LINE:
            break
    return no_mentions(one_line(line, 300))


def further_lines(facts: Sequence[Fact], said: Words) -> Iterator[str]:
    """What each fact after the first adds to those before it; nothing of what was said is said again."""
    for fact, news in additions(facts):
        same = {actor.id for actor in fact.actors} <= {actor.id for actor in facts[0].actors}
        amounts = said.joined([amount_text(amount, said) for amount in news.amounts[:2]])
        parts = ["" if same else who(fact, said), event_text(fact, said), places_text(news, said), amounts]
        if news.status:
            parts.append(said.text(f"statuses.{fact.status}"))
        yield no_mentions(one_line(_SEPARATOR.join(part for part in parts if part), 300))


def who(fact: Fact, said: Words, most: int = 3) -> str:
    """Names of the actors; more than `most` are counted."""
    names = list(dict.fromkeys(one_line(actor.name(said.language), 60) for actor in fact.actors))
    return said.joined(_counted(names, said, most))


def _counted(names: list[str], said: Words, most: int) -> list[str]:
    return names[:most] + ([said.text("more", str(len(names) - most))] if len(names) > most else [])


def event_text(fact: Fact, said: Words) -> str:
    """What happens; a pullback says so, unless its status does: a delayed region is none yet."""
    event = said.text(f"events.{fact.event}")
    if fact.direction != "contraction" or fact.status in _STOPS:
        return event
    own = said.messages["contractions"]
    assert isinstance(own, dict)
    return str(own[fact.event]) if fact.event in own else said.text("contraction", event)


def places_text(fact: Fact, said: Words, most: int = 3) -> str:
    """Where: towns with their country (which, as their region, then needs no mention), blocs, and what is left out."""
    told = {place.country for place in fact.places if place.country and place.id != place.country}
    told |= {region for place in fact.places for region in place.regions}
    named = [place for place in fact.places if place.id not in told]
    names = list(dict.fromkeys(place_text(place, said) for place in named))
    shown = _counted(names, said, most)
    if fact.excluded_places:
        left_out = said.joined([place_text(place, said) for place in fact.excluded_places[:most]])
        shown.append(said.text("outside", left_out))
    elif not names and fact.overseas:
        shown.append(said.text("overseas"))
    return said.joined(shown)


def place_text(place: Place, said: Words) -> str:
    """ "Malaysia", "Malaysia (Johor)" or the name of a bloc."""
    own = (
        place.names.get(said.language) or place.names.get(said.language.split("-")[0]) or place.names.get("")
    )
    country = place.country or (place.id if len(place.id) == 2 else "")
    name = said.country(country) if country else ""
    if not country or place.id == country:
        return one_line(own if own and not country else name or own or place.id.partition(":")[2], 60)
    return said.text("place_in", one_line(own or place.id.partition(":")[2], 60), name)


def amount_text(amount: Quantity, said: Words) -> str:
    """An amount as the reader writes it, with its operator or range."""
    if amount.value_max is not None:
        low, high = said.quantity(amount.value, amount.unit), said.quantity(amount.value_max, amount.unit)
        return said.text("range", low, high)
    return said.text(f"operators.{amount.op}", said.quantity(amount.value, amount.unit))


def change_text(
    change: str, said: Words, places: Mapping[str, Place], actors: Mapping[str, Label] | None = None
) -> str:
    """What is new, in words. A change is `kind|before|after` with ids or values; any other text is shown as is.

    `status|announced|live`, `place||MY:Johor`, `amount||>=1900000000 EUR`, `time|2026|2027-Q1` and
    `second-publisher||Caixin` are examples; `places` and `actors` give names to the ids that the alert's facts know.
    """
    kind, *values = change.split("|")
    kinds = said.messages["changes"]
    assert isinstance(kinds, dict)
    if kind not in kinds or len(values) > 2:
        return no_mentions(one_line(change, 160))
    before, after = (*values, "", "")[:2]
    statuses = said.messages["statuses"]
    if kind in ("status", "correction") and isinstance(statuses, dict):
        before, after = (said.text(f"statuses.{v}") if v in statuses else v for v in (before, after))
    if kind in ("amount", "correction"):
        amount = quantity_of(after)
        if kind == "amount" and amount and amount.unit not in said.locale.currencies:
            kind = "size"
        before, after = (_amount_words(value, said) for value in (before, after))
    elif kind == "time":
        before, after = said.interval(before), said.interval(after)
    elif kind == "place":
        kind = "place_inside" if before else kind
        after = place_text(places.get(after) or _unnamed_place(after), said)
    elif kind == "partner" and actors and after in actors:
        after = actors[after].name(said.language)
    return no_mentions(one_line(said.text(f"changes.{kind}", before, after), 160))


def _amount_words(value: str, said: Words) -> str:
    """An amount of a change as the reader writes it; any other value is shown as it is."""
    amount = quantity_of(value)
    return amount_text(amount, said) if amount else value


def _unnamed_place(place_id: str) -> Place:
    country = place_id.partition(":")[0]
    return Place(id=place_id, country=country if len(country) == 2 else None)


def outlets_line(alert: Alert, said: Words) -> str:
    """How many outlets, how many of them independent, who was first."""
    if not alert.reports:
        return ""
    outlets = {report.outlet for report in alert.reports}
    families = {report.family for report in alert.reports if report.independent}
    first = one_line(alert.reports[0].outlet, 80)
    parts = [said.plural("outlets", len(outlets))]
    if len(outlets) > 1:
        parts.append(said.text("independent", str(len(families))))
    parts.append(said.text("first", first))
    return no_mentions(said.clauses(parts))


def age_text(alert: Alert, said: Words, at: datetime | None = None) -> str:
    """Age of the news at `at`, else when the alert was made; empty when unknown."""
    if alert.published is None or alert.published > alert.created_at + timedelta(hours=26):
        return ""
    return said.age((at or alert.created_at) - alert.published)


def _rows(alert: Alert, said: Words) -> Iterator[tuple[str, str]]:
    if alert.facts:
        fact = alert.facts[0]
        values = {
            "who": who(fact, said),
            "what": event_text(fact, said),
            "where": places_text(fact, said),
            "how_much": said.joined([amount_text(amount, said) for amount in fact.amounts[:6]]),
            "when": one_line(said.interval(fact.when or ""), 40),
            "status": said.text(f"statuses.{fact.status}"),
        }
        for key, value in values.items():
            if value:
                yield said.text(f"labels.{key}"), no_mentions(one_line(value, 600))
    outlets, age = outlets_line(alert, said), age_text(alert, said)
    if outlets:
        yield said.text("labels.reports"), outlets
    if age:
        yield said.text("labels.age"), age


def _links(alert: Alert, said: Words) -> Iterator[tuple[str, str]]:
    for key in ("article", "log", "useful", "wrong", "mute"):
        url = web_link(getattr(alert.links, key))
        if url:
            yield said.text(f"links.{key}"), url
