"""What the facts of one article say together: sums in other sentences, both sides of a deal, what is only background."""

from __future__ import annotations

import pytest

from monitor.model import Direction, EventType, Finding, Judgement, Status
from tests.monitor.detecting import article, detector, judge


def news(judgement: Judgement) -> list[Finding]:
    """The facts that are the event, an alert's content."""
    return [finding for finding in judgement.findings if finding.news]


def types(judgement: Judgement) -> set[EventType]:
    return {finding.type for finding in news(judgement)}


def one(judgement: Judgement, kind: EventType) -> Finding:
    (found,) = [finding for finding in news(judgement) if finding.type is kind]
    return found


def test_a_sum_in_a_sentence_of_its_own_is_an_investment_with_that_sentence_as_evidence() -> None:
    text = (
        "Equinix has applied to build a data center in Porto. Work on the site starts in May. "
        "The company puts the cost at 310 million euros."
    )
    judgement = judge(text, title="Equinix to build data center in Porto")

    cost = one(judgement, EventType.INVESTMENT)

    assert types(judgement) == {EventType.DATACENTER, EventType.INVESTMENT}
    assert cost.evidence.quote == "The company puts the cost at 310 million euros."
    span = cost.evidence.span
    assert text[span.start : span.end] == cost.evidence.quote
    assert [(str(amount.value), amount.unit) for amount in cost.amounts] == [("310000000", "EUR")]
    assert all(span.start <= mark.span.start and mark.span.end <= span.end for mark in cost.marks)


def test_chips_that_go_into_a_site_are_a_fact_of_their_own_with_the_buyer_as_actor() -> None:
    judgement = judge(
        "The Cassava AI factory opens in June. It will house 3,000 Nvidia chips. Nscale runs it.",
        title="Nscale opens data center in South Africa",
    )

    chips = one(judgement, EventType.COMPUTE)

    assert chips.actors[0].id == "nscale"
    assert [amount.unit for amount in chips.amounts] == ["ACCEL"]


def test_the_sum_of_a_purchase_is_no_investment() -> None:
    judgement = judge(
        "Equinix acquires three data centers in Manila and will expand them. The price is $180 million.",
        title="Equinix acquires Manila data centers for $180 million",
    )

    assert EventType.ACQUISITION in types(judgement)
    assert EventType.INVESTMENT not in types(judgement)


def test_money_for_a_data_center_in_a_place_tells_of_the_data_center() -> None:
    judgement = judge(
        "The company will spend the money by 2029.",
        title="Google to invest $2 billion in data centers in Belgium",
    )

    site = one(judgement, EventType.DATACENTER)

    assert site.status in (Status.ANNOUNCED, Status.PLANNED)
    assert {place.id for place in site.places} == {"BE"}


def test_both_sides_of_a_deal_with_one_size_are_one_fact() -> None:
    judgement = judge(
        "Anthropic will use a million TPU chips. Google Cloud will supply a million TPU chips to the lab.",
        title="Anthropic rents a million TPU chips from Google Cloud",
    )

    deal = one(judgement, EventType.COMPUTE)

    assert {actor.id for actor in deal.actors} >= {"anthropic"}


def test_a_rule_against_exports_is_no_expansion_of_those_it_names() -> None:
    judgement = judge(
        "The United States will require export licences for AI chips that Alibaba Cloud uses in Malaysia.",
        title="US to require licences for AI chips in Malaysia data centers",
    )

    assert types(judgement) == {EventType.REGULATORY}
    assert {finding.direction for finding in news(judgement)} == {Direction.CONTRACTION}


def test_the_members_of_a_national_group_have_its_home() -> None:
    judgement = judge(
        "Chinese cloud companies are hit. Microsoft and Oracle are exempt. The rule names Alibaba and Tencent.",
        title="US to require licences for AI chips of Chinese cloud companies in Malaysia",
    )

    actors = {actor.id for finding in news(judgement) for actor in finding.actors}

    assert {"alibaba", "tencent"} & actors
    assert not {"microsoft", "oracle"} & actors


def test_a_councils_permit_is_background_beside_the_site() -> None:
    judgement = judge(
        "The council of Slough approved the data center. Google will build it by 2028.",
        title="Google to build data center in Slough",
    )

    assert EventType.DATACENTER in types(judgement)
    assert EventType.REGULATORY not in types(judgement)


