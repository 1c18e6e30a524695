"""Where a fact happens and how old the news is, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alerts.layouts import render_digest
from alerts.layouts.view import alert_view, change_text, fact_line, further_lines, places_text
from alerts.layouts.words import words
from alerts.model import (
    Alert,
    AlertKind,
    Channel,
    Fact,
    Label,
    Place,
    Quantity,
    Severity,
    quantity_of,
    quantity_text,
)
from tests.alerts.builders import NOW, alert, channel


def fact_at(*places: Place) -> Fact:
    return Fact(
        event="region", status="live", direction="expansion", actors=(Label(id="aws"),), places=places
    )


def test_country_of_a_named_hub_is_not_said_twice() -> None:
    hub = Place(id="PT:Lisbon", country="PT", names={"": "Lisbon"})
    fact = fact_at(Place(id="PT", country="PT"), hub, Place(id="ES", country="ES"))

    assert places_text(fact, words("en")) == "Portugal (Lisbon), Spain"


def test_region_of_a_named_town_is_not_said_twice() -> None:
    town = Place(id="DE:Frankfurt", country="DE", names={"": "Frankfurt"}, regions=("DE:Hesse",))
    region = Place(id="DE:Hesse", country="DE", names={"": "Hesse"})

    assert places_text(fact_at(region, town), words("en")) == "Germany (Frankfurt)"
    assert places_text(fact_at(region), words("en")) == "Germany (Hesse)"
    assert (
        change_text("place|DE:Hesse|DE:Frankfurt", words("de"), {town.id: town})
        == "neu: genauer Ort Deutschland (Frankfurt)"
    )


@pytest.mark.parametrize(
    ("language", "half"),
    [("en", "H2 2027"), ("de", "2. Halbjahr 2027"), ("zh", "2027年下半年"), ("zh-Hant", "2027年下半年")],
)
def test_half_of_a_year_is_said_as_the_language_says_it(language: str, half: str) -> None:
    assert words(language).interval("2027-H2") == half


def test_country_alone_stays() -> None:
    assert places_text(fact_at(Place(id="PT", country="PT")), words("de")) == "Portugal"


def test_age_in_a_digest_counts_until_the_digest() -> None:
    made = datetime(2026, 3, 1, 8, tzinfo=UTC)
    alert = Alert(
        alert_id="a" * 16,
        thread_id="s1",
        kind=AlertKind.NEW_STORY,
        reason="new-story",
        severity=Severity.HIGH,
        watch="all",
        created_at=made,
        published=made - timedelta(hours=1),
        facts=(fact_at(),),
    )
    channel = Channel(name="desk", url="console:")

    assert alert_view(alert, channel).age == "60 min ago"
    assert alert_view(alert, channel, at=made + timedelta(hours=8)).age == "9 hr ago"


@pytest.mark.parametrize(
    ("change", "en", "de", "zh"),
    [
        ("amount||1900000000 EUR", "new: amount EUR 1.9 bn", "neu: Betrag 1,9 Mrd. EUR", "新：金额 19亿欧元"),
        ("amount||>=400000000 CNY", "new: amount over CNY 400 m", "neu: Betrag über 400 Mio. CNY", "新：金额 超过4亿元人民币"),
        ("amount||10..20 MW", "new: size 10 MW to 20 MW", "neu: Umfang 10 MW bis 20 MW", "新：规模 10 MW至20 MW"),
        ("amount||12000 ACCEL", "new: size 12K accelerators", "neu: Umfang 12.000 Beschleuniger", "新：规模 1.2万张加速卡"),
        ("correction|2000000000 USD|1900000000 EUR", "corrected: USD 2 bn → EUR 1.9 bn", "berichtigt: 2 Mrd. USD → 1,9 Mrd. EUR", "更正：20亿美元 → 19亿欧元"),
        ("time|2026|2027-Q1", "new: date Q1 2027", "neu: Zeitpunkt 1. Quartal 2027", "新：时间 2027年第1季度"),
        ("partner||huawei_cloud", "new: partner Huawei Cloud", "neu: Partner Huawei Cloud", "新：合作方 华为云"),
    ],
)  # fmt: skip
def test_change_is_written_as_the_reader_writes_it_whatever_the_article_wrote(
    change: str, en: str, de: str, zh: str
) -> None:
    actors = {"huawei_cloud": Label(id="huawei_cloud", names={"": "Huawei Cloud", "zh": "华为云"})}

    said = [change_text(change, words(language), {}, actors) for language in ("en", "de", "zh")]

    assert said == [en, de, zh]


@pytest.mark.parametrize(
    "amount",
    [
        Quantity(value=Decimal("1900000000.00"), unit="EUR", op=">="),
        Quantity(value=Decimal("1E+9"), unit="USD", op="~"),
        Quantity(value=Decimal("120.5"), unit="MW", value_max=Decimal(200)),
    ],
)
def test_amount_of_a_change_survives_its_text(amount: Quantity) -> None:
    assert quantity_of(quantity_text(amount)) == amount


@pytest.mark.parametrize("text", ["", "1,9 Milliarden Euro", "9" * 99 + " USD", "5 USD|x", "-5 USD"])
def test_any_other_text_is_no_amount(text: str) -> None:
    assert quantity_of(text) is None


GOOGLE, TURKCELL = Label(id="google_cloud"), Label(id="turkcell")
ISTANBUL = Place(id="TR:Istanbul", country="TR", names={"": "Istanbul"})
MONEY = Quantity(value=Decimal(2_400_000_000), unit="USD")
POWER = Quantity(value=Decimal(70), unit="MW")


def stated(event: str, **changes: object) -> Fact:
    values: dict[str, object] = {
        "event": event,
        "status": "announced",
        "direction": "expansion",
        "actors": (GOOGLE,),
        "places": (ISTANBUL,),
        "amounts": (MONEY,),
    }
    return Fact(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("further", "line"),
    [
        (stated("region"), "cloud region"),
        (stated("region", status="planned"), "cloud region · planned"),
        (stated("investment", actors=(TURKCELL,)), "turkcell · investment"),
        (stated("investment", amounts=(MONEY, POWER)), "investment · 70 MW"),
        (stated("investment", places=(ISTANBUL, Place(id="DE", country="DE"))), "investment · Germany"),
        (stated("investment", direction="contraction"), "pullback: investment"),
        (stated("market", direction="contraction"), "market exit"),
        (stated("region", direction="contraction", status="delayed"), "cloud region · delayed"),
        (stated("investment"), None),
        (stated("investment", places=(Place(id="TR", country="TR"),), amounts=()), None),
    ],
)
def test_further_fact_says_only_what_was_not_said(further: Fact, line: str | None) -> None:
    lines = list(further_lines([stated("investment"), further], words("en")))

    assert lines == ([line] if line else [])


def test_no_two_lines_say_the_same() -> None:
    facts = [stated("investment"), stated("region"), stated("region", status="planned"), stated("region")]

    assert list(further_lines(facts, words("en"))) == ["cloud region", "cloud region · planned"]


def test_long_line_keeps_its_end_and_counts_the_names_it_leaves_out() -> None:
    actors = tuple(Label(id=f"a{n}", names={"": f"A Rather Long Provider Name {n}"}) for n in range(4))
    places = (ISTANBUL, Place(id="DE", country="DE"), Place(id="CL", country="CL"))

    line = fact_line(stated("region", actors=actors, places=places, amounts=(MONEY, POWER)), words("en"))

    assert line == (
        "A Rather Long Provider Name 0, 3 more · cloud region · Türkiye (Istanbul), 2 more · USD 2.4 bn · announced"
    )


@pytest.mark.parametrize(("language", "title"), [("en", "Update: "), ("zh", "新进展：")])
def test_kind_stands_before_the_title_as_the_language_writes_it(language: str, title: str) -> None:
    one = alert(kind=AlertKind.DEVELOPMENT)

    assert alert_view(one, Channel(name="c", url="console:", language=language)).title.startswith(title)


def test_digest_names_topics_by_their_watch_and_notices_as_such() -> None:
    topic = alert("t|1", facts=(), watch="johor-water", headline="Farmers protest")
    other = alert("u|1", facts=(), watch="sovereign", headline="Sovereign clouds")
    notice = alert("n|1", facts=(), watch="", kind=AlertKind.NOTICE)

    lines = render_digest([topic, other, notice], None, channel(), NOW).text.splitlines()

    assert {"johor-water", "sovereign", "Notice"} <= set(lines)


@pytest.mark.parametrize(
    ("key", "note"),
    [
        ("mail|flood|2026-11-24T10:08:00Z", "Mehr Meldungen, als dieser Kanal in einer Stunde nimmt"),
        (
            "mail|flood gulf|2026-11-24T10:08:00Z",
            "Mehr Meldungen, als die Beobachtung gulf an einem Tag sendet",
        ),
        ("mail|quiet|2026-11-24T06:00Z", "Was während der Ruhezeit kam."),
        ("mail|echoes|abc", "Kleine Nachrichten neben einer größeren Geschichte"),
        ("mail|outage|2026-11-24T06:00:00Z", "Dieser Kanal war nicht erreichbar"),
        ("mail|digest ended|2026-11-24T06:00:00Z", "Dieser Kanal hat keine Übersicht mehr"),
        ("mail|watch gulf|2026-11-24|07:00", "Beobachtung: gulf"),
        ("mail|2026-11-24|07:00", ""),
    ],
)
def test_message_of_several_alerts_says_why_it_is_one(key: str, note: str) -> None:
    lines = render_digest([alert()], None, channel(language="de"), NOW, key=key).text.splitlines()

    assert lines[0] == "Übersicht vom 24.11.2026"
    assert lines[1].startswith(note)
    assert bool(lines[1]) is bool(note)
