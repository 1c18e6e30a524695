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
