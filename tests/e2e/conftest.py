"""What every test of whole runs is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def processes() -> Iterator[Processes]:
    """Starts processes in the checkout, and ends all of them with the test."""
    with Processes(ROOT) as started:
        yield started
