"""What the review page refuses, and that a stored hostile article is inert on every page."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from alerts.model import Links
from monitor.database import open_database
from monitor.errors import ConfigError, MonitorError
from monitor.review.guard import CONTENT_POLICY
from monitor.review.plugin import FORMS, ROUTES
from monitor.review.server import ReviewServer
from monitor.review.signing import page_key, signed_links, signed_path
from tests.monitor.review_site import HOSTILE, Browser, Elements, config_for, fill, served

TOKEN = "a token with = and spaces"
DATASETTE_PATHS = (
    "/cspwatch",
    "/cspwatch.json",
    "/cspwatch/article",
    "/cspwatch/article.json",
    "/cspwatch/article.csv",
    "/cspwatch/alert",
    "/cspwatch/ledger",
    "/cspwatch/article/1",
    "/-/versions",
    "/-/settings",
    "/-/plugins",
    "/-/databases",
    "/-/metadata",
    "/-/static/app.css",
    "/-/logout",
    "/-/permissions",
    "/favicon.ico",
    "/page/world.svg",
    "/no/such/page",
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("log")
    fill(folder)
    with served(config_for(folder)) as address:
        yield address


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    with closing(Browser(url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A page that asks for a token."""
    folder = tmp_path_factory.mktemp("locked")
    fill(folder)
    with served(config_for(folder, f'port = 0\ntoken = "{TOKEN}"')) as address:
        yield address, folder


def pages_of(browser: Browser) -> list[str]:
    """The address of every page of ours, with things that exist."""
    found = {"/"}
    for listing in ("/", "/search?q=Oslo", "/search?q=HYPERLINK", "/ledger", "/sources", "/rules", "/alerts"):
        found |= set(re.findall(r'href="(/(?:story|article|sources|rules)/[^"#]+)"', browser.page(listing)))
    articles = [path for path in found if path.startswith("/article/")]
    return sorted(
        found
        | {f"{path}/version/1" for path in articles}
        | {
            "/ledger",
            "/ledger?background=1",
            "/sources",
            "/alerts",
            "/rules",
            "/precision",
            "/missed",
            "/why",
        }
        | {"/search?q=Oslo", "/search?q=<script>alert(1)</script>", "/why?url=javascript:alert(1)"}
        | {f"/ledger?q={HOSTILE[:40]}", "/why?url=https://x.example/<script>", "/story/s0000<b>"}
    )


def sample_paths() -> list[str]:
    """An address for each of our routes."""
    samples = {"version": "1", "action": "useful", "signature": "0" * 32}
    return [
        re.sub(r"\(\?P<(\w+)>[^()]*\)", lambda found: samples.get(found[1], "a0000"), pattern)
        .strip("^$")
        .replace("\\", "")
        for pattern, _ in ROUTES
    ]


def test_hostile_article_is_inert_on_every_page(browser: Browser) -> None:
    paths = pages_of(browser)
    assert len([path for path in paths if path.startswith("/article/")]) >= 6
    for path in paths:
        response = browser.get(path)
        assert response.headers["content-security-policy"] == CONTENT_POLICY, path
        for tag, attributes in Elements(response.text).found:
            assert tag not in {"iframe", "img", "object", "embed", "base", "style", "meta-refresh"}, path
            assert not [name for name in attributes if name.startswith("on") or name == "style"], path
            if tag == "script":
                assert attributes["src"].startswith("/page/review.js?v="), path
                assert set(attributes) == {"src", "defer"}, path
            for name in ("href", "src", "action", "formaction"):
                target = attributes.get(name, "/")
                if not target.startswith(("/", "#")) or target.startswith("//"):
                    assert tag == "a", (path, target)
                    assert target.startswith(("https://", "http://")), (path, target)
                    assert set(attributes["rel"].split()) == {"noopener", "nofollow", "noreferrer"}
        assert "\u202e" not in response.text, path


def test_hostile_text_is_shown_as_it_is_written(browser: Browser) -> None:
    article = browser.find("/search?q=Oslo", r'href="(/article/a[0-9a-f]+)"')

    text = Elements(browser.page(article)).text

    assert "<script>alert(1)</script>" in text
    assert "{{7*7}}" in text
    assert "javascript:alert(3)" in text


