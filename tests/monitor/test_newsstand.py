"""The demo newsstand: real requests to its servers → is it what docs and other tests take it for?"""

from __future__ import annotations

import gzip
import json
import re
import smtplib
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import feedparser
import pytest

from crawler.sources import SourceKind
from monitor.demo.closing import compare
from monitor.demo.content import (
    DemoArticle,
    DemoEvent,
    DemoOutlet,
    Phase,
    articles,
    expectations,
    outlets,
    paragraphs,
)
from monitor.demo.server import Newsstand, start_newsstand
from monitor.demo.sinks import start_sinks

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
OUTLETS = {outlet.outlet_id: outlet for outlet in outlets()}
ARTICLES = {article.article_id: article for article in articles()}
EVENTS = expectations().events
LANGUAGES = {"de", "en", "zh-Hans", "zh-Hant", "ja", "fr"}


@pytest.fixture(scope="module")
def stand() -> Iterator[Newsstand]:
    with start_newsstand(NOW, Phase.LATER, manners=False) as newsstand:
        yield newsstand


def get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as reply:
            return reply.status, dict(reply.headers), reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def links(body: bytes, url: str, form: str) -> list[str]:
    """Article addresses that an index names, without their tracking parameters."""
    if form == "json-feed":
        found = [item["url"] for item in json.loads(body)["items"]]
    elif form == "news-sitemap":
        index = ElementTree.fromstring(body)
        children = [element.text or "" for element in index.findall(".//{*}loc")]
        found = [
            loc.text or ""
            for child in children
            for loc in ElementTree.fromstring(get(child)[2]).findall(".//{*}loc")
        ]
        found = [link for link in found if urlsplit(link).path != "/"]
    elif form == "html":
        base = url.removesuffix(urlsplit(url).path)
        found = [base + path.decode() for path in re.findall(rb'(?:<h2>|</time> )<a href="(/[^"]+)"', body)]
    else:
        parsed = feedparser.parse(body)
        assert not parsed.bozo, parsed.bozo_exception
        found = [entry.link for entry in parsed.entries]
    return [link.partition("?")[0] for link in found]


def on_page(article: DemoArticle, outlet: DemoOutlet) -> list[str]:
    texts = [text.removeprefix("## ") for text in paragraphs(article, outlet, NOW)]
    return texts[:1] if article.paywall else texts


def test_there_are_nine_outlets_in_six_languages_and_every_kind_of_index() -> None:
    assert len(OUTLETS) == 9
    assert {outlet.language for outlet in OUTLETS.values()} == LANGUAGES
    assert {outlet.index_format for outlet in OUTLETS.values()} == {
        "rss",
        "rss-full-text",
        "rdf",
        "atom",
        "json-feed",
        "news-sitemap",
        "html",
    }
    assert {outlet.encoding for outlet in OUTLETS.values()} == {
        "utf-8",
        "gb18030",
        "big5",
        "shift_jis",
        "windows-1252",
    }


def test_every_article_is_either_part_of_one_event_or_a_look_alike() -> None:
    carried = Counter(name for event in EVENTS for name in event.all_articles)
    look_alikes = set(expectations().look_alikes)
    assert not look_alikes & set(carried)
    assert set(carried) | look_alikes == set(ARTICLES)
    assert set(carried.values()) == {1}
    assert len(ARTICLES) >= 60
    assert 0.35 <= len(look_alikes) / len(ARTICLES) <= 0.45


def test_there_are_enough_events_languages_and_developments() -> None:
    assert len(EVENTS) >= 16
    several = [
        event
        for event in EVENTS
        if len({OUTLETS[ARTICLES[name].outlet_id].language for name in event.all_articles}) > 1
    ]
    assert len(several) >= 6
    turns = [turn for event in EVENTS for turn in event.developments]
    assert {turn.status for turn in turns} >= {"live", "denied", "cancelled"}
    assert {"amount", "status"} == {turn.change for turn in turns}
    assert {event.direction for event in EVENTS} == {"expansion", "contraction"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event_id)
def test_articles_of_an_event_stand_in_the_order_of_their_publication(event: DemoEvent) -> None:
    names = event.articles
    published = [ARTICLES[name].published(NOW) for name in names]
    assert published == sorted(published)
    for turn in event.developments:
        assert all(ARTICLES[name].phase is Phase.LATER for name in turn.articles)
        assert all(ARTICLES[name].published(NOW) > published[-1] for name in turn.articles)
    assert event.fresh == (ARTICLES[names[0]].age < timedelta(hours=72))


