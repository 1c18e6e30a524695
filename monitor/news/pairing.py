"""A fact in, how its provider, action and object stand together in the sentence out. Pure.

No parser: the marks of a clause (commas, colons), small words beside a name or an object (grammar.yaml), and distance.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.mentions.entities import Mention
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.scan import Reading
from monitor.model import Direction, EventType
from monitor.rules.matching import INFRASTRUCTURE
from monitor.rules.setting import Fact, Setting

FAR, FAR_DENSE = 10, 24  # words (dense scripts: characters) between a provider and what it does
AT_START, AT_START_DENSE = 2, 6  # what may stand before the provider that a headline begins with
WORDS_BACK = 4  # how far before an object a small word still governs it
WORDS_IN = 3  # the same for where something happens
WORDS_BESIDE = 2  # the same before a name: "next to Google's"
REACH_BACK = 14  # the same in characters, for scripts without blanks
FOR_SOMEBODY = frozenset(
    {"build", "expand", "groundbreak", "lease", "power", "sell"}
)  # what is done for a tenant or buyer
# money, a permit or a town is FOR the site that the news is about
WITH_PURPOSE = frozenset({"finance", "capex", "invest", "approve", "obtain", "choose"})
PARTS = frozenset({"az", "cable"})  # a region opens WITH zones, towns are joined BY a cable
LAUNCHES = frozenset({"open", "available", "deploy"})  # of a service, when they happen IN a site or region
BESIDE = frozenset({"ko", "th", "tr"})  # like dense scripts: small words stand directly beside

_BREAK = re.compile(r"[,，、;；:：。|丨]|\s-{1,2}\s")
_WORD = re.compile(r"\w[\w'.-]*|[^\w\s]")
_REST_OF_WORD = re.compile(r"\w*")
_GENITIVE = re.compile(r"'?s(?!\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """What holds of a fact; all of the sentence that the rule met."""

    named: bool  # the provider stands in the sentence
    begins: bool  # and the sentence begins with it
    far: bool  # many words lie between it and what it does
    beside: bool  # name or object only say where another's site stands ("next to Google's data center")
    actor_aside: bool  # it is only where or with whom it happens
    object_aside: bool  # the object is only a purpose, source or setting
    object_describes: bool  # the object only describes what follows it
    broken: bool  # a comma or colon parts provider, action and object
    nominal: bool  # no verb at all

    @property
    def whole(self) -> bool:
        """Who does what to what, in one piece."""
        apart = self.beside or self.actor_aside or self.object_aside or self.object_describes or self.broken
        return self.named and not self.nominal and not apart


def pairing_of(fact: Fact, setting: Setting) -> Pairing:
    """How the words of `fact` stand together."""
    reading = setting.reading
    assert fact.action is not None  # every fact that a rule built has one
    action = (fact.action.start, _word_end(reading, fact.action.end))
    thing = fact.thing or (fact.action if fact.nominal else None)
    subject = min(fact.subjects, key=lambda one: one.start, default=None)
    words = setting.small_words
    parts = [(one.start, one.end) for one in (fact.thing, subject) if one is not None]
    aside = describes = near_object = begins = far = actor_aside = near_actor = False
    if thing is not None:
        before, after = _around_object(thing, fact, action, reading)
        near_object = _ends_with(before, words["beside"], reading, back=WORDS_BACK)
        aside = near_object or _is_aside(before, thing, fact, words, reading)
        describes = _begins_with(after, words["object_before"], reading)
    if subject is not None:
        sentence = reading.sentence_at(subject.start)
        before = reading.folded[sentence.start : subject.start]
        after = reading.folded[subject.end : sentence.end]
        begins = _size(before, reading) <= (AT_START_DENSE if reading.dense else AT_START)
        far = _is_far(subject, action, reading) and not _begins_with(after, words["actor_topic"], reading)
        near_actor = _ends_with(before, words["beside"], reading, back=WORDS_BESIDE)
        actor_aside = near_actor or (
            not _is_served(before, after, subject, fact, words, reading)
            and (
                _ends_with(before, words["actor_after"], reading, back=1)
                or _begins_with(after, words["actor_before"], reading)
            )
        )
    behind = subject is None or (thing is not None and thing.end <= subject.start)
    return Pairing(
        named=subject is not None,
        begins=begins,
        far=far,
        beside=near_actor or (near_object and behind),
        actor_aside=actor_aside,
        object_aside=aside,
        object_describes=describes,
        broken=any(_BREAK.search(_between(action, part, reading)) for part in parts),
        nominal=fact.nominal,
    )


def _around_object(thing: Hit, fact: Fact, action: tuple[int, int], reading: Reading) -> tuple[str, str]:
    """What stands before an object in its sentence, from the action or the name that precedes it, and what after."""
    assert fact.action is not None
    sentence = reading.sentence_at(thing.start)
    begin = max(sentence.start, action[1]) if fact.action.start < thing.start else sentence.start
    begin = max(begin, *(one.end for one in fact.subjects if one.end <= thing.start), begin)
    return reading.folded[begin : thing.start], reading.folded[_word_end(reading, thing.end) : sentence.end]


def _is_aside(
    before: str, thing: Hit, fact: Fact, words: Mapping[str, frozenset[str]], reading: Reading
) -> bool:
    """Whether an object is only a purpose or source, or where something is launched or held up."""
    assert fact.action is not None
    happens = fact.action.value
    purpose = happens in WITH_PURPOSE or thing.value in PARTS
    if not purpose and _ends_with(before, words["object_after"], reading, back=WORDS_BACK):
        return True
    launched = happens in LAUNCHES and fact.action.start < thing.start
    held_up = happens == "pause" and thing.value in ("region", "az", "region_word")
    return (launched or held_up) and _ends_with(before, words["object_in"], reading, back=WORDS_IN)


def _is_served(
    before: str,
    after: str,
    subject: Mention,
    fact: Fact,
    words: Mapping[str, frozenset[str]],
    reading: Reading,
) -> bool:
    """Whether something is built or let for the name, or the object is the name's own."""
    assert fact.action is not None
    if fact.action.value in FOR_SOMEBODY and (
        _ends_with(before, words["actor_for"], reading, back=1)
        or _begins_with(after, words["actor_for"], reading)
    ):
        return True
    return not fact.nominal and _owns(subject, fact.thing, reading)