@pytest.mark.parametrize("path", ["/cspwatch/article", "/cspwatch/ledger", "/cspwatch/article_version"])
def test_hostile_article_is_inert_on_pages_of_datasette(browser: Browser, path: str) -> None:
    response = browser.get(path)

    assert response.headers["content-security-policy"] == CONTENT_POLICY
    assert "<script>alert(1)" not in response.text
    assert "\u202e" not in response.text
    found = Elements(response.text).found
    assert not [tag for tag, _ in found if tag in {"iframe", "img", "object", "embed"}]
    assert not [link for _, link in found if link.get("href", "").startswith("javascript:")]


def test_failure_of_a_page_is_told_without_a_trace(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        secret = "hunter2-local"
        raise RuntimeError(f"broken inside {len(secret)}")

    monkeypatch.setattr("monitor.review.queries.stories_since", fail)

    response = browser.get("/")

    assert response.status_code == 500
    assert "broken inside" not in response.text
    assert response.headers["content-security-policy"] == CONTENT_POLICY
    printed = capfd.readouterr()
    assert "hunter2-local" not in printed.out + printed.err


def test_question_that_takes_too_long_is_ended(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(db: Database, *_: object) -> list[object]:
        return list(
            db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
        )

    monkeypatch.setattr("monitor.review.site._LONGEST_QUESTION", 0.1)
    monkeypatch.setattr("monitor.review.queries.stories_since", endless)

    response = browser.get("/")

    assert response.status_code == 503
    assert "Ask for less" in response.text
    monkeypatch.undo()
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize(
    "path", ["/no/such/page/at/all", "/cspwatch/no_such_table", "/story/x", "/article/a1/version/x"]
)
def test_unknown_address_is_a_page_of_ours(browser: Browser, path: str) -> None:
    response = browser.get(path)

    assert response.status_code == 404
    assert "<h1>" in response.text
    assert "/page/review.css" in response.text


def test_policy_allows_no_inline_script_and_nothing_from_elsewhere() -> None:
    sources = {word for part in CONTENT_POLICY.split(";") for word in part.split()[1:]}

    assert sources == {"'none'", "'self'"}


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example:80", "", "[::1", "evil.example:8642"],
)
def test_foreign_host_is_misdirected(url: str, host: str) -> None:
    assert httpx.get(url, headers={"host": host}).status_code in {400, 421}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "LOCALHOST:99", "[::1]:5"])
def test_own_names_are_answered(url: str, host: str) -> None:
    assert httpx.get(url, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"origin": "http://127.0.0.1@evil.example"},
        {"origin": "[]"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_change_from_another_site_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    data = {"csrftoken": browser.token(), "url": "https://a.example/x"}

    assert browser.client.post("/missed", data=data, headers=headers).status_code == 403
    assert "a.example" not in browser.page("/missed")


def test_change_without_a_form_token_is_refused(url: str, browser: Browser) -> None:
    fields = {"url": "https://b.example/x"}
    token = browser.token()

    assert browser.client.post("/missed", data=fields).status_code == 403
    assert browser.client.post("/missed", data={**fields, "csrftoken": token[:-2] + "xx"}).status_code == 403
    with httpx.Client(base_url=url) as fresh:
        assert fresh.post("/missed", data=fields).status_code == 403
        assert fresh.post("/missed", data={**fields, "csrftoken": token}).status_code == 403
        assert fresh.post("/missed", data=fields, headers={"authorization": "Bearer x"}).status_code == 403
        bearer = {"authorization": "Bearer x", "cookie": "ds_csrftoken=x"}
        assert fresh.post("/missed", data=fields, headers=bearer).status_code == 403
    assert "b.example" not in browser.page("/missed")


def test_only_forms_of_sane_size_are_taken(browser: Browser) -> None:
    token = browser.token()

    post = browser.client.post
    assert post("/missed", json={"csrftoken": token}).status_code == 415
    assert post("/missed", data={"csrftoken": token, "url": "x" * 70_000}).status_code == 413
    assert post("/missed", content=iter([b"csrftoken=x"]), headers={"content-type": FORM}).status_code == 413


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_else_can_be_changed(browser: Browser, method: str) -> None:
    token = browser.token()
    for path in (
        *DATASETTE_PATHS,
        "/",
        "/ledger",
        "/cspwatch/-/create",
        "/cspwatch/article/-/insert",
        "/-/messages",
    ):
        response = browser.client.request(
            method, path, data={"csrftoken": token} if method == "POST" else None
        )
        assert response.status_code == 405, path
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "review.example"])
def test_page_for_others_without_a_token_does_not_start(tmp_path: Path, host: str) -> None:
    fill(tmp_path)
    with pytest.raises(ConfigError, match="token"):
        ReviewServer(config_for(tmp_path, f'port = 0\nhost = "{host}"'))


