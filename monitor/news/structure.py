"""The shape of an article in, what it says of the genre out: questions, lists, sections, code. No vocabulary. Pure."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"[?？]\s*[\"'”」』)]*\s*(?:[|\-–—:：].*)?$|[?？]")
_NUMBERED = re.compile(
    r"^\W*(?:top\s+)?\d{1,2}\s+(?!billion|million|mrd|mio|jahre|years|gw\b|mw\b)[^\W\d]{3,}", re.IGNORECASE
)
_COUNTED_CJK = re.compile(
    r"(?:[0-9一二三四五六七八九十]{1,2}|\d{2})(?:大|个|個|选|選|種|种|가지|点)(?:方法|理由|关键|看点|趋势|问题|原因|工具|技巧|选|선|개)?"
)
_HEADING = re.compile(
    r"^\s*(?:#{1,6}\s|\*\*[^*]+\*\*\s*$|[【■◆●▼◇▶][^\n]{2,40}$|\d{1,2}[.、)]\s*\S)", re.MULTILINE
)
_BULLET = re.compile(r"^\s*(?:[-*•·]|\d{1,2}[.)、])\s+\S", re.MULTILINE)
_CODE = re.compile(
    r"```|</?\w+>|\bpip install\b|\bnpm \b|\bgit clone\b|\bdocker\b|\bgithub\.com|\bimport \w+|\w+\(\)|\{\s*\"|\$ \w+"
    r"|kubectl|localhost|\bAPI key",
    re.IGNORECASE,
)
_QUOTE_TITLE = re.compile(r"^[\"'“„«「『]|[\"'”“»」』][^\w]*$")
_ITEMS = re.compile(r"[;；｜|丨]| • ")
_LINKS = ("http://", "https://", "www.")
# One of these stands in whatever _CODE finds; looking for them first costs a thirtieth.
_CODE_SIGNS = (
    *("```", "<", "()", "{", "$ ", "pip install", "npm ", "git clone", "docker", "github.com", "import "),
    *("kubectl", "localhost", "api key"),
)


SHORT = 30  # characters of a text that adds nothing; an ideograph or syllable says as much as two letters
_DENSE_FROM = "\u2e80"
HEAD = 900  # characters of the body looked at: what stands further down does not change the genre


def structure_features(title: str, text: str) -> dict[str, int]:
    """Named clauses, each 0 or 1."""
    head = text[:HEAD]
    headings = len(_HEADING.findall(head))
    bullets = len(_BULLET.findall(head))
    return {
        "question_title": int(bool(_QUESTION.search(title))),
        "numbered_title": int(bool(_NUMBERED.search(title) or _COUNTED_CJK.search(title))),
        "quoted_title": int(bool(_QUOTE_TITLE.search(title.strip()))),
        "exclaiming_title": int("!" in title or "！" in title),
        "sections": int(headings >= 3),
        "bullets": int(bullets >= 5),
        "code": int(_has_code(head)),
        "links": int(sum(map(head.count, _LINKS)) >= 3),
        "items_title": int(len(_ITEMS.findall(title)) >= 2),
        "no_title": int(not title.strip()),
        "headline_only": int(_is_short(text.strip())),
    }


def _is_short(text: str) -> bool:
    return len(text) < SHORT and len(text) + sum(char >= _DENSE_FROM for char in text) < SHORT


def _has_code(head: str) -> bool:
    lowered = head.lower()
    return any(sign in lowered for sign in _CODE_SIGNS) and len(_CODE.findall(head)) >= 2
