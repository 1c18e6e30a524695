"""A sentence in which several providers each do something: nobody gets the place, the sum or the site of another."""

from __future__ import annotations

import pytest

from monitor.model import Finding, Judgement
from tests.monitor.detecting import judge


def told(judgement: Judgement, kind: str, actor: str) -> Finding:
    return next(
        one
        for one in judgement.findings
        if one.type.value == kind and actor in {found.id for found in one.actors}
    )


@pytest.mark.parametrize(
    ("language", "text", "first", "second"),
    [
        (
            "en",
            "Oracle will build a data center in Tampere, and Huawei Cloud plans a region in Santiago.",
            ("datacenter", "oracle", "FI"),
            ("region", "huawei_cloud", "CL"),
        ),
        (
            "de",
            "Nebius baut ein Rechenzentrum in Tampere, Hetzner eröffnet einen Standort in Lissabon.",
            ("datacenter", "nebius", "FI"),
            ("datacenter", "hetzner", "PT"),
        ),
        (
            "zh-Hans",
            "华为云将在曼谷启用新数据中心，百度智能云计划在雅加达投资2亿美元。",
            ("datacenter", "huawei_cloud", "TH"),
            ("investment", "baidu_ai_cloud", "ID"),
        ),
    ],
)
def test_each_has_its_own_place(
    language: str, text: str, first: tuple[str, str, str], second: tuple[str, str, str]
) -> None:
    found = judge(text, language=language)

    for kind, actor, country in (first, second):
        assert {place.country for place in told(found, kind, actor).places} == {country}


def test_the_sum_of_one_is_not_told_of_the_other() -> None:
    found = judge(
        "Scaleway baut ein Rechenzentrum in Lyon mit 40 Megawatt, Stackit investiert 700 Millionen Euro in Rostock.",
        language="de",
    )

    assert {one.unit for one in told(found, "datacenter", "scaleway").amounts} == {"MW"}
    assert "EUR" in {one.unit for one in told(found, "investment", "stackit").amounts}


def test_a_list_of_names_acts_together() -> None:
    found = judge("Oracle, AWS and Google will build data centers in Johor, Batam and Jakarta.")

    fact = told(found, "datacenter", "oracle")
    assert {one.id for one in fact.actors} >= {"oracle", "aws", "google"}
    assert {place.country for place in fact.places} == {"MY", "ID"}


def test_what_one_builds_is_not_what_another_has() -> None:
    found = judge("Equinix opened a hall in Lisbon, and Vodafone expanded its shops.", language="en")

    assert not [one for one in found.findings if "vodafone" in {actor.id for actor in one.actors}]
