"""Every incident, driven for real, is caught by the rule or the objective that it names: what `make proof` shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fakes import incidents
from tests.proof import proofs
from tests.proof_judging import CAUGHT, SKIPPED

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.nightly, pytest.mark.timeout(400)]


@pytest.mark.parametrize("name", sorted(incidents.KINDS))
def test_an_incident_is_caught_by_what_it_names(tmp_path: Path, name: str) -> None:
    ((row, verdict),) = proofs([name], tmp_path, seed=2)
    if verdict.word == SKIPPED:
        pytest.skip(f"this machine was too busy: {verdict.why}")
    assert verdict.word == CAUGHT, verdict.line(row)
