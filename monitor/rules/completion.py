"""The facts of one article in, the same facts completed out: amounts, places, status from other sentences. Pure.

A headline leaves out what the sentences after it say. What they say belongs to the headline's fact as long as they
speak of nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from monitor.mentions.entities import Place
from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Sentence
from monitor.model import Actor, Amount, EventType, Field, PlaceMention, Status
from monitor.rules.agreement import name_two_towns
from monitor.rules.derived import states, with_derived
from monitor.rules.merging import are_two_sites
from monitor.rules.quantities import as_amount, is_currency, is_substantial
from monitor.rules.setting import Fact, Setting
from monitor.rules.sites import as_site
from monitor.rules.timing import is_told_as_earlier, time_of

REACH = 7  # sentences after the evidence of a fact in headline or lead
REACH_OF_BACKGROUND = 2
SHORT = 20  # characters of a line that is a label
NEAR = 4  # sentences in which every amount counts, not only the first of its unit
BACKGROUND_ACTIONS = frozenset({"operate", "present"})
BOUNDED_GROUPS = frozenset({"group_cn_csp", "group_us_csp"})  # their members have one home
NOT_OF_PROJECT = frozenset({"count_country", "count_customer", "count_pop", "count_job"})


COUNTED = frozenset({"DC", "REGION", "AZ"})  # "one site" says nothing of which


def completed(facts: Sequence[Fact], setting: Setting) -> list[Fact]:
    """Each fact with the amounts and places of the sentences that go on about it."""
    return with_derived(_one_per_event([as_site(_complete(one, setting), setting) for one in facts]), setting)


def _one_per_event(facts: Sequence[Fact]) -> list[Fact]:
    """Facts of one type, family and direction whose places agree are one fact told twice; the better one stays."""
    kept: list[Fact] = []
    for fact in facts:
        same = next((index for index, other in enumerate(kept) if _tell_the_same(other, fact)), None)
        if same is None:
            kept.append(fact)
        else:
            kept[same] = _joined(kept[same], fact)
    return kept


def _tell_the_same(one: Fact, other: Fact) -> bool:
    left, right = one.finding, other.finding
    if (
        left.type is not right.type
        or left.direction is not right.direction
        or not (one.families & other.families or _is_joint(one, other))
    ):
        return False
    if are_two_sites(one, other):
        return False
    countries = {place.country or place.id for place in left.places}
    others = {place.country or place.id for place in right.places}
    if (left.status is Status.LIVE) is not (right.status is Status.LIVE) and name_two_towns(left, right):
        return False  # one opens, another is planned
    return not countries or not others or bool(countries & others) or _state_one_size(one, other)


def _state_one_size(one: Fact, other: Fact) -> bool:
    """Whether the sentences of both give one amount: a place in one of them is where somebody else comes from."""
    here, there = (
        {
            (amount.value, amount.unit)
            for amount in fact.finding.amounts
            if amount.unit not in COUNTED and states(fact, amount)
        }
        for fact in (one, other)
    )
    return one.in_window and other.in_window and bool(here & there)


def _is_joint(one: Fact, other: Fact) -> bool:
    """One event of two families: both sides of a deal are told with its size."""
    if not (one.in_window and other.in_window):
        return False
    left, right = ({(amount.value, amount.unit) for amount in fact.finding.amounts} for fact in (one, other))
    return bool(left & right)


def _joined(best: Fact, other: Fact) -> Fact:
    """The better fact with the places and the kinds of amounts that only the other gives."""
    finding = best.finding
    known = {_unit_class(amount.unit) for amount in finding.amounts}
    amounts = [
        *finding.amounts,
        *(one for one in other.finding.amounts if _unit_class(one.unit) not in known),
    ]
    places = _with_countries(
        [*finding.places, *(other.finding.places if not finding.places or other.in_window else ())]
    )
    actors = finding.actors
    if not best.families & other.families:
        actors = (*actors, *other.finding.actors)
    return replace(
        best,
        in_window=best.in_window or other.in_window,
        families=best.families | other.families,
        ordinal=best.ordinal or other.ordinal,
        finding=replace(finding, actors=actors, amounts=tuple(amounts[:8]), places=places),
    )


def _complete(fact: Fact, setting: Setting) -> Fact:
    finding = fact.finding
    if finding.type is EventType.FOOTPRINT:
        return fact
    sentences = list(_going_on(fact, setting))
    actors = _with_members(finding.actors, fact, setting) if fact.in_window else finding.actors
    amounts = [*finding.amounts, *_missing_amounts(fact, sentences, setting)]
    places = _with_countries([*finding.places, *_missing_places(fact, sentences, setting)])
    when = time_of(fact, sentences, setting)
    return replace(
        fact,
        finding=replace(finding, actors=actors, amounts=tuple(amounts), places=places, time=when),
        headlined=not setting.title_families or bool(setting.title_families & fact.families),
        earlier=is_told_as_earlier(fact, setting),
    )


def _with_members(actors: tuple[Actor, ...], fact: Fact, setting: Setting) -> tuple[Actor, ...]:
    """Who the article names of a collective ("Chinese cloud firms": Alibaba, Tencent); "tech giants" only near it."""
    knowledge = setting.knowledge
    groups = [actor for actor in actors if knowledge.kind_of(actor.id) == "group"]
    if not groups or len(groups) < len(actors):
        return actors
    homes = {knowledge.home_of(actor.id) for actor in groups} - {""}
    bounded = any(actor.id in BOUNDED_GROUPS for actor in groups)
    members: dict[str, Actor] = {}
    for sentence in setting.reading.sentences[: fact.sentence + REACH] if bounded else setting.reading.window:
        for one in setting.cast.of(sentence):
            belongs = not bounded or knowledge.home_of(one.id) in homes
            if belongs and not one.is_product and one.kind not in ("group", "vendor"):
                span = setting.reading.span(one.start, one.end)
                members.setdefault(one.id, Actor(id=one.id, span=span))
    return (*tuple(members.values())[:5], *actors)


def _going_on(fact: Fact, setting: Setting) -> Iterator[Sentence]:
    """Headline and lead of a fact that stands there, then what follows the evidence until somebody else is named."""
    last = (
        max(fact.sentence, *setting.reading.lead, 0) + REACH
        if fact.in_window
        else fact.sentence + REACH_OF_BACKGROUND
    )
    for sentence in setting.reading.sentences:
        before = sentence.index < fact.sentence
        if before and not (fact.in_window and setting.reading.in_window(sentence.index)):
            continue
        if sentence.index > last:
            return
        if sentence.index > fact.sentence and sentence.end - sentence.start <= SHORT:
            last += 1  # labels and headings ("Overview", "Power: 30 MW") use up no sentence
        actions = sentence.values(Kind.ACTION)
        if actions and actions <= BACKGROUND_ACTIONS and sentence.index != fact.sentence:
            continue
        families = {
            setting.knowledge.family_of(one.id)
            for one in setting.cast.of(sentence)
            if not one.is_product and one.kind not in ("group", "vendor")
        }
        if (
            families - fact.families
            and not setting.reading.in_window(sentence.index)
            and not families & fact.families
        ):
            return
        if families - fact.families and not families & fact.families:
            continue
        yield sentence


def _missing_amounts(fact: Fact, sentences: Iterable[Sentence], setting: Setting) -> list[Amount]:
    """All that headline and lead say, and the first of each unit after them that the fact lacks."""
    values = {(amount.value, amount.unit) for amount in fact.finding.amounts}
    known = {_unit_class(amount.unit) for amount in fact.finding.amounts}
    found: list[Amount] = []
    for sentence in sentences:
        near = fact.in_window and (
            setting.reading.in_window(sentence.index) or 0 <= sentence.index - fact.sentence <= NEAR
        )
        added = set()
        for read in setting.quantities.in_sentence(sentence):
            unit = _unit_class(read.unit)
            if read.kind in NOT_OF_PROJECT or (read.value, read.unit) in values:
                continue
            if sentence.index == fact.sentence and not fact.part[0] <= read.start < fact.part[1]:
                continue  # what another one of the sentence does
            if (unit in known and not near) or not is_substantial(read, setting.knowledge):
                continue
            found.append(as_amount(read, setting.reading, setting.knowledge))
            values.add((read.value, read.unit))
            added.add(unit)
        known |= added
    return found[:10]


def _unit_class(unit: str) -> str:
    """All currencies are one class."""
    return "money" if is_currency(unit) else unit


def _missing_places(fact: Fact, sentences: Iterable[Sentence], setting: Setting) -> list[PlaceMention]:
    """Towns of a known country, or the first place where the fact has none."""
    reading = setting.reading
    known = {place.country or place.id for place in fact.finding.places}
    has_town = any(":" in place.id and place.country for place in fact.finding.places)
    if has_town or not fact.in_window:
        return []
    for sentence in sentences:
        listed = [
            one for one in setting.gazetteer.places(reading, sentence, setting.cast) if not one.excluded
        ]
        wanted = [one for one in listed if _is_wanted(one, known)]
        if wanted:
            origin = "title" if sentence.field is Field.TITLE else "previous"
            return [
                PlaceMention(
                    id=one.id, country=one.country, span=reading.span(one.start, one.end), origin=origin
                )
                for one in wanted[:3]
            ]
    return []


def _is_wanted(place: Place, known: set[str]) -> bool:
    if not known:
        return True
    if all(one.startswith(("region:", "bloc:")) for one in known):
        return place.country is not None
    return place.country in known and ":" in place.id


def _with_countries(places: Iterable[PlaceMention]) -> tuple[PlaceMention, ...]:
    """Each place once, and the country of every town."""
    result: dict[str, PlaceMention] = {}
    for place in places:
        result.setdefault(place.id, place)
        if place.country and place.country != place.id:
            result.setdefault(place.country, replace(place, id=place.country, origin="implied"))
    return tuple(result.values())
