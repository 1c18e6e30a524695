"""Canonical URLs, identities, registrable domains."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.urls import canonical_url, registrable_domain, url_key

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "urls"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTP://News.Example:80", "http://news.example/"),
        (
            "https://news.example/a/../b/./c?utm_source=x&id=3&fbclid=1&b#part",
            "https://news.example/b/c?id=3&b",
        ),
        ("https://bücher.example/ü?q=ä", "https://xn--bcher-kva.example/%C3%BC?q=%C3%A4"),
        ("https://news.example/story/amp/", "https://news.example/story"),
        ("https://news.example/story.amp.html", "https://news.example/story.html"),
        ("https://news.example/story?print=1&id=7", "https://news.example/story?id=7"),
        ("https://news-example.cdn.ampproject.org/c/s/news.example/x", "https://news.example/x"),
        ("https://www.google.com/amp/s/news.example/x", "https://news.example/x"),
        (" https:\\\\news.example\\x\n", "https://news.example/x"),
        ("https://news.example/%e4%b8%ad%41?z=1&a=2", "https://news.example/%E4%B8%ADA?z=1&a=2"),
        ("https://[2001:DB8:0::1]:443/", "https://[2001:db8::1]/"),
    ],
)
def test_canonical_form(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


def test_relative_links_are_resolved_against_their_page() -> None:
    assert canonical_url("../b?x=1", "https://news.example/a/c/d") == "https://news.example/a/b?x=1"
    assert canonical_url("//cdn.example/b", "https://news.example/") == "https://cdn.example/b"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/hostname",
        "mailto:desk@news.example",
        "https://",
        "https://news.example:99999/",
        "https://exa mple.example/",
        "https://news.example/" + "a" * 3000,
        "news.example/x",
        "",
    ],
)
def test_what_is_no_http_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|host"):
        canonical_url(url)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="user name or password") as caught:
        canonical_url("https://desk:hunter2@news.example/")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "variant",
    [
        "http://news.example/story",
        "https://www.news.example/story/",
        "https://m.news.example/story?utm_medium=rss",
        "https://amp.news.example/story/amp",
        "https://news.example/story/print",
        "https://news.example/story#comments",
    ],
)
def test_variants_of_one_article_share_a_key(variant: str) -> None:
    assert url_key(variant) == url_key("https://news.example/story")


def test_different_articles_have_different_keys() -> None:
    urls = [
        "https://news.example/?p=1",
        "https://news.example/?p=2",
        "https://news.example/a",
        "https://a.example/a",
    ]

    assert len({url_key(url) for url in urls}) == len(urls)


@settings(max_examples=200)
@given(st.text(alphabet="ab/.%?&=#;ü漢 41\\:@[]+~", max_size=40))
def test_the_canonical_form_is_stable(tail: str) -> None:
    try:
        once = canonical_url("https://news.example/" + tail)
    except ValueError:
        return

    assert canonical_url(once) == once
    assert url_key(once) == url_key("https://news.example/" + tail)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.news.co.uk", "news.co.uk"),
        ("a.b.news.com.cn:8080", "news.com.cn"),
        ("writer.github.io", "writer.github.io"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason=f"no public URL data at {SHARED}")
def test_links_resolve_to_the_host_and_path_that_browsers_reach() -> None:
    cases = [c for c in json.loads((SHARED / "urltestdata.json").read_text()) if isinstance(c, dict)]
    web = [c for c in cases if not c.get("failure") and c.get("protocol") in ("http:", "https:")]
    wrong = []
    for case in web:
        base = case["base"] if case.get("base") and case["base"] != "about:blank" else None
        try:
            ours = canonical_url(case["input"], base)
        except ValueError:
            continue  # refusing more than a browser does is safe
        if not ours.startswith(f"{case['protocol']}//{case['host']}/"):
            wrong.append((case["input"], case["href"], ours))

    assert wrong == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason=f"no public URL data at {SHARED}")
def test_registrable_domains_agree_with_the_suffix_lists_own_cases() -> None:
    text = (SHARED / "test_psl.txt").read_text()
    pairs = re.findall(r"^checkPublicSuffix\('([^.'][^']*)', '([^']+)'\)", text, re.MULTILINE)

    assert [(h, d) for h, d in pairs if registrable_domain(h) != d.lower()] == []
    assert pairs


STORY = "https://news.example/2026/03/cloud-region"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?rct=j&sa=t&url=https://news.example/2026/03/cloud-region&ct=ga&usg=AOv",
        "https://www.google.co.uk/url?q=https%3A%2F%2Fnews.example%2F2026%2F03%2Fcloud-region%3Futm_source%3Dg&sa=U",
        "http://www.bing.com/news/apiclick.aspx?ref=FexRss&aid=&url=https%3a%2f%2fnews.example%2f2026%2f03%2fcloud-region&c=1",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fnews.example%2F2026%2F03%2Fcloud-region&h=AT",
    ],
)
def test_links_that_only_count_clicks_are_the_page_they_lead_to(link: str) -> None:
    assert canonical_url(link) == STORY
    assert url_key(link) == url_key(STORY)


@pytest.mark.parametrize(
    "link",
    [
        "https://www.google.com/url?q=javascript:alert(1)",
        "https://www.google.com/url?q=http://user:secret@news.example/",
        "https://www.google.com/url?q=https://www.google.com/url?q=https://www.google.com/",
        "https://www.google.com/search?q=https://news.example/",
        "https://google.attacker.example/url?q=https://news.example/",
        "https://news.example/url?q=https://elsewhere.example/",
    ],
)
def test_other_links_with_an_address_in_them_stay_what_they_are(link: str) -> None:
    assert canonical_url(link).split("?")[0] == link.split("?")[0]
    assert canonical_url(canonical_url(link)) == canonical_url(link)
