"""A configuration whose keys are right in, what no single key can show out: names, URLs, secrets and queries."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from monitor.errors import Problem
from monitor.secretvalues import resolve_secret
from monitor.settings import ChannelSection, File, ReviewSection, WatchSection


def cross_checks(path: Path, file: File, *, channels: set[str]) -> list[Problem]:
    """Names used twice, unknown channels, bad URLs, missing secrets. `channels` are all that are written."""
    problems = [*_twice(path, "watch", file.watch), *_twice(path, "channel", file.channel)]
    names = channels
    for watch in file.watch:
        problems += [
            Problem(
                place=f"{path}: [[watch]] {watch.name}, channels",
                message=f"there is no channel '{name}'",
                remedy=f"Channels are: {', '.join(sorted(names)) or 'none'}",
            )
            for name in watch.channels
            if name not in names
        ]
    problems += [
        Problem(place=f"{path}: [schedule], operator", message=f"there is no channel '{name}'")
        for name in file.schedule.operator
        if name not in names
    ]
    for channel in file.channel:
        if channel.fallback is not None and channel.fallback not in names:
            problems.append(
                Problem(
                    place=f"{path}: [[channel]] {channel.name}, fallback",
                    message=f"there is no channel '{channel.fallback}'",
                )
            )
        problems += [*_url_problems(path, channel), *_form_problems(path, channel)]
    return problems + _review_problems(path, file.review) + _query_problems(path, file.watch)


def _twice(path: Path, kind: str, entries: Iterable[WatchSection | ChannelSection]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for entry in entries:
        if entry.name in seen:
            problems.append(
                Problem(
                    place=f"{path}: [[{kind}]] {entry.name}",
                    message="the name is used twice",
                    remedy="Rename one",
                )
            )
        seen.add(entry.name)
    return problems


def _url_problems(path: Path, channel: ChannelSection) -> list[Problem]:
    """Missing secrets and URLs that Apprise does not take; the URL itself is never shown."""
    place = f"{path}: [[channel]] {channel.name}, url"
    secret, problem = resolve_secret(channel.url, path.resolve().parent)
    if problem:
        return [Problem(place=place, message=problem)]
    if secret.startswith("console:"):
        return []
    from alerts.transport import check_url  # Apprise takes 0.3 s to import: only where a URL is checked

    message = check_url(secret)
    return [Problem(place=place, message=message)] if message else []


def _form_problems(path: Path, channel: ChannelSection) -> list[Problem]:
    """A language or a layout that is not shipped."""
    if channel.language == "en" and not channel.layout:
        return []
    from alerts.layouts import LAYOUTS, languages  # Babel and Jinja: only where there is something to check

    problems = []
    if channel.layout and channel.layout not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        message = f"there is no layout '{channel.layout}'"
        problems.append(
            Problem(
                place=f"{path}: [[channel]] {channel.name}, layout",
                message=message,
                remedy=f"Layouts are: {known}",
            )
        )
    primary = {language.partition("-")[0] for language in languages()}
    if channel.language.partition("-")[0] not in primary:
        known = ", ".join(languages())
        message = f"alerts are not written in '{channel.language}'"
        problems.append(
            Problem(
                place=f"{path}: [[channel]] {channel.name}, language",
                message=message,
                remedy=f"Languages are: {known}",
            )
        )
    return problems


def _review_problems(path: Path, review: ReviewSection) -> list[Problem]:
    """A page that others could reach without a token."""
    if not review.enabled or review.token or review.host in {"127.0.0.1", "localhost", "::1"}:
        return []
    return [
        Problem(
            place=f"{path}: [review], host",
            message=f"{review.host} can be reached from other machines, but there is no token",
            remedy='Set token = "env:NAME" or "file:PATH", or leave host at 127.0.0.1',
        )
    ]


def _query_problems(path: Path, watches: Iterable[WatchSection]) -> list[Problem]:
    problems = []
    for watch in watches:
        if not watch.query:
            continue
        from monitor.rules.query import QueryError, parse_query  # only where a query is written

        try:
            parse_query(watch.query)
        except QueryError as error:
            problems.append(Problem(place=f"{path}: [[watch]] {watch.name}, query", message=str(error)))
    return problems
