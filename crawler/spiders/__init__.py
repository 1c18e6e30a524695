"""Kinds of source in, the function that polls each out. A new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from crawler.items import SourceReport
from crawler.sources import SourceKind
from crawler.spiders.base import Poll
from crawler.spiders.feed import poll_feed, poll_search
from crawler.spiders.listing import poll_listing
from crawler.spiders.page import poll_page
from crawler.spiders.site import look_for_sources
from crawler.spiders.sitemap import poll_sitemap

SPIDER_KINDS: dict[SourceKind, Callable[[Poll], Awaitable[SourceReport]]] = {
    SourceKind.FEED: poll_feed,
    SourceKind.SITEMAP: poll_sitemap,
    SourceKind.LISTING: poll_listing,
    SourceKind.PAGE: poll_page,
    SourceKind.SITE: look_for_sources,
    SourceKind.SEARCH: poll_search,
}
