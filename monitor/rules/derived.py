"""Completed facts of one article in, what follows from them added out: a site with a price is an investment. Pure.

Newspapers give the sum in a sentence of its own ("It puts the cost at 310 million euros"), so that no single sentence
says who invests what in which site. The facts together do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Sentence
from monitor.model import Amount, Direction, EventType, Evidence, Field, Finding, Mark, Span, Status
from monitor.rules.findings import finding_id, quote_of
from monitor.rules.quantities import is_currency
from monitor.rules.setting import Fact, Setting

# What is built -> the rule that states what follows from it, and the class of amount that it needs.
COST_RULE = "invest-build"
SALES = frozenset({"acquire", "contract", "lease", "agree"})
OTHER_SUMS = frozenset({"guessed", "not_cost"})
SITE_RULE = "dc-build"
SITES = frozenset({"datacenter", "site"})
SITE_TYPES = frozenset({EventType.DATACENTER, EventType.REGION, EventType.ACQUISITION, EventType.COMPUTE})
CHIPS_RULE = "compute-deploy"
SMALLEST_COST = Decimal(10_000_000)  # US dollars: below it, it is a price or a fee, no data center
LAND = Decimal(10_000)  # square meters
BUILT = frozenset({EventType.DATACENTER, EventType.REGION})
# Where one of these is found for the same family, the sum is already told.
TELLS_THE_SUM: Mapping[EventType, frozenset[EventType]] = {
    EventType.INVESTMENT: frozenset({EventType.INVESTMENT, EventType.ACQUISITION, EventType.CONTRACT}),
    EventType.COMPUTE: frozenset({EventType.COMPUTE}),
}


def with_derived(facts: Sequence[Fact], setting: Setting) -> list[Fact]:
    """The facts, and for each expansion in headline or lead the investment and the chips that it comes with."""
    result = list(facts)
    for fact in facts:
        if not (fact.in_window and _is_project(fact.finding)):
            continue
        stop = next((other for other in facts if is_stopped(other, fact)), None)
        for kind, rule, wanted in (
            (EventType.INVESTMENT, COST_RULE, _is_cost),
            (EventType.COMPUTE, CHIPS_RULE, _is_chips),
        ):
            amounts = [
                amount
                for amount in fact.finding.amounts
                if wanted(amount) and not (_is_sale(amount, setting) or _is_other_sum(amount, setting))
            ]
            if amounts and stop is not None and kind is EventType.INVESTMENT:
                continue
            if amounts and not _is_told(kind, fact, result, amounts):
                result.append(_derive(stop or fact, kind, rule, amounts, setting))
    for fact in facts:
        if _pays_for_a_site(fact, result) or _permits_a_site(fact, result):
            result.append(_site(fact, setting))
    return result


def is_stopped(other: Fact, fact: Fact) -> bool:
    """Whether what was to be built is what is delayed or given up: one sentence, or one town, tells of both."""
    one, further = other.finding, fact.finding
    return (
        other.in_window
        and one.type is further.type
        and one.type in BUILT
        and one.direction is Direction.CONTRACTION
        and one.status in (Status.DELAYED, Status.CANCELLED)
        and further.status is not Status.LIVE
        and not fact.in_headline
        and (other.sentence == fact.sentence or bool(towns(one) & towns(further)))
    )


def towns(finding: Finding) -> set[str]:
    return {place.id for place in finding.places if ":" in place.id}


def _permits_a_site(fact: Fact, facts: Sequence[Fact]) -> bool:
    """A permit for a data center that no country gives: the news is that it may be built."""
    finding = fact.finding
    return (
        fact.in_window
        and finding.type is EventType.REGULATORY
        and finding.direction is Direction.EXPANSION
        and finding.object in SITES
        and bool(finding.actors)
        and (not finding.places or is_local(fact))
        and not any(
            other.in_window and other.finding.type in SITE_TYPES and other.families & fact.families
            for other in facts
        )
    )


def is_local(fact: Fact) -> bool:
    """Whether its sentence names one town and no country: a council's permit, not a country's licence."""
    at = fact.finding.evidence.span
    named = {
        place.id
        for place in fact.finding.places
        if place.span is not None
        and place.span.field is at.field
        and at.start <= place.span.start < at.end
        and place.origin != "implied"
    }
    return len(named) == 1 and ":" in next(iter(named))


def _pays_for_a_site(fact: Fact, facts: Sequence[Fact]) -> bool:
    """Money for a data center in a place, and nothing else says that it is built."""
    finding = fact.finding
    return (
        fact.in_window
        and finding.type is EventType.INVESTMENT
        and finding.object in SITES
        and finding.direction is Direction.EXPANSION
        and finding.status is not Status.DENIED
        and bool(finding.places)
        and any(_is_cost(amount) for amount in finding.amounts)
        and not any(
            other.in_window and other.finding.type in SITE_TYPES and other.families & fact.families
            for other in facts
        )
    )


def buys_land(finding: Finding) -> bool:
    """Whether ground of a hectare or more is bought: what will stand on it is as much the news."""
    return (
        finding.type is EventType.ACQUISITION
        and finding.direction is Direction.EXPANSION
        and finding.status is not Status.DENIED
        and any(amount.unit == "SQM" and amount.value >= LAND for amount in finding.amounts)
    )


def _site(fact: Fact, setting: Setting) -> Fact:
    finding = fact.finding
    kind = EventType.DATACENTER
    status = Status.PLANNED if finding.status is Status.ANNOUNCED else finding.status
    site = replace(
        finding,
        finding_id=finding_id(setting, kind.value, finding.actors, finding.places, finding.direction),
        rule=SITE_RULE,
        type=kind,
        status=status,
    )
    return replace(fact, finding=site)


def _is_project(finding: Finding) -> bool:
    return (
        finding.type in BUILT
        and finding.direction is Direction.EXPANSION
        and finding.status is not Status.DENIED
        and bool(finding.actors)
    )


def _is_cost(amount: Amount) -> bool:
    return is_currency(amount.unit) and (amount.usd is None or amount.usd >= SMALLEST_COST)


def _is_chips(amount: Amount) -> bool:
    return amount.unit == "ACCEL"


def _is_told(kind: EventType, fact: Fact, facts: Sequence[Fact], amounts: Sequence[Amount]) -> bool:
    told = {(amount.value, amount.unit) for amount in amounts}
    return any(
        other.finding.type in TELLS_THE_SUM[kind]
        and (bool(other.families & fact.families) or (other.in_window and other.finding.type is kind))
        and (
            (
                other.in_window
                and bool(other.families & fact.families)
                and (other.finding.type is kind or other.finding.evidence.span.field is Field.TITLE)
            )
            or any(
                (amount.value, amount.unit) in told
                for amount in other.finding.amounts
                if states(other, amount)
            )
        )
        for other in facts
    )


def states(fact: Fact, amount: Amount) -> bool:
    """Whether its own sentence gives the amount; of a deal, those of later sentences are what the site costs."""
    return fact.finding.type is EventType.INVESTMENT or _holds(fact.finding.evidence.span, amount.span)


def _derive(fact: Fact, kind: EventType, rule: str, amounts: Sequence[Amount], setting: Setting) -> Fact:
    """The same actors, places and score told of the money; the evidence is the sentence that gives the amount."""
    finding = fact.finding
    status = (
        Status.ANNOUNCED if finding.status in (Status.LIVE, Status.UNDER_CONSTRUCTION) else finding.status
    )
    evidence = _evidence(amounts[0].span, finding.evidence, setting)
    marks = [Mark(kind="amount", span=amount.span) for amount in amounts]
    marks += [mark for mark in finding.marks if mark.kind in ("actor", "place")]
    derived = replace(
        finding,
        finding_id=finding_id(setting, kind.value, finding.actors, finding.places, finding.direction),
        rule=rule,
        type=kind,
        status=status if kind is EventType.INVESTMENT else finding.status,
        amounts=tuple(amounts),
        evidence=evidence,
        marks=tuple(sorted((mark for mark in marks if _holds(evidence.span, mark.span)), key=_at)),
    )
    return replace(fact, finding=derived)


def _is_sale(amount: Amount, setting: Setting) -> bool:
    """Whether its sentence gives the sum of an order, a lease or a purchase, or what the site earns."""
    sentence = _sentence_of(amount, setting)
    actions = sentence.values(Kind.ACTION) if sentence is not None else set()
    return is_currency(amount.unit) and bool(actions & SALES) and "invest" not in actions


def _is_other_sum(amount: Amount, setting: Setting) -> bool:
    """Whether others guess the sum, or it is a firm's capital, rent or sales: no cost that the provider states."""
    sentence = _sentence_of(amount, setting)
    return (
        sentence is not None
        and is_currency(amount.unit)
        and bool(OTHER_SUMS & sentence.values(Kind.CUE))
        and "invest" not in sentence.values(Kind.ACTION)
    )


def _sentence_of(amount: Amount, setting: Setting) -> Sentence | None:
    for sentence in setting.reading.sentences:
        if _holds(setting.reading.span(sentence.start, sentence.end), amount.span):
            return sentence
    return None


def _evidence(span: Span, known: Evidence, setting: Setting) -> Evidence:
    reading = setting.reading
    for sentence in reading.sentences:
        at = reading.span(sentence.start, sentence.end)
        if _holds(at, span):
            return Evidence(span=at, quote=quote_of(reading, at), language=known.language)
    return known


def _holds(outer: Span, inner: Span) -> bool:
    return outer.field is inner.field and outer.start <= inner.start and inner.end <= outer.end


def _at(mark: Mark) -> tuple[Span, str]:
    return mark.span, mark.kind
