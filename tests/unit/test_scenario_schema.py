"""The published JSON Schema of scenario files: current, true to the catalogue, and as strict as the loader."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from scenarios.scenario import CATALOGUE, ScenarioError, load, names, parse
from scenarios.schema import FILE, schema, text
from tacorush.cli.__main__ import main

GOOD = {"description": "mine", "rate": 5, "duration": "10s", "mix": {"buyer": 1}}


def complaints(content: object) -> list[str]:
    """What the schema says against a file's content, keys as an editor sees them."""
    return [error.message for error in Draft202012Validator(schema()).iter_errors(_as_an_editor_sees(content))]


def _as_an_editor_sees(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _as_an_editor_sees(value) for key, value in node.items()}
    return [_as_an_editor_sees(each) for each in node] if isinstance(node, list) else node


def test_the_published_schema_is_the_models_own() -> None:
    assert FILE.read_text() == text(), "run `make docs`"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", names())
def test_every_file_of_the_catalogue_fits_the_schema(name: str) -> None:
    assert complaints(yaml.safe_load((CATALOGUE / f"{name}.yaml").read_text())) == []


@pytest.mark.parametrize(
    "change",
    [
        {"rat": 5},
        {"rate": 0},
        {"duration": "10 parsecs"},
        {"duration": -1},
        {"mix": {"byuer": 1}},
        {"mix": {"buyer": -1}},
        {"platform": "opne"},
        {"people": {"poll_s": "soon"}},
        {"people": {"quantity": {11: 1}}},
        {"people": {"cards": {"MAYBE": 1}}},
        {"arrivals": {"profile": "tide"}},
        {"fakes": {"seats": 0}},
    ],
)
def test_what_the_loader_refuses_an_editor_marks(change: dict[str, Any]) -> None:
    wrong = GOOD | change
    with pytest.raises(ScenarioError):
        parse(yaml.safe_dump(wrong), "mine.yaml", "mine")
    assert complaints(wrong)


def test_what_the_loader_takes_an_editor_leaves_alone() -> None:
    for duration in (10, "10s", "1.5h", "300 ms"):
        assert complaints(GOOD | {"duration": duration}) == []
        assert parse(yaml.safe_dump(GOOD | {"duration": duration}), "mine.yaml", "mine").duration > 0


def test_every_field_that_an_editor_completes_says_what_it_is() -> None:
    made = schema()
    fields = {
        f"{part}.{name}": row
        for part, model in {"": made, **made["$defs"]}.items()
        for name, row in model.get("properties", {}).items()
    }
    silent = {
        name for name, row in fields.items() if not {"description", "$ref", "const", "discriminator"} & row.keys()
    }
    assert not silent


def test_the_schema_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


def test_the_list_of_scenarios_gives_each_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines] == names()
    assert [line.split(maxsplit=1)[1] for line in lines] == [load(name).description for name in names()]
