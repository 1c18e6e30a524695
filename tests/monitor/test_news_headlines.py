"""Headlines that deny, tease, add the market's reaction, or name a site only because something stands beside it."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import clauses, judge


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        (
            "Oracle denies report of Oslo retreat",
            "The data center in Norway will open in May as planned, the company said.",
            "en",
        ),
        (
            "Hetzner dementiert Aus für Tuusula",
            "Das Rechenzentrum in Finnland werde wie geplant um 20 Megawatt erweitert, sagte ein Sprecher.",
            "de",
        ),
        (
            "OVHcloud dément tout retard à Toronto",
            "Le centre de données canadien ouvrira bien en mars, assure le groupe.",
            "fr",
        ),
        (
            "Google desmiente una demora en Canelones",
            "La empresa construye el centro de datos de Uruguay según lo previsto.",
            "es",
        ),
        (
            "Aruba smentisce lo stop al polo romano",
            "Il data center di Roma aprirà a settembre, dice la società.",
            "it",
        ),
        (
            "Atman zaprzecza plotkom o wstrzymaniu budowy",
            "Centrum danych w Dudzie zostanie otwarte zgodnie z planem, podał operator Atman.",
            "pl",
        ),
        (
            "Turkcell iddiaları yalanladı",
            "Şirket, Ankara'daki veri merkezini planlandığı gibi mayıs ayında açacak.",
            "tr",
        ),
    ],
)
def test_what_a_denial_goes_on_to_say_is_no_news(title: str, lead: str, language: str) -> None:
    assert not judge(lead, title=title, language=language).relevant


def test_a_headline_that_says_no_to_one_thing_and_states_another_is_news() -> None:
    judged = judge(
        "The company will spend 400 million dollars on the site near Bergen.",
        title="No tax relief for Google: it builds a data center in Norway all the same",
    )

    assert judged.relevant


def test_a_no_to_a_plan_leaves_a_stop_in_the_lead_standing() -> None:
    judged = judge(
        "Google has dropped its data center near Lyon, the prefect said on Monday.",
        title="No Google data center for Lyon",
    )

    assert judged.relevant


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        (
            "The quarry has a taker",
            "Nothing happened on the land outside Cork. Now Google will build a data center of 90 megawatts.",
            "en",
        ),
        (
            "Ende der Geheimniskrämerei",
            "Lange schwieg die Stadt. Nun ist klar, dass Microsoft ein Rechenzentrum für 800 Millionen Euro baut.",
            "de",
        ),
        (
            "Le voile se lève",
            "Le projet portait un nom de code. Google y construira un centre de données de 120 mégawatts.",
            "fr",
        ),
        (
            "Koniec domysłów",
            "Działki kupowała nieznana spółka. Dziś wiadomo, że Microsoft zbuduje centrum danych za 3 mld zł.",
            "pl",
        ),
    ],
)
def test_a_headline_that_teases_stands_over_either_sentence_of_the_lead(
    title: str, lead: str, language: str
) -> None:
    assert "lead_in_full" in clauses(title, lead, language)
    assert judge(lead, title=title, language=language).trace[-1].clause != (
        "the headline names nothing of what the lead says"
    )


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Nebius rents 80 megawatts in Vineland, shares jump", "en"),
        ("Nebius mietet 80 Megawatt in Kajaani – Aktie springt an", "de"),
        ("Iliad ouvre un centre de données à Varsovie, l'action grimpe", "fr"),
        ("Aruba apre un data center a Roma, vola il titolo", "it"),
    ],
)
def test_how_the_market_took_it_is_no_other_genre(title: str, language: str) -> None:
    assert "stock_title" not in clauses(title, language=language)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Shares of Nebius jump, analysts see 80 megawatts in Vineland opened", "en"),
        ("Aktie von Nebius: Börse feiert, Rechenzentrum in Kajaani eröffnet", "de"),
    ],
)
def test_a_headline_that_begins_with_the_market_is(title: str, language: str) -> None:
    assert "stock_title" in clauses(title, language=language)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Brewery opens tap room next to Google data center in Norway", "en"),
        ("Brauerei eröffnet Ausschank neben Google-Rechenzentrum in Hanau", "de"),
        ("Birrificio apre vicino al data center di Google a Milano", "it"),
        ("Brouwerij opent naast datacenter van Google in Eemshaven", "nl"),
        ("Bryggeri öppnar intill Googles datacenter i Avesta", "sv"),
    ],
)
def test_what_opens_beside_a_site_is_not_the_providers(title: str, language: str) -> None:
    assert not judge("", title=title, language=language).relevant


def test_a_site_next_to_another_one_is_the_providers() -> None:
    assert judge(
        "Crusoe has built a data center next to the Google site in Abilene, Texas.",
        title="Crusoe builds a second data center in Abilene",
    ).relevant


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("CoreWeave raises 2 billion dollars for data centers", "en"),
        ("Schwarz-Gruppe leiht sich zwei Milliarden Euro für Rechenzentren", "de"),
        ("Mistral emprunte un milliard d'euros pour ses centres de données", "fr"),
    ],
)
def test_money_for_a_site_is_no_aside(title: str, language: str) -> None:
    assert "lead_aside" not in clauses("So it is", title + ".", language)


@pytest.mark.parametrize(
    ("lead", "language"),
    [
        ("OVHcloud launches a mail service in its region of Toronto.", "en"),
        ("OVHcloud lance un service de messagerie dans sa région cloud de Toronto.", "fr"),
        ("Aruba lancia un servizio di posta nella regione cloud di Milano.", "it"),
    ],
)
def test_what_is_launched_in_a_region_leaves_the_region_aside(lead: str, language: str) -> None:
    assert "lead_aside" in clauses("OVHcloud, Aruba", lead, language)


def test_a_handful_of_chips_is_no_cluster() -> None:
    lead = "The firms run GPU clusters in data centers in Norway that Google opened."

    assert "title_power" not in clauses("Google and 11 GPU clouds in Norway", lead)
    assert "title_power" in clauses("Google and 11,000 GPUs in Norway", lead)


def test_an_outage_causes_a_closing_but_no_delay() -> None:
    closed = clauses("AWS closes its Bahrain region after outage", "AWS will close the region for good.")
    delayed = clauses("Outage delays AWS region in Bahrain", "AWS will open the region in May.")

    assert "outage_title" not in closed
    assert "outage_title" in delayed


def test_millions_a_month_are_no_tariff() -> None:
    rent = clauses("Google will pay 900 million dollars per month for 50,000 GPUs in Texas")
    tariff = clauses("Google opens GPUs in Texas for 9 dollars per month")

    assert "price_title" not in rent
    assert "price_title" in tariff


@pytest.mark.parametrize(
    ("title", "lead", "language"),
    [
        (
            "China's cloud companies look to Latin America",
            "Tencent Cloud will open a data center in Santiago in March, it said on Monday.",
            "en",
        ),
        (
            "Chinas Cloud-Riesen zieht es nach Südostasien",
            "Huawei Cloud eröffnet im Herbst ein Rechenzentrum in Manila, wie der Konzern mitteilte.",
            "de",
        ),
        ("中国云厂商加速出海", "百度智能云宣布将在雅加达启用首个数据中心。", "zh-Hans"),
    ],
)
def test_a_group_in_the_headline_stands_for_its_members(title: str, lead: str, language: str) -> None:
    assert judge(lead, title=title, language=language).relevant


def test_a_group_is_not_the_news_of_a_firm_from_elsewhere() -> None:
    judgement = judge(
        "Oracle opened a data center in Santiago in 2020. Analysts compare prices of a dozen firms.",
        title="How Chinese cloud companies fare in comparison",
    )

    assert not judgement.relevant
