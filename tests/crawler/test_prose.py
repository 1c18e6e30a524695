"""Whole pages in, the article's paragraphs out: links between paragraphs, layout tables, notices around short texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extract import extract_page

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
URL = "https://news.example/cloud/tidewater-builds-in-sines"
TITLE = "Tidewater builds in Sines"
BODY = [
    "Tidewater Cloud will build a data center in the port of Sines, the company said on Tuesday, and has bought the land.",
    "The first hall is to open in 2028 and will draw 60 megawatts, all of it from the wind farms off the coast.",
    "The town council approved the plan without a vote against it and expects some ninety lasting jobs from it.",
]
SHORT_CJK = {
    "zh": [
        "云潮公司宣布，将在锡尼什港建设数据中心，首期六十兆瓦。",
        "市议会已经批准该项目，预计2028年启用。",
    ],
    "ja": [
        "クラウド潮流はシネス港にデータセンターを建設すると発表した。",
        "市議会は計画を承認し、2028年の稼働を見込む。",
    ],
    "ko": [
        "클라우드조류는 시네스 항구에 데이터센터를 짓는다고 밝혔다.",
        "시의회는 계획을 승인했고 2028년 가동을 예상한다.",
    ],
}


def text_of(body: str, head: str = "", title: str = TITLE) -> list[str]:
    html = f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    return extract_page(html.encode(), URL, fetched_at=NOW).text.split("\n")


def article(*paragraphs: str) -> str:
    return f"<main><h1>{TITLE}</h1><div>{''.join(paragraphs)}</div></main>"


def p(text: str) -> str:
    return f"<p>{text}</p>"


OTHER = '<a href="/elsewhere">Pelagic Cloud to open region in Chile</a>'


@pytest.mark.parametrize(
    "inline",
    [
        f"<div><span>Related</span>{OTHER}</div>",
        f"<p>{OTHER}</p>",
        f"<p><strong>Read also:</strong> {OTHER}</p>",
        f"<p>Lees ook: {OTHER}</p>",
        f"<p>Läs också {OTHER}</p>",
        f"<p>Baca juga: {OTHER}</p>",
        f"<div><b>Dossier:</b> {OTHER}</div>",
        f"<ul><li>{OTHER}</li><li>{OTHER}</li></ul>",
        f"<div><h4>【延伸閱讀】</h4><ul><li>{OTHER}</li></ul></div>",
        "<div><div><a href='/x'>【関連記事】Pelagic Cloud to open region in Chile</a></div></div>",
    ],
)
@pytest.mark.parametrize("boxed", [False, True])
def test_headlines_of_other_reports_between_paragraphs_are_not_text(inline: str, boxed: bool) -> None:
    paragraphs = [f"<div>{p(text)}</div>" if boxed else p(text) for text in BODY]

    assert text_of(article(*paragraphs[:2], inline, paragraphs[2])) == BODY


@pytest.mark.parametrize(
    "sentence",
    [
        'The plan <a href="/plan">was published</a> in the gazette of the port, which also names the owner of the land.',
        '<a href="/plan">The plan was published in the gazette of the port, which also names the owner of the land.</a>',
        'Statement: the company <a href="/plan">calls it its largest site</a>',
    ],
)
def test_sentences_with_links_stay(sentence: str) -> None:
    plain = sentence.replace('<a href="/plan">', "").replace("</a>", "")

    assert plain in text_of(article(p(BODY[0]), p(sentence), *map(p, BODY[1:])))


MORE = [
    "Grid operators wait, <a href='/1'>and towns pay for it</a>",
    "Two halls stand empty: <a href='/2'>what went wrong in Faro</a>",
    "Plus: <a href='/3'>the cable that nobody ordered</a>",
]


def with_list(items: list[str], after: str = "") -> str:
    listed = "".join(f"<li>{item}</li>" for item in items)
    texts = "".join(f"<p>{text}</p>" for text in BODY * 2)
    page = (
        f"<article><h1>{TITLE}</h1>{texts}<hr><h3>Three more from us</h3><ul>{listed}</ul>{after}</article>"
    )
    return extract_page(f"<title>{TITLE}</title>{page}".encode(), URL, fetched_at=NOW).text


def test_a_list_of_other_stories_after_the_last_paragraph_is_not_text() -> None:
    text = with_list(MORE)

    assert text.endswith(BODY[-1])


@pytest.mark.parametrize(
    ("items", "after"),
    [
        (MORE, f"<p>{BODY[0]}</p>"),
        (MORE[:2], ""),
        (
            [
                "60 megawatts by 2028, from wind alone",
                "90 jobs in the town, <a href='/4'>says the mayor</a>",
                "No tax relief",
            ],
            "",
        ),
    ],
    ids=["inside the article", "two links", "not all with links"],
)
def test_a_list_that_belongs_to_the_article_stays(items: list[str], after: str) -> None:
    text = with_list(items, after)

    assert all(item.partition("<")[0].strip() in text for item in items)


def test_a_page_laid_out_in_tables_keeps_its_paragraphs_and_nothing_else() -> None:
    page = f"""<table width="980"><tr><td colspan="2">The Sines Courier, since 1911</td></tr>
    <tr><td><ul><li><a href="/port">Port</a></li><li><a href="/town">Town</a></li></ul></td>
    <td><div>You are here: <a href="/port">Port</a> &gt; Building</div><h1>{TITLE}</h1>
    <div>{"".join(map(p, BODY))}</div><h3>Letters to the editor</h3><p>The editors may shorten them.</p></td></tr>
    <tr><td colspan="2">This site uses cookies. Imprint.</td></tr></table>"""

    assert text_of(page) == BODY


def test_a_table_of_data_stays_in_the_text() -> None:
    table = "<table><tr><th>Site</th><th>Power</th></tr><tr><td>Sines</td><td>60 MW</td></tr></table>"

    text = "\n".join(text_of(article(p(BODY[0]), table, *map(p, BODY[1:]))))

    assert "60 MW" in text
    assert "| Sines" in text


@pytest.mark.parametrize("language", SHORT_CJK)
def test_a_short_text_in_an_east_asian_script_comes_without_the_notices_around_it(language: str) -> None:
    paragraphs = SHORT_CJK[language]
    page = f"""<div><p><a href="/">Start</a> ＞ Cloud ＞ 記事</p></div><div><h1>{TITLE}</h1><p>2026-03-20 10:00</p>
    <section>{"".join(map(p, paragraphs))}</section></div>
    <div><h3>本站热门</h3><a href="/1">別的新聞別的新聞</a><a href="/2">別的新聞別的新聞二</a></div>
    <div><p>本站使用Cookie，详情请看隐私政策。</p><p>© 2026</p></div>"""

    assert text_of(page, title=TITLE) == paragraphs


def test_a_short_report_keeps_its_lead_and_comes_without_byline_and_footer() -> None:
    lead = "The port of Sines sells the land, the company builds on it."
    head = '<meta name="author" content="Rui Falcato">'
    page = f"""<div><p>Technology</p><h1>{TITLE}</h1><p class="d">{lead}</p><p>By Rui Falcato 20 March</p>
    <div>{p(BODY[0])}</div></div><div><p>Your privacy choices · Terms · The Courier is a newspaper.</p></div>"""

    assert text_of(page, head=head) == [lead, BODY[0]]


@pytest.mark.parametrize(
    "line", ["（责任编辑：沈知微）", "Editor: Rui Falcato", "Quelle: Hafenamt", "編集：三枝ほのか"]
)
def test_credits_are_not_text(line: str) -> None:
    assert text_of(article(*map(p, BODY), p(line))) == BODY
