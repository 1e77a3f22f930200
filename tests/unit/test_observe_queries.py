"""Files of queries: what is wrong with one is told with its place, and the published schema says what they may hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tacorush.cli.observing import schema
from tacorush.cli.observing.queries import QueriesError, load, read
from tacorush.evidence.observed import MOST_QUERIES

ROOT = Path(__file__).parents[2]
SOUND = "{name: CPU, expr: cpu, unit: cores}"


def test_what_is_read_is_what_was_written() -> None:
    """A query without a panel has one of its own."""
    cpu, queue = read(f"queries:\n  - {SOUND}\n  - {{name: Q, expr: ' q ', unit: people, panel: Waiting}}\n", "f.yaml")
    assert (cpu.name, cpu.expr, cpu.unit, cpu.chart) == ("CPU", "cpu", "cores", "CPU")
    assert (queue.expr, queue.chart) == ("q", "Waiting")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f.yaml, line 1, column 1: a file of queries is a mapping with the key queries"),
        ("- a", "f.yaml, line 1, column 1: a file of queries is a mapping with the key queries"),
        ("queries: [", "f.yaml, line 1, column 11: no YAML: expected the node content"),
        ("querys: []", "f.yaml, line 1, column 1: querys: 'querys' is not allowed; did you mean queries?"),
        ("queries: []", "f.yaml, line 1, column 1: queries: is a list of 1 to 12 queries"),
        ("queries: up", "f.yaml, line 1, column 10: queries: is a list of 1 to 12 queries"),
        ("queries:\n  - up", "f.yaml, line 2, column 5: queries[0]: is a mapping with name, expr and unit"),
        ("queries:\n  - {name: CPU, exp: cpu, unit: x}",
         "f.yaml, line 2, column 17: queries[0].exp: 'exp' is not allowed; did you mean expr?"),
        ("queries:\n  - name: CPU\n    unit: x", "f.yaml, line 2, column 5: queries[0].expr: is missing"),
        ("queries:\n  - name: CPU\n    unit: x\n    expr: 7",
         "f.yaml, line 4, column 11: queries[0].expr: found 7; Input should be a valid string"),
        ("queries:\n  - {name: '', expr: a, unit: x}", "queries[0].name: found ''; String should have at least 1"),
        (f"queries:\n  - {SOUND}\n  - {SOUND}",
         "f.yaml, line 3, column 12: queries[1].name: 'CPU' stands in line 2 already; name each once"),
        ("queries:\n  - {name: a, expr: a, unit: x, panel: p}\n  - {name: b, expr: b, unit: y, panel: p}",
         "f.yaml, line 3, column 30: queries[1].unit: 'y', but 'a' in the same panel has 'x'; one panel has one unit"),
        ("queries:\n  - name: a\n    name: b\n    expr: a\n    unit: x",
         "f.yaml, line 3, column 5: queries[0].name: stands in line 2 already; keep one"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(QueriesError) as raised:
        read(text, "f.yaml")
    assert said in str(raised.value).splitlines()[0]


def test_all_that_is_wrong_is_told_with_marks_under_it() -> None:
    with pytest.raises(QueriesError) as raised:
        read("queries:\n  - {name: CPU, expr: cpu, unti: x}\n", "f.yaml")
    assert str(raised.value).splitlines() == [
        "f.yaml, line 2, column 28: queries[0].unti: 'unti' is not allowed; did you mean unit? "
        "(allowed: expr, name, panel, unit)",
        "      - {name: CPU, expr: cpu, unti: x}",
        "                               ^^^^",
        "f.yaml, line 2, column 6: queries[0].unit: is missing",
        "      - {name: CPU, expr: cpu, unti: x}",
        "         ^^^^",
    ]


def test_more_queries_than_are_kept_are_refused() -> None:
    rows = [f"  - {{name: q{number}, expr: a, unit: x}}" for number in range(MOST_QUERIES + 1)]
    with pytest.raises(QueriesError, match="is a list of 1 to 12 queries"):
        read("queries:\n" + "\n".join(rows), "f.yaml")


def test_the_published_schema_is_current_and_holds_the_example() -> None:
    """`make docs` would change nothing; what the models refuse, it refuses."""
    assert schema.FILE.read_text(encoding="utf-8") == schema.text()
    validator = Draft202012Validator(json.loads(schema.text()))
    example = ROOT / "deploy/observe.yaml"
    assert list(validator.iter_errors(yaml.safe_load(example.read_text()))) == []
    assert len(load(example)) >= 3
    wrongs: list[Any] = [{}, {"queries": []}, {"queries": [{"name": "a", "expr": "b"}]}, {"queries": [], "more": 1}]
    for wrong in wrongs:
        assert list(validator.iter_errors(wrong)), wrong
    sound = {"name": "a", "expr": "b", "unit": "c"}
    assert list(validator.iter_errors({"queries": [{**sound, "expression": "b"}]}))
    assert list(validator.iter_errors({"queries": [sound] * (MOST_QUERIES + 1)}))


def test_the_queries_that_the_docs_show_are_sound() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/observing.md").read_text(), re.DOTALL)
    assert [len(read(block, "docs/observing.md")) for block in blocks] == [5]
