"""A candidate in, a fact with roles, status and a named score out, or the first clause that failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.mentions.entities import Mention, Place
from monitor.mentions.lexicon import Kind
from monitor.mentions.ordinals import ordinal_beside
from monitor.mentions.scan import Sentence
from monitor.model import Direction, EventType, Field, Status
from monitor.rules.findings import as_finding
from monitor.rules.matching import INFRASTRUCTURE, Candidate, unmet_need
from monitor.rules.model import ActorRole
from monitor.rules.quantities import is_substantial
from monitor.rules.roles import BUYERS, SUPPLIERS, as_actors, choose_actors, choose_places
from monitor.rules.scores import NUMBERED, further_clause, score_parts, status_of
from monitor.rules.segments import is_torn, part_of
from monitor.rules.setting import Fact, Roles, Setting

SETTLED = frozenset({EventType.INVESTMENT, EventType.PARTNERSHIP, EventType.CONTRACT, EventType.REGULATORY})
COUNT_KINDS = frozenset({"accel", "count_dc", "count_region", "count_az", "rack", "power"})


def build_fact(
    candidate: Candidate, setting: Setting, *, salient: Mention | None, buyer: Mention | None = None
) -> Fact | str:
    """A fact, or the first clause that failed.

    `salient` is who a sentence without a name is about, `buyer` the last one named before it that supplies nothing.
    """
    if _spans_sentences(candidate):
        return "window"
    if is_torn(candidate):
        return "part"
    mentions = choose_actors(candidate, setting.knowledge, title_families=setting.title_families)
    coref = not mentions
    supplied = bool(mentions) and _are_suppliers(mentions, candidate)
    if mentions and (supplied or _is_landlord(mentions, candidate, setting)):
        buyer = _buyer_in_headline(candidate, setting) or (buyer if supplied else None)
        if buyer and candidate.rule.actor_kinds and buyer.kind not in candidate.rule.actor_kinds:
            return "actor"
        mentions, coref = ([buyer], True) if buyer else (mentions, coref)
    if (
        coref
        and salient is not None
        and not (mentions and salient.kind in SUPPLIERS)
        and (not candidate.rule.actor_kinds or salient.kind in candidate.rule.actor_kinds)
    ):
        mentions = [salient]
    if not mentions and candidate.rule.actor is ActorRole.REQUIRED:
        return "actor"
    if not _is_its_business(mentions, candidate, setting):
        return "business"
    roles = _roles(candidate, setting, mentions, coref=coref)
    failed = _unmet(candidate, setting, roles)
    if failed:
        return failed
    decided = status_of(candidate, setting)
    if candidate.rule.type in SETTLED and decided.status is Status.UNDER_CONSTRUCTION:
        decided = replace(decided, status=Status.ANNOUNCED)  # the site is being built, the deal is made
    if decided.by == "reversal":
        candidate = replace(candidate, direction=Direction.CONTRACTION)
    at = _evidence_sentence(candidate)
    parts = score_parts(candidate, setting, decided, roles, at)
    return Fact(
        finding=as_finding(candidate, setting, decided, roles, parts=parts, at=at),
        sentence=at.index,
        in_window=candidate.view.is_window or setting.reading.in_window(at.index),
        across=candidate.view.is_window,
        nominal=candidate.rule.is_nominal,
        families=roles.families,
        action=candidate.action,
        thing=candidate.object,
        subjects=() if coref else tuple(mentions),
        ordinal=_ordinal(candidate),
        part=part_of(candidate),
        further=further_clause(candidate) if decided.status is Status.LIVE else -1,
    )


def _ordinal(candidate: Candidate) -> int:
    thing = candidate.object
    if thing is None or candidate.rule.type not in NUMBERED:
        return 0
    reading = candidate.view.reading
    return ordinal_beside(reading.folded, reading.language, thing.start, thing.end)


def _spans_sentences(candidate: Candidate) -> bool:
    """Whether a rule that asks for one clause was met by headline and lead together."""
    view, thing = candidate.view, candidate.object
    return (
        candidate.rule.reach is not None
        and thing is not None
        and view.sentence_of(candidate.action.start) is not view.sentence_of(thing.start)
    )


def _are_suppliers(mentions: Sequence[Mention], candidate: Candidate) -> bool:
    return candidate.rule.type in BUYERS and all(one.kind in SUPPLIERS for one in mentions)


def _is_landlord(mentions: Sequence[Mention], candidate: Candidate, setting: Setting) -> bool:
    """Whether "the company" is the subject and the only one named comes after it ("will rent at Equinix")."""
    if candidate.rule.type not in BUYERS:
        return False
    at = candidate.view.sentence_of(candidate.action.start)
    families = {setting.knowledge.family_of(one.id) for one in mentions}
    first = min(one.start for one in mentions)
    return not families & setting.title_families and any(
        at.start <= hit.start < first and candidate.action.start < first for hit in at.of(Kind.COREF)
    )


def _buyer_in_headline(candidate: Candidate, setting: Setting) -> Mention | None:
    """Who the headline is about, where a sentence of the text names suppliers only ("8,000 Nvidia chips go in")."""
    if candidate.view.sentence_of(candidate.action.start).field is Field.TITLE:
        return None
    for title in setting.reading.titles:
        for one in setting.cast.of(title):
            if not one.is_product and one.kind not in (*SUPPLIERS, "group"):
                return one
    return None


def _roles(candidate: Candidate, setting: Setting, mentions: Sequence[Mention], *, coref: bool) -> Roles:
    view, knowledge = candidate.view, setting.knowledge
    actors = as_actors(mentions, candidate, coref=coref, named=setting.named, knowledge=knowledge)
    places, origin = choose_places(candidate), "sentence"
    if not places and not view.is_window:
        places, origin = _inherited_places(candidate, setting)
    excluded = sorted({place.id for place in view.places if place.excluded})
    homes = {knowledge.home_of(actor.id) for actor in actors} - {""}
    if candidate.rule.type is EventType.ACQUISITION and all(place.country in homes for place in places):
        bought = _where_the_bought_firm_is(candidate, setting, homes)
        places, origin = (bought, "sentence") if bought else (places, origin)
    abroad = any(place.country is not None and place.country not in homes for place in places)
    begin, end = part_of(candidate)
    return Roles(
        actors=actors,
        coref=coref,
        families=frozenset(knowledge.family_of(actor.id) for actor in actors),
        places=places,
        origin=origin,
        amounts=[
            one
            for one in setting.quantities.of(view)
            if begin <= one.start < end
            and one.kind in candidate.rule.amounts
            and is_substantial(one, knowledge)
        ],
        excluded=excluded,
        overseas=bool(homes) and (abroad or bool(homes & set(excluded))),
    )


def _unmet(candidate: Candidate, setting: Setting, roles: Roles) -> str:
    rule = candidate.rule
    if not (rule.need or rule.place_required):
        return ""
    return unmet_need(
        rule,
        place=bool(roles.places) or bool(roles.excluded),
        money=any(amount.kind == "money" for amount in roles.amounts),
        counts=any(amount.kind in COUNT_KINDS for amount in roles.amounts),
        providers=len(roles.families),
        named=len({setting.knowledge.family_of(one.named) for one in candidate.view.mentions}),
        view=candidate.view,
        overseas=roles.overseas,
        dc_in_article=setting.sites_in_article,
    )


def _is_its_business(mentions: Sequence[Mention], candidate: Candidate, setting: Setting) -> bool:
    """A firm that sells much besides cloud needs infrastructure in title or lead where the object is none itself."""
    if (
        (candidate.object is not None and candidate.object.value != "site")
        or setting.speaks_of_cloud
        or not mentions
    ):
        return True
    if any(one.kind in ("lab", "neocloud") for one in candidate.view.mentions):
        return True
    entities = setting.knowledge.entities
    if not all(one.id in entities and entities[one.id].mixed for one in mentions):
        return True
    return any(hit.value in INFRASTRUCTURE for hit in candidate.view.objects)


def _where_the_bought_firm_is(candidate: Candidate, setting: Setting, homes: set[str]) -> list[Place]:
    """The country that an adjective names, other than the buyer's ("buys the Slovenian host Telprom")."""
    view = candidate.view
    funds = [one.start for one in view.mentions if one.kind == "investor"]
    for sentence in dict.fromkeys(
        [*(one.index for one in view.sentences), *(one.index for one in setting.reading.titles)]
    ):
        for hit in setting.reading.sentences[sentence].of(Kind.ADJECTIVE):
            foreign = hit.value not in homes or len(homes) > 1
            if foreign and not any(0 <= start - hit.end <= 1 for start in funds):
                return [Place(hit.start, hit.end, hit.value, hit.value)]
    return []


def _inherited_places(candidate: Candidate, setting: Setting) -> tuple[list[Place], str]:
    """The title's places, else those of the sentence before."""
    reading = setting.reading
    at = candidate.view.first.index
    if candidate.view.first.field is Field.TITLE or at == 0:
        return [], "sentence"
    title = next(iter(reading.titles), None)
    if title is not None:
        found = [
            place for place in setting.gazetteer.places(reading, title, setting.cast) if not place.excluded
        ]
        if found:
            return found, "title"
    previous = reading.sentences[at - 1]
    if previous.field is Field.TEXT:
        found = [
            place for place in setting.gazetteer.places(reading, previous, setting.cast) if not place.excluded
        ]
        return found[:2], "previous"
    return [], "sentence"


def _evidence_sentence(candidate: Candidate) -> Sentence:
    """The sentence that holds the object (of a window: the one with both, else the action's)."""
    if not candidate.view.is_window:
        return candidate.view.first
    anchor = candidate.object or candidate.action
    return candidate.view.sentence_of(anchor.start)
