"""Amounts: the shared cases, our own over all languages, and what holds for any text."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.mentions.amounts import AmountReader, ReadAmount
from monitor.text import fold
from tests.monitor.detecting import article, detector, knowledge

DATA = Path(__file__).parent / "data"
NAMED = yaml.safe_load((DATA / "amount_cases.yaml").read_text(encoding="utf-8"))
OWN = yaml.safe_load((DATA / "amounts.yaml").read_text(encoding="utf-8"))["cases"]
LANGUAGES = sorted({case["lang"] for case in OWN})


@cache
def reader() -> AmountReader:
    return AmountReader(knowledge().units)


def read(text: str, language: str) -> tuple[ReadAmount, ...]:
    """As detection does: on the folded text, Chinese in simplified characters."""
    script = knowledge().traditional if language.startswith("zh") else None
    return reader().read(fold(text, script=script).cased, language)


def in_words(amounts: tuple[ReadAmount, ...]) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"{amount.value.normalize():f}",
            amount.unit,
            amount.op,
            "" if amount.value_max is None else f"{amount.value_max.normalize():f}",
        )
        for amount in amounts
    ]


def expected(case: dict[str, list[list[str]]]) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"{Decimal(value).normalize():f}",
            unit,
            op,
            f"{Decimal(rest[0]).normalize():f}" if rest else "",
        )
        for value, unit, op, *rest in case["amounts"]
    ]


@pytest.mark.parametrize("case", NAMED["cases"], ids=lambda case: f"{case['lang']} {case['text']}")
def test_a_named_case_is_read_with_unit_value_and_operator(case: dict[str, str]) -> None:
    found = read(case["text"], case["lang"])

    wanted = Decimal(str(case["value"]))
    assert any(
        amount.unit == case["unit"]
        and abs(amount.value / wanted - 1) < Decimal("0.001")
        and amount.op == case["op"]
        for amount in found
    ), in_words(found)


@pytest.mark.parametrize("case", NAMED["none"], ids=lambda case: f"{case['lang']} {case['text']}")
def test_a_named_case_without_amount_gives_none_of_its_unit(case: dict[str, str]) -> None:
    assert case["unit"] not in [amount.unit for amount in read(case["text"], case["lang"])]


@pytest.mark.parametrize("case", OWN, ids=lambda case: f"{case['lang']} {case['text']}")
def test_all_amounts_of_a_text_are_read_and_nothing_else(case: dict[str, list[list[str]]]) -> None:
    assert in_words(read(str(case["text"]), str(case["lang"]))) == expected(case)


_PIECES = st.one_of(
    st.sampled_from(
        [
            "$",
            "€",
            "US$",
            "bn",
            "billion",
            " Mrd. ",
            "億",
            "兆",
            "円",
            "亿元",
            "조",
            "원",
            " to ",
            "-",
            "bis ",
            "MW",
            " GPUs",
            "カ所",
            "张",
            "1",
            "23",
            "4,567",
            "8.9",
            "１２",
            "٣",
            "๒",
            ".",
            ",",
            " ",
            "\n",
            "約",
        ]
    ),
    st.text(max_size=3),
)


@given(text=st.lists(_PIECES, max_size=20).map("".join), language=st.sampled_from(LANGUAGES))
@settings(max_examples=300, deadline=None)
def test_every_amount_is_a_slice_of_the_text_in_order_and_the_same_again(text: str, language: str) -> None:
    found = reader().read(text, language)

    assert all(text[one.start : one.end] == one.text for one in found)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert found == reader().read(text, language)


@given(
    text=st.lists(_PIECES, max_size=12).map("".join),
    language=st.sampled_from(LANGUAGES),
    start=st.integers(0, 10),
    length=st.integers(0, 20),
)
@settings(max_examples=200, deadline=None)
def test_reading_a_stretch_never_reaches_outside_of_it(
    text: str, language: str, start: int, length: int
) -> None:
    stop = min(len(text), start + length)

    assert all(start <= one.start and one.end <= stop for one in reader().read(text, language, start, stop))


@pytest.mark.parametrize("unit", ["7", "1,", "9 ", "1.", "一", "billion ", "$", "$1 to ", "5億"])
def test_a_megabyte_of_digits_is_read_to_its_end(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    assert len(reader().read(text, "en")) <= 40
    assert len(reader().read(text, "ja")) <= 40


def test_values_too_large_for_a_float_stay_exact() -> None:
    (amount,) = read("$123,456,789,012.34 million", "en")

    assert amount.value == Decimal("123456789012340000")


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("受電容量は3万6000キロワットだ", "ja", ("36", "MW")),
        ("1兆2000億円を投じる", "ja", ("1200000000000", "JPY")),
        ("25 млрд тенге", "ru", ("25000000000", "KZT")),
        ("600 cabinets", "en", ("600", "RACK")),
        ("con três zonas", "pt", ("3", "AZ")),
        ("斥資百億元", "zh-Hant", ("10000000000", "TWD")),
        ("斥資逾25億元", "zh-HK", ("2500000000", "HKD")),
        ("斥资25亿元", "zh-Hans", ("2500000000", "CNY")),
    ],
)
def test_units_and_numerals_that_a_headline_uses(text: str, language: str, wanted: tuple[str, str]) -> None:
    found = [(f"{amount.value.normalize():f}", amount.unit) for amount in read(text, language)]

    assert wanted in found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("수주액은 1000억대", "ko"),
        ("서버 60만 대로 늘었다", "ko"),
        ("AMD expande a linha Ryzen AI 400 com chips", "pt"),
        ("It will grow by 20 in five years with chips", "en"),
    ],
)
def test_what_counts_anything_counts_no_chips(text: str, language: str) -> None:
    assert not [amount for amount in read(text, language) if amount.unit == "ACCEL"]


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Amazon invertirá 15.700 millones en centros de datos", "es", "15700000000"),
        ("Google steekt 600 miljoen in een datacenter", "nl", "600000000"),
        ("The app has 90 million users", "en", ""),
        ("La app tiene 90 millones de usuarios", "es", ""),
    ],
)
def test_a_sum_without_a_currency_is_read_only_where_nothing_is_counted(
    text: str, language: str, wanted: str
) -> None:
    found = reader().read_bare(text, language)

    assert [f"{amount.value.normalize():f}" for amount in found] == ([wanted] if wanted else [])
    assert all(amount.unit == "XXX" for amount in found)


@pytest.mark.parametrize(
    ("language", "title", "text", "unit"),
    [
        ("es", "Amazon invertirá 15.700 millones en centros de datos en Aragón", "", "EUR"),
        (
            "es",
            "Microsoft invertirá 500 millones en centros de datos en Chile",
            "Serán 500 millones de dólares.",
            "USD",
        ),
        ("zh", "微軟砸25億元擴建桃園資料中心", "", "TWD"),
        ("zh", "中國移動香港斥資25億元擴建火炭數據中心", "項目位於香港，港元計價。", "HKD"),
        ("zh", "微软斥资25亿元扩建上海数据中心", "", "CNY"),
    ],
)
def test_the_article_tells_the_currency_of_a_bare_sum(
    language: str, title: str, text: str, unit: str
) -> None:
    judgement = detector().judge(article(text, title=title, language=language))

    assert unit in {amount.unit for finding in judgement.findings for amount in finding.amounts}
