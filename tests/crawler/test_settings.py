"""Scrapy's settings, held against what FAULTS found its defaults to allow."""

from __future__ import annotations

from scrapy.settings import Settings, default_settings

from crawler.items import CrawlLimits
from crawler.settings import scrapy_settings


def effective(limits: CrawlLimits = CrawlLimits()) -> Settings:  # noqa: B008 - frozen
    return Settings(scrapy_settings(limits))


def test_only_the_web_has_a_download_handler() -> None:
    handlers = effective().getwithbase("DOWNLOAD_HANDLERS")

    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}


def test_nothing_listens_and_nothing_is_trusted() -> None:
    settings = effective()

    for name in ("TELNETCONSOLE_ENABLED", "REMOTE_CONTROL_ENABLED", "COOKIES_ENABLED", "HTTPPROXY_ENABLED"):
        assert settings.getbool(name) is False, name
    assert settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES") is True


def test_every_setting_is_one_that_scrapy_knows() -> None:
    known = set(vars(default_settings)) | {"CRAWL_ALLOWED_ADDRESSES"}

    assert set(scrapy_settings(CrawlLimits())) <= known


def test_limits_of_the_order_reach_scrapy() -> None:
    limits = CrawlLimits(delay=7.5, timeout=4.0, max_index_bytes=10, max_page_bytes=20, user_agent="me")

    settings = effective(limits)

    assert settings.getfloat("DOWNLOAD_DELAY") == 7.5
    assert settings.getfloat("DOWNLOAD_TIMEOUT") == 4.0
    assert settings.getint("DOWNLOAD_MAXSIZE") == 20
    assert settings.get("USER_AGENT") == "me"


def test_one_request_at_a_time_per_host_and_no_retry() -> None:
    settings = effective()

    assert settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN") == 1
    assert settings.getbool("RETRY_ENABLED") is False


def test_only_named_middlewares_and_extensions_run() -> None:
    settings = effective()

    assert settings.getwithbase("EXTENSIONS").copy_to_dict() == {}
    assert set(settings.getwithbase("DOWNLOADER_MIDDLEWARES")) == set(settings["DOWNLOADER_MIDDLEWARES"])
