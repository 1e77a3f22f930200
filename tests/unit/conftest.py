"""Fixtures of the unit tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.unit.ticket_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A platform without a server; a test named `test_Service_Method_…` must have called that method in the end."""
    fresh = Desk()
    yield fresh
    named = re.match(r"test_(\w+Service)_([A-Za-z]+)_", request.node.name)
    if named is not None:
        service, method = named.groups()
        assert any(name.endswith(f".{service}/{method}") for name in fresh.called), "the test never called its method"
