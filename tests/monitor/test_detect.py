"""From an article to facts with evidence; the same input gives the same judgement."""

from __future__ import annotations

import random
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.explain import explain
from monitor.judge_json import judgement_to_json
from monitor.model import ArticleText, Field, Finding, Span
from tests.monitor.detecting import article, best, detector, facts, judge

SEED = (
    "Alibaba Cloud hat über 400 Millionen Yuan für den Ausbau seiner globalen KI-Initiativen bereitgestellt. "
    "Der Anbieter betreibt Rechenzentren in über 29 Regionen außerhalb Chinas. "
    "Huawei bringt seine Ascend-Chips nach Malaysia, dort sind sie bereits im Einsatz."
)


def spans(finding: Finding) -> list[Span]:
    found = [
        finding.evidence.span,
        *(mark.span for mark in finding.marks),
        *(one.span for one in finding.amounts),
    ]
    found += [actor.span for actor in finding.actors if actor.span]
    return found + [place.span for place in finding.places if place.span]


def test_facts_of_the_seed_story() -> None:
    judgement = judge(SEED, title="Chinas Cloud-Anbieter drängen ins Ausland", language="de")

    invest = next(one for one in judgement.findings if one.type.value == "investment")
    assert [actor.id for actor in invest.actors] == ["alibaba_cloud"]
    assert (Decimal(400_000_000), "CNY", ">=") in {(one.value, one.unit, one.op) for one in invest.amounts}
    footprint = next(one for one in judgement.findings if one.type.value == "footprint")
    assert {(one.value, one.unit) for one in footprint.amounts} >= {(Decimal(29), "REGION")}
    assert footprint.excluded_places == ("CN",)
    chips = next(one for one in judgement.findings if one.type.value == "compute")
    assert "huawei" in {actor.id for actor in chips.actors}
    assert "MY" in {place.id for place in chips.places}


def test_every_score_is_the_sum_of_its_named_parts() -> None:
    for finding in judge(SEED, language="de").findings:
        assert finding.score == max(0, sum(part.points for part in finding.explain))


def test_title_and_lead_form_one_window() -> None:
    judgement = judge(
        "The site near Lahti will have 60 megawatts.", title="Hetzner builds data center in Finland"
    )

    assert best(judgement).evidence.span.field is Field.TITLE
    assert (Decimal(60), "MW") in {(one.value, one.unit) for one in best(judgement).amounts}
    assert "FI:Lahti" in {place.id for place in best(judgement).places}


def test_a_competitor_paragraph_gives_no_amount() -> None:
    judgement = judge(
        "Hetzner will build the data center in Lahti. Separately, Equinix spends 900 million euros in Milan.",
        title="Hetzner plans data center in Finland",
    )

    assert all(one.value != 900_000_000 for one in best(judgement).amounts)


def test_the_company_is_the_one_named_before() -> None:
    judgement = judge("Scaleway presented its plans. The company will build a data center in Poland.")

    finding = best(judgement)
    assert [actor.id for actor in finding.actors] == ["scaleway"]
    assert finding.actors[0].coref


def test_a_plain_mention_gives_no_finding() -> None:
    assert judge("Google employees met Oracle employees at a party in Berlin.").findings == ()


def test_an_article_without_a_provider_is_finished_early_and_says_so() -> None:
    judgement = judge("The bakery opens a second shop.")

    assert judgement.trace[0].clause == "no provider named"


def test_language_is_detected_where_nobody_says_it() -> None:
    judgement = judge("阿里云在泰国新建数据中心。", language=None)

    assert judgement.language == "zh"
    assert facts(judgement)[0] == ("datacenter", "planned", "alibaba_cloud")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_input_give_the_same_findings(form: str) -> None:
    title, text = (
        "Telefónica eröffnet Rechenzentrum in Málaga",
        "Telefónica baut zusätzlich ein Rechenzentrum in Österreich für 90 Mio. Euro.",
    )
    plain = judge(text, title=title, language="de")

    other = judge(unicodedata.normalize(form, text), title=unicodedata.normalize(form, title), language="de")

    assert facts(plain) == facts(other)
    assert [one.score for one in plain.findings] == [one.score for one in other.findings]
    for finding in other.findings:
        assert unicodedata.normalize("NFC", finding.evidence.quote) in (title, text)


