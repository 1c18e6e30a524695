"""A folder in, pictures of the review page in it out: a log filled the real way, seen in light and dark, on desk and phone.

python -m tests.browser.screenshots docs/images
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import closing
from pathlib import Path

from monitor.database import open_database
from monitor.review.server import ReviewServer
from tests.browser.browsing import chromium, watched
from tests.browser.newsstand_log import fill

#: The article that is shown: Chinese, the first of its story, so that it alerted.
ARTICLE = "华为云沙特利雅得第二可用区正式启用"


def take(folder: Path) -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as log:
        config = fill(Path(log), hostile=False)
        article, story = _addresses(config.database)
        server = ReviewServer(config)
        server.start()
        try:
            with chromium() as browser:
                for name, path, phone, dark in (
                    ("today", "/?lang=en", False, False),
                    ("story", f"{story}?lang=en", False, False),
                    ("article-dark", f"{article}?lang=en", False, True),
                    ("ledger", "/ledger?by=provider&lang=de", False, False),
                    ("backtest", "/backtest?rule=dc-build&lang=en", False, False),
                    ("phone-dark", "/?lang=zh", True, True),
                ):
                    with watched(browser, server.url, phone=phone, dark=dark) as (page, _):
                        if name == "ledger":
                            page.set_viewport_size({"width": 1280, "height": 1360})  # down to the timeline
                        page.goto(path)
                        page.wait_for_load_state("networkidle")
                        page.screenshot(path=folder / f"review-{name}.png")
        finally:
            server.stop()


def _addresses(database: Path) -> tuple[str, str]:
    with closing(open_database(database, read_only=True)) as db:
        article, story = db.execute(
            "SELECT article_id, story_id FROM article JOIN story_article USING (article_id) WHERE title = ?",
            [ARTICLE],
        ).fetchone()
    return f"/article/{article}", f"/story/{story}"


if __name__ == "__main__":
    take(Path(sys.argv[1]))
