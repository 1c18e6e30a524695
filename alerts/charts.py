"""Alerts of a week in, small charts as attachments out: number of events by provider and by country. Pure.

Leather draws the SVG; without that package the summary comes without charts, and the log says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from alerts.layouts.tallies import Bars, by_country, by_provider
from alerts.layouts.words import words
from alerts.model import Alert, Attachment

logger = logging.getLogger(__name__)

_WIDTH = 640
_COLOR = "#2f6f9f"
_FONT = "-apple-system, Segoe UI, Roboto, Noto Sans, Noto Sans CJK SC, sans-serif"


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
