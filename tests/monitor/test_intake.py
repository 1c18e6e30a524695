"""Reports of polls, taken into the log once: baseline, flood, pending entries, source state."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.items import Entry
from crawler.outcomes import Outcome
from monitor.database import rows, writing
from monitor.intake import flood_reason, release_flood, storable
from monitor.runlog import list_events
from monitor.sourcelog import due_sources, get_source, make_due, store_sources
from tests.fakes import NOW, crawl_of, dump, entry_of, make_article, make_source, new_log, report_of
from tests.intaking import take_in


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path, make_source())
    yield log
    log.close()


def articles(number: int, start: int = 0, **changes: object):
    return [
        make_article(f"Report number {index} of the day", **changes) for index in range(start, start + number)
    ]


def state_of(db):
    (order,) = [
        order
        for order in due_sources(db, NOW + timedelta(days=40), 10)
        if order.source.source_id == "example"
    ]
    return order


def test_report_taken_in_twice_changes_nothing(db) -> None:
    report = crawl_of("one", report_of(*articles(3)))
    take_in(db, report, NOW)
    before = dump(db)

    summary = take_in(db, report, NOW + timedelta(minutes=5))

    assert summary.sources[0].repeated
    assert dump(db) == before


def test_first_success_is_the_baseline_and_the_next_poll_is_not(db) -> None:
    take_in(db, crawl_of("one", report_of(*articles(2))), NOW)
    take_in(db, crawl_of("two", report_of(*articles(3))), NOW + timedelta(hours=1))

    assert [row["baseline"] for row in rows(db, "SELECT baseline FROM article ORDER BY id")] == [1, 1, 0]
    assert get_source(db, "example").first_success_at == NOW


def test_failed_first_poll_is_no_baseline(db) -> None:
    take_in(db, crawl_of("one", report_of(outcome=Outcome.TIMED_OUT)), NOW)
    assert get_source(db, "example").first_success_at is None

    take_in(db, crawl_of("two", report_of(*articles(1))), NOW + timedelta(hours=1))
    assert rows(db, "SELECT baseline FROM article") == [{"baseline": 1}]


def test_entry_left_over_from_the_first_crawl_stays_baseline_when_it_is_read_later(db) -> None:
    early, late = articles(2)
    first = report_of(
        early, entries=(entry_of(early), entry_of(late)), pending=((late.url_key, 0),), left_out=1
    )
    take_in(db, crawl_of("one", first), NOW)
    assert state_of(db).state.pending == ((late.url_key, 0),)

    take_in(db, crawl_of("two", report_of(early, late)), NOW + timedelta(hours=1))

    assert [row["baseline"] for row in rows(db, "SELECT baseline FROM article")] == [1, 1]
    assert state_of(db).state.pending == ()


def test_failed_article_is_asked_for_again_with_its_count_of_tries(db) -> None:
    good, bad = articles(2)
    report = report_of(good, entries=(entry_of(good), entry_of(bad)), pending=((bad.url_key, 2),))
    take_in(db, crawl_of("one", report), NOW)

    state = state_of(db).state

    assert state.pending == ((bad.url_key, 2),)
    assert good.url_key in state.known_keys
    assert bad.url_key not in state.known_keys


def test_poll_that_failed_keeps_what_is_pending_and_the_validators(db) -> None:
    good, bad = articles(2)
    take_in(
        db,
        crawl_of(
            "one",
            report_of(good, entries=(entry_of(good), entry_of(bad)), pending=((bad.url_key, 1),), etag="x"),
        ),
        NOW,
    )
    take_in(db, crawl_of("two", report_of(outcome=Outcome.SERVER_ERROR, etag=None)), NOW + timedelta(hours=1))

    state = state_of(db).state

    assert state.pending == ((bad.url_key, 1),)
    assert state.etag == "x"
    record = get_source(db, "example")
    assert record.failure_score > 0
    assert record.failing_since == NOW + timedelta(hours=1)


def test_changed_guids_and_tracking_make_nothing_new(db) -> None:
    read = articles(25)
    take_in(db, crawl_of("one", report_of(*read)), NOW)
    for poll in range(3):
        entries = tuple(
            replace(entry_of(article), key=f"guid-{poll}-{index}") for index, article in enumerate(read)
        )
        summary = take_in(
            db, crawl_of(f"poll{poll}", report_of(entries=entries)), NOW + timedelta(hours=poll + 1)
        )
        assert summary.sources[0].new_entries == 0
        assert not summary.sources[0].held


def test_same_title_and_day_under_a_new_url_is_no_unseen_entry(db) -> None:
    article = make_article("A title long enough to be told apart")
    take_in(db, crawl_of("one", report_of(article)), NOW)
    moved = replace(entry_of(article), url="https://example.example/new", url_key="new", key="new")

    summary = take_in(db, crawl_of("two", report_of(entries=(moved,))), NOW + timedelta(hours=1))

    assert summary.sources[0].new_entries == 0


def test_migrated_site_with_all_new_urls_is_held_with_one_notice(db) -> None:
    take_in(db, crawl_of("one", report_of(*articles(30))), NOW)
    migrated = [
        make_article(f"Old item {index} under a new address", slug=f"new-{index}") for index in range(50)
    ]

    summary = take_in(db, crawl_of("two", report_of(*migrated)), NOW + timedelta(hours=1))

    assert summary.sources[0].held.startswith("50 of 50 entries were never seen before")
    assert {row["held"] for row in rows(db, "SELECT held FROM article WHERE url LIKE '%/new-%'")} == {"flood"}
    assert [event["kind"] for event in list_events(db)] == ["flood-held"]
    assert get_source(db, "example").held_since == NOW + timedelta(hours=1)


def test_flood_that_a_person_releases_goes_through_triage_again(db) -> None:
    take_in(db, crawl_of("one", report_of(*articles(30))), NOW)
    migrated = [
        make_article(f"Old item {index} under a new address", slug=f"new-{index}") for index in range(50)
    ]
    take_in(db, crawl_of("two", report_of(*migrated)), NOW + timedelta(hours=1))

    assert release_flood(db, "example", NOW + timedelta(hours=2)) == 50

    assert get_source(db, "example").held_since is None
    assert rows(db, "SELECT count(*) AS n FROM article WHERE held != ''") == [{"n": 0}]
    assert list_events(db)[0]["kind"] == "flood-released"


def test_busy_source_after_a_night_asleep_is_no_flood() -> None:
    entries = [
        Entry(url=str(i), url_key=str(i), key=str(i), published=NOW - timedelta(hours=i)) for i in range(40)
    ]

    assert flood_reason(entries, entries, gap=timedelta(days=2), expected=0, now=NOW) == ""
    assert flood_reason(entries, entries, gap=timedelta(hours=2), expected=20, now=NOW) == ""
    assert flood_reason(entries, entries, gap=timedelta(hours=2), expected=1, now=NOW) != ""
    assert flood_reason(entries, entries[:19], gap=timedelta(hours=2), expected=1, now=NOW) == ""


def test_lone_surrogate_and_nul_lose_no_article_of_the_batch(db) -> None:
    broken = make_article("Broken \ud83d title", "text with \udc00 and \0 inside", slug="broken")

    take_in(db, crawl_of("one", report_of(broken, *articles(2))), NOW)

    stored = rows(db, "SELECT title, text FROM article_version WHERE title LIKE 'Broken%'")
    assert stored == [{"title": "Broken \ufffd title", "text": "text with \ufffd and  inside"}]
    assert len(rows(db, "SELECT 1 AS one FROM article")) == 3


def test_no_replacement_character_is_stored_without_a_mark(db) -> None:
    lone, sound = make_article("bad \ud83d end", slug="lone"), make_article("A sound one", slug="sound")

    take_in(db, crawl_of("one", report_of(lone, sound)), NOW)

    found = rows(db, "SELECT title, encoding_doubtful FROM article_version ORDER BY title")
    assert found == [
        {"title": "A sound one", "encoding_doubtful": 0},
        {"title": "bad \ufffd end", "encoding_doubtful": 1},
    ]


def test_storable_leaves_a_sound_value_alone() -> None:
    report = report_of(*articles(2), make_article("华为 und Zürich"))
    assert storable(report) is report


def test_every_request_is_counted_once(db) -> None:
    take_in(db, crawl_of("one", report_of(*articles(4))), NOW)

    assert rows(db, "SELECT kind, outcome, count(*) AS n FROM fetch GROUP BY 1, 2 ORDER BY 1") == [
        {"kind": "article", "outcome": "ok", "n": 4},
        {"kind": "index", "outcome": "ok", "n": 1},
    ]
    assert rows(db, "SELECT requests, entries, new_entries, new_articles FROM poll") == [
        {"requests": 5, "entries": 4, "new_entries": 4, "new_articles": 4}
    ]


def test_report_of_a_source_that_is_gone_is_refused_without_an_error(db) -> None:
    summary = take_in(db, crawl_of("one", report_of(source="gone")), NOW)
    assert summary.sources[0].unknown_source


def test_source_is_due_again_only_at_its_time(db) -> None:
    assert [order.source.source_id for order in due_sources(db, NOW, 10)] == ["example"]
    take_in(db, crawl_of("one", report_of(*articles(1))), NOW)

    due = get_source(db, "example").next_due

    assert due > NOW
    assert due_sources(db, due - timedelta(seconds=1), 10) == []
    assert len(due_sources(db, due, 10)) == 1
    assert due_sources(db, due, 10, busy=frozenset({"example"})) == []


def test_first_order_is_unconditional_and_the_next_one_carries_validators(db) -> None:
    assert not state_of(db).conditional
    assert not state_of(db).state.polled_before

    take_in(db, crawl_of("one", report_of(*articles(1), etag='"abc"')), NOW)
    due = get_source(db, "example").next_due
    (order,) = due_sources(db, due, 1)

    assert order.state.etag == '"abc"'
    assert order.state.polled_before
    assert order.conditional


def test_source_that_left_the_catalogue_is_kept_but_not_polled(db) -> None:
    take_in(db, crawl_of("one", report_of(*articles(1))), NOW)
    with writing(db):
        store_sources(db, [make_source("another")], NOW)

    assert [order.source.source_id for order in due_sources(db, NOW + timedelta(days=40), 10)] == ["another"]
    assert get_source(db, "example") is not None

    with writing(db):
        store_sources(db, [make_source()], NOW)
        assert make_due(db, NOW) == 1
    assert [order.source.source_id for order in due_sources(db, NOW, 10)] == ["example"]
    assert get_source(db, "example").first_success_at == NOW
