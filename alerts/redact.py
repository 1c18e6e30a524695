"""Channel URLs in, what of them must not be shown out; and texts with **** in its place. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

_MASK = "****"
_SHORTEST = 6  # shorter parts are words, and hiding them would make logs unreadable
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
_PLAIN_KEYS = frozenset(
    {"to", "from", "cc", "bcc", "reply", "name", "smtp", "mode", "format", "method", "verify"}
)


def secrets_of(urls: Iterable[str]) -> frozenset[str]:
    """What must not be shown: each URL, its password and user, its path parts, its header and token parameters."""
    found: set[str] = set()
    for url in urls:
        if url.startswith("console:") or "://" not in url:
            continue
        found.add(url)
        found |= {part for part in _parts(url) if len(part) >= _SHORTEST and not _ADDRESS.fullmatch(part)}
    return frozenset(found)


def _parts(url: str) -> Iterator[str]:
    rest = url.partition("://")[2]
    try:
        split = urlsplit(url)
        words = [split.password or "", split.username or "", *split.path.split("/")]
        if split.scheme not in {"mailto", "mailtos", "json", "jsons", "http", "https", "ntfy", "ntfys"}:
            words.append(
                split.hostname or ""
            )  # a token stands in the place of the host: slack://T/B/X, tgram://
            words.append(split.netloc)
        query = parse_qsl(split.query, keep_blank_values=True)
    except ValueError:
        yield rest
        return
    values = [value for key, value in query if key.lower() not in _PLAIN_KEYS]
    for word in [*words, *values, *(value.rpartition(" ")[2] for value in values)]:
        yield word
        yield unquote(word)


def redact(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret masked, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return text
