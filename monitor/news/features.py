"""An article with its facts in, named clauses out (each 0 or 1): what headline and lead say, genre, structure. Pure.

Every clause is something an analyst can check by looking at the page. The weights are data (scoring.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from monitor.mentions.cues import is_negated
from monitor.mentions.lexicon import Kind
from monitor.mentions.scan import Sentence
from monitor.mentions.view import View
from monitor.model import ArticleText, Direction, EventType, Field
from monitor.news.carriers import (
    ONLY_NAMED,
    agrees,
    backing,
    causes_of,
    is_moving,
    stands_in_title,
)
from monitor.news.pairing import Pairing, leads_in_full, pairing_of, stands_aside
from monitor.news.structure import structure_features
from monitor.rules.matching import INFRASTRUCTURE, STOP_ACTIONS
from monitor.rules.quantities import ReadAmount, is_substantial
from monitor.rules.setting import Fact, Setting

STRONG_ACTIONS = frozenset(
    {"open", "build", "groundbreak", "expand", "invest", "lease", "acquire", "enter", "contract", "partner"}
)
WITH_EVENTS = frozenset({"funding", "digest", "first_person"})  # genres that report expansions all the same
REACTIONS = frozenset({"stock"})  # genres that an event brings about in its wake
LEAST_CHIPS = 100
PROJECT_TYPES = frozenset({EventType.REGION, EventType.DATACENTER, EventType.INVESTMENT, EventType.COMPUTE})

_LAST_CLAUSE = re.compile(r"[,;:]\s|\s[-–—]{1,2}\s")


def news_features(setting: Setting, facts: Sequence[Fact], article: ArticleText) -> dict[str, int]:
    """All clauses by name; those that do not hold are 0."""
    moving = [fact for fact in facts if is_moving(fact)]
    titled = [fact for fact in moving if stands_in_title(fact) and not fact.across]
    windowed = [fact for fact in moving if fact.in_window and not fact.across]
    across = [fact for fact in moving if fact.across]
    in_title, in_lead = _genres(setting, causes_of(facts))
    in_title -= _reactions(setting)
    pairs = [pairing_of(fact, setting) for fact in titled]
    found = structure_features(article.title, article.text)
    found |= _title_clauses(setting)
    if found["title_money"]:
        in_title -= {"price"}  # millions a month are no tariff
    found |= _combined(found)
    found |= _place_clauses(moving, titled, windowed, across, setting)
    found |= _kind_clauses(windowed or across, windowed, setting)
    found |= _pair_clauses(pairs)
    if not titled:
        found |= _backing_clauses(windowed, across, moving, setting)
    found |= _genre_clauses(setting, in_title, in_lead)
    found |= _genre_against_fact(titled, windowed or across, pairs, in_title, in_lead)
    return found


def _combined(found: Mapping[str, int]) -> dict[str, int]:
    """Clauses that only say something together: who does what with what, in the headline or completed by the lead."""
    does = found["title_action"] or found["title_stop"]
    what = found["title_infrastructure"] or found["title_money"] or found["title_power"]
    return {
        "title_what_in_lead": int(
            bool(found["title_actor"] and does and not what and found["lead_infrastructure"])
        ),
        "title_mute": int(not does and not what),
    }


def _title_clauses(setting: Setting) -> dict[str, int]:
    reading = setting.reading
    title = setting.view_of(reading.titles) if reading.titles else None
    lead = setting.view_of([reading.sentences[index] for index in reading.lead]) if reading.lead else None
    clauses: dict[str, int] = {}
    for name, view in (("title", title), ("lead", lead)):
        actions = {hit.value for hit in view.actions} if view else set()
        objects = {hit.value for hit in view.objects} if view else set()
        kinds = {one.kind for one in view.mentions} if view else set()
        acting = _kinds_in_title(title, setting) if name == "title" else kinds
        amounts = setting.quantities.of(view) if view else []
        cues = view.cue_values if view else set()
        clauses |= {
            f"{name}_actor": int(bool(acting - ONLY_NAMED)),
            f"{name}_vendor": int(bool(kinds) and kinds <= {"vendor", "chip"}),
            f"{name}_model": int("model" in kinds),
            f"{name}_group": int(bool(kinds) and kinds <= {"group"}),
            f"{name}_action": int(bool(actions & STRONG_ACTIONS)),
            f"{name}_stop": int(bool(actions & (STOP_ACTIONS | {"restrict"}))),
            f"{name}_infrastructure": int(bool(objects & INFRASTRUCTURE)),
            f"{name}_money": int(
                any(one.kind == "money" and is_substantial(one, setting.knowledge) for one in amounts)
            ),
            f"{name}_power": int(any(_is_large(amount) for amount in amounts)),
            f"{name}_place": int(bool(view and view.places)),
            f"{name}_hedged": int(bool(cues & {"rumour", "future"})),
            f"{name}_negated": int(view is not None and is_negated(view.cues)),
        }
    families = {setting.knowledge.family_of(one.id) for one in setting.view_of(reading.window).mentions}
    return clauses | {"many_providers": int(len(families) >= 4)}


def _kinds_in_title(title: View | None, setting: Setting) -> set[str]:
    """Kinds of the names that the headline is about: "moves onto Azure" is about who moves."""
    return {one.kind for one in title.mentions if not stands_aside(one, setting)} if title else set()


def _place_clauses(
    moving: Sequence[Fact],
    titled: Sequence[Fact],
    windowed: Sequence[Fact],
    across: Sequence[Fact],
    setting: Setting,
) -> dict[str, int]:
    """Where the facts stand."""
    repeated = any(
        part.name == "second_evidence" for fact in moving if fact.in_window for part in fact.finding.explain
    )
    return {
        "fact_in_title": int(bool(titled)),
        "fact_in_lead": int(any(not stands_in_title(fact) for fact in windowed)),
        "fact_across": int(bool(across) and not windowed),
        "fact_in_body_only": int(bool(moving) and not windowed and not across),
        "body_agrees": int(any(not fact.in_window and agrees(fact, setting) for fact in moving)),
        "fact_repeated": int(repeated),
        "lead_in_full": int(not titled and leads_in_full(moving, setting)),
    }


def _kind_clauses(facts: Sequence[Fact], windowed: Sequence[Fact], setting: Setting) -> dict[str, int]:
    """What the facts of headline and lead are about; `windowed` are those that stand whole in one sentence."""
    types = {fact.finding.type for fact in facts}
    deals = {EventType.PARTNERSHIP, EventType.CONTRACT, EventType.AVAILABILITY, EventType.MARKET}
    return {
        "several_types": int(len(types) >= 3),
        "project_fact": int(bool(types & PROJECT_TYPES)),
        "deal_fact": int(bool(types) and types <= deals),
        "availability_fact": int(bool(types) and types <= {EventType.AVAILABILITY}),
        "contraction_fact": int(any(fact.finding.direction is Direction.CONTRACTION for fact in facts)),
        "objectless_fact": int(bool(windowed) and all(fact.finding.object is None for fact in windowed)),
        "no_infrastructure": int(not setting.speaks_of_cloud),
        "nominal_fact": int(bool(windowed) and all(fact.nominal for fact in windowed)),
        "coref_fact": int(
            bool(windowed)
            and all(
                any(actor.coref for actor in fact.finding.actors) and not _is_meant(fact, setting)
                for fact in windowed
            )
        ),
        "group_fact": int(bool(windowed) and all(_only_kinds(fact, setting, {"group"}) for fact in windowed)),
        "vendor_fact": int(
            bool(windowed) and all(_only_kinds(fact, setting, {"vendor"}) for fact in windowed)
        ),
    }


def _pair_clauses(pairs: Sequence[Pairing]) -> dict[str, int]:
    """How the headline's facts hang together."""
    return {
        "title_pair": int(any(pair.whole for pair in pairs)),
        "title_begins_with_actor": int(any(pair.begins for pair in pairs)),
        "title_object_describes": int(bool(pairs) and all(pair.object_describes for pair in pairs)),
        "title_actor_aside": int(bool(pairs) and all(pair.actor_aside for pair in pairs)),
        "title_object_aside": int(bool(pairs) and all(pair.object_aside for pair in pairs)),
    }


