"""The catalogue and the user's own files: read, merged, checked."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from crawler.discovery import discover
from crawler.opml import opml_from_sources, read_opml, source_id_of
from crawler.sources import (
    _READERS,
    CATALOGUE,
    LISTED_KINDS,
    CatalogueError,
    Source,
    SourceKind,
    load_catalogue,
)
from tests.outlet_pages import listing


def problems_of(path: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue([path])
    return [f"{problem.source_id}: {problem.key}: {problem.message}" for problem in caught.value.problems]


def user_file(folder: Path, text: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_catalogue_is_sound() -> None:
    sources = load_catalogue()

    assert len(sources) > 200
    assert len({source.source_id for source in sources}) == len(sources)
    assert len({source.url.removesuffix("/") for source in sources}) == len(sources)
    for source in sources:
        assert source.family, source.source_id
        assert source.language, source.source_id
        assert source.country, source.source_id
        assert source.region, source.source_id
        assert source.enabled or source.remark.startswith("off: "), source.source_id
    assert {source.kind for source in sources} == set(LISTED_KINDS)


def test_sources_whose_terms_refuse_automated_use_are_off() -> None:
    sources = {source.source_id: source for source in load_catalogue()}

    for source_id in (
        "theverge",
        "arstechnica",
        "scmp-tech",
        "google-news-de-de",
        "bing-news",
        "nextplatform",
    ):
        assert not sources[source_id].enabled, source_id


def test_sister_titles_share_a_family() -> None:
    families = {source.source_id: source.family for source in load_catalogue()}

    assert families["dcd"] == families["dcd-es"]
    assert families["nikkei-asia"] == families["nikkei-xtech-it"] == families["ft-tech"]
    assert families["theregister"] == families["blocksandfiles"]
    assert families["heise"] != families["golem"]


def test_catalogue_has_no_pointers_to_research_notes() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in CATALOGUE.glob("*.yaml"))

    assert not re.search(r"code-index|evidence:|\((AIP|CAT|KOL|DIN|EW|REF)\b", text)


def test_every_field_of_a_source_can_be_written() -> None:
    assert set(_READERS) == {field.name for field in fields(Source)} - {"source_id"}


def test_user_file_adds_changes_and_switches_off(tmp_path: Path) -> None:
    path = user_file(
        tmp_path,
        """
- id: my-outlet
  name: My outlet
  url: http://localhost:8080/feed
  kind: feed
  country: NO
- id: golem
  paywall: partial
- id: heise
  enabled: no
""",
    )

    before = {source.source_id: source for source in load_catalogue()}
    after = {source.source_id: source for source in load_catalogue([path])}

    assert after["my-outlet"].country == "NO"
    assert after["golem"].paywall == "partial"
    assert after["golem"].url == before["golem"].url
    assert not after["heise"].enabled
    assert set(after) - set(before) == {"my-outlet"}


def test_all_mistakes_are_told_at_once_with_key_and_remedy(tmp_path: Path) -> None:
    path = user_file(
        tmp_path,
        """
- id: heisse
  lang: de
- id: My Bad
- id: one
  name: One
  kind: feeed
  url: ftp://example.org/
- id: two
  name: Two
  kind: feed
  url: https://user:secret@example.org/
  article_pattern: "(["
  body_selector: "div["
  country: Norway
- id: three
  name: Three
  kind: search
  url: https://example.org/?q=cloud
- id: three
  name: [a, b]
