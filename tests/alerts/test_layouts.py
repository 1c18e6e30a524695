"""Layouts: titles from facts in every language, hostile text that breaks nothing, Slack's limits, the webhook schema."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from alerts.delivery import notice
from alerts.errors import UnknownLayoutError
from alerts.layouts import LAYOUTS, default_layout, languages, render, render_digest
from alerts.layouts.safe import clip, one_line, web_link
from alerts.layouts.words import words
from alerts.model import (
    Alert,
    AlertKind,
    Coverage,
    Label,
    Links,
    Message,
    Notice,
    Place,
    Quantity,
    Quote,
    Saying,
    Severity,
    short_id_of,
)
from tests.alerts.builders import HUAWEI, NOW, QUOTE, alert, channel, fact, report
from tests.alerts.jsonschema import problems_of

SCHEMA = Path(__file__).parents[2] / "alerts" / "layouts" / "webhook.schema.json"
COVERAGE = Coverage(
    sources=60,
    checked=58,
    silent=("heise",),
    teaser_only=("Caixin",),
    failing=("c114",),
    held_back={"silenced": 2, "rate": 1},
)


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Alibaba Cloud · data center · Malaysia (Johor) · over CNY 400 m · announced"),
        ("de", "Alibaba Cloud · Rechenzentrum · Malaysia (Johor) · über 400 Mio. CNY · angekündigt"),
        ("zh", "阿里云 · 数据中心 · 马来西亚（柔佛） · 超过4亿元人民币 · 已宣布"),
        ("zh-TW", "阿里云 · 資料中心 · 馬來西亞（柔佛） · 超過4億元人民幣 · 已宣布"),
        ("de-AT", "Alibaba Cloud · Rechenzentrum · Malaysia (Johor) · über 400 Mio. CNY · angekündigt"),
    ],
)
def test_title_is_composed_from_facts_in_the_readers_language(language: str, title: str) -> None:
    assert render(alert(), channel(language=language), NOW).title == title


LINK_KEYS = ("article", "log", "useful", "wrong", "mute")


def test_language_or_layout_that_is_not_shipped_is_named_with_the_remedy() -> None:
    with pytest.raises(UnknownLayoutError, match=r"catalogues/xx\.yaml"):
        render(alert(), channel(language="xx"), NOW)
    with pytest.raises(UnknownLayoutError, match="webhook"):
        render(alert(), channel(layout="fax"), NOW)


@pytest.mark.parametrize("language", languages())
def test_every_catalogue_has_every_message_of_english(language: str) -> None:
    def keys(value: object) -> object:
        forms = isinstance(value, dict) and "other" in value
        return (
            {key: keys(part) for key, part in value.items()}
            if isinstance(value, dict) and not forms
            else None
        )

    own, english = dict(words(language).messages), dict(words("en").messages)
    for free in ("compact", "currencies"):
        own.pop(free)
        english.pop(free)
    assert keys(own) == keys(english)


@pytest.mark.parametrize(
    ("amount", "en", "de", "zh"),
    [
        (Quantity(value=Decimal("2.7e9"), unit="USD"), "USD 2.7 bn", "2,7 Mrd. USD", "27亿美元"),
        (Quantity(value=Decimal(384), unit="ACCEL"), "384 accelerators", "384 Beschleuniger", "384张加速卡"),
        (Quantity(value=Decimal(1), unit="REGION"), "1 region", "1 Region", "1个区域"),
        (
            Quantity(value=Decimal("120.5"), unit="MW", op="<="),
            "up to 120.5 MW",
            "bis zu 120,5 MW",
            "最多120.5 MW",
        ),
        (
            Quantity(value=Decimal(10), value_max=Decimal(20), unit="MW"),
            "10 MW to 20 MW",
            "10 MW bis 20 MW",
            "10 MW至20 MW",
        ),
    ],
)
def test_amounts_are_written_as_the_reader_writes_them(amount: Quantity, en: str, de: str, zh: str) -> None:
    one = alert(facts=(fact(amounts=(amount,)),))

    for language, expected in (("en", en), ("de", de), ("zh", zh)):
        assert f" · {expected} · " in render(one, channel(language=language), NOW).title


@pytest.mark.parametrize(
    ("iso", "en", "de", "zh"),
    [
        ("2027", "2027", "2027", "2027"),
        ("<=2027", "by 2027", "bis 2027", "2027之前"),
        (">=2026-05", "from May 2026", "ab Mai 2026", "2026年5月起"),
        ("2026-Q3", "Q3 2026", "3. Quartal 2026", "2026年第3季度"),
        ("2026-05-14", "May 14, 2026", "14.05.2026", "2026年5月14日"),
        ("2026-13-99", "2026-13-99", "2026-13-99", "2026-13-99"),
    ],
)
def test_times_are_written_as_the_reader_writes_them(iso: str, en: str, de: str, zh: str) -> None:
    assert tuple(words(language).interval(iso) for language in ("en", "de", "zh")) == (en, de, zh)


def test_development_says_what_is_new_in_words() -> None:
    one = alert(
        kind=AlertKind.DEVELOPMENT, changes=("status|planned|live", "place||MY:Johor", "seen on two sites")
    )

    message = render(one, channel(language="de"), NOW)

    assert message.title.startswith("Neues: Alibaba Cloud")
    assert "neu: Status geplant → in Betrieb" in message.text
    assert "neu: Ort Malaysia (Johor)" in message.text
    assert "seen on two sites" in message.text


def test_outlets_are_counted_with_the_independent_ones_and_the_first() -> None:
    one = alert(reports=(report("Caixin", minutes=28), report("Copycat", independent=False), report("heise")))

    text = render(one, channel(), NOW).text

    assert "3 outlets, 2 independent, first: Caixin\n" in text


def test_age_is_that_of_the_hour_and_the_ids_are_for_good() -> None:
    first, later = (render(alert(), channel(), NOW + timedelta(hours=hours)) for hours in (0, 5))

    assert "28 min ago" in first.text
    assert "5 hr ago" in later.text
    assert (first.message_id, first.headers, first.title) == (later.message_id, later.headers, later.title)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_repeat_says_that_it_may_be_one_and_keeps_its_ids(layout: str) -> None:
    own = channel(layout=layout)

    first, again = render(alert(), own, NOW), render(alert(), own, NOW, repeat=True)

    assert (first.message_id, first.headers) == (again.message_id, again.headers)
    assert "repeat" in again.text
    assert "repeat" not in first.text
    assert short_id_of(alert().alert_id) in again.text


def test_same_alert_on_two_channels_has_two_ids() -> None:
    assert render(alert(), channel("a"), NOW).message_id != render(alert(), channel("b"), NOW).message_id


@pytest.mark.parametrize(
    ("url", "layout"),
    [
        ("mailtos://a", "mail"),
        ("slack://a", "slack"),
        ("json://a", "webhook"),
        ("ntfy://a", "short"),
        ("tgram://a", "text"),
        ("console:", "text"),
    ],
)
def test_layout_follows_the_service(url: str, layout: str) -> None:
    assert default_layout(url) == layout


def test_digest_ends_with_its_coverage() -> None:
    message = render_digest([alert()], COVERAGE, channel(), NOW, key="mail|2026-11-24|07:30")

    *_, checked, silent, failing, teaser, held, _ = message.text.splitlines()
    assert checked == "Coverage: 58 of 60 sources checked"
    assert silent.endswith("heise")
    assert failing.endswith("c114")
    assert teaser.endswith("Caixin")
    assert held == "held back: 2 silenced, 1 over the rate"


@pytest.mark.parametrize("part", ["text", "html"])
def test_each_item_of_a_digest_mail_can_be_called_useful_or_wrong_and_its_story_muted(part: str) -> None:
    alerts = [
        alert(
            f"s{number}|new", links=Links(**{key: f"https://x.example/{key}/{number}" for key in LINK_KEYS})
        )
        for number in range(3)
    ]

    message = render_digest(alerts, None, channel(layout="mail"), NOW)

    shown = message.text if part == "text" else message.html
    assert shown is not None
    for number in range(3):
        for key in LINK_KEYS:
            assert shown.count(f"https://x.example/{key}/{number}") == 1


def test_quiet_digest_of_a_healthy_watch_says_so() -> None:
    message = render_digest([], Coverage(sources=60, checked=60), channel(), NOW)

    assert message.title == "No alerts"
    assert "no source silent or failing" in message.text


# Hostile text: what an outlet may put into any field that reaches a channel.
LONG = "A very long headline " * 500
HOSTILE = [
    "line one\r\nBcc: victim@example.org\r\n\r\nbody",
    "tab\tand\x0bvertical\x0cfeed\x00nul\x1b[31mred",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "</title></head><body>",
    "{{ 7 * 7 }} {% include 'x' %} ${x} %s {0} {name}",
    "**bold** _it_ `code` ~s~ [link](https://evil.example) # head",
    "<https://evil.example|Your bank> <@U123> <!here> <!channel> <#C1>",
    "@everyone @here @channel @all <!everyone> &lt;!here&gt;",
    "abc\u202egnp.exe\u2066 \u200f\u061c rtl",
    "zero\u200bwidth\u2060joiner\ufeff \U000e0041tag",
    "👩‍👩‍👧‍👦" * 100,
    "e\u0301" * 300,
    "\ud800 lone surrogate \udfff",
    LONG,
    "",
    " \n ",
    "\"quotes\" 'single' & ampersand",
    "javascript:alert(1)",
    "华为云在马来西亚扩张" * 60,
]


def hostile_alert(text: str) -> Alert:
    return alert(
        facts=(
            fact(
                Label(id="x", names={"": text}), Place(id="MY:X", country="MY", names={"": text}), when=text
            ),
            fact(Label(id="y", names={"": text}), event=text or "x", status=text or "x"),
        ),
        quotes=(Quote(text=text, language="en", url=text, outlet=text, marks=((0, 3), (2, 5), (-4, 9000))),),
        reports=(report(text or "x"),),
        headline=text,
        changes=(text, f"amount|{text}|{text}"),
        links=Links(
            article=text, log="https://log.example/1", mute=f"https://log.example/m\r\nBcc: x@y.z{text}"
        ),
    )


class Tags(HTMLParser):
    """Tags and links of a page, as a mail client would find them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def hostile_notice(text: str) -> Notice:
    return Notice(
        title=Saying(key="channel-broken", values=(text,)),
        lines=(
            Saying(key="named", values=(text,)),
            Saying(key="failing-since", values=(text,), times=(NOW,), words=(f"outcomes.{text}",)),
        ),
    )


