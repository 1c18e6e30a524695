"""Is it the news? In Chinese, Japanese, Korean, Indonesian, Vietnamese, Thai and Arabic: one mechanism a test."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.model import EventType
from tests.monitor.detecting import judge

PUBLISHED = date(2026, 11, 20)


def is_news(language: str, title: str, text: str = "") -> bool:
    return judge(text, title=title, language=language, published=PUBLISHED).relevant


def news_types(language: str, title: str, text: str = "") -> set[EventType]:
    found = judge(text, title=title, language=language, published=PUBLISHED)
    return {fact.type for fact in found.findings if fact.news}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "zh-Hans",
            "快手回应“考虑出售乌兰察布数据中心”：从未有过相关计划，报道有误",
            "快手11日表示，网传公司拟以60亿元向产业基金出售乌兰察布智算园区纯属误会。",
        ),
        (
            "zh-Hans",
            "腾讯云：退出印尼市场的说法不属实",
            "有自媒体称腾讯云将在年底撤离雅加达，腾讯云13日回应说当地两个可用区正常服务。",
        ),
        (
            "zh-Hant",
            "Google傳砍彰化三期 官方：絕無此事",
            "外電報導Google擬取消彰化資料中心第三期，Google台灣10日晚間表示，內容與事實不符。",
        ),
        (
            "ja",
            "さくらインターネット、石狩DC売却の報道「事実と異なる」",
            "一部報道で石狩データセンターを米ファンドに売却する方向で調整していると伝えられたが、同社は決めた事実はないとコメントした。",
        ),
        (
            "ko",
            '네이버클라우드 "태국 사업 철수, 사실과 달라"',
            "일부 매체는 네이버클라우드가 방콕 AI 데이터센터 구축을 접는다고 보도했으나 회사는 검토한 바 없다고 했다.",
        ),
        (
            "th",
            "เอไอเอสปฏิเสธข่าวยกเลิกดาต้าเซ็นเตอร์ร่วมกับออราเคิล",
            "บริษัทยืนยันว่าข่าวดังกล่าวไม่ใช่เรื่องจริง และโครงการยังเดินหน้า",
        ),
        (
            "vi",
            "Viettel bác tin bán trung tâm dữ liệu Hòa Lạc",
            "Doanh nghiệp khẳng định thông tin lan truyền trên mạng là bịa đặt.",
        ),
        ("ar", "مايكروسوفت تنفي إلغاء مشروع مركز بيانات في الرياض", "وقالت الشركة إن ما نشر غير صحيح."),
    ],
)
def test_a_report_that_is_denied_is_no_news(language: str, title: str, text: str) -> None:
    assert not is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "zh-Hans",
            "华为云埃及区域扩容一倍，回应“中东收缩”说",
            "华为云22日宣布在开罗新开第四个可用区，并称当地服务器数量年内将翻倍。",
        ),
        (
            "ja",
            "「撤退説」の中、オラクルが大阪に2拠点目のデータセンター",
            "日本オラクルは25日、大阪府箕面市で新たなデータセンターを稼働させた。",
        ),
        (
            "ko",
            "매각설 돌던 KT클라우드, 부천에 50MW 데이터센터 착공",
            "KT클라우드는 3일 경기 부천에서 새 데이터센터 기공식을 열었다.",
        ),
    ],
)
def test_a_rumor_in_the_background_denies_nothing(language: str, title: str, text: str) -> None:
    assert is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "title", "text", "kind"),
    [
        (
            "ja",
            "アンソロピック、大阪に拠点",
            "年内にも営業担当を置く。関西の製造業の需要を取り込む。",
            "market",
        ),
        (
            "ko",
            "NHN클라우드 일본 법인, 오사카에 두 번째 사무소",
            "일본 공공 시장을 공략하기 위해 현지 인력 30명을 채용한다.",
            "market",
        ),
        (
            "ko",
            "MS, 독일 쾰른 땅 80만㎡ 샀다",
            "세 번째 데이터센터 단지가 들어설 것이라고 주 정부가 확인했다.",
            "acquisition",
        ),
        ("zh-Hans", "甲骨文拿下韩国国防部七年云大单", "", "contract"),
        (
            "ja",
            "ガバメントクラウド、さくらが正式認定",
            "デジタル庁は28日、残っていた要件をすべて満たしたと公表した。来年度から自治体が使えるようになる。",
            "regulatory",
        ),
        (
            "ko",
            "국방부 AI 클라우드 사업자에 KT·MS 연합",
            "5년간 4300억원 규모로, 대전 전용 센터에서 운영한다.",
            "contract",
        ),
    ],
)
def test_a_headline_may_leave_out_the_verb_or_the_object(
    language: str, title: str, text: str, kind: str
) -> None:
    assert EventType(kind) in news_types(language, title, text)


def test_where_a_firm_is_based_is_no_new_office() -> None:
    assert not is_news("ja", "大阪に拠点を置くアンソロピック提携企業、新サービスを紹介")
    assert not is_news("ko", "판교에 본사를 둔 네이버클라우드, 개발자 축제")


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "zh-Hans",
            "前华为云高管加盟火山引擎，负责海外数据中心选址",
            "李彦已于上月入职，主管东南亚和欧洲的机房合作。",
        ),
        (
            "zh-Hans",
            "腾讯向20所乡村中学捐建AI机房",
            "每间机房配备40台电脑和一套编程课程，首批落地贵州、甘肃。",
        ),
        ("zh-Hans", "金山云天津机房施工致一人受伤", "事故发生在外立面检修过程中，未影响客户业务。"),
        (
            "zh-Hans",
            "贵州印发数据中心集群规划：2030年总算力超500EFLOPS",
            "文件提出推动华为云、腾讯等已建项目提质，新建项目PUE须低于1.2。",
        ),
        (
            "ja",
            "ＮＴＴデータ（１２月１日）組織改正　データセンター事業部を新設",
            "法人分野の４部を統合し、ソリューション事業本部の下に置く。",
        ),
        (
            "ja",
            "DC用地高騰、印西の工業地は4年で2.3倍",
            "国土交通省の基準地価で明らかになった。グーグルやコルトの進出が相次ぎ、物流会社との取り合いが続く。",
        ),
        (
            "ko",
            "이천시의회, 데이터센터 난립 막는 조례 보류",
            "AWS와 쿠팡이 들어오는 지역이라 찬반이 엇갈렸다.",
        ),
        (
            "ko",
            "KT클라우드 목동 IDC 냉각수 누수…공공기관 홈페이지 30여곳 멈춰",
            "데이터센터에서 냉각수 배관이 새 일부 서버실 전원이 차단됐다. 회사는 내년까지 300억원을 투자할 방침이라고 설명했다.",
        ),
        (
            "zh-Hans",
            "某市政务云三年运维项目中标公示，天翼云4300万元",
            "中标方须保障现有机房运行，项目不涉及新增机房。",
        ),
    ],
)
def test_duties_gifts_accidents_and_ordinances_are_no_sites(language: str, title: str, text: str) -> None:
    assert not is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "zh-Hans",
            "一家城商行的上云三年：把核心系统交给华为云之后",
            "2023年春天，赣江银行把第一批系统搬进了华为云贵安数据中心。三年过去，九成业务已跑在云上。",
        ),
        (
            "th",
            "การบินไทยใช้ AWS ปรับระบบจองตั๋ว เร็วขึ้นสองเท่า",
            "การบินไทยเปิดเผยว่าได้ย้ายระบบขึ้นคลาวด์ของ AWS ภูมิภาคประเทศไทยแล้วเสร็จ ช่วยลดต้นทุนลง 30%",
        ),
        (
            "zh-Hans",
            "工行新一代数据中心在嘉定落成",
            "工商银行新园区昨日启用，采用两地三中心架构，部分非核心系统运行在华为云Stack之上。",
        ),
    ],
)
def test_who_moves_to_a_cloud_builds_none(language: str, title: str, text: str) -> None:
    assert not is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "ko",
            "MS 김해 데이터센터 '올스톱'…주민 소송에 인허가 취소",
            "행정심판위원회는 마이크로소프트가 김해에 추진하던 데이터센터의 건축허가를 취소했다.",
        ),
        (
            "ja",
            "住民投票で反対多数、米ESRのDC計画が宙に",
            "住民投票は20日に開票され、データセンター建設への反対が62%を占めた。ESRは着工を無期限に延ばす方針を町に伝えた。",
        ),
        (
            "zh-Hans",
            "居民联名反对之后，亚马逊云撤回明尼阿波利斯郊区数据中心申请",
            "亚马逊旗下公司周一书面撤回了在贝克镇建设三栋厂房的申请。",
        ),
    ],
)
def test_neighbors_and_courts_that_stop_a_site_are_its_news(language: str, title: str, text: str) -> None:
    assert is_news(language, title, text)


def test_who_demands_a_stop_has_not_stopped_anything() -> None:
    found = judge(
        "시민단체는 12일 시청 앞에서 집회를 열었다.",
        title="구글 데이터센터 건립 철회 촉구…강릉 시민단체 집회",
        language="ko",
        published=PUBLISHED,
    )

    assert not [fact for fact in found.findings if fact.direction == "contraction"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "鴻海重大投資 不超過420億元建AI算力集群",
            "鴻海晚間公布，將以420億元為上限採購設備建超算中心，今年12月起展開。",
        ),
        ("阿里云在泰国投资不少于30亿泰铢建数据中心", "项目不到两年即可完工。"),
    ],
)
def test_no_more_than_a_sum_negates_nothing(title: str, text: str) -> None:
    assert is_news("zh-Hant", title, text)


def test_a_room_that_somebody_lets_is_not_what_the_tenant_builds() -> None:
    found = judge(
        "阿里云状态页显示，机房出租方计划更换冷水机组，期间不影响服务。",
        title="阿里云香港节点例行维护",
        language="zh-Hans",
        published=PUBLISHED,
    )

    assert not [fact for fact in found.findings if fact.type is EventType.DATACENTER]


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "id",
            "Microsoft tambah satu zona di Cikarang, pelanggan bank antre",
            "Presiden Direktur Microsoft Indonesia menyebut zona keempat itu mulai melayani pelanggan Januari depan.",
        ),
        (
            "vi",
            "CMC rót 250 triệu USD xây trung tâm dữ liệu ở Khu công nghệ cao TP HCM",
            "CMC nhận giấy chứng nhận đầu tư cho tổ hợp 30 MW, dự kiến khai thác cuối năm 2027.",
        ),
        (
            "th",
            "เทนเซ็นต์ทุ่ม 500 ล้านดอลลาร์ สร้างดาต้าเซ็นเตอร์แห่งที่สองในไทย",
            "คาดเปิดให้บริการไตรมาส 3 ปีหน้า รองรับลูกค้าเกมและอีคอมเมิร์ซ",
        ),
        (
            "ar",
            "«خزنة» تشيد أول مركز بيانات لها في تركيا بطاقة 100 ميغاواط",
            "وقعت الشركة الإماراتية اتفاقا مع حكومة أنقرة لإقامة المشروع باستثمارات تتجاوز مليار دولار.",
        ),
    ],
)
def test_sites_and_zones_in_four_further_languages(language: str, title: str, text: str) -> None:
    assert is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "title", "country"),
    [
        ("zh-Hans", "字节跳动在泰设数据中心", "TH"),
        ("zh-Hans", "阿里云赴日建第四座数据中心", "JP"),
        ("zh-Hant", "輝達在法建AI工廠", "FR"),
        ("ja", "グーグル、独にデータセンター建設", "DE"),
        ("ko", "오라클, 佛 데이터센터 투자", "FR"),
        ("ko", "네이버, 日에 데이터센터 구축", "JP"),
    ],
)
def test_headlines_name_a_country_by_one_character(language: str, title: str, country: str) -> None:
    found = judge("", title=title, language=language, published=PUBLISHED)

    assert country in {place.country for fact in found.findings for place in fact.places}


@pytest.mark.parametrize(
    ("title", "country"),
    [
        ("阿里云在英伟达大会上宣布扩建数据中心", "GB"),
        ("微软在法院裁决后恢复数据中心建设", "FR"),
        ("甲骨文在德州建数据中心", "DE"),
    ],
)
def test_a_character_inside_another_word_is_no_country(title: str, country: str) -> None:
    found = judge("", title=title, language="zh-Hans", published=PUBLISHED)

    assert country not in {place.country for fact in found.findings for place in fact.places}


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "ja",
            "ソフトバンク、堺の1号棟を1年前倒しで動かす",
            "液晶工場跡のAIデータセンターで、電力は150メガワットを確保済み。",
        ),
        (
            "ko",
            "구글, 신안 해상풍력과 20년 전력구매계약",
            "데이터센터에 쓸 전기 120㎿를 2028년부터 공급받는다.",
        ),
    ],
)
def test_ahead_of_schedule_and_for_twenty_years_are_no_past(language: str, title: str, text: str) -> None:
    assert is_news(language, title, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh-Hans", "投资者建议阿里云关注泰国数据中心。"),
        ("ja", "投資家はさくらインターネットのデータセンターに注目する。"),
        ("ko", "투자자들은 네이버클라우드의 태국 데이터센터를 지켜본다."),
        ("th", "นักลงทุนจับตาดาต้าเซ็นเตอร์ของไมโครซอฟท์ในไทย"),
    ],
)
def test_an_investor_is_no_investment(language: str, text: str) -> None:
    found = judge(text, language=language, published=PUBLISHED)

    assert EventType.INVESTMENT not in {fact.type for fact in found.findings}
