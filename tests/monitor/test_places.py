"""Places are where it happens: no origins, datelines, look-alikes or excluded countries."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import best, judge


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
