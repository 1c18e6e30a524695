"""A send through any Apprise service in, the HTTP answers that it got out: their status and how long to wait.

Apprise's plugins call `requests` themselves and keep only a line of log, without the headers. There is no hook for
all of them, so `requests.Session.send` is wrapped once: outside of `listening` it does what it did before.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

import requests

_heard: ContextVar[list[requests.Response] | None] = ContextVar("answers_heard", default=None)
_attaching = threading.Lock()
_attached = False


@contextmanager
def listening() -> Iterator[list[requests.Response]]:
    """Collects the answers to requests made inside, also by threads that Apprise starts: it copies the context."""
    _attach()
    heard: list[requests.Response] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


def _attach() -> None:
    global _attached
    with _attaching:
        if _attached:
            return
        original = requests.Session.send

        @wraps(original)
        def send(
            self: requests.Session, request: requests.PreparedRequest, **kwargs: object
        ) -> requests.Response:
            response = original(self, request, **kwargs)
            heard = _heard.get()
            if heard is not None:
                heard.append(response)
            return response

        requests.Session.send = send  # type: ignore[method-assign]
        _attached = True
