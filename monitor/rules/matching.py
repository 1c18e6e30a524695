"""One rule and one view in, a candidate or the first clause that failed out. Pure.

Which words a rule lacks depends on the words alone (`missing_word`), and the same ones meet again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.view import View
from monitor.model import Direction
from monitor.rules.model import EventRule, Need, OwnTerms

REACH, REACH_DENSE = 160, 60
WINDOW_REACH, WINDOW_REACH_DENSE = 420, 180
STOP_REACH, STOP_REACH_DENSE = 90, 30
STOP_ACTIONS = frozenset({"pause", "cancel", "close", "exit"})
INFRASTRUCTURE = frozenset({"datacenter", "region", "az", "compute", "infrastructure"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that holds in a view: the anchoring action, the object, and their distance."""

    rule: EventRule
    view: View
    action: Hit
    object: Hit | None
    distance: int
    direction: Direction


class Words(NamedTuple):
    """Which words a view holds, and where it stands: all that decides which rules can hold at all."""

    actions: frozenset[str]
    objects: frozenset[str]
    own: frozenset[str]
    language: str
    is_title: bool
    in_window: bool


def words_of(view: View) -> Words:
    """The words of a view, as a key."""
    return Words(
        view.action_values,
        view.object_values,
        frozenset([hit.value for hit in view.of(Kind.OWN)]),
        view.reading.language,
        view.is_title,
        view.reading.in_window(view.first.index),
    )


def missing_word(rule: EventRule, words: Words) -> str:
    """ "action" or "object" where a rule has none of its words, or does not look here; "" where it has all."""
    if (rule.title_only and not words.is_title) or (rule.lead_only and not words.in_window):
        return "action"
    has_object = _has_one(rule.objects, rule.own_object, words.objects, words.own)
    # A headline without a verb ("Google: Rechenzentrum für Hanau"): the object stands for the action.
    if not (
        has_object if rule.is_nominal else _has_one(rule.actions, rule.own_action, words.actions, words.own)
    ):
        return "action"
    return "object" if _needs_object(rule) and not has_object else ""


def _has_one(
    names: Sequence[str], own: OwnTerms | None, values: frozenset[str], own_values: frozenset[str]
) -> bool:
    return not values.isdisjoint(names) or (own is not None and own.name in own_values)


def _needs_object(rule: EventRule) -> bool:
    return bool(rule.objects or rule.own_object)


def match(rule: EventRule, view: View, directions: dict[str, Direction]) -> Candidate | str:
    """A candidate, or the name of the first clause that failed; the view holds the rule's words (`missing_word`)."""
    objects = _named_or_own(view.objects, rule.objects, rule.own_object, view)
    actions = objects if rule.is_nominal else _named_or_own(view.actions, rule.actions, rule.own_action, view)
    pair = _closest(actions, objects) if _needs_object(rule) else (actions[0], None, 0)
    action, thing, distance = pair
    if distance > _reach(rule, view):
        return "window"
    direction = rule.set_direction or directions.get(action.value, Direction.EXPANSION)
    if direction is Direction.EXPANSION and _is_stopped(view, thing or action):
        return "stopped"
    context = _rejecting_context(rule, view, action, thing)
    if context:
        return f"unless context {context}"
    if rule.unless_cues and not view.cue_values.isdisjoint(rule.unless_cues):
        return "unless cue"
    if rule.unless_terms and any(hit.value == rule.unless_terms.name for hit in view.of(Kind.OWN)):
        return "unless term"
    return Candidate(
        rule=rule, view=view, action=action, object=thing, distance=distance, direction=direction
    )


def _named_or_own(listed: Sequence[Hit], names: Sequence[str], own: OwnTerms | None, view: View) -> list[Hit]:
    found = [hit for hit in listed if hit.value in names]
    if own is not None:
        found += [hit for hit in view.of(Kind.OWN) if hit.value == own.name]
    return found


def _closest(actions: Sequence[Hit], objects: Sequence[Hit]) -> tuple[Hit, Hit | None, int]:
    best: tuple[int, int, int, Hit, Hit] | None = None
    for action in actions:
        for thing in objects:
            if action.start < thing.end and thing.start < action.end and action.value == "build":
                distance = 0  # "Rechenzentrumsbau" says both
            else:
                distance = max(0, max(action.start, thing.start) - min(action.end, thing.end))
            key = (distance, action.start, thing.start, action, thing)
            if best is None or key[:3] < best[:3]:
                best = key
    assert best is not None
    return best[3], best[4], best[0]


def _reach(rule: EventRule, view: View) -> int:
    if rule.reach is not None:
        return rule.reach
    if view.is_window:
        return WINDOW_REACH_DENSE if view.reading.dense else WINDOW_REACH
    return REACH_DENSE if view.reading.dense else REACH


def _is_stopped(view: View, anchor: Hit) -> bool:
    """A stop word near the object turns an expansion into its opposite ("pauses construction of ...")."""
    reach = STOP_REACH_DENSE if view.reading.dense else STOP_REACH
    home = view.sentence_of(anchor.start)
    return any(
        action.value in STOP_ACTIONS
        and home.start <= action.start < home.end
        and max(action.start, anchor.start) - min(action.end, anchor.end) <= reach
        for action in view.actions
    )


def _rejecting_context(rule: EventRule, view: View, action: Hit, thing: Hit | None) -> str:
    """A context of another business that is nearer to the action than the object is."""
    for context in view.contexts:
        if context.value not in rule.unless_contexts:
            continue
        if thing is None and any(one.value in INFRASTRUCTURE for one in view.objects):
            continue
        if thing is None:
            return context.value
        distance = max(0, max(action.start, context.start) - min(action.end, context.end))
        if distance < max(0, max(action.start, thing.start) - min(action.end, thing.end)):
            return context.value
    return ""


def unmet_need(
    rule: EventRule,
    *,
    place: bool,
    money: bool,
    counts: bool,
    providers: int,
    named: int,
    view: View,
    overseas: bool,
    dc_in_article: bool,
) -> str:
    """The first extra condition that does not hold, "" if all do."""
    power = any(one.value in ("power", "utility") for one in view.objects) or any(
        one.value == "servers" for one in view.contexts
    )
    infrastructure = any(one.value in INFRASTRUCTURE for one in view.objects)
    holds = {
        Need.PLACE: place,
        Need.MONEY: money,
        Need.MONEY_OR_PLACE: money or place,
        Need.PLACE_OR_COUNT: place or counts,
        Need.TWO_PROVIDERS: providers > 1,
        Need.PLACE_OR_PARTNER: place or counts or money or named > 1,
        Need.TWO_IN_SENTENCE: named > 1,
        Need.POWER_OR_DC_CONTEXT: power
        or infrastructure
        or counts
        or (dc_in_article and view.reading.in_window(view.first.index)),
        Need.DC_CONTEXT: infrastructure,
        Need.DC_IN_ARTICLE: infrastructure or dc_in_article,
        Need.COUNT: counts,
        Need.OVERSEAS: overseas,
    }
    for need in rule.need:
        if not holds[need]:
            return f"need {need.value}"
    if rule.place_required and not place:
        return "need place"
    return ""