@pytest.mark.parametrize("outlet_id", sorted(OUTLETS))
def test_an_index_names_every_article_of_its_outlet(stand: Newsstand, outlet_id: str) -> None:
    outlet = OUTLETS[outlet_id]
    source = next(source for source in stand.sources if source.source_id == outlet_id)
    status, _, body = get(source.url)
    assert status == 200
    expected = {url for name, url in stand.urls.items() if name.startswith(f"{outlet_id}/")}
    assert set(links(body, source.url, outlet.index_format)) == expected


@pytest.mark.parametrize("article_id", sorted(ARTICLES))
def test_an_article_page_holds_its_text_in_the_outlets_encoding(stand: Newsstand, article_id: str) -> None:
    article = ARTICLES[article_id]
    outlet = OUTLETS[article.outlet_id]
    status, headers, body = get(stand.urls[article_id])
    assert status == 200
    assert headers["Content-Type"].partition("charset=")[2] == outlet.declared
    page = body.decode(outlet.encoding)
    if article.consent:
        assert on_page(article, outlet)[0] not in page
        return
    for text in on_page(article, outlet):
        assert text.replace("'", "&#39;").replace('"', "&#34;") in page
    if not article.paywall:
        assert all(phrase.replace("'", "&#39;") in page for phrase in outlet.boilerplate)
    assert outlet.meta_charset in page
    assert "{" not in "".join((*on_page(article, outlet), article.title.replace("{year+2}", "")))


def test_boilerplate_is_part_of_no_article() -> None:
    texts = [
        text for article in ARTICLES.values() for text in (*article.body, article.title, article.summary)
    ]
    assert not [
        phrase
        for outlet in OUTLETS.values()
        for phrase in outlet.boilerplate
        for text in texts
        if phrase in text
    ]


def test_the_mislabeled_outlet_sends_bytes_that_are_no_utf_8(stand: Newsstand) -> None:
    _, headers, body = get(stand.urls["nordlicht/ovhcloud-verschiebt-warschau"])
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    assert "französische" in body.decode("windows-1252")


def test_the_full_text_feed_holds_full_texts(stand: Newsstand) -> None:
    source = next(source for source in stand.sources if source.full_text_feed)
    for entry in feedparser.parse(get(source.url)[2]).entries:
        name = f"{source.source_id}/{urlsplit(entry.link).path.strip('/').rpartition('/')[2]}"
        content = entry.content[0].value
        assert all(text in content for text in on_page(ARTICLES[name], OUTLETS[source.source_id]))


def test_a_known_page_is_answered_304_by_tag_and_by_date(stand: Newsstand) -> None:
    for source in stand.sources:
        status, headers, _ = get(source.url)
        assert status == 200
        assert get(source.url, If_None_Match=headers["ETag"])[0] == 304
        assert get(source.url, If_Modified_Since=headers["Last-Modified"])[0] == 304
        assert get(source.url, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0] == 200


def test_bodies_are_compressed_for_who_asks(stand: Newsstand) -> None:
    url = stand.urls["klarwolke/aws-ausbau-osaka"]
    _, headers, packed = get(url, Accept_Encoding="gzip")
    assert headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == get(url)[2]


def test_robots_txt_forbids_the_advertisement_only(stand: Newsstand) -> None:
    url = stand.urls["nordlicht/anzeige-sicher-in-die-cloud"]
    robots = RobotFileParser()
    robots.parse(get(url.removesuffix(urlsplit(url).path) + "/robots.txt")[2].decode().splitlines())
    forbidden = [name for name, address in stand.urls.items() if not robots.can_fetch("cspwatch", address)]
    assert forbidden == ["nordlicht/anzeige-sicher-in-die-cloud"]


def test_outlets_have_addresses_of_their_own_and_known_kinds(stand: Newsstand) -> None:
    hosts = {urlsplit(source.url).netloc for source in stand.sources}
    assert hosts == stand.allowed_addresses
    assert len(hosts) == len(OUTLETS)
    assert {source.kind for source in stand.sources} == {
        SourceKind.FEED,
        SourceKind.SITEMAP,
        SourceKind.LISTING,
    }
    assert {source.language for source in stand.sources} == LANGUAGES


def test_syndicated_copies_name_the_original_of_their_sister_title(stand: Newsstand) -> None:
    copies = [article for article in ARTICLES.values() if article.copy_of]
    assert copies
    for article in copies:
        assert article.copy_of is not None
        original = ARTICLES[article.copy_of]
        assert article.body == original.body
        assert OUTLETS[article.outlet_id].family == OUTLETS[original.outlet_id].family
        page = get(stand.urls[article.article_id])[2].decode()
        assert f'rel="canonical" href="{stand.urls[article.copy_of]}"' in page


