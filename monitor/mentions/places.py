"""Place names found in a reading in, places of each sentence out; origins, datelines and look-alikes dropped. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.knowledge.model import Knowledge
from monitor.mentions.beside import without_neighbors
from monitor.mentions.entities import Cast, Mention, Place
from monitor.mentions.lexicon import Hit, Kind
from monitor.mentions.scan import Reading, Sentence
from monitor.model import Field


@dataclass(slots=True)
class Gazetteer:
    """Decides which names are places. Compiled once per knowledge."""

    knowledge: Knowledge
    datelines: tuple[re.Pattern[str], ...]
    risky: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, knowledge: Knowledge) -> Gazetteer:
        risky = {
            (code, name.lower())
            for code, country in knowledge.places.countries.items()
            for name in country.risky
        }
        return cls(
            knowledge=knowledge,
            datelines=tuple(re.compile(pattern) for pattern in knowledge.places.datelines),
            risky=frozenset(risky),
        )

    def places(self, reading: Reading, sentence: Sentence, cast: Cast) -> list[Place]:
        """Places of a sentence in order of position; decided once an article."""
        known = cast.places.get(sentence.index)
        if known is None:
            known = cast.places[sentence.index] = self._places(reading, sentence, cast)
        return known

    def _places(self, reading: Reading, sentence: Sentence, cast: Cast) -> list[Place]:
        mentions = cast.of(sentence)
        barred = [(one.start, one.end) for one in mentions]
        barred += [(hit.start, hit.end) for hit in sentence.of(Kind.NOT_PLACE)]
        dateline = self._dateline(reading, sentence)
        found: list[Place] = []
        hubs = self.knowledge.places.hubs
        named = {(hit.start, hit.end) for hit in sentence.of(Kind.HUB) if hit.value in hubs}
        for kind in (Kind.HUB, Kind.COUNTRY, Kind.ADJECTIVE, Kind.BLOC, Kind.CODE):
            for hit in sentence.of(kind):
                if kind is Kind.HUB and hit.value not in hubs and (hit.start, hit.end) in named:
                    continue  # a data-centre town before its namesake
                if hit.start < dateline or any(
                    start <= hit.start and hit.end <= end for start, end in barred
                ):
                    continue
                place = self._decide(hit, reading, sentence, mentions)
                if place is not None and kind is Kind.HUB:
                    place = _of_namesake(place, sentence, self._elsewhere(reading, cast))
                if place is not None:
                    found.append(place)
        return without_neighbors(_without_contained(found), reading)

    def _elsewhere(self, reading: Reading, cast: Cast) -> dict[str, str]:
        """Towns that the article puts into another country than the one known, with that country; once an article."""
        if cast.elsewhere is None:
            hubs = self.knowledge.places.hubs
            cast.elsewhere = {
                town.value: country
                for sentence in ([] if reading.dense else reading.sentences)
                for town in sentence.of(Kind.HUB)
                if (country := _country_beside(town, sentence, reading, is_small=town.value not in hubs))
            }
        return cast.elsewhere

    def _dateline(self, reading: Reading, sentence: Sentence) -> int:
        """End of an agency's dateline at the head of the body ("NEW YORK (AP) -")."""
        if sentence.field is Field.TITLE or sentence.start > reading.body_at + 200:
            return sentence.start
        for pattern in self.datelines:
            match = pattern.match(reading.cased[sentence.start : sentence.start + 80])
            if match:
                return sentence.start + match.end()
        return sentence.start

    def _decide(
        self, hit: Hit, reading: Reading, sentence: Sentence, mentions: Sequence[Mention]
    ) -> Place | None:
        excluded = _is_excluded(hit, sentence, reading)
        if _is_of_a_firm(hit, reading):
            return None
        if hit.kind is Kind.HUB:
            hub = self.knowledge.places.hubs.get(hit.value)
            if (hub is None or hub.ambiguous) and not sentence.of(Kind.OBJECT):
                return None
            if _is_county_elsewhere(hit, reading):
                return None
            if reading.folded[hit.start : hit.end] in _CITY_ADJECTIVES and (
                not _before_object(hit, sentence) or _is_origin(hit, mentions, reading)
            ):
                return None
            return Place(hit.start, hit.end, hit.value, hit.value.partition(":")[0], excluded)
        if hit.kind is Kind.BLOC:
            return Place(hit.start, hit.end, hit.value, None, excluded)
        if hit.kind is Kind.CODE:
            return self._region_code(hit, mentions)
        if hit.kind is Kind.ADJECTIVE:
            beside = _beside_object(hit, sentence, reading) or _of_market(hit, reading)
            if not beside or _is_origin(hit, mentions, reading):
                return None
            return Place(hit.start, hit.end, hit.value, hit.value, excluded)
        if not excluded and _is_origin(hit, mentions, reading):
            return None
        if reading.folded.startswith("$", hit.end):  # US$5 billion
            return None
        name = reading.folded[hit.start : hit.end]
        if (hit.value, name) in self.risky and not sentence.of(Kind.OBJECT):
            return None
        return Place(hit.start, hit.end, hit.value, hit.value, excluded)

    def _region_code(self, hit: Hit, mentions: Sequence[Mention]) -> Place | None:
        """Codes are scoped: ap-southeast-3 is Jakarta at AWS and Kuala Lumpur at Alibaba Cloud."""
        provider, _, code = hit.value.partition(" ")
        family = self.knowledge.family_of(provider)
        if not any(self.knowledge.family_of(one.id) == family for one in mentions):
            return None
        place = self.knowledge.places.region_codes[provider][code]
        return Place(hit.start, hit.end, place, place.partition(":")[0])


