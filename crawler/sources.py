"""Outlets and their sources: what the catalogue says, read and checked. Pure but for reading the YAML files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    """How a source lists its articles."""

    FEED = "feed"  # RSS 0.9x, 1.0, 2.0, Atom, JSON Feed
    SITEMAP = "sitemap"  # news sitemap, sitemap, sitemap index
    LISTING = "listing"  # an HTML page with links to articles
    SEARCH = "search"  # a feed that answers a query: url holds {query}


class Tier(StrEnum):
    """What kind of publisher an outlet is."""

    PRIMARY = "primary"  # vendor newsroom, public body, filing, newswire
    TRADE = "trade"  # specialist press
    TECH = "tech"  # general technology press
    BUSINESS = "business"  # business and general press, agencies
    AGGREGATOR = "aggregator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One index of one outlet. `family` is the publisher: sister titles and syndicates count once."""

    source_id: str
    name: str
    url: str
    kind: SourceKind
    homepage: str = ""
    language: str | None = None  # BCP 47
    country: str | None = None  # ISO 3166-1 alpha-2 of the publisher
    region: str = ""
    tier: Tier = Tier.TECH
    family: str = ""
    section: str = ""
    full_text_feed: bool | None = None
    paywall: str = "none"  # none, partial, hard
    article_pattern: str | None = None  # regular expression of an article URL
    body_selector: str | None = None  # CSS selector of the article body
    enabled: bool = True
    remark: str = ""  # why it is switched off, what an extractor must know
