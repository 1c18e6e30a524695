"""A page's body and metadata in, what the page is out: an article in full, a teaser, a wall, or no article. Pure.

Structure decides first (schema.org's isAccessibleForFree, og:type, lengths), phrase lists per language second, and a
phrase counts only where the text is too short to be the article.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree
from lxml.html import HtmlElement

from crawler import phrases
from crawler.cleaning import clean_line
from crawler.items import Completeness
from crawler.outcomes import Outcome
from crawler.pagemeta import PageMeta

_SHORT = 900  # weighed characters up to which a wall's phrases are believed
#: Weighed characters from which a text is an article whatever the page around it says.
SURE = 2 * _SHORT
_TINY = 200
_HARDLY = 60
_HAN_OR_KANA = re.compile("[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_TAIL = 400
_MOST_TEXTS, _MOST_TEXT = 10_000, 40_000
_MOST_LINKS, _MOST_PIECES, _SHORTEST_LINK = 400, 20, 4
_CHALLENGE_MARKS = re.compile(
    r"cf-browser-verification|cf[-_]chl|challenge-platform|__cf_chl|g-recaptcha|h-captcha|px-captcha|datadome"
    r"|_Incapsula_Resource|distil_r_captcha|aws-waf-token|AwsWafIntegration",
    re.IGNORECASE,
)
_CONSENT_MARKS = re.compile(
    r"consent\.(?:yahoo|google|youtube)|sp_message|didomi|onetrust|usercentrics|quantcast|trustarc|consentmanager",
    re.IGNORECASE,
)
_LIST_KINDS = frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage", "ContactPage"})
_LINKED_TEXT = etree.XPath(".//a//text()", smart_strings=False)
_ALL_TEXT = etree.XPath(".//text()", smart_strings=False)
_VIDEO_TYPES = ("video", "music", "profile")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a page is, and why, in a sentence for people."""

    outcome: Outcome
    completeness: Completeness
    note: str = ""


def judge_page(
    *, text: str, title: str, meta: PageMeta, page_text: str, source: str, link_share: float, url: str = ""
) -> Verdict:
    """Decide what the page is.

    Where the text weighs SURE or more, `page_text` and `link_share` are not looked at.
    `page_text` is all visible text, `source` the start of the markup (marks of bot walls stand in attributes),
    `link_share` the share of the page's visible text that is links; `url` tells a front page.
    """
    size = weigh(text)
    wall = _wall(text=text, size=size, title=title, page_text=page_text, source=source, meta=meta)
    if wall is not None:
        return wall
    if _is_front_page(url):
        return Verdict(
            outcome=Outcome.NOT_ARTICLE, completeness=Completeness.UNKNOWN, note="the front page of the site"
        )
    if meta.structured.free is False and size < 4 * _SHORT:
        return Verdict(
            outcome=Outcome.PAYWALL, completeness=Completeness.PAYWALL, note="the page says it is not free"
        )
    tail, around = text[-_TAIL:], page_text[:20_000]
    if size < SURE and (phrase := _found("paywall", tail) or (size < _SHORT and _found("paywall", around))):
        return Verdict(
            outcome=Outcome.PAYWALL, completeness=Completeness.PAYWALL, note=f"the page says {phrase!r}"
        )
    if size < _HARDLY and (meta.published is not None or meta.og_type.startswith("article")):
        return Verdict(
            outcome=Outcome.EMPTY,
            completeness=Completeness.UNKNOWN,
            note="the page of an article, with hardly any text",
        )
    if _is_no_article(size=size, meta=meta, link_share=link_share):
        return Verdict(
            outcome=Outcome.NOT_ARTICLE, completeness=Completeness.UNKNOWN, note="a list or an empty page"
        )
    if is_teaser(text):
        return Verdict(
            outcome=Outcome.TEASER,
            completeness=Completeness.TEASER,
            note="the text stops and goes on elsewhere",
        )
    if size == 0:
        return Verdict(
            outcome=Outcome.EMPTY, completeness=Completeness.UNKNOWN, note="no text was found on the page"
        )
    return Verdict(outcome=Outcome.OK, completeness=Completeness.FULL)


