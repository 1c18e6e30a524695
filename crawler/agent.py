"""Whom to ask about us in, what every request calls itself out."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

#: Where an outlet finds out who reads it.
HOMEPAGE = "https://github.com/cspwatch/cspwatch"


def user_agent(contact: str = "") -> str:
    """The User-Agent header: our name and version, our address, and how to reach who runs this monitor."""
    told = f"; {contact}" if contact else ""
    return f"cspwatch/{program_version()} (+{HOMEPAGE}{told})"


@cache
def program_version() -> str:
    """Version of the installed program."""
    try:
        return version("cspwatch")
    except PackageNotFoundError:  # started from a checkout that is not installed
        return "0"