def test_a_country_that_lifts_a_ban_is_an_expansion() -> None:
    judgement = judge(
        "Microsoft and AirTrunk can build again.",
        title="Singapore lifts moratorium on data centers, Microsoft to build",
    )

    lifted = one(judgement, EventType.REGULATORY)

    assert lifted.direction is Direction.EXPANSION


def test_who_rents_acts_and_not_the_landlord() -> None:
    judgement = judge(
        "The company will open two more halls at the Equinix campus in Milan.",
        title="OVHcloud expands its data center in Milan",
    )

    assert {finding.actors[0].id for finding in news(judgement)} == {"ovhcloud"}


def test_one_town_that_opens_and_another_that_is_planned_are_two_facts() -> None:
    judgement = judge(
        "Equinix has opened a data center in Lagos. It will also build a data center in Nairobi.",
        title="Equinix opens data center in Lagos",
    )

    sites = {
        (finding.status, next(place.id for place in finding.places if ":" in place.id))
        for finding in news(judgement)
        if finding.type is EventType.DATACENTER
    }

    assert sites == {(Status.LIVE, "NG:Lagos"), (Status.PLANNED, "KE:Nairobi")}


def test_a_power_deal_for_data_centers_is_no_data_center() -> None:
    judgement = judge(
        "The reactors will feed the grid from 2030.",
        title="Google signs nuclear power deal for Tennessee data centers",
    )

    assert types(judgement) == {EventType.POWER}


def test_a_deal_is_made_while_its_site_is_being_built() -> None:
    judgement = judge(
        "Construction of the data center has begun.",
        title="Google breaks ground on $900 million data center in Estonia",
    )

    assert one(judgement, EventType.DATACENTER).status is Status.UNDER_CONSTRUCTION
    assert one(judgement, EventType.INVESTMENT).status is Status.ANNOUNCED


@pytest.mark.parametrize(
    ("language", "title", "wanted"),
    [
        ("en", "OpenAI and SK Group agree to build data center in South Korea", {"openai", "sk"}),
        ("es", "Telefónica y Google Cloud acuerdan construir un centro de datos en Perú", {"google_cloud"}),
        ("ja", "NTTとオープンAI、データセンター建設で合意", {"ntt", "openai"}),
    ],
)
def test_two_providers_that_agree_on_a_site_are_partners(language: str, title: str, wanted: set[str]) -> None:
    judgement = detector().judge(article("", title=title, language=language))

    partners = one(judgement, EventType.PARTNERSHIP)

    assert wanted <= {actor.id for actor in partners.actors}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("vi", "Google từ chối bình luận về trung tâm dữ liệu ở Việt Nam"),
        ("zh-Hans", "谷歌拒绝评论马来西亚数据中心"),
        ("en", "Google declined to comment on data center in Malaysia"),
    ],
)
def test_to_decline_a_comment_restricts_nothing(language: str, title: str) -> None:
    judgement = detector().judge(article("", title=title, language=language))

    assert not [one for one in judgement.findings if one.direction is Direction.CONTRACTION]


def test_when_it_happens_is_taken_from_the_sentences_that_follow() -> None:
    text = "The campus will cover 30 hectares. Meta confirmed the plan on Monday. The first hall opens in May 2027."
    judgement = judge(text, title="Meta Platforms to build data center in Alberta")

    site = one(judgement, EventType.DATACENTER)

    assert site.time is not None
    assert site.time.iso == "2027-05"
    assert text[site.time.span.start : site.time.span.end] == site.time.text


