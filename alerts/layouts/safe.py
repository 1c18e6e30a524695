"""Text of articles in, text that cannot harm a channel out: one line, no controls, no live mentions. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

TITLE_LIMIT = 200

# Bidi controls and other invisible characters that turn or hide text; ZWJ and ZWNJ stay: emoji and scripts need them.
_INVISIBLE = re.compile(
    "[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_BREAKS = re.compile("[\r\n\t\v\f\u0085\u2028\u2029]+")
# @everyone, @channel, <!here>, <@U1>: a word joiner after the sign keeps the text readable and the mention dead.
_MENTION = re.compile(r"@(?=[\w!&<])|<(?=[!@#])", re.UNICODE)
_JOINER = "\u2060"


def clean(text: str) -> str:
    """`text` as NFC without control, bidi and lone surrogate characters; line breaks and tabs stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", _CONTROL.sub("", text)))


def one_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """`text` cleaned, on one line, at most `limit` code points; what is cut ends in an ellipsis."""
    # Breaks first: a control character that parts two words must not join them.
    flat = " ".join(clean(_BREAKS.sub(" ", text)).split())
    return clip(flat, limit)


def clip(text: str, limit: int) -> str:
    """At most `limit` code points, cut between words where one is near, never inside a combined character."""
    if len(text) <= limit:
        return text
    cut = limit - 1
    while cut > 0 and (
        unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f" or text[cut - 1] == "\u200d"
    ):
        cut -= 1
    space = text.rfind(" ", max(0, cut - 20), cut)
    return text[: space if space > 0 else cut].rstrip() + "…"


def no_mentions(text: str) -> str:
    """`text` in which @everyone, @channel, <!here> and the like are plain words for every service."""
    return _MENTION.sub(lambda match: match.group() + _JOINER, text)


def slack_escape(text: str) -> str:
    """`text` as literal mrkdwn: the three control characters escaped, mentions and formatting marks dead."""
    dead = no_mentions(text)
    return re.sub(r"([*_~`])", rf"{_JOINER}\1{_JOINER}", html.escape(dead, quote=False))


def web_link(url: str) -> str:
    """`url` if it is a plain http(s) link without control characters or spaces, else nothing."""
    plain = re.fullmatch(r"https?://[^\s<>\"'\\^`{|}\x00-\x1f\x7f]{1,2000}", url)
    return url if plain and url == clean(url) else ""
