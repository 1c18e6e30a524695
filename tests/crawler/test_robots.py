"""robots.txt as RFC 9309 reads it."""

from __future__ import annotations

import pytest

from crawler.outcomes import Outcome
from crawler.robots import MAX_CRAWL_DELAY, no_robots, product_token, robots_rules, unknown_robots

AGENT = "cspwatch/0.1 (+https://example.org)"
SITE = "https://outlet.example"


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: cspwatch\nDisallow: /x", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: CSPWatch\nDisallow: /x", "/x", False),
        ("User-agent: other\nUser-agent: cspwatch\nDisallow: /x", "/x", False),
        ("User-agent: cspwatch\nDisallow: /x\n\nUser-agent: cspwatch\nDisallow: /y", "/y", False),
        ("User-agent: somebody\nDisallow: /", "/a", True),
        ("User-agent: *\n# a remark\n\nDisallow: /a # why\n", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("<html>not a robots file</html>", "/a", True),
    ],
)
def test_rules_are_read_for_our_name(text: str, path: str, allowed: bool) -> None:
    assert robots_rules(text.encode(), AGENT).allows(SITE + path) is allowed


def test_crawl_delay_and_sitemaps_are_read_and_bounded() -> None:
    rules = robots_rules(b"User-agent: *\nCrawl-delay: 5\nSitemap: https://outlet.example/news.xml\n", AGENT)
    greedy = robots_rules(b"User-agent: *\nCrawl-delay: 86400\n", AGENT)

    assert rules.crawl_delay == 5
    assert rules.sitemaps == ("https://outlet.example/news.xml",)
    assert greedy.crawl_delay == MAX_CRAWL_DELAY


def test_missing_file_allows_and_unknown_file_forbids() -> None:
    assert no_robots().allows(SITE)
    assert not unknown_robots(Outcome.ROBOTS_UNKNOWN, "500").allows(SITE)


def test_only_the_first_500_kib_of_a_huge_file_count() -> None:
    lines = [f"Disallow: /*a{number}*b*c$" for number in range(200_000)]
    body = "\n".join(["User-agent: *", "Disallow: /first", *lines, "Disallow: /last"]).encode()

    rules = robots_rules(body, AGENT)

    assert not rules.allows(SITE + "/first")
    assert rules.allows(SITE + "/last")
    assert "500 KiB" in rules.detail


def test_product_token_is_the_first_word_of_the_user_agent() -> None:
    assert product_token(AGENT) == "cspwatch"
