"""Logging: one line an event, and no secret in any of them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.app import App
from monitor.config import load_config
from monitor.logs import hide_secrets, set_up_logging, strike_secrets

CANARY = "k9-canary-of-the-log"


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the program writes to standard error."""
    written = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", written)
        set_up_logging(0)
        try:
            yield written
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)


def test_secrets_are_struck_out_of_messages_arguments_and_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    hide_secrets([CANARY])

    with logged(monkeypatch) as written:
        try:
            raise ValueError(f"cannot reach json://user:{CANARY}@host")
        except ValueError:
            logging.getLogger("some.part").exception("failed at %s", f"https://host/{CANARY}")

    told = written.getvalue()
    assert CANARY not in told
    assert "failed at https://host/****" in told
    assert "ValueError: cannot reach json://user:****@host" in told


def test_line_break_in_foreign_text_forges_no_second_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch) as written:
        logging.getLogger("some.part").warning("title=%s", "Cloud\n2026-11-24T00:00:00 ERROR lost\x1b[2J")

    told = written.getvalue()
    assert "WARNING some.part: title=Cloud" in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 1


def test_password_of_a_proxy_is_struck_out_as_those_of_channels_are(tmp_path: Path) -> None:
    path = tmp_path / "cspwatch.toml"
    path.write_text('[crawl]\nproxy = "http://user:pass-of-the-proxy@proxy:3128"\n', encoding="utf-8")

    App(load_config(path))

    assert strike_secrets("407 of http://user:pass-of-the-proxy@proxy:3128") == "407 of ****"
    assert strike_secrets("with pass-of-the-proxy") == "with ****"
