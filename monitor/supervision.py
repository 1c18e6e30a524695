"""Telling systemd how we are: readiness, status, watchdog and stopping, over the socket that NOTIFY_SOCKET names.

Without that socket every call does nothing. The protocol is that of sd_notify(3).
"""

from __future__ import annotations

import os
import socket


class Supervisor:
    """The service manager that started us, if any."""

    def __init__(self, address: str | None = None) -> None:
        """`address` is the notify socket; None reads NOTIFY_SOCKET."""
        self._address = address if address is not None else os.environ.get("NOTIFY_SOCKET", "")

    def ready(self) -> None:
        """Start-up is complete."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Shut-down has begun."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send("STATUS=" + text.replace("\n", " "))

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.sendto(message.encode(), address)
        except OSError:
            self._address = ""  # the service manager is gone: nobody listens any more
