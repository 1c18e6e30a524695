"""Reports whose index may come from the network itself in, the same or CAPTIVE_PORTAL out: the reports of one crawl.

A hotel or airport network answers for every host, with its login page or a redirect to it. One such page says
nothing; the same one at a third of all hosts does. So reports with an HTML page for an index wait for the others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from crawler.items import FetchKind, SourceReport, SourceState
from crawler.outcomes import Outcome
from crawler.spiders.fetching import Fetched, slot_of
from crawler.urls import registrable_domain

#: A page that so many hosts show, and more than this share of all hosts that were asked, is the network's own.
MIN_HOSTS = 3
MIN_SHARE = 0.3
_TAGS = (b"<html", b"<!doctype html", b"<head", b"<body")


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A report that waits for what other hosts answer. `marks`: its page, and the host it was sent to."""

    report: SourceReport
    state: SourceState
    host: str
    marks: frozenset[str]


def held_back(report: SourceReport, state: SourceState, index: Fetched | None, url: str) -> Held | None:
    """What makes this report comparable, or None where its index was no HTML page: a feed is nobody's login."""
    if index is None or index.outcome is not Outcome.OK or report.outcome is Outcome.UNCHANGED:
        return None
    if not any(tag in index.body[:2048].lower() for tag in _TAGS):
        return None
    marks = {f"page {hashlib.sha256(index.body).hexdigest()}"}
    asked, answered = host_group(url), host_group(index.url)
    if answered != asked:
        marks.add(f"host {answered}")
    return Held(report=report, state=state, host=asked, marks=frozenset(marks))


def settled(held: Sequence[Held], hosts_asked: int) -> list[SourceReport]:
    """The reports that were held back; those with a page of the network itself become CAPTIVE_PORTAL. Pure."""
    hosts: dict[str, set[str]] = defaultdict(set)
    for item in held:
        for mark in item.marks:
            hosts[mark].add(item.host)
    least = max(MIN_HOSTS, int(MIN_SHARE * hosts_asked) + 1)
    reports = []
    for item in held:
        most = max((len(hosts[mark]) for mark in item.marks), default=0)
        reports.append(_captured(item, most, hosts_asked) if most >= least else item.report)
    return reports


def host_group(url: str) -> str:
    """Hosts of one owner are one: sister sites may well be down together."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # refused before it is asked for
        return url
    return slot_of(url) if host.replace(".", "").isdigit() or ":" in host else registrable_domain(host)


def _captured(item: Held, hosts: int, hosts_asked: int) -> SourceReport:
    """As if the source had not been asked: nothing of the page is kept."""
    detail = f"{hosts} of {hosts_asked} hosts gave the same page: the network answers in their place (log in to it)"
    report, state = item.report, item.state
    return SourceReport(
        source_id=report.source_id,
        outcome=Outcome.CAPTIVE_PORTAL,
        outcomes=tuple(
            replace(request, outcome=Outcome.CAPTIVE_PORTAL, detail=detail, moved_to=None)
            if request.kind is FetchKind.INDEX
            else request
            for request in report.outcomes
        ),
        etag=state.etag,
        last_modified=state.last_modified,
        body_hash=state.body_hash,
        pending=state.pending,
    )
