"""A configuration in, a running review page out: Datasette served by uvicorn, in a thread or in the foreground."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.clock import Clock, SystemClock
from monitor.database import open_database
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.review.guard import LOOPBACK, Access, Asgi, guarded
from monitor.review.signing import derived, page_key
from monitor.review.site import Site

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.settings import ReviewSection

logger = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})


class ReviewServer:
    """The review page on one socket. `start` serves in a thread; `serve` blocks until `stop`."""

    def __init__(
        self, config: Config, *, clock: Clock | None = None, current: Callable[[], Config] | None = None
    ) -> None:
        """`current` gives the configuration whose watches count now, where a monitor runs in this process."""
        import uvicorn  # with Datasette 0.4 s: only where the page is served

        section = config.review
        check_access(section)
        self._socket = _listen(section)
        host, port = self._socket.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        self.url = section.public_url.rstrip("/") or f"http://{shown}:{port}"
        self._site = site_of(config, clock=clock)
        self._site.current = current
        app = app_of(self._site)
        settings = uvicorn.Config(
            app, log_level="warning", server_header=False, date_header=False, lifespan="on"
        )
        self._server = uvicorn.Server(settings)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.serve, name="review", daemon=True)
        self._thread.start()

    def serve(self) -> None:
        """Serve until `stop`; in the main thread also until SIGTERM or SIGINT."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests; what is under way may end within two seconds."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=2.0)
        self._site.close()
        self._socket.close()


def check_access(section: ReviewSection) -> None:
    """Raise ConfigError where the page would be open to others without a token, or have no name for them."""
    problems = []
    if section.host not in LOOPBACK and not section.token:
        problems.append(
            Problem(
                place="[review] host",
                message=f"{section.host} can be reached from other machines, but there is no token",
                remedy='Set token = "env:NAME" or "file:PATH", or leave host at 127.0.0.1',
            )
        )
    if section.host in _EVERY_ADDRESS and not section.public_url:
        problems.append(
            Problem(
                place="[review] public_url",
                message=f"{section.host} means every address of this machine, and no name is said to be ours",
                remedy='Set public_url = "https://..." to the name that people open; other names are refused',
            )
        )
    if problems:
        raise ConfigError(problems)


def build_app(config: Config, *, clock: Clock | None = None) -> Asgi:
    """Datasette on the log, read-only, with our pages and templates, behind the guard.

    Raises MonitorError where there is no log yet, or it cannot be used.
    """
    return app_of(site_of(config, clock=clock))


def site_of(config: Config, *, clock: Clock | None = None) -> Site:
    """What the pages of a configuration share. Brings an older log up to date."""
    if not config.database.exists():
        raise MonitorError(
            f"{config.database}: no log there yet. Run `cspwatch run` first, or name another [store] path"
        )
    open_database(config.database).close()
    return Site(config=config, key=page_key(config.state_dir), clock=clock or SystemClock())


def app_of(site: Site) -> Asgi:
    """The application of a site, behind the guard."""
    from datasette.app import Datasette
    from datasette.plugins import pm

    from monitor.review import errors, plugin

    if not pm.has_plugin("cspwatch"):
        pm.register(plugin, "cspwatch")
        pm.register(errors, "cspwatch.errors")
        errors.take_over()
    datasette = Datasette(
        [str(site.config.database)],
        template_dir=str(_HERE / "templates"),
        static_mounts=[("page", str(_HERE / "static"))],
        settings={"allow_download": False, "default_page_size": 50, "sql_time_limit_ms": 3000},
        metadata={"title": "cspwatch"},
        secret=derived(site.key, "forms"),
    )
    plugin.attach(datasette, site)
    return guarded(datasette.app(), _access(site.config.review))


def _listen(section: ReviewSection) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            section.host, section.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)  # at once: a request that comes before uvicorn is up waits
    except OSError as error:
        raise MonitorError(
            f"[review] {section.host}:{section.port} cannot be used: {error.strerror or error}. "
            "Set another [review] port, or stop what uses this one"
        ) from error
    return listener


def _access(section: ReviewSection) -> Access:
    from urllib.parse import urlsplit

    from monitor.review import plugin

    public = urlsplit(section.public_url)
    named = {section.host.lower(), (public.hostname or "").lower()} - {""}
    hosts = (named | {name.strip("[]") for name in LOOPBACK}) - _EVERY_ADDRESS
    return Access(
        hosts=frozenset(hosts),
        token=section.token,
        secure=public.scheme == "https",
        open_paths=plugin.OPEN_PATHS,
        open_prefixes=plugin.OPEN_PREFIXES,
        forms=plugin.FORMS,
    )
