"""Names count where they stand for a provider and nowhere else."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import article, detector


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("Oracle opens a cloud region in Madrid.", "en", {"oracle"}),
        ("The Oracle of Delphi opens at dawn.", "en", set()),
        ("Amazon builds a data center in Ohio.", "en", {"amazon"}),
        ("Amazon opens a warehouse in Ohio.", "en", set()),
        ("The Amazon rainforest is burning.", "en", set()),
        ("Alibaba-Cloud wächst.", "de", {"alibaba_cloud"}),
        ("Googles neues Rechenzentrum steht in Hanau.", "de", {"google"}),
        ("阿里雲Alibaba Cloud在新加坡", "zh-Hant", {"alibaba_cloud"}),
        ("네이버클라우드가 데이터센터를 연다.", "ko", {"naver_cloud"}),
        ("The lidl owner builds a data center.", "en", {"schwarz"}),
        ("Aws apre un data center a Milano.", "it", {"aws"}),
        ("TPU v5e pods of CoreWeave", "en", {"tpu", "coreweave"}),
        ("Google Maps shows the way.", "en", set()),
        ("A former Google engineer builds a data center.", "en", set()),
        ("Amazon employees protest against data centers.", "en", set()),
        ("前华为高管谈数据中心", "zh-Hans", set()),
        ("Redmond's next data center rises in Wisconsin.", "en", {"microsoft"}),
        ("The mayor of Redmond opposes a data center.", "en", set()),
        ("La filial de Amazon construirá un centro de datos en Teruel.", "es", {"aws"}),
        ("La filial de Amazon vende timbres.", "es", set()),
        ("La casa madre di Facebook apre un data center a Luleå.", "it", {"meta"}),
        ("De zoekgigant bouwt een datacenter in Groningen.", "nl", {"google"}),
        ("Gigant z Mountain View otwiera region chmury w Warszawie.", "pl", {"google"}),
        ("O braço de nuvem da Amazon inaugura data center.", "pt", {"aws"}),
        ("フェイスブック親会社がデータセンターを建設する。", "ja", {"meta"}),
        ("틱톡 모회사가 태국에 데이터센터를 짓는다.", "ko", {"bytedance"}),
        ("阿里拟在乌兰察布新建智算中心。", "zh-Hans", {"alibaba"}),
        ("阿里地区迎来旅游旺季。", "zh-Hans", set()),
        ("Datové centrum Googlu v Brně schválil krajský úřad.", "cs", {"google"}),
        ("Datové centrum Mety v Ostravě se odkládá.", "cs", {"meta"}),
        ("Čipy Nvidie míří do datového centra Oraclu.", "cs", {"nvidia", "oracle"}),
        ("Centrum danych Mety w Poznaniu powstanie za rok.", "pl", {"meta"}),
        ("Bieg ukończył przed linią mety.", "pl", set()),
        ("Googlen datakeskus laajenee Haminassa.", "fi", {"google"}),
        ("Bývalý manažer Googlu staví datové centrum.", "cs", set()),
        ("Były dyrektor Google’a buduje centrum danych.", "pl", set()),
        ("En tidigare Google-chef bygger ett datacenter.", "sv", set()),
        ("Бывший топ-менеджер Google строит дата-центр.", "ru", set()),
        ("Eski Google yöneticisi veri merkezi kuruyor.", "tr", set()),
        ("Facebookägaren får bygga en hall i Luleå. Metas utbyggnad väntas ta två år.", "sv", {"meta"}),
        ("Metas utbyggnad väntas ta två år.", "sv", set()),
        ("Serverovny Seznamu v Praze se rozšíří.", "cs", {"seznam"}),
        ("Úřad zveřejnil seznam datových center.", "cs", set()),
    ],
)
def test_names_are_decided_by_their_context(text: str, language: str, named: set[str]) -> None:
    assert detector().named(article(text, language=language)) == named


def test_a_refused_name_is_in_the_trace_with_its_reason() -> None:
    judgement = detector().judge(article("The Oracle of Delphi opens at dawn."))

    assert any("needs context cloud" in step.clause for step in judgement.trace)


@pytest.mark.parametrize(
    ("text", "language", "actor"),
    [
        ("Nordwolke, a cloud provider from Kiel, opens a data center in Norway.", "en", "unlisted:Nordwolke"),
        ("The colocation firm Blue Harbor builds a data center in Ghent.", "en", "unlisted:Blue Harbor"),
        ("Der Cloud-Anbieter Nordwolke baut ein Rechenzentrum in Kiel.", "de", "unlisted:Nordwolke"),
        ("L'hébergeur Nuagerie ouvre un centre de données à Brest.", "fr", "unlisted:Nuagerie"),
        ("El operador de centros de datos Nimbocentro construirá en Lima.", "es", "unlisted:Nimbocentro"),
        ("数据中心运营商云峦科技在贵阳新建数据中心。", "zh-Hans", "unlisted:云峦科技"),
        ("云服务商“星帆云”在成都启用数据中心。", "zh-Hans", "unlisted:星帆云"),
        ("データセンター運営の北辰DC、苫小牧にデータセンターを新設する。", "ja", "unlisted:北辰DC"),
        ("클라우드 기업 하늘컴퓨트, 춘천에 데이터센터 건립", "ko", "unlisted:하늘컴퓨트"),
        ("The cloud provider Scaleway builds a data center in Poland.", "en", "scaleway"),
    ],
)
def test_a_provider_that_nobody_listed_acts_as_a_candidate(text: str, language: str, actor: str) -> None:
    judgement = detector().judge(article(text, language=language))

    assert judgement.findings[0].actors[0].id == actor


@pytest.mark.parametrize("text", ["云服务商资本开支在中国增长，新建数据中心。", "云服务商的需求在中国增长。"])
def test_words_after_a_collective_are_no_name(text: str) -> None:
    judgement = detector().judge(article(text, language="zh-Hans"))

    actors = {actor.id for finding in judgement.findings for actor in finding.actors}

    assert not {one for one in actors if one.startswith("unlisted:")}


def test_the_hosting_firm_of_a_text_about_a_named_one_is_that_one() -> None:
    judgement = detector().judge(
        article("Der Hoster baut ein Rechenzentrum in Polen.", title="Hetzner geht nach Polen", language="de")
    )

    assert {finding.actors[0].id for finding in judgement.findings} == {"hetzner"}
