"""Places are where it happens: no origins, datelines, look-alikes or excluded countries."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import best, judge, knowledge


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Microsoft builds a data center in Johor, Malaysia.", "en", {"MY:Johor", "MY"}),
        ("Microsoft builds data centers in Chile, Peru and Kenya.", "en", {"CL", "PE", "KE"}),
        (
            "Das chinesische Unternehmen Tencent Cloud baut ein Rechenzentrum in Frankfurt.",
            "de",
            {"DE:Frankfurt", "DE"},
        ),
        ("韩国Naver Cloud在泰国建设数据中心。", "zh-Hans", {"TH"}),
        ("阿里雲在沙烏地興建資料中心。", "zh-Hant", {"SA"}),
        ("Amazon builds a data center in Georgia, Governor Kemp said.", "en", {"US:Georgia", "US"}),
        ("NEW YORK (AP) - Google will build a data center in Norway.", "en", {"NO"}),
        ("Thai data centre planned by Google.", "en", {"TH"}),
        ("Meta will build a data center in Alberta for US$10 billion.", "en", {"CA:Alberta", "CA"}),
        ("Equinix baut ein Frankfurter Rechenzentrum.", "de", {"DE:Frankfurt", "DE"}),
        ("Der Frankfurter Anbieter Hetzner baut ein Rechenzentrum in Polen.", "de", {"PL"}),
        ("Scala construirá un centro de datos chileno, dijo Scala Data Centers.", "es", {"CL"}),
        ("Cirion entra en el mercado colombiano.", "es", {"CO"}),
        ("据台湾《经济日报》报道，谷歌将在日本新建数据中心。", "zh-Hans", {"JP"}),
        ("Google will build a data center in Japan, the Times of India reported.", "en", {"JP"}),
        ("Google will build a data center in Peru, the South China Morning Post said.", "en", {"PE"}),
    ],
)
def test_places_of_a_fact(text: str, language: str, wanted: set[str]) -> None:
    assert {place.id for place in best(judge(text, language=language)).places} == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        (
            "Google will build a data center in Johor, the Malaysian state across the strait from Singapore.",
            "en",
            {"MY:Johor", "MY"},
        ),
        ("Microsoft builds a data center in Batam, close to Singapore.", "en", {"ID:Batam", "ID"}),
        ("Oracle baut ein Rechenzentrum in Johor gegenüber von Singapur.", "de", {"MY:Johor", "MY"}),
        ("谷歌将在新加坡对岸的柔佛新建数据中心。", "zh-Hans", {"MY:Johor", "MY"}),
        ("阿里云将在毗邻新加坡的柔佛新建数据中心。", "zh-Hans", {"MY:Johor", "MY"}),
        ("Google builds a data center near Singapore.", "en", {"SG"}),
        ("Google builds data centers in Malaysia and Singapore.", "en", {"MY", "SG"}),
    ],
)
def test_place_from_which_the_site_is_seen_is_none(text: str, language: str, wanted: set[str]) -> None:
    assert {place.id for place in best(judge(text, language=language)).places} == wanted


def test_an_excluded_country_is_kept_apart_and_makes_the_fact_overseas() -> None:
    finding = best(judge("Alibaba Cloud builds data centers outside China.", language="en"))

    assert finding.excluded_places == ("CN",)
    assert finding.overseas


def test_a_provider_at_home_is_not_overseas() -> None:
    assert not best(judge("Hetzner builds a data center in Berlin, Germany.")).overseas
    assert best(judge("Hetzner builds a data center in Finland.")).overseas


@pytest.mark.parametrize(
    ("bloc", "inside", "outside"),
    [
        ("europe", {"FR", "GB", "UA", "NO"}, {"TR", "US", "MA"}),  # UN M49 150
        ("africa", {"EG", "NG", "ZA", "MA"}, {"SA", "YE", "FR"}),  # UN M49 002
        (
            "apac",
            {"JP", "IN", "AU", "VN"},
            {"SA", "KZ", "US"},
        ),  # Eastern, South-Eastern, Southern Asia; Oceania
    ],
)
def test_continents_have_their_countries(bloc: str, inside: set[str], outside: set[str]) -> None:
    members = knowledge().bloc_members(bloc)

    assert inside <= members
    assert not outside & members


def test_every_bloc_but_the_world_has_members() -> None:
    empty = {name for name, one in knowledge().places.blocs.items() if not one.members}

    assert empty == {"region:global"}


@pytest.mark.parametrize(
    ("language", "title", "text", "wanted"),
    [
        (
            "en",
            "Nebius builds data center in Bristol",
            "The Amsterdam firm has found a site.",
            {"GB:Bristol", "GB"},
        ),
        (
            "en",
            "Google to build data center in Dublin",
            "The data center will be leased from a developer. The Singapore landlord owns the site.",
            {"IE:Dublin", "IE"},
        ),
        (
            "de",
            "Rechenzentrum in Lahti geplant",
            "In Lahti will der Amsterdamer GPU-Vermieter Nebius ein Rechenzentrum bauen.",
            {"FI:Lahti", "FI"},
        ),
        ("fi", "Saksalainen Hetzner rakentaa datakeskuksen Tallinnaan", "", set()),
    ],
)
def test_where_a_firm_comes_from_is_not_where_it_builds(
    language: str, title: str, text: str, wanted: set[str]
) -> None:
    finding = best(judge(text, title=title, language=language))

    assert {place.id for place in finding.places} == wanted


@pytest.mark.parametrize(
    ("language", "title", "country"),
    [
        ("en", "Leaseweb buys Norwegian data center operator for 40 million euros", "NO"),
        ("de", "Leaseweb übernimmt norwegischen Rechenzentrumsbetreiber für 40 Millionen Euro", "NO"),
        ("fr", "OVHcloud rachète l'hébergeur polonais Nazwiska et ses deux centres de données", "PL"),
    ],
)
def test_a_bought_firm_is_where_its_adjective_says(language: str, title: str, country: str) -> None:
    finding = best(judge("", title=title, language=language))

    assert country in {place.country for place in finding.places}


def test_a_continent_gives_way_to_the_country_that_the_next_sentence_names() -> None:
    finding = best(
        judge(
            "The company laid the first stone in Nairobi, Kenya.",
            title="Huawei Cloud starts building its first data center in Africa",
        )
    )

    assert "KE" in {place.country for place in finding.places}


def test_a_county_is_not_the_town_of_its_name() -> None:
    finding = best(judge("", title="Google to build data center in Bristol County"))

    assert "GB" not in {place.country for place in finding.places}


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("IONOS eröffnet ein Rechenzentrum im britischen Worcester.", "de", {"GB"}),
        ("IONOS eröffnet ein Rechenzentrum in Worcester in Großbritannien.", "de", {"GB"}),
        ("Equinix opens a data center in the British city of Worcester.", "en", {"GB"}),
        ("Equinix ouvre un centre de données dans la ville britannique de Worcester.", "fr", {"GB"}),
        ("Equinix baut ein Rechenzentrum im US-amerikanischen Birmingham.", "de", {"US"}),
        ("Equinix opens a data center in Worcester.", "en", {"US:Worcester", "US"}),
        (
            "Equinix opens data centers in Worcester, Ireland and Spain.",
            "en",
            {"US:Worcester", "US", "IE", "ES"},
        ),
        ("Equinix baut ein Rechenzentrum im deutschen Frankfurt.", "de", {"DE:Frankfurt", "DE"}),
    ],
)
def test_a_town_beside_another_country_is_the_namesake_there(
    text: str, language: str, wanted: set[str]
) -> None:
    assert {place.id for place in best(judge(text, language=language)).places} == wanted


def test_a_town_that_the_text_puts_elsewhere_is_elsewhere_in_the_headline_too() -> None:
    finding = best(
        judge(
            "IONOS hat am Mittwoch ein Rechenzentrum im britischen Worcester eröffnet.",
            title="IONOS eröffnet Rechenzentrum in Worcester",
            language="de",
        )
    )

    assert {place.country for place in finding.places} == {"GB"}
