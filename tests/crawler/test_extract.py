"""Pages written by us in the manner of real ones: the article and nothing but the article comes out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract import MAX_BYTES, extract_page
from crawler.items import Completeness, DateOrigin
from crawler.outcomes import Outcome
from crawler.readings import NotRead, PageReading
from crawler.sources import Source, SourceKind

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
URL = "https://news.example/wirtschaft/wolkenwerk-baut-in-malaysia"
SOURCE = Source(
    source_id="news", name="News", url="https://news.example/feed", kind=SourceKind.FEED, language="de"
)
BODY = [
    "Der Anbieter Wolkenwerk hat angekündigt, in Johor ein weiteres Rechenzentrum zu errichten und dafür Grund gekauft.",
    "Nach Angaben des Unternehmens fließen mehr als 400 Millionen Yuan in den Ausbau, der bis 2027 beendet sein soll.",
    "Analysten sehen darin einen Versuch, den Vorsprung der Wettbewerber in Südostasien zu verkürzen und Kunden zu binden.",
    "Die Regierung des Bundesstaates begrüßte das Vorhaben und verwies auf zugesagte Anschlüsse für Strom und Wasser.",
]


def page(
    *,
    head: str = "",
    body: list[str] | None = None,
    after: str = "",
    title: str = "Wolkenwerk baut in Malaysia",
) -> bytes:
    paragraphs = "".join(f"<p>{text}</p>" for text in (BODY if body is None else body))
    return f"""<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title} | News</title>
    <meta property="og:site_name" content="News">{head}</head><body>
    <nav><ul><li><a href="/">Start</a></li><li><a href="/politik">Politik</a></li></ul></nav>
    <main><article><h1>{title}</h1>{paragraphs}{after}</article></main>
    <aside class="related-articles"><h3>Auch interessant</h3><a href="/a">Ein anderer Bericht über andere Dinge</a></aside>
    <footer>Impressum</footer></body></html>""".encode()


def read(html: bytes, url: str = URL, **options: object) -> PageReading:
    return extract_page(html, url, fetched_at=NOW, **options)  # type: ignore[arg-type]


def test_only_the_article_is_text() -> None:
    reading = read(page(after='<div class="share-bar"><a href="#">Teilen</a></div>'))

    assert reading.text.split("\n") == BODY
    assert reading.title == "Wolkenwerk baut in Malaysia"
    assert (reading.outcome, reading.completeness, reading.language) == (Outcome.OK, Completeness.FULL, "de")


@pytest.mark.parametrize(
    "invitation",
    ["Schreibe einen Kommentar", "Leave a Reply", "Laisser un commentaire", "Deja una respuesta", "发表评论", "發佈留言",
     "コメントを残す", "댓글 남기기", "Оставить комментарий", "Geef een reactie", "Bir yanıt yazın", "Lascia un commento"],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["p", "h3"])
def test_an_invitation_to_comment_is_not_text(invitation: str, tag: str) -> None:
    reading = read(page(after=f"<{tag}>{invitation}</{tag}>"))

    assert reading.text.split("\n") == BODY


def test_a_sentence_that_speaks_of_comments_stays() -> None:
    sentence = "Leave a comment was the motto of the campaign with which the operator won the approval of the council."

    assert sentence in read(page(body=[*BODY, sentence, *BODY[:1]])).text


def test_a_body_selector_decides_where_it_fits_and_is_ignored_where_the_layout_moved() -> None:
    html = page().replace(b"<article>", b'<article class="story">')

    fits = read(html, source=_with_selector("article.story"))
    moved = read(html, source=_with_selector("div.gone"))

    assert (fits.extraction, moved.extraction) == ("selector", "trafilatura")
    assert fits.text == moved.text == "\n".join(BODY)


def test_what_pictures_show_is_not_text_where_a_selector_decides() -> None:
    shown = "<figure><img><figcaption>The port at dusk.</figcaption></figure>"
    named = (
        '<div class="InlineImage-embedCaption">The port at dawn.</div><div class="photo-credit">A. Name</div>'
    )
    html = page().replace(b"<article>", f'<article class="story">{shown}{named}'.encode())

    assert read(html, source=_with_selector("article.story")).text == "\n".join(BODY)


def _with_selector(selector: str) -> Source:
    return Source(
        source_id="s", name="S", url="https://news.example/", kind=SourceKind.LISTING, body_selector=selector
    )


def test_json_ld_in_a_graph_gives_dates_and_author() -> None:
    data = """<script type="application/ld+json">{"@graph": [{"@type": "Person", "@id": "#p", "name": "Ina Feld"},
    {"@type": "NewsArticle", "headline": "Wolkenwerk baut in Malaysia", "author": {"@id": "#p"},
     "datePublished": "2026-03-14T09:00:00+01:00", "dateModified": "2026-03-15T09:00:00+01:00"}]}</script>"""

    reading = read(page(head=data))

    assert (reading.published, reading.published_from) == (
        datetime(2026, 3, 14, 8, tzinfo=UTC),
        DateOrigin.JSON_LD,
    )
    assert (reading.modified, reading.author) == (datetime(2026, 3, 15, 8, tzinfo=UTC), "Ina Feld")


@pytest.mark.parametrize(
    "html",
    [
        page(
            body=[
                *BODY,
                "Founded in 1998, the company plans 2024 MW of capacity by 31 December 2025 at the latest.",
            ]
        ),
        page(after="").replace(b"</aside>", b'<time datetime="2026-03-01">1. Maerz</time></aside>'),
        page(head='<meta property="article:published_time" content="2031-01-01T00:00:00Z">'),
        page(head='<meta name="date" content="03/04/2026">'),
        page(head='<meta name="date" content="' + "9" * 5000 + '">'),
        page(after="<footer>© 2019-2026 News</footer>"),
    ],
    ids=["years in the text", "time in a sidebar", "future", "day or month first", "nonsense", "copyright"],
)
def test_a_page_without_a_date_gets_none(html: bytes) -> None:
    reading = read(html)

    assert (reading.published, reading.published_from) == (None, None)


def test_the_date_in_the_address_is_the_last_resort() -> None:
    assert read(page(), "https://news.example/2026/03/14/malaysia").published_from is DateOrigin.URL


@pytest.mark.parametrize(
    ("html", "outcome"),
    [
        (page(title="Seite nicht gefunden", body=["Die Seite wurde nicht gefunden."]), Outcome.NOT_ARTICLE),
        (
            b"<title>Just a moment...</title><body>Checking your browser before accessing news.example",
            Outcome.FORBIDDEN,
        ),
        (
            b"<title>News</title><body><h1>Before you continue</h1>We and our partners use cookies. Accept all",
            Outcome.CONSENT,
        ),
        (
            b"<title>News</title><h1>Your data</h1><p>We and our 1,204 partners store cookies.</p><b>Accept all</b>",
            Outcome.CONSENT,
        ),
        (
            b"<title>News</title><body><div><h2>We care about your privacy</h2><p>"
            + b"We and our 93 partners keep identifiers on a device to measure how this site is used. " * 3
            + b"</p></div>",
            Outcome.CONSENT,
        ),
        (
            b"<title>Guest Wi-Fi</title><body>Accept the terms to connect<form><input></form>",
            Outcome.CAPTIVE_PORTAL,
        ),
        (page(body=[BODY[0], "Weiterlesen mit News+: Jetzt Abo abschließen"]), Outcome.PAYWALL),
        (page(body=[BODY[0], BODY[1], "Mehr lesen"]), Outcome.TEASER),
        (b"<html><body></body></html>", Outcome.NOT_ARTICLE),
        (
            page(head='<meta property="og:type" content="article">', body=["Only for readers of the app."]),
            Outcome.EMPTY,
        ),
    ],
    ids=[
        *(
            "soft 404",
            "challenge",
            "consent",
            "consent without spaces between blocks",
            "consent without cookies",
        ),
        *("captive", "paywall", "teaser", "empty", "article without its text"),
    ],
)
def test_what_is_no_full_article_is_named(html: bytes, outcome: Outcome) -> None:
    assert read(html).outcome is outcome


def test_a_front_page_is_no_article_whatever_it_looks_like() -> None:
    assert read(page(), "https://news.example/").outcome is Outcome.NOT_ARTICLE


def test_a_link_to_the_rest_makes_a_teaser() -> None:
    html = page(body=BODY[:2], after='<p><a href="/rest">Weiterlesen</a></p>')

    assert (read(html).outcome, read(html).text) == (Outcome.TEASER, "\n".join(BODY[:2]))


TEXTS = {
    "gb18030": "云厂商宣布在马来西亚建设新的数据中心，投资超过四亿元人民币，预计明年投入使用。",
    "big5": "雲端業者宣布在馬來西亞建設新的資料中心，投資超過四億元，預計明年投入使用。",
    "cp932": "クラウド事業者はマレーシアに新しいデータセンターを建設すると発表した。投資額は大きい。",
    "euc_jp": "クラウド事業者はマレーシアに新しいデータセンターを建設すると発表した。投資額は大きい。",
    "iso2022_jp": "クラウド事業者はマレーシアに新しいデータセンターを建設すると発表した。",
    "euc_kr": "클라우드 업체는 말레이시아에 새로운 데이터 센터를 건설한다고 발표했다.",
    "cp1252": "Größere Anlagen für 5 € je Übung – „schöne“ Grüße aus der Straße in München.",
    "utf-8": "Größere Anlagen – 云厂商宣布在马来西亚建设新的数据中心。",
}


@pytest.mark.parametrize("http", [None, "utf-8", "right", "iso-8859-1"])
@pytest.mark.parametrize("meta", ["utf-8", "right"])
@pytest.mark.parametrize("encoding", TEXTS)
def test_a_mislabeled_encoding_is_seen_through(encoding: str, meta: str, http: str | None) -> None:
    label = encoding if meta == "right" else meta
    text = TEXTS[encoding]
    html = f'<html><head><meta charset="{label}"><title>x</title></head><body><article><h1>{text[:12]}</h1>'
    html += f"<p>{text * 4}</p><p>{text * 4}</p></article></body></html>"

    reading = read(html.encode(encoding), http_charset=encoding if http == "right" else http)

    assert text in reading.text
    assert not reading.encoding_doubtful


def test_replacement_characters_are_marked_as_doubtful() -> None:
    html = page().replace("ü".encode(), b"\xff", 1)

    assert read(html).encoding_doubtful


def test_control_bidi_and_zero_width_characters_and_surrogates_are_cleaned() -> None:
    html = page(
        body=[
            "Ein\x00\x1b \u202eText\u200b mit\ufeff Steuer&#x9b;zeichen &#xd83d; und \u2066mehr. " + BODY[0],
            *BODY,
        ]
    )

    text = read(html).text

    assert all(char >= " " or char in "\n\t" for char in text)
    assert not set(text) & set("\u202e\u200b\ufeff\u2066\x9b")
    text.encode("utf-8")


def test_chinese_is_told_apart_by_its_characters() -> None:
    def language(text: str) -> str | None:
        return read(
            f"<html lang=zh><body><article><h1>{text[:8]}</h1><p>{text * 9}</p></article>".encode()
        ).language

    assert (language(TEXTS["gb18030"]), language(TEXTS["big5"])) == ("zh-Hans", "zh-Hant")


@pytest.mark.parametrize(
    ("tag", "reserved"),
    [
        ('<meta name="robots" content="index, NOAI">', True),
        ('<meta name="cspwatch" content="noarchive">', True),
        ('<meta name="googlebot" content="noarchive">', False),
        ('<meta name="robots" content="noindex, max-snippet:50">', False),
    ],
)
def test_reservations_in_the_head_are_honored(tag: str, reserved: bool) -> None:
    assert read(page(head=tag)).noarchive is reserved


def test_share_of_the_text_that_stands_in_links_is_measured() -> None:
    plain = page()
    sentence = "This whole sentence leads to a page of the outlet about the same data center and its history."
    linked = plain.replace(b"</article>", f'<p><a href="/x">{sentence}</a></p></article>'.encode())

    without, within = read(plain), read(linked)

    assert without.link_density < 0.05
    assert sentence in within.text
    assert within.link_density == pytest.approx(len(sentence) / len(within.text), abs=0.05)


@pytest.mark.parametrize(("content", "reserved"), [("1", True), ("0", False), ("maybe", None)])
def test_choice_on_text_mining_in_the_head_is_reported(content: str, reserved: bool | None) -> None:
    reading = read(page(head=f'<meta name="tdm-reservation" content="{content}">'))

    assert reading.mining_reserved is reserved
    assert not reading.noarchive


def test_noarchive_and_syndication_are_reported() -> None:
    head = '<meta name="robots" content="noarchive"><link rel="canonical" href="https://agency.example/original">'

    reading = read(page(head=head))

    assert reading.noarchive
    assert (reading.canonical, reading.syndicated_from) == (None, "https://agency.example/original")


HOSTILE = {
    "unterminated json-ld": page(
        head='<script type="application/ld+json">{"a": "' + "\\x" * 48_000 + "</script>"
    ),
    "unterminated small json-ld": page(
        head='<script type="application/ld+json">{"a": "' + "\\\\" * 24_000 + "</script>"
    ),
    "deep json-ld": page(head='<script type="application/ld+json">' + "[" * 30_000 + "</script>"),
    "surrogate in json-ld": page(
        head='<script type="application/ld+json">{"@type":"Article","headline":"\\ud83d"}</script>'
    ),
    "huge title": page(title="T" * 100_000),
    "unclosed scripts": page(head="<script>x</script>" * 130_000, after="<script>" * 130_000),
    "blanks": page(after=" " * 1_000_000),
    "attributes": page(after="<p " + " ".join(f"a{number}" for number in range(250_000)) + ">x</p>"),
    "attributes in odd quotes": page(
        after="<p x='>' " + "".join(f'b{number}"c=1/' for number in range(150_000)) + ">x</p>"
    ),
    "attributes of many tags": page(
        after=("<p " + " ".join(f"a{number}" for number in range(2_000)) + ">x</p>") * 100
    ),
    "starts of tags": page(after="<a" * 900_000),
    "starts of tags with attributes": page(after="<a x='" * 300_000),
    "almost dates": page(after="<p>" + "2026-13-45 " * 5_000 + "</p>"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_are_read(name: str) -> None:
    reading = read(HOSTILE[name])

    assert BODY[0] in reading.text
    assert len(reading.title) <= 500
    (reading.title + reading.text).encode("utf-8")


def test_text_nested_deeper_than_libxml2_likes_is_read() -> None:
    assert (
        BODY[0]
        in read(page(body=["<div>" * 400 + "<p>" + "</p><p>".join(BODY) + "</p>" + "</div>" * 400])).text
    )


def test_a_page_that_is_too_large_is_refused_by_name() -> None:
    with pytest.raises(NotRead) as caught:
        read(page(after="<p>viel Text</p>" * (MAX_BYTES // 10)))

    assert caught.value.outcome is Outcome.TOO_LARGE


@pytest.mark.parametrize("body", [b"", b"  \n", b"%PDF-1.7 ..."])
def test_what_is_no_html_is_refused_by_name(body: bytes) -> None:
    with pytest.raises(NotRead) as caught:
        read(body)

    assert caught.value.outcome is Outcome.NOT_READ_FORMAT