def test_page_on_every_address_needs_a_name(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(ConfigError, match="public_url"):
        ReviewServer(config_for(tmp_path, 'port = 0\nhost = "0.0.0.0"\ntoken = "t"'))


def test_page_for_others_with_a_token_answers_to_its_public_name_only(tmp_path: Path) -> None:
    fill(tmp_path)
    config = config_for(
        tmp_path, 'port = 0\nhost = "0.0.0.0"\ntoken = "t"\npublic_url = "https://news.example/"'
    )
    with served(config) as address:
        bearer = {"authorization": "Bearer t"}
        assert httpx.get(address, headers={**bearer, "host": "news.example"}).status_code == 200
        assert httpx.get(address, headers={**bearer, "host": "0.0.0.0"}).status_code == 421
        cookie = httpx.get(f"{address}/?token=t", headers={"host": "news.example", "accept": "text/html"})
        assert "; Secure" in cookie.headers["set-cookie"]


def test_every_route_needs_the_token(locked: tuple[str, Path]) -> None:
    ours = sample_paths()
    assert len(ours) == len(ROUTES)
    with httpx.Client(base_url=locked[0]) as client:
        for path in (*ours, *DATASETTE_PATHS):
            expected = 403 if path.startswith("/signed/") else 401
            for headers in ({}, {"authorization": "Bearer wrong"}, {"cookie": "cspwatch_token=wrong"}):
                assert client.get(path, headers=headers).status_code == expected, path
            assert client.get(f"{path}?token=wrong").status_code == expected, path
        for path in FORMS:
            assert client.post(path, data={"a": "b"}).status_code in {401, 403}, path


@pytest.mark.parametrize(
    "path",
    [
        "/%73igned/x",
        "/signed/../ledger",
        "/signed/%2e%2e/ledger",
        "//ledger",
        "/page/review.css/../../ledger",
    ],
)
def test_no_spelling_of_a_path_goes_around_the_token(locked: tuple[str, Path], path: str) -> None:
    host, port = locked[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))

    assert answer.split(b" ", 2)[1] in {b"302", b"401", b"403", b"404"}
    assert b"Filter the facts" not in answer


def test_token_opens_the_page_and_leaves_the_address(locked: tuple[str, Path]) -> None:
    with closing(Browser(locked[0])) as browser:
        response = browser.client.get("/ledger", params={"token": TOKEN, "event": "region"})

        assert str(response.url) == f"{locked[0]}/ledger?event=region"
        cookie = response.history[0].headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert browser.get("/sources").status_code == 200
        assert "Reported" in browser.submit("/missed", url="https://c.example/x").text


def test_token_in_the_address_never_leads_to_another_host(locked: tuple[str, Path]) -> None:
    answer = httpx.get(
        f"{locked[0]}//evil.example/x", params={"token": TOKEN}, headers={"accept": "text/html"}
    )

    assert answer.status_code == 303
    assert answer.headers["location"] == "/evil.example/x"


def test_script_reaches_the_page_with_a_bearer_token(locked: tuple[str, Path]) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}

    assert httpx.get(f"{locked[0]}/ledger.json", headers=bearer).status_code == 200
    assert httpx.get(f"{locked[0]}/feed.atom", params={"token": TOKEN}).status_code == 200


def test_no_answer_names_the_server_or_its_version(locked: tuple[str, Path]) -> None:
    headers = httpx.get(locked[0]).headers

    assert not {"server", "x-powered-by", "x-databases"} & set(headers)


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "story/s../x", ""]
)
def test_form_leads_back_to_our_pages_only(browser: Browser, back: str) -> None:
    response = browser.client.post(
        "/undo",
        data={"csrftoken": browser.token(), "verdict_id": "999", "back": back},
        follow_redirects=False,
    )

    assert response.headers["location"] == "/"


