"""The ledger by direction, its sums of money, and the columns of a finding that triggers keep."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor.cli import cli
from monitor.database import open_database, rows, writing
from monitor.model import Direction, Status
from monitor.processing import process_next
from monitor.review.ledgerqueries import LedgerFilter, ledger_groups, ledger_rows
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    make_article,
    make_source,
    new_log,
    report_of,
)
from tests.intaking import take_in
from tests.monitor.review_site import Browser, Elements, config_for, served

STANDS = "Alibaba Cloud invests in Johor"
CANCELED = "CoreWeave cancels its campus in Narvik"
CLOSING = "IBM Cloud sells its site in Warsaw"
FACTS = {
    STANDS: [Fact(says=STANDS, places=("MY:Johor", "MY"), usd="400000000")],
    CANCELED: [
        Fact(says=CANCELED, actor="coreweave", places=("NO",), status=Status.CANCELLED, usd="1500000000")
    ],
    CLOSING: [
        Fact(says=CLOSING, actor="ibm_cloud", places=("PL",), direction=Direction.CONTRACTION, usd="70000000")
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(new_log(tmp_path, make_source())) as db:
        take_in(db, crawl_of("0", report_of()), NOW - timedelta(days=1))
        articles = [make_article(title, slug=f"a{number}") for number, title in enumerate(FACTS)]
        take_in(db, crawl_of("1", report_of(*articles)), NOW)
        while process_next(db, FakeDetector(FACTS), (FakeWatch(),), [console()], NOW):
            pass
    return tmp_path


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    with served(config_for(folder)) as url, closing(Browser(url)) as opened:
        yield opened


def text_of(html: str) -> str:
    return " ".join(Elements(html).text.split())


def test_what_is_canceled_or_pulled_back_is_summed_apart(browser: Browser) -> None:
    text = text_of(browser.page("/ledger"))

    assert "USD 400 m named, largest sum per story" in text
    assert "USD 70 m in pullbacks, counted apart" in text
    assert "USD 1.5 bn canceled or denied, counted apart" in text
    assert "USD 1.97 bn" not in text


def test_ledger_shows_one_direction_on_the_page_and_in_its_downloads(browser: Browser) -> None:
    pullbacks = text_of(browser.page("/ledger?direction=contraction"))

    assert CLOSING in pullbacks
    assert STANDS not in pullbacks
    assert "1 fact" in pullbacks
    assert STANDS in text_of(browser.page("/ledger?direction=expansion"))
    assert [row["title"] for row in browser.get("/ledger.json?direction=contraction").json()] == [CLOSING]
    assert len(browser.get("/ledger.json?direction=sideways").json()) == 3


def test_kinds_are_counted_and_lead_to_their_facts(browser: Browser) -> None:
    html = browser.page("/ledger?lang=de")

    assert 'href="/ledger?event=datacenter">Rechenzentrum</a> 3' in html


def test_command_tells_the_same_sums_beside_what_programs_read(folder: Path) -> None:
    config_for(folder)
    asked = ["--config", str(folder / "cspwatch.toml"), "ledger", "--since", "2026-01-01"]

    told = CliRunner().invoke(cli, [*asked, "--limit", "1"])
    pullbacks = CliRunner().invoke(cli, [*asked, "--direction", "contraction"])
    as_json = CliRunner().invoke(cli, [*asked, "--json"])

    assert told.stderr == (
        "3 facts of 3 stories; USD 400 m named, the largest sum of each story; USD 70 m in pullbacks, counted apart;"
        " USD 1.5 bn canceled or denied, counted apart.\n"
    )
    assert len(told.stdout.splitlines()) == 2
    assert CLOSING in pullbacks.stdout
    assert STANDS not in pullbacks.stdout
    assert as_json.stderr == ""


def kept(folder: Path) -> list[tuple[object, ...]]:
    """What the triggers keep, beside what the tables say."""
    with closing(open_database(folder / "cspwatch.db", read_only=True)) as db:
        found = rows(
            db,
            "SELECT f.day, f.told, f.article_no, substr(coalesce(a.published, a.first_seen_at), 1, 10) AS day_now,"
            " coalesce(sa.story_id, f.article_id) AS told_now, a.id FROM finding AS f JOIN article AS a"
            " USING (article_id) LEFT JOIN story_article AS sa USING (article_id) WHERE f.current",
        )
    return [tuple(row.values()) for row in found]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE article SET published = '2020-02-02T00:00:00Z'",
        "UPDATE article SET published = NULL",
        "UPDATE story_article SET story_id = (SELECT min(story_id) FROM story)",
        "DELETE FROM story_article",
        "SELECT 1",
    ],
)
def test_finding_keeps_to_the_day_and_story_of_its_article(folder: Path, change: str) -> None:
    with closing(open_database(folder / "cspwatch.db")) as db, writing(db):
        db.execute(change)

    found = kept(folder)

    assert len(found) == 3
    assert [row[:3] for row in found] == [row[3:] for row in found]


def test_common_and_rare_words_give_the_same_facts_and_totals(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(common: int, newest: int) -> tuple[list[object], object]:
        monkeypatch.setattr("monitor.review.ledgerqueries._COMMON", common)
        monkeypatch.setattr("monitor.review.ledgerqueries._NEWEST", newest)
        with closing(open_database(folder / "cspwatch.db", read_only=True)) as db:
            wanted = LedgerFilter(text="its", background=True)
            listed = [row["title"] for row in ledger_rows(db, wanted, 1, 1)]
            return listed + [row["title"] for row in ledger_rows(db, wanted, 5)], ledger_groups(db, wanted)

    rare = found(common=2000, newest=500)

    assert rare[0] == [CANCELED, CLOSING, CANCELED]
    assert found(common=1, newest=500) == rare
    assert found(common=1, newest=1) == rare
