"""The Markdown report of a period, and addresses imported through the crawler."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from monitor.config import load_config
from monitor.database import open_database
from monitor.importurls import urls_of
from monitor.reporting import escaped
from tests.fakes import make_article
from tests.monitor.stored import BAKERY, BUILDING, OPENING, fill_log, run, write_config
from tests.outlet import Outlet


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path)


def test_report_has_a_section_for_each_provider_and_place_with_quotes_and_sources(path: Path) -> None:
    fill_log(path, (OPENING, BUILDING, BAKERY))

    told = run(path, "export", "report", "--since", "2026-01-01", "--markdown").stdout

    assert "## Oracle" in told
    assert "## Microsoft" in told
    assert "### Morocco (Casablanca)" in told or "### Morocco" in told
    assert f"[Example (2026-03-14)](<{BUILDING.url}>)" in told
    quotes = [line.removeprefix("  > ") for line in told.splitlines() if line.startswith("  > ")]
    known = f"{OPENING.title} {OPENING.text} {BUILDING.title} {BUILDING.text}"
    assert quotes
    assert all(quote in known for quote in quotes)
    assert BAKERY.title not in told


def test_report_says_where_a_provider_pulls_back_and_names_a_country_once(path: Path) -> None:
    closing_one = make_article(
        "Oracle to close data center in Casablanca",
        "Oracle will close its data center in Casablanca, Morocco, the company said on Tuesday.",
        slug="close",
    )
    fill_log(path, (closing_one,))

    told = run(path, "export", "report", "--since", "2026-01-01").stdout
    facts = run(path, "ledger", "--csv").stdout

    assert "\npullback: data center, announced, " in told or "\npullback: data center, planned, " in told
    assert "- Oracle · pullback: data center · " in told
    assert "Morocco (Casablanca)" in told
    assert "Morocco, Morocco" not in told
    assert ",datacenter,contraction," in facts


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("2 stories in 2 articles.", "data center, planned", "1 independent publisher", "Sources: [")),
        (
            "de",
            ("2 Geschichten, 2 Artikel.", "Rechenzentrum, geplant", "1 unabhängiger Verlag", "Schweden"),
        ),
        ("zh", ("2 个事件，2 篇文章。", "数据中心", "瑞典", "1 家独立媒体", "来源：[")),
    ],
)
def test_report_says_words_and_no_ids_in_the_language_that_was_asked_for(
    path: Path, language: str, words: tuple[str, ...]
) -> None:
    fill_log(path)

    told = run(path, "export", "report", "--since", "2026-01-01", "--language", language).stdout

    assert [word for word in words if word not in told] == []
    assert [
        one for one in ("datacenter", "new-story", "microsoft", "under_construction") if one in told
    ] == []


def test_report_is_written_although_a_local_file_is_refused(path: Path, tmp_path: Path) -> None:
    fill_log(path)
    write_config(tmp_path, '[detect]\nlocal = ["own.yaml"]\n')
    (tmp_path / "own.yaml").write_text("kind: entity\nid: x\n", encoding="utf-8")

    done = run(path, "export", "report", "--since", "2026-01-01")

    assert "## Oracle" in done.stdout
    assert "own.yaml" in done.stderr
    assert done.exit_code == 0


def test_report_is_written_to_a_file_and_an_empty_time_says_so(path: Path, tmp_path: Path) -> None:
    fill_log(path)
    target = tmp_path / "report.md"

    run(path, "export", "report", "--since", "2026-01-01", "--to", str(target))
    empty = run(path, "export", "report", "--since", "2026-05-01").stdout

    assert target.read_text(encoding="utf-8").startswith(
        "# Expansion of cloud service providers, 2026-01-01 to "
    )
    assert "No story developed" in empty


def test_headline_of_a_stranger_does_nothing_in_the_report(path: Path) -> None:
    title = "Microsoft to build data center near Malmö <script>alert(1)</script> [x](http://evil.example) `y`"
    fill_log(path, (make_article(title, BUILDING.text, slug="evil"),))

    told = run(path, "export", "report", "--since", "2026-01-01").stdout

    assert "<script>" not in told
    assert "](http://evil" not in told
    assert "Malmö" in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# head", "\\# head"),
        ("a\n\n- b", "a - b"),
        ("*x*", "\\*x\\*"),
        ("华为", "华为"),
        ("a\u202eb", "a b"),
    ],
)
def test_escaped_text_is_one_line_without_markup(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_report_of_other_forms_is_refused_with_the_remedy(path: Path) -> None:
    fill_log(path)

    assert "report --markdown" in str(run(path, "export", "report", "--csv").exception)
    assert "report --markdown" in str(run(path, "export", "ledger", "--markdown").exception)


def test_list_of_addresses_skips_blanks_comments_and_repeats() -> None:
    lines = ["https://a.example/1\n", "\n", "# later\n", " https://a.example/2 \n", "https://a.example/1\n"]

    assert urls_of(lines) == ("https://a.example/1", "https://a.example/2")


def test_addresses_are_fetched_politely_stored_once_and_the_bad_ones_named(tmp_path: Path) -> None:
    with Outlet() as outlet:
        path = write_config(
            tmp_path, f'[crawl]\nallow_private = ["{outlet.netloc}"]\ndelay = "0s"\n[[watch]]\nname = "all"\n'
        )
        listed = tmp_path / "urls.txt"
        listed.write_text(
            f"# two pages\n{outlet.url('/article/1')}\n{outlet.url('/nowhere')}\n{outlet.url('/article/2')}\n",
            encoding="utf-8",
        )

        first = run(path, "import", str(listed), "--urls")
        again = run(path, "import", str(listed), "--urls")

    assert first.exit_code == again.exit_code == 1
    assert "2 addresses read: 2 new articles" in first.stdout
    assert "2 addresses read: 0 new articles, 0 changed" in again.stdout
    assert outlet.url("/nowhere") in first.stderr
    config = load_config(path)
    with closing(open_database(config.database, read_only=True)) as db:
        rows = [tuple(row.values()) for row in db.query("SELECT source_id, baseline, state FROM article")]
    assert rows == [("import", 1, "new")] * 2
