"""Logging: one line an event to standard error, control characters escaped, secrets struck out."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterable

_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)
_NOISY = ("apprise", "urllib3", "requests", "apscheduler", "trafilatura", "htmldate", "asyncio", "markdown")
_secrets: set[str] = set()
_lock = threading.Lock()


class _OneLine(logging.Formatter):
    """A record as one line: newlines and control characters of foreign text cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        line = strike_secrets(super().format(record))
        head, *trace = line.split("\n")
        cleaned = "".join(
            char if char.isprintable() or char == "\t" else f"\\x{ord(char):02x}" for char in head
        )
        return "\n    ".join([cleaned, *trace]) if record.exc_info else cleaned.replace("\t", " ")


def set_up_logging(verbose: int) -> None:
    """Log to standard error: warnings, with -v one line per fetch, article, alert and attempt, with -vv more."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[min(verbose, 2)])
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide_secrets(secrets: Iterable[str]) -> None:
    """Strike these strings out of every log line from now on. What is shorter than six characters is ignored."""
    with _lock:
        _secrets.update(secret for secret in secrets if len(secret) >= 6)


def strike_secrets(text: str) -> str:
    """`text` without any known secret."""
    with _lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, "****")
    return text
