"""Two sites of one provider: one that runs and one that is to come, told in one sentence or in two."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.mentions.ordinals import further_from, ordinal_beside
from monitor.model import EventType, Status
from tests.monitor.detecting import judge

PUBLISHED = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("language", "text", "thing", "number"),
    [
        ("en", "opens its third cloud region in peru", "region", 3),
        ("de", "eröffnet das zweite rechenzentrum", "rechenzentrum", 2),
        ("fr", "ouvre son quatrième centre de données", "centre de données", 4),
        ("es", "abre su segundo centro de datos", "centro de datos", 2),
        ("pl", "otwiera trzecie centrum danych", "centrum danych", 3),
        ("ru", "открыл второй дата-центр", "дата-центр", 2),
        ("id", "membuka pusat data kelima", "pusat data", 5),
        ("vi", "mở trung tâm dữ liệu thứ hai", "trung tâm dữ liệu", 2),
        ("zh", "启用第三座数据中心", "数据中心", 3),
        ("ja", "国内2カ所目のデータセンター", "データセンター", 2),
        ("ko", "두 번째 데이터센터를 연다", "데이터센터", 2),
        ("en", "in the second quarter of 2027 a data center", "data center", 0),
        ("en", "opens a data center", "data center", 0),
    ],
)
def test_the_number_beside_a_thing_is_read(language: str, text: str, thing: str, number: int) -> None:
    start = text.index(thing)

    assert ordinal_beside(text, language, start, start + len(thing)) == number


def test_a_clause_that_counts_on_begins_at_its_mark() -> None:
    text = "opens its third site in johor, and plans a fourth next year"

    assert text[further_from(text, "en", 20, len(text), 3) :].startswith((", and", " and"))
    assert further_from(text, "en", 20, len(text), 4) == -1
    assert further_from("opens its third site in johor, the first in asia", "en", 20, 48, 3) == -1


@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        (
            "en",
            "Oracle opens second data center in Chile",
            "Oracle has opened its second data center in Chile, and plans a third next year.",
        ),
        (
            "de",
            "Oracle eröffnet zweites Rechenzentrum in Chile",
            "Oracle hat sein zweites Rechenzentrum in Chile eröffnet, und plant ein drittes für 2027.",
        ),
        (
            "es",
            "Oracle inaugura su segundo centro de datos en Chile",
            "Oracle inauguró su segundo centro de datos en Chile, y planea un tercero para 2027.",
        ),
        (
            "zh",
            "甲骨文智利第二座数据中心启用",
            "甲骨文宣布启用智利第二座数据中心，并计划明年再建一座。",
        ),
    ],
)
def test_one_that_opens_and_one_that_is_planned_are_two_facts(language: str, title: str, text: str) -> None:
    judgement = judge(text, title=title, language=language, published=PUBLISHED)
    sites = [one for one in judgement.findings if one.news and one.type is EventType.DATACENTER]

    assert {(one.status, one.time.iso.lstrip("<=") if one.time else "") for one in sites} == {
        (Status.LIVE, "2026-05"),
        (Status.PLANNED, "2027"),
    }
    assert len({one.finding_id for one in sites}) == 2


def test_one_site_counted_twice_in_two_ways_is_one_fact() -> None:
    judgement = judge(
        "Oracle opened its second data center in Chile on Monday. It is the first data center of Oracle in the south.",
        title="Oracle opens second data center in Chile",
        published=PUBLISHED,
    )
    sites = [one for one in judgement.findings if one.news and one.type is EventType.DATACENTER]

    assert [one.status for one in sites] == [Status.LIVE]
