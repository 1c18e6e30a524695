"""A folder in, a log filled the real way out: the newsstand crawled, judged and told, and one hostile article imported."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from monitor.config import Config
from monitor.database import open_database, writing
from monitor.demo.server import start_newsstand
from monitor.demo.sinks import start_sinks
from monitor.importing import import_lines
from tests.flow.newsroom import app_on, make_all_due

#: Stands in the hostile article only, so that a search finds it alone.
HOSTILE_WORD = "Zwölfkammerspeicher"
#: Where the hostile article would send a reader's browser: a name that never resolves.
HOSTILE_HOST = "outlet.invalid"
_LONG = "Rechenzentrumsgrundsteinlegungsfeierlichkeiten" * 6
HOSTILE_TITLE = (
    "AWS will build a data center in Oslo for 2 billion dollars <script>document.title='ran'</script>"
    f"<img src=x onerror=\"document.title='ran'\"> \u202edroW {HOSTILE_WORD} {_LONG}"
)
HOSTILE_TEXT = "\n".join(
    (
        "AWS will build a data center in Oslo for 2 billion dollars.<script>document.title='ran'</script>",
        f"<img src=https://{HOSTILE_HOST}/pixel.png onerror=\"document.title='ran'\"> AWS will build a data center",
        f"<iframe src=https://{HOSTILE_HOST}/></iframe> in Oslo for 2 billion dollars, it said.",
        "<a href=\"javascript:document.title='ran'\">AWS</a> [AWS](javascript:document.title=1) {{7*7}} {% raw %}",
        f"</q></mark></blockquote></td></table></main><style>@import url(https://{HOSTILE_HOST}/a.css)</style>",
        f"<link rel=stylesheet href=https://{HOSTILE_HOST}/b.css><meta http-equiv=refresh content='0;url=https://{HOSTILE_HOST}/'>",
        f"{_LONG} \u202e\u2066reversed\u2069 {'數據中心' * 60} {'x' * 900}",
    )
)


def fill(folder: Path, *, hostile: bool = True) -> Config:
    """Crawl the newsstand through its three phases, then import and judge a hostile article; the configuration used."""
    with (
        start_sinks() as sinks,
        start_newsstand(datetime.now(UTC), phase=0, manners=False) as newsstand,
    ):
        app = app_on(newsstand, sinks, folder)
        with app.running():
            app.once()
            newsstand.advance()
            make_all_due(app)
            app.once()
            newsstand.advance()
            make_all_due(app)
            app.once()
            if hostile:
                _import_hostile(app.config)
                app.once()
        return app.config


def _import_hostile(config: Config) -> None:
    """Import it as a person would who was lured to; then put in the address that import refuses, as a fault might."""
    now = datetime.now(UTC)
    line = {
        "title": HOSTILE_TITLE,
        "text": HOSTILE_TEXT,
        "url": f"https://{HOSTILE_HOST}/\"><script>document.title='ran'</script>",
        "author": "<b>Mallory</b>",
        "source": "<script>document.title='ran'</script>",
        "language": "en",
        "published": now.isoformat(),
    }
    with closing(open_database(config.database)) as db:
        summary = import_lines(db, [json.dumps(line)], now, baseline=False)
        with writing(db):
            db.execute(
                "UPDATE article SET url = ? WHERE instr(title, ?)",
                ["javascript:document.title='ran'", HOSTILE_WORD],
            )
    assert summary.new == 1, summary.problems