# "im britischen Worcester", "the British city of Worcester", "la ville britannique de Worcester"
_TOWN = (
    r"(?:(?:groß|gross|klein|haupt|hafen|industrie)?stadt|gemeinde|ort|city|town|village|port|capital"
    r"|ciudad|ville|città|cidade|stad|staden|miast\w+|mieście|město|městě)"
)
_TO_TOWN = re.compile(rf"\s(?:{_TOWN}\s)?(?:(?:of|de|di|do|da|del|van)\s|d['’])?")
# "Worcester in Großbritannien", "Worcester (UK)"; a comma may as well part the places of a list.
_IN_COUNTRY = re.compile(
    r"\s?\(|\s(?:in|im|in der|in den|in the|en|au|aux|nel|no|na|i|w|we|v|ve)\s(?:the\s)?"
)
_OF_LIST = re.compile(r"\s?,|\s(?:and|or|und|oder|et|ou|y|e|og|och|en|i|a|ja)\s")


def _country_beside(town: Hit, sentence: Sentence, reading: Reading, *, is_small: bool) -> str:
    """The other country that the words beside a town put it into: one with a namesake; "" without any.

    Only for towns that are no place of data centers a country behind them counts.
    """
    own, text = town.value.partition(":")[0], reading.folded
    for adjective in sentence.of(Kind.ADJECTIVE):
        if adjective.value == own or not 0 < town.start - adjective.end < 30:
            continue
        if _TO_TOWN.fullmatch(text, _end_of_word(adjective, reading), town.start):
            return adjective.value
    for country in sentence.of(Kind.COUNTRY) if is_small else ():
        gap = country.start - town.end
        if country.value == own or not 0 < gap < 12:
            continue
        apposed = text[town.end : country.start] == ", " and not _OF_LIST.match(text, country.end)
        if apposed or _IN_COUNTRY.fullmatch(text, town.end, country.start):
            return country.value
    return ""


def _of_namesake(place: Place, sentence: Sentence, elsewhere: Mapping[str, str]) -> Place | None:
    """The country in place of a town that is not the one known; None where its namesake is known and found too."""
    country = elsewhere.get(place.id)
    if country is None:
        return place
    twins = (hit for hit in sentence.of(Kind.HUB) if (hit.start, hit.end) == (place.start, place.end))
    if any(hit.value.startswith(f"{country}:") for hit in twins):
        return None
    return replace(place, id=country, country=country)


# What a firm is called: "the Singapore landlord", "der Amsterdamer GPU-Vermieter Nebius".
_FIRM = (
    r"(?:giant|group|firm|company|start-?up|provider|operator|developer|landlord|carrier|neocloud|hoster|conglomerate"
    r"|(?:[\w-]*(?:konzern|riese|anbieter|vermieter|betreiber|hoster|unternehmen|firma|tochter|gruppe))s?"
    r"|(?:[\w-]*(?:bedrijf|aanbieder|onderneming|reus|concern))"
    r"|(?:[\w-]*(?:bolaget|bolag|koncernen|jätten|företaget))|(?:[\w-]*(?:yhtiö|yritys|jätti))"
    r"|koncern|firma|operator|dostawca|gigant|компания|оператор|провайдер|гигант)"
)
_LINK = re.compile(
    r"[\s'’s的·・]{0,3}|の"
    rf"|\s(?:(?:based|tech|technology|cloud|internet|e-commerce|search|chip|telecom|it|ai|gpu|hosting)\s)*(?:{_FIRM}\s)?"
    r"|(?:科技|互联网|电商|云|搜索|网络|通信|it|ネット|検索|大手)*(?:巨头|大厂|公司|集团|企业|巨人|大手)?"
)
_FIRM_AFTER = re.compile(rf"\s(?:(?:cloud|data cent(?:er|re)|hosting|telecom|tech)\s)?{_FIRM}\b")
# "der Konzern aus Roubaix", "het bedrijf uit Amsterdam", "dana investasi asal Singapura"
_OUT_OF = (" aus ", " uit ", " från ", "asal ")
_FIRM_BEFORE = re.compile(rf"{_FIRM}\s(?:aus|uit|från)\s(?:dem |der |den )?$|\basal\s$")