def _backing_clauses(
    windowed: Sequence[Fact], across: Sequence[Fact], moving: Sequence[Fact], setting: Setting
) -> dict[str, int]:
    """What a headline without a fact of its own has in common with the fact of the lead."""
    pairs = [pairing_of(fact, setting) for fact in windowed or across]
    backed = backing(windowed or across or moving, setting)
    firm = "action" in backed and bool(backed & {"actor", "place"})
    return {
        "backs_two": int(len(backed) >= 2),
        "backs_three": int(len(backed) >= 3),
        "backs_action": int("action" in backed),
        "across_unbacked": int(bool(across) and not windowed and not firm),
        "lead_aside": int(
            bool(pairs) and all(one.object_aside or one.object_describes or one.actor_aside for one in pairs)
        ),
        "lead_actor_far": int(bool(windowed) and all(one.far for one in pairs)),
    }


def _is_meant(fact: Fact, setting: Setting) -> bool:
    """Whether the sentence says "the company" and the headline names it."""
    return bool(fact.families & setting.title_families) and bool(
        setting.reading.sentences[fact.sentence].of(Kind.COREF)
    )


def _only_kinds(fact: Fact, setting: Setting, kinds: set[str]) -> bool:
    return all(setting.knowledge.kind_of(actor.id) in kinds for actor in fact.finding.actors)