def test_what_is_open_already_takes_no_later_date() -> None:
    judgement = judge(
        "Meta opened the site on Monday. Another company will leave the town in 2029.",
        title="Meta Platforms opens data center in Alberta",
    )

    site = one(judgement, EventType.DATACENTER)

    assert site.time is None or "2029" not in site.time.iso


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Google to build data center in Lahti",
            "The site will open in 2028. Industry sources put the cost at 300 million euros.",
        ),
        (
            "de",
            "Google baut Rechenzentrum in Lahti",
            "Es soll 2028 öffnen. Branchenkreise nennen 300 Millionen Euro.",
        ),
        (
            "ko",
            "구글, 라흐티에 데이터센터 짓는다",
            "회사는 금액을 밝히지 않았다. 업계는 3억 유로로 추산한다.",
        ),
        (
            "zh",
            "谷歌将在拉赫蒂新建数据中心",
            "公司没有公布金额。业内估算约3亿欧元。",
        ),
        (
            "fr",
            "Google construira un centre de données à Lahti",
            "Il ouvrira en 2028. Les analystes parlent de 300 millions d'euros.",
        ),
    ],
)
def test_what_others_guess_is_no_investment_of_the_provider(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert EventType.DATACENTER in types(judgement)
    assert EventType.INVESTMENT not in types(judgement)
    assert any(amount.unit == "EUR" for one in news(judgement) for amount in one.amounts)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Foxconn and Chunghwa Telecom to build data center in Tainan",
            "The joint venture has a registered capital of 400 million dollars.",
        ),
        (
            "ja",
            "富士通とKDDI、札幌にデータセンターを建設へ",
            "新会社の資本金は100億円とする。",
        ),
        (
            "pl",
            "OVHcloud zbuduje centrum danych w Gdańsku",
            "Spółka ma kapitał zakładowy w wysokości 200 mln zł.",
        ),
    ],
)
def test_the_capital_of_a_firm_is_no_investment_in_its_site(language: str, title: str, text: str) -> None:
    assert EventType.INVESTMENT not in types(judge(text, title=title, language=language))


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Oracle opens cloud region in Casablanca",
            "The region has one zone and was presented to local banks on Tuesday. In 2022 Oracle pledged to invest 140 million dollars in Morocco.",
        ),
        (
            "de",
            "Oracle eröffnet Cloud-Region in Casablanca",
            "Die Region hat eine Zone und wurde am Dienstag örtlichen Banken vorgestellt. Oracle hatte 2022 angekündigt, 140 Millionen Dollar in Marokko zu investieren.",
        ),
        (
            "ja",
            "オラクル、カサブランカにクラウドリージョンを開設",
            "リージョンには可用性ゾーンが1つあり、火曜日に現地の銀行へ紹介された。オラクルは2022年、モロッコに1億4000万ドルを投じると表明した。",
        ),
        (
            "zh",
            "甲骨文在卡萨布兰卡启用云区域",
            "该区域设有一个可用区，周二已向当地银行介绍。甲骨文2022年曾承诺在摩洛哥投资1.4亿美元。",
        ),
    ],
)
def test_a_pledge_of_an_earlier_year_is_background(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert EventType.REGION in types(judgement)
    assert EventType.INVESTMENT not in types(judgement)
    assert EventType.INVESTMENT in {finding.type for finding in judgement.findings}


def test_a_sum_that_is_told_beside_an_earlier_one_is_news() -> None:
    judgement = judge(
        "The region has one zone and was presented to local banks on Tuesday. After $140 million in 2022, Oracle now invests $300 million in Morocco.",
        title="Oracle opens cloud region in Casablanca",
    )

    assert EventType.INVESTMENT in types(judgement)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Scala Data Centers to build campus in Bogota",
            (
                "The first building will hold 30 MW. The spending of $210 million was confirmed by the firm, backed by "
                "DigitalBridge."
            ),
        ),
        (
            "pt",
            "Scala Data Centers vai construir campus em Bogotá",
            (
                "O primeiro prédio terá 30 MW. O investimento é de US$ 210 milhões, disse a empresa controlada pela "
                "DigitalBridge."
            ),
        ),
        (
            "zh",
            "Scala Data Centers将在波哥大建设数据中心园区",
            "首栋建筑功率30兆瓦。DigitalBridge支持的该公司表示，投资额为2.1亿美元。",
        ),
    ],
)
def test_who_only_owns_a_firm_does_not_act_for_it(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert {actor.id for finding in news(judgement) for actor in finding.actors} == {"scala"}


def test_an_owner_alone_in_the_headline_stands_for_its_firm() -> None:
    judgement = judge(
        "The firm plans 90 MW near Derby.", title="SoftBank-backed Pinemoor to build data center near Derby"
    )

    assert "softbank" in {actor.id for finding in news(judgement) for actor in finding.actors}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Leaseweb buys Maincubes for 150 million euros",
            "The two firms, which formed a partnership in Frankfurt for cloud services, signed on Monday.",
        ),
        (
            "de",
            "Leaseweb kauft Maincubes für 150 Millionen Euro",
            "Beide Firmen, die in Frankfurt eine Partnerschaft für Cloud-Dienste haben, unterschrieben am Montag.",
        ),
    ],
)
def test_buyer_and_seller_are_no_partners(language: str, title: str, text: str) -> None:
    assert types(judge(text, title=title, language=language)) == {EventType.ACQUISITION}