def everything(message: Message) -> str:
    return "\n".join([message.title, message.text, json.dumps(message.data, ensure_ascii=True, default=str)])


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_breaks_no_layout(layout: str, text: str) -> None:
    own = channel(layout=layout)
    messages = [
        render(hostile_alert(text), own, NOW),
        render(notice("key", hostile_notice(text), NOW), own, NOW),
        render_digest([hostile_alert(text), alert()], COVERAGE, own, NOW),
    ]

    for message in messages:
        assert len(message.title) <= 200
        assert message.title.strip()
        for part in (message.title, message.text, message.html or ""):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part)
        assert "\n" not in message.title
        assert not any("\n" in value or "\r" in value for value in message.headers.values())
        message.text.encode()


@pytest.mark.parametrize("layout", ["text", "mail", "short", "slack"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_mentions_are_dead_in_every_text(layout: str, text: str) -> None:
    message = render(hostile_alert(text), channel(layout=layout), NOW)

    shown = f"{message.title}\n{message.text}\n{json.dumps(message.data, ensure_ascii=False, default=str)}"
    assert not re.search(r"@(everyone|here|channel|all)|<[!@#]", shown)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_mail_holds_no_tag_link_or_handler_of_an_article(text: str) -> None:
    for message in (
        render(hostile_alert(text), channel(layout="mail"), NOW),
        render_digest([hostile_alert(text)], COVERAGE, channel(layout="mail"), NOW),
    ):
        page = Tags(message.html or "")

        assert page.names <= {
            "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td",
            "p", "h1", "h2", "a", "blockquote", "span", "br",
        }  # fmt: skip
        assert page.handlers == []
        assert all(link.startswith(("https://", "http://")) for link in page.links)


def slack_texts(blocks: list[dict[str, object]]) -> list[dict[str, str]]:
    found = []
    for block in blocks:
        found += [
            part for part in (block.get("text"), *block.get("fields", ()), *block.get("elements", ())) if part
        ]  # type: ignore[misc]
    return found  # type: ignore[return-value]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_slack_payload_keeps_the_limits_of_block_kit(text: str) -> None:
    one = alert(
        facts=tuple(fact(Label(id="x", names={"": text})) for _ in range(30)),
        quotes=hostile_alert(text).quotes * 9,
    )
    many = [hostile_alert(text)] + [
        alert(f"s{n}|new", facts=(fact(Label(id=f"p{n}", names={"": f"{n} {text}"})),)) for n in range(80)
    ]

    for message in (
        render(one, channel(layout="slack"), NOW, repeat=True),
        render(hostile_alert(text), channel(layout="slack"), NOW),
        render_digest(many, COVERAGE, channel(layout="slack"), NOW),
        render_digest([alert(f"s{n}|new") for n in range(200)], COVERAGE, channel(layout="slack"), NOW),
    ):
        assert message.data is not None
        blocks = message.data["blocks"]
        assert isinstance(blocks, list)
        assert 1 <= len(blocks) <= 50
        limits = {"header": 150, "section": 3000, "context": 2000}
        for block in blocks:
            assert len(block.get("fields", ())) <= 10
            for part in slack_texts([block]):
                assert 1 <= len(part["text"]) <= (2000 if "fields" in block else limits[block["type"]])
                if part["type"] == "mrkdwn":
                    links = re.sub(r"<https?://[^|<>]*\|[^<>]*>", "", part["text"])
                    assert "<" not in links
                    assert not re.search(r"&(?!amp;|lt;|gt;)", links)


def test_digest_in_slack_tells_every_alert_with_its_links_in_as_many_texts_as_it_takes() -> None:
    links = Links(**{key: f"https://x.example/{key}/{'x' * 120}" for key in LINK_KEYS})
    alerts = [alert(f"s{number}|new", links=links) for number in range(40)]

    data = render_digest(alerts, None, channel(layout="slack"), NOW).data

    assert data is not None
    texts = [block["text"]["text"] for block in data["blocks"] if block["type"] == "section"]  # type: ignore[attr-defined]
    assert len(texts) > 5
    assert all(len(text) <= 3000 for text in texts)
    assert sum(text.count("• ") for text in texts) == 40
    assert sum(text.count("|Mute this story>") for text in texts) == 40


def test_digest_in_slack_counts_the_alerts_that_find_no_room() -> None:
    links = Links(article=f"https://x.example/{'x' * 1900}")
    alerts = [alert(f"s{number}|new", links=links) for number in range(60)]

    data = render_digest(alerts, None, channel(layout="slack"), NOW).data

    assert data is not None
    blocks: list[dict[str, object]] = data["blocks"]  # type: ignore[assignment]
    shown = json.dumps(blocks, ensure_ascii=False)
    assert len(blocks) <= 50
    assert shown.count("• ") + int(re.findall(r'"\+ (\d+)"', shown)[0]) == 60


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_webhook_keeps_its_schema(text: str) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    for message in (
        render(alert(), channel(layout="webhook"), NOW),
        render(hostile_alert(text), channel(layout="webhook"), NOW),
        render(
            alert(kind=AlertKind.TEST, facts=(), quotes=(), reports=(), published=None),
            channel(layout="webhook"),
            NOW,
        ),
        render_digest([alert(), hostile_alert(text)], COVERAGE, channel(layout="webhook"), NOW),
        render_digest([], None, channel(layout="webhook"), NOW),
    ):
        assert problems_of(json.loads(json.dumps(message.data)), schema) == []


def test_schema_check_finds_what_is_wrong() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    data = json.loads(json.dumps(render(alert(), channel(layout="webhook"), NOW).data))

    assert problems_of(data | {"severity": "loud"}, schema)
    assert problems_of({key: value for key, value in data.items() if key != "facts"}, schema)
    assert problems_of(data | {"created_at": "yesterday"}, schema)


def test_slack_bold_stands_at_the_edge_of_words() -> None:
    quote = Quote(text=QUOTE + " In Johor, so.", language="zh", url="", outlet="x", marks=((0, 3), (29, 34)))
    assert quote.text[29:34] == "Johor"

    data = render(alert(quotes=(quote,)), channel(layout="slack"), NOW).data or {}

    shown = json.dumps(data, ensure_ascii=False)
    assert "> *阿里云* 计划投资" in shown
    assert "In *Johor*, so." in shown


def test_short_text_fits_into_three_text_messages() -> None:
    message = render(hostile_alert(LONG), channel(layout="short"), NOW)

    assert len(message.title) <= 120
    assert len(message.text) <= 200


def test_quote_keeps_its_text_and_its_marked_words() -> None:
    page = render(alert(), channel(layout="mail"), NOW).html or ""

    marked = re.findall(r'<span class="mark"[^>]*>([^<]*)</span>', page)
    assert marked == [QUOTE[0:3], QUOTE[8:14]]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/x?y=1&z=2", True),
        ("javascript:alert(1)", False),
        ("https://a.example/ x", False),
        ("https://a.example/\r\nx", False),
        ('https://a.example/"onclick=', False),
        ("https://a.example/" + "x" * 3000, False),
    ],
)
def test_only_plain_web_links_are_links(url: str, kept: bool) -> None:
    assert bool(web_link(url)) is kept


def test_cut_never_splits_an_emoji_or_an_accent() -> None:
    assert clip("👩‍👩‍👧 " * 50, 100).rstrip("…").rstrip()[-1] in "👩👧"
    assert one_line("e\u0301" * 300).endswith("é…")


def test_severity_of_the_worst_alert_is_that_of_the_digest() -> None:
    digest = render_digest(
        [alert(), alert("b|1", severity=Severity.HIGH, facts=(fact(HUAWEI),))], None, channel(), NOW
    )

    assert digest.severity is Severity.HIGH
    assert "Huawei Cloud" in digest.title
