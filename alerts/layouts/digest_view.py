"""Alerts, coverage and a channel in; every sentence of a digest in the reader's language out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.digest import Section, group
from alerts.layouts.safe import no_mentions, one_line
from alerts.layouts.tallies import by_country, by_provider
from alerts.layouts.view import AlertView, alert_view, fact_line, place_text
from alerts.layouts.words import Words, words
from alerts.model import Alert, Channel, Coverage, short_id_of

_NAMES_SHOWN = 8
#: Part of the key of a weekly summary.
WEEKLY = "|weekly|"


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """One provider in one place: a heading and its alerts."""

    heading: str
    alerts: tuple[AlertView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsView:
    """A small chart: (name, count, share of the longest bar in percent), most first."""

    title: str
    rows: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """What a layout shows of a digest."""

    key: str
    short_id: str
    title: str
    day: str
    notes: tuple[str, ...]  # caught up, outage, possible repeat
    sections: tuple[SectionView, ...]
    coverage: tuple[str, ...]  # the coverage line and what it names
    coverage_data: Coverage | None
    language: str
    is_weekly: bool = False  # tells of alerts once more: in short
    bars: tuple[BarsView, ...] = ()

    @property
    def alerts(self) -> tuple[AlertView, ...]:
        return tuple(view for section in self.sections for view in section.alerts)


def digest_view(
    alerts: Sequence[Alert],
    coverage: Coverage | None,
    channel: Channel,
    now: datetime,
    *,
    key: str,
    caught_up: int,
    repeat: bool,
) -> DigestView:
    """Compose a digest. `caught_up` is the number of missed digests that this one stands for."""
    said = words(channel.language)
    sections = tuple(_section(section, channel, said, now) for section in group(alerts))
    number = sum(len(section.alerts) for section in sections)
    count = said.plural("digest_title", number) if number else said.text("digest_none")
    is_weekly = WEEKLY in key
    if is_weekly:
        title = said.text("weekly_title", said.day(now, channel.timezone), count)
    else:
        title = said.text("titled", count, _lead(sections[0].alerts[0], said)) if number else count
    return DigestView(
        key=key,
        short_id=short_id_of(key),
        title=no_mentions(one_line(title)),
        day="" if is_weekly else said.text("digest_of", said.day(now, channel.timezone)),
        notes=tuple(_notes(said, key=key, caught_up=caught_up, repeat=repeat)),
        sections=sections,
        coverage=tuple(coverage_lines(coverage, said)) if coverage else (),
        coverage_data=coverage,
        language=said.language,
        is_weekly=is_weekly,
        bars=tuple(_bars(alerts, said)) if is_weekly else (),
    )


def _bars(alerts: Sequence[Alert], said: Words) -> Iterator[BarsView]:
    for key, counted in (("providers", by_provider(alerts, said)), ("countries", by_country(alerts, said))):
        if counted:
            most = max(count for count, _ in counted)
            rows = tuple(
                (no_mentions(name), count, max(2, round(100 * count / most))) for count, name in counted
            )
            yield BarsView(title=said.text(f"charts.{key}"), rows=rows)


def _lead(first: AlertView, said: Words) -> str:
    return fact_line(first.alert.facts[0], said) if first.alert.facts else first.title


def _section(section: Section, channel: Channel, said: Words, now: datetime) -> SectionView:
    names = []
    if section.provider:
        names.append(one_line(section.provider.name(said.language), 80))
    if section.place:
        names.append(place_text(section.place, said))
    heading = " · ".join(names) or one_line(section.alerts[0].watch, 80) or said.text("kinds.notice")
    views = tuple(alert_view(alert, channel, at=now) for alert in section.alerts)
    return SectionView(heading=no_mentions(heading), alerts=views)


def _notes(said: Words, *, key: str, caught_up: int, repeat: bool) -> list[str]:
    notes = []
    if repeat:
        notes.append(said.text("repeat", short_id_of(key)))
    notes += _why(said, key)
    if caught_up:
        notes.append(said.plural("digest_caught_up", caught_up))
    return notes


def _why(said: Words, key: str) -> Iterator[str]:
    """Why a message holds several alerts, where it is not the channel's digest: its key says so."""
    kind, _, watch = f"{key}||".split("|")[1].partition(" ")
    if kind == "digest":
        kind, watch = "ended", ""
    if kind == "flood" and watch:
        kind = "watch-flood"
    known = said.messages["digest_notes"]
    assert isinstance(known, dict)
    if kind in known:
        yield no_mentions(said.text(f"digest_notes.{kind}", one_line(watch, 80)))


def coverage_lines(coverage: Coverage, said: Words) -> list[str]:
    """Sources checked, silent, teaser-only, failing, alerts held back and why; says so when all is well."""
    lines = [said.text("coverage", str(coverage.checked), str(coverage.sources))]
    for key, names in (
        ("coverage_silent", coverage.silent),
        ("coverage_failing", coverage.failing),
        ("coverage_teaser", coverage.teaser_only),
    ):
        if names:
            lines.append(said.text(key, _names(names, said)))
    if not coverage.silent and not coverage.failing:
        lines.append(said.text("coverage_fine"))
    if coverage.held_back:
        held = [f"{number} {said.text(f'held_reasons.{why}')}" for why, number in coverage.held_back.items()]
        lines.append(said.text("coverage_held", said.joined(held)))
    return [no_mentions(one_line(line, 600)) for line in lines]


def _names(names: Sequence[str], said: Words) -> str:
    shown = [one_line(name, 60) for name in names[:_NAMES_SHOWN]]
    if len(names) > _NAMES_SHOWN:
        shown.append(said.text("more", str(len(names) - _NAMES_SHOWN)))
    return said.joined(shown)
