"""A decision and its story, composed into the alert that leaves the program."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.matchers import LABELS
from alerts.model import Alert, AlertKind, Links, Report, Severity
from alerts.routes import labels_of
from monitor.alerting import Telling, alert_id_of, compose
from monitor.articlelog import get_article, store_article
from monitor.database import writing
from monitor.model import ArticleText, ChangeKind, Decision, Field, Level, Mark, Span, StoryChange, Verdict
from monitor.naming import KnowledgeNames
from tests.fakes import NOW, Fact, FakeDetector, make_article, make_source, new_log

TITLE = "Huawei deploys Ascend chips in Malaysia"
FACTS = [
    Fact(says="deploys Ascend chips", actor="huawei", places=("MY:Johor",), score=60, usd="5000000"),
    Fact(says="Huawei", actor="huawei", score=80, partners=("telekom",)),
    Fact(says="Malaysia", actor="huawei", score=90, news=False),
]


class Names:
    def provider_names(self, entity_id: str) -> dict[str, str]:
        return {"": "Huawei", "zh": "华为"} if entity_id == "huawei" else {"": "Telekom"}

    def place_names(self, place_id: str) -> dict[str, str]:
        return {"": "Johor"}

    def regions_of(self, place_id: str) -> frozenset[str]:
        return frozenset()


@pytest.fixture
def telling(tmp_path: Path) -> Telling:
    log = new_log(tmp_path, make_source(name="The Example"))
    with writing(log):
        stored = store_article(log, make_article(TITLE), NOW)
    article = get_article(log, stored.article_id)
    log.close()
    assert article is not None
    text = ArticleText(article_id=article.article_id, title=TITLE, text=article.text, language="en")
    return Telling(
        story_id="s1",
        sequence=1,
        decision=Decision(watch="gulf", verdict=Verdict.ALERT_NEW_STORY, level=Level.HIGH),
        article=article,
        judgement=FakeDetector({TITLE: FACTS}).judge(text),
        reports=(),
    )


def told(telling: Telling, verdict: Verdict, *changes: StoryChange) -> Alert:
    decision = replace(telling.decision, verdict=verdict, changes=changes)
    return compose(replace(telling, decision=decision), NOW, names=Names())


def test_age_of_a_follow_up_is_that_of_the_report_that_brings_it(telling: Telling) -> None:
    early, late = NOW - timedelta(days=20), NOW - timedelta(minutes=9)
    first = Report(outlet="A", family="a", url="", title="", language="en", published=early, first_seen=early)
    dated = replace(telling, article=replace(telling.article, published=late), reports=(first,))

    def published(verdict: Verdict) -> datetime | None:
        decision = replace(dated.decision, verdict=verdict)
        return compose(replace(dated, decision=decision), NOW, names=Names()).published

    assert published(Verdict.ALERT_NEW_STORY) == early
    assert published(Verdict.ALERT_STATUS) == late


def test_facts_lead_with_the_highest_score_and_leave_out_background(telling: Telling) -> None:
    alert = compose(telling, NOW, names=Names())

    assert [fact.score for fact in alert.facts] == [80, 60]
    assert [actor.name("zh") for actor in alert.facts[0].actors] == ["华为", "Telekom"]
    assert alert.facts[1].places[0].country == "MY"
    assert [quote.text for quote in alert.quotes] == ["Huawei", "deploys Ascend chips"]
    assert alert.severity is Severity.HIGH
    assert alert.headline == TITLE
    assert alert.links.article == telling.article.url
    assert alert.labels["publisher"] == "example"


def test_same_story_kind_sequence_and_watch_have_the_same_id_and_no_other(telling: Telling) -> None:
    alert = compose(telling, NOW)

    assert (
        alert.alert_id == compose(telling, NOW).alert_id == alert_id_of("s1", AlertKind.NEW_STORY, 1, "gulf")
    )
    assert alert.thread_id == "s1"
    others = [
        alert_id_of("s2", AlertKind.NEW_STORY, 1, "gulf"),
        alert_id_of("s1", AlertKind.DEVELOPMENT, 1, "gulf"),
        alert_id_of("s1", AlertKind.NEW_STORY, 2, "gulf"),
        alert_id_of("s1", AlertKind.NEW_STORY, 1, "asia"),
    ]
    assert len({alert.alert_id, *others}) == 5


@pytest.mark.parametrize(
    ("verdict", "change", "kind", "text"),
    [
        (Verdict.ALERT_STATUS, StoryChange(kind=ChangeKind.STATUS, before="planned", after="live"), AlertKind.DEVELOPMENT, "status|planned|live"),
        (Verdict.ALERT_NEW_FACT, StoryChange(kind=ChangeKind.AMOUNT, after="5000000 USD"), AlertKind.DEVELOPMENT, "amount||5000000 USD"),
        (Verdict.ALERT_NEW_FACT, StoryChange(kind=ChangeKind.PARTNER, after="telekom"), AlertKind.DEVELOPMENT, "partner||telekom"),
        (Verdict.ALERT_NEW_FACT, StoryChange(kind=ChangeKind.PLACE, after="MY:Johor"), AlertKind.DEVELOPMENT, "place||MY:Johor"),
        (Verdict.ALERT_SECOND_PUBLISHER, StoryChange(kind=ChangeKind.PUBLISHER, before="one", after="example"), AlertKind.CORROBORATION, "second-publisher|one|The Example"),
        (Verdict.ALERT_CORRECTION, StoryChange(kind=ChangeKind.CORRECTION, before="planned", after="denied"), AlertKind.CORRECTION, "correction|planned|denied"),
    ],
)  # fmt: skip
def test_change_is_told_in_the_form_that_layouts_read(
    telling: Telling, verdict: Verdict, change: StoryChange, kind: AlertKind, text: str
) -> None:
    alert = told(telling, verdict, change)
    assert (alert.kind, alert.changes) == (kind, (text,))


def test_new_story_and_repeat_are_no_changes_to_tell(telling: Telling) -> None:
    changes = (StoryChange(kind=ChangeKind.NEW_STORY, after="planned"), StoryChange(kind=ChangeKind.REPEAT))
    assert told(telling, Verdict.ALERT_NEW_STORY, *changes).changes == ()


def test_marks_stay_inside_the_quote_and_overlap_nowhere(telling: Telling) -> None:
    first, *rest = telling.judgement.findings
    start = first.evidence.span.start

    def mark(begin: int, end: int) -> Mark:
        return Mark(kind="actor", span=Span(field=Field.TITLE, start=start + begin, end=start + end))

    marked = replace(first, marks=(mark(0, 5), mark(3, 7), mark(15, 18), mark(-3, 2), mark(0, 99)))
    judgement = replace(telling.judgement, findings=(marked, *rest))

    alert = compose(replace(telling, judgement=judgement), NOW)

    (quote,) = [quote for quote in alert.quotes if quote.text == "deploys Ascend chips"]
    assert quote.marks == ((0, 7), (15, 20))


def test_every_label_that_triage_adds_can_be_silenced(telling: Telling) -> None:
    assert set(labels_of(compose(telling, NOW))) <= set(LABELS)


def test_links_are_made_from_the_ids(telling: Telling) -> None:
    def links(alert_id: str, story_id: str, article_id: str) -> Links:
        return Links(log=f"/{story_id}", useful=f"/{alert_id}/useful", wrong=f"/{article_id}")

    alert = compose(telling, NOW, links=links)

    assert alert.links == Links(
        article=telling.article.url,
        log="/s1",
        useful=f"/{alert.alert_id}/useful",
        wrong=f"/{telling.article.article_id}",
    )


def test_shipped_knowledge_names_providers_and_places_in_the_readers_language() -> None:
    from monitor.knowledge.loader import load_knowledge

    names = KnowledgeNames(load_knowledge())

    assert names.provider_names("alibaba_cloud")[""] == "Alibaba Cloud"
    assert names.provider_names("alibaba_cloud")["zh"] == "阿里云"
    assert names.place_names("MY:Johor")[""] == "Johor"
    assert names.place_names("MY:Johor")["zh"] == "柔佛"
    assert names.provider_names("nobody") == {}
    assert names.place_names("MY") == {}
