"""An article with its facts in, named clauses out (each 0 or 1): what headline and lead say, genre, structure. Pure.

Every clause is something an analyst can check by looking at the page. The weights are data (scoring.yaml).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Sentence
from monitor.mentions.view import View
from monitor.model import ArticleText, Direction, EventType, Field, Status
from monitor.news.structure import structure_features
from monitor.rules.matching import INFRASTRUCTURE, STOP_ACTIONS
from monitor.rules.quantities import is_substantial
from monitor.rules.setting import Fact, Setting

STRONG_ACTIONS = frozenset(
    {"open", "build", "groundbreak", "expand", "invest", "lease", "acquire", "enter", "contract", "partner"}
)
_CAUSES_OF_CLOSING = ("outage_title", "attack_title")
PROJECT_TYPES = frozenset({EventType.REGION, EventType.DATACENTER, EventType.INVESTMENT, EventType.COMPUTE})


def news_features(setting: Setting, facts: Sequence[Fact], article: ArticleText) -> dict[str, int]:
    """All clauses by name; those that do not hold are 0."""
    found = structure_features(article.title, article.text)
    found |= _title_clauses(setting)
    found |= _fact_clauses(setting, facts)
    found |= _genre_clauses(setting)
    if any(_closes_in_title(fact) for fact in facts):
        found |= dict.fromkeys(_CAUSES_OF_CLOSING, 0)
    found |= _combined(found)
    lead = _view(setting, setting.reading.window)
    families = {setting.knowledge.family_of(one.id) for one in lead.mentions}
    found["many_providers"] = int(len(families) >= 4)
    return found


def _combined(found: Mapping[str, int]) -> dict[str, int]:
    """Clauses that only say something together: who does what with what, in the headline or completed by the lead."""
    does = found["title_action"] or found["title_stop"]
    what = found["title_infrastructure"] or found["title_money"] or found["title_power"]
    who = found["title_actor"] or found["title_vendor"] or found["title_group"]
    return {
        "title_whole": int(bool(found["title_actor"] and does and what)),
        "title_who_in_lead": int(bool(not who and does and what and found["lead_actor"])),
        "title_what_in_lead": int(
            bool(found["title_actor"] and does and not what and found["lead_infrastructure"])
        ),
        "title_mute": int(not does and not what),
    }


def _view(setting: Setting, sentences: Sequence[Sentence]) -> View:
    return View(
        reading=setting.reading, cast=setting.cast, gazetteer=setting.gazetteer, sentences=tuple(sentences)
    )


def _title_clauses(setting: Setting) -> dict[str, int]:
    reading = setting.reading
    title = _view(setting, reading.titles) if reading.titles else None
    lead = _view(setting, [reading.sentences[index] for index in reading.lead]) if reading.lead else None
    clauses: dict[str, int] = {}
    for name, view in (("title", title), ("lead", lead)):
        actions = {hit.value for hit in view.actions} if view else set()
        objects = {hit.value for hit in view.objects} if view else set()
        kinds = {one.kind for one in view.mentions} if view else set()
        amounts = setting.quantities.of(view) if view else []
        clauses |= {
            f"{name}_actor": int(bool(kinds - {"chip", "model", "vendor", "group"})),
            f"{name}_vendor": int(bool(kinds) and kinds <= {"vendor", "chip"}),
            f"{name}_model": int("model" in kinds),
            f"{name}_group": int(bool(kinds) and kinds <= {"group"}),
            f"{name}_action": int(bool(actions & STRONG_ACTIONS)),
            f"{name}_stop": int(bool(actions & (STOP_ACTIONS | {"restrict"}))),
            f"{name}_infrastructure": int(bool(objects & INFRASTRUCTURE)),
            f"{name}_site": int(bool(objects & {"datacenter", "region", "az", "cable"})),
            f"{name}_money": int(
                any(one.kind == "money" and is_substantial(one, setting.knowledge) for one in amounts)
            ),
            f"{name}_power": int(any(amount.kind in ("power", "accel") for amount in amounts)),
            f"{name}_place": int(bool(view and view.places)),
            f"{name}_hedged": int(bool(view and view.cue_values & {"rumour", "future"})),
        }
    return clauses


def _fact_clauses(setting: Setting, facts: Sequence[Fact]) -> dict[str, int]:
    moving = [fact for fact in facts if is_moving(fact)]
    titled = [fact for fact in moving if _stands_in_title(fact) and not fact.across]
    windowed = [fact for fact in moving if fact.in_window and not fact.across]
    across = [fact for fact in moving if fact.across]
    best = max((fact.finding.score for fact in moving if fact.in_window), default=0)
    repeated = any(
        any(part.name == "second_evidence" for part in fact.finding.explain)
        for fact in moving
        if fact.in_window
    )
    types = {fact.finding.type for fact in windowed} or {fact.finding.type for fact in across}
    agreeing = any(not fact.in_window and agrees(fact, setting) for fact in moving)
    return {
        "fact_in_title": int(bool(titled)),
        "fact_in_lead": int(any(not _stands_in_title(fact) for fact in windowed)),
        "fact_across": int(bool(across) and not windowed),
        "fact_in_body_only": int(bool(moving) and not windowed and not across),
        "body_agrees": int(agreeing),
        "fact_repeated": int(repeated),
        "score_55": int(best >= 55),
        "score_75": int(best >= 75),
        "score_90": int(best >= 90),
        "several_types": int(len(types) >= 3),
        "project_fact": int(bool(types & PROJECT_TYPES)),
        "deal_fact": int(
            bool(types)
            and types <= {EventType.PARTNERSHIP, EventType.CONTRACT, EventType.AVAILABILITY, EventType.MARKET}
        ),
        "availability_fact": int(bool(types) and types <= {EventType.AVAILABILITY}),
        "contraction_fact": int(
            any(fact.finding.direction is Direction.CONTRACTION for fact in windowed or across)
        ),
        "objectless_fact": int(bool(windowed) and all(fact.finding.object is None for fact in windowed)),
        "no_infrastructure": int(not setting.speaks_of_cloud),
        "nominal_fact": int(bool(windowed) and all(fact.nominal for fact in windowed)),
        "coref_fact": int(
            bool(windowed) and all(any(actor.coref for actor in fact.finding.actors) for fact in windowed)
        ),
        "group_fact": int(bool(windowed) and all(_only_kinds(fact, setting, {"group"}) for fact in windowed)),
        "vendor_fact": int(
            bool(windowed) and all(_only_kinds(fact, setting, {"vendor"}) for fact in windowed)
        ),
    }


def _stands_in_title(fact: Fact) -> bool:
    return fact.finding.evidence.span.field is Field.TITLE


def _closes_in_title(fact: Fact) -> bool:
    """A region or data center given up in the headline, whatever made it so."""
    finding = fact.finding
    return (
        _stands_in_title(fact)
        and finding.direction is Direction.CONTRACTION
        and finding.type in (EventType.REGION, EventType.DATACENTER)
        and finding.status is not Status.DENIED
    )


def is_moving(fact: Fact) -> bool:
    """An expansion or contraction that is not denied and not background."""
    finding = fact.finding
    return (
        finding.type is not EventType.FOOTPRINT
        and finding.direction is not Direction.NEUTRAL
        and finding.status is not Status.DENIED
    )


def agrees(fact: Fact, setting: Setting) -> bool:
    """Whether title and lead speak of the same family and the same object, place or kind of action as a body fact."""
    view = _view(setting, setting.reading.window)
    families = {setting.knowledge.family_of(one.id) for one in view.mentions}
    if not families & fact.families:
        return False
    countries = {place.country for place in view.places if place.country}
    objects = {hit.value for hit in view.objects}
    return bool(
        countries & {place.country for place in fact.finding.places if place.country}
        or (fact.finding.object in objects and objects & INFRASTRUCTURE)
    )


def _only_kinds(fact: Fact, setting: Setting, kinds: set[str]) -> bool:
    return all(setting.knowledge.kind_of(actor.id) in kinds for actor in fact.finding.actors)


def _genre_clauses(setting: Setting) -> dict[str, int]:
    sentences = setting.reading.window
    title = [sentence for sentence in sentences if sentence.field is Field.TITLE]
    lead = [sentence for sentence in sentences if sentence.field is Field.TEXT]
    clauses = {}
    in_title, in_lead = _genres(title), _genres(lead)
    for name in setting.knowledge.genre:
        clauses[f"{name}_title"] = int(name in in_title)
        clauses[f"{name}_lead"] = int(name in in_lead and name not in in_title)
    return clauses


def _genres(sentences: Iterable[Sentence]) -> set[str]:
    return {hit.value for sentence in sentences for hit in sentence.of(Kind.GENRE)}