def _genres(setting: Setting, causes: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Genres whose words headline and lead have, but for what only caused the fact."""
    sentences = setting.reading.window
    title = _genre_words(one for one in sentences if one.field is Field.TITLE) - causes
    return title, _genre_words(one for one in sentences if one.field is Field.TEXT) - causes


def _reactions(setting: Setting) -> frozenset[str]:
    """Genres that stand only in the headline's last clause, behind one that says who does something, or names a site
    or megawatts: "..., shares jump" is how the market took it."""
    reading = setting.reading
    if not reading.titles or reading.dense:
        return frozenset()
    last = reading.titles[-1]
    breaks = [match.end() for match in _LAST_CLAUSE.finditer(reading.folded, last.start, last.end)]
    if not breaks:
        return frozenset()
    title = setting.view_of(reading.titles)
    ends = [hit.end for hit in (*title.actions, *title.objects)]
    ends += [amount.end for amount in setting.quantities.of(title)]
    ahead = any(end <= breaks[-1] for end in ends)
    named = any(one.end <= breaks[-1] for one in title.mentions)
    if not (ahead and named):
        return frozenset()
    hits = [hit for one in reading.titles for hit in one.of(Kind.GENRE) if hit.value in REACTIONS]
    return frozenset(hit.value for hit in hits if hit.start >= breaks[-1]) - {
        hit.value for hit in hits if hit.start < breaks[-1]
    }


def _is_large(amount: ReadAmount) -> bool:
    """Megawatts, or more chips than stand in a few racks: "11 GPU clouds" is no cluster."""
    return amount.kind == "power" or (amount.kind == "accel" and amount.value >= LEAST_CHIPS)


def _genre_words(sentences: Iterable[Sentence]) -> frozenset[str]:
    return frozenset(hit.value for sentence in sentences for hit in sentence.of(Kind.GENRE))


def _genre_clauses(setting: Setting, in_title: frozenset[str], in_lead: frozenset[str]) -> dict[str, int]:
    clauses = {}
    for name in setting.knowledge.genre:
        clauses[f"{name}_title"] = int(name in in_title)
        clauses[f"{name}_lead"] = int(name in in_lead and name not in in_title)
    return clauses


def _genre_against_fact(
    titled: Sequence[Fact],
    carrying: Sequence[Fact],
    pairs: Sequence[Pairing],
    in_title: frozenset[str],
    in_lead: frozenset[str],
) -> dict[str, int]:
    """Another genre weighs more where the fact hangs together less."""
    head, lead = in_title - WITH_EVENTS, in_lead - WITH_EVENTS
    loose = bool(titled) and not any(pair.whole for pair in pairs)
    beside = bool(carrying) and not titled
    return {
        "genre_against_loose_fact": int(bool(head) and loose),
        "genre_against_nominal_fact": int(bool(head) and loose and all(pair.nominal for pair in pairs)),
        "lead_genre_against_loose_fact": int(bool(lead) and loose),
        "genre_against_lead_fact": int(bool(head) and beside),
        "lead_genre_against_lead_fact": int(bool(lead) and beside),
        "several_genres": int(len(head | lead) >= 2),
    }