def test_the_site_of_a_region_is_the_region() -> None:
    judgement = judge(
        "The region will serve banks. Oracle is building the site near the port with 12 MW.",
        title="Oracle to open cloud region in Casablanca",
    )

    assert types(judgement) == {EventType.REGION}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Work on Google site in Ghent drags on",
            "Google has postponed the opening of the data center that it wanted to build in Ghent by 2027 to 2029.",
        ),
        (
            "ja",
            "グーグルの拠点、完成遅れ",
            "グーグルは、2027年の稼働を目指して建設するデータセンターの完成を2029年に延期すると発表した。",
        ),
        (
            "ko",
            "구글 세종 센터 늦어진다",
            "구글은 2027년 세종에 지으려던 데이터센터 완공을 2029년으로 연기한다고 밝혔다.",
        ),
    ],
)
def test_what_was_to_be_built_and_is_delayed_is_one_fact(language: str, title: str, text: str) -> None:
    found = [
        one for one in news(judge(text, title=title, language=language)) if one.type is EventType.DATACENTER
    ]

    assert [one.direction for one in found] == [Direction.CONTRACTION]


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Google buys 90 hectares outside Ghent",
            "The land lies next to a substation. Google wants to build data centers on it from 2028.",
        ),
        (
            "de",
            "Google kauft 90 Hektar bei Gera",
            "Das Gelände liegt neben einem Umspannwerk. Google will dort ab 2028 ein Rechenzentrum bauen.",
        ),
        (
            "ja",
            "グーグル、千葉でデータセンター用地90ヘクタールを取得",
            "土地は変電所に隣接する。グーグルはデータセンターを建設する。",
        ),
        (
            "pt",
            "Google compra terreno de 90 hectares em Sines para centro de dados",
            "O terreno fica ao lado de uma subestação.",
        ),
    ],
)
def test_ground_that_is_bought_and_what_is_to_stand_on_it_are_both_told(
    language: str, title: str, text: str
) -> None:
    assert {EventType.ACQUISITION, EventType.DATACENTER} <= types(judge(text, title=title, language=language))


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Exoscale opens cloud region in Zagreb",
            "The hall is a part of the data center that A1 Group has built in Zagreb.",
        ),
        (
            "de",
            "Exoscale eröffnet Cloud-Region in Zagreb",
            "Sie läuft in Zagreb in einem Rechenzentrum, das A1 in diesem Jahr um zwei Säle erweitert hat.",
        ),
    ],
)
def test_the_data_center_in_which_a_region_runs_is_background(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert types(judgement) == {EventType.REGION}
    assert EventType.DATACENTER in {finding.type for finding in judgement.findings}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "ja",
            "グーグル、那覇にデータセンターを開設",
            "低遅延処理に向けたデータセンターで、往復遅延は3ミリ秒という。",
        ),
        ("zh", "谷歌在那霸启用数据中心", "谷歌数据中心面向低延迟业务，网络延迟不到3毫秒。"),
        (
            "ko",
            "구글, 나하에 데이터센터 개소",
            "구글 데이터센터는 저지연 서비스를 위한 것으로 지연시간은 3밀리초다.",
        ),
        (
            "pt",
            "Google inaugura centro de dados no Recife",
            "O centro de dados tem 20 MW, adiantou a Google.",
        ),
    ],
)
def test_a_short_delay_of_signals_delays_no_site(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert {finding.direction for finding in judgement.findings} == {Direction.EXPANSION}


def test_two_sentences_that_give_one_size_tell_of_one_site() -> None:
    judgement = judge(
        "Oracle will rent the 320 megawatts for 15 years from a fund in Singapore.",
        title="Oracle leases 320 MW in Batam, Indonesia",
    )

    assert len([one for one in news(judgement) if one.type is EventType.DATACENTER]) == 1


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Google buys 90 hectares near Ghent",
            "The ground lies next to a nuclear power plant that will close.",
        ),
        ("de", "Google kauft 90 Hektar bei Gera", "Das Gelände liegt neben einem Windpark."),
    ],
)
def test_a_plant_beside_the_ground_is_no_power_deal(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert EventType.POWER not in {finding.type for finding in judgement.findings}


def test_what_a_buyer_does_with_its_halls_is_background() -> None:
    judgement = judge(
        "The price is 480 million euros. Nscale will convert one hall in Narvik for servers with GPUs.",
        title="Nscale acquires two data centers in Narvik for 480 million euros",
    )

    assert EventType.ACQUISITION in types(judgement)
    assert EventType.COMPUTE not in types(judgement)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            "en",
            (
                "Equinix on Monday opened its first plant for artificial intelligence in Lisbon, a former telephone "
                "exchange that was fitted out with 1,500 Nvidia GPUs."
            ),
        ),
        (
            "es",
            (
                "Equinix puso en servicio el lunes en Lisboa su primera planta de inteligencia artificial, una antigua "
                "fábrica textil equipada con 1.500 GPU de Nvidia."
            ),
        ),
    ],
)
def test_the_chips_of_a_plant_that_opens_are_live(language: str, text: str) -> None:
    judgement = judge(text, title="Equinix in Lisboa", language=language)

    assert one(judgement, EventType.COMPUTE).status is Status.LIVE


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Google postpones opening of data center in Ghent",
            (
                "Google said the data center that it is building in Ghent will open in 2029 instead of 2027. It will house "
                "4,000 GPUs for 90 million euros."
            ),
        ),
        (
            "ja",
            "グーグル、那覇のデータセンター開設を延期",
            "グーグルは那覇に建設するデータセンターの稼働を2029年に延期すると発表した。GPU約4000基を置く。",
        ),
    ],
)
def test_the_chips_of_a_delayed_site_are_delayed(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert {finding.direction for finding in news(judgement)} == {Direction.CONTRACTION}
    assert EventType.INVESTMENT not in types(judgement)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Microsoft withdraws from Leipzig",
            "The data center that it had planned there will not be built.",
        ),
        (
            "es",
            "Microsoft se retira de Querétaro",
            "Los clientes del centro de datos tienen un año para mudarse.",
        ),
        ("zh", "微软退出横滨", "原计划建设的数据中心不再推进。"),
    ],
)
def test_who_leaves_a_town_gives_up_a_site_and_not_a_market(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language)

    assert types(judgement) == {EventType.DATACENTER}
    assert {finding.direction for finding in news(judgement)} == {Direction.CONTRACTION}


