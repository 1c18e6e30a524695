"""A changed rule, watch or entity in, the alerts it would add and take away out, before it counts for anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from datasette import Response

from monitor.backtestjob import LONGEST, Asked, BusyError
from monitor.errors import MonitorError
from monitor.localfiles import read_contents
from monitor.review.pages import Visit, not_found, page, visit
from monitor.rulefiles import is_shipped, read_text, rule_documents
from monitor.ruletext import rule_text
from monitor.wording import said

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from datasette.app import Datasette
    from datasette.utils.asgi import Request


SPANS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", "0": "all articles"}
#: Where a text counts that stands in no file yet.
_NEW = Path("new.yaml")
#: Alerts that are shown of each side; all are counted.
_SHOWN = 100


async def form(request: Request, datasette: Datasette) -> Response:
    """GET: the form, with a file or the document of a rule to change. POST: begin."""
    if request.method == "POST":
        return await _begin(request, datasette)
    seen = visit(request, datasette)
    await seen.site.prepare()
    files = _files(seen)
    named = seen.argument("file")
    text = _text(files.get(named))
    if rule_id := seen.argument("rule"):
        named, text = _rule(seen, rule_id, files)
    return await _form_page(seen, files, named if named in files else "", text)


async def _form_page(
    seen: Visit,
    files: Mapping[str, bytes | None],
    named: str,
    text: str,
    *,
    days: str = "30",
    refusal: str = "",
    status: int = 200,
) -> Response:
    return await page(
        seen,
        "backtest.html",
        {
            "files": list(files),
            "file": named,
            "text": text,
            "days": days,
            "spans": SPANS,
            "refusal": refusal,
            "running": seen.site.backtests.running(),
            "longest": round(LONGEST / 60),
        },
        status=status,
    )


async def _begin(request: Request, datasette: Datasette) -> Response:
    seen = visit(request, datasette)
    await seen.site.prepare()
    fields = await request.post_vars()
    files = _files(seen)
    named, text = str(fields.get("file", "")), str(fields.get("text", "")).replace("\r\n", "\n")
    days = str(fields.get("days", ""))
    days = days if days in SPANS else "30"
    site = seen.site
    asked = Asked(
        config=replace(site.config, watches=site.watches),
        held=site.in_force,
        changed={**site.in_force, Path(named) if named in files else _NEW: text.encode()},
        since=seen.now - timedelta(days=int(days)) if days != "0" else None,
    )
    refusal = "" if text.strip() else "There is nothing to try: write or paste a document."
    if not refusal:
        try:
            return Response.redirect(f"/backtest/{site.backtests.start(asked)}", status=303)
        except BusyError as error:
            refusal = str(error)
    return await _form_page(seen, files, named, text, days=days, refusal=refusal, status=409)


async def result(request: Request, datasette: Datasette) -> Response:
    """How far a backtest is, and what it found."""
    seen = visit(request, datasette)
    name = str(request.url_vars["name"])
    job = seen.site.backtests.get(name)
    if job is None:
        return await not_found(
            seen, said("backtest {0}", name), said("The last few are kept until the page is restarted")
        )
    changed = next(
        (path for path, content in job.asked.changed.items() if job.asked.held.get(path) != content), None
    )
    progress = job.progress
    report = progress.report
    return await page(
        seen,
        "backtested.html",
        {
            "name": name,
            "progress": progress,
            "report": report,
            "since": job.asked.since,
            "file": str(changed) if changed and changed != _NEW else "",
            "text": (job.asked.changed[changed] or b"").decode() if changed else "",
            "sides": [
                (side, changes[:_SHOWN], len(changes))
                for side, changes in (("gained", report.gained), ("lost", report.lost))
            ]
            if report
            else [],
            "longest": round(LONGEST / 60),
            "spans": SPANS,
            "days": _days(job.asked.since, seen.now),
        },
    )


def _days(since: datetime | None, now: datetime) -> str:
    """The span that was asked for, as the form names it."""
    days = "0" if since is None else str(round((now - since).total_seconds() / 86400))
    return days if days in SPANS else "30"


async def stop(request: Request, datasette: Datasette) -> Response:
    """End a backtest that runs."""
    seen = visit(request, datasette)
    name = str((await request.post_vars()).get("name", ""))
    job = seen.site.backtests.get(name)
    if job is None:
        return await not_found(
            seen, said("that backtest"), said("The last few are kept until the page is restarted")
        )
    job.stop()
    return Response.redirect(f"/backtest/{name}", status=303)


def _files(seen: Visit) -> dict[str, bytes | None]:
    """The local files as they stand on the disk now, refused ones too: those are what a person wants to mend."""
    local = (seen.site.current() if seen.site.current else seen.site.config).detect.local
    return {str(path): content for path, content in read_contents(local).items()}


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def _rule(seen: Visit, rule_id: str, files: Mapping[str, bytes | None]) -> tuple[str, str]:
    """The local file that defines a rule, with all it holds; of a shipped rule its document, for a new file."""
    found = rule_documents([Path(name) for name in files]).get(rule_id)
    if found is None:
        return "", ""
    file = found[0]
    try:
        written = read_text(file)
        return ("", rule_text(written, rule_id) or "") if is_shipped(file) else (str(file), written)
    except MonitorError:
        return "", ""
