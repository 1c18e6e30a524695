"""Pruning: what goes, what stays, and what can still be done afterwards."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.articlelog import store_article
from monitor.articlestates import mark_for_rejudging
from monitor.config import Config
from monitor.database import open_database, writing
from monitor.listing import Filter, find_articles, find_facts
from monitor.pruning import check_integrity, compact, prunable, prune
from tests.fakes import NOW, make_article
from tests.monitor.stored import BAKERY, BUILDING, OPENING, fill_log, id_of, run, write_config

OLD = NOW - timedelta(days=500)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_config(tmp_path)


@pytest.fixture
def config(path: Path) -> Config:
    return fill_log(path)


def texts(config: Config) -> dict[str, str]:
    with closing(open_database(config.database, read_only=True)) as db:
        return {
            str(row["title"]): str(row["text"]) for row in db.query("SELECT title, text FROM article_version")
        }


def titles_found(config: Config, words: str) -> set[str]:
    with closing(open_database(config.database, read_only=True)) as db:
        return {str(row["title"]) for row in find_articles(db, Filter(text=words))}


def test_texts_go_and_titles_facts_quotes_and_stories_stay(config: Config) -> None:
    with closing(open_database(config.database)) as db:
        before = find_facts(db, Filter())
        stories = list(db.query("SELECT * FROM story"))

        done = prune(db, LATER, LATER)

        assert (done.articles, done.problems) == (3, ())
        assert find_facts(db, Filter()) == before != []
        assert list(db.query("SELECT * FROM story")) == stories
    assert texts(config) == {OPENING.title: "", BUILDING.title: "", BAKERY.title: ""}


def test_article_is_still_found_by_headline_and_quote_and_no_longer_by_its_text(config: Config) -> None:
    assert titles_found(config, "crust") == {BAKERY.title}
    assert titles_found(config, "first cloud region") == {OPENING.title}

    with closing(open_database(config.database)) as db:
        prune(db, LATER, LATER)

    assert titles_found(config, "crust") == set()
    assert titles_found(config, "bakery") == {BAKERY.title}
    assert titles_found(config, "region") == {OPENING.title}


def test_younger_waiting_and_held_articles_keep_their_texts(config: Config) -> None:
    waiting = make_article(
        "A waiting one", "It waits to be judged, and so it needs its text.", slug="waiting"
    )
    with closing(open_database(config.database)) as db:
        with writing(db):
            store_article(db, waiting, OLD)
            db.execute("UPDATE article SET held = 'flood' WHERE title = ?", [BAKERY.title])

        assert prune(db, OLD + timedelta(days=1), LATER).articles == 0
        assert prune(db, LATER, LATER).articles == 2

    kept = {title for title, text in texts(config).items() if text}
    assert kept == {"A waiting one", BAKERY.title}


def test_pruning_again_takes_nothing_and_the_file_shrinks_when_compacted(config: Config) -> None:
    with closing(open_database(config.database)) as db:
        with writing(db):
            for number in range(60):
                store_article(
                    db, make_article(f"Filler {number}", f"Word{number} " * 2000, slug=f"f{number}"), OLD
                )
            db.execute("UPDATE article SET state = 'judged' WHERE title LIKE 'Filler%'")
        size = int(db.execute("PRAGMA page_count").fetchone()[0])

        first, again = prune(db, LATER, LATER), prune(db, LATER, LATER)

        assert (first.articles, again.articles) == (63, 0)
        assert compact(db)
        assert int(db.execute("PRAGMA page_count").fetchone()[0]) < size / 2
        assert check_integrity(db) == ()


def test_pruned_article_is_not_judged_again_and_the_same_text_makes_no_new_version(config: Config) -> None:
    with closing(open_database(config.database)) as db:
        prune(db, LATER, LATER)
        with writing(db):
            stored = store_article(db, OPENING, NOW)
            marked = mark_for_rejudging(db)

    assert not stored.is_changed
    assert marked == 0


def test_edited_article_gets_its_new_text_and_is_judged_again(config: Config) -> None:
    edited = make_article(OPENING.title, "The text was edited much later.", slug="casablanca")
    with closing(open_database(config.database)) as db:
        prune(db, LATER, LATER)
        with writing(db):
            stored = store_article(db, edited, NOW)

        assert stored.is_changed
        assert db.execute("SELECT state FROM article WHERE title = ?", [OPENING.title]).fetchone()[0] == "new"


def test_command_changes_nothing_without_yes_and_checks_afterwards(path: Path, config: Config) -> None:
    dry = run(path, "prune", "--older", "2026-06-01")
    assert "3 articles" in dry.stdout
    assert "0 ended deliveries" in dry.stdout, "what waits is not ended"
    assert all(texts(config).values())

    done = run(path, "prune", "--older", "2026-06-01", "--yes")

    assert done.exit_code == 0, done.output
    assert "The log is sound." in done.stdout
    assert not any(texts(config).values())
    with closing(open_database(config.database, read_only=True)) as db:
        assert prunable(db, LATER).articles == 0


def test_command_takes_ended_deliveries_and_why_still_names_the_alert(path: Path, config: Config) -> None:
    with closing(open_database(config.database)) as db, writing(db):
        db.execute("UPDATE outbox SET state = 'sent', sent_at = not_before")

    done = run(path, "prune", "--older", "2026-06-01", "--yes")
    told = run(path, "why", id_of(config, OPENING.title))

    assert "2 ended deliveries" in done.stdout
    assert "its deliveries were pruned" in told.stdout
    with closing(open_database(config.database, read_only=True)) as db:
        assert db.execute("SELECT count(*) FROM alert").fetchone()[0] == 2


def test_commands_still_tell_of_a_pruned_article(path: Path, config: Config) -> None:
    run(path, "prune", "--older", "2026-06-01", "--yes")
    article_id = id_of(config, BUILDING.title)

    for arguments in (("show", article_id), ("why", article_id), ("ledger",), ("log", "Malmö")):
        result = run(path, *arguments)

        assert result.exit_code == 0, result.output
        assert "Malmö" in result.stdout
    backtested = run(path, "rules", "backtest", "--since", "2026-01-01").stdout
    assert "3 articles have no text any more" in backtested


def test_check_of_the_integrity_names_what_is_torn(path: Path, config: Config) -> None:
    sound = run(path, "check", "--integrity")
    assert sound.exit_code == 0, sound.output
    assert "references and full-text index are sound" in sound.stdout
    with closing(open_database(config.database)) as db:
        db.conn.execute("PRAGMA foreign_keys = OFF")
        with writing(db):
            db.conn.execute("DELETE FROM article_fts WHERE rowid = 1")
            db.conn.execute("DELETE FROM story")

    torn = run(path, "check", "--integrity")

    assert torn.exit_code == 2
    assert "refers to nothing in story" in torn.stderr
    assert "1 articles are not in it" in torn.stderr
    assert run(path, "check").exit_code == 0, "the quick check reads neither"
