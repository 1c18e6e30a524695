"""URLs in, their canonical form, identity and registrable domain out. Pure; never touches the network."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import idna
import tldextract

MAX_LENGTH = 2048

#: Query parameters that say where a reader came from, not what is read. A trailing * is a prefix.
TRACKING = """
utm_* fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh mc_cid mc_eid _ga _gl
_hsenc _hsmi __hssc __hstc hsctatracking mkt_tok oly_anon_id oly_enc_id vero_id wickedid s_cid cmpid cmp icid ito
ncid ocid sref smid smtyp partner_id xtor at_medium at_campaign at_custom* pk_campaign pk_kwd pk_source pk_medium
piwik_* mtm_* wt_mc wt_zmc wtmc wt.mc_id ref_src ref_url referrer spm scm share_source share_medium share_token
from_source fromsource rss feedtype feedname feed_source guccounter guce_referrer guce_referrer_sig tpcc taid cx_*
ns_mchannel ns_source ns_campaign ns_linkname ns_fee google_editors_picks soc_src soc_trk nr_email_referer kclickid
mbid ex_cid
"""
_TRACKING_NAMES = frozenset(name for name in TRACKING.split() if not name.endswith("*"))
_TRACKING_PREFIXES = tuple(name[:-1] for name in TRACKING.split() if name.endswith("*"))

#: Parameters that ask for another form of the same page.
_FORM_PARAMETERS = re.compile(
    r"^(?:amp(?:=(?:1|true)?)?|outputtype=amp|output=amp|_amp=(?:true|1)|print(?:=(?:1|true|y|yes|print)?)?"
    r"|printable=(?:1|true|y|yes)|view=print|printpage=(?:1|true)|m=1|mobile=(?:1|true))$",
    re.IGNORECASE,
)
_AMP_PATH = re.compile(r"(?<=[^/])/amp(?:\.html)?/?$|\.amp(?=\.html?$|$)", re.IGNORECASE)
_PRINT_PATH = re.compile(r"(?<=[^/])/(?:print|drucken|imprimir)(?:\.html)?/?$", re.IGNORECASE)
_FORM_HOST = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.[^.])")
#: Hosts, path and parameters of links that lead on to the page named in them and hold nothing themselves.
_REDIRECTORS = (
    (re.compile(r"(?:www\.|news\.)?google(?:\.[a-z]{2,3}){1,2}"), "/url", frozenset({"q", "url"})),
    (re.compile(r"(?:www\.|cn\.)?bing\.com"), "/news/apiclick.aspx", frozenset({"url"})),
    (re.compile(r"(?:l|lm)\.facebook\.com"), "/l.php", frozenset({"u"})),
    (re.compile(r"(?:www\.)?linkedin\.com"), "/redir/redirect", frozenset({"url"})),
    (re.compile(r"(?:www\.)?duckduckgo\.com"), "/l/", frozenset({"uddg"})),
    (re.compile(r"click\.mail\.ru|away\.vk\.com|vk\.com"), "/away.php", frozenset({"to"})),
)
_UNSAFE_ENDS = "".join(map(chr, range(0x21)))
_AUTHORITY = re.compile(r"^([a-z][a-z0-9+.-]*):[/\\]*", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical_url(url: str, base: str | None = None) -> str:
    """The form of `url` under which it is fetched and stored; resolved against `base` where it is relative.

    Lower-case host in IDNA form, no default port, no fragment, no tracking parameters, AMP and print variants
    folded where the plain page is known to exist under the same host. The order of the query is kept.
    Raises ValueError for what is no http(s) URL, carries a password, or is longer than 2,048 characters; the
    message never repeats the URL, which may hold a secret.
    """
    absolute = _absolute(url, base)
    scheme, host, port, path, query = _parts(absolute)
    if (target := _redirect_target(host, path, query)) is not None:
        scheme, host, port, path, query = target
    host, path, query, scheme = _unwrap_amp_cache(host, path, query, scheme)
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    clean = urlunsplit((scheme, netloc, _fold_path(_clean_path(path)), _clean_query(query), ""))
    if len(clean) > MAX_LENGTH:
        raise ValueError(f"URL is longer than {MAX_LENGTH} characters")
    return clean


def url_key(url: str) -> str:
    """Identity of the article at `url`: SHA-1 (hex) of its canonical form.

    http and https, www. and mobile hosts, print paths and a trailing slash make no difference.
    `url_key(canonical_url(u)) == url_key(u)`. Raises ValueError like `canonical_url`.
    """
    parts = urlsplit(canonical_url(url))
    host = _FORM_HOST.sub("", parts.netloc)
    path = _PRINT_PATH.sub("", parts.path).rstrip("/")
    identity = urlunsplit(("", host, path, parts.query, ""))
    return hashlib.sha1(identity.encode(), usedforsecurity=False).hexdigest()


def registrable_domain(host: str) -> str:
    """The domain someone can register that `host` belongs to, by the Public Suffix List in the package.

    An address, a single label or a public suffix is its own answer. `host` may carry a port.
    """
    name = host.strip().lower().rstrip(".")
    name = name if name.startswith("[") or name.count(":") > 1 else name.partition(":")[0]
    if _is_address(name.strip("[]")):
        return name.strip("[]")
    found = _suffixes()(name)
    if not found.suffix:  # unlisted: the last two labels, as the list's default rule says
        return ".".join(name.split(".")[-2:])
    return found.top_domain_under_public_suffix or name


def host_of(url: str) -> str:
    """Host of a URL, lower case, without port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


