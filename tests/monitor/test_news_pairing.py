"""How provider, action and object stand together, and what a headline backs of the lead's fact."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import clauses, judge, knowledge


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Google builds a data center in Norway", "en"),
        ("Hetzner baut ein Rechenzentrum in Norwegen", "de"),
        ("OVHcloud construit un centre de données en Pologne", "fr"),
        ("阿里云在泰国新建数据中心", "zh-Hans"),
        ("さくらインターネットが石狩にデータセンターを新設", "ja"),
        ("네이버클라우드가 태국에 데이터센터를 건설", "ko"),
    ],
)
def test_who_does_what_in_one_piece_is_a_pair(title: str, language: str) -> None:
    found = clauses(title, language=language)

    assert "title_pair" in found
    assert "title_begins_with_actor" in found


@pytest.mark.parametrize(
    ("title", "language", "clause"),
    [
        pytest.param(
            "Google builds data center security team in Norway",
            "en",
            "title_object_describes",
            id="en: describes",
        ),
        pytest.param(
            "阿里云在泰国投资数据中心人才培训", "zh-Hans", "title_object_describes", id="zh: describes"
        ),
        pytest.param(
            "微软在泰国为数据中心市场投资10亿美元", "zh-Hans", "title_object_describes", id="zh: market"
        ),
        pytest.param(
            "Mittwald baut Rechenzentrum mit Hetzner in Norwegen", "de", "title_actor_aside", id="de: with"
        ),
        pytest.param(
            "Bank builds a new data center on Azure in Norway", "en", "title_actor_aside", id="en: on"
        ),
    ],
)
def test_what_only_stands_beside_is_no_pair(title: str, language: str, clause: str) -> None:
    found = clauses(title, language=language)

    assert clause in found
    assert "title_pair" not in found


def test_a_comma_between_provider_and_action_parts_them() -> None:
    whole = clauses("Google builds a data center in Norway")
    parted = clauses("Norway hopes for Google, a town builds a data center in Norway")

    assert "title_pair" in whole
    assert "title_pair" not in parted


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Google and Norway: a closer look", {"backs_two"}),
        ("Google builds in Norway", {"backs_two", "backs_three", "backs_action"}),
    ],
)
def test_a_headline_backs_what_it_names_of_the_leads_fact(title: str, names: set[str]) -> None:
    found = clauses(title, "Google will build a data center near Oslo in Norway for $1 billion.")

    assert {name for name in found if name.startswith("backs_")} == names


def test_another_genre_weighs_more_against_a_loose_fact() -> None:
    loose = clauses("Earnings season: Google, which builds a data center in Norway")
    whole = clauses("Google builds a data center in Norway after strong earnings")

    assert "genre_against_loose_fact" in loose
    assert "earnings_title" in whole
    assert "genre_against_loose_fact" not in whole
    weights = knowledge().news_weights
    assert weights["genre_against_loose_fact"] < 0


def test_the_causes_of_a_closing_in_the_headline_are_no_other_genre() -> None:
    found = clauses("AWS closes its Bahrain region after outage", "AWS will close the region for good.")

    assert not found & {"outage_title", "outage_lead", "genre_against_loose_fact"}


def test_a_lead_of_which_the_headline_names_nothing_is_not_the_news() -> None:
    lead = "The hall was built for 18 million euros next to a data center that Google opened in Norway."
    beside = judge(lead, title="A town in the valley has a new concert hall")
    backed = judge(
        "Google will build a data center near Oslo in Norway for $1 billion.", title="Google builds in Norway"
    )

    assert not beside.relevant
    assert beside.trace[-1].clause == "the headline names nothing of what the lead says"
    assert all(not one.news for one in beside.findings)
    assert backed.relevant


def test_a_vendor_alone_is_the_news_only_where_the_headline_names_it() -> None:
    lead = "The bank will install 1,024 Nvidia GPUs in a data center of its own near Oslo."
    unnamed = judge(lead, title="Nordic bank to build its own AI cluster in Norway")

    assert not unnamed.relevant
    assert unnamed.trace[-1].clause == "only a vendor acts, and the headline does not name it"


def test_an_idiom_stands_over_a_first_sentence_that_says_it_in_one_piece() -> None:
    lead = "Google will build a data center near Oslo in Norway for $1 billion. It opens in 2027."

    assert judge(lead, title="Northern lights").trace[-1].clause != (
        "the headline names nothing of what the lead says"
    )
    assert judge(lead, title="Opinion: northern lights").trace[-1].clause == (
        "the headline names nothing of what the lead says"
    )


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        (
            "Mystery tenant unmasked",
            "A utility's property arm will build a data center of 80 MW in Leipzig and lease it to Google.",
            "en",
        ),
        (
            "Il cliente misterioso",
            "La multiutility realizzerà a Parma un data center da 40 megawatt che sarà affittato a Amazon Web Services.",
            "it",
        ),
    ],
)
def test_an_idiom_stands_over_a_first_sentence_about_a_site_that_a_provider_rents(
    title: str, lead: str, language: str
) -> None:
    assert judge(lead, title=title, language=language).trace[-1].clause != (
        "the headline names nothing of what the lead says"
    )


def test_an_idiom_that_names_another_provider_stands_over_no_lead() -> None:
    lead = "A developer will build an 80-megawatt data center in Leipzig for Google."

    assert judge(lead, title="Hetzner, an appreciation").trace[-1].clause == (
        "the headline names nothing of what the lead says"
    )


def test_a_provider_that_the_sentence_is_about_stands_far_from_nothing() -> None:
    topic = "KDDIは2日、大阪府堺市の旧液晶工場の敷地で準備してきたAI向けの大規模データセンターを新設すると発表した。"
    company = (
        "Oracle's country head said at a conference in the capital on Monday evening that the company will open a"
        " cloud region in Warsaw."
    )

    assert "lead_actor_far" not in clauses("KDDI、新拠点", topic, "ja")
    assert "lead_actor_far" not in clauses("Oracle picks a second home", company)


def test_the_owner_of_a_site_is_no_aside_to_what_happens_there() -> None:
    assert "title_actor_aside" not in clauses("Crews stop building at Google's data center in Norway")
    assert "title_actor_aside" in clauses("Developer builds a data center with Google in Norway")


def test_a_court_that_stops_a_site_is_no_other_genre() -> None:
    found = clauses(
        "Court halts Google's data center in Norway", "Google has to stop building the data center."
    )

    assert not found & {"ruling_title", "genre_against_loose_fact"}


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Na terça-feira, Scala inaugura data center em Porto Alegre", "pt"),
        ("Entra in funzione il data center di Aruba Cloud a Roma", "it"),
        ("Por la demanda, Oracle abre una región de nube en Bogotá", "es"),
        ("OVHcloud ouvre un centre de données, annonce une conférence de presse", "fr"),
        ("阿里云泰国数据中心第一期启用", "zh-Hans"),
    ],
)
def test_common_words_are_no_other_genre(title: str, language: str) -> None:
    genres = {f"{name}_title" for name in knowledge().genre}

    assert not clauses(title, language=language) & genres


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Developer builds for Google a data center in Norway", "en"),
        ("Il gruppo costruisce per Microsoft un data center a Milano", "it"),
        ("Deweloper wybuduje dla Google centrum danych w Warszawie", "pl"),
        ("Bauträger baut für Microsoft ein Rechenzentrum in Köln", "de"),
        ("地产商为阿里云建设廊坊数据中心", "zh-Hans"),
    ],
)
def test_whom_a_site_is_built_for_stands_not_aside(title: str, language: str) -> None:
    assert "title_actor_aside" not in clauses(title, language=language)


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        (
            "Sąd zatrzymał budowę",
            "Sąd Administracyjny w Warszawie wstrzymał budowę centrum danych Microsoft w Grodzisku.",
            "pl",
        ),
        (
            "El juez para las obras",
            "Un juzgado ordenó suspender la construcción del centro de datos de Meta en Talavera.",
            "es",
        ),
        ("法院叫停巴淡项目", "印尼巴淡一家法院周二裁定，字节跳动在当地的数据中心须停工。", "zh-Hans"),
    ],
)
def test_a_court_may_be_the_subject_of_the_headline_that_stops_a_site(
    title: str, lead: str, language: str
) -> None:
    judgement = judge(lead, title=title, language=language)

    assert judgement.relevant, judgement.trace[-1]


def test_a_lawsuit_that_stops_nothing_is_another_genre() -> None:
    found = clauses("Court hears case against Google, which builds a data center in Norway")

    assert "ruling_title" in found
