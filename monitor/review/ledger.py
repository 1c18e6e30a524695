"""The Ledger: every fact of the log as a table with filters, totals, a map and a timeline; as CSV and JSON too."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from datasette import Response

from alerts.layouts.view import place_text
from alerts.layouts.words import Words
from alerts.model import Label, Place
from monitor.alerting import Names
from monitor.database import Value
from monitor.exporting import unpacked, write_csv
from monitor.ledgertotals import Division, Totals
from monitor.model import Direction, EventType, Status
from monitor.review import ledgerqueries
from monitor.review.charts import MAP_SIZE, bubbles
from monitor.review.ledgerqueries import LedgerFilter
from monitor.review.pages import Visit, page, visit
from monitor.review.timeline import CHART_SIZE, PATTERNS, Bar, BarChart, bar_chart
from monitor.review.wording import plain_teller

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request
    from sqlite_utils import Database

    from monitor.wording import Tell

_ROWS = 50
#: Rows of one download; more are reached by narrowing the filter, or by `cspwatch export`.
_DOWNLOADED = 50_000
#: What the pages call a direction.
DIRECTIONS = {
    Direction.EXPANSION.value: "expansion",
    Direction.CONTRACTION.value: "pullback",
    Direction.NEUTRAL.value: "neither",
}
#: What the timeline can be divided by.
DIVISIONS = {
    Division.DIRECTION.value: "Direction",
    Division.EVENT.value: "Kind",
    Division.PROVIDER.value: "Provider",
    Division.PLACE.value: "Country",
}

#: The sums of money, each with what it is.
SUMS: tuple[tuple[Callable[[Totals], Decimal], str], ...] = (
    (lambda totals: totals.money_usd, "named, largest sum per story"),
    (lambda totals: totals.pullback_usd, "in pullbacks, counted apart"),
    (lambda totals: totals.stopped_usd, "canceled or denied, counted apart"),
)


async def ledger(request: Request, datasette: Datasette) -> Response:
    """The page: filters, totals, map, timeline, table."""
    seen = visit(request, datasette)
    await seen.site.prepare()
    wanted = wanted_of(seen)
    division = Division(seen.choice("by", DIVISIONS, Division.DIRECTION))
    start = int(seen.argument("from", "0")) if seen.argument("from", "0").isdecimal() else 0

    def question(db: Database) -> tuple[list[dict[str, Value]], dict[str, list[str]]]:
        return (
            ledgerqueries.ledger_rows(db, wanted, _ROWS + 1, min(start, 1_000_000)),
            ledgerqueries.ledger_choices(db),
        )

    (found, choices), totals = await asyncio.gather(
        seen.site.log.read(question), seen.site.totals.totals(seen.site.log, wanted, division)
    )
    namer = Namer(seen.said, seen.site.names)
    chart = bar_chart(totals.by_day)
    legend = _legend(chart, division, namer, plain_teller(seen.said.language))
    by = {"by": division.value} if division is not Division.DIRECTION else {}

    def link(**changed: str) -> str:
        return _query(wanted, **(by | changed))

    return await page(
        seen,
        "ledger.html",
        {
            "wanted": wanted,
            "rows": [namer.row(row) for row in found[:_ROWS]],
            "totals": totals,
            "money": _money(totals, seen.said),
            "chart": chart,
            "chart_size": CHART_SIZE,
            "legend": legend,
            "bars": [(bar, link(since=bar.first, until=bar.last), _told(bar, legend)) for bar in chart.bars],
            "patterns": {pattern: PATTERNS[pattern] for _, pattern, _, _ in legend},
            "division": division.value,
            "divisions": DIVISIONS,
            "map_size": MAP_SIZE,
            "bubbles": bubbles(totals.by_country),
            "namer": namer,
            "providers": sorted(((name, namer.provider(name)) for name in choices["provider"]), key=_by_name),
            "places": sorted(((name, namer.place(name)) for name in choices["place"]), key=_by_name),
            "events": [event.value for event in EventType],
            "statuses": [status.value for status in Status],
            "directions": DIRECTIONS,
            "query": _query(wanted),
            "link": link,
            "start": start,
            "next": start + _ROWS if len(found) > _ROWS else None,
        },
    )


def _legend(chart: BarChart, division: Division, namer: Namer, tell: Tell) -> list[tuple[str, str, str, int]]:
    """The series of the timeline: its value in the filter ("" for the others), pattern, name, and count."""
    name = {
        Division.DIRECTION: lambda way: tell(DIRECTIONS[str(way)]),
        Division.EVENT: namer.event,
        Division.PROVIDER: namer.provider,
        Division.PLACE: namer.place,
    }[division]
    legend = []
    for place, one in enumerate(chart.series, start=1):
        pattern = one.name if division is Division.DIRECTION else f"part-{place}" if one.name else "others"
        legend.append((one.name, pattern, name(one.name) if one.name else tell("others"), one.count))
    return legend


def _told(bar: Bar, legend: Sequence[tuple[str, str, str, int]]) -> str:
    """The parts of a bar in words. Made here: in the template it took 10 ms of a full chart."""
    return ", ".join(f"{legend[part.series][2]} {part.count}" for part in bar.segments)


def _money(totals: Totals, said: Words) -> list[tuple[str, str]]:
    """The sums that are not nothing, each with the sentence that says what it is."""
    return [(said.money(value, "USD"), meaning) for of, meaning in SUMS if (value := of(totals))]


async def ledger_csv(request: Request, datasette: Datasette) -> Response:
    """The filtered facts as CSV; cells that a spreadsheet would run get an apostrophe in front."""
    seen = visit(request, datasette)
    found = await seen.site.log.read(lambda db: ledgerqueries.ledger_rows(db, wanted_of(seen), _DOWNLOADED))
    text = io.StringIO()
    write_csv(found, text)
    return Response(
        text.getvalue(), headers=_attachment("ledger.csv"), content_type="text/csv; charset=utf-8"
    )


async def ledger_json(request: Request, datasette: Datasette) -> Response:
    """The filtered facts as a JSON list."""
    seen = visit(request, datasette)
    found = await seen.site.log.read(lambda db: ledgerqueries.ledger_rows(db, wanted_of(seen), _DOWNLOADED))
    text = json.dumps([unpacked(row) for row in found], ensure_ascii=False)
    return Response(text, headers=_attachment("ledger.json"), content_type="application/json; charset=utf-8")


def _attachment(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def wanted_of(seen: Visit) -> LedgerFilter:
    """The filter that the address names; what is no value of a closed set does not filter."""
    return LedgerFilter(
        text=seen.argument("q").strip(),
        provider=seen.argument("provider"),
        place=seen.argument("place"),
        event=seen.choice("event", {event.value: 1 for event in EventType}, ""),
        status=seen.choice("status", {status.value: 1 for status in Status}, ""),
        direction=seen.choice("direction", DIRECTIONS, ""),
        since=_iso_day(seen.argument("since")),
        until=_iso_day(seen.argument("until")),
        background=seen.argument("background") == "1",
    )


def _iso_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _parameters(wanted: LedgerFilter, **changed: str) -> dict[str, str]:
    values = {"q": wanted.text} | {
        field.name: getattr(wanted, field.name) for field in fields(wanted) if field.name != "text"
    }
    values["background"] = "1" if wanted.background else ""
    return {name: value for name, value in (values | changed).items() if value}


def _query(wanted: LedgerFilter, **changed: str) -> str:
    return urlencode(_parameters(wanted, **changed))


def _narrowest(places: list[object]) -> list[object]:
    """The places without the countries that a hub among them lies in."""
    inside = {str(place).partition(":")[0] for place in places if ":" in str(place)}
    return [place for place in places if place not in inside]


def _by_name(item: tuple[str, str]) -> str:
    return item[1].casefold()


class Namer:
    """Names of what ledger rows hold by id, in the reader's language."""

    def __init__(self, said: Words, names: Names) -> None:
        self._said = said
        self._names = names

    def provider(self, entity: object) -> str:
        """Name of a provider."""
        if not entity:
            return ""
        return Label(id=str(entity), names=self._names.provider_names(str(entity))).name(self._said.language)

    def place(self, place: object) -> str:
        """Name of a country, hub or bloc."""
        if not place:
            return ""
        head = str(place).partition(":")[0]
        country = head if len(head) == 2 else None
        known = Place(id=str(place), country=country, names=self._names.place_names(str(place)))
        return place_text(known, self._said)

    def event(self, event: object) -> str:
        """Name of a kind of event."""
        return self._said.text(f"events.{event}")

    def status(self, status: object) -> str:
        """Name of a status."""
        return self._said.text(f"statuses.{status}")

    def row(self, row: Mapping[str, Value]) -> dict[str, object]:
        """A row with names beside its ids."""
        read = unpacked(row)
        actors, places = read["actors"], read["places"]
        assert isinstance(actors, list)
        assert isinstance(places, list)
        return {
            **read,
            "who": ", ".join(dict.fromkeys(self.provider(actor) for actor in actors[:3])),
            "where": ", ".join(dict.fromkeys(self.place(place) for place in _narrowest(places)[:3])),
            "what": self.event(row["event"]),
            "how": self.status(row["status"]),
        }
