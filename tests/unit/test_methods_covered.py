"""Every unary method of the contract has a test that is named after it."""

from __future__ import annotations

import re
from pathlib import Path

from contracts.catalogue import METHODS


def test_every_unary_method_has_a_test_of_its_own() -> None:
    """The names of the tests beside this one, held against the catalogue; the fixture `desk` holds each to its name."""
    sources = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("test_methods_*.py")))
    tested = set(re.findall(r"^def test_(\w+Service_[A-Za-z]+)_", sources, re.MULTILINE))
    wanted = {f"{m.service.rpartition('.')[2]}_{m.short}" for m in METHODS.values() if not m.streams}
    assert len(wanted) == 47
    assert tested == wanted