def test_variants_of_an_address_lead_to_the_same_article(stand: Newsstand) -> None:
    url = stand.urls["klarwolke/aws-ausbau-osaka"]
    for variant in (f"{url}?utm_source=feed", f"{url}amp/", f"{url}?print=1"):
        assert f'<link rel="canonical" href="{url}">' in get(variant)[2].decode()


def test_manners_show_once_and_are_logged() -> None:
    with start_newsstand(NOW) as newsstand:
        newsstand.advance()
        sources = {source.source_id: source for source in newsstand.sources}
        first, headers, _ = get(sources["yunbian"].url)
        second, _, _ = get(sources["yunbian"].url)
        assert (first, second) == (429, 200)
        assert int(headers["Retry-After"]) > 0
        case = newsstand.urls["cloudmeridian/airline-moves-crew-planning"]
        assert [get(case)[0], get(case)[0]] == [500, 200]
        assert feedparser.parse(get(sources["nuageclair"].url)[2]).entries
        assert newsstand.statuses == {429: 1, 200: 3, 500: 1, 301: 1}
        assert [seen.outlet_id for seen in newsstand.requests[:2]] == ["yunbian", "yunbian"]


def test_phases_publish_the_backlog_then_today_then_the_developments() -> None:
    with start_newsstand(NOW, 0, manners=False) as newsstand:
        source = newsstand.sources[0]
        _, headers, _ = get(source.url)
        counts = [len(newsstand.urls)]
        newsstand.advance()
        assert get(source.url, If_None_Match=headers["ETag"])[0] == 200
        counts.append(len(newsstand.urls))
        newsstand.advance()
        counts.append(len(newsstand.urls))
        assert newsstand.advance() is Phase.LATER
    developments = sum(len(turn.articles) for event in EVENTS for turn in event.developments)
    assert counts[2] == len(ARTICLES)
    assert counts[2] - counts[1] == developments
    assert 0 < counts[0] < counts[1]


def test_everything_is_dated_before_the_start_whenever_that_is() -> None:
    for start in (NOW, datetime(2031, 1, 1, 0, 5, tzinfo=UTC)):
        with start_newsstand(start, Phase.LATER, manners=False) as newsstand:
            source = next(source for source in newsstand.sources if source.source_id == "klarwolke")
            dates = [entry.published_parsed for entry in feedparser.parse(get(source.url)[2]).entries]
            assert dates
            assert all(datetime(*date[:6], tzinfo=UTC) < start for date in dates)


def test_sinks_keep_the_mail_and_the_webhook_call_that_they_take() -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Größe 阿里云", "a@demo.example", "b@demo.example"
    mail.set_content("erste Zeile\n.zweite Zeile\n")
    with start_sinks() as sinks:
        with smtplib.SMTP(sinks.smtp_host, sinks.smtp_port, timeout=10) as client:
            client.send_message(mail)
        request = urllib.request.Request(sinks.webhook_url, data=b'{"a": 1}', headers={"X-Id": "7"})
        with urllib.request.urlopen(request, timeout=10) as reply:
            assert reply.status == 200
        assert [kept.message["Subject"] for kept in sinks.mails] == ["Größe 阿里云"]
        assert sinks.mails[0].message.get_content().splitlines() == ["erste Zeile", ".zweite Zeile"]
        assert sinks.mails[0].recipients == ("b@demo.example",)
        assert [(post.data, post.headers["x-id"]) for post in sinks.posts] == [({"a": 1}, "7")]


def test_alerts_are_compared_with_the_events_they_should_tell_of(stand: Newsstand) -> None:
    urls = stand.urls
    perfect = [
        [urls[name]]
        for event in EVENTS
        for name in (
            *event.articles[: event.fresh],
            *(turn.articles[0] for turn in event.developments if turn.alerts),
        )
    ]
    assert compare(perfect, urls, expectations()).exact
    look_alike, twice = (
        urls["klarwolke/csp-header-richtig-setzen"],
        [urls["hikumo/aws-osaka-kakucho"] + "?a=1"],
    )
    elsewhere = ["http://elsewhere.example/", urls["hikumo/sakura-ishikari-gpu"]]
    result = compare(
        [*perfect[1:], twice, [look_alike], elsewhere, ["http://x.example/"]], urls, expectations()
    )
    assert result.due == len(perfect) == 24
    assert result.alerts == len(perfect) + 3
    assert result.missed == {"chinese-clouds-abroad": 1}
    assert result.repeated == {"aws-osaka": 1, "sakura-ishikari": 1}
    assert result.false == ("klarwolke/csp-header-richtig-setzen",)
    assert result.strange == ("http://x.example/",)