def leads_with_pair(facts: Iterable[Fact], setting: Setting) -> bool:
    """Whether the first sentence of the lead begins with the provider and says in one piece what it does."""
    first = min(setting.reading.lead, default=-1)
    pairs = [pairing_of(fact, setting) for fact in facts if fact.sentence == first and not fact.across]
    return any(pair.whole and pair.begins and not pair.far for pair in pairs)


def stands_aside(one: Mention, setting: Setting) -> bool:
    """Whether a small word beside a name says that it is where or with what something happens ("moves ONTO Azure")."""
    reading = setting.reading
    words = setting.small_words
    sentence = reading.sentence_at(one.start)
    return _ends_with(
        reading.folded[sentence.start : one.start], words["actor_after"], reading, back=1
    ) or _begins_with(reading.folded[one.end : sentence.end], words["actor_before"], reading)


def leads_in_full(facts: Iterable[Fact], setting: Setting) -> bool:
    """Whether a sentence of the lead says what is built, rented, bought or stopped, with a place, a size or a stop, or
    both sides of a takeover, and it or another one of the lead names who: that may stand anywhere in it."""
    reading, known = setting.reading, setting.knowledge
    lead = set(reading.lead)
    full = [fact for fact in facts if fact.sentence in lead and not fact.across and _is_full(fact, reading)]
    if not full:
        return False
    named = {known.family_of(one.id) for index in lead for one in setting.cast.of(reading.sentences[index])}
    pairs = [pairing_of(fact, setting) for fact in full if named & fact.families]
    return any(not (pair.object_aside or pair.object_describes) for pair in pairs)


def _is_full(fact: Fact, reading: Reading) -> bool:
    finding = fact.finding
    if finding.type is EventType.ACQUISITION and len(finding.actors) > 1:
        return True
    on_site = fact.thing is not None and (
        fact.thing.value in INFRASTRUCTURE
        or (
            finding.type is EventType.ACQUISITION
            and any(hit.value in INFRASTRUCTURE for hit in reading.sentences[fact.sentence].of(Kind.OBJECT))
        )
    )
    if on_site:
        return bool(finding.places or finding.amounts) or finding.direction is Direction.CONTRACTION
    return finding.type is EventType.DATACENTER and bool(finding.amounts)


def _is_far(subject: Mention, action: tuple[int, int], reading: Reading) -> bool:
    """Whether many words lie between a provider and what it does; "the company" right before it stands for it."""
    named: list[Mention | Hit] = [subject]
    named += [
        hit
        for hit in reading.sentence_at(subject.start).of(Kind.COREF)
        if subject.end <= hit.start and hit.end <= action[0]
    ]
    most = FAR_DENSE if reading.dense else FAR
    return all(_size(_between((one.start, one.end), action, reading), reading) > most for one in named)


def _owns(subject: Mention, thing: Hit | None, reading: Reading) -> bool:
    """Whether the name is the genitive of the object: "at Google's site" is not where somebody else acts."""
    genitive = _GENITIVE.match(reading.folded, subject.end)
    if genitive is None or thing is None or thing.start < genitive.end():
        return False
    between = reading.folded[genitive.end() : thing.start]
    return _BREAK.search(between) is None and _size(between, reading) <= FAR


def _word_end(reading: Reading, end: int) -> int:
    """Terms may be prefixes: the end of the word."""
    if reading.dense or reading.language == "ko":
        return end
    rest = _REST_OF_WORD.match(reading.folded, end)
    return rest.end() if rest else end


def _between(one: tuple[int, int], other: tuple[int, int], reading: Reading) -> str:
    return reading.folded[min(one[1], other[1]) : max(one[0], other[0])]


def _size(text: str, reading: Reading) -> int:
    return len(text.strip()) if reading.dense else len(text.split())


def _beside(reading: Reading) -> bool:
    return reading.dense or reading.language in BESIDE


def _ends_with(text: str, words: frozenset[str], reading: Reading, *, back: int) -> bool:
    """Whether one of `words` governs what follows `text`."""
    if not words:
        return False
    if not _beside(reading):
        last = " ".join(text.rsplit(maxsplit=back)[-back:])  # no word holds a blank
        return any(word in words for word in _WORD.findall(last)[-back:])
    tail = _BREAK.split(text[-REACH_BACK:])[-1].rstrip()
    return any(tail.endswith(word) if back == 1 else word in tail for word in words)


def _begins_with(text: str, words: frozenset[str], reading: Reading) -> bool:
    """Whether one of `words` follows directly."""
    if not words:
        return False
    if not _beside(reading):
        first = _WORD.search(text, 0, 40)
        return first is not None and first[0] in words
    return text.lstrip().startswith(tuple(words)) or text.startswith(tuple(words))
