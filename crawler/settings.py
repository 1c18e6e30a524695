"""Crawl limits in, Scrapy settings out: every default that matters is set on purpose, with its reason.

Upper-case names are settings (`scrapy shell` reads them through scrapy.cfg); `scrapy_settings` adds what a
crawl order limits. Scrapy 2.19's own defaults favor reach: file and FTP handlers, unverified certificates,
1 GiB bodies, a telnet console and a remote control that executes code.
"""

from __future__ import annotations

from typing import Any

from crawler.items import CrawlLimits

BOT_NAME = "cspwatch"
SPIDER_MODULES: list[str] = ["crawler.spiders.news"]

# --- what may be reached -------------------------------------------------------------------------------------
DOWNLOAD_HANDLERS = {
    # A sitemap may name file:///etc/passwd or a data: bomb; only the web is fetched.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
    # Named, because the guard sits on Twisted's connector: the aiohttp and httpx handlers go around it.
    "http": "crawler.middlewares.BoundedHeadersHandler",
    "https": "crawler.middlewares.BoundedHeadersHandler",
}
DOWNLOAD_VERIFY_CERTIFICATES = True  # off by default: a wrong name or an expired certificate would pass
HTTPPROXY_ENABLED = False  # it reads http_proxy from the environment and takes the crawl around the guard
TELNETCONSOLE_ENABLED = False  # listens on loopback and executes what it is told
REMOTE_CONTROL_ENABLED = False  # the same, new in 2.19
REDIRECT_ENABLED = (
    False  # followed in crawler/spiders/fetching.py: each hop is checked against guard and robots
)
METAREFRESH_ENABLED = False  # a page's text must not send the crawl elsewhere
ROBOTSTXT_OBEY = False  # obeyed in crawler/robots.py: Scrapy's allows everything where robots.txt fails
COOKIES_ENABLED = False  # no session, no tracking, nothing that could leak over a redirect
REFERER_ENABLED = False  # no outlet learns where the crawl came from
REFERRER_POLICY = "no-referrer"  # the same, should somebody switch the middleware on

# --- politeness ----------------------------------------------------------------------------------------------
CONCURRENT_REQUESTS = 32  # together; more gains nothing with one per host and 2 cores
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # one request in flight per host
DOWNLOAD_DELAY = 2.0  # seconds between two requests to one host; a longer Crawl-delay is obeyed
DOWNLOAD_DELAY_JITTER = 0.3  # no beat that a server could take for an attack, never much below the delay
RETRY_ENABLED = (
    False  # the next poll is the retry: three requests in 10 ms helped nobody, least of all on 429
)
AUTOTHROTTLE_ENABLED = False  # delay and back-off come from the log, which outlives the process

# --- limits --------------------------------------------------------------------------------------------------
DOWNLOAD_TIMEOUT = 20.0  # the whole request, so a slow body ends too; default 180
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024  # also after decompression: a bomb of 1.4 kB took 1.9 GB with the default
DOWNLOAD_WARNSIZE = 0  # outcomes say it, the log need not
DOWNLOAD_FAIL_ON_DATALOSS = True  # a body cut short is an outcome, not an article
#: IPv4 and IPv6, the faster one wins. The default resolves IPv4 only and would lose outlets without it. A look-up has
#: no time limit of its own, the request has.
TWISTED_DNS_RESOLVER = "scrapy.resolver.CachingHostnameResolver"
URLLENGTH_LIMIT = 2048  # nobody's article; longer ones are traps
DEPTH_LIMIT = (
    3  # for spiders run by hand; ours follow no links beyond index, child sitemap, article, next page
)
MEMUSAGE_ENABLED = False  # checks once a minute; the limits of crawler/run.py hold at once

# --- cost ----------------------------------------------------------------------------------------------------
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"  # the worker pool is awaited
REACTOR_THREADPOOL_MAXSIZE = 8  # DNS look-ups run there, and reports leave through it
CONCURRENT_ITEMS = 1  # the default starts 100 tasks per response
LOGSTATS_INTERVAL = 0
STATS_DUMP = False
LOG_ENABLED = False  # the crawl process speaks through its report
LOG_INSTALL_ROOT_HANDLER = False
DOWNLOADER_STATS = False
#: Emptied, since a middleware or extension that is only switched off is still imported (the remote control alone
#: brings in aiohttp); what is needed is named below. Left out halves the time of a small request.
DOWNLOADER_MIDDLEWARES_BASE: dict[str, int] = {}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.UrlGuard": 1,  # first: it sees every request, whoever makes it
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": 590,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.8",
}


def scrapy_settings(limits: CrawlLimits) -> dict[str, Any]:
    """The settings of one crawl process: this module's, with what `limits` says in their place."""
    settings = {name: value for name, value in globals().items() if name.isupper()}
    settings.update(
        USER_AGENT=limits.user_agent,
        DOWNLOAD_DELAY=limits.delay,
        DOWNLOAD_TIMEOUT=limits.timeout,
        DOWNLOAD_MAXSIZE=max(limits.max_index_bytes, limits.max_page_bytes),
        DOWNLOAD_VERIFY_CERTIFICATES=limits.verify_certificates,
        CRAWL_ALLOWED_ADDRESSES=sorted(limits.allowed_addresses),
    )
    return settings
