"""The whole path of an article, also of one that was never seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.model import Channel, Digest, Severity
from crawler.items import FetchKind, FetchOutcome
from crawler.outcomes import Outcome
from crawler.urls import canonical_url, url_key
from monitor.importing import import_lines
from monitor.model import ChangeKind, Field, Span, Status, StoryChange, TraceStep
from monitor.processing import process_next
from monitor.pruning import prune
from monitor.tracewords import line_in_words, trace_lines
from monitor.why import render, why
from monitor.whywords import change_in_words
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

JOHOR = "Alibaba Cloud plans a data center in Johor"
FACTS = {JOHOR: [Fact(says="data center in Johor", places=("MY:Johor",), status=Status.PLANNED)]}


def web(title: str, **changes: object):
    """An article with the identity that the crawler gives it."""
    article = make_article(title, **changes)
    return make_article(
        title, **{"url": canonical_url(article.url), "url_key": url_key(article.url), **changes}
    )


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path, make_source())
    take_in(log, crawl_of("first", report_of()), NOW - timedelta(hours=3))
    yield log
    log.close()


def steps_of(db, asked: str) -> dict[str, tuple[bool | None, str]]:
    return {step.name: (step.held, str(step.text)) for step in why(db, asked).steps}


def settle(
    db,
    *articles,
    facts=FACTS,
    broken: frozenset[str] = frozenset(),
    channel: Channel | None = None,
) -> None:
    take_in(db, crawl_of("second", report_of(*articles)), NOW)
    while process_next(db, FakeDetector(facts, broken=broken), (FakeWatch(),), [channel or console()], NOW):
        pass


def test_alerting_article_shows_every_step_down_to_its_delivery(db) -> None:
    article = web(JOHOR)
    settle(db, article)

    report = why(db, article.url)

    assert str(report.answer) == "It alerted."
    assert [step.name for step in report.steps] == [
        "discovered",
        "fetched",
        "dated",
        "extracted",
        "judged",
        "news",
        "story",
        "triage",
        "delivery",
    ]
    steps = steps_of(db, article.url)
    assert "alert:new-story" in steps["triage"][1]
    assert "console: pending" in steps["delivery"][1]
    assert "json-ld" in steps["dated"][1]


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        (
            replace(console(), min_severity=Severity.HIGH),
            "below the channel's level (medium is below the channel's high)",
        ),
        (replace(console(), digest=Digest(times=("07:30",))), "in the channel's digest"),
    ],
    ids=["withdrawn", "held"],
)
def test_delivery_that_did_not_go_out_at_once_says_why(db, channel: Channel, told: str) -> None:
    article = web(JOHOR)
    settle(db, article, facts={JOHOR: [replace(FACTS[JOHOR][0], score=60)]}, channel=channel)

    step = next(step for step in why(db, article.url).steps if step.name == "delivery")
    assert [str(detail) for detail in step.details] == [told]


def test_report_is_found_by_url_variant_article_story_and_alert_id(db) -> None:
    article = web(JOHOR)
    settle(db, article)
    report = why(db, article.url)
    story_id = next(str(step.text) for step in report.steps if step.name == "story").split(",")[0]
    alert_id = next(str(step.text) for step in report.steps if step.name == "delivery").split()[1]

    for asked in (article.url + "?utm_source=mail", report.article_id, story_id, alert_id):
        assert why(db, asked).article_id == report.article_id


def test_article_without_a_finding_says_which_clause_failed(db) -> None:
    settle(db, web("Weather"), facts={})

    report = why(db, web("Weather").url)

    assert str(report.answer) == "It did not alert: no fact was found."
    judged = next(step for step in report.steps if step.name == "judged")
    assert [str(detail) for detail in judged.details] == [
        "rule dc-build failed: no word says that the rule's action happens"
    ]


def test_quarantined_article_says_why(db) -> None:
    settle(db, web("Bad"), broken=frozenset({"Bad"}))
    assert str(why(db, web("Bad").url).answer).startswith("It was set aside and did not alert: ValueError")


def test_url_of_a_known_outlet_that_was_never_seen_names_its_source(db) -> None:
    report = why(db, "https://example.example/unseen")

    assert report.article_id is None
    assert str(report.answer) == "It was never seen."
    assert [(step.name, step.held) for step in report.steps] == [("discovered", False), ("source", True)]
    assert "example should have had it" in str(report.steps[1].text)


def test_url_of_an_unknown_outlet_says_that_no_source_is_there(db) -> None:
    assert "no source of the catalogue is at elsewhere.test" in render(why(db, "https://elsewhere.test/a"))


def test_failed_fetch_of_an_article_is_shown_for_its_url(db) -> None:
    url = canonical_url("https://example.example/gone")
    failed = FetchOutcome(
        source_id="example", url=url, kind=FetchKind.ARTICLE, outcome=Outcome.GONE, at=NOW, status=410
    )
    report = report_of()
    take_in(db, crawl_of("second", report_of(outcomes=(*report.outcomes, failed))), NOW)

    assert steps_of(db, url)["fetched"] == (False, "gone (410) at 2026-03-14T12:00:00Z")


def test_id_that_nothing_has_is_said_plainly(db) -> None:
    assert str(why(db, "a0000000").answer) == "Nothing in the log has this id."


def test_imported_article_did_not_alert_because_it_was_imported(db) -> None:
    line = {"title": JOHOR, "text": f"{JOHOR}.", "url": "https://import.example/a", "source": "mine"}
    import_lines(db, [json.dumps(line)], NOW)
    while process_next(db, FakeDetector(FACTS), (FakeWatch(),), [console()], NOW):
        pass

    told = render(why(db, "https://import.example/a"))

    assert "It did not alert: it was imported, and imports alert only with `--alert`." in told
    assert "first crawl" not in told.splitlines()[2]


def test_pruned_text_is_told(db) -> None:
    article = web(JOHOR)
    settle(db, article)
    prune(db, NOW + timedelta(days=1), NOW + timedelta(days=2))

    assert steps_of(db, article.url)["extracted"] == (
        True,
        "its text was pruned on 2026-03-16; facts and quotes stay",
    )


def test_rule_that_held_in_one_sentence_and_failed_in_another_is_one_line() -> None:
    span = Span(field=Field.TITLE, start=0, end=9)
    lines = trace_lines(
        [
            TraceStep(step="rule:dc-build", held=True, span=span),
            TraceStep(step="rule:dc-build", held=False, clause="stopped"),
            TraceStep(step="rule:power", held=False, clause="object"),
            TraceStep(step="rule:capex", held=False, clause="need money"),
        ]
    )

    assert [str(line_in_words(line)) for line in lines] == [
        "rule dc-build held: in one sentence; in another it ended: a word says that it is stopped, at title 0 to 9",
        "rule capex failed: no sum of money stands there",
        "rule power failed: nothing that the rule is about (a site, a region, chips) stands there",
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (StoryChange(kind=ChangeKind.NEW_STORY, after="planned"), "a new story, planned"),
        (StoryChange(kind=ChangeKind.NEW_STORY), "a new story"),
        (StoryChange(kind=ChangeKind.STATUS, after="under_construction"), "status under construction"),
        (
            StoryChange(kind=ChangeKind.STATUS, before="rumoured", after="cancelled"),
            "status rumored → canceled",
        ),
        (StoryChange(kind=ChangeKind.AMOUNT, after="{0} USD"), "amount {0} USD"),
        (StoryChange(kind=ChangeKind.REPEAT), "nothing"),
    ],
)
def test_change_of_a_story_leaves_no_hole_where_nothing_stood_before(change: StoryChange, words: str) -> None:
    assert str(change_in_words(change)) == words
