"""Which story an article belongs to, what it adds, and what each watch is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.developments import changes, origin_of
from monitor.model import (
    ArticleText,
    ChangeKind,
    Direction,
    EventType,
    Judgement,
    Level,
    Status,
    StoryChange,
    StoryFeatures,
    Verdict,
)
from monitor.similarity import STOPPED, similarity
from monitor.stories import StoryCandidate, features_of, group_stories, place
from monitor.storystate import StoryReport, StoryState, Told, advanced
from monitor.triage import Case, decide
from tests.fakes import NOW, Fact, FakeKnowledge, FakeWatch, level_of, make_finding


def features(*families: str, countries: str = "", hubs: str = "", usd: str = "", title: str = "", language: str = "en", days: float = 0, direction: str = "expansion", kind: str = "build") -> StoryFeatures:  # fmt: skip
    return StoryFeatures(
        families=frozenset(families),
        countries=frozenset(countries.split()),
        hubs=frozenset(hubs.split()),
        classes=frozenset({kind}),
        directions=frozenset({direction}),
        money_usd=tuple(Decimal(value) for value in usd.split()),
        title=title,
        language=language,
        published=NOW + timedelta(days=days),
    )


BASE = features("alibaba", countries="MY", usd="400000000", title="Alibaba Cloud plans Johor data center")


def total(first: StoryFeatures, second: StoryFeatures) -> int:
    return sum(part.points for part in similarity(first, second))


@pytest.mark.parametrize(
    ("other", "joins"),
    [
        (features("alibaba", countries="MY", usd="410000000", language="de", title="Alibaba baut"), True),
        (features("alibaba", countries="MY", language="zh", title="阿里云将在马来西亚建数据中心"), True),
        (features("alibaba", countries="TH", usd="400000000"), False),
        (features("alibaba", countries="MY", usd="900000000", days=6), True),
        (features("alibaba", countries="MY", usd="900000000", days=40), False),
        (features("huawei", countries="MY", usd="400000000"), False),
        (features("alibaba", countries="MY", direction="contraction"), False),
        (features("alibaba", language="ko"), False),
    ],
)
def test_facts_decide_whether_a_report_joins(other: StoryFeatures, joins: bool) -> None:
    match = place(other, [StoryCandidate(story_id="s1", members=(BASE,))])
    assert (match.story_id == "s1") is joins, match


@pytest.mark.parametrize(
    ("deal", "joins"),
    [
        (features("alibaba", countries="MY", kind="deal"), False),
        (features("alibaba", countries="MY", usd="410000000", kind="deal"), True),
        (features("alibaba", countries="MY", kind="market"), True),
    ],
    ids=["a partnership beside a project", "of the same amount", "another way to say it"],
)
def test_deal_joins_a_project_by_its_town_or_amount_alone(deal: StoryFeatures, joins: bool) -> None:
    match = place(deal, [StoryCandidate(story_id="s1", members=(BASE,))])
    assert (match.story_id == "s1") is joins, match


OHIO = features("amazon", countries="US", hubs="US:Ohio", usd="9000000000")


@pytest.mark.parametrize(
    ("stop", "joins"),
    [
        (features("amazon", countries="US", hubs="US:Ohio", days=60, direction=STOPPED), True),
        (features("amazon", countries="US", usd="9000000000", days=60, direction=STOPPED), True),
        (features("amazon", countries="US", days=60, direction=STOPPED), False),
        (features("amazon", countries="US", hubs="US:Ohio", days=-2, direction=STOPPED), False),
        (features("amazon", countries="US", hubs="US:Ohio", days=60, direction="contraction"), False),
    ],
)
def test_stop_joins_the_plan_that_came_before_and_is_named(stop: StoryFeatures, joins: bool) -> None:
    match = place(stop, [StoryCandidate(story_id="s1", members=(OHIO,))])
    assert (match.story_id == "s1") is joins, match


def test_amount_counts_once_whatever_the_number_of_units() -> None:
    larger = replace(BASE, power_mw=(Decimal(90),), accelerators=(Decimal(5000),))
    other = replace(BASE, money_usd=(Decimal(1),), power_mw=(Decimal(9),), accelerators=(Decimal(50),))
    one_unit = replace(BASE, money_usd=(Decimal(1),))
    assert total(larger, other) == total(BASE, one_unit)


def test_another_hub_in_the_same_country_is_another_story() -> None:
    johor = features("amazon", countries="US", hubs="US:Ohio")
    other = features("amazon", countries="US", hubs="US:Virginia")
    assert place(other, [StoryCandidate(story_id="s1", members=(johor,))]).story_id is None


@given(st.permutations(range(6)))
def test_grouping_does_not_depend_on_the_order_of_arrival(order: list[int]) -> None:
    items = [
        ("a", BASE),
        (
            "b",
            replace(BASE, title="Alibaba baut in Johor", language="de", published=NOW + timedelta(hours=1)),
        ),
        ("c", features("huawei", countries="MY", days=1)),
        ("d", features("amazon", countries="DE", days=1)),
        ("e", features("alibaba", countries="MY", days=2)),
        ("f", features("amazon", countries="DE", days=2)),
    ]
    expected = {"a": "a", "b": "a", "c": "c", "d": "d", "e": "a", "f": "d"}
    assert group_stories([items[index] for index in order]) == expected


def test_topic_without_a_provider_is_grouped_by_its_title() -> None:
    first = features(title="Johor rejects data centres over water use")
    second = replace(first, title="Johor rejects data centres over water", published=NOW + timedelta(hours=3))
    third = replace(first, title="Hotel review in Johor Bahru")
    assert group_stories([("a", first), ("b", second), ("c", third)]) == {"a": "a", "b": "a", "c": "c"}


def judged(fact: Fact, title: str = "", **values: object) -> Judgement:
    article = ArticleText(article_id="a1", title=title or fact.says, text="", language="en")
    finding = make_finding(article, fact)
    made: dict[str, object] = {
        "article_id": "a1",
        "language": "en",
        "relevant": fact.status is not Status.DENIED,
        "score": fact.score,
        "level": level_of(fact.score),
        "findings": (finding,),
        "watches": ("all",),
    }
    return Judgement(**(made | values))  # type: ignore[arg-type]


def test_features_take_the_family_the_places_and_no_vendor_beside_a_provider() -> None:
    article = ArticleText(article_id="a1", title="AWS builds with Nvidia", text="")
    findings = tuple(
        make_finding(article, Fact(says="builds", actor=actor, places=("MY:Johor",), usd="5"))
        for actor in ("aws", "nvidia")
    )
    judgement = replace(judged(Fact(says="builds")), findings=findings)

    found = features_of(judgement, article, FakeKnowledge())

    assert found.families == {"amazon"}
    assert found.countries == {"MY"}
    assert found.hubs == {"MY:Johor"}
    assert found.money_usd == (Decimal(5),)


@pytest.mark.parametrize(
    ("first", "second", "points"),
    [
        (("DE:Frankfurt",), ("DE:Hesse",), 12),
        (("DE:Frankfurt", "DE:Hesse"), ("DE:Hesse",), 12),
        (("DE:Frankfurt", "DE:Hesse"), ("DE:Kassel", "DE:Hesse"), -30),
        (("DE:Frankfurt",), ("DE:Kassel",), -30),
        (("DE:Hesse",), ("DE:Bavaria",), -30),
    ],
)
def test_town_and_its_region_are_one_place_and_two_towns_of_a_region_are_two(
    first: tuple[str, ...], second: tuple[str, ...], points: int
) -> None:
    made = []
    for places in (first, second):
        judgement = judged(Fact(says="builds", places=(*places, "DE")))
        article = ArticleText(article_id="a1", title="", text="")
        made.append(features_of(judgement, article, FakeTowns()))

    assert {part.name: part.points for part in similarity(*made)}["hub"] == points
    assert similarity(*made) == similarity(*reversed(made))


class FakeTowns(FakeKnowledge):
    def regions_of(self, place_id: str) -> frozenset[str]:
        return frozenset({"DE:Hesse"} if place_id in ("DE:Frankfurt", "DE:Kassel") else ())


def report(*facts: Fact, publisher: str = "one", **values: object) -> StoryReport:
    article = ArticleText(article_id="a", title=" ".join(fact.says for fact in facts), text="")
    findings = tuple(make_finding(article, fact) for fact in facts)
    made: dict[str, object] = {
        "findings": findings,
        "families": frozenset({"alibaba"}),
        "publisher": publisher,
        "language": "en",
        "level": Level.HIGH,
        "published": NOW,
    }
    return StoryReport(**(made | values))  # type: ignore[arg-type]


PLAN = Fact(says="plan", places=("MY",), usd="400000000", status=Status.PLANNED, when="2027")
KNOWN = advanced(StoryState(), report(PLAN), FakeKnowledge())
LATER = NOW + timedelta(days=20)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (report(PLAN), ("repeat", "", "")),
        (report(replace(PLAN, usd="420000000")), ("repeat", "", "")),
        (report(replace(PLAN, status=Status.ANNOUNCED)), ("repeat", "", "")),
        (report(replace(PLAN, status=Status.RUMOURED)), ("repeat", "", "")),
        (report(replace(PLAN, when="2027-Q3")), ("repeat", "", "")),
        (report(replace(PLAN, status=Status.LIVE)), ("status", "planned", "live")),
        (report(replace(PLAN, status=Status.CANCELLED)), ("status", "planned", "cancelled")),
        (report(replace(PLAN, status=Status.DENIED)), ("correction", "planned", "denied")),
        (report(replace(PLAN, usd="900000000")), ("amount", "400000000 USD", "900000000 USD")),
        (
            report(replace(PLAN, usd="900000000"), edited=True),
            ("correction", "400000000 USD", "900000000 USD"),
        ),
        (report(replace(PLAN, mw="300")), ("amount", "", "300 MW")),
        (report(replace(PLAN, places=("MY", "TH"))), ("place", "", "TH")),
        (report(replace(PLAN, places=("MY:Johor",)), published=LATER), ("place", "", "MY:Johor")),
        (report(replace(PLAN, partners=("telekom",))), ("partner", "", "telekom")),
        (report(replace(PLAN, when="2029")), ("time", "2027", "2029")),
        (report(PLAN, publisher="two"), ("second-publisher", "one", "two")),
        (report(PLAN, publisher="two", independent=False), ("repeat", "", "")),
    ],
)
def test_each_new_fact_is_named_with_before_and_after(
    second: StoryReport, expected: tuple[str, str, str]
) -> None:
    found = changes(KNOWN, second, FakeKnowledge())
    assert [(change.kind.value, change.before, change.after) for change in found] == [expected]


def test_what_was_told_once_is_a_repeat_the_second_time() -> None:
    live = report(
        replace(PLAN, status=Status.LIVE, usd="900000000", places=("MY:Johor", "TH")), publisher="two"
    )
    state = advanced(KNOWN, live, FakeKnowledge())
    assert [change.kind for change in changes(state, live, FakeKnowledge())] == [ChangeKind.REPEAT]
    assert state.publishers == ("one", "two")
    assert state.status is Status.LIVE


def test_third_publisher_is_no_news() -> None:
    state = advanced(KNOWN, report(PLAN, publisher="two"), FakeKnowledge())
    found = changes(state, report(PLAN, publisher="three"), FakeKnowledge())
    assert [change.kind for change in found] == [ChangeKind.REPEAT]


@pytest.mark.parametrize(
    ("values", "origin"),
    [
        ({"is_copy": True}, "copy"),
        ({"syndicated_from": "dpa"}, "syndicated from dpa"),
        ({"tier": "aggregator"}, "aggregator"),
        ({"known": ("one",)}, "same publisher"),
        ({}, ""),
    ],
)
def test_report_that_is_not_independent_says_why(values: dict[str, object], origin: str) -> None:
    made: dict[str, object] = {
        "is_copy": False,
        "syndicated_from": None,
        "tier": "tech",
        "publisher": "one",
        "known": (),
    }
    assert origin_of(**(made | values)) == origin  # type: ignore[arg-type]


NEW = (StoryChange(kind=ChangeKind.NEW_STORY),)
REPEAT = (StoryChange(kind=ChangeKind.REPEAT),)
SECOND = (StoryChange(kind=ChangeKind.PUBLISHER, before="one", after="two"),)
LIVE = (StoryChange(kind=ChangeKind.STATUS, before="planned", after="live"),)
TOLD = {"all": Told(told_at=NOW - timedelta(hours=1), told=1)}
DENIED = judged(replace(PLAN, status=Status.DENIED))
CORRECTION = (StoryChange(kind=ChangeKind.CORRECTION, before="planned", after="denied"),)
FOOTPRINT = judged(replace(PLAN, event=EventType.FOOTPRINT, news=False), relevant=False, watches=())


@pytest.mark.parametrize(
    ("case", "watch", "verdict"),
    [
        ({"changes": NEW}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": LIVE, "told": TOLD}, {}, Verdict.ALERT_STATUS),
        ({"changes": (StoryChange(kind=ChangeKind.AMOUNT),), "told": TOLD}, {}, Verdict.ALERT_NEW_FACT),
        (
            {"changes": SECOND, "told": TOLD},
            {"notify_on": ("new", "development", "repeat")},
            Verdict.ALERT_SECOND_PUBLISHER,
        ),
        ({"changes": SECOND, "told": TOLD}, {}, Verdict.REPEAT),
        ({"changes": REPEAT, "told": TOLD}, {}, Verdict.REPEAT),
        ({"changes": LIVE, "told": TOLD}, {"cooldown": timedelta(hours=2)}, Verdict.COOLDOWN),
        ({"changes": NEW}, {"min_level": "high"}, Verdict.ALERT_NEW_STORY),
        (
            {"changes": NEW, "judgement": judged(replace(PLAN, score=40))},
            {"min_level": "medium"},
            Verdict.BELOW_LEVEL,
        ),
        ({"changes": NEW, "published": NOW - timedelta(hours=73)}, {}, Verdict.OLD),
        ({"changes": NEW, "published": NOW + timedelta(days=900)}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": NEW, "published": None}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": NEW, "published": None, "in_index": False}, {}, Verdict.NO_DATE),
        ({"changes": NEW, "baseline": True}, {}, Verdict.BASELINE),
        ({"changes": NEW, "held": "flood"}, {}, Verdict.HELD_FLOOD),
        ({"changes": NEW, "held": "rules-changed"}, {}, Verdict.HELD_RULES),
        ({"changes": NEW, "muted_until": NOW + timedelta(days=1)}, {}, Verdict.MUTED),
        ({"changes": NEW, "muted_until": NOW - timedelta(days=1)}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": NEW}, {"shadow": True}, Verdict.SHADOW),
        ({"changes": NEW, "judgement": DENIED, "story_level": Level.HIGH}, {}, Verdict.DENIED),
        (
            {"changes": CORRECTION, "judgement": DENIED, "told": TOLD, "story_level": Level.HIGH},
            {},
            Verdict.ALERT_CORRECTION,
        ),
        ({"changes": NEW, "judgement": judged(PLAN, watches=())}, {}, Verdict.NO_WATCH),
        ({"changes": (), "judgement": FOOTPRINT}, {}, Verdict.NOT_NEWS),
        (
            {"changes": (), "judgement": judged(PLAN, findings=(), watches=(), relevant=False)},
            {},
            Verdict.NO_FINDING,
        ),
        # a story that was silent so far (first crawl, held, below the level) is new to who was never told of it
        ({"changes": REPEAT, "story_published": NOW - timedelta(hours=20)}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": REPEAT, "story_published": NOW - timedelta(days=9)}, {}, Verdict.REPEAT),
        ({"changes": LIVE, "story_published": NOW - timedelta(days=9)}, {}, Verdict.ALERT_NEW_STORY),
        ({"changes": LIVE, "told": TOLD, "alerted": frozenset({"all"})}, {}, Verdict.REPEAT),
    ],
)
def test_every_alert_and_every_silence_has_its_reason(
    case: dict[str, object], watch: dict[str, object], verdict: Verdict
) -> None:
    made: dict[str, object] = {
        "judgement": judged(PLAN),
        "first_seen": NOW,
        "published": NOW - timedelta(hours=1),
    }

    (decision,) = decide(Case(**(made | case)), [FakeWatch(**watch)], NOW)  # type: ignore[arg-type]

    assert decision.verdict is verdict


def test_denial_joins_the_plan_that_it_denies() -> None:
    article = ArticleText(article_id="a1", title="plan", text="")
    plan = features_of(judged(replace(PLAN, usd=None)), article, FakeKnowledge(), published=NOW)
    denied = judged(replace(PLAN, usd=None, status=Status.DENIED))
    denial = features_of(denied, article, FakeKnowledge(), published=NOW + timedelta(days=2))

    match = place(denial, [StoryCandidate(story_id="s1", members=(plan,))])

    assert match.story_id == "s1"


def test_direction_of_a_finding_reaches_the_features() -> None:
    judgement = judged(replace(PLAN, direction=Direction.CONTRACTION))
    assert features_of(judgement, ArticleText(article_id="a1", title="plan", text="")).directions == {
        "contraction"
    }
