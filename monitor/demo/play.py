"""The demo: the real application on the bundled newsstand, with local receivers, told to a person as it goes."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

from monitor.app import App
from monitor.clock import SystemClock
from monitor.config import Config, parse_config
from monitor.database import writing
from monitor.demo.closing import Comparison, compare
from monitor.demo.content import expectations
from monitor.demo.server import Newsstand, start_newsstand
from monitor.demo.sinks import Sinks, start_sinks
from monitor.review.server import ReviewServer
from monitor.sourcelog import make_due
from monitor.storylog import leading_urls
from monitor.wording import counted

Echo = Callable[[str], None]


def play(*, keep: Path | None, with_page: bool, echo: Echo) -> int:
    """Run the demo; the number of things that went wrong (0: every event was told as often as it deserves)."""
    started = time.monotonic()
    clock = SystemClock()
    with _folder(keep) as folder, start_sinks() as sinks, start_newsstand(clock.now(), phase=0) as newsstand:
        config = demo_config(folder, newsstand, sinks)
        app = App(config, clock=clock, sources=newsstand.sources)
        with app.running():
            page = ReviewServer(config)
            app.review_url = page.url
            _rounds(app, newsstand, echo)
            shown = _look_at_page(page) if with_page else ""
            comparison = compare(_report_urls(app), newsstand.urls, expectations())
            _close(app, newsstand, sinks, comparison, echo)
            if shown:
                echo(shown)
        page.stop()
    if keep is not None:
        echo(f"Look at what was kept: {_keep_configuration(keep)}")
    echo(
        f"Done in {time.monotonic() - started:.0f} s. Next: `cspwatch init`, then `cspwatch run` watches real outlets."
    )
    return 0 if comparison.exact else 1


def _keep_configuration(folder: Path) -> str:
    """Write a configuration for the kept log, unless one is there; the command that opens its review page."""
    path = folder / "cspwatch.toml"
    if not path.exists():
        path.write_text(
            "# The log of `cspwatch demo`. Its outlets are gone, so nothing is watched.\n"
            '[store]\npath = "."\n\n[crawl]\ncatalogue = false\n',
            encoding="utf-8",
        )
    return f"cspwatch -c {shlex.quote(str(path))} serve   (or: stories, ledger, log, status)"


def demo_config(folder: Path, newsstand: Newsstand, sinks: Sinks) -> Config:
    """The demo's configuration: what a person would write, on the newsstand's and the receivers' addresses."""
    return parse_config(
        {
            "store": {"path": str(folder)},
            "crawl": {
                "delay": "0.05s",
                "timeout": "10s",
                "allow_private": sorted(newsstand.allowed_addresses),
            },
            "watch": [{"name": "csp-expansion", "channels": ["console", "desk", "hook"]}],
            "channel": [
                {"name": "console", "url": "console:", "language": "en", "per_hour": 1000},
                {"name": "desk", "url": sinks.mail_url, "language": "de", "per_hour": 1000},
                {"name": "hook", "url": sinks.json_url, "language": "en", "per_hour": 1000},
            ],
            "schedule": {"messages_per_minute": 10_000},
            "review": {"port": 0},
        },
        folder / "cspwatch.toml",
    )


def _rounds(app: App, newsstand: Newsstand, echo: Echo) -> None:
    """Yesterday's articles as the baseline, today's news, its developments, and a poll where nothing is new."""
    titles = (
        "First crawl: the articles that are there already fill the log and alert nobody.",
        "Today's news comes out.",
        "Later the same day: developments.",
        "Once more, with nothing new: every index is asked conditionally.",
    )
    for number, title in enumerate(titles, 1):
        echo(f"\n━━ {number}. {title}\n")
        with contextlib.closing(app.open_db()) as db, writing(db):
            make_due(db, app.clock.now())
        before, asked = app.summary.new_articles, len(newsstand.requests)
        app.once()
        answers = Counter(request.status for request in newsstand.requests[asked:])
        told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
        echo(
            f"   {counted(app.summary.new_articles - before, 'new article')}; answers of the outlets: {told}"
        )
        if number < len(titles) - 1:
            newsstand.advance()


def _report_urls(app: App) -> list[list[str]]:
    """Of every alert the addresses of its reports, the article that raised it first."""
    with contextlib.closing(app.open_db()) as db:
        return leading_urls(db)


def _look_at_page(page: ReviewServer) -> str:
    """Open the review page as a browser would; what it answered."""
    page.start()
    with urlopen(f"{page.url}/", timeout=20) as answer:
        body = answer.read().decode("utf-8")
    return f"The review page answered at {page.url} with {len(body) // 1024} KiB: the stories of today."


def _close(app: App, newsstand: Newsstand, sinks: Sinks, comparison: Comparison, echo: Echo) -> None:
    """What the demo did, in numbers, against what it should have done."""
    summary = app.summary
    echo("\n━━ What happened\n")
    echo(
        f"   {len(newsstand.sources)} outlets in 6 languages were polled, {summary.new_articles} articles read,"
    )
    echo(f"   {summary.judged} judged, {summary.relevant} found to be expansion or contraction news;")
    echo(
        f"   {comparison.alerts} alerts for {len(comparison.told)} of {comparison.events} events "
        f"({comparison.due} alerts were due)."
    )
    echo(f"   {len(sinks.mails)} mails and {len(sinks.posts)} webhook calls arrived at the local receivers.")
    for text, found in (
        ("not told often enough", comparison.missed),
        ("told too often", comparison.repeated),
        ("look-alikes that alerted", comparison.false),
        ("alerts about unknown articles", comparison.strange),
    ):
        if found:
            echo(f"   {text}: {', '.join(found)}")
    if comparison.exact:
        echo("   Every event was told as often as it deserves; no look-alike alerted.")


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    folder = Path(tempfile.mkdtemp(prefix="cspwatch-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
