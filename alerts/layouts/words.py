"""A language in, its words and number forms out: message catalogues (one YAML file each) over CLDR."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal

from alerts.errors import UnknownLayoutError

_FOLDER = files("alerts.layouts") / "catalogues"
_POWER = frozenset({"MW", "GW", "KW", "MVA"})


def languages() -> tuple[str, ...]:
    """Languages that have a catalogue, by their BCP 47 tag."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml") for entry in _FOLDER.iterdir() if entry.name.endswith(".yaml")
        )
    )


def words(language: str) -> Words:
    """The words of `language`, of its script or primary subtag where it has no own file.

    Raises UnknownLayoutError when there is neither.
    """
    found = _catalogue_name(language)
    if found is None:
        raise UnknownLayoutError(
            f"there is no message catalogue for the language {language!r}; "
            f"use one of {', '.join(languages())}, or add alerts/layouts/catalogues/{language}.yaml"
        )
    return _words(found)


def _catalogue_name(language: str) -> str | None:
    tag = language.replace("_", "-")
    known = {name.lower(): name for name in languages()}
    if tag.lower() in {"zh-tw", "zh-hk", "zh-mo"}:  # regions that write the traditional script
        tag = "zh-Hant"
    while tag:
        if tag.lower() in known:
            return known[tag.lower()]
        tag = tag.rpartition("-")[0]
    return None


@cache
def _words(name: str) -> Words:
    data = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return Words(language=str(data["language"]), locale=Locale.parse(str(data["locale"])), messages=data)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Words:
    """One language: messages by key, and values formatted as its readers write them."""

    language: str
    locale: Locale
    messages: Mapping[str, object]

    def text(self, key: str, *values: str) -> str:
        """Message `key`, or `group.key`, with its values filled in; an unknown key of a group is itself."""
        group, dot, name = key.partition(".")
        entry = self.messages[group]
        if dot:
            assert isinstance(entry, Mapping)
            if name not in entry:  # an id that the catalogue does not know yet; never a pattern
                return name.replace("_", " ").replace("-", " ")
            entry = entry[name]
        return str(entry).format(*values)

    def plural(self, key: str, count: int | Decimal, shown: str = "", *values: str) -> str:
        """Message `key` in the plural form of `count`; `shown` replaces the plain number, `values` follow it."""
        group, _, name = key.partition(".")
        forms = self.messages[group]
        assert isinstance(forms, Mapping)
        if name:
            forms = forms[name]
        form = forms.get(self.locale.plural_form(count)) or forms["other"]
        return str(form).format(shown or self.number(Decimal(count)), *values)

    def joined(self, parts: Sequence[str]) -> str:
        """Parts as a list in one line."""
        return str(self.messages["list_separator"]).join(parts)

    def clauses(self, parts: Sequence[str]) -> str:
        """Short sentences in one line."""
        return str(self.messages["clauses"]).join(parts)

    def number(self, value: Decimal) -> str:
        """A plain number: 1,234.5 or 1.234,5."""
        return str(format_decimal(value, locale=self.locale, decimal_quantization=False))

    def compact(self, value: Decimal) -> str:
        """A large number in short: 400 m, 400 Mio., 4亿; small ones in full."""
        if abs(value) < 10_000:
            return self.number(value)
        short = str(format_compact_decimal(value, locale=self.locale, fraction_digits=2)).replace(
            "\u00a0", " "
        )
        if short.isdigit():  # a language without a short form at this size: 12.000, not 12000
            return self.number(value)
        marks = self.messages["compact"]
        assert isinstance(marks, Mapping)
        for sign, written in marks.items():
            if short.endswith(sign):
                return short.removesuffix(sign) + str(written)
        return short

    def money(self, value: Decimal, currency: str) -> str:
        """An amount in its own currency: CNY 400 m, 400 Mio. CNY, 4亿元人民币."""
        special = self.messages["currencies"]
        assert isinstance(special, Mapping)
        pattern = str(special.get(currency) or self.messages["money"])
        name = self.locale.currencies.get(currency, currency)
        return pattern.format(self.compact(value), currency, name)

    def quantity(self, value: Decimal, unit: str) -> str:
        """Any amount: money by its currency code, counts in their plural, power and the rest with the unit."""
        units = self.messages["units"]
        assert isinstance(units, Mapping)
        if unit in units:
            return self.plural(f"units.{unit}", value, self.compact(value))
        if unit in _POWER or unit not in self.locale.currencies:
            return f"{self.number(value)} {unit}"
        return self.money(value, unit)

    def country(self, code: str) -> str:
        """Name of a country by CLDR; the code where CLDR has none."""
        return str(self.locale.territories.get(code, code))

    def age(self, span: timedelta) -> str:
        """How long ago: 28 min, 3 hr, 2 days."""
        span = max(span, timedelta(minutes=1))
        short = format_timedelta(
            span, locale=self.locale, format="short", threshold=1.2, granularity="minute"
        )
        return self.text("age", str(short))

    def interval(self, iso: str) -> str:
        """When, out of an ISO interval of detection: 2027, <=2027, >=2026, 2026-Q3, 2026-H1, 2026-05, 2026-05-14."""
        for sign, key in (("<=", "when.by"), (">=", "when.from")):
            if iso.startswith(sign):
                return self.text(key, self.interval(iso.removeprefix(sign)))
        part = re.fullmatch(r"(\d{4})-([QH])(\d)", iso)
        if part:
            if part[2] == "H":
                return self.text(f"halves.{part[3]}", part[1])
            return self.text("when.quarter", part[3], part[1])
        day = re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", iso)
        if day is None:
            return iso
        try:
            value = date(int(day[1]), int(day[2]), int(day[3] or 1))
        except ValueError:
            return iso
        if day[3]:
            return str(format_date(value, "medium", locale=self.locale))
        return str(format_skeleton("yMMM", value, locale=self.locale))

    def moment(self, value: datetime, timezone: str) -> str:
        """A point in time in the reader's zone, to the minute."""
        local = value.astimezone(ZoneInfo(timezone))
        pattern = str(self.locale.datetime_formats["medium"])
        return pattern.format(
            format_time(local, "short", tzinfo=ZoneInfo(timezone), locale=self.locale),
            format_date(local.date(), "medium", locale=self.locale),
        )

    def day(self, value: datetime, timezone: str) -> str:
        """A date in the reader's zone."""
        return str(format_date(value.astimezone(ZoneInfo(timezone)).date(), "medium", locale=self.locale))