def is_teaser(text: str) -> bool:
    """Does this short text end in the middle, or in an invitation to read the rest elsewhere?"""
    if weigh(text) > _SHORT:
        return False
    last = text.rstrip()[-80:]
    return last.endswith(("...", "…", "[…]", "[...]")) or phrases.pattern("teaser").search(last) is not None


def weigh(text: str) -> int:
    """Length in letters of an alphabet: a Chinese, Japanese or Korean character says about as much as three."""
    return len(text) if text.isascii() else len(text) + 2 * len(_HAN_OR_KANA.findall(text))


def strip_teaser_ending(text: str) -> str:
    """Text without a last line that only invites to read on."""
    head, mark, last = text.rpartition("\n")
    return head if mark and len(last) < 60 and phrases.pattern("teaser").search(last) else text


def _wall(*, text: str, size: int, title: str, page_text: str, source: str, meta: PageMeta) -> Verdict | None:
    if size > _SHORT or (meta.published is not None and size > _TINY):
        return None
    visible = page_text[:4_000]
    if _found("challenge", title) or (_CHALLENGE_MARKS.search(source) and _found("challenge", visible)):
        return Verdict(
            outcome=Outcome.FORBIDDEN,
            completeness=Completeness.UNKNOWN,
            note="a test for robots instead of the page",
        )
    if _found("captive", title) or (len(visible) < 1_500 and _found("captive", visible)):
        return Verdict(
            outcome=Outcome.CAPTIVE_PORTAL,
            completeness=Completeness.UNKNOWN,
            note="the network's own page answered",
        )
    if _found("soft404", title) or (len(visible) < 1_500 and _found("soft404", visible[:300])):
        return Verdict(
            outcome=Outcome.NOT_ARTICLE,
            completeness=Completeness.UNKNOWN,
            note="'not found', said with status 200",
        )
    marked = _CONSENT_MARKS.search(source) is not None
    said = _said(visible)
    if (
        said
        and (len(said) >= 2 or marked or _found("consent", title))
        and (size < _TINY or "cookie" in visible[:1_500].lower() or len(_said(text)) >= 2)
    ):
        return Verdict(
            outcome=Outcome.CONSENT,
            completeness=Completeness.CONSENT,
            note="a consent wall instead of the page",
        )
    if _found("challenge", visible[:300]) and len(visible) < 1_500:
        return Verdict(
            outcome=Outcome.FORBIDDEN,
            completeness=Completeness.UNKNOWN,
            note="a test for robots instead of the page",
        )
    return None


def _said(text: str) -> set[str]:
    return {match.casefold() for match in phrases.pattern("consent").findall(text)}


def _is_front_page(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.path in {"", "/"} and not parts.query


def _is_no_article(*, size: int, meta: PageMeta, link_share: float) -> bool:
    if meta.published is not None and size >= _TINY:
        return False
    if meta.og_type.startswith(_VIDEO_TYPES) and size < _TINY:
        return True
    if size < _HARDLY:
        return True
    return (link_share > 0.7 or bool(meta.structured.kinds & _LIST_KINDS)) and size < SURE


def _found(kind: str, text: str) -> str | None:
    match = phrases.pattern(kind).search(text)
    return match[0] if match else None


def visible_text(tree: HtmlElement) -> str:
    """The text of a page on one line. Blocks are set apart: where markup has no space between them, words still end."""
    return clean_line(" ".join(islice(_ALL_TEXT(tree), _MOST_TEXTS))[:_MOST_TEXT])


def link_share(tree: HtmlElement) -> float:
    """Share of the visible text that stands in links."""
    body = tree.find(".//body")
    if body is None:
        return 0.0
    whole = _letters(_ALL_TEXT(body))
    return _letters(_LINKED_TEXT(body)) / whole if whole else 0.0


def link_density(tree: HtmlElement, text: str) -> float:
    """Share of a text, read from this tree, that stands in links: high where a list of links was taken for it."""
    links = {
        label
        for link in islice(tree.iter("a"), _MOST_LINKS)
        if len(label := _one_line(link)) >= _SHORTEST_LINK
    }
    linked = sum(len(label) for label in links if label in text)
    return round(min(linked / len(text), 1.0), 3) if text else 0.0


def _one_line(element: HtmlElement) -> str:
    return " ".join("".join(islice(element.itertext(), _MOST_PIECES)).split())


def _letters(texts: list[str]) -> int:
    return len("".join("".join(texts).split()))
