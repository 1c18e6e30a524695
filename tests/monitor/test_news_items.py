"""Digests: items are told apart and judged one by one; the article as a whole is news only by its headline."""

from __future__ import annotations

import pytest

from monitor.explain import explain
from tests.monitor.detecting import article, detector, judge

DIGESTS = [
    pytest.param(
        "en",
        "Weekly roundup: a new boss at Equinix, results at OVHcloud",
        "Equinix has named a new finance chief.\n\nOVHcloud reported revenue of 270 million euros.\n\n"
        "Hetzner will build a data center in Norway.\n\nThe summer fair is in June.",
        4,
        id="paragraphs",
    ),
    pytest.param(
        "de",
        "Kurz notiert: Neues von Ionos und Hetzner",
        "Ionos ernennt einen Finanzchef. – Hetzner baut ein Rechenzentrum in Norwegen. – Die Messe beginnt im Mai.",
        3,
        id="dashes",
    ),
    pytest.param(
        "ja",
        "IT業界の動き",
        "▽富士通、勤怠ソフトを刷新▽NEC、空港に顔認証を納入▽さくらインターネット、石狩にデータセンターを新設"
        "▽総務省、電波の会議を開催",
        4,
        id="marks in one line",
    ),
    pytest.param(
        "zh-Hans",
        "晚报｜手机新品发布；影院票房上涨；球队夺冠",
        "【新手机】某公司发布手机。\n【票房】电影票房上涨两成。\n【数据中心】阿里云将在泰国新建数据中心。",
        3,
        id="headings in brackets",
    ),
    pytest.param(
        "ko",
        "오늘의 IT 브리핑: 게임 신작과 통신 요금",
        "- 게임사 신작 공개\n- 통신 요금 개편\n- 네이버클라우드, 태국에 데이터센터 건설",
        3,
        id="bullets",
    ),
    pytest.param(
        "fr",
        "Newsletter : le festival, la mode, la tech",
        "Le festival\nLe festival de courts métrages ouvre vendredi à Lille.\n"
        "La mode\nLa semaine de la mode a réuni cent marques à Paris.\n"
        "OVHcloud en Pologne\nOVHcloud construit un centre de données en Pologne.",
        3,
        id="short lines before longer ones",
    ),
]


@pytest.mark.parametrize(("language", "title", "text", "items"), DIGESTS)
def test_a_digest_is_split_into_its_items(language: str, title: str, text: str, items: int) -> None:
    judgement = judge(text, title=title, language=language)

    steps = [step for step in judgement.trace if step.step.startswith("digest:")]
    assert len(steps) == items
    assert [step.step for step in steps if step.held], "no item would be news by itself"


@pytest.mark.parametrize(("language", "title", "text", "items"), DIGESTS)
def test_what_an_item_says_is_background_with_its_place_in_the_text(
    language: str, title: str, text: str, items: int
) -> None:
    judgement = judge(text, title=title, language=language)

    assert not judgement.relevant
    builds = [one for one in judgement.findings if one.type.value == "datacenter"]
    assert len(builds) == 1
    assert not builds[0].news
    evidence = builds[0].evidence
    assert text[evidence.span.start : evidence.span.end] == evidence.quote
    for mark in builds[0].marks:
        assert evidence.span.start <= mark.span.start < mark.span.end <= evidence.span.end


def test_one_items_provider_never_meets_another_items_site() -> None:
    judgement = judge(
        "▽富士通、勤怠ソフトを刷新▽NEC、顔認証を空港に納入▽地元企業、福井のデータセンターを増強▽新社長が就任",
        title="週刊IT短信",
        language="ja",
    )

    assert judgement.findings == ()


def test_a_digest_is_news_by_its_headline() -> None:
    judgement = judge(
        "大公司：\n手机新品\n某公司发布手机，售价不变，下月上市。\n票房\n电影票房上涨两成，影院满座。\n天气\n冷空气南下，多地降温明显。",
        title="晚报｜手机新品发布；TikTok宣布投资10亿欧元在芬兰建设数据中心；球队夺冠",
        language="zh-Hans",
    )

    assert judgement.relevant
    assert any(one.news and one.type.value == "datacenter" for one in judgement.findings)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        pytest.param(
            "Hetzner to build data center in Norway",
            "Hetzner will build a data center near Oslo.\n- Size: 40 megawatts\n- Opening: 2027\n- Jobs: 50\n- Power: hydro",
            id="a list about one project",
        ),
        pytest.param(
            "Google builds in Norway | Business | The Daily",
            "Google will build a data center near Oslo.\n\nThe site opens in 2027.\n\nThe town is glad.",
            id="sections behind the headline",
        ),
        pytest.param(
            "Hetzner plans weekly flights to its data center site in Norway",
            "Hetzner will build a data center near Oslo.\n\nWorkers fly in on Mondays.\n\nThe site opens in 2027.",
            id="a word of the genre inside the headline",
        ),
    ],
)
def test_an_article_about_one_thing_is_no_digest(title: str, text: str) -> None:
    judgement = judge(text, title=title, language="en")

    assert not [step for step in judgement.trace if step.step.startswith("digest")]


def test_the_explanation_names_the_items() -> None:
    text = "Equinix has named a new chief.\n\nHetzner will build a data center in Norway.\n\nThe fair is in June."
    one = article(text, title="Weekly roundup: a new chief at Equinix")

    said = explain(detector().judge(one), one)

    assert "3 items" in said
    assert "item 2 would be news by itself" in said.lower()


def test_a_paragraph_more_does_not_make_a_digest_of_an_announced_one() -> None:
    """The headline alone decides, however few items follow."""
    title = "Weekly roundup: Hetzner hires"
    short = judge("Hetzner will build a data center in Norway.", title=title)
    longer = judge(
        "Hetzner will build a data center in Norway.\nThe fair is in June.\nIt rained. " * 2, title=title
    )

    assert short.relevant == longer.relevant
    assert not short.relevant


def test_a_word_of_the_genre_in_a_headline_that_says_what_happens_makes_no_digest() -> None:
    judgement = judge(
        "阿里云的数据中心今天启用。项目投资10亿美元。当地政府表示欢迎。",
        title="今日泰国最大数据中心建成启用",
        language="zh-Hans",
    )

    assert judgement.relevant
    assert not [step for step in judgement.trace if step.step.startswith("digest")]