@lru_cache(maxsize=1)
def _suffixes() -> tldextract.TLDExtract:
    # No URLs and no cache folder: the list inside the package, never the network, nothing written.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def _absolute(url: str, base: str | None) -> str:
    """WHATWG preprocessing: ends stripped, tabs and newlines out, backslashes are slashes before the query."""
    text = url.strip(_UNSAFE_ENDS)
    text = text.replace("\t", "").replace("\n", "").replace("\r", "")
    head, mark, tail = text.partition("?")
    scheme = _AUTHORITY.match(head)
    if scheme is None or scheme[1].lower() in _DEFAULT_PORTS:
        head = head.replace("\\", "/")
    if head.startswith("//"):
        head = "//" + head.lstrip("/")
    text = head + mark + tail
    if base is not None and (scheme is None or not head.startswith(f"{scheme[1]}://")):
        try:
            text = urljoin(base, text)
        except ValueError as error:
            raise ValueError("not a URL") from error
    return text


def _parts(url: str) -> tuple[str, str, int | None, str, str]:
    """Scheme, checked host, port, path, query."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("not a URL: host or port is not valid") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise ValueError(f"not an http(s) URL: scheme is {scheme[:20]!r}")
    if "@" in parts.netloc:
        raise ValueError("URL carries a user name or password")
    if not parts.hostname:
        raise ValueError("URL has no host")
    return scheme, _clean_host(parts.hostname), port, parts.path, parts.query


def _clean_host(host: str) -> str:
    if ":" in host:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise ValueError("host is not a valid IPv6 address") from error
    name = unquote(host).lower()
    if name.isascii():
        clean = name
    else:
        try:
            clean = idna.encode(name, uts46=True, transitional=False).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError) as error:
            raise ValueError("host is not a valid internationalized name") from error
    clean = clean[:-1] if clean.endswith(".") else clean
    if not clean or len(clean) > 253 or not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_-])?", clean):
        raise ValueError("host is not a valid name")
    if ".." in clean:
        raise ValueError("host is not a valid name")
    if _NUMBER.fullmatch(clean.rpartition(".")[2]) and not _is_address(clean):
        raise ValueError("host is an address in an unusual form")  # 0x7f.1, 2130706433: never a news outlet
    return clean


def _clean_path(path: str) -> str:
    """Dot segments resolved, percent encoding in one form."""
    segments: list[str] = []
    pieces = _escape(path, safe="/!$&'()*+,;=:@%~-._").split("/")
    for piece in pieces:
        if piece in {"..", "."}:
            if piece == ".." and len(segments) > 1:
                segments.pop()
            continue
        segments.append(piece)
    if pieces[-1] in {".", ".."}:
        segments.append("")
    joined = "/".join(segments)
    return joined if joined.startswith("/") else "/" + joined


def _escape(text: str, *, safe: str) -> str:
    text = _PERCENT.sub(_one_escape, text)
    # A percent sign that escapes nothing stays one: escaping it would change the address at each pass.
    return quote(text, safe=safe, errors="replace")


def _one_escape(match: re.Match[str]) -> str:
    char = chr(int(match[0][1:], 16))
    return char if char in _UNRESERVED else match[0].upper()


def _fold_path(path: str) -> str:
    return _AMP_PATH.sub("", path) or "/"


def _clean_query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        name = unquote(pair.partition("=")[0]).lower()
        if not pair or name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES):
            continue
        if _FORM_PARAMETERS.match(pair):
            continue
        kept.append(_escape(pair, safe="/?!$'()*+,;=:@%~-._[]|"))
    return "&".join(kept)


def _redirect_target(host: str, path: str, query: str) -> tuple[str, str, int | None, str, str] | None:
    """The parts of the page behind a link of a search or a portal that only counts clicks: google.com/url?q=...

    None for everything else, and where the target is itself no address that may be asked for.
    """
    for hosts, path_of_link, parameters in _REDIRECTORS:
        if not (hosts.fullmatch(host) and path == path_of_link):
            continue
        for pair in query.split("&"):
            name, _, value = pair.partition("=")
            target = unquote(value.replace("+", " ")).strip()
            if name.lower() in parameters and target.lower().startswith(("http://", "https://")):
                try:
                    parts = _parts(_absolute(target, None))
                except ValueError:
                    return None
                return None if hosts.fullmatch(parts[1]) else parts
    return None


def _unwrap_amp_cache(host: str, path: str, query: str, scheme: str) -> tuple[str, str, str, str]:
    """The page behind an AMP cache address: example-com.cdn.ampproject.org/c/s/example.com/a, google.com/amp/s/..."""
    inner = None
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        inner = re.match(r"^/[acirv]/(s/)?([^/]+)(/.*)?$", path)
    elif re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", host):
        inner = re.match(r"^/amp/(s/)?([^/]+\.[^/]+)(/.*)?$", path)
    if inner is None:
        return host, path, query, scheme
    try:
        inner_host = _clean_host(inner[2])
    except ValueError:
        return host, path, query, scheme
    return inner_host, inner[3] or "/", query, "https" if inner[1] else "http"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
