"""Every incident has its pair of tests: one that shows it caught, and one that shows the nearest legal behaviour not.

Such a test is called `test_NAME_…`, or carries `@pytest.mark.incident("NAME")`, and its name says which of the two it
is: `…caught…` or `…near_miss…`. What counts is the source of the tests: one that is skipped here counts as well.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes.incidents import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIT = Path(__file__).parent
SIDES = ("caught", "near_miss")


def marked(source: str) -> Iterator[tuple[str, str]]:
    """Yields (incident, name of the test) for every marker of a source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            if any(side in node.name for side in SIDES):
                yield from ((name, node.name) for name in KINDS if node.name.startswith(f"test_{_as_word(name)}_"))
            for call in node.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.incident":
                    yield from ((ast.literal_eval(name), node.name) for name in call.args)


def _as_word(name: str) -> str:
    return name.replace("-", "_")


PAIRS = [pair for file in sorted(UNIT.glob("test_*.py")) for pair in marked(file.read_text())]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", sorted(KINDS))
def test_an_incident_has_both_tests_of_its_pair(name: str, side: str) -> None:
    assert any(side in test for incident, test in PAIRS if incident == name), f"{name}: no test …_{side} is marked"


def test_a_marker_names_an_incident_that_exists_and_a_test_that_says_its_side() -> None:
    assert [pair for pair in PAIRS if pair[0] not in KINDS] == []
    assert [test for _, test in PAIRS if not any(side in test for side in SIDES)] == []


def test_markers_are_read_from_the_source() -> None:
    assert list(marked("def test_slow_one_is_caught(): ...")) == [("slow", "test_slow_one_is_caught")]
    source = '@pytest.mark.incident("a", "b")\n@pytest.mark.nightly\ndef test_a_caught(): ...\ndef test_b(): ...\n'
    assert list(marked(source)) == [("a", "test_a_caught"), ("b", "test_a_caught")]
