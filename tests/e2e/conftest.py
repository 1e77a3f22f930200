"""What every test of whole runs is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.pairs import USUAL, Pair, PairedProcesses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.processes import Processes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Pair:
    """The transport and the server of the test's processes: what its mark says, else the usual ones."""
    found: Pair = getattr(request, "param", USUAL)
    return found


@pytest.fixture
def processes(pair: Pair) -> Iterator[Processes]:
    """Starts processes in the checkout, and ends all of them with the test."""
    with PairedProcesses(ROOT, pair) as started:
        yield started
