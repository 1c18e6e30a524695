"""Numbers in, pages of a made-up outlet out: articles, feeds, listings, sitemaps. All texts are ours."""

from __future__ import annotations

import datetime as dt
import email.utils
import json
from html import escape

_PLACES = ("Lisbon", "Johor", "Phoenix", "Osaka", "Riyadh", "Warsaw", "Pune", "Bogota")


def published(number: int) -> dt.datetime:
    """When article `number` came out: number hours ago, on the full minute, so that pages stay the same."""
    now = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return now - dt.timedelta(hours=number)


def title(number: int) -> str:
    return f"Number {number}: a data center campus rises near {_PLACES[number % len(_PLACES)]}"


def paragraphs(number: int) -> list[str]:
    place = _PLACES[number % len(_PLACES)]
    return [
        (
            f"A cloud company has begun to build data center number {number} on a former industrial site near {place}, "
            "the city council said on Tuesday after months of talks about water and power."
        ),
        (
            f"The first of {number % 5 + 2} halls is to open within two years. The company named no sum, but the council "
            "expects three hundred permanent jobs and a new substation, paid for by the company itself."
        ),
        (
            f"Neighbors in {place} had asked for a wall against the noise of the cooling plant. It will be six meters "
            "high and planted with ivy, according to the documents that the council has published."
        ),
        (
            f"The site near {place} has stood empty since the paper mill closed nine years ago. Its rails and its river "
            "water made it attractive, a spokeswoman said, and so did the two transmission lines that cross there."
        ),
        (
            f"Heat from the halls of number {number} is to warm a school and some four hundred flats. A contract with "
            "the municipal utility has been drafted, but the council has still to vote on it in the autumn."
        ),
        (
            "Critics on the council called the water permit generous. It allows the operator to draw as much in a dry "
            "summer as the town's two largest employers together, and it runs for twenty-five years."
        ),
    ]


def article_page(number: int, base: str) -> str:
    """A whole page with navigation, related links and a footer around the article."""
    text = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs(number))
    when = published(number).isoformat()
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>{escape(title(number))} | The Local Outlet</title>
<link rel="canonical" href="{base}/article/{number}">
<meta property="og:type" content="article"><meta property="og:title" content="{escape(title(number))}">
<meta property="article:published_time" content="{when}"></head><body>
<nav><a href="/">Home</a> <a href="/listing">News</a> <a href="/about">About</a></nav>
<main><article><h1>{escape(title(number))}</h1><time datetime="{when}">{when[:10]}</time>{text}</article>
<aside><h2>Related</h2><a href="/article/{number + 1}">{escape(title(number + 1))}</a></aside></main>
<footer>Imprint, privacy, all rights kept</footer></body></html>"""


def rss(base: str, count: int, *, full: bool = False) -> str:
    items = []
    for number in range(1, count + 1):
        body = (
            "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs(number))
            if full
            else paragraphs(number)[0]
        )
        tag = "content:encoded" if full else "description"
        items.append(
            f"<item><title>{escape(title(number))}</title><link>{base}/article/{number}</link>"
            f"<guid>{base}/article/{number}</guid><{tag}>{escape(body)}</{tag}>"
            f"<pubDate>{email.utils.format_datetime(published(number))}</pubDate></item>"
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>The Local Outlet</title><link>{base}/</link><description>News</description>{''.join(items)}"
        "</channel></rss>"
    )


def atom(base: str, count: int) -> str:
    entries = "".join(
        f"<entry><id>{base}/article/{number}</id><title>{escape(title(number))}</title>"
        f'<link href="{base}/article/{number}"/><updated>{published(number).isoformat()}</updated>'
        f"<published>{published(number).isoformat()}</published>"
        f"<summary>{escape(paragraphs(number)[0])}</summary></entry>"
        for number in range(1, count + 1)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<id>{base}/</id><title>The Local Outlet</title><updated>{published(1).isoformat()}</updated>{entries}</feed>"
    )


def json_feed(base: str, count: int) -> str:
    items = [
        {
            "id": f"{base}/article/{number}",
            "url": f"{base}/article/{number}",
            "title": title(number),
            "summary": paragraphs(number)[0],
            "date_published": published(number).isoformat(),
        }
        for number in range(1, count + 1)
    ]
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "The Local Outlet", "items": items}
    )


def listing(base: str, count: int) -> str:
    cards = "".join(
        f'<li class="card"><a href="{base}/article/{number}"><h3>{escape(title(number))}</h3></a>'
        f'<time datetime="{published(number).isoformat()}">{published(number):%d %B %Y}</time></li>'
        for number in range(1, count + 1)
    )
    return f"""<!DOCTYPE html><html lang="en"><head><title>News</title></head><body>
<nav><a href="/">Home</a> <a href="/about">About us</a> <a href="/jobs">Jobs</a></nav>
<main><h1>Latest news</h1><ul>{cards}</ul></main><footer><a href="/imprint">Imprint</a></footer></body></html>"""


def news_sitemap(base: str, count: int, *, locations: list[str] | None = None) -> str:
    urls = [(f"{base}/article/{number}", number) for number in range(1, count + 1)]
    urls += [(location, 1) for location in locations or []]
    entries = "".join(
        f"<url><loc>{escape(url)}</loc><news:news><news:publication><news:name>Local</news:name>"
        f"<news:language>en</news:language></news:publication><news:title>{escape(title(number))}</news:title>"
        f"<news:publication_date>{published(number).isoformat()}</news:publication_date></news:news></url>"
        for url, number in urls
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{entries}</urlset>'
    )


def sitemap_index(urls: list[str]) -> str:
    entries = "".join(f"<sitemap><loc>{escape(url)}</loc></sitemap>" for url in urls)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'
    )


def consent_page(kind: str) -> str:
    """A page that stands where an article should be."""
    texts = {
        "soft404": ("Page not found", "Sorry, the page you were looking for does not exist any more."),
        "consent": (
            "We value your privacy",
            "We and our 812 partners store cookies. Accept all. Manage options.",
        ),
        "challenge": (
            "Just a moment...",
            "Checking your browser before you proceed. Enable JavaScript and cookies.",
        ),
        "captive": ("Welcome to the hotel", "Enter your room number to use the internet."),
    }
    heading, text = texts[kind]
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{heading}</title></head>'
        f"<body><h1>{heading}</h1><p>{text}</p></body></html>"
    )
