"""A fact of a site in, what it is called by and which further site it announces out. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.mentions.lexicon import Kind
from monitor.model import EventType, Status
from monitor.rules.findings import finding_id, numbered_id
from monitor.rules.quantities import as_time
from monitor.rules.setting import Fact, Setting

EXIT_RULE = "market-exit"


def with_next_sites(facts: Sequence[Fact], setting: Setting) -> list[Fact]:
    """The facts, and the site that a sentence announces beside the one that it tells of."""
    return [*facts, *(_next_site(fact, setting) for fact in facts if _announces_the_next(fact, setting))]


def _announces_the_next(fact: Fact, setting: Setting) -> bool:
    """Whether a site that runs is told together with one more that is to come ("and plans a fourth next year")."""
    sentence = setting.reading.sentences[fact.sentence]
    return (
        fact.further >= 0
        and fact.in_window
        and fact.finding.status is Status.LIVE
        and sentence.start <= fact.further < sentence.end
        and any(
            hit.start >= fact.further and hit.value in ("future", "plan")
            for kind in (Kind.CUE, Kind.ACTION)
            for hit in sentence.of(kind)
        )
    )


def _next_site(fact: Fact, setting: Setting) -> Fact:
    """The same provider, country and sentence, planned, with the date of its own clause."""
    finding = fact.finding
    times = setting.quantities.times_in(setting.reading.sentences[fact.sentence])
    when = next((as_time(read, setting.reading) for read in times if read.start >= fact.further), None)
    countries = tuple(place for place in finding.places if ":" not in place.id)
    planned = replace(
        finding,
        finding_id=numbered_id(finding.finding_id, fact.ordinal + 1),
        status=Status.PLANNED,
        amounts=(),
        places=countries or finding.places,
        time=when,
    )
    return replace(fact, finding=planned, ordinal=fact.ordinal + 1, further=-1)


def as_site(fact: Fact, setting: Setting) -> Fact:
    """Who leaves a town, where the article speaks of data centers, gives up a site and not a market."""
    finding = fact.finding
    towns_only = bool(finding.places) and all(
        ":" in place.id or place.origin == "implied" for place in finding.places
    )
    if finding.rule != EXIT_RULE or not (towns_only and setting.sites_in_article):
        return fact
    given_up = replace(
        finding,
        finding_id=finding_id(
            setting, EventType.DATACENTER.value, finding.actors, finding.places, finding.direction
        ),
        type=EventType.DATACENTER,
        status=Status.CANCELLED if finding.status is Status.ANNOUNCED else finding.status,
    )
    return replace(fact, finding=given_up)
