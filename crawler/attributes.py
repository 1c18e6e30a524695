"""Markup in, the same without start tags that drown in attributes out. Pure, linear in the length of the markup.

libxml2 compares each attribute of a tag with all before it: 100,000 of them in one tag cost 33 s.
"""

from __future__ import annotations

import re

MANY = 100  # attributes of one tag; real pages have at most some sixty
_NAME = r"<[a-zA-Z][^\s/>]*+"
_ATTRIBUTE = (  # as HTML reads it: a name may hold quotes, a value need not stand in them
    r"""(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+)"""
)
_FEW = rf"{_ATTRIBUTE}{{0,{MANY - 1}}}+[\s/]*+(?:>|\Z)"
#: Everything up to the next flood, in one possessive step: a search that starts anew at each "<" is quadratic.
#: Comments and the insides of scripts are passed over: "i<n" is no tag there.
_HARMLESS = re.compile(
    rf"(?:[^<]++|<!--(?:[^-]++|-(?!->))*+"
    rf"|<(?:script|style)(?=[\s/>]){_FEW}(?:[^<]++|<(?!/(?:script|style)[\s/>]))*+"
    rf"|<(?![a-z])|<(?!(?:script|style)[\s/>])[a-z][^\s/>]*+{_FEW})*+",
    re.ASCII | re.IGNORECASE,
)
_FLOOD = re.compile(rf"({_NAME}){_ATTRIBUTE}{{{MANY},}}+", re.ASCII)


def without_attribute_floods(markup: str) -> str:
    """The markup; a tag with MANY attributes or more keeps its name and none of them."""
    kept: list[str] = []
    position = 0
    while True:
        harmless = _HARMLESS.match(markup, position)
        end = harmless.end() if harmless is not None else position
        flood = _FLOOD.match(markup, end)
        if flood is None:
            break
        kept += [markup[position:end], flood[1]]
        position = flood.end()
    return "".join((*kept, markup[position:])) if kept else markup
