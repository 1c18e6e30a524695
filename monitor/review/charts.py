"""Counts in, shapes for the templates' SVG out: bubbles on a map, dots of a trail. Pure.

The map is static/world.svg: country outlines of Natural Earth 1:110m (public domain) in the Equal Earth projection.
`CENTERS` are the middles of the largest part of each country in the same coordinates, halved: 1000 by 437; places
too small for those outlines are added by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

MAP_SIZE = (1000, 437)
# fmt: off
CENTERS: Mapping[str, tuple[int, int]] = {
    "AD": (504, 90), "AE": (644, 153), "AF": (668, 119), "AG": (332, 178), "AL": (549, 95),
    "AM": (611, 98), "AO": (548, 287), "AR": (335, 369), "AT": (533, 74), "AU": (856, 335),
    "AW": (308, 195), "AZ": (617, 97), "BA": (543, 85), "BB": (337, 192), "BD": (740, 154),
    "BE": (510, 66), "BF": (495, 196), "BG": (561, 90), "BH": (634, 146), "BI": (583, 254),
    "BJ": (506, 205), "BM": (334, 124), "BN": (819, 224), "BO": (324, 304), "BR": (354, 282),
    "BS": (293, 151), "BT": (738, 141), "BW": (564, 323), "BY": (562, 58), "BZ": (259, 178),
    "CA": (283, 46), "CD": (566, 252), "CF": (556, 217), "CG": (542, 244), "CH": (519, 77),
    "CI": (484, 213), "CL": (321, 376), "CM": (535, 220), "CN": (761, 109), "CO": (297, 227),
    "CR": (268, 204), "CU": (288, 162), "CV": (436, 185), "CW": (310, 196), "CY": (584, 115),
    "CZ": (535, 68), "DE": (523, 64), "DJ": (617, 198), "DK": (520, 50), "DM": (332, 184),
    "DO": (309, 171), "DZ": (507, 138), "EC": (282, 247), "EE": (555, 44), "EG": (579, 144),
    "EH": (468, 152), "ER": (606, 184), "ES": (491, 97), "ET": (609, 209), "FI": (552, 30),
    "FJ": (983, 308), "FK": (366, 420), "FM": (938, 216), "FO": (486, 36), "FR": (506, 78),
    "GA": (532, 244), "GB": (494, 56), "GD": (330, 196), "GE": (606, 91), "GG": (494, 69),
    "GH": (497, 212), "GI": (486, 111), "GL": (426, 10), "GM": (458, 191), "GN": (470, 202),
    "GP": (332, 181), "GQ": (529, 235), "GR": (556, 100), "GT": (254, 183), "GU": (897, 191),
    "GW": (458, 197), "GY": (336, 224), "HK": (806, 159), "HN": (263, 186), "HR": (539, 82),
    "HT": (303, 171), "HU": (545, 76), "ID": (817, 242), "IE": (482, 58), "IL": (590, 127),
    "IM": (490, 56), "IN": (713, 157), "IQ": (612, 121), "IR": (639, 123), "IS": (463, 28),
    "IT": (529, 87), "JE": (495, 70), "JM": (290, 174), "JO": (595, 128), "JP": (845, 111),
    "KE": (605, 239), "KG": (682, 94), "KH": (788, 194), "KI": (980, 236), "KM": (619, 285),
    "KN": (330, 177), "KP": (813, 98), "KR": (821, 110), "KW": (624, 134), "KY": (280, 170),
    "KZ": (656, 73), "LA": (781, 173), "LB": (591, 118), "LC": (333, 190), "LI": (522, 76),
    "LK": (723, 213), "LR": (474, 217), "LS": (573, 350), "LT": (552, 53), "LU": (514, 68),
    "LV": (554, 48), "LY": (547, 142), "MA": (478, 132), "MC": (518, 86), "MD": (566, 76),
    "ME": (547, 89), "MG": (626, 313), "MH": (974, 215), "MK": (553, 93), "ML": (490, 177),
    "MM": (760, 164), "MN": (742, 77), "MO": (804, 159), "MQ": (333, 187), "MR": (472, 167),
    "MT": (536, 112), "MU": (655, 316), "MV": (704, 226), "MW": (594, 290), "MX": (227, 153),
    "MY": (818, 228), "MZ": (596, 305), "NA": (546, 323), "NC": (945, 320), "NE": (525, 177),
    "NG": (522, 206), "NI": (267, 194), "NL": (512, 61), "NO": (528, 30), "NP": (720, 138),
    "NR": (964, 243), "NZ": (909, 397), "OM": (651, 165), "PA": (279, 210), "PE": (295, 276),
    "PG": (900, 266), "PH": (832, 183), "PK": (680, 132), "PL": (544, 61), "PR": (320, 174),
    "PS": (591, 125), "PT": (480, 100), "PW": (872, 213), "PY": (344, 327), "QA": (636, 148),
    "RE": (649, 319), "RO": (559, 80), "RS": (550, 85), "RU": (704, 36), "RW": (583, 249),
    "SA": (618, 152), "SB": (940, 271), "SC": (654, 259), "SD": (581, 182), "SE": (534, 34),
    "SG": (788, 236), "SI": (535, 79), "SK": (545, 71), "SL": (467, 210), "SM": (530, 86),
    "SN": (460, 188), "SO": (627, 224), "SR": (345, 226), "SS": (584, 214), "ST": (518, 241),
    "SV": (256, 190), "SY": (598, 115), "SZ": (583, 339), "TD": (551, 184), "TF": (660, 413),
    "TG": (503, 210), "TH": (776, 186), "TJ": (676, 103), "TL": (848, 274), "TM": (647, 101),
    "TN": (524, 118), "TO": (29, 320), "TR": (588, 102), "TT": (331, 202), "TV": (995, 273),
    "TW": (822, 154), "TZ": (596, 265), "UA": (572, 70), "UG": (590, 236), "US": (255, 100),
    "UY": (356, 360), "UZ": (654, 93), "VC": (332, 192), "VE": (317, 215), "VN": (789, 180),
    "VU": (956, 298), "WS": (28, 293), "XK": (551, 90), "YE": (630, 182), "ZA": (566, 347),
    "ZM": (576, 291), "ZW": (581, 312),
}
# fmt: on
_LARGEST_BUBBLE = 26.0
_SMALLEST_BUBBLE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A country on the map. The area of the circle is the count."""

    code: str
    count: int
    x: float
    y: float
    radius: float


def trail(states: Sequence[str]) -> dict[str, str]:
    """One bar for each state, as one SVG path a state: "idle" bars are low, the others tall. 7 by 18 units each."""
    paths: dict[str, str] = {}
    for number, state in enumerate(states):
        top, height = (9, 7) if state == "idle" else (2, 14)
        paths[state] = paths.get(state, "") + f"M{number * 7} {top}h5v{height}h-5z"
    return paths


def bubbles(counts: Mapping[str, int]) -> tuple[Bubble, ...]:
    """One bubble for each country that has a place on the map, largest first, so that small ones lie on top."""
    most = max(counts.values(), default=1)
    return tuple(
        Bubble(
            code=code,
            count=count,
            x=CENTERS[code][0],
            y=CENTERS[code][1],
            radius=round(max(_SMALLEST_BUBBLE, _LARGEST_BUBBLE * sqrt(count / max(most, 12))), 1),
        )
        for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if code in CENTERS and count
    )