def test_signed_link_asks_first_and_does_what_it_was_signed_for(locked: tuple[str, Path]) -> None:
    address, folder = locked
    config = config_for(folder, f'port = 0\ntoken = "{TOKEN}"')
    with closing(open_database(folder / "cspwatch.db")) as db:
        alert_id, story_id = db.execute("SELECT alert_id, thread_id FROM alert LIMIT 1").fetchone()
    links = signed_links(config, address)(alert_id, story_id, "a1")
    with closing(Browser("")) as browser:
        asked = browser.client.get(links.wrong)
        browser.client.head(links.wrong)
        assert asked.status_code == 200
        assert "Record that this alert was wrong?" in asked.text
        assert verdicts_in(folder) == []

        fields = {"csrftoken": token_in(asked.text), "reason": "a mistake"}
        for _ in range(2):
            assert "Recorded" in browser.client.post(links.wrong, data=fields).text

    assert verdicts_in(folder) == [("wrong", "a mistake", "link")]


def test_link_to_mute_mutes(locked: tuple[str, Path]) -> None:
    address, folder = locked
    with closing(open_database(folder / "cspwatch.db")) as db:
        story_id = db.execute("SELECT story_id FROM story ORDER BY id DESC LIMIT 1").fetchone()[0]
    link = address + signed_path(page_key(folder), "mute", story_id)
    with closing(Browser("")) as browser:
        browser.client.post(link, data={"csrftoken": token_in(browser.client.get(link).text)})

    with closing(open_database(folder / "cspwatch.db")) as db:
        assert db.execute("SELECT muted_until FROM story WHERE story_id = ?", [story_id]).fetchone()[0]


def test_link_signed_for_one_thing_does_no_other(locked: tuple[str, Path]) -> None:
    address, folder = locked
    key = page_key(folder)
    with closing(open_database(folder / "cspwatch.db")) as db:
        alert_id = db.execute("SELECT alert_id FROM alert LIMIT 1").fetchone()[0]
    signature = signed_path(key, "useful", alert_id).rpartition("/")[2]

    for path in (
        f"/signed/wrong/{alert_id}/{signature}",
        f"/signed/useful/{alert_id[:-1]}0/{signature}",
        f"/signed/useful/{alert_id}/{signature[:-1]}g",
        f"/signed/delete/{alert_id}/{signature}",
    ):
        assert httpx.get(address + path).status_code in {401, 403, 404}, path


def test_links_of_an_alert_lead_to_the_page(tmp_path: Path) -> None:
    links = signed_links(config_for(tmp_path), "https://news.example/")("f00d", "s1", "a1")

    assert isinstance(links, Links)
    assert links.article == ""  # the outlet's own
    assert links.log == "https://news.example/story/s1"
    assert links.useful.startswith("https://news.example/signed/useful/f00d/")


def test_key_is_made_once_is_private_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    key = page_key(tmp_path)
    file = tmp_path / "review.key"

    assert page_key(tmp_path) == key
    assert len(key) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(MonitorError, match="chmod 600"):
        page_key(tmp_path)
    file.chmod(0o600)
    file.write_text("short")
    with pytest.raises(MonitorError, match="not a whole key"):
        page_key(tmp_path)


@given(st.text(max_size=40), st.text(max_size=40))
def test_signatures_of_different_targets_differ(one: str, other: str) -> None:
    key = b"k" * 32

    assert (signed_path(key, "useful", one) == signed_path(key, "useful", other)) == (one == other)


def token_in(html: str) -> str:
    found = re.search(r'name="csrftoken" value="([^"]+)"', html)
    assert found
    return found[1]


def verdicts_in(folder: Path) -> list[tuple[str, str, str]]:
    with closing(open_database(folder / "cspwatch.db")) as db:
        rows = db.execute(
            "SELECT verdict, reason, author FROM verdict WHERE target_kind = 'alert'"
        ).fetchall()
    return [tuple(row) for row in rows]