""",
    )

    problems = problems_of(path)

    for part in (
        "heisse: lang: is no key of a source; did you mean language?",
        "heisse: name: is missing; a new source needs id, name, url and kind; or did you mean to change heise?",
        "My Bad: id: must be lower-case letters",
        "one: kind: must be one of feed, sitemap, listing, search",
        "one: url: cannot be fetched: scheme ftp refused",
        "two: url: cannot be fetched: URL holds credentials",
        "two: article_pattern: is no valid regular expression",
        "two: body_selector: is no valid CSS selector",
        "two: country: must look like DE",
        "three: url: of a search must hold {query}",
        "three: id: stands twice in this file",
        "three: name: must be a single value",
    ):
        assert any(problem.startswith(part) for problem in problems), part
    assert "secret" not in "".join(problems)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "is no valid YAML"),
        ("just words", "must be a list of sources"),
        ("- just words", "must be lower-case"),
        ("\x00", "is no valid YAML"),
    ],
)
def test_file_that_is_no_list_of_sources_is_refused(text: str, message: str, tmp_path: Path) -> None:
    assert message in "".join(problems_of(user_file(tmp_path, text)))


def test_missing_and_empty_files(tmp_path: Path) -> None:
    assert "cannot be read" in "".join(problems_of(tmp_path / "nowhere.yaml"))
    assert load_catalogue([user_file(tmp_path, "")]) == load_catalogue()


def test_opml_round_trip_keeps_the_feeds() -> None:
    feeds = [source for source in load_catalogue() if source.kind is SourceKind.FEED]

    again = read_opml(opml_from_sources(load_catalogue())).sources

    assert {source.url for source in again} == {source.url for source in feeds}
    assert {source.name for source in again} == {source.name for source in feeds}
    assert len({source.source_id for source in again}) == len(again)


def test_opml_of_others_is_read_with_its_folders_and_oddities() -> None:
    body = """<?xml version="1.0"?><opml version="1.1"><head/><body>
      <outline text="Cloud"><outline text="Chips &amp; more"><outline text="A" xmlUrl="feed://a.example/rss"/></outline>
      <outline title="B" xmlUrl="https://b.example/feed" htmlUrl="javascript:alert(1)" language="de"/>
      <outline title="B again" xmlUrl="https://b.example/feed"/></outline>
      <outline text="no" xmlUrl="file:///etc/passwd"/><outline text="secret" xmlUrl="http://u:p@c.example/"/>
      <outline type="rss" text="Empty"/><outline text="Odd" XMLURL="https://d.example/a b"/>
      <outline text="Broken" xmlUrl="http://[/"/><outline text="Nowhere" xmlUrl="https:///feed"/>
      <outline text="Note without a feed"/>
    </body></opml>"""

    reading = read_opml(body.encode())
    sources = reading.sources

    assert reading.refused == (
        ("line 5: no", "its address is not on the web (file)"),
        ("line 5: secret", "its address holds a user name or password"),
        ("line 6: Empty", "has no address (xmlUrl)"),
        ("line 6: Odd", "its address holds blanks or control characters"),
        ("line 7: Broken", "its address is none"),
        ("line 7: Nowhere", "its address names no host"),
    )
    assert [(source.name, source.url, source.section) for source in sources] == [
        ("A", "http://a.example/rss", "Cloud / Chips & more"),
        ("B", "https://b.example/feed", "Cloud"),
    ]
    assert sources[1].homepage == ""
    assert sources[1].language == "de"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<opml", "well-formed"),
        (b"<rss/>", "root is rss"),
        (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "document type"),
    ],
)
def test_what_is_no_opml_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_opml(body)


def test_id_comes_from_the_name_or_the_host() -> None:
    assert source_id_of("Wörld Cloud: News!", "https://a.example/") == "world-cloud-news"
    assert source_id_of("机器之心", "https://www.jiqizhixin.com/rss") == "jiqizhixin-com"
    assert source_id_of("A paper", "https://a.example/", ["a-paper", "a-paper-2"]) == "a-paper-3"


def test_discovery_finds_feeds_sitemaps_and_the_page_itself() -> None:
    page = listing("https://outlet.example", 8).replace(
        "</head>",
        '<meta property="og:site_name" content="The Outlet">'
        '<link rel="alternate" type="application/rss+xml" title="News" href="/feed.xml?utm_source=x">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="alternate" hreflang="de" href="/de/"></head>',
    )
    page = page.replace("Imprint", 'Imprint</a> <a href="/tech/rss">Tech feed')
    robots = b"Sitemap: https://outlet.example/all.xml\nSitemap: https://outlet.example/news-sitemap.xml\n"

    found = discover(page.encode(), "https://outlet.example/news", robots=robots)

    assert [(source.kind, source.url) for source in found] == [
        ("feed", "https://outlet.example/feed.xml"),
        ("feed", "https://outlet.example/tech/rss"),
        ("sitemap", "https://outlet.example/news-sitemap.xml"),
        ("sitemap", "https://outlet.example/all.xml"),
        ("listing", "https://outlet.example/news"),
    ]
    assert found[0].language == "en"
    assert found[0].name == "The Outlet: News"
    assert len({source.source_id for source in found}) == len(found)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('<meta property="og:site_name" content=" The  Outlet ">', "The Outlet"),
        ('<meta name="application-name" content="Outlet News">', "Outlet News"),
        ("<title>Cloud news of the day | The Outlet</title>", "The Outlet"),
        ("<title>Outlet.Example - all about clouds</title>", "Outlet.Example"),
        ("<title>Clouds</title>", "outlet.example"),
        ("", "outlet.example"),
    ],
)
def test_source_is_named_after_what_its_site_calls_itself(head: str, name: str) -> None:
    feeds = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="/{number}.xml">'
        for number, title in enumerate(["RSS Feed", "feed", "RSS 2.0", "Tech", f"{name} » Feed"])
    )

    found = discover(f"<html><head>{head}{feeds}</head></html>".encode(), "https://www.outlet.example/")

    assert [source.name for source in found] == [name, name, name, f"{name}: Tech", f"{name} » Feed"]


@pytest.mark.parametrize("page", [b"", b"\x00\xff", b"<p>nothing here", b'<a href="http://[">x</a>'])
def test_discovery_survives_pages_with_nothing(page: bytes) -> None:
    assert discover(page, "https://outlet.example/") == []
