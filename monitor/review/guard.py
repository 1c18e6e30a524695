"""Who may ask the review page: an ASGI wrapper that checks Host, Origin and token, and sets the safety headers.

Everything passes here, Datasette's own pages and static files included, so no route can forget a check.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "cspwatch_token"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
#: Nothing from elsewhere, no inline script: what stands in an article can neither run nor phone home.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFETY_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Names the page answers to, and the token that is asked for ("" on loopback: none)."""

    hosts: frozenset[str]
    token: str = ""


def guarded(app: Asgi, access: Access) -> Asgi:
    """`app` behind the checks. 421 for a foreign Host, 403 for a foreign Origin, 401 without the token."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = _headers(scope)
        if _host_name(headers.get("host", "")) not in access.hosts:
            await _refuse(send, 421, "This address is not one of ours. Open the page under its own name.")
            return
        if scope["method"] not in {"GET", "HEAD", "OPTIONS"} and not _is_own_origin(headers):
            await _refuse(send, 403, "This request came from another site.")
            return
        given = _token_in_query(scope)
        if access.token and not _is_token(given or _token_in_headers(headers), access.token):
            await _refuse(send, 401, "This page needs its token: open it once with ?token=... at the end.")
            return
        await app(scope, receive, _with_headers(send, cookie=given if access.token else ""))

    return guard


def _headers(scope: Scope) -> dict[str, str]:
    raw = scope["headers"]
    assert isinstance(raw, list | tuple)
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def _host_name(host: str) -> str:
    """The host without its port; "" for what is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_own_origin(headers: Mapping[str, str]) -> bool:
    """Origin equal to Host, or absent and not said to be cross-site by the browser."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc == headers.get("host", "")


def _token_in_query(scope: Scope) -> str:
    query = scope.get("query_string", b"")
    assert isinstance(query, bytes)
    return parse_qs(query.decode("latin-1")).get("token", [""])[0]


def _token_in_headers(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return token.strip()
    cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    return cookie.value if cookie else ""


def _is_token(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _with_headers(send: Send, *, cookie: str) -> Send:
    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            raw = message.get("headers", [])
            assert isinstance(raw, list | tuple)
            ours = {name for name, _ in SAFETY_HEADERS}
            kept = [(name, value) for name, value in raw if name.lower() not in ours]
            if cookie:
                kept.append((b"set-cookie", f"{COOKIE}={cookie}; HttpOnly; SameSite=Strict; Path=/".encode()))
            message["headers"] = [*kept, *SAFETY_HEADERS]
        await send(message)

    return add


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *SAFETY_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode() + b"\n"})