# "Frankfurter Rechenzentrum" is a place, "der Frankfurter Anbieter" is not.
_CITY_ADJECTIVES = frozenset(
    {
        *("frankfurter", "hanauer", "berliner", "münchner", "münchener", "magdeburger", "nürnberger"),
        *("londoner", "pariser", "amsterdamer", "zürcher", "züricher", "wiener"),
    }
)


# Adjectives follow their noun: "centro de datos brasileño".
_FOLLOWING = frozenset({"fr", "es", "pt", "it", "ro", "vi", "id", "ms", "ar", "th"})
_MARKET = r"(?:market|markt|marché|mercado|mercato|marknaden|markedet|rynek|rynku|рынок|рынке|рынка|trh|trhu)"
_MARKET_AFTER = re.compile(rf"\w*\s{{1,2}}(?:[\w-]+\s)?{_MARKET}")
_MARKET_BEFORE = re.compile(rf"{_MARKET}\s$")


def _beside_object(hit: Hit, sentence: Sentence, reading: Reading) -> bool:
    if reading.language in _FOLLOWING:
        return any(0 <= hit.start - one.end <= 8 for one in sentence.of(Kind.OBJECT))
    return _before_object(hit, sentence)


def _of_market(hit: Hit, reading: Reading) -> bool:
    """ "the Colombian market", "el mercado colombiano"."""
    before = reading.folded[max(0, hit.start - 12) : hit.start]
    return bool(_MARKET_AFTER.match(reading.folded, hit.end) or _MARKET_BEFORE.search(before))


def _before_object(hit: Hit, sentence: Sentence) -> bool:
    return any(0 <= one.start - hit.end <= 24 for one in sentence.of(Kind.OBJECT))


def _is_origin(hit: Hit, mentions: Sequence[Mention], reading: Reading) -> bool:
    """A nationality right before a provider is its origin, not a site (韩国Naver, China's Alibaba)."""
    end = _end_of_word(hit, reading)
    for mention in mentions:
        between = mention.start - end
        if 0 <= between <= 36 and _LINK.fullmatch(reading.folded, end, mention.start):
            return True
    return False


def _end_of_word(hit: Hit, reading: Reading) -> int:
    """ "Kiinalainen" is a word made of "Kiina"."""
    end = hit.end
    while not reading.dense and end < len(reading.folded) and reading.folded[end].isalpha():
        end += 1
    return end


def _is_of_a_firm(hit: Hit, reading: Reading) -> bool:
    """Whether the place only says where a firm that is not named comes from ("the Singapore landlord")."""
    if reading.dense:
        return False
    if _FIRM_AFTER.match(reading.folded, hit.end):
        return True
    before = reading.folded[max(0, hit.start - 40) : hit.start]
    return any(word in before for word in _OUT_OF) and _FIRM_BEFORE.search(before) is not None


def _is_county_elsewhere(hit: Hit, reading: Reading) -> bool:
    """ "Harlow County" is in America, Harlow is not."""
    return not hit.value.startswith("US:") and reading.folded.startswith(" county", hit.end)


def _is_excluded(hit: Hit, sentence: Sentence, reading: Reading) -> bool:
    """ "outside China", "außerhalb Chinas", 中国境外."""
    for cue in sentence.of(Kind.CUE):
        if cue.value != "outside":
            continue
        if 0 <= hit.start - cue.end <= 8 and not reading.dense:
            return True
        if reading.language in ("zh", "ja", "ko", "tr") and 0 <= cue.start - hit.end <= 2:
            return True
    return False


def _without_contained(places: Sequence[Place]) -> list[Place]:
    kept: list[Place] = []
    for place in sorted(places, key=lambda one: (one.start, -one.end, one.id)):
        if kept and place.end <= kept[-1].end:
            continue
        kept.append(place)
    return kept
