"""The address of a Dask scheduler in, a connection to it out; what is missing is an error with a remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from distributed import Client


def connect(address: str) -> Client:
    """Raises MonitorError where Dask is not installed or no scheduler answers within ten seconds."""
    try:
        from distributed import Client  # an optional dependency, and 1 s to import
    except ImportError as error:
        raise MonitorError(
            "[engine] dask: the package 'distributed' is missing. In the checkout: pip install '.[cluster]'"
        ) from error
    try:
        return Client(address, timeout="10s", set_as_default=False)
    except OSError as error:
        raise MonitorError(
            f"[engine] dask: no scheduler answers at {address}. Start one, or leave the key out"
        ) from error
