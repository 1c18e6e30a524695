"""The place names of a sentence in, those out that are told as sites: a place may only say where another one lies.

"in Johor, across the strait from Singapore" is a site in Malaysia. Only a place of another country is left out so:
"Hürth near Cologne" is in Germany either way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.mentions.entities import Place
from monitor.mentions.scan import Reading

_LOOKED_AT = 48  # characters before a name in which the relation stands
# What leads to the place that one is seen from.
_BEFORE = re.compile(
    r"""(?:
    \b(?:across|over)\s(?:[\w'-]+\s){1,4}from | \b(?:opposite|facing|bordering|neighbou?ring)
    | \b(?:close|next|adjacent)\sto | \bnear | \bnot\sfar\sfrom
    | \b(?:north|south|east|west)\w*\sof
    | \b(?:drive|ride|bridge|crossing|flight|km|kilomet(?:er|re)s|miles|minutes)\s(?:\w+\s)?(?:from|of)
    | \bgegenüber(?:\svon)? | \bunweit(?:\svon)? | \bnahe | \bin\sder\snähe\svon | \ban\sder\sgrenze\szu[mr]?
    | \b(?:nördlich|südlich|östlich|westlich)\svon
    | \ben\sface\sde | \bprès\sde | \bnon\sloin\sde | \bvoisine?\sde | \bà\sla\sfrontière\s(?:avec|de)
    | \bfrente\sa | \bcerca\sde | \bjunto\sa | \bal\sotro\slado\sdel?\s(?:[\w]+\s){0,2}de | \bfronteriz[oa]\scon
    | \bem\sfrente\sa | \bperto\sde | \bdi\sfronte\sa | \bvicino\sa | \bal\sconfine\scon
    | \btegenover | \bvlak\s?bij | \bdicht\sbij | \bnabij | \baan\sde\sgrens\smet
    | (?:毗邻|毗鄰|邻近|鄰近|靠近|临近|臨近|紧邻|緊鄰)
    )\s?(?:the\s|der\s|dem\s|den\s|la\s|el\s|l['’])?$""",
    re.VERBOSE,
)
# What follows it, where the relation stands behind the name.
_AFTER = re.compile(
    r"\s?(?:对岸|對岸|隔海相望|隔岸相望|一水之隔|一海之隔|接壤|の?対岸|[にと]隣接|に(?:も)?近い|\s?(?:건너편|맞은편|인근|과\s인접|와\s인접|에\s인접))"
)


def without_neighbors(places: Sequence[Place], reading: Reading) -> list[Place]:
    """The places without those that only say where a place of another country lies."""
    if len(places) < 2:
        return list(places)
    beside = {place.start for place in places if _is_beside(place, reading)}
    sites = {place.country for place in places if place.start not in beside and not place.excluded}
    return [place for place in places if place.start not in beside or not sites - {None, place.country}]


def _is_beside(place: Place, reading: Reading) -> bool:
    before = reading.folded[max(0, place.start - _LOOKED_AT) : place.start]
    return _BEFORE.search(before) is not None or _AFTER.match(reading.folded, place.end) is not None