WORDS = [
    "Google",
    "Microsoft",
    "AWS",
    "Alibaba",
    "Cloud",
    "builds",
    "opens",
    "will",
    "data",
    "center",
    "region",
    "in",
    "Norway",
    "Johor",
    "for",
    "$2",
    "billion",
    "300",
    "MW",
    "not",
    "denied",
    "the",
    "company.",
    "\n",
    "„Ausbau“",
    "阿里云",
    "数据中心",
    "泰国",
    "建设",
    "，。",
    "소버린",
    "클라우드",
    "é",
    "ö",
    "İ",
    "ﬁ",
    "\u200b",
    "\u202e",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=40),
    st.lists(st.sampled_from(WORDS), max_size=12),
    st.sampled_from(["en", "de", "zh", "ko"]),
)
def test_quote_equals_span_always(body: list[str], head: list[str], language: str) -> None:
    source = article(" ".join(body), " ".join(head), language)

    judgement = detector().judge(source)

    for finding in judgement.findings:
        stored = source.title if finding.evidence.span.field is Field.TITLE else source.text
        assert stored[finding.evidence.span.start : finding.evidence.span.end] == finding.evidence.quote
        for amount in finding.amounts:
            holder = source.title if amount.span.field is Field.TITLE else source.text
            assert holder[amount.span.start : amount.span.end] == amount.text
        for span in spans(finding):
            assert (
                0 <= span.start <= span.end <= len(source.title if span.field is Field.TITLE else source.text)
            )


def test_judging_is_deterministic_and_independent_of_order() -> None:
    sources = [
        article(SEED, language="de"),
        article("Google builds a data center in Oslo."),
        article("阿里云进入泰国", language="zh"),
    ]
    first = [detector().judge(source) for source in sources]
    order = list(range(len(sources)))
    random.Random(7).shuffle(order)

    again = {index: detector().judge(sources[index]) for index in order}

    assert [again[index] for index in range(len(sources))] == first


def test_json_has_the_agreed_form() -> None:
    source = article("Google builds a data center in Oslo for 2 billion euros.", "Google builds in Oslo")

    row = judgement_to_json(detector().judge(source), source)

    assert set(row) == {"id", "relevant", "score", "lang", "findings", "watches"}
    agreed = {
        "rule",
        "event",
        "direction",
        "status",
        "actors",
        "objects",
        "places",
        "amounts",
        "quote",
        "score",
        "news",
    }
    assert set(row["findings"][0]) == agreed | {"field", "start", "end"}
    assert row["findings"][0]["places"] == ["NO:Oslo", "NO"]
    assert {"value": 2_000_000_000, "unit": "EUR"} in row["findings"][0]["amounts"]


def test_explanation_names_verdict_reasons_facts_and_quotes() -> None:
    source = article("The site opens in 2027.", "Google to build data center in Oslo")
    yes = explain(detector().judge(source), source)
    no = explain(judge("The bakery opens a shop."), article("The bakery opens a shop."))

    assert yes.startswith("NEWS")
    assert "the headline names a provider" in yes
    assert '"Google to build data center in Oslo"' in yes
    assert no == "NOT NEWS: no provider is named."


def test_money_is_compared_in_dollars_of_a_dated_table() -> None:
    finding = best(judge("Google invests 2 billion euros in a data center in Oslo."))

    amount = next(one for one in finding.amounts if one.unit == "EUR")
    assert amount.usd is not None
    assert amount.usd > amount.value
    assert amount.fx_date == date(2025, 6, 30)


def test_a_later_date_makes_an_opening_a_plan() -> None:
    source = ArticleText(
        article_id="a",
        title="",
        text="Google opens a data center in Oslo in 2027.",
        language="en",
        published=date(2025, 6, 4),
    )

    assert best(detector().judge(source)).status.value == "planned"


def test_a_more_special_fact_covers_a_general_one_of_the_same_sentence() -> None:
    judgement = judge(
        "The region opens in May.", title="Google Cloud to open cloud region with data center in Kuwait"
    )

    kinds = {finding.type.value for finding in judgement.findings}
    assert "region" in kinds
    assert not kinds & {"datacenter", "market"}


def test_a_site_for_a_sum_is_an_investment_too() -> None:
    judgement = judge("", title="Equinix to build $400 million data center in Ghana")

    assert {finding.type.value for finding in judgement.findings} == {"datacenter", "investment"}
    assert all(
        (Decimal(400_000_000), "USD") in {(a.value, a.unit) for a in one.amounts}
        for one in judgement.findings
    )


def test_joined_names_act_together_whatever_their_order() -> None:
    judgement = judge("", title="OpenAI, Oracle and SoftBank build data center in Texas")

    assert {actor.id for actor in best(judgement).actors} == {"openai", "oracle", "softbank"}


def test_a_collective_gets_the_names_that_the_lead_gives() -> None:
    judgement = judge(
        "Microsoft and Oracle signed in Riyadh.", title="Tech giants to build data centers in Saudi Arabia"
    )

    assert {"microsoft", "oracle"} <= {actor.id for actor in best(judgement).actors}


def test_the_headline_in_the_present_is_a_plan_where_the_lead_says_so() -> None:
    judgement = judge(
        "Scaleway will open the data center in 2027.", title="Scaleway opens data center in Poland"
    )

    assert best(judgement).status.value == "planned"


def test_a_headline_of_several_items_is_judged_item_by_item() -> None:
    judgement = judge("", title="早报｜谷歌发布新手机；银行在挪威新建大楼；某公司上市", language="zh")

    assert judgement.findings == ()