def test_who_leaves_a_country_leaves_a_market() -> None:
    judgement = judge(
        "Customers have until May to move their servers.", title="Leaseweb withdraws from Brazil"
    )

    assert EventType.MARKET in types(judgement)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "zh",
            "消息：字节跳动看中罗勇",
            "字节跳动正与一家工业园洽谈，想拿下一块地建数据中心，功率90兆瓦。",
        ),
        (
            "fr",
            "OVHcloud choisit Turin",
            "OVHcloud a signé un contrat avec le port pour y construire un centre de données de 20 mégawatts.",
        ),
    ],
)
def test_the_ground_on_which_a_site_is_built_is_no_contract(language: str, title: str, text: str) -> None:
    found = types(judge(text, title=title, language=language))

    assert EventType.DATACENTER in found
    assert EventType.CONTRACT not in found


def test_a_contract_with_its_sum_stays_beside_the_site() -> None:
    judgement = judge(
        "Equinix signed a ten-year contract worth 2 billion dollars for a data center that it will build in "
        "Lisbon.",
        title="Equinix wins a customer",
    )

    assert EventType.CONTRACT in types(judgement)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Cloud region of Oracle and Etisalat in Fujairah for $900 million",
            "Oracle will open a cloud region in Fujairah. Etisalat will invest the $900 million.",
        ),
        (
            "tr",
            "Oracle ve Turkcell'den 900 milyon dolarlık bulut bölgesi",
            "Oracle Ankara'da bir bulut bölgesi kuracak. Turkcell 900 milyon dolar yatırım yapacak.",
        ),
    ],
)
def test_one_sum_is_one_investment_whoever_of_two_partners_pays_it(
    language: str, title: str, text: str
) -> None:
    judgement = judge(text, title=title, language=language)

    assert len([one for one in news(judgement) if one.type is EventType.INVESTMENT]) == 1
