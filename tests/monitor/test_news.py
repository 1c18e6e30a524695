"""Is it the news? Headline and lead decide; genre and structure speak against; background stays background."""

from __future__ import annotations

import pytest

from monitor.clausewords import CLAUSES, clause_in_words
from monitor.news.structure import structure_features
from tests.monitor.detecting import judge, knowledge


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("Google to build second data center in Norway", "The site near Skien opens in 2027.", "en"),
        (
            "Tencent Cloud eröffnet Region in Warschau",
            "Tencent Cloud nimmt die Region im Mai in Betrieb.",
            "de",
        ),
        ("阿里云将在泰国新建数据中心", "阿里云表示，项目投资10亿美元，明年投入使用。", "zh-Hans"),
        ("ソフトバンク、北海道にデータセンター新設", "投資額は1000億円で、2027年に稼働する。", "ja"),
        ("네이버클라우드, 태국에 데이터센터 짓는다", "투자 규모는 1조원이다.", "ko"),
    ],
)
def test_an_expansion_in_headline_and_lead_is_the_news(title: str, text: str, language: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert judgement.relevant
    assert any(finding.news for finding in judgement.findings)


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        (
            "How to move your database to AWS",
            "In this tutorial you create a bucket and a database instance.",
            "en",
        ),
        (
            "Microsoft shares slump after earnings",
            "Investors sold the stock. Revenue rose 12 percent in the quarter.",
            "en",
        ),
        (
            "Google outage hits users in Europe",
            "Services of Google Cloud in Frankfurt were down for three hours.",
            "en",
        ),
        (
            "Microsoft launches new Copilot app",
            "The assistant is available today and has new features.",
            "en",
        ),
        (
            "Google verklagt: Streit um Urheberrecht",
            "Das Gericht in Berlin verhandelt über die Klage gegen Google.",
            "de",
        ),
        ("亚马逊云科技推出新款数据库实例", "新实例性能提升两成，价格不变。", "zh-Hans"),
    ],
)
def test_other_genres_are_not_the_news(title: str, text: str, language: str) -> None:
    assert not judge(text, title=title, language=language).relevant


def test_a_fact_deep_in_the_body_is_kept_as_background() -> None:
    filler = "The festival of short films begins on Friday. Tickets are sold at the box office. " * 6
    judgement = judge(filler + "Google will build a data center in Norway.", title="Film festival begins")

    assert [finding.news for finding in judgement.findings] == [False]
    assert not judgement.relevant


def test_an_irrelevant_paragraph_at_the_end_changes_nothing() -> None:
    base = judge("The site near Skien opens in 2027.", title="Google to build second data center in Norway")
    longer = judge(
        "The site near Skien opens in 2027.\nIn other news, the town held its summer fair. "
        + "It rained. " * 50,
        title="Google to build second data center in Norway",
    )

    assert base.relevant
    assert longer.relevant


def test_the_decision_is_a_sum_of_named_clauses() -> None:
    judgement = judge(
        "The site near Skien opens in 2027.", title="Google to build second data center in Norway"
    )

    names = {part.name for part in judgement.news}
    assert {"bias", "title_actor", "title_action"} <= names
    assert sum(part.points for part in judgement.news) >= 0


def test_every_weight_has_words_for_an_analyst() -> None:
    for name in knowledge().news_weights:
        words = clause_in_words(name)
        assert name in CLAUSES or words != name.replace("_", " "), name


@pytest.mark.parametrize(
    ("title", "text", "clause"),
    [
        ("Is the cloud boom over?", "", "question_title"),
        ("7 tools for your cloud", "", "numbered_title"),
        ("早报｜谷歌发布新品；微软裁员；苹果上新", "", "items_title"),
        ("Notes", "## One\nx\n## Two\nx\n## Three\nx", "sections"),
        ("Setup", "```\npip install x\n```", "code"),
        ("", "text", "no_title"),
        ("Google builds", "", "headline_only"),
    ],
)
def test_structure_has_named_clauses(title: str, text: str, clause: str) -> None:
    assert structure_features(title, text)[clause] == 1


def test_structure_looks_at_the_head_only() -> None:
    head = "Google builds. " * 80

    assert structure_features("t", head) == structure_features(
        "t", head + "\n## A\nx\n## B\nx\n## C\nx\n```\npip install x\n```"
    )


@pytest.mark.parametrize(
    ("title", "text", "news", "background"),
    [
        pytest.param(
            "Google opens new cloud region in Norway",
            "Google operates 40 regions worldwide. Google opened the region in Oslo on Monday.",
            {("region", "expansion")},
            {("footprint", "neutral")},
            id="a footprint is no event",
        ),
        pytest.param(
            "CoreWeave builds data center in Denmark",
            "CoreWeave will install GPUs from Nvidia at the site. CoreWeave deploys Nvidia chips in Denmark.",
            {("datacenter", "expansion")},
            {("compute", "expansion")},
            id="what the site is fitted with describes the site",
        ),
        pytest.param(
            "CoreWeave builds data center in Denmark",
            "CoreWeave will deploy 20,000 GPUs in Denmark.",
            {("datacenter", "expansion"), ("compute", "expansion")},
            set(),
            id="a number of accelerators is a fact of its own",
        ),
        pytest.param(
            "Google halts data center in Denmark",
            "Google had planned to build a data center in Denmark in 2027.",
            {("datacenter", "contraction")},
            {("datacenter", "expansion")},
            id="the plan that the headline ends",
        ),
    ],
)
def test_what_only_describes_the_event_is_its_background(
    title: str, text: str, news: set[tuple[str, str]], background: set[tuple[str, str]]
) -> None:
    judgement = judge(text, title=title, language="en")

    told: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for finding in judgement.findings:
        told[finding.news].add((finding.type.value, finding.direction.value))
    assert told == {True: news, False: background}


def test_a_region_given_up_is_news_whatever_made_it_so() -> None:
    closed = judge(
        "AWS will close the region for good, the company said.",
        title="AWS to shut down Bahrain region after drone attack",
        language="en",
    )
    down = judge(
        "The outage hit customers of the region.",
        title="AWS region in Bahrain down after drone attack",
        language="en",
    )

    assert closed.relevant
    assert "attack_title" not in {part.name for part in closed.news}
    assert not down.relevant


def test_a_place_alone_does_not_make_a_body_fact_the_news() -> None:
    judgement = judge(
        "The company wants to test engines there. It has bought farms before. People in the town were surprised. "
        "The mayor gave a speech. SoftBank plans to build a data center in Louisiana by 2030.",
        title="SoftBank is set to acquire 5,000 acres of farmland in Louisiana",
        language="en",
    )

    assert any(finding.type.value == "datacenter" for finding in judgement.findings)
    assert not judgement.relevant
