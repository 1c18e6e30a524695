"""A configuration in, a running monitor: `run_forever` for the daemon, `run_once` for one round. Prints for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta

from monitor.app import App, RunSummary
from monitor.config import Config
from monitor.daemon import Daemon, Job
from monitor.review.server import ReviewServer
from monitor.sourcelog import list_sources
from monitor.supervision import Supervisor
from monitor.wording import counted

logger = logging.getLogger(__name__)
#: Jobs that run every few seconds.
_FREQUENT = frozenset({"poll", "judge", "deliver", "follow-up", "reload", "beat"})

Say = Callable[[str], None]

#: What each outcome of a poll means for a person who looks at a first run.
_UNREACHED = ("dns-failed", "unreachable", "timed-out", "certificate-not-valid", "robots-unknown")


class AppJobLog:
    """Jobs noted in the log."""

    def __init__(self, app: App) -> None:
        self._app = app

    def finished(self, name: str, seconds: float, error: str) -> None:
        """Only what took time or failed is worth a row at every tick."""
        if error or seconds > 1 or name not in _FREQUENT:
            self._app.note_job(name, seconds, error)

    def skipped(self, name: str, reason: str) -> None:
        """Checking a changed file may take longer than the time to the next look: that is no event."""
        if name != "reload":
            self._app.note_skip(name, reason)


def run_forever(config: Config, *, say: Say) -> None:
    """The daemon: until it is stopped."""
    app = App(config)
    with app.running():
        page = ReviewServer(config, current=lambda: app.rules.config) if config.review.enabled else None
        app.review_url = page.url if page else ""
        run_id = app.begin()
        say(f"Watching {counted(app.watched, 'source')}; log: {config.database}")
        if page is not None:
            page.start()
            say(f"Review page: {page.url}")
        first = FirstRound(app, say)
        supervisor = Supervisor()

        def poll() -> None:
            app.poll()
            first.look()

        def beat() -> None:
            app.beat(run_id)
            supervisor.status(first.line())

        jobs = daemon_jobs(app, poll=poll, beat=beat)
        daemon = Daemon(jobs, clock=app.clock, supervisor=supervisor, log=AppJobLog(app))

        def on_stop() -> None:
            app.stop()
            if page is not None:
                page.stop()

        daemon.run(on_stop=on_stop)
        app.end(run_id)
    say("Stopped.")


def daemon_jobs(app: App, *, poll: Callable[[], None], beat: Callable[[], None]) -> tuple[Job, ...]:
    """The job list of the daemon."""
    tick = app.config.schedule.tick
    jobs = [
        Job(name="poll", run=poll, every=tick),
        Job(name="judge", run=app.judge, every=min(tick, timedelta(seconds=5))),
        Job(name="deliver", run=app.deliver, every=min(tick, timedelta(seconds=5))),
        Job(name="reload", run=app.reload, every=min(tick, timedelta(seconds=5))),
        Job(name="follow-up", run=app.follow_up, every=timedelta(minutes=1)),
        Job(name="beat", run=beat, every=timedelta(seconds=10)),
    ]
    if app.config.schedule.backup is not None:
        schedule = app.config.schedule
        jobs.append(Job(name="keep", run=app.keep, daily_at=schedule.backup, timezone=schedule.timezone))
    return tuple(jobs)


class FirstRound:
    """Tells once how the first round went: what a person who just started the monitor wants to know."""

    def __init__(self, app: App, say: Say) -> None:
        self._app = app
        self._say = say
        self._told = False

    def look(self) -> None:
        """Tell when the first round is over."""
        if self._told or self._app.poller.busy or not self._app.summary.polled:
            return
        self._told = True
        self._say(told_of(self._app.summary))
        trouble = unreached(self._app)
        if trouble:
            self._say(trouble)

    def line(self) -> str:
        """One line for the service manager."""
        summary = self._app.summary
        return ", ".join(
            (
                counted(summary.polled, "poll"),
                counted(summary.new_articles, "new article"),
                counted(summary.alerts, "alert"),
            )
        )


def run_once(config: Config, *, progress: Callable[[RunSummary], None]) -> str:
    """One round; the summary as text."""
    app = App(config)
    with app.running():
        summary = app.once(progress)
        trouble = unreached(app)
    return told_of(summary) + (f"\n{trouble}" if trouble else "")


def told_of(summary: RunSummary) -> str:
    """What a run did, in two or three lines."""
    lines = [
        f"{counted(summary.polled, 'source')} polled ({_counts(summary.outcomes)}).",
        f"{counted(summary.new_articles, 'new article')}, {summary.changed_articles} changed; {summary.judged} judged, "
        f"{summary.relevant} relevant; {counted(summary.alerts, 'alert')}, {counted(summary.sent, 'message')} sent"
        + (f", {summary.not_sent} not sent yet." if summary.not_sent else "."),
    ]
    if summary.baseline:
        lines.append(
            f"Read for the first time: {counted(summary.baseline, 'source')}. "
            "What they hold already fills the log and alerts nobody. "
            "What they publish from now on does."
        )
    if summary.left_out:
        lines.append(
            f"{counted(summary.left_out, 'more article')} to be read at the next polls: one reads so many of a source"
            " ([crawl] articles_per_poll)."
        )
    return "\n".join(lines)


def unreached(app: App) -> str:
    """Which sources could not be reached and why; "" where all answered. Points to the demo where none did."""
    with closing(app.open_db()) as db:
        records = [record for record in list_sources(db) if record.source.enabled and record.last_polled_at]
    failed = [record for record in records if record.last_outcome in _UNREACHED]
    if not failed:
        return ""
    lines = [
        f"{len(failed)} of {len(records)} sources could not be reached; they are tried again with growing waits:"
    ]
    for record in failed[:10]:
        lines.append(
            f"  {record.source.source_id}: {record.last_outcome} ({record.last_detail or record.source.url})"
        )
    if len(failed) > 10:
        lines.append(f"  ... and {len(failed) - 10} more; `cspwatch sources health` lists them all")
    if len(failed) == len(records):
        lines.append(
            "No source answered: this machine seems to have no network. `cspwatch demo` works without one."
        )
    return "\n".join(lines)


def _counts(outcomes: Mapping[str, int]) -> str:
    ordered = sorted(outcomes.items(), key=lambda entry: (-entry[1], entry[0]))
    return ", ".join(f"{count} {outcome}" for outcome, count in ordered) or "nothing was due"
