"""From an article in the log to alerts in the outbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.model import AlertKind, Digest, Rhythm, Severity
from monitor.articlestates import mark_for_rejudging, release_held, release_quarantined
from monitor.database import driver, rows, writing
from monitor.model import ArticleText, EventType, Judgement, Level, Status, Verdict
from monitor.processing import Processed, process_next
from monitor.rules.query import Novelty
from monitor.storylog import mute_story
from tests.fakes import (
    NOW,
    Fact,
    FakeDetector,
    FakeWatch,
    console,
    crawl_of,
    dump,
    make_article,
    make_source,
    new_log,
    queued,
    report_of,
)
from tests.intaking import take_in

JOHOR = "Alibaba Cloud plans a data center in Johor"
LIVE = "Alibaba Cloud opens its Johor data center"
FACTS = {
    JOHOR: [Fact(says="data center in Johor", places=("MY:Johor",), usd="400000000", status=Status.PLANNED)],
    LIVE: [Fact(says="opens its Johor data center", places=("MY:Johor",), status=Status.LIVE)],
    "Alibaba Cloud baut in Johor": [
        Fact(says="baut in Johor", places=("MY:Johor",), usd="402000000", status=Status.PLANNED)
    ],
    "Alibaba Cloud denies Johor plan": [
        Fact(says="denies Johor plan", places=("MY:Johor",), status=Status.DENIED)
    ],
}


EVERYTHING = (FakeWatch(),)


class TopicDetector(FakeDetector):
    """Names its watches whatever the facts are, as a watch on words does."""

    def judge(self, article: ArticleText) -> Judgement:
        return replace(super().judge(article), watches=self.watches)


def process_all(db, detector, watches=EVERYTHING, now=NOW) -> list[Processed]:
    done = []
    while (processed := process_next(db, detector, watches, [console()], now)) is not None:
        done.append(processed)
    return done


def verdicts(done: list[Processed]) -> list[Verdict]:
    return [decision.verdict for processed in done for decision in processed.decisions]


@pytest.fixture
def db(tmp_path: Path):
    log = new_log(tmp_path, make_source("example"), make_source("other"), make_source("third"))
    for source in ("example", "other", "third"):
        take_in(log, crawl_of("first", report_of(source=source)), NOW - timedelta(hours=3))
    yield log
    log.close()


def arrive(db, *articles, order: str = "second", now=NOW, source: str = "example") -> None:
    take_in(db, crawl_of(order, report_of(*articles, source=source)), now)


def test_new_story_becomes_one_alert_with_facts_quote_and_outlet(db) -> None:
    arrive(db, make_article(JOHOR))

    done = process_all(db, FakeDetector(FACTS))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY]
    (alert,) = queued(db)
    assert alert.kind is AlertKind.NEW_STORY
    assert alert.severity is Severity.HIGH
    assert alert.facts[0].actors[0].id == "alibaba_cloud"
    assert alert.facts[0].places[0].id == "MY:Johor"
    assert alert.quotes[0].text == "data center in Johor"
    assert [report.outlet for report in alert.reports] == ["Example"]
    assert rows(db, "SELECT channel, state FROM outbox") == [{"channel": "console", "state": "pending"}]


def test_same_event_in_another_language_is_a_repeat_in_the_same_story(db) -> None:
    arrive(db, make_article(JOHOR))
    arrive(db, make_article("Alibaba Cloud baut in Johor", source="other", language="de"), source="other")

    done = process_all(db, FakeDetector(FACTS))

    assert len({processed.story_id for processed in done}) == 1
    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.REPEAT]
    assert len(queued(db)) == 1


def test_second_publisher_alerts_only_a_watch_that_asks_for_it(db) -> None:
    arrive(db, make_article(JOHOR))
    arrive(db, make_article("Alibaba Cloud baut in Johor", source="other", language="de"), source="other")
    watches = (FakeWatch(), FakeWatch(name="strict", notify_on=("new", "development", "repeat")))

    done = process_all(db, FakeDetector(FACTS, watches=("all", "strict")), watches)

    assert verdicts(done)[2:] == [Verdict.REPEAT, Verdict.ALERT_SECOND_PUBLISHER]
    assert queued(db)[-1].changes == ("second-publisher|example|Other",)


def test_status_change_makes_a_follow_up_in_the_same_thread(db) -> None:
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    arrive(db, make_article(LIVE), order="third")

    done = process_all(db, FakeDetector(FACTS))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.ALERT_STATUS]
    first, second = queued(db)
    assert second.thread_id == first.thread_id
    assert second.alert_id != first.alert_id
    assert second.changes == ("status|planned|live",)


def test_channel_of_two_watches_gets_one_message_for_a_development_at_the_higher_level(db) -> None:
    """Whatever the order of the watches, and also where the other watch hears of the story by a later report."""
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    watches = (
        FakeWatch(name="mild", own_level=Level.LOW),
        FakeWatch(name="keen", own_level=Level.HIGH),
        FakeWatch(name="late", own_level=Level.LOW, min_level="medium"),
    )
    names = tuple(watch.name for watch in watches)
    process_all(db, FakeDetector(FACTS, watches=names), watches)
    arrive(db, make_article("Alibaba Cloud baut in Johor", source="other", language="de"), source="other")
    raised = (*watches[:2], replace(watches[2], own_level=Level.MEDIUM))
    process_all(db, FakeDetector(FACTS, watches=names), raised)

    assert rows(
        db,
        "SELECT labels ->> 'watch' AS watch, o.severity, state, reason FROM outbox o JOIN alert USING (alert_id)",
    ) == [
        {"watch": "keen", "severity": "high", "state": "pending", "reason": "at-once"},
        {"watch": "mild", "severity": "low", "state": "cancelled", "reason": "told"},
        {"watch": "late", "severity": "medium", "state": "cancelled", "reason": "told"},
    ]


def test_denial_never_alerts_alone_but_corrects_what_was_told(db) -> None:
    arrive(db, make_article("Alibaba Cloud denies Johor plan"))
    assert verdicts(process_all(db, FakeDetector(FACTS))) == [Verdict.DENIED]


def test_denial_of_what_was_told_is_a_correction(db) -> None:
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    arrive(db, make_article("Alibaba Cloud denies Johor plan"), order="third")

    done = process_all(db, FakeDetector(FACTS))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.ALERT_CORRECTION]
    correction = queued(db)[-1]
    assert correction.kind is AlertKind.CORRECTION
    assert correction.severity is Severity.HIGH  # that of the story, or a channel would hold it back
    assert correction.facts[0].status == "denied"
    assert rows(db, "SELECT DISTINCT state FROM outbox") == [{"state": "pending"}]


def test_forty_outlets_with_the_same_story_make_one_alert(db, tmp_path: Path) -> None:
    names = [f"outlet{number}" for number in range(40)]
    log = new_log(tmp_path / "forty", *(make_source(name) for name in names))
    for name in names:
        take_in(log, crawl_of("first", report_of(source=name)), NOW - timedelta(hours=3))
        arrive(log, make_article(JOHOR, source=name), source=name)

    done = process_all(log, FakeDetector(FACTS))

    assert len(queued(log)) == 1
    assert verdicts(done).count(Verdict.REPEAT) == 39
    assert rows(log, "SELECT articles, publishers FROM story") == [{"articles": 40, "publishers": 40}]
    log.close()


def test_first_crawl_fills_the_log_without_an_alert(tmp_path: Path) -> None:
    log = new_log(tmp_path / "base")
    take_in(log, crawl_of("one", report_of(make_article(JOHOR))), NOW)

    assert verdicts(process_all(log, FakeDetector(FACTS))) == [Verdict.BASELINE]
    assert queued(log) == []
    log.close()


def test_news_older_than_three_days_does_not_alert(db) -> None:
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=73)))
    assert verdicts(process_all(db, FakeDetector(FACTS))) == [Verdict.OLD]


def test_undated_article_counts_from_its_first_sight(db) -> None:
    arrive(db, make_article(JOHOR, published=None, published_from=None))
    assert verdicts(process_all(db, FakeDetector(FACTS))) == [Verdict.ALERT_NEW_STORY]


def test_article_that_cannot_be_judged_goes_to_quarantine_and_stops_nothing(db) -> None:
    arrive(db, make_article("Broken"), make_article(JOHOR))

    done = process_all(db, FakeDetector(FACTS, broken=frozenset({"Broken"})))

    assert sorted(processed.error for processed in done) == ["", "ValueError: cannot judge 'Broken'"]
    assert len(queued(db)) == 1
    with writing(db):
        assert release_quarantined(db) == 1
    assert [processed.error for processed in process_all(db, FakeDetector(FACTS))] == [""]


def test_judging_twice_with_the_same_rules_changes_nothing(db) -> None:
    arrive(db, make_article(JOHOR), make_article("Nothing of note"))
    process_all(db, FakeDetector(FACTS))
    before = dump(db, without=("article", "decision"))

    with writing(db):
        mark_for_rejudging(db)
    done = process_all(db, FakeDetector(FACTS))

    assert dump(db, without=("article", "decision")) == before
    assert sorted(verdicts(done)) == sorted([Verdict.REPEAT, Verdict.NO_FINDING])


def test_old_article_that_matches_changed_rules_is_held_until_released(db) -> None:
    arrive(db, make_article(JOHOR))
    process_all(db, FakeDetector({}))
    with writing(db):
        mark_for_rejudging(db)

    held = process_all(db, FakeDetector(FACTS, rule_set="rules-2"))
    with writing(db):
        assert release_held(db) == 1
    released = process_all(db, FakeDetector(FACTS, rule_set="rules-2"))

    assert verdicts(held) == [Verdict.HELD_RULES]
    assert verdicts(released) == [Verdict.ALERT_NEW_STORY]


def test_muted_story_is_silent_until_its_date(db) -> None:
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    (first,) = process_all(db, FakeDetector(FACTS))
    with writing(db):
        mute_story(db, str(first.story_id), NOW + timedelta(days=2))
    arrive(db, make_article(LIVE), order="third")

    assert verdicts(process_all(db, FakeDetector(FACTS))) == [Verdict.MUTED]
    assert verdicts(process_all(db, FakeDetector(FACTS))) == []


def test_shadow_watch_decides_without_telling(db) -> None:
    arrive(db, make_article(JOHOR))

    (done,) = process_all(db, FakeDetector(FACTS), (FakeWatch(shadow=True),))

    assert done.decisions[0].verdict is Verdict.SHADOW
    assert done.decisions[0].note == "would have been alert:new-story"
    assert queued(db) == []


def test_fact_held_back_by_the_cooldown_is_told_with_the_next_alert(db) -> None:
    watch = FakeWatch(cooldown=timedelta(hours=6))
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    process_all(db, FakeDetector(FACTS), (watch,))
    arrive(db, make_article(LIVE), order="third", now=NOW + timedelta(hours=1))
    cooled = process_all(db, FakeDetector(FACTS), (watch,), NOW + timedelta(hours=1))
    arrive(
        db,
        make_article("Alibaba Cloud baut in Johor", source="other", language="de", published=NOW + timedelta(hours=6)),
        order="fourth", source="other", now=NOW + timedelta(hours=7),
    )  # fmt: skip

    told = process_all(db, FakeDetector(FACTS), (watch,), NOW + timedelta(hours=7))

    assert verdicts(cooled) == [Verdict.COOLDOWN]
    assert verdicts(told) == [Verdict.ALERT_STATUS]
    assert "status|planned|live" in queued(db)[-1].changes


def test_source_that_alerts_as_never_before_is_held(db) -> None:
    titles = [f"Provider {number} builds" for number in range(9)]
    facts = {
        title: [Fact(says="builds", actor=f"provider{number}", places=("MY",))]
        for number, title in enumerate(titles)
    }
    arrive(db, *(make_article(title) for title in titles))

    done = process_all(db, FakeDetector(facts))

    assert verdicts(done).count(Verdict.ALERT_NEW_STORY) == 5
    assert verdicts(done).count(Verdict.HELD_FLOOD) == 4
    with writing(db):
        assert release_held(db, source_id="example") == 4


def test_background_finding_is_stored_but_makes_no_story(db) -> None:
    title = "A long look at clouds"
    facts = {title: [Fact(says="look at clouds", event=EventType.FOOTPRINT, news=False, score=20)]}
    arrive(db, make_article(title))

    (done,) = process_all(db, FakeDetector(facts))

    assert done.story_id is None
    assert done.decisions[0].verdict is Verdict.NOT_NEWS
    assert rows(db, "SELECT event, news FROM ledger") == [{"event": "footprint", "news": 0}]


WATER = "Johor farmers fear for water"
SECOND = "Johor farmers fear for their water"
ASIDE = Fact(says="Google", actor="google", places=("MY:Johor",), news=False, score=20)


@pytest.mark.parametrize("facts", [[], [ASIDE]], ids=["no fact", "a fact in the background"])
@pytest.mark.parametrize(("asked", "severity"), [("low", Severity.LOW), ("high", Severity.HIGH)])
def test_topic_that_a_watch_asks_for_alerts_once_with_the_weight_of_the_watch(
    db, facts: list[Fact], asked: str, severity: Severity
) -> None:
    """A watch on words alone: the article has no news of a provider, or mentions one in the background."""
    arrive(db, make_article(WATER, "Google is near.", published=NOW - timedelta(hours=2)))
    arrive(db, make_article(SECOND, "Google is near!", source="other"), source="other")
    watch = FakeWatch(name="water", min_level=asked)

    done = process_all(db, TopicDetector({WATER: facts, SECOND: facts}, watches=("water",)), (watch,))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.REPEAT]
    (alert,) = queued(db)
    assert alert.severity is severity
    assert alert.headline == WATER
    assert alert.facts == ()
    assert rows(db, "SELECT state FROM outbox") == [{"state": "pending"}]


def test_topic_does_not_join_the_story_of_a_provider_that_it_mentions(db) -> None:
    plan = Fact(says="Google builds", actor="google", places=("MY:Johor",))
    arrive(db, make_article("Google builds in Johor", published=NOW - timedelta(hours=2)))
    arrive(db, make_article(WATER, "Google is near."), order="third")
    facts = {"Google builds in Johor": [plan], WATER: [ASIDE]}

    done = process_all(db, TopicDetector(facts, watches=("all",)))

    assert len({processed.story_id for processed in done}) == 2


def test_edit_with_another_amount_is_a_correction(db) -> None:
    arrive(db, make_article(JOHOR, "First version: a data center in Johor."))
    process_all(db, FakeDetector(FACTS))
    arrive(db, make_article(JOHOR, "Second version: a data center in Johor."), order="third")
    edited = {
        JOHOR: [
            Fact(says="data center in Johor", places=("MY:Johor",), usd="900000000", status=Status.PLANNED)
        ]
    }

    (done,) = process_all(db, FakeDetector(edited))

    assert [decision.verdict for decision in done.decisions] == [Verdict.ALERT_CORRECTION]
    assert queued(db)[-1].changes == ("correction|400000000 USD|900000000 USD",)


def test_four_edits_of_an_article_make_one_alert_and_at_most_one_correction(db) -> None:
    amounts = ["400000000", "900000000", "2000000000", "5000000000"]
    for number, usd in enumerate(amounts):
        arrive(db, make_article(JOHOR, f"Version {number}: a data center in Johor."), order=f"poll{number}")
        facts = {
            JOHOR: [Fact(says="data center in Johor", places=("MY:Johor",), usd=usd, status=Status.PLANNED)]
        }
        process_all(db, FakeDetector(facts))

    assert [alert.kind for alert in queued(db)] == [AlertKind.NEW_STORY, AlertKind.CORRECTION]
    assert rows(db, "SELECT count(*) AS n FROM article_version") == [{"n": 4}]
    assert rows(db, "SELECT count(*) AS n FROM story") == [{"n": 1}]


def test_shadow_watch_counts_a_story_once(db) -> None:
    arrive(db, make_article(JOHOR))
    arrive(db, make_article("Alibaba Cloud baut in Johor", source="other", language="de"), source="other")

    done = process_all(db, FakeDetector(FACTS), (FakeWatch(shadow=True),))

    assert verdicts(done) == [Verdict.SHADOW, Verdict.REPEAT]
    assert rows(db, "SELECT alerts FROM story") == [{"alerts": 0}]


def test_full_disk_leaves_the_article_waiting_and_the_log_readable(db) -> None:
    arrive(db, make_article(JOHOR))
    pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    db.conn.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(driver().OperationalError, match="full"):
        arrive(db, *(make_article(f"Long {number}", "text " * 5000) for number in range(9)), order="big")

    assert not db.conn.in_transaction
    assert rows(db, "SELECT title FROM article") == [{"title": JOHOR}]
    db.conn.execute("PRAGMA max_page_count = 1000000")
    assert verdicts(process_all(db, FakeDetector(FACTS))) == [Verdict.ALERT_NEW_STORY]


def test_level_that_a_watch_gives_decides_and_is_the_alerts_severity(db) -> None:
    arrive(db, make_article(JOHOR))
    watches = (
        FakeWatch(own_level=Level.MEDIUM),
        FakeWatch(name="strict", own_level=Level.LOW, min_level="medium"),
    )

    done = process_all(db, FakeDetector(FACTS, watches=("all", "strict")), watches)

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.BELOW_LEVEL]
    assert [alert.severity for alert in queued(db)] == [Severity.MEDIUM]


def test_watch_that_asks_for_developments_only_is_silent_on_the_new_story_and_told_what_follows(db) -> None:
    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    arrive(db, make_article(LIVE), order="third")

    done = process_all(db, FakeDetector(FACTS), (FakeWatch(notify_on=("development",)),))

    assert verdicts(done) == [Verdict.REPEAT, Verdict.ALERT_STATUS]
    assert done[0].decisions[0].note == "the watch does not ask for new-story"


def test_watch_that_groups_nothing_is_told_of_every_article_once(db) -> None:
    arrive(db, make_article(JOHOR))
    arrive(db, make_article("Alibaba Cloud baut in Johor", source="other", language="de"), source="other")

    done = process_all(db, FakeDetector(FACTS), (FakeWatch(every_article=True),))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.ALERT_NEW_STORY]
    assert len({alert.alert_id for alert in queued(db)}) == 2
    assert len({alert.thread_id for alert in queued(db)}) == 1


def test_watch_is_asked_again_once_the_story_is_known(db) -> None:
    class OnlyNew(FakeWatch):
        def holds(self, article, findings, novelty=None) -> bool:
            return novelty in (None, Novelty.NEW)

    arrive(db, make_article(JOHOR, published=NOW - timedelta(hours=2)))
    arrive(db, make_article(LIVE), order="third")

    done = process_all(db, FakeDetector(FACTS), (OnlyNew(),))

    assert verdicts(done) == [Verdict.ALERT_NEW_STORY, Verdict.NO_WATCH]


def test_rhythm_of_a_watch_reaches_the_outbox(db) -> None:
    arrive(db, make_article(JOHOR))
    rhythm = Rhythm(digest=Digest(times=("07:00",), weekdays=frozenset({0})))

    process_all(db, FakeDetector(FACTS), (FakeWatch(rhythm=rhythm),))

    assert [tuple(row.values()) for row in rows(db, "SELECT state, reason FROM outbox")] == [
        ("held", "watch-digest")
    ]
