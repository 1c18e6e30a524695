"""What the address guard lets through, by text of the URL and by the address behind it."""

from __future__ import annotations

import pytest

from crawler.guard import (
    AddressBlockedError,
    install_guard,
    is_public,
    may_connect,
    refusal,
    resolve_allowed,
    without_credentials,
)

PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.88.99.1",
    "198.18.0.1",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:0a00:1::",
    "::127.0.0.1",
    "::a9fe:a9fe",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("file:///etc/hostname", "scheme file"),
        ("ftp://example.org/a", "scheme ftp"),
        ("data:text/html,hello", "scheme data"),
        ("javascript:alert(1)", "scheme javascript"),
        ("//example.org/a", "scheme missing"),
        ("http://user:secret@example.org/", "credentials"),
        ("http://user@example.org/", "credentials"),
        ("http://example.org\\@127.0.0.1/", "backslash"),
        ("http://example.org/a\r\nHost: b", "control character"),
        ("http://example.org/\x00", "control character"),
        ("http://exa mple.org/", "blank"),
        ("http:///etc/passwd", "no host"),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:6379/", "port 6379"),
        ("http://example.org:99999/", "cannot be read"),
        ("http://[::1/", "cannot be read"),
        ("http://example.org/" + "a" * 2100, "longer than"),
    ],
)
def test_unacceptable_url_is_refused_with_its_reason(url: str, word: str) -> None:
    reason = refusal(url)

    assert reason is not None
    assert word in reason
    assert "secret" not in reason


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://example.org:443/a?b=c", "http://example.org:80/"]
)
def test_ordinary_url_is_accepted(url: str) -> None:
    assert refusal(url) is None


def test_odd_port_is_accepted_only_where_the_configuration_names_it() -> None:
    allowed = ["127.0.0.1:8080", "intranet.example"]

    assert refusal("http://127.0.0.1:8080/", allowed) is None
    assert refusal("http://intranet.example:9000/", allowed) is None
    assert refusal("http://127.0.0.1:8081/", allowed) is not None
    assert refusal("http://other.example:8080/", allowed) is not None


def test_credentials_are_cut_out_of_a_shown_url() -> None:
    assert without_credentials("https://user:pw@example.org/a?b#c") == "https://example.org/a?b#c"
    assert without_credentials("https://example.org/a") == "https://example.org/a"


def test_allowed_address_holds_for_its_port_only() -> None:
    allowed = resolve_allowed(["127.0.0.1:8080", "[::1]:81", "10.1.1.1"])

    assert may_connect("127.0.0.1", 8080, allowed)
    assert not may_connect("127.0.0.1", 8081, allowed)
    assert may_connect("::1", 81, allowed)
    assert may_connect("10.1.1.1", 5, allowed)
    assert not may_connect("10.1.1.2", 5, allowed)


def test_allowed_name_stands_for_the_address_it_has() -> None:
    assert may_connect("127.0.0.1", 80, resolve_allowed(["localhost:80"]))


def test_a_name_is_never_connected_to() -> None:
    assert not may_connect("example.org", 80, frozenset())


def test_guarded_reactor_refuses_before_it_connects() -> None:
    class Reactor:
        dialed: tuple[str, int] | None = None

        def connectTCP(self, host: str, port: int, *_: object) -> str:  # noqa: N802
            self.dialed = (host, port)
            return "connector"

    reactor = Reactor()
    install_guard(reactor, frozenset())

    with pytest.raises(AddressBlockedError, match=r"169\.254\.169\.254:80 is not a public address"):
        reactor.connectTCP("169.254.169.254", 80, object())
    assert reactor.dialed is None
    assert reactor.connectTCP("8.8.8.8", 443, object()) == "connector"
    assert reactor.dialed == ("8.8.8.8", 443)
