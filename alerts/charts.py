"""Alerts of a week in, small charts as attachments out: number of alerts by provider and by country. Pure.

Leather draws the SVG; without that package the summary comes without charts, and the log says so.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from alerts.layouts.safe import one_line
from alerts.layouts.words import Words, words
from alerts.model import Alert, Attachment

logger = logging.getLogger(__name__)

_BARS = 8
_WIDTH = 640
_COLOR = "#2f6f9f"
_FONT = "-apple-system, Segoe UI, Roboto, Noto Sans, Noto Sans CJK SC, sans-serif"

Bars = tuple[tuple[int, str], ...]


def weekly_charts(alerts: Sequence[Alert], language: str) -> tuple[Attachment, ...]:
    """One chart by provider and one by country, in the reader's language; none without anything to draw."""
    said = words(language)
    drawn = (
        ("providers.svg", said.text("charts.providers"), by_provider(alerts, said)),
        ("countries.svg", said.text("charts.countries"), by_country(alerts, said)),
    )
    charts = [(name, _draw(title, bars)) for name, title, bars in drawn if bars]
    return tuple(
        Attachment(name=name, media_type="image/svg+xml", content=svg.encode()) for name, svg in charts if svg
    )


def by_provider(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of alerts, provider), most first: each alert counts once, for the first actor of its leading fact."""
    counted = Counter(
        one_line(alert.facts[0].actors[0].name(said.language), 30)
        for alert in alerts
        if alert.facts and alert.facts[0].actors
    )
    return _most(counted)


def by_country(alerts: Sequence[Alert], said: Words) -> Bars:
    """(number of alerts, country), most first: an alert counts once for each country of its leading fact."""
    counted: Counter[str] = Counter()
    for alert in alerts:
        for country in (
            {place.country for place in alert.facts[0].places if place.country} if alert.facts else ()
        ):
            counted[one_line(said.country(country), 30)] += 1
    return _most(counted)


def _most(counted: Counter[str]) -> Bars:
    ranked = sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple((count, name) for name, count in ranked[:_BARS])


def _draw(title: str, bars: Bars) -> str:
    try:
        import leather  # type: ignore[import-not-found, import-untyped, unused-ignore]  # for weekly mails only
    except ImportError:
        logger.warning("the weekly summary has no chart: install the package leather")
        return ""
    most = max(count for count, _ in bars)
    step = -(-most // 8)
    chart = leather.Chart(title)
    chart.add_bars(bars, fill_color=_COLOR)
    chart.add_x_scale(0, step * (-(-most // step)))
    chart.add_x_axis(ticks=list(range(0, most + step, step)))
    svg = str(chart.to_svg(width=_WIDTH, height=110 + 34 * len(bars)))
    return svg.replace("Monaco", _FONT)
