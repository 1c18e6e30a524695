"""Who may ask the review page: an ASGI wrapper that checks Host, Origin and token, and sets the safety headers.

Everything passes here, Datasette's own pages and static files included, so no route can forget a check. What is open
without the token is named in one place, `Access.open_paths` and `open_prefixes`.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from html import escape
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit

Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

COOKIE = "cspwatch_token"
#: Datasette's cookie of the form token; without it Datasette would let a POST without any token pass.
FORM_COOKIE = "ds_csrftoken"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
MOST_BODY = 64 * 1024
#: Nothing from elsewhere, no inline script or style: what stands in an article can neither run nor phone home.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFETY_HEADERS = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Nothing to others; not "no-referrer": with it browsers send "Origin: null" with our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_STATIC = "/page/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Names the page answers to, the token that is asked for ("" on loopback: none), and what it may change.

    `open_paths` and `open_prefixes` need no token: style and script, and the links in alerts, which carry a signature
    of their own. `forms` are the paths (or their beginnings, with a slash at the end) that take a POST.
    """

    hosts: frozenset[str]
    token: str = ""
    secure: bool = False  # the page is reached by https: cookies say so
    open_paths: frozenset[str] = frozenset()
    open_prefixes: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()


def guarded(app: Asgi, access: Access) -> Asgi:
    """`app` behind the checks: 421 foreign Host, 401 no token, 405 no form of ours, 403 foreign Origin or no cookie."""

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        if _host_name(headers.get("host", "")) not in access.hosts:
            await _refuse(send, 421, "This address is not one of ours. Open the page under its own name.")
            return
        if _needs_token(scope, access):
            given = _token_in_query(scope)
            if not _is_token(given or _token_in_headers(headers), access.token):
                await _refuse_unknown(scope, send)
                return
            if given and "text/html" in headers.get("accept", "") and scope["method"] == "GET":
                await _send_on(scope, send, access)  # out of the address line and the history
                return
        refusal = _refusal_of_change(scope, headers, access)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        await app(_without_authorization(scope), receive, _with_headers(send, _path(scope)))

    return guard


def _path(scope: Scope) -> str:
    """The path as it was sent: what Datasette routes by, so that no encoding can look open here and lead elsewhere."""
    raw = scope.get("raw_path")
    return raw.decode("latin-1").partition("?")[0] if isinstance(raw, bytes) else str(scope["path"])


def _needs_token(scope: Scope, access: Access) -> bool:
    path = _path(scope)
    return bool(access.token) and path not in access.open_paths and not path.startswith(access.open_prefixes)


def _refusal_of_change(scope: Scope, headers: Mapping[str, str], access: Access) -> tuple[int, str] | None:
    """Why a request that changes something is refused; None for one that only reads, or is fine."""
    if scope["method"] in {"GET", "HEAD"}:
        return None
    path = _path(scope)
    if scope["method"] != "POST" or not any(
        path.startswith(form) if form.endswith("/") else path == form for form in access.forms
    ):
        return 405, "Nothing can be changed here."
    if not _is_own_origin(headers):
        return 403, "This request came from another site."
    if headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return 415, "A form is expected here."
    length = headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_BODY:
        return 413, "This form is too large, or does not say how large it is."
    if FORM_COOKIE not in _cookies(headers):
        return 403, "This form has no token. Open the page again and repeat; cookies must be allowed."
    return None


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
    try:
        return bool(origin) and urlsplit(origin).netloc == headers.get("host", "")
    except ValueError:
        return False


def _token_in_query(scope: Scope) -> str:
    return parse_qs(_query(scope)).get("token", [""])[0]


def _query(scope: Scope) -> str:
    query = scope.get("query_string", b"")
    assert isinstance(query, bytes)
    return query.decode("latin-1")


def _token_in_headers(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else unquote(_cookies(headers).get(COOKIE, ""))


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: item.value for name, item in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _is_token(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _without_authorization(scope: Scope) -> Scope:
    """The scope without the header that would let a POST pass Datasette's check of the form token."""
    raw = scope["headers"]
    assert isinstance(raw, list | tuple)
    return {**scope, "headers": [(name, value) for name, value in raw if name.lower() != b"authorization"]}


def _with_headers(send: Send, path: str) -> Send:
    ours = (*SAFETY_HEADERS, (b"cache-control", b"max-age=600" if path.startswith(_STATIC) else b"no-store"))
    names = {name for name, _ in ours}

    async def add(message: Message) -> None:
        if message["type"] == "http.response.start":
            raw = message.get("headers", [])
            assert isinstance(raw, list | tuple)
            message["headers"] = [
                *((name, value) for name, value in raw if name.lower() not in names),
                *ours,
            ]
        await send(message)

    return add


async def _send_on(scope: Scope, send: Send, access: Access) -> None:
    """Keep the token in a cookie and send the browser to the same page without it."""
    kept = [(name, value) for name, value in parse_qsl(_query(scope)) if name != "token"]
    path = "/" + quote(_path(scope).lstrip("/\\"), safe="/%~")  # one slash: never another host
    target = path + ("?" + urlencode(kept) if kept else "")
    secure = "; Secure" if access.secure else ""
    cookie = f"{COOKIE}={quote(access.token)}; HttpOnly; SameSite=Strict; Path=/{secure}"
    headers = [(b"location", target.encode()), (b"set-cookie", cookie.encode()), *SAFETY_HEADERS]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse_unknown(scope: Scope, send: Send) -> None:
    """401 with a form for the token. Its link helps a browser that came from elsewhere and kept its cookie back."""
    path = escape("/" + quote(_path(scope).lstrip("/\\"), safe="/%~"), quote=True)
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>cspwatch</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="stylesheet" href="/page/review.css"><main><h1>cspwatch</h1>'
        "<p>This page needs its token: the one that [review] token names.</p>"
        f'<form class="stack" action="{path}"><label>Token <input name="token" type="password" required '
        'autocomplete="current-password"></label><button>Open</button></form>'
        f'<p>You gave it before? <a href="{path}">Open this page again</a>.</p></main></html>'
    )
    await _refuse(send, 401, page, "text/html")


async def _refuse(send: Send, status: int, text: str, kind: str = "text/plain") -> None:
    headers = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"cache-control", b"no-store"),
        *SAFETY_HEADERS,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode() + b"\n"})
