"""Fixtures that several rooms of the tests ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.outlet import Outlet


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    """A small outlet on loopback, gone after the test."""
    with Outlet() as running:
        yield running
